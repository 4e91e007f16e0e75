"""From the folder of a sweep to its report."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.budget.budget import budget as take_apart
from crossbar_nsm.experiment.budget.file import KIND as BUDGET
from crossbar_nsm.experiment.budget.file import load_budget, save_budget
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.progress import ProgressOf, no_progress
from crossbar_nsm.experiment.studies.folder.results_folder import load_results
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.figures.style import FORMATS
from crossbar_nsm.report.page.rendering import KIND, render
from crossbar_nsm.report.study_page import study_page
from device_models.checks.arguments import a_flag, a_function, a_path, checked, optional
from device_models.errors import CrossbarError, FileError, RecordError, explained_by
from device_models.files.writing import check_folder, check_output, write_text
from device_models.shown import shown
from device_models.warning import warn

BUDGET_IMAGES, BUDGET_SAMPLES, BUDGET_CHIPS = 300, 15, 3  # at most
QUICK_S = 2.0  # a trial of a study whose hardware is taken apart without being asked to


@shown
@dataclass(frozen=True)
class Report:
    """The page, the files of its figures (none unless asked for), and the results that it shows."""

    path: Path
    figures: list[Path]
    results: Results


@explained_by("run_a_study")
@checked(folder=a_path, out=optional(a_path), figures=optional(a_path), budget=optional(a_flag), progress=a_function)
def write_report(
    folder: str | Path,
    out: str | Path | None = None,
    figures: str | Path | None = None,
    budget: bool | None = None,
    progress: ProgressOf = no_progress,
) -> Report:
    """Write the report of a results folder as one HTML file.

    out: the file (default: report.html in the folder). figures: a folder for every figure as PNG, SVG and PDF. budget:
    take the base configuration's hardware apart and keep the result in the folder (budget.json), from where later
    reports have it (default: where half of the study's trials took less than 2 s). Raises CrossbarError for what is no
    results folder, and for files that cannot be written.
    """
    folder = Path(folder)
    path = check_output(folder / "report.html" if out is None else out, KIND)
    results = load_results(folder)
    check_folder(path.parent)
    if figures is not None:
        check_folder(figures)
        if path.suffix[1:] in FORMATS and path.resolve().parent == Path(figures).resolve():
            raise FileError(f"{path}: has the name of a figure, in the folder of the figures; write {path.stem}.html")
    known = _budget(folder / "budget.json", results, budget, progress)
    drawings = Drawings(figures)
    with _no_collection():
        page = study_page(results, folder.resolve().name, drawings, known, progress("report"))
    drawings.save()
    return Report(write_text(path, render(page)), drawings.paths, results)


def _budget(path: Path, results: Results, wanted: bool | None, progress: ProgressOf) -> Budget | None:
    """The budget that is there, or a new one when it is wanted (None: when it is quick)."""
    config = base_configuration(results)
    try:
        known = load_budget(path, config)
    except RecordError:
        if not wanted:
            raise
        known = None
    if known is not None:
        return known
    if not (_is_quick(results) if wanted is None else wanted):
        if path.exists():
            warn(f"{path}: is of another configuration and left out of the report; --budget makes it anew")
        return None
    check_output(path, BUDGET)
    try:
        made = take_apart(config, progress=progress)
    except CrossbarError:  # the checkpoint may have gone; who asks for a budget is told
        if wanted:
            raise
        return None
    save_budget(path, made)
    return made


@contextmanager
def _no_collection() -> Iterator[None]:
    """A fifth of the time of drawing goes into looking for garbage among the millions of objects of a dozen figures."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _is_quick(results: Results) -> bool:
    seconds = [chip.seconds for point in results.points for chip in point.chips.values()]
    return bool(seconds) and median(seconds) < QUICK_S


def base_configuration(results: Results) -> ExperimentConfig:
    """The configuration without its sweep, and with no more images, samples and chips than a budget needs."""
    evaluation, rows = results.config.evaluation, results.rows
    many = bool(rows) and rows[0].images > BUDGET_IMAGES
    fewer = {
        "images": BUDGET_IMAGES if many else evaluation.images,
        "samples": min(evaluation.samples, BUDGET_SAMPLES),
        "chips": min(evaluation.chips, BUDGET_CHIPS),
    }
    return results.config.model_copy(update={"sweep": {}, "evaluation": evaluation.model_copy(update=fewer)})

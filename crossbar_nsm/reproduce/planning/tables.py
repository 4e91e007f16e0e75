"""The list of studies, the plan of some, and what one gave, as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.reproduce.planning.overview import PaperStudy
from crossbar_nsm.reproduce.planning.plan import ReproductionPlan, Step
from crossbar_nsm.reproduce.quick import BUNDLED, MARK
from crossbar_nsm.reproduce.reproduction import Reproduction
from device_models.number_text import duration_text


def studies_table(studies: Sequence[PaperStudy]) -> TextTable:
    """One line per study."""
    columns = ["study", "shows", "now", "data set", "networks", "about"]
    lines = [
        [one.name, one.shows, _now(one), one.dataset, _networks(one), duration_text(one.rough_s)] for one in studies
    ]
    legend = {
        "now": "yes, with the data folder as given; no: its data set is not there (table2 and table3 take others with "
        f"--config); --quick: without data, on digits that come with the package ({', '.join(BUNDLED.values())}), "
        "marked as no result",
        "about": "from rates recorded on two cores, with nothing trained before; --dry-run measures here",
    }
    title = "studies of the NSM paper: crossbar-nsm reproduce STUDY --data DIR"
    return make_table(title, columns, lines, drop=["networks"], legend=legend).left_aligned(["shows"])


def _now(study: PaperStudy) -> str:
    return "yes" if study.missing is None else "--quick" if study.quick else "no"


def _networks(study: PaperStudy) -> str:
    return f"{len(study.networks)}" + (f" x {study.runs} seeds" if study.runs > 1 else "")


def plan_table(planned: ReproductionPlan) -> TextTable:
    """One line per training and evaluation, and their sum below."""
    lines = [[_text(step), step.study, _runs(step), _seconds(step)] for step in planned.steps]
    caption = f"about {duration_text(planned.seconds)}, an estimate from a few batches measured here; into "
    caption += str(planned.folder)
    if planned.missing is not None:
        caption = f"not possible now: {planned.missing}"
    title = f"{MARK}: plan" if planned.quick else "plan"
    return make_table(title, ["step", "first for", "runs x epochs", "about"], lines, caption)


def _text(step: Step) -> str:
    return f"{step.doing} {step.network}"


def _runs(step: Step) -> str:
    return f"{step.runs} x {step.epochs}" if step.doing in ("train", "go on", "watch") else str(step.runs)


def _seconds(step: Step) -> str:
    return "-" if step.doing == "reuse" or math.isnan(step.seconds) else duration_text(step.seconds)


def study_table(study: Reproduction) -> TextTable:
    """As it is written to its file."""
    lines = [["" if value is None else str(value) for value in row] for row in study.rows]
    return make_table(study.title, study.columns, lines)

"""The report of a study: what came out first, then why, then the record behind it."""

from __future__ import annotations

from collections.abc import Iterator

from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.page.parts import Page, Section
from crossbar_nsm.report.sections import hardware, predictions, record, settings, summary
from crossbar_nsm.report.sections.error_budget import error_budget
from crossbar_nsm.statistics.metrics import capped_note
from device_models.errors import CrossbarError

PARTS = 16  # of `_sections`, those left out included


def study_page(
    results: Results,
    title: str,
    drawings: Drawings | None = None,
    budget: Budget | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Page:
    """All sections; one that does not apply says why in a line. A study that is not finished is shown as far as it is.

    drawings: keeps the figures as files too. progress(done, total) counts sections.
    """
    progress(0, PARTS)
    sections = []
    for done, section in enumerate(_sections(results, drawings or Drawings(), budget), start=1):
        sections += [] if section is None else [section]
        progress(done, PARTS)
    return Page(title, _subtitle(results), tuple(sections), _notices(results), record.page_versions(results))


def _sections(results: Results, drawings: Drawings, budget: Budget | None) -> Iterator[Section | None]:
    yield summary.summary(results)
    yield summary.failed(results)
    yield settings.against_settings(results, drawings)
    yield settings.heat_maps(results, drawings)
    try:
        chips, problem = hardware.example_chips(results), None
    except CrossbarError as error:  # a checkpoint or a file of a device that is no longer there
        chips, problem = [], str(error)
    yield hardware.noise(chips, drawings) if chips else None
    yield settings.recovered(results, drawings)
    yield error_budget(budget, drawings)
    yield predictions.reliability_diagram(results, drawings)
    yield predictions.confusion(results, drawings)
    no_chips = Section("Cells and wires", (f"No chip to show: {problem or 'no trial has a result'}.",))
    yield hardware.conductances(chips, drawings) if chips else no_chips
    yield hardware.wires(chips, drawings) if chips else None
    yield hardware.drift_over_time(results, drawings)
    yield record.trials(results)
    yield record.configuration(results)
    yield record.versions(results)
    yield record.sources(results)


def _subtitle(results: Results) -> str:
    config = results.config
    evaluation, rows = config.evaluation, results.rows
    images = f"{max(row.images for row in rows):,} images" if rows else "images"
    chips = f"{evaluation.chips} chip{'s' if evaluation.chips > 1 else ''}"
    where = f"at each of {len(results.points)} settings" if results.swept else "of one setting"
    return f"{config.checkpoint} on {images} of {config.dataset.name} × {evaluation.samples} samples, {chips} {where}"


def _notices(results: Results) -> tuple[str, ...]:
    """What a reader must know first: trials that have not run, trials that failed, what was said of the others."""
    notices = []
    if results.missing:
        notices.append(
            f"This study is not finished: {results.missing} trials have neither a result nor a failure yet. The same "
            "sweep command goes on where it stopped."
        )
    if results.failures:
        notices.append(f"{len(results.failures)} trials failed; the section Failed trials says why.")
    notices += [f"{text[:1].upper()}{text[1:]}." for text in results.warnings]
    images = max((row.images for row in results.rows), default=0)
    if note := capped_note((row.nll_capped for row in results.rows), images):
        notices.append(f"{note}.")
    return tuple(notices)

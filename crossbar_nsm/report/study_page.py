"""The report of a study: what came out first, then why, then the record behind it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.page.parts import Page, Section
from crossbar_nsm.report.sections import hardware, predictions, record, settings, summary
from crossbar_nsm.report.sections.error_budget import error_budget
from crossbar_nsm.statistics.metrics import capped_note
from device_models.errors import CrossbarError

SectionOf = Callable[[], Section | None]


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
    parts = _sections(results, drawings or Drawings(), budget)
    progress(0, len(parts))
    sections = []
    for done, part in enumerate(parts, start=1):
        section = part()
        sections += [] if section is None else [section]
        progress(done, len(parts))
    return Page(title, _subtitle(results), tuple(sections), _notices(results), record.page_versions(results))


def _sections(results: Results, drawings: Drawings, budget: Budget | None) -> list[SectionOf]:
    """In the order of the page; None: left out."""

    @cache
    def chips() -> tuple[list[hardware.ExampleChip], str]:
        try:
            return hardware.example_chips(results), "no trial has a result"
        except CrossbarError as error:  # a checkpoint or a file of a device that is no longer there
            return [], str(error)

    def conductances() -> Section:
        examples, problem = chips()
        no_chips = Section("Cells and wires", (f"No chip to show: {problem}.",))
        return hardware.conductances(examples, drawings) if examples else no_chips

    return [
        lambda: summary.summary(results),
        lambda: summary.failed(results),
        lambda: settings.against_settings(results, drawings),
        lambda: settings.heat_maps(results, drawings),
        lambda: hardware.noise(chips()[0], drawings) if chips()[0] else None,
        lambda: settings.recovered(results, drawings),
        lambda: error_budget(budget, drawings),
        lambda: predictions.reliability_diagram(results, drawings),
        lambda: predictions.confusion(results, drawings),
        conductances,
        lambda: hardware.wires(chips()[0], drawings) if chips()[0] else None,
        lambda: hardware.drift_over_time(results, drawings),
        lambda: record.trials(results),
        lambda: record.configuration(results),
        lambda: record.versions(results),
        lambda: record.sources(results),
    ]


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

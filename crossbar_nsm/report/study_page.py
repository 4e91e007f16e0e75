"""The report of a study: what came out, first in a few sentences, then why, then the record behind it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.verdict.study_verdict import study_verdict
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.page.parts import LeftOut, Page, Section
from crossbar_nsm.report.points.words import evaluated, sentence
from crossbar_nsm.report.sections import hardware, predictions, record, settings, summary
from crossbar_nsm.report.sections.answer import answer_table, cost_lines, limit_lines
from crossbar_nsm.report.sections.error_budget import error_budget
from crossbar_nsm.statistics.metrics import capped_note
from device_models.errors import CrossbarError
from device_models.number_text import counted, counted_range
from device_models.numerics import usual_numerics

SectionOf = Callable[[], Section | LeftOut | None]
Chips = tuple[list[hardware.ExampleChip], LeftOut | None]  # of the best and the worst point, or why there are none


def study_page(
    results: Results,
    title: str,
    drawings: Drawings | None = None,
    budget: Budget | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Page:
    """The verdict, what limits the hardware and what an image costs, then all sections; what does not apply is named at
    the end. A study that is not finished is shown as far as it is.

    drawings: keeps the figures as files too. progress(done, total) counts sections.
    """

    @cache
    def chips() -> Chips:
        try:
            return hardware.example_chips(results), None
        except CrossbarError as error:  # a checkpoint or a file of a device that is no longer there
            return [], LeftOut("cells and wires of chips", str(error))

    parts = _sections(results, drawings or Drawings(), budget, chips)
    progress(0, len(parts))
    made = []
    for done, part in enumerate(parts, start=1):
        made.append(part())
        progress(done, len(parts))
    return Page(
        title,
        _subtitle(results),
        tuple(section for section in made if isinstance(section, Section)),
        _notices(results),
        (*_answer(results), *limit_lines(budget), *cost_lines(chips()[0])),
        answer_table(results),
        _remarks(results),
        tuple(section for section in made if isinstance(section, LeftOut)),
        record.page_versions(results),
    )


def _sections(
    results: Results, drawings: Drawings, budget: Budget | None, chips: Callable[[], Chips]
) -> list[SectionOf]:
    """In the order of the page; None: there is nothing to show, and nothing to do about it."""
    return [
        lambda: summary.summary(results),
        lambda: summary.failed(results),
        lambda: settings.against_settings(results, drawings),
        lambda: settings.heat_maps(results, drawings),
        lambda: hardware.noise(chips()[0], drawings),
        lambda: settings.recovered(results, drawings),
        lambda: error_budget(budget, drawings),
        lambda: predictions.reliability_diagram(results, drawings),
        lambda: predictions.confusion(results, drawings),
        lambda: hardware.conductances(chips()[0], drawings) or chips()[1],
        lambda: hardware.wires(chips()[0], drawings),
        lambda: hardware.drift_over_time(results, drawings),
        lambda: record.trials(results),
        lambda: record.configuration(results),
        lambda: record.versions(results),
        lambda: record.sources(results),
    ]


def _subtitle(results: Results) -> str:
    rows, configs = results.rows, [point.config.evaluation for point in results.points]
    images = counted_range([row.images for row in rows], "image") if rows else "images"
    samples, chips = (
        counted_range([getattr(one, f"{noun}s") for one in configs or [results.config.evaluation]], noun)
        for noun in ("sample", "chip")
    )
    where = f"at each of {len(results.points)} settings" if len(results.points) > 1 else "of one setting"
    network, of = evaluated(results.config, results.swept)
    return f"{network} on {images} of {of} × {samples}, {chips} {where}"


@usual_numerics()
def _answer(results: Results) -> tuple[str, ...]:
    """The verdict, without what the notices say: that trials are missing."""
    return tuple(study_verdict(results.points, results.config.sweep))


def _notices(results: Results) -> tuple[str, ...]:
    """What a reader must know before the answer: trials that have not run, trials that failed."""
    notices = []
    if results.missing:
        notices.append(
            f"This study is not finished: {counted(results.missing, 'trial')} without result or failure yet. The same "
            "sweep command goes on where it stopped."
        )
    if results.failures:
        notices.append(f"{counted(len(results.failures), 'trial')} failed; the section Failed trials says why.")
    return tuple(notices)


def _remarks(results: Results) -> tuple[str, ...]:
    """What was said of trials, and what makes an NLL finite."""
    remarks = [f"{sentence(text)}." for text in results.warnings]
    capped = max(results.rows, key=lambda row: row.nll_capped, default=None)
    if capped and (note := capped_note([capped.nll_capped], capped.images)):
        remarks.append(f"{note}.")
    return tuple(remarks)

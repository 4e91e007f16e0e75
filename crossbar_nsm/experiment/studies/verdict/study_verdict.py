"""The verdict of a comparison or a sweep: every hardware setting beside ideal software."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.verdict.along import along_line
from crossbar_nsm.experiment.studies.verdict.few_lines import few_lines
from crossbar_nsm.experiment.studies.verdict.guessing import guessing_lines, too_few_lines
from crossbar_nsm.experiment.studies.verdict.measured import circuit_line, measured_line
from crossbar_nsm.experiment.studies.verdict.setting import Setting, settings_of
from crossbar_nsm.experiment.studies.verdict.single_lines import single_lines
from crossbar_nsm.experiment.studies.verdict.standing import Standing, standing
from crossbar_nsm.experiment.studies.verdict.sweep_lines import best_line, margin_line, software_line, worst_line
from crossbar_nsm.experiment.studies.verdict.unknown import unfinished_line, unknown_lines

FEW = 3  # settings of which each has a line
MOST = 7  # sentences: of what was measured those that are left


def study_verdict(points: Sequence[PointResults], sweep: Mapping[str, Any], left: int = 0) -> list[str]:
    """Sentences, the conclusion first; none where no point has a result. left: trials without one."""
    settings = settings_of(points, sweep)
    if not settings:
        return []
    return [*unfinished_line(left), *(guessing_lines(settings) or [*_said(settings, sweep), *too_few_lines(settings)])]


def _said(settings: list[Setting], sweep: Mapping[str, Any]) -> list[str]:
    found = standing([setting.point for setting in settings])
    if len(settings) > 1 and found and len(found.same) == len(settings) - 1:
        same = f"All {len(settings)} settings give the same results; what follows is of one of them."
        return [same, *_said(settings_of(found.best[:1], sweep), sweep)]
    if len(settings) > FEW:
        said, measured = _together(settings, sweep, found)
    else:
        said, measured = _each(settings, found)
    first = min(settings, key=lambda setting: setting.row.nll)
    rest = unknown_lines(settings, first)
    return [*said, *measured[: max(1, MOST - len(said) - len(rest))], *rest]


def _each(settings: list[Setting], found: Standing | None) -> tuple[list[str], list[str]]:
    """What is said, and what was measured of the settings, the most important first."""
    if len(settings) == 1:
        return single_lines(settings[0]), measured_line(settings[0], "its chips")
    best, *others = sorted(settings, key=lambda setting: setting.row.nll)
    of_best = [*circuit_line(best, best.name), *measured_line(best, best.name)][:1]
    of_others = [line for setting in others[::-1] for line in measured_line(setting, setting.name)]
    circuit_first = [*of_best, *of_others] if circuit_line(best, best.name) else [*of_others, *of_best]
    return [*margin_line(settings), *few_lines(settings, found)], circuit_first


def _together(settings: list[Setting], sweep: Mapping[str, Any], found: Standing | None) -> tuple[list[str], list[str]]:
    """As `_each`."""
    beside = [*margin_line(settings), software_line(settings)]
    if found is None:
        first = "Settings saw different images or classes, so none is the best; each is compared with software alone."
        return [first, *beside, *_along(settings, sweep, [])], []
    of_point = {id(setting.point): setting for setting in settings}
    best, worst = (of_point[id(end[0])] for end in (found.best, found.worst))
    along = _along(settings, sweep, [of_point[id(point)] for point in found.best])
    lead = best_line(best, found, settings)
    said = [*beside[:-1], lead, beside[-1], *along]
    of_best = circuit_line(best, "the best")
    if found.all_tie:
        return said, of_best
    return [*said, worst_line(worst, best, found)], [*measured_line(worst, "that one"), *of_best]


def _along(settings: list[Setting], sweep: Mapping[str, Any], best: list[Setting]) -> list[str]:
    """Where settings are as good as ideal software, or, if none is, as the best."""
    if best and not any(map(_as_software, settings)):
        compared = [one for one in settings if one.point.chips.keys() & best[0].point.chips.keys()]
        return along_line("No difference from the best found", compared, sweep, lambda setting: setting in best)
    head = f"Neither error nor NLL significantly above software's{settings[0].with_same}"
    return along_line(head, settings, sweep, _as_software)


def _as_software(setting: Setting) -> bool:
    return setting.shown is not None and not setting.shown.worse

"""The verdict of a comparison or a sweep: every hardware setting beside ideal software."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.verdict.along import along_line
from crossbar_nsm.experiment.studies.verdict.measured import measured_line
from crossbar_nsm.experiment.studies.verdict.setting import Setting, settings_of
from crossbar_nsm.experiment.studies.verdict.setting_line import setting_line, single_line
from crossbar_nsm.experiment.studies.verdict.standing import standing
from crossbar_nsm.experiment.studies.verdict.sweep_lines import best_line, software_line, worst_line
from crossbar_nsm.experiment.studies.verdict.unknown import unfinished_line, unknown_lines
from crossbar_nsm.experiment.studies.verdict.words import NLL

FEW = 3  # settings of which each has a line
MOST_MEASURED = 2


def study_verdict(points: Sequence[PointResults], sweep: Mapping[str, Any], left: int = 0) -> list[str]:
    """Sentences, the conclusion first; none where no point has a result. left: trials without one."""
    settings = settings_of(points, sweep)
    if not settings:
        return []
    said = _each(settings) if len(settings) <= FEW else _together(settings, sweep)
    return [*unfinished_line(left), *said, *unknown_lines(settings)]


def _each(settings: list[Setting]) -> list[str]:
    ranked = sorted(settings, key=lambda setting: setting.row.nll)
    if len(ranked) == 1:
        return [single_line(ranked[0]), *measured_line(ranked[0], "its chips")]
    best, _ = _ends(settings)
    first, *others = [(_lead(setting, best), setting, len(settings)) for setting in ranked]
    measured = [line for setting in ranked[::-1] for line in measured_line(setting, setting.name)]
    return [setting_line(*first, NLL), *(setting_line(*other) for other in others), *measured[:MOST_MEASURED]]


def _lead(setting: Setting, best: list[Setting]) -> str:
    if not best:
        return ""
    return "Best" if setting is best[0] else "Ties with the best" if setting in best else "Worse than the best"


def _together(settings: list[Setting], sweep: Mapping[str, Any]) -> list[str]:
    best, worst = _ends(settings)
    if best and not any(_as_software(setting) for setting in settings):
        along = along_line("Ties with the best", settings, sweep, lambda setting: setting in best)
    else:
        along = along_line("Not shown to be worse than ideal software", settings, sweep, _as_software)
    if not best:
        first = "Settings saw different images or classes, so none is the best; each is compared with software alone."
        return [first, software_line(settings), *along]
    rest = [] if len(best) == len(settings) else [worst_line(worst), *measured_line(worst[0], "it")]
    return [best_line(best, len(settings)), software_line(settings), *along, *rest]


def _ends(settings: list[Setting]) -> tuple[list[Setting], list[Setting]]:
    """The best and the worst, each with those that tie with it; none where settings have seen different images."""
    found = standing([setting.point for setting in settings])
    if found is None:
        return [], []
    of_point = {id(setting.point): setting for setting in settings}
    best, worst = ([of_point[id(point)] for point in end] for end in (found.best, found.worst))
    return best, worst


def _as_software(setting: Setting) -> bool:
    return setting.shown is not None and not setting.shown.worse

"""A few settings, each in a sentence: the best beside ideal software, the others beside the best."""

from __future__ import annotations

from crossbar_nsm.experiment.studies.verdict.difference_text import SIDE, apart_text, beside_software_text, times
from crossbar_nsm.experiment.studies.verdict.setting import Setting, chips_of
from crossbar_nsm.experiment.studies.verdict.shown import Shown
from crossbar_nsm.experiment.studies.verdict.standing import Standing
from crossbar_nsm.experiment.studies.verdict.to_build import to_build
from crossbar_nsm.experiment.studies.verdict.words import NLL, both_significant, on_chips, per_cent, signed_points

NO_DIFFERENCE = "No difference from the best found"


def few_lines(settings: list[Setting], found: Standing | None) -> list[str]:
    """Lowest NLL first; found: which tie (None where settings have seen different images)."""
    ranked = sorted(settings, key=lambda setting: setting.row.nll)
    texts = [beside_software_text(setting, setting is ranked[0]) for setting in ranked]
    same = [f"Each is compared with ideal software{settings[0].with_same}."] if settings[0].same else []
    if found is None:
        return [*(f"{text}." for text in texts), *same]
    best, alone = ranked[0], len(found.best) == 1 and not found.not_compared
    lead = f"{'Best: lowest' if alone else 'Lowest'} {NLL}{on_chips(chips_of(settings))}"
    first = f"{lead}: {texts[0]}{to_build(settings, found)}."
    return [first, *(_other_line(setting, best, found) for setting in ranked[1:]), *same]


def _other_line(setting: Setting, best: Setting, found: Standing) -> str:
    """By the numbers against the best, then those against ideal software."""
    if setting.point in found.same:
        return f"The same results as the best: {setting.name}."
    apart = found.apart(setting.point)
    if apart is None:
        return f"{setting.name} has no chip in common with the best: {beside_software_text(setting)}."
    the_best = setting.the_best(best)
    numbers = apart_text(apart, "" if the_best == "the best" else the_best)
    has = f"{setting.name} has {per_cent(setting.row.error)} error, {numbers}"
    return f"{_lead(apart)}: {has}{_beside_software(setting)}."


def _lead(apart: Shown) -> str:
    """In which measure a setting is another than the best."""
    if apart.error_is == apart.nll_is:
        return f"{SIDE[apart.error_is].capitalize()} error and NLL than the best" if apart.error_is else NO_DIFFERENCE
    sides = (("error", apart.error_is), ("NLL", apart.nll_is))
    text = " and ".join(f"{SIDE[side]} {name}" for name, side in sides if side)
    return f"{text[0].upper()}{text[1:]} than the best"


def _beside_software(setting: Setting) -> str:
    shown = setting.shown
    if shown is None:
        return ""
    numbers = f"{signed_points(shown.error)} points, NLL {times(shown)}"
    return f"; beside ideal software {numbers}, {both_significant(shown.error_is, shown.nll_is)}"

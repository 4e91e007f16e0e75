"""Many settings: which are the best, how they are beside ideal software, which is the worst."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.experiment.studies.verdict.difference_text import apart_text
from crossbar_nsm.experiment.studies.verdict.setting import Setting, chips_of
from crossbar_nsm.experiment.studies.verdict.standing import Standing
from crossbar_nsm.experiment.studies.verdict.to_build import to_build
from crossbar_nsm.experiment.studies.verdict.words import NLL, of_all, on_chips, per_cent, signed_points, within


def best_line(best: Setting, found: Standing, settings: Sequence[Setting]) -> str:
    """best: the setting of lowest NLL."""
    number, same = len(found.compared), len(found.same)
    apart = found.not_compared
    ties, others = len(found.best) - 1 - same, number - 1 - same - apart
    lead = f"{'Lowest' if ties or apart else 'Best: lowest'} {NLL} of {number} settings{on_chips(chips_of(settings))}"
    alike = f", the same results for {same} more" if same else ""
    rest = (
        f"no difference from it found for {of_all(ties, others)} others with {best.row.images} images"
        if ties
        else f"significantly higher error or NLL for {of_all(others, others)} others"
    )
    have = "has" if apart == 1 else "have"
    said = [*([rest] if others else []), *([f"{apart} more {have} no chip in common with it"] if apart else [])]
    return f"{lead}: {best.name} ({_outcome(best)}){alike}; {'; '.join(said)}{to_build(settings, found)}."


def worst_line(worst: Setting, best: Setting, found: Standing) -> str:
    """worst: the setting of highest NLL, by its numbers against the best."""
    apart, ties = found.apart(worst.point), len(found.worst) - 1
    numbers = apart_text(apart, worst.the_best(best)) if apart else "no chip in common with the best"
    alike = f"; {ties} more {'ties' if ties == 1 else 'tie'} with it" if ties else ""
    return f"Highest NLL: {worst.name} ({_outcome(worst)}); {numbers}{alike}."


def software_line(settings: Sequence[Setting]) -> str:
    """How many settings differ significantly from ideal software, and from what to what they differ."""
    shown = [one.shown for one in settings if one.shown is not None]
    if not shown:
        return "There is no ideal software beside these settings."
    errors = _range(*(signed_points(end(one.error for one in shown)) for end in (min, max)))
    ratios = [one.nll_ratio for one in shown if one.nll_ratio is not None]
    times = f" {_range(f'{min(ratios):.2f}', f'{max(ratios):.2f}')} times" if ratios else ""
    of_error, of_nll = _directions([one.error_is for one in shown]), _directions([one.nll_is for one in shown])
    corrected = f", corrected for {len(shown)} comparisons" if len(shown) > 1 else ""
    found = f"error {errors} points, {of_error}; NLL{times}, {of_nll}"
    beside = "Each beside" if settings[0].same else "Beside"
    return f"{beside} ideal software{settings[0].with_same} (significant: 5 %{corrected}): {found}."


def margin_line(settings: Sequence[Setting]) -> list[str]:
    """How many settings are equal to ideal software within the margin; none without a margin."""
    judged = [one.row for one in settings if one.row.equivalent is not None]
    if not judged or judged[0].margin is None:
        return []
    equal = of_all(sum(bool(row.equivalent) for row in judged), len(judged))
    where = on_chips(chips_of(settings))
    of_error = f"{within(judged[0].margin)} of error{where}"
    return [f"Equality with ideal software{settings[0].with_same} {of_error} is established for {equal} settings."]


def _directions(of: Sequence[int]) -> str:
    higher, lower = of.count(1), of.count(-1)
    text = f"significantly higher for {of_all(higher, len(of))}"
    return f"{text}, lower for {of_all(lower, len(of))}" if lower else text


def _outcome(setting: Setting) -> str:
    return f"{per_cent(setting.row.error)} error, NLL {setting.row.nll:.4f}"


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"

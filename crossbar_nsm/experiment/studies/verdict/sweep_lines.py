"""Many settings: which are the best, how they are beside ideal software, which is the worst."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.words import NLL, of_all, per_cent, signed_points


def best_line(best: Sequence[Setting], settings: int) -> str:
    """best: the setting of lowest NLL, and those that tie with it."""
    text = f"{best[0].name} ({_outcome(best[0])})"
    if len(best) == 1:
        return f"Best of {settings} settings: {text}; no other ties with it in error and in {NLL}."
    many, images = of_all(len(best), settings).capitalize(), best[0].row.images
    return f"{many} settings are equally good, as far as {images} images tell; lowest {NLL}: {text}."


def worst_line(worst: Sequence[Setting]) -> str:
    """worst: the setting of highest NLL, and those that tie with it."""
    first, ties = worst[0], len(worst) - 1
    ratio = "" if first.nll_ratio is None else f", {first.nll_ratio:.2f} times software's"
    return f"Worst: {first.name} ({_outcome(first)}{ratio}){f', {ties} more tie with it' if ties else ''}."


def software_line(settings: Sequence[Setting]) -> str:
    """How many settings are worse or better than ideal software, and from what to what they differ."""
    shown = [one.shown for one in settings if one.shown is not None]
    if not shown:
        return "There is no ideal software beside these settings."
    errors = _range(*(signed_points(end(one.error for one in shown)) for end in (min, max)))
    ratios = [setting.nll_ratio for setting in settings if setting.nll_ratio is not None]
    times = f" {_range(f'{min(ratios):.2f}', f'{max(ratios):.2f}')} times" if ratios else ""
    of_error, of_nll = _directions([one.error_is for one in shown]), _directions([one.nll_is for one in shown])
    corrected = f" ({len(shown)} comparisons, corrected for)" if len(shown) > 1 else ""
    found = f"error {errors} points, {of_error}{_equal(settings)}; NLL{times}, {of_nll}"
    return f"Beside ideal software{corrected}: {found}."


def _directions(of: Sequence[int]) -> str:
    higher, lower = of.count(1), of.count(-1)
    text = f"shown to be higher for {of_all(higher, len(of))}"
    return f"{text}, lower for {of_all(lower, len(of))}" if lower else text


def _equal(settings: Sequence[Setting]) -> str:
    """Within the margin, where there is one."""
    judged = [one.row for one in settings if one.row.equivalent is not None]
    if not judged or judged[0].margin is None:
        return ""
    equal = of_all(sum(bool(row.equivalent) for row in judged), len(judged))
    return f", equal within {100 * judged[0].margin:g} points for {equal}"


def _outcome(setting: Setting) -> str:
    return f"{per_cent(setting.row.error)} error, NLL {setting.row.nll:.4f}"


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"

"""One setting beside ideal software."""

from __future__ import annotations

from crossbar_nsm.experiment.studies.rows import Row
from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.shown import Shown
from crossbar_nsm.experiment.studies.verdict.words import NLL, per_cent, points_text, signed_points
from device_models.number_text import signed


def single_line(setting: Setting) -> str:
    """The only setting of a study."""
    shown = setting.shown
    if shown is None:
        return setting_line("", setting, 1, NLL)
    if shown.error_is == shown.nll_is == 0:
        return setting_line("Not shown to differ from ideal software", setting, 1, NLL)
    both = {shown.error_is, shown.nll_is}
    side = "Better and worse" if both == {1, -1} else "Worse" if shown.worse else "Better"
    return setting_line(f"{side} than ideal software", setting, 1, NLL)


def setting_line(lead: str, setting: Setting, settings: int, nll: str = "NLL") -> str:
    """`lead: name has ... error, ... than ideal software's ...; NLL ...`; settings: how many the study has; nll: what
    NLL is called."""
    row, shown = setting.row, setting.shown
    start = f"{lead}: {setting.name}" if lead else setting.name
    if shown is None:
        return f"{start} has {per_cent(row.error)} error, {nll} {row.nll:.4f}; no ideal software beside it."
    return f"{start} has {_error(setting, shown, settings)}; {nll} {_times(setting, shown)}."


def _error(setting: Setting, shown: Shown, settings: int) -> str:
    row, software = setting.row, setting.software
    assert software is not None
    assert row.difference_low is not None
    assert row.difference_high is not None
    interval = f"95 % interval {signed_points(row.difference_low)} to {signed_points(row.difference_high)}"
    holds_0 = row.difference_low <= 0 <= row.difference_high
    found = f"{interval}, {_is_shown(shown.error_is)}{_why_not_as_it_looks(shown, holds_0, settings)}{_margin(row)}"
    beside = f"{points_text(shown.error)} than" if shown.error else "as"
    beside += f" ideal software's {per_cent(software.error)}"
    return f"{per_cent(row.error)} error, {beside} ({found})"


def _why_not_as_it_looks(shown: Shown, holds_0: bool, settings: int) -> str:
    """Where the interval, of one setting alone, says something else."""
    if holds_0 and shown.error_is:
        return " by McNemar's test"
    if holds_0 or shown.error_is:
        return ""
    return f" by McNemar's test, p {shown.error_p:.2g}" + (f" for {settings} settings" if settings > 1 else "")


def _times(setting: Setting, shown: Shown) -> str:
    ratio, difference = setting.nll_ratio, f"{signed(shown.nll, 4)}, {_is_shown(shown.nll_is)}"
    return difference if ratio is None else f"{ratio:.2f} times ({difference})"


def _is_shown(direction: int) -> str:
    return "shown" if direction else "not shown"


def _margin(row: Row) -> str:
    if row.margin is None:
        return ""
    return f"; equal within {100 * row.margin:g} points: {'shown' if row.equivalent else 'not shown'}"

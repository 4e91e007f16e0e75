"""What a study does not tell, and what would."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.experiment.studies.verdict.setting import Setting
from device_models.number_text import counted

FEW_CHIPS = 5
ONE_CHIP = f"One chip: nothing is known of how far chips differ; --set evaluation.chips={FEW_CHIPS} tells."


def unknown_lines(settings: Sequence[Setting]) -> list[str]:
    """Of other chips: nothing with one, and less than of these with several."""
    most = max(len(setting.point.chips) for setting in settings)
    if most == 1:
        return [ONE_CHIP]
    shown = sum((one.error_is != 0) + (one.nll_is != 0) for setting in settings if (one := setting.shown))
    of_these = sum(map(_of_these_chips, settings))
    if not of_these:
        return []
    more = FEW_CHIPS if most < FEW_CHIPS else 2 * most
    return [
        f"Other chips: for any chip the 95 % intervals of {of_these} of the {counted(shown, 'shown difference')} from "
        f"software hold 0; more chips than these {most} tell (--set evaluation.chips={more})."
    ]


def unfinished_line(left: int) -> list[str]:
    """First of all."""
    return [f"Not finished: {counted(left, 'trial')} without result; what follows is of the others."] if left else []


def _of_these_chips(setting: Setting) -> int:
    """Differences that are shown for these chips, and not for any chip."""
    row, shown = setting.row, setting.shown
    if shown is None:
        return 0
    of_error = shown.error_is != 0 and _holds_0(row.combined_low, row.combined_high)
    return of_error + (shown.nll_is != 0 and _holds_0(row.nll_difference_low, row.nll_difference_high))


def _holds_0(low: float | None, high: float | None) -> bool:
    return low is None or high is None or low <= 0 <= high

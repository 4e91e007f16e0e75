"""What a study does not tell, and what would."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.experiment.studies.verdict.setting import Setting, chips_of, most_chips
from crossbar_nsm.experiment.studies.verdict.words import NO_PROOF, WIDE, of_all
from device_models.number_text import counted, rounded

FEW_CHIPS = 5
ONE_CHIP = f"One chip: nothing is known of how far chips differ; evaluation.chips={FEW_CHIPS} tells."


def unknown_lines(settings: Sequence[Setting], first: Setting) -> list[str]:
    """Of other chips: nothing with one, and less than of these with several. Of other images. first: the setting of
    lowest NLL."""
    return [*_chips_line(settings), *_images_line(first, len(settings))]


def _chips_line(settings: Sequence[Setting]) -> list[str]:
    most = most_chips(settings)
    if most == 1:
        return [ONE_CHIP if chips_of(settings) == 1 else ONE_CHIP.replace("One chip", "One chip of each setting")]
    several = [setting for setting in settings if len(setting.point.chips) > 1]  # one chip has no interval over chips
    significant = sum((one.error_is != 0) + (one.nll_is != 0) for setting in several if (one := setting.shown))
    of_these = sum(map(_of_these_chips, several))
    if not of_these:
        return []
    more = FEW_CHIPS if most < FEW_CHIPS else 2 * most
    differences = "difference" if significant == 1 else "differences"
    return [
        f"Other chips: {of_all(of_these, significant)} significant {differences} from software on these {most} chips "
        f"may be gone there (95 % intervals over chips hold 0); evaluation.chips={more} tells."
    ]


def _images_line(first: Setting, settings: int) -> list[str]:
    """How little the images tell, where that is so, and that what is not significant may yet differ."""
    row, shown = first.row, first.shown
    if shown is None:
        return []
    width = shown.error_high - shown.error_low
    whose = "the" if settings == 1 else "the best's"
    images = counted(row.images, "image")
    told = f"{images}: the 95 % interval of {whose} difference of error is {100 * width:.2f} points wide"
    needed = f"with about {rounded(row.images * (width / WIDE) ** 2, 2)} it would be 1 point"
    parts = [f"{told}, {needed}"] if width > WIDE else []
    if row.margin is None and not shown.error_is:
        parts.append(NO_PROOF)
    text = "; ".join(parts)
    return [f"{text[0].upper()}{text[1:]}."] if text else []


def unfinished_line(left: int) -> list[str]:
    """First of all."""
    return [f"Not finished: {counted(left, 'trial')} without result; what follows is of the others."] if left else []


def _of_these_chips(setting: Setting) -> int:
    """Differences that are significant for these chips, and not for any chip."""
    row, shown = setting.row, setting.shown
    if shown is None:
        return 0
    of_error = shown.error_is != 0 and _holds_0(row.combined_low, row.combined_high)
    return of_error + (shown.nll_is != 0 and _holds_0(row.nll_difference_low, row.nll_difference_high))


def _holds_0(low: float | None, high: float | None) -> bool:
    return low is None or high is None or low <= 0 <= high

"""The only setting of a study."""

from __future__ import annotations

from crossbar_nsm.experiment.studies.verdict.difference_text import SIDE, beside_software_text, times
from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.shown import Shown
from crossbar_nsm.experiment.studies.verdict.words import NLL, on_chips, signed_points, within
from device_models.number_text import counted


def single_lines(setting: Setting) -> list[str]:
    """What is significant, and its numbers."""
    numbers = f"{beside_software_text(setting)}."
    return [numbers] if setting.shown is None else [f"{_lead(setting, setting.shown)}.", numbers]


def _lead(setting: Setting, shown: Shown) -> str:
    """Whether it is within the margin, where there is one; then what is significant, of which size."""
    row, where = setting.row, on_chips(len(setting.point.chips))
    if row.margin is None:
        return _significant(setting, shown, where)
    if not row.equivalent:
        open_ = f"Equality with ideal software {within(row.margin)} of error{where} is not established"
        return f"{open_}. {_significant(setting, shown, where)}"
    of_error = f"error {_side(shown.error_is, _points(shown))}, " if shown.error_is else ""
    return f"Equal to ideal software {within(row.margin)} of error{where}; {of_error}{_of_nll(setting, shown)}"


def _significant(setting: Setting, shown: Shown, where: str) -> str:
    far = f"as far as {counted(setting.row.images, 'image')} tell{'s' if setting.row.images == 1 else ''}"
    if shown.error_is == shown.nll_is == 0:
        return f"No difference from ideal software found{where} in error or {NLL}, {far}"
    if shown.error_is == shown.nll_is:
        size = f"in error ({_points(shown)}) and {NLL} ({times(shown)})"
        return f"{'Worse' if shown.worse else 'Better'} than ideal software{where} {size}"
    side = f"{SIDE[shown.error_is]} than" if shown.error_is else "as"
    size = f" ({_points(shown)})" if shown.error_is else f", {far}"
    return f"Error {side} ideal software's{where}{size}; {_of_nll(setting, shown)}"


def _of_nll(setting: Setting, shown: Shown) -> str:
    if not shown.nll_is:
        return f"no difference found in {NLL}"
    return f"{NLL} {_side(shown.nll_is, times(shown))}"


def _side(side: int, size: str) -> str:
    return f"{SIDE[side]} ({size})"


def _points(shown: Shown) -> str:
    return f"{signed_points(shown.error)} points"

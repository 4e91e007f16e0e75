"""Differences from ideal software and from the best setting, in words: how large, of what, and whether significant."""

from __future__ import annotations

from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.shown import Shown
from crossbar_nsm.experiment.studies.verdict.words import NLL, is_significant, per_cent, points_text, signed_points
from device_models.number_text import counted, signed

SIDE = {1: "higher", -1: "lower"}


def beside_software_text(setting: Setting, with_level: bool = False) -> str:
    """`name has ... error, ... than ideal software's ...; NLL ...`; with_level: of significance."""
    row, shown, software = setting.row, setting.shown, setting.software
    has = f"{setting.name} has {per_cent(row.error)} error"
    if shown is None or software is None:
        return f"{has}, {NLL} {row.nll:.4f}; no ideal software beside it"
    other = f"ideal software's {per_cent(software.error)}"
    level = f" at 5 %, corrected for {counted(shown.comparisons, 'comparison')}" if with_level else ""
    return f"{has}, {apart_text(shown, other, level)}"


def apart_text(shown: Shown, other: str = "", level: str = "") -> str:
    """`0.20 points more than OTHER (95 % interval -0.48 to +0.88: not significant); NLL 1.01 times (significant)`;
    other: empty where it is plain."""
    interval = f"95 % interval {signed_points(shown.error_low)} to {signed_points(shown.error_high)}"
    than, same = (f" than {other}", f"as {other}") if other else ("", "the same")
    beside = f"{points_text(shown.error)}{than}" if shown.error else same
    of_error = f"{interval}{_not_as_it_looks(shown)}: {is_significant(shown.error_is)}{level}"
    return f"{beside} ({of_error}); NLL {times(shown)} ({is_significant(shown.nll_is)})"


def _not_as_it_looks(shown: Shown) -> str:
    """The p that decides, where the interval, of one setting by itself, says something else."""
    holds_0 = shown.error_low <= 0 <= shown.error_high
    if holds_0 != bool(shown.error_is):
        return ""
    name = "uncorrected; corrected" if shown.comparisons > 1 else "but McNemar's"
    return f" {name} p {shown.error_p:.2g}"


def times(shown: Shown) -> str:
    """Of NLL; the difference where there is no ratio."""
    ratio = shown.nll_ratio
    return signed(shown.nll, 4) if ratio is None else f"{ratio:.2f} times"

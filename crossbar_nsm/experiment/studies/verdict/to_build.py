"""What can be built in place of a best setting that nobody builds."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.standing import Standing


def to_build(settings: Sequence[Setting], found: Standing) -> str:
    """`; NAME, which can be built, ties with it`, of lowest NLL; empty where the best can be built, or none that
    ties with it."""
    of_point = {id(setting.point): setting for setting in settings}
    best, *ties = (of_point[id(point)] for point in found.best)
    built = [] if best.can_be_built else [setting for setting in ties if setting.can_be_built]
    return f"; {built[0].name}, which can be built, ties with it" if built else ""

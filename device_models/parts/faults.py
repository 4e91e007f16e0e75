"""Stuck cells (scope chip): a fraction of cells ignores programming.

They stay at g_max (`stuck_on`), at g_min (`stuck_off`), or anywhere in the range, uniformly (`stuck_any`).

Equations: docs/physics.md#stuck-cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import model_validator

from device_models.parts.conductance import ConductanceRange
from device_models.parts.part import Part
from device_models.schema import Fraction
from device_models.scope import Scope

if TYPE_CHECKING:
    from device_models.device import Device
    from device_models.parts.read_noise import ReadConditions


class Faults(Part):
    """Cells that ignore programming."""

    noun: ClassVar[str] = "stuck cells"
    effect: ClassVar[str] = "stuck cells"

    stuck_on: Annotated[Fraction, Scope.CHIP] = 0.0
    """probability of a cell to be stuck at g_max"""
    stuck_off: Annotated[Fraction, Scope.CHIP] = 0.0
    """probability of a cell to be stuck at g_min"""
    stuck_any: Annotated[Fraction, Scope.CHIP] = 0.0
    """probability of a cell to be stuck anywhere in the range, uniformly; the three add up to 1 at most"""

    @model_validator(mode="after")
    def _at_most_all(self) -> Faults:
        if self.yield_fraction < -1e-12:
            names = " + ".join(name for name in ("stuck_on", "stuck_off", "stuck_any") if getattr(self, name))
            raise ValueError(f"{names} = {1 - self.yield_fraction:g} exceeds 1")
        return self

    @property
    def yield_fraction(self) -> float:
        """Fraction of the cells that can be programmed."""
        return 1 - (self.stuck_on + self.stuck_off + self.stuck_any)

    @property
    def scopes(self) -> dict[str, Scope]:
        return {self.noun: Scope.CHIP} if self.yield_fraction < 1 else {}

    def is_ideal(self, _age_s: float) -> bool:
        return self.yield_fraction >= 1

    def ideal(self, _device: Device, _read: ReadConditions) -> dict[str, Any]:
        return {}

    def apply(self, g_s: np.ndarray, uniforms: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """`g_s` [S] with stuck cells replaced; `uniforms` in [0,1) of the same shape are constants of the cells."""
        uniforms = uniforms.astype(g_s.dtype)  # else stuck cells would be rounded as the uniforms are
        on, off = self.stuck_on, self.stuck_on + self.stuck_off
        any_ = off + self.stuck_any
        # Given that a uniform falls in the last interval, its place there is uniform too.
        place = (uniforms - off) / self.stuck_any if self.stuck_any else np.zeros_like(uniforms)
        stuck = np.where(uniforms < on, conductance.g_max_s, np.where(uniforms < off, conductance.g_min_s,
                         conductance.g_min_s + conductance.span_s * place))  # fmt: skip
        return np.where(uniforms < any_, stuck, g_s).astype(g_s.dtype)

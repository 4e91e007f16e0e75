"""Fresh read noise (scope read): every vector read adds an independent normal to every cell.

Two alternative laws for its sd at the cell's conductance G [S]:

- `relative_sd`: sd = relative_sd * G (proportional noise, the multiplicative noise of an NSM).
- `law`: a registered law, `{name: power_law, relative_sd_at_g_max: r, exponent: e}` or one of your own (see `laws`).

`window_s` and `interval_s` say at which read window and interval the number was measured; with `window_s` the noise is
taken to be white, so a read of another window has sd sqrt(window_s / window). Without it the number holds for any
window. `thermal` and `shot` add the floors that no read can go below, 4 k T G and 2 q I averaged over the window.

Published laws that lump slow 1/f noise since programming are not fresh per read: they are `flicker`.

Equations: docs/physics.md#fresh-read-noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from device_models.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from device_models.laws import ReadNoiseLaw, by_name, evaluate, register
from device_models.parts.conductance import ConductanceRange
from device_models.parts.part import Part
from device_models.parts.temperature import REFERENCE_K
from device_models.schema import Finite, Positive, RelativeSd, Switch, Window
from device_models.scope import Scope
from device_models.shown import shown

if TYPE_CHECKING:
    from device_models.device import Device


@shown
@dataclass(frozen=True)
class ReadConditions:
    """How and when cells are read: voltage on the cell, time over which current is averaged, start to start of
    successive reads, and time since programming."""

    voltage_v: float = 0.2
    window_s: float = 1e-7
    interval_s: float = 1e-6
    age_s: float = 0.0


@register("power_law")
class PowerLaw(ReadNoiseLaw):
    """sd(G)/G = relative_sd_at_g_max * (G / g_max)^exponent: -1 is additive noise, 0 proportional."""

    relative_sd_at_g_max: RelativeSd
    """sd of a read at g_max [fraction of g_max]"""
    exponent: Annotated[Finite, Field(ge=-1, le=1)]
    """-1: the same sd for all cells; 0: proportional to G"""

    def sd_s(self, g_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        ratio = g_s / conductance.g_max_s
        return self.relative_sd_at_g_max * conductance.g_max_s * ratio ** (1 + self.exponent)


class ReadNoise(Part):
    """Every vector read adds an independent normal to every cell; without a law and floors reads are noiseless."""

    noun: ClassVar[str] = "read noise"
    effect: ClassVar[str] = "own law of fresh noise"
    alternatives: ClassVar = {(): [{"relative_sd"}, {"law"}]}

    relative_sd: Annotated[RelativeSd | None, Scope.READ] = None
    """sd of a read [fraction of the cell's own G, traps empty]: the multiplicative noise of an NSM"""
    law: Annotated[
        Annotated[SerializeAsAny[ReadNoiseLaw], BeforeValidator(by_name(ReadNoiseLaw))] | None, Scope.READ
    ] = None
    """a registered law in place of relative_sd: `power_law`, or one of your own"""
    window_s: Window | None = None
    """read window of the measurement [s]: the noise is taken to be white, so that a read of another window has
    sd sqrt(window_s / window) (null: the number holds for any window)"""
    interval_s: Positive | None = None
    """start to start of the reads that were measured [s], for tables; it changes no draw (null: not known)"""
    thermal: Annotated[Switch, Scope.READ] = False
    """adds thermal noise, 4 k T G averaged over the window"""
    shot: Annotated[Switch, Scope.READ] = False
    """adds shot noise, 2 q I averaged over the window"""

    @model_validator(mode="after")
    def _one_law(self) -> ReadNoise:
        if self.relative_sd is not None and self.law is not None:
            raise ValueError("give one law only: relative_sd | law")
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        return {self.noun: Scope.READ} if self.relative_sd or self.law or self.thermal or self.shot else {}

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        return {
            **({f"read noise law {self.law.name}": self.law.references} if self.law else {}),
            **({"thermal noise": ("johnson1928", "nyquist1928")} if self.thermal else {}),
            **({"shot noise": ("schottky1918",)} if self.shot else {}),
        }

    def is_ideal(self, _age_s: float) -> bool:
        return self.law is None and not self.thermal and not self.shot

    def ideal(self, device: Device, read: ReadConditions) -> dict[str, Any]:
        """Proportional to G, with the sd that the law has at g_max."""
        top_s = np.array([device.conductance.g_max_s])
        sd_s = self.sd_s(top_s, device.conductance, read, device.temperature_k)
        return {"relative_sd": float(sd_s[0] / top_s[0])}

    def sd_s(
        self,
        g_s: np.ndarray,
        conductance: ConductanceRange,
        read: ReadConditions | None = None,
        temperature_k: float = REFERENCE_K,
    ) -> np.ndarray:
        """sd of one read [S] of cells at `g_s` [S]. Without `read`: as measured, no floors."""
        sd = self._law_sd_s(g_s, conductance)
        if read is None:
            return sd
        if self.window_s is not None:
            sd = sd * np.sqrt(self.window_s / read.window_s)
        if self.thermal or self.shot:
            sd = np.sqrt(sd**2 + self.floor_s2(g_s, read, temperature_k))
        return sd

    def floor_s2(self, g_s: np.ndarray, read: ReadConditions, temperature_k: float) -> np.ndarray:
        """Variance [S^2] of the floors in use: (4 k T G + 2 q V G) / (2 T_window) over V^2."""
        spectrum = (4 * BOLTZMANN_J_PER_K * temperature_k if self.thermal else 0.0) + (
            2 * ELEMENTARY_CHARGE_C * read.voltage_v if self.shot else 0.0
        )
        return spectrum * g_s / (2 * read.window_s * read.voltage_v**2)

    def _law_sd_s(self, g_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        if self.relative_sd is not None:
            return self.relative_sd * g_s
        if self.law is not None:
            return evaluate(self.law.sd_s, g_s, conductance)
        return np.zeros_like(g_s)

"""Fresh read noise (scope read): every vector read adds an independent random number to every cell.

Two alternative laws for its sd at the cell's conductance G [S]:

- `relative_sd`: sd = relative_sd * G (proportional noise, the multiplicative noise of an NSM).
- `law`: a registered law, `{name: power_law, relative_sd_at_g_max: r, exponent: e}`, `table`, `polynomial` or one of
  your own (see `laws`).

`shape` says how the numbers are distributed: normal, Laplace, or by a table of quantiles (see
`read_noise_laws.shapes`).

`window_s` and `interval_s` say at which read window and interval the number was measured; with `window_s` the noise is
taken to be white, so a read of another window has sd sqrt(window_s / window). Without it the number holds for any
window. `thermal` and `shot` add the floors that no read can go below, 4 k T G and 2 q I averaged over the window;
they are normal, whatever the shape of the rest.

Published laws that lump slow 1/f noise since programming are not fresh per read: they are `flicker`.

Equations: docs/physics.md#fresh-read-noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny, model_validator

from device_models.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from device_models.laws import ReadNoiseLaw, by_name, evaluate
from device_models.parts.conductance import ConductanceRange
from device_models.parts.part import Part
from device_models.parts.read_noise_laws import polynomial, power_law, table  # noqa: F401  # registers its laws
from device_models.parts.read_noise_laws.shapes import ShapedNoise, ShapeKey, shape_of
from device_models.parts.temperature import REFERENCE_K
from device_models.schema import Positive, RelativeSd, Switch, Window
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


class ReadNoise(Part):
    """Every vector read adds an independent random number to every cell; without a law and floors reads are
    noiseless."""

    noun: ClassVar[str] = "read noise"
    effect: ClassVar[str] = "own law of fresh noise"
    alternatives: ClassVar = {(): [{"relative_sd"}, {"law"}]}

    relative_sd: Annotated[RelativeSd | None, Scope.READ] = None
    """sd of a read [fraction of the cell's own G, traps empty]: the multiplicative noise of an NSM"""
    law: Annotated[
        Annotated[SerializeAsAny[ReadNoiseLaw], BeforeValidator(by_name(ReadNoiseLaw))] | None, Scope.READ
    ] = None
    """a registered law in place of relative_sd: `power_law`, `table`, `polynomial`, or one of your own"""
    shape: ShapeKey = "normal"
    """how that noise is distributed, with the sd of the law: normal, laplace, or {quantiles: {...}}, a table"""
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
        if self.shape != "normal" and self.relative_sd is None and self.law is None:
            raise ValueError("shape: of no noise; give relative_sd or law (thermal and shot noise are normal)")
        return self

    def check_beside(self, device: Device) -> None:
        if self.law is not None and self.law.covers_s is not None:
            device.conductance.check_within(*self.law.covers_s, f"read_noise.law ({self.law.name})")

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
        return self.law is None and self.shape == "normal" and not self.thermal and not self.shot

    def ideal(self, device: Device, read: ReadConditions) -> dict[str, Any]:
        """Normal and proportional to G, with the sd that the law has at g_max."""
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
        sd = self._law_sd_s(g_s, conductance, read)
        if read is not None and (self.thermal or self.shot):
            sd = np.sqrt(sd**2 + self.floor_s2(g_s, read, temperature_k))
        return sd

    def shaped(self, g_s: np.ndarray, conductance: ConductanceRange, read: ReadConditions) -> ShapedNoise | None:
        """The part of one read's noise that is not normal, of cells at `g_s` [S]; None where all of it is."""
        shape = shape_of(self.shape)
        return None if shape is None else ShapedNoise(shape, self._law_sd_s(g_s, conductance, read).astype(g_s.dtype))

    def floor_s2(self, g_s: np.ndarray, read: ReadConditions, temperature_k: float) -> np.ndarray:
        """Variance [S^2] of the floors in use: (4 k T G + 2 q V G) / (2 T_window) over V^2."""
        spectrum = (4 * BOLTZMANN_J_PER_K * temperature_k if self.thermal else 0.0) + (
            2 * ELEMENTARY_CHARGE_C * read.voltage_v if self.shot else 0.0
        )
        return spectrum * g_s / (2 * read.window_s * read.voltage_v**2)

    def _law_sd_s(self, g_s: np.ndarray, conductance: ConductanceRange, read: ReadConditions | None) -> np.ndarray:
        """Without the floors."""
        if self.relative_sd is not None:
            sd = self.relative_sd * g_s
        elif self.law is not None:
            sd = evaluate(self.law.sd_s, g_s, conductance)
        else:
            return np.zeros_like(g_s)
        return sd if read is None or self.window_s is None else sd * np.sqrt(self.window_s / read.window_s)

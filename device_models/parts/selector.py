"""Stochastic selector in series with a cell or with a differential pair: blank-out noise, xi two-valued.

Two alternative laws:

- `keep_probability`: memoryless and ideal (scope read): on every vector read it conducts fully or not at all,
  independently of the past.
- `threshold`, `input_v`, `on_conductance_s`, `off_conductance_s`: the device. Its threshold voltage is an
  Ornstein-Uhlenbeck process (mean, sd, correlation time; scope time), and it conducts while the voltage on it is above:
  p = Phi((V - mean) / sd). In series with G it passes xi = Gs / (G + Gs) of the cell's current, with Gs its on or off
  conductance; the voltage on the blocking selector is V = input_v G / (G + Gs_off).

A read sees the selector as it is when the read window begins: it switches at the start of the pulse and latches.

`per: pair`: one selector gates both cells of a pair (the first axis of an array of cells), so xi multiplies G+ - G-
and G above is G+ + G-. `per: cell`: every cell has its own. References: Dutta et al. 2022.

Equations: docs/physics.md#stochastic-selector.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
import scipy  # scipy.special is loaded where it is first used: it takes 0.2 s
from pydantic import Field, model_validator

from device_models.cells import CellArrays
from device_models.parts.part import Part
from device_models.schema import Finite, NonNegative, Positive, Schema, SignedVoltage, Voltage
from device_models.scope import Scope
from device_models.shown import shown

if TYPE_CHECKING:
    from device_models.device import Device
    from device_models.parts.read_noise import ReadConditions

NEAREST = 1e-6  # that the probability of an ideal selector may come to 0 and 1
Probability = Annotated[Finite, Field(gt=0, lt=1)]


class Threshold(Schema):
    """The threshold voltage in time, an Ornstein-Uhlenbeck process."""

    mean_v: SignedVoltage
    """stationary mean [V]"""
    sd_v: Annotated[Voltage, Scope.TIME]
    """stationary sd [V]"""
    correlation_time_s: Positive
    """correlation time [s]"""


@shown
@dataclass(frozen=True)
class SelectorLaw(CellArrays):
    """Selectors of an array, of the shape of the pairs (`per_pair`) or of the cells. series_s: conductance in series
    [S]; on_s, off_s: its own (infinite and 0 when ideal); drive, offset: input voltage and mean threshold over the
    threshold's sd. correlation_time_s: of the threshold, 0 without memory."""

    series_s: np.ndarray
    on_s: float
    off_s: float
    drive: float
    offset: float
    correlation_time_s: float
    per_pair: bool

    @property
    def level(self) -> np.ndarray:
        """The standard normal below which it conducts: the share of the input on the blocking selector counts."""
        level: np.ndarray = self.drive * (1 - self.off) - self.offset
        return level

    @property
    def on(self) -> np.ndarray:
        """Share of the current that it passes when it conducts, Gs / (G + Gs)."""
        return _passed(self.on_s, self.series_s)

    @property
    def off(self) -> np.ndarray:
        """Share of the current that it passes when it blocks."""
        return _passed(self.off_s, self.series_s)

    @property
    def probability(self) -> np.ndarray:
        """p, to conduct."""
        conducting: np.ndarray = scipy.special.ndtr(self.level)
        return conducting

    def mean(self) -> np.ndarray:
        """m = p on + (1 - p) off."""
        p = self.probability
        return p * self.on + (1 - p) * self.off

    def variance(self) -> np.ndarray:
        """v = p (1 - p) (on - off)^2."""
        p = self.probability
        return p * (1 - p) * (self.on - self.off) ** 2

    def correlation(self, lag_s: float) -> np.ndarray:
        """Correlation of xi over lag_s, the same as that of the bits."""
        if lag_s == 0:
            return np.ones_like(self.series_s)
        if self.correlation_time_s == 0:
            return np.zeros_like(self.series_s)
        return bit_correlation(self.level, float(np.exp(-lag_s / self.correlation_time_s)))

    def xi(self, thresholds: np.ndarray) -> np.ndarray:
        """What is passed, for standardised thresholds."""
        return np.where(thresholds < self.level, self.on, self.off)

    def over_cells(self, values: np.ndarray) -> np.ndarray:
        """`values` of this shape, as they hold for each cell."""
        return values[None] if self.per_pair else values


class Selector(Part):
    """Conducts or blocks in a read, in series with a cell or a pair: blank-out noise, by one of two laws."""

    noun: ClassVar[str] = "a selector"
    effect: ClassVar[str] = "memory and divider of the selector"
    alternatives: ClassVar = {
        (): [{"keep_probability"}, {"threshold", "input_v", "on_conductance_s", "off_conductance_s"}]
    }
    independent_reads: ClassVar[bool] = False

    keep_probability: Annotated[Probability | None, Scope.READ] = None
    """probability that an ideal selector without memory conducts in a read"""
    threshold: Threshold | None = None
    """threshold voltage of a real selector, which moves in time; needs the three keys below"""
    input_v: Voltage | None = None
    """voltage over selector and cell in a read [V]"""
    on_conductance_s: Positive | None = None
    """conductance of a selector that conducts [S]"""
    off_conductance_s: NonNegative | None = None
    """conductance of a selector that blocks [S], below on_conductance_s"""
    per: Literal["pair", "cell"] = "pair"
    """one selector for both cells of a `pair`, or for every `cell`"""

    @model_validator(mode="after")
    def _one_law(self) -> Selector:
        device = {key: getattr(self, key) for key in ("threshold", "input_v", "on_conductance_s", "off_conductance_s")}
        missing = [key for key, value in device.items() if value is None]
        if (self.keep_probability is not None) != (len(missing) == len(device)) or 0 < len(missing) < len(device):
            given = f"; missing: {', '.join(missing)}" if 0 < len(missing) < len(device) else ""
            raise ValueError(f"give one law: keep_probability | {', '.join(device)}{given}")
        if self.on_conductance_s is not None and (self.off_conductance_s or 0.0) >= self.on_conductance_s:
            raise ValueError("off_conductance_s must be below on_conductance_s")
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        return {"selector": Scope.READ if self.threshold is None else Scope.TIME}

    @property
    def unloaded_probability(self) -> float:
        """p where the whole input voltage is on the blocking selector."""
        if self.threshold is None:
            assert self.keep_probability is not None
            return self.keep_probability
        assert self.input_v is not None
        return float(scipy.special.ndtr((self.input_v - self.threshold.mean_v) / self.threshold.sd_v))

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        return {} if self.threshold is None else {"Ornstein-Uhlenbeck selector": ("uhlenbeck1930", "dutta2022")}

    def is_ideal(self, _age_s: float) -> bool:
        return self.threshold is None

    def ideal(self, _device: Device, _read: ReadConditions) -> dict[str, Any]:
        """Without memory, series divider and leakage; passes reads with the same probability when it is unloaded."""
        return {"keep_probability": min(max(self.unloaded_probability, NEAREST), 1 - NEAREST), "per": self.per}

    def memory_s(self, _temperature_k: float) -> float | None:
        return None if self.threshold is None else self.threshold.correlation_time_s

    def law(self, g_s: np.ndarray) -> SelectorLaw:
        """Selectors in series with cells at `g_s` [S]; per pair, g_s has shape (2, ...)."""
        pair = self.per == "pair"
        series_s = g_s.sum(axis=0) if pair else g_s
        if self.threshold is None:
            assert self.keep_probability is not None
            return SelectorLaw(
                series_s, np.inf, 0.0, 0.0, -float(scipy.special.ndtri(self.keep_probability)), 0.0, pair
            )
        assert self.input_v is not None
        assert self.on_conductance_s is not None
        assert self.off_conductance_s is not None
        threshold = self.threshold
        drive, offset = self.input_v / threshold.sd_v, threshold.mean_v / threshold.sd_v
        own = (self.on_conductance_s, self.off_conductance_s)
        return SelectorLaw(series_s, *own, drive, offset, threshold.correlation_time_s, pair)


def _passed(own_s: float, series_s: np.ndarray) -> np.ndarray:
    """own / (own + series); an ideal switch passes all (infinite) or nothing (0)."""
    if own_s == 0 or np.isinf(own_s):
        return np.full_like(series_s, 1.0 if own_s else 0.0)
    share: np.ndarray = own_s / (own_s + series_s)
    return share


def bit_correlation(level: np.ndarray, rho: float | np.ndarray) -> np.ndarray:
    """Correlation of the bits [x < level], [y < level] of standard normals of correlation rho.

    [Phi2(h, h; rho) - p^2] / (p (1 - p)) with Phi2(h, h; rho) = p - 2 T(h, sqrt((1 - rho)/(1 + rho))), T Owen's
    function; (2/pi) asin(rho) at h = 0.
    """
    p = scipy.special.ndtr(-np.abs(level))  # of the rarer bit, for precision
    spread = p * scipy.special.ndtr(np.abs(level))
    both = p - 2 * scipy.special.owens_t(level, np.sqrt((1 - rho) / (1 + rho)))
    return np.where(spread > 0, (both - p**2) / np.where(spread > 0, spread, 1.0), 0.0)

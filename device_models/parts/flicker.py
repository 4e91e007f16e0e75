"""1/f noise since programming: a slow wander of each cell's conductance, correlated from read to read (scope time).

Published as the sd that has accumulated t after programming (PCM, CMO/HfOx), read during t_r:

    sd(G, t) = A(G) sqrt(ln((t + t_r) / (2 t_r))),     spectrum S(f) = A(G)^2 / f.

It counts the frequencies from 1/(t + t_r) to 1/(2 t_r). Almost all of it is slow, so it must not be drawn afresh on
every read. As a trajectory it is a sum of Ornstein-Uhlenbeck terms with log-uniform correlation times from t_r / pi,
which cuts the spectrum at 1/(2 t_r), to `slowest_s`, A^2 for each e-fold of them. A sum that began at 0 when the cell
was programmed would have (ln 4 pi + gamma) A^2 more variance than published, from frequencies below 1/t (which a fit of
drift takes for drift): at age t the terms are as if they had begun t / (4 pi e^gamma) ago. From 20 t_r to slowest_s the
variance is within 2.5 % of the published one; at frequencies a factor 30 inside the corners 1/(2 pi tau) of the slowest
and the fastest term the spectrum is within 4 % of A^2 / f. A read sees the mean of the sum over its window, by the
exact law of window means.

With another `spectral_exponent` gamma the spectrum is A(G)^2 / 1 Hz (f / 1 Hz)^-gamma, and the accumulated variance its
integral between the same two frequencies, [t^a - (2 t_r)^a] A^2 / a with a = gamma - 1 and times in seconds, within 6 %
from 20 t_r and 2 % from 100 t_r on (see `coloured_terms`). The spectrum is within 6 % of its law a factor 30 inside the
corners for gamma from 0.8 on; of flatter ones the fast corner takes more, 16 % for 0.4.

Four laws for A [S]:

- `relative`: A = G min(coefficient (G_0 / g_max)^exponent, highest), G_0 the programmed conductance.
- `log_law`: A = G times a function of G_0 / g_max (see `log_law`).
- `logarithmic`: A = per_decade_s log10(G / unit_s), 0 below unit_s.
- `table`: A = G times a table of A / G over G_0.

Each cell has a factor of its own on A, log-normal of median 1 (`spread_log_sd`, scope chip).

Equations: docs/physics.md#flicker-noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from device_models.cells import Cells
from device_models.parts.coloured_terms import ColouredTerms, fastest_share, variances
from device_models.parts.conductance import ConductanceRange
from device_models.parts.flicker_trajectory import FlickerLaw, FlickerTerms
from device_models.parts.log_law import SMALLEST_SHARE, LogLaw
from device_models.parts.part import SlowNoise
from device_models.parts.read_noise import ReadConditions
from device_models.parts.tables.interpolation import Conductances, check_rising, check_same_length, log_log
from device_models.schema import Conductance, Finite, LogSd, Positive, RelativeSd, Schema, Window
from device_models.scope import Scope

if TYPE_CHECKING:
    from device_models.device import Device

FASTEST_IN_READ_TIMES = 1 / np.pi
LEAST_EXPONENT, MOST_EXPONENT = 0.4, 2.0


class RelativeAmplitude(Schema):
    """A / G = min(coefficient (G / g_max)^exponent, highest)."""

    coefficient: RelativeSd
    """A / G at g_max [fraction of G]"""
    exponent: Annotated[Finite, Field(ge=-3, le=3)] = 0.0
    """0: A is proportional to G; -1: the same for all cells"""
    highest: RelativeSd | None = None
    """most that A / G can be [fraction of G] (null: no limit)"""


class LogarithmicAmplitude(Schema):
    """A [S] = per_decade_s log10(G / unit_s), 0 below unit_s."""

    per_decade_s: Conductance
    """rise of A per decade of conductance [S]"""
    unit_s: Annotated[Conductance, Field(gt=0)]
    """conductance at which A begins [S]"""


class AmplitudeTable(Schema):
    """A [S] at some conductances: ln A is linear in ln G between them, A / G is constant below and above."""

    conductance_s: Conductances
    """programmed conductances, rising [S]"""
    amplitude_s: Conductances
    """A at each of them [S]"""

    @model_validator(mode="after")
    def _is_a_table(self) -> AmplitudeTable:
        check_rising("conductance_s", self.conductance_s)
        check_same_length(conductance_s=self.conductance_s, amplitude_s=self.amplitude_s)
        largest = max(a / g for a, g in zip(self.amplitude_s, self.conductance_s, strict=True))
        if largest > 1:
            raise ValueError(f"amplitude_s is {largest:.3g} times the conductance; at most 1: are both in siemens?")
        return self

    def relative(self, g_s: np.ndarray) -> np.ndarray:
        """A / G of cells at `g_s` [S]."""
        share: np.ndarray = log_log(g_s, self.conductance_s, np.divide(self.amplitude_s, self.conductance_s))
        return share


class Flicker(SlowNoise):
    """1/f noise: sd(G, t) = A(G) sqrt(ln((t + t_r) / (2 t_r))) a time t after programming, S(f) = A(G)^2 / f; or, with
    another exponent, S(f) = A(G)^2 / 1 Hz (f / 1 Hz)^-spectral_exponent."""

    noun: ClassVar[str] = "1/f noise"
    effect: ClassVar[str] = "1/f noise"
    alternatives: ClassVar = {(): [{"relative"}, {"log_law"}, {"logarithmic"}, {"table"}]}
    ages: ClassVar[bool] = True

    relative: Annotated[RelativeAmplitude | None, Scope.TIME] = None
    """amplitude A as a power of the programmed conductance"""
    log_law: Annotated[LogLaw | None, Scope.TIME] = None
    """amplitude A / G as a function of the logarithm of the programmed conductance [fraction of G]"""
    logarithmic: Annotated[LogarithmicAmplitude | None, Scope.TIME] = None
    """amplitude A [S] that grows with the logarithm of the conductance"""
    table: Annotated[AmplitudeTable | None, Scope.TIME] = None
    """amplitude A [S] at some conductances, as measured"""
    spread_log_sd: Annotated[LogSd, Scope.CHIP] = 0.0
    """sd of the logarithm of a factor on A, of each cell for life; its median is 1"""
    spectral_exponent: Annotated[Finite, Field(ge=LEAST_EXPONENT, le=MOST_EXPONENT)] = 1.0
    """exponent gamma of the spectrum A^2 / 1 Hz (f / 1 Hz)^-gamma: 1 is 1/f noise, 2 a random walk; A holds at 1 Hz"""
    read_time_s: Window
    """t_r of the published law, how long a read took [s]: the spectrum ends at 1 / (2 t_r)"""
    slowest_s: Positive = 1e8
    """longest correlation time of the trajectory [s]; with a spectral exponent above 1 the variance grows until then"""
    terms_per_decade: Annotated[Finite, Field(ge=1, le=10)] = 1.25
    """Ornstein-Uhlenbeck terms per decade of correlation times, of which the trajectory is made"""

    @model_validator(mode="after")
    def _one_law(self) -> Flicker:
        if sum(law is not None for law in (self.relative, self.log_law, self.logarithmic, self.table)) != 1:
            raise ValueError("give one law: relative | log_law | logarithmic | table")
        if self.slowest_s < 10 * self.fastest_s:
            times = 10 * self.fastest_s / self.read_time_s
            raise ValueError(f"slowest_s={self.slowest_s:g} must be at least {10 * self.fastest_s:.3g} "
                             f"({times:.3g} read_time_s)")  # fmt: skip
        return self

    @model_validator(mode="after")
    def _amplitude_is_a_fraction(self) -> Flicker:
        largest = 0.0 if self.log_law is None else float(self.log_law.of_share(np.geomspace(0.01, 1, 101)).max())
        if largest > 1:
            raise ValueError(f"log_law gives {largest:.3g} times the conductance; at most 1: is it in per cent?")
        return self

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        return {self.noun: ("dutta1981",)}

    @property
    def scopes(self) -> dict[str, Scope]:
        spread = {f"{self.noun}, cell to cell": Scope.CHIP} if self.spread_log_sd else {}
        return {**super().scopes, **spread}

    @property
    def fastest_s(self) -> float:
        """Shortest correlation time of the trajectory: t_r / pi for 1/f noise."""
        fastest_s = FASTEST_IN_READ_TIMES * self.read_time_s
        if self.spectral_exponent == 1:
            return fastest_s
        return fastest_s * fastest_share(self.spectral_exponent, self.terms_per_decade)

    def amplitude_s(
        self, g_s: np.ndarray, conductance: ConductanceRange, aged_s: np.ndarray | None = None
    ) -> np.ndarray:
        """A [S] of cells programmed to `g_s` [S] whose conductance is now `aged_s` [S] (default: the same)."""
        now_s = g_s if aged_s is None else aged_s
        if self.logarithmic is not None:
            ratio = np.maximum(now_s / self.logarithmic.unit_s, 1.0)
            return self.logarithmic.per_decade_s * np.log10(ratio)
        if self.log_law is not None:
            return np.maximum(self.log_law.value(g_s, conductance), 0.0) * now_s
        if self.table is not None:
            return (self.table.relative(g_s) * now_s).astype(now_s.dtype)
        assert self.relative is not None
        share = np.maximum(g_s / conductance.g_max_s, SMALLEST_SHARE)
        relative = self.relative.coefficient * share**self.relative.exponent
        if self.relative.highest is not None:
            relative = np.minimum(relative, self.relative.highest)
        return relative * now_s

    def sd_s(
        self, g_s: np.ndarray, age_s: float, conductance: ConductanceRange, aged_s: np.ndarray | None = None
    ) -> np.ndarray:
        """The published law: sd [S] accumulated `age_s` after programming, of cells whose factor on A is 1; 0 until
        t_r. With another spectral exponent, which no law was published for, that of the terms."""
        if self.spectral_exponent != 1:
            return self.amplitude_s(g_s, conductance, aged_s) * np.sqrt(self.terms().accumulated(age_s))
        grown = np.log((max(age_s, self.read_time_s) + self.read_time_s) / (2 * self.read_time_s))
        return self.amplitude_s(g_s, conductance, aged_s) * np.sqrt(grown)

    def factors(self, cells: Cells) -> np.ndarray | float:
        """Factor of each cell on A."""
        if not self.spread_log_sd:
            return 1.0
        factors: np.ndarray = np.exp(self.spread_log_sd * cells.chip_normals("flicker spread"))
        return factors

    def terms(self, window_s: float = 0.0) -> FlickerTerms:
        """The terms of the trajectory, for reads that average over a window."""
        count = int(np.ceil(self.terms_per_decade * np.log10(self.slowest_s / self.fastest_s) - 1e-9))
        width = np.log(self.slowest_s / self.fastest_s) / count
        tau_s = self.fastest_s * np.exp(width * (np.arange(count) + 0.5))
        if self.spectral_exponent == 1:
            return FlickerTerms(tau_s, np.full(count, width), window_s)
        variance = variances(self.spectral_exponent, tau_s, width, self.slowest_s)
        return ColouredTerms(tau_s, variance, window_s, self.spectral_exponent)

    def law(self, cells: Cells, g_s: np.ndarray, device: Device, read: ReadConditions) -> FlickerLaw:
        amplitude_s = self.amplitude_s(cells.g_s, device.conductance, g_s) * self.factors(cells)
        if self.spectral_exponent != 1:  # covariances that differ by 1e-9 of themselves
            amplitude_s = amplitude_s.astype(np.float64)
        begun_s = device.drift.reference_time_s or 0.0 if device.drift is not None else 0.0  # cells are those at t0
        return FlickerLaw(amplitude_s, self.terms(read.window_s), max(read.age_s, begun_s))

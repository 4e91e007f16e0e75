"""Random telegraph noise: traps that capture and emit a charge; two conductance levels per trap.

A captured trap (s = 1) lowers the cell's conductance, G = G0 prod_k (1 - d_k s_k), with G0 the programmed
conductance. Capture takes tau_c, emission tau_e on average (exponential); occupancy q = tau_e / (tau_c + tau_e) and
1/tau0 = 1/tau_c + 1/tau_e. Scopes: amplitude and time constants are constants of the cell (chip); the state s evolves
between reads (time). The mean factor 1 - d q is not compensated: telegraph noise moves the mean, and says so.

Amplitude: relative resistance step dR/R = relative + per_ohm R (or a registered law), times two log-normal factors of
median 1: one per trap for life (`spread_log_sd`, scope chip) and one that changes whenever the cell is written
(`cycle_log_sd`, scope programming); dR/R = x lowers the conductance by d = x / (1 + x) < 1. Where only a share of the
cells has traps (`share_of_cells`, scope chip), those of the others have d = 0. A second kind of traps (`jumps`) has
keys of its own: such as slow ones for the levels of some cells that jump.

Times are those at 300 K; with an activation energy they follow exp[E_a/k (1/T - 1/300 K)].

Equations: docs/physics.md#telegraph-noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from device_models.cells import CellArrays, Cells, chip_normals, chip_uniforms
from device_models.laws import ResistanceStepLaw, by_name, evaluate
from device_models.parts.conductance import RANGE_ROUNDING
from device_models.parts.part import SlowNoise
from device_models.parts.read_noise import ReadConditions
from device_models.parts.slow_law import Lines, SlowLaw
from device_models.parts.tables import resistance_steps  # noqa: F401  # registers its law
from device_models.parts.temperature import arrhenius
from device_models.parts.windows import window_attenuation, window_covariance
from device_models.schema import Count, Fraction, LogSd, NonNegative, Positive, Schema
from device_models.scope import Scope
from device_models.shown import shown
from device_models.streams import Stream

if TYPE_CHECKING:
    from device_models.device import Device

LEAST_CONDUCTANCE_S = 1e-12
LARGEST_SET = 3  # of traps in one cell whose joint line counts
TYPICAL = 2000  # traps whose median time counts


class TimeRange(Schema):
    """Log-uniform between min_s and max_s [s]; equal bounds give a constant."""

    min_s: Positive
    """shortest mean time [s]"""
    max_s: Positive
    """longest mean time [s]"""

    @model_validator(mode="after")
    def _ordered(self) -> TimeRange:
        if self.min_s > self.max_s:
            raise ValueError(f"min_s={self.min_s:g} must not exceed max_s={self.max_s:g}")
        return self

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        low, high = float(np.log(self.min_s)), float(np.log(self.max_s))
        return np.exp(low + (high - low) * rng.random(shape, dtype=np.float32))


class ResistanceStep(Schema):
    """Median relative step of the resistance R = 1/G of a cell by a captured trap: dR/R = relative + per_ohm R."""

    relative: NonNegative = 0.0
    """part of dR/R that is the same for all cells"""
    per_ohm: NonNegative = 0.0
    """rise of dR/R with the resistance [1/ohm]"""
    law: Annotated[SerializeAsAny[ResistanceStepLaw], BeforeValidator(by_name(ResistanceStepLaw))] | None = None
    """a registered law in place of relative and per_ohm: `table`, steps at some resistances, or one of your own"""
    highest_ohm: Positive | None = None
    """resistance beyond which the law was not fitted [ohm]; a device whose range goes there is refused (null: none)"""

    @model_validator(mode="after")
    def _one_law(self) -> ResistanceStep:
        if self.law is not None and (self.relative or self.per_ohm):
            raise ValueError("give one law only: relative and per_ohm | law")
        return self

    def of(self, g_s: np.ndarray) -> np.ndarray:
        """Median dR/R of cells at `g_s` [S]."""
        resistance_ohm = 1 / np.maximum(g_s, LEAST_CONDUCTANCE_S)
        if self.law is not None:
            return evaluate(self.law.relative_step, resistance_ohm)
        return self.relative + self.per_ohm * resistance_ohm


class TrapPopulation(Schema):
    """Traps of one kind."""

    resistance_step: ResistanceStep
    """median amplitude of a trap"""
    spread_log_sd: Annotated[LogSd, Scope.CHIP] = 0.0
    """sd of the logarithm of a factor on the amplitude, of each trap for life"""
    cycle_log_sd: Annotated[LogSd, Scope.PROGRAMMING] = 0.0
    """sd of the logarithm of a factor on the amplitude that changes whenever the cell is written"""
    capture_time_s: Annotated[TimeRange, Scope.TIME]
    """mean time until an empty trap captures a charge [s], at 300 K, of each trap for life"""
    emission_time_s: Annotated[TimeRange, Scope.TIME]
    """mean time until a captured charge is emitted [s], at 300 K, of each trap for life"""
    traps_per_cell: Annotated[Count, Field(le=100)] = 1
    """how many traps a cell has"""
    share_of_cells: Annotated[Fraction, Scope.CHIP] = 1.0
    """probability that a cell has traps at all; the others have none"""

    def draw_traps(self, shape: tuple[int, ...], rng: np.random.Generator, slower: float) -> tuple[Traps, np.ndarray]:
        """Constants of all traps of cells of `shape`, `slower` times their times at 300 K, and the factors of their
        amplitudes; arrays of shape (traps_per_cell, *shape), float32."""
        full = (self.traps_per_cell, *shape)
        capture, emission = (slower * times.draw(full, rng) for times in (self.capture_time_s, self.emission_time_s))
        return Traps(capture, emission), np.exp(self.spread_log_sd * rng.standard_normal(full, dtype=np.float32))

    def amplitude(self, g_s: np.ndarray, factor: np.ndarray) -> np.ndarray:
        """d of every trap in cells of programmed conductance `g_s` [S], in [0, 1); factor (traps, *g_s.shape)."""
        step = self.resistance_step.of(g_s) * factor
        return np.minimum(step / (1 + step), 1 - np.finfo(step.dtype).epsneg)

    def of_cells(self, cells: Cells, g_s: np.ndarray, slower: float, kind: str = "") -> TrapLaw:
        """The traps of `cells` at `g_s` [S]; kind: ends the names of their random streams."""
        traps, factor = self.draw_traps(g_s.shape, cells.stream.generator(f"traps{kind}"), slower)
        if self.cycle_log_sd:
            normals = chip_normals(cells.stream, f"traps{kind} {cells.cycle}", factor.shape)
            factor = factor * np.exp(self.cycle_log_sd * normals)
        if self.share_of_cells < 1:
            factor = factor * (chip_uniforms(cells.stream, f"cells with traps{kind}", g_s.shape) < self.share_of_cells)
        return TrapLaw(traps, self.amplitude(g_s, factor))

    @property
    def scopes_of_traps(self) -> dict[str, Scope]:
        """Random effects of these traps."""
        return {
            "telegraph amplitude and time constants": Scope.CHIP,
            **({"cells that have traps": Scope.CHIP} if self.share_of_cells < 1 else {}),
            **({"telegraph amplitude, cycle to cycle": Scope.PROGRAMMING} if self.cycle_log_sd else {}),
            "telegraph state": Scope.TIME,
        }


class Telegraph(TrapPopulation, SlowNoise):
    """Traps that capture and emit a charge; a captured one lowers the cell's conductance."""

    noun: ClassVar[str] = "telegraph noise"
    effect: ClassVar[str] = "telegraph noise"
    alternatives: ClassVar = {
        ("resistance_step",): [{"relative", "per_ohm"}, {"law"}],
        ("jumps", "resistance_step"): [{"relative", "per_ohm"}, {"law"}],
    }

    activation_energy_ev: Annotated[NonNegative, Field(le=5)] = 0.0
    """by which all times fall with temperature [eV] (0: they do not)"""
    jumps: TrapPopulation | None = None
    """a second kind of traps beside these, such as slow ones for levels that jump (null: none)"""

    @property
    def scopes(self) -> dict[str, Scope]:
        jumps = self.jumps.scopes_of_traps if self.jumps else {}
        return {**self.scopes_of_traps, **{f"{name} (jumps)": scope for name, scope in jumps.items()}}

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        steps = [of.resistance_step for of in self._populations]
        grows = any(step.per_ohm for step in steps)
        return {
            "telegraph noise": ("machlup1954",),
            **({"telegraph amplitude that grows with resistance": ("ielmini2010",)} if grows else {}),
            **{f"resistance step law {step.law.name}": step.law.references for step in steps if step.law},
        }

    @property
    def _populations(self) -> list[TrapPopulation]:
        return [self, *([self.jumps] if self.jumps else [])]

    def check_beside(self, device: Device) -> None:
        low = device.conductance.g_min_s
        for where, of in zip(("telegraph", "telegraph.jumps"), self._populations, strict=False):
            highest = of.resistance_step.highest_ohm
            if highest is not None and (low <= 0 or 1 / low > highest * (1 + RANGE_ROUNDING)):
                raise ValueError(
                    f"conductance: g_min_s={low:g} S is beyond the {highest:g} ohm up to which {where}.resistance_step "
                    f"was fitted; g_min_s must be at least {1 / highest:.4g}"
                )

    def memory_s(self, temperature_k: float) -> float:
        """The median trap's; jumps are slower."""
        traps, _ = self.draw_traps((TYPICAL,), Stream().generator("interval"), self._slower(temperature_k))
        return float(np.median(traps.tau0_s))

    def law(self, cells: Cells, g_s: np.ndarray, device: Device, _read: ReadConditions) -> TrapLaw:
        slower = self._slower(device.temperature_k)
        own = self.of_cells(cells, g_s, slower)
        if self.jumps is None:
            return own
        jumps = self.jumps.of_cells(cells, g_s, slower, " of jumps")
        return TrapLaw(
            Traps(
                np.concatenate([own.traps.capture_s, jumps.traps.capture_s]),
                np.concatenate([own.traps.emission_s, jumps.traps.emission_s]),
            ),
            np.concatenate([own.amplitude, jumps.amplitude]),
        )

    def _slower(self, temperature_k: float) -> float:
        return arrhenius(self.activation_energy_ev, temperature_k)


@shown
@dataclass(frozen=True)
class Traps(CellArrays):
    """Time constants of traps: mean capture and emission times [s]; shape (traps, *cells)."""

    capture_s: np.ndarray
    emission_s: np.ndarray

    @property
    def occupancy(self) -> np.ndarray:
        """q, the stationary probability of being captured."""
        return self.emission_s / (self.capture_s + self.emission_s)

    @property
    def tau0_s(self) -> np.ndarray:
        """Correlation time [s], 1/tau0 = 1/tau_c + 1/tau_e."""
        return self.capture_s * self.occupancy


def step(state: np.ndarray, dt_s: float, uniforms: np.ndarray, traps: Traps) -> np.ndarray:
    """States after `dt_s`, exact for any dt: P(s = 1 | s0) = q + (s0 - q) exp(-dt/tau0). The reference of all readers.

    state (0 or 1), uniforms in [0,1): shape of the traps.
    """
    q = traps.occupancy
    return (uniforms < q + (state - q) * np.exp(-dt_s / traps.tau0_s)).astype(state.dtype)


@shown
@dataclass(frozen=True)
class TrapLaw(SlowLaw):
    """Constants of the traps, and amplitude d, all of shape (traps, *cells)."""

    short: ClassVar[str] = "telegraph"

    traps: Traps
    amplitude: np.ndarray

    def mean_factor(self) -> np.ndarray:
        """prod_k (1 - d_k q_k)."""
        return np.prod(1 - self.amplitude * self.traps.occupancy, axis=0)

    def factor_covariance(self, window_s: float, lag_s: float) -> np.ndarray:
        """Covariance of the factor's window means whose starts are lag_s apart (0, or at least the window).

        With several traps each is averaged over the window by itself, which is exact for windows short against tau0.
        """
        q, tau0 = self.traps.occupancy, self.traps.tau0_s
        shape = window_attenuation(tau0, window_s) if lag_s == 0 else window_covariance(tau0, window_s, lag_s)
        mean = 1 - self.amplitude * q
        covariance = self.amplitude**2 * q * (1 - q) * shape
        return np.prod(mean**2 + covariance, axis=0) - np.prod(mean**2, axis=0)

    def covariance_s2(self, g_s: np.ndarray, window_s: float, lag_s: float) -> np.ndarray:
        return g_s**2 * self.factor_covariance(window_s, lag_s)

    def relative_sd(self, _g_s: np.ndarray) -> np.ndarray:
        sd: np.ndarray = np.sqrt(self.factor_covariance(0.0, 0.0)) / self.mean_factor()
        return sd

    def split(self, g_s: np.ndarray, interval_s: float, window_s: float, cells: Cells) -> tuple[np.ndarray, np.ndarray]:
        """Frozen at the states that trajectories start from, as far as windows share them."""
        q, states = self.traps.occupancy, self.start(cells.stream)
        shared = np.sqrt(window_covariance(self.traps.tau0_s, window_s, interval_s))
        factor = np.prod(1 - self.amplitude * (q + shared * (states - q)), axis=0)
        fresh = self.factor_covariance(window_s, 0.0) - self.factor_covariance(window_s, interval_s)
        return g_s * factor, g_s**2 * np.maximum(fresh, 0.0)

    def start(self, stream: Stream) -> np.ndarray:
        """Stationary states, uint8, 1 is captured."""
        q = self.traps.occupancy
        states: np.ndarray = (stream.generator("telegraph_start").random(q.shape) < q).astype(np.uint8)
        return states

    def read(
        self,
        seen: np.ndarray,
        state: np.ndarray,
        block: slice,
        interval_s: float,
        rng: np.random.Generator,
        later: bool,
    ) -> None:
        """States are those of one instant: what a read window averages of them is left to the array's readers."""
        traps = zip(self.traps.capture_s, self.traps.emission_s, self.amplitude, state, strict=True)
        for capture_s, emission_s, amplitude, of_trap in traps:
            captured = of_trap.reshape(-1)[block]
            if later:
                # float64: slow traps switch once in 1e7 reads and less
                times = (time.reshape(-1)[block].astype(np.float64) for time in (capture_s, emission_s))
                captured[:] = step(captured, interval_s, rng.random(len(captured)), Traps(*times))
            seen *= 1 - amplitude.reshape(-1)[block] * captured

    def lines(self, g_s: np.ndarray) -> Lines:
        """One for each trap and, as their factors multiply, a weak one for every set of up to LARGEST_SET of them."""
        q, d, tau0 = self.traps.occupancy, self.amplitude, self.traps.tau0_s
        mean2, variance = (1 - d * q) ** 2, d**2 * q * (1 - q)
        found = []
        for size in range(1, min(len(q), LARGEST_SET) + 1):
            for members in combinations(range(len(q)), size):
                inside = np.isin(np.arange(len(q)), members)
                strength = g_s**2 * np.prod(variance[inside], axis=0) * np.prod(mean2[~inside], axis=0)
                found.append((strength, 1 / np.sum(1 / tau0[inside], axis=0)))
        return found

"""Random telegraph noise: traps that capture and emit a charge; two conductance levels per trap.

A captured trap (s = 1) lowers the cell's conductance, G = G0 prod_k (1 - d_k s_k), with G0 the programmed
conductance. Capture takes tau_c, emission tau_e on average (exponential); occupancy q = tau_e / (tau_c + tau_e) and
1/tau0 = 1/tau_c + 1/tau_e. Scopes: amplitude and time constants are constants of the cell (chip); the state s evolves
between reads (time). The mean factor 1 - d q is not compensated: telegraph noise moves the mean, and says so.

Amplitude: relative resistance step dR/R = relative + per_ohm R (or a registered law), times two log-normal factors of
median 1: one per trap for life (`spread_log_sd`, scope chip) and one that changes whenever the cell is written
(`cycle_log_sd`, scope programming); dR/R = x lowers the conductance by d = x / (1 + x) < 1.

Times are those at 300 K; with an activation energy they follow exp[E_a/k (1/T - 1/300 K)].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from device_models.laws import ResistanceStepLaw, by_name, evaluate
from device_models.parts.temperature import REFERENCE_K, arrhenius
from device_models.schema import Count, LogSd, NonNegative, Positive, Schema
from device_models.scope import Scope

STEP_ALTERNATIVES: list[set[str]] = [{"relative", "per_ohm"}, {"law"}]
LEAST_CONDUCTANCE_S = 1e-12


class TimeRange(Schema):
    """Log-uniform between min_s and max_s [s]; equal bounds give a constant."""

    min_s: Positive
    max_s: Positive

    @model_validator(mode="after")
    def _ordered(self) -> TimeRange:
        if self.min_s > self.max_s:
            raise ValueError(f"min_s={self.min_s:g} must not exceed max_s={self.max_s:g}")
        return self

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        low, high = float(np.log(self.min_s)), float(np.log(self.max_s))
        return np.exp(low + (high - low) * rng.random(shape, dtype=np.float32))


class ResistanceStep(Schema):
    """Median dR/R = relative + per_ohm * R, R = 1/G [ohm], or `law`, a registered one. highest_ohm: beyond it the law
    was not fitted, and a device whose range goes there is refused."""

    relative: NonNegative = 0.0
    per_ohm: NonNegative = 0.0
    law: Annotated[SerializeAsAny[ResistanceStepLaw], BeforeValidator(by_name(ResistanceStepLaw))] | None = None
    highest_ohm: Positive | None = None

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


class Telegraph(Schema):
    """See the module's text."""

    resistance_step: ResistanceStep
    spread_log_sd: LogSd = 0.0
    cycle_log_sd: LogSd = 0.0
    capture_time_s: TimeRange
    emission_time_s: TimeRange
    traps_per_cell: Annotated[Count, Field(le=100)] = 1
    activation_energy_ev: Annotated[NonNegative, Field(le=5)] = 0.0

    @property
    def scopes(self) -> dict[str, Scope]:
        return {
            "telegraph amplitude and time constants": Scope.CHIP,
            **({"telegraph amplitude, cycle to cycle": Scope.PROGRAMMING} if self.cycle_log_sd else {}),
            "telegraph state": Scope.TIME,
        }

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        """What to cite for each law in use."""
        step = self.resistance_step
        return {
            "telegraph noise": ("machlup1954",),
            **({"telegraph amplitude that grows with resistance": ("ielmini2010",)} if step.per_ohm else {}),
            **({f"resistance step law {step.law.name}": step.law.references} if step.law else {}),
        }

    def draw_traps(
        self, shape: tuple[int, ...], rng: np.random.Generator, temperature_k: float = REFERENCE_K
    ) -> tuple[Traps, np.ndarray]:
        """Constants of all traps of cells of `shape`, and the factors of their amplitudes; arrays of shape
        (traps_per_cell, *shape), float32."""
        full, slower = (self.traps_per_cell, *shape), arrhenius(self.activation_energy_ev, temperature_k)
        capture, emission = (slower * times.draw(full, rng) for times in (self.capture_time_s, self.emission_time_s))
        return Traps(capture, emission), np.exp(self.spread_log_sd * rng.standard_normal(full, dtype=np.float32))

    def amplitude(self, g_s: np.ndarray, factor: np.ndarray) -> np.ndarray:
        """d of every trap in cells of programmed conductance `g_s` [S], in [0, 1); factor (traps, *g_s.shape)."""
        step = self.resistance_step.of(g_s) * factor
        return np.minimum(step / (1 + step), 1 - np.finfo(step.dtype).epsneg)


@dataclass(frozen=True)
class Traps:
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

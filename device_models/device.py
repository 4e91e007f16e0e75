"""A device: one family's parts put together, and the four questions an array asks of it.

1. `program`        target conductances -> programmed cells      scopes chip and programming
2. `aged_s`         their conductance at a time after that       scope time (drift, relaxation, retention)
3. `read_law`       the law of one read: mean, fresh sd, telegraph, 1/f noise, selector          scope read
4. `initial_state`  telegraph, selector and 1/f states, carried from read to read (see `reads`)  scope time

Every draw comes from a named stream, so that chips, programmings and reads can be repeated one by one.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import Field, model_validator

from device_models.cells import Cells, chip_normals, chip_uniforms
from device_models.checks.arguments import a_number, checked, instance_of, optional, real_numbers, whole_number
from device_models.errors import ConfigError, quoted
from device_models.numerics import usual_numerics
from device_models.parts.conductance import ConductanceRange
from device_models.parts.drift import Drift
from device_models.parts.endurance import Endurance
from device_models.parts.faults import Faults
from device_models.parts.flicker import Flicker
from device_models.parts.programming import Programming
from device_models.parts.read_noise import ReadConditions, ReadNoise
from device_models.parts.relaxation import Relaxation
from device_models.parts.retention import Retention
from device_models.parts.selector import Selector
from device_models.parts.spreads import LogNormalSpread
from device_models.parts.telegraph import Telegraph
from device_models.parts.temperature import REFERENCE_K
from device_models.read_law import FlickerLaw, ReadLaw, TrapLaw
from device_models.reads import CellState, start
from device_models.schema import Name, Positive, Schema
from device_models.scope import Scope
from device_models.streams import Stream

Provenance = Literal["measured_fit", "derived", "illustrative", "definition", "user"]
Family = Literal["rram", "fefet", "pcm"]
FAMILIES: tuple[str, ...] = get_args(Family)
ROUNDING = 1e-6
WIDEST_LOG_SD = 10.0


class Source(Schema):
    """Where a number comes from. `illustrative` numbers are commonly quoted or chosen, not measured by the source."""

    unit: str
    provenance: Provenance
    source: str


class Device(Schema):
    """Parts that every family has; `sources` says for each number where it comes from, `references` what to cite (keys
    of `device_models/references.bib` or whole BibTeX entries)."""

    name: Name = "device"
    family: Family = "rram"
    description: str = ""
    temperature_k: Annotated[Positive, Field(le=1000)] = REFERENCE_K
    conductance: ConductanceRange
    programming: Programming = Programming()
    relaxation: Relaxation | None = None
    drift: Drift | None = None
    retention: Retention | None = None
    read_noise: ReadNoise = ReadNoise()
    flicker: Flicker | None = None
    telegraph: Telegraph | None = None
    selector: Selector | None = None
    faults: Faults = Faults()
    endurance: Endurance | None = None
    references: list[str] = []
    sources: dict[str, Source] = {}

    @model_validator(mode="after")
    def _range_was_fitted(self) -> Device:
        low, high = self.conductance.g_min_s, self.conductance.g_max_s
        polynomial = self.programming.error_polynomial_s
        if polynomial is not None:
            first, last = polynomial.valid_s
            if low < first * (1 - ROUNDING) or high > last * (1 + ROUNDING):
                raise ValueError(
                    f"conductance: g_min_s={low:g} to g_max_s={high:g} S lies outside the range in which "
                    f"programming.error_polynomial_s was fitted, {first:g} to {last:g} S"
                )
        highest = self.telegraph.resistance_step.highest_ohm if self.telegraph else None
        if highest is not None and (low <= 0 or 1 / low > highest * (1 + ROUNDING)):
            raise ValueError(
                f"conductance: g_min_s={low:g} S is beyond the {highest:g} ohm up to which telegraph.resistance_step "
                f"was fitted; g_min_s must be at least {1 / highest:.4g}"
            )
        return self

    @model_validator(mode="after")
    def _levels_are_pulses(self) -> Device:
        pulses, levels = self.programming.pulses, self.conductance.levels
        if pulses is not None and levels is not None and levels != pulses.count + 1:
            raise ValueError(
                f"conductance.levels={levels}, but {pulses.count} programming.pulses give {pulses.count + 1} levels"
            )
        return self

    @model_validator(mode="after")
    def _wear_can_be_computed(self) -> Device:
        spread = self.programming.spread(self.conductance, self.wear)
        ends = np.array([self.conductance.g_min_s, self.conductance.g_max_s])
        widest = spread.log_sd(ends).max() if isinstance(spread, LogNormalSpread) else 0.0
        if self.endurance is not None and widest > WIDEST_LOG_SD:
            raise ValueError(
                f"endurance: {self.endurance.cycles:g} cycles make the sd of ln G {widest:g}; at most {WIDEST_LOG_SD:g}"
            )
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        """Every random effect in use and when it is drawn."""
        parts = (
            self.faults, self.endurance, self.programming, self.relaxation, self.drift, self.retention, self.telegraph,
            self.flicker, self.selector, self.read_noise,
        )  # fmt: skip
        return {effect: scope for part in parts if part is not None for effect, scope in part.scopes.items()}

    @property
    def changes_with_time(self) -> bool:
        """Whether conductances depend on the time since programming."""
        return any(part is not None for part in (self.relaxation, self.drift, self.retention, self.flicker))

    @property
    def relative_read_sd(self) -> float:
        """sd(G)/G of fresh read noise at g_max as measured, the r of an uncalibrated designer."""
        g_max = np.array([self.conductance.g_max_s])
        return float(self.read_noise.sd_s(g_max, self.conductance)[0] / g_max[0])

    @property
    def wear(self) -> float:
        """Factor on all programming sd that the cycles before have brought."""
        return 1.0 if self.endurance is None else self.endurance.wear()

    @checked(target_s=real_numbers)
    @usual_numerics()
    def error_sd_s(self, target_s: np.ndarray) -> np.ndarray:
        """sd of the programmed conductance [S] (normal laws: before clipping at 0), stuck cells left out."""
        return self.programming.error_sd_s(target_s, self.conductance, self.wear)

    @checked(target_s=real_numbers)
    @usual_numerics()
    def programming_moments_s(self, target_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Exact mean [S] and variance [S^2] of the programmed conductance, stuck cells left out."""
        return self.programming.moments_s(target_s, self.conductance, self.wear)

    @checked(target_s=real_numbers, stream=instance_of(Stream, of="a Stream"), cycle=whole_number())
    @usual_numerics()
    def program(self, target_s: np.ndarray, stream: Stream, cycle: int = 0) -> Cells:
        """Cells written towards `target_s` [S] for the `cycle`-th time; `stream` is the address of the array.

        Targets are first moved to the nearest level; the input is not changed. Raises ConfigError for targets that are
        not numbers or lie outside the device's range.
        """
        self._check(target_s)
        inside = np.clip(target_s, self.conductance.g_min_s, self.conductance.g_max_s)  # off by rounding at most
        target = self.programming.nearest_level(inside, self.conductance)
        g_s, attempts = self._written(target, stream, cycle)
        if self.faults.yield_fraction < 1:
            g_s = self.faults.apply(g_s, chip_uniforms(stream, "faults", g_s.shape), self.conductance)
        failed = 0.0 if self.endurance is None else self.endurance.failure_probability()
        if failed:
            worn_out = Faults(stuck_any=failed)
            g_s = worn_out.apply(g_s, chip_uniforms(stream, "endurance", g_s.shape), self.conductance)
        return Cells(g_s, stream, cycle, attempts)

    def _check(self, target_s: np.ndarray) -> None:
        low, high = self.conductance.g_min_s, self.conductance.g_max_s
        slack = ROUNDING * self.conductance.span_s
        inside = (target_s >= low - slack) & (target_s <= high + slack)
        if not inside.all():
            wrong = float(np.ravel(target_s)[np.argmin(inside)])
            raise ConfigError(
                f"{self.name}: cannot program a target of {wrong:g} S; the device's range is {low:g} to {high:g} S"
            )

    def _written(self, target: np.ndarray, stream: Stream, cycle: int) -> tuple[np.ndarray, np.ndarray | None]:
        spread = self.programming.spread(self.conductance, self.wear)
        share = spread.device_share(target)
        constant = np.sqrt(share) * chip_normals(stream, "device_to_device", target.shape) if share.any() else 0.0
        own = np.sqrt(1 - share)

        def attempt(purpose: str) -> np.ndarray:
            z = own * chip_normals(stream, purpose, target.shape) + constant
            return spread.conductance_s(target, z).astype(target.dtype)

        g_s, verify = attempt(f"programming {cycle}"), self.programming.verify
        if verify is None:
            return g_s, None
        attempts = np.ones(target.shape, np.uint8)
        for number in range(1, verify.most_attempts):
            again = ~verify.accepts(g_s, target)
            if not again.any():
                break
            g_s = np.where(again, attempt(f"programming {cycle} attempt {number}"), g_s)
            attempts += again
        return g_s, attempts

    @checked(cells=instance_of(Cells, of="Cells, as `program` gives"), age_s=a_number())
    @usual_numerics()
    def aged_s(self, cells: Cells, age_s: float) -> np.ndarray:
        """Conductance [S] `age_s` after programming: relaxation, then drift, then loss of polarisation; no 1/f noise.

        Raises ConfigError for a negative age.
        """
        if not age_s >= 0:
            raise ConfigError(f"age_s={quoted(age_s)}: the time since programming must not be negative")
        g_s = cells.g_s
        if self.relaxation is not None:
            g_s = self.relaxation.relaxed(g_s, age_s, cells.cycle_normals("relaxation"))
        if self.drift is not None:
            g_s = self.drift.drifted(g_s, age_s, cells.chip_normals("drift"), self.conductance)
        if self.retention is not None:
            g_s = self.retention.kept(g_s, age_s, self.temperature_k, self.conductance)
        return g_s

    @checked(
        cells=instance_of(Cells, of="Cells, as `program` gives"),
        read=optional(instance_of(ReadConditions, of="ReadConditions")),
    )
    @usual_numerics()
    def read_law(self, cells: Cells, read: ReadConditions | None = None) -> ReadLaw:
        """The law of one read of `cells` under the conditions `read`."""
        read = read or ReadConditions()
        g_s = self.aged_s(cells, read.age_s)
        flicker = None
        if self.flicker is not None:
            amplitude_s = self.flicker.amplitude_s(cells.g_s, self.conductance, g_s)
            begun_s = self.drift.reference_time_s or 0.0 if self.drift is not None else 0.0  # cells are those at t0
            flicker = FlickerLaw(amplitude_s, self.flicker.terms(read.window_s), max(read.age_s, begun_s))
        return ReadLaw(
            g_s,
            self.read_noise.sd_s(g_s, self.conductance, read, self.temperature_k).astype(g_s.dtype),
            self._trap_law(cells, g_s),
            flicker,
            None if self.selector is None else self.selector.law(g_s),
        )

    def _trap_law(self, cells: Cells, g_s: np.ndarray) -> TrapLaw | None:
        if self.telegraph is None:
            return None
        generator = cells.stream.generator("traps")
        traps, factor = self.telegraph.draw_traps(g_s.shape, generator, self.temperature_k)
        if self.telegraph.cycle_log_sd:
            normals = chip_normals(cells.stream, f"traps {cells.cycle}", factor.shape)
            factor = factor * np.exp(self.telegraph.cycle_log_sd * normals)
        return TrapLaw(traps, self.telegraph.amplitude(g_s, factor))

    @usual_numerics()
    def initial_state(self, law: ReadLaw, stream: Stream) -> CellState:
        """States at the first read: traps and selectors stationary, 1/f noise as it has grown since programming."""
        return start(law, stream)

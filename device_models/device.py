"""A device: one family's parts put together, and the four questions an array asks of it.

1. `program`        target conductances -> programmed cells      scopes chip and programming
2. `aged_s`         their conductance at a time after that       scope time (drift, relaxation, retention)
3. `read_law`       the law of one read: mean, fresh sd, telegraph, 1/f noise, selector          scope read
4. `initial_state`  telegraph, selector and 1/f states, carried from read to read (see `reads`)  scope time

Every draw comes from a named stream, so that chips, programmings and reads can be repeated one by one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from device_models.cells import Cells, chip_normals, chip_uniforms
from device_models.checks.arguments import a_number, checked, instance_of, optional, real_numbers, whole_number
from device_models.errors import ConfigError, quoted
from device_models.family import Family
from device_models.numerics import usual_numerics
from device_models.parts.conductance import RANGE_ROUNDING, ConductanceRange
from device_models.parts.drift import Drift
from device_models.parts.endurance import Endurance
from device_models.parts.faults import Faults
from device_models.parts.flicker import Flicker
from device_models.parts.part import Part, SlowNoise
from device_models.parts.programming import Programming
from device_models.parts.read_noise import ReadConditions, ReadNoise
from device_models.parts.relaxation import Relaxation
from device_models.parts.retention import Retention
from device_models.parts.selector import Selector
from device_models.parts.telegraph import Telegraph
from device_models.parts.temperature import REFERENCE_K
from device_models.read_law import ReadLaw
from device_models.reads import CellState, start
from device_models.schema import Name, Positive, Schema, sections_in
from device_models.scope import Scope
from device_models.streams import Stream

Provenance = Literal["measured_fit", "derived", "illustrative", "definition", "user"]
ORDER = (
    "faults", "endurance", "programming", "relaxation", "drift", "retention", "telegraph", "flicker", "selector",
    "read_noise",
)  # fmt: skip
"""In which parts act on a cell, and stand in tables; others come behind."""

NOT_MEASURED = re.compile(r"\bnot measured: (.+?)(?:\.\s|\.?$)", re.IGNORECASE | re.DOTALL)  # in a description
IN_ITS_PLACE = re.compile(r" \([^()]*\)")


class Source(Schema):
    """Where a number comes from. `illustrative` numbers are commonly quoted or chosen, not measured by the source."""

    unit: str
    """of the number, in words"""
    provenance: Provenance
    """`measured_fit`: the source, or a public fit to its data, gives it; `derived`: computed from such numbers;
    `illustrative`: commonly quoted or chosen; `definition`: needs no source; `user`: of your own"""
    source: str
    """paper, data sheet or reason"""


class Device(Schema):
    """One kind of memory cell: its range of conductance and its parts, each a physical process."""

    name: Name = "device"
    """name in tables and figures"""
    family: Family = "rram"
    """what kind of memory it is: rram, fefet, pcm or a name of your own; it changes no number"""
    description: str = ""
    """a line for tables and reports"""
    temperature_k: Annotated[Positive, Field(le=1000)] = REFERENCE_K
    """temperature of the cells [K]: thermal noise, speed of traps and of retention follow it"""
    conductance: ConductanceRange
    """range and levels"""
    programming: Programming = Programming()
    """set and reset variability: what a cell has in place of its target"""
    relaxation: Relaxation | None = None
    """a random step after programming that grows with the logarithm of time (null: none)"""
    drift: Drift | None = None
    """fall of the conductance as a power of time (null: none)"""
    retention: Retention | None = None
    """loss of polarisation with the logarithm of time (null: none)"""
    read_noise: ReadNoise = ReadNoise()
    """noise that is new in every read"""
    flicker: Flicker | None = None
    """1/f noise since programming, carried from read to read (null: none)"""
    telegraph: Telegraph | None = None
    """traps that capture and emit a charge: two levels each, carried from read to read (null: none)"""
    selector: Selector | None = None
    """stochastic selector in series with cells or pairs (null: none)"""
    faults: Faults = Faults()
    """stuck cells"""
    endurance: Endurance | None = None
    """wear by earlier cycles (null: none)"""
    references: list[str] = []
    """what to cite: keys of `device_models/references.bib` or whole BibTeX entries"""
    sources: dict[str, Source] = {}
    """where each number comes from, by its dotted key"""

    @model_validator(mode="after")
    def _parts_fit(self) -> Device:
        for part in self.parts.values():
            part.check_beside(self)
        return self

    @classmethod
    def part_kinds(cls) -> dict[str, type[Part]]:
        """What parts a device may have, by the name of their section, in the order in which they act on a cell."""
        return dict(_part_kinds(cls))

    @property
    def parts(self) -> dict[str, Part]:
        """The parts that it has, as `part_kinds`."""
        parts = {name: getattr(self, name) for name in self.part_kinds()}
        return {name: part for name, part in parts.items() if part is not None}

    @property
    def not_measured(self) -> str:
        """What its description says was not measured, as `devices fit` writes it, without what is there in its place;
        empty where it says nothing of the kind."""
        found = NOT_MEASURED.search(self.description)
        return IN_ITS_PLACE.sub("", found[1]) if found else ""

    @property
    def slow_noise(self) -> dict[str, SlowNoise]:
        """The parts whose noise cells carry from read to read."""
        return {name: part for name, part in self.parts.items() if isinstance(part, SlowNoise)}

    @property
    def scopes(self) -> dict[str, Scope]:
        """Every random effect in use and when it is drawn."""
        return {effect: scope for part in self.parts.values() for effect, scope in part.scopes.items()}

    @property
    def noisy(self) -> bool:
        """Whether reads differ."""
        return any(scope in (Scope.TIME, Scope.READ) for scope in self.scopes.values())

    @property
    def changes_with_time(self) -> bool:
        """Whether conductances depend on the time since programming."""
        return any(part.ages for part in self.parts.values())

    @property
    def no_ageing(self) -> str:
        """What a device has whose conductances do not change with time: neither ... nor ..."""
        kinds = [kind for kind in self.part_kinds().values() if kind.ages]
        *nouns, last = (kind.noun for kind in sorted(kinds, key=lambda kind: (issubclass(kind, SlowNoise), kind.noun)))
        return f"neither {', '.join(nouns)} nor {last}"

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
        slack = RANGE_ROUNDING * self.conductance.span_s
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
            at_300_k_s = age_s / self.relaxation.slower(self.temperature_k)
            g_s = self.relaxation.relaxed(g_s, at_300_k_s, cells.cycle_normals("relaxation"))
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
        sd_s = self.read_noise.sd_s(g_s, self.conductance, read, self.temperature_k).astype(g_s.dtype)
        slow = {name: part.law(cells, g_s, self, read) for name, part in self.slow_noise.items()}
        selector = None if self.selector is None else self.selector.law(g_s)
        return ReadLaw(g_s, sd_s, slow, selector, self.read_noise.shaped(g_s, self.conductance, read))

    @usual_numerics()
    def initial_state(self, law: ReadLaw, stream: Stream) -> CellState:
        """States at the first read: traps and selectors stationary, 1/f noise as it has grown since programming."""
        return start(law, stream)


@cache
def _part_kinds(device: type[Device]) -> dict[str, type[Part]]:
    sections = {name: kind for name, field in device.model_fields.items() for kind in sections_in(field.annotation)}
    kinds = {name: kind for name, kind in sections.items() if issubclass(kind, Part)}
    return {name: kinds[name] for name in dict.fromkeys((*ORDER, *kinds))}

"""Set and reset variability: target conductance -> programmed conductance.

Alternative laws of one programming, in siemens at the target G:

- `relative_sd`: normal, sd = relative_sd * g_max, the same for all targets.
- `error_polynomial_s`: normal, sd(G) = sum_k c_k G^k, the form in which closed-loop programming errors are published.
- `law`: a registered law (see `laws`): normal with its sd(G), or of a shape of its own (see `quantile_spread`). Two
  come with the package: `table`, the sd at some targets, and `quantile_table`, the errors' quantiles (`error_tables`).
- `set` and `reset`: a cell at the lowest level was reset, any other was set; each leaves ln G normal around ln(target)
  with its own sd (log-normal spread, the usual law of the high-resistance state). A set limited by a compliance current
  has a spread that falls with that current.
- `pulses`: a staircase of pulses (see `pulses`).

The normal laws split the variance: `device_fraction` of it is a constant of the cell (scope chip: the same error every
time the cell is written), the rest is fresh at every programming (scope programming); registered laws of a shape of
their own split that of the normal behind it. The others name the two parts directly. Conductances are clipped at 0.
`verify` repeats the programming until the cell is read within a band.

Equations: docs/physics.md#programming.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny, model_validator

from device_models.laws import ProgrammingLaw, by_name, evaluate
from device_models.parts.conductance import ConductanceRange
from device_models.parts.part import Part
from device_models.parts.programming_laws import error_tables  # noqa: F401  # registers its laws
from device_models.parts.programming_laws.error_polynomial import ErrorPolynomial
from device_models.parts.programming_laws.pulses import Pulses
from device_models.parts.programming_laws.quantile_spread import QuantileSpread
from device_models.parts.programming_laws.spreads import LogNormalSpread, NormalSpread, Spread
from device_models.parts.programming_laws.switching import SetSpread, SwitchingSpread
from device_models.parts.programming_laws.verify import Verify
from device_models.schema import Fraction, RelativeSd
from device_models.scope import Scope

if TYPE_CHECKING:
    from device_models.device import Device
    from device_models.parts.read_noise import ReadConditions

LAWS: list[set[str]] = [{"relative_sd"}, {"error_polynomial_s"}, {"law"}, {"set", "reset"}, {"pulses"}]
SPREADS = ("cycle_sd_v", "device_sd_v", "cycle_sd_pulses", "device_sd_pulses")  # of pulses
ROUNDING = 1e-15
TABLE = 4097  # conductances


class Programming(Part):
    """What a cell has in place of its target G, by one of several laws; without any, programming is exact."""

    noun: ClassVar[str] = "programming errors"
    effect: ClassVar[str] = "set and reset variability"
    alternatives: ClassVar = {(): LAWS, ("set",): [{"cycle_sd"}, {"compliance"}]}

    relative_sd: Annotated[RelativeSd | None, Scope.PROGRAMMING] = None
    """normal errors, sd the same for all targets [fraction of g_max]"""
    error_polynomial_s: Annotated[ErrorPolynomial | None, Scope.PROGRAMMING] = None
    """normal errors, sd a polynomial of the target [S]: the form in which closed-loop errors are published"""
    law: Annotated[
        Annotated[SerializeAsAny[ProgrammingLaw], BeforeValidator(by_name(ProgrammingLaw))] | None, Scope.PROGRAMMING
    ] = None
    """a registered law: `table` (normal, sd at some targets), `quantile_table` (quantiles at some targets), or
    one of your own"""
    set: SetSpread | None = None
    """log-normal spread of cells that were set: of all targets but the lowest level"""
    reset: SwitchingSpread | None = None
    """log-normal spread of cells that were reset: of the lowest level"""
    pulses: Pulses | None = None
    """a staircase of pulses whose switching threshold varies"""
    device_fraction: Annotated[Fraction, Scope.CHIP] = 0.0
    """share of the variance that is a constant of the cell, the same error every time it is written; of relative_sd,
    error_polynomial_s and law"""
    verify: Verify | None = None
    """writes a cell again until it is read within a band around its target (null: written once)"""

    @model_validator(mode="after")
    def _one_law(self) -> Programming:
        given = [group for group in LAWS if any(getattr(self, key) is not None for key in group)]
        if len(given) > 1:
            names = " | ".join("+".join(sorted(group)) for group in LAWS)
            raise ValueError(f"give one law only: {names}")
        if self.device_fraction and (self.set or self.reset or self.pulses):
            raise ValueError(
                "device_fraction belongs to the normal laws; use device_sd (device_sd_v, device_sd_pulses) here"
            )
        return self

    @model_validator(mode="after")
    def _verify_sees_every_error(self) -> Programming:
        if self.verify is not None and self._parts()[1]:
            raise ValueError(
                "verify writes a cell until it fits, whatever is constant of it: set device_fraction, device_sd, "
                "device_sd_v and device_sd_pulses to 0"
            )
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        cycle, device = self._parts()
        return {
            **({"set/reset, cycle to cycle": Scope.PROGRAMMING} if cycle else {}),
            **({"set/reset, device to device": Scope.CHIP} if device else {}),
        }

    @property
    def references(self) -> dict[str, tuple[str, ...]]:
        return {
            **({f"programming law {self.law.name}": self.law.references} if self.law else {}),
            **({"set by a compliance current": ("ambrogio2014",)} if self.set and self.set.compliance else {}),
            **({"staircase of pulses": ("chen2018neurosim",)} if self.pulses else {}),
        }

    def check_beside(self, device: Device) -> None:
        if self.error_polynomial_s is not None:
            self.error_polynomial_s.check_covers(device.conductance)
        if self.law is not None and self.law.covers_s is not None:
            device.conductance.check_within(*self.law.covers_s, f"programming.law ({self.law.name})")
        if self.law is not None and not self.law.normal:
            self._check_rising(self.law, device.conductance)
        levels = device.conductance.levels
        if self.pulses is not None and levels is not None and levels != self.pulses.count + 1:
            raise ValueError(
                f"conductance.levels={levels}, but {self.pulses.count} programming.pulses give {self.pulses.count + 1} "
                "levels"
            )

    def _check_rising(self, law: ProgrammingLaw, conductance: ConductanceRange) -> None:
        targets, normals = np.meshgrid(
            np.linspace(conductance.g_min_s, conductance.g_max_s, 5), np.linspace(-4, 4, 33), indexing="ij"
        )
        g_s = evaluate(law.conductance_s, targets, normals, conductance)
        if (np.diff(g_s, axis=1) < 0).any():
            raise ValueError(f"programming.law: {law.name}: its conductance_s must not fall as its normals rise")

    def is_ideal(self, _age_s: float) -> bool:
        return not self.scopes

    def ideal(self, _device: Device, _read: ReadConditions) -> dict[str, Any]:
        """Exact; the levels of a staircase stay."""
        pulses = None if self.pulses is None else self.pulses.model_dump() | dict.fromkeys(SPREADS, 0.0)
        return {"pulses": pulses}

    def spread(self, conductance: ConductanceRange, wear: float = 1.0) -> Spread:
        """The law of one programming; `wear` multiplies all sd."""
        if self.pulses is not None:
            return self.pulses.spread(conductance, wear)
        if self.set is not None or self.reset is not None:
            return self._switching(conductance, wear)
        if self.error_polynomial_s is not None:
            polynomial = self.error_polynomial_s
            return NormalSpread(lambda target: wear * polynomial.sd_s(target), self.device_fraction)
        if self.law is not None and not self.law.normal:
            return QuantileSpread(self._own_law(self.law, conductance, wear), self.device_fraction)
        if self.law is not None:
            formula = self.law.error_sd_s
            return NormalSpread(lambda target: wear * evaluate(formula, target, conductance), self.device_fraction)
        sd_s = wear * (self.relative_sd or 0.0) * conductance.g_max_s
        return NormalSpread(lambda target: np.full_like(target, sd_s), self.device_fraction)

    @staticmethod
    def _own_law(
        law: ProgrammingLaw, conductance: ConductanceRange, wear: float
    ) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Errors of a registered law, `wear` times as large."""

        def of(target_s: np.ndarray, z: np.ndarray) -> np.ndarray:
            g_s = evaluate(law.conductance_s, target_s, z, conductance)
            return g_s if wear == 1 else target_s + wear * (g_s - target_s)

        return of

    def nearest_level(self, target_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """`target_s` [S] moved to the nearest conductance that programming aims at."""
        if self.pulses is not None:
            return self.pulses.nearest_level(target_s, conductance)
        return conductance.nearest_level(target_s)

    def error_sd_s(self, target_s: np.ndarray, conductance: ConductanceRange, wear: float = 1.0) -> np.ndarray:
        """sd of the programmed conductance [S] at `target_s`; of the normal laws before clipping at 0."""
        spread = self.spread(conductance, wear)
        if isinstance(spread, NormalSpread) and self.verify is None:
            return spread.sd_s(target_s)
        return np.sqrt(self.moments_s(target_s, conductance, wear)[1])

    def moments_s(
        self, target_s: np.ndarray, conductance: ConductanceRange, wear: float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean [S] and variance [S^2] of the programmed conductance, clipping and write-verify included: exact, but for
        more than TABLE targets on a staircase of pulses, or by a law that has a shape of its own, where they are
        interpolated (staircase: to 1e-6 of the range)."""
        shaped = self.pulses is not None or (self.law is not None and not self.law.normal)
        if shaped and target_s.size > TABLE:
            grid_s = np.linspace(conductance.g_min_s, conductance.g_max_s, TABLE)
            mean, variance = (
                np.interp(target_s, grid_s, values) for values in self.moments_s(grid_s, conductance, wear)
            )
            return mean, variance
        spread, ends = self.spread(conductance, wear), np.array(np.inf, target_s.dtype)
        if self.verify is not None:
            _, mean, square = self.verify.moments(spread, target_s)
        else:
            _, mean, square = spread.partial_moments_s(target_s, -ends, ends)
        variance = square - mean**2
        return mean, np.where(variance > ROUNDING * square, variance, 0.0)

    def _switching(self, conductance: ConductanceRange, wear: float) -> LogNormalSpread:
        set_, reset = self.set or SetSpread(), self.reset or SwitchingSpread()

        def at_bottom(target_s: np.ndarray) -> np.ndarray:
            return target_s <= conductance.g_min_s + 1e-6 * conductance.span_s

        return LogNormalSpread(
            lambda target: wear * np.where(at_bottom(target), reset.cycle_sd, set_.cycle_log_sd(target)),
            lambda target: wear * np.where(at_bottom(target), reset.device_sd, set_.device_sd),
        )

    def _parts(self) -> tuple[bool, bool]:
        """Whether a cycle-to-cycle and a device-to-device part is present."""
        if self.pulses is not None:
            cycle, device = self.pulses.sd_pulses
            return cycle > 0, device > 0
        if self.set is not None or self.reset is not None:
            set_, reset = self.set or SetSpread(), self.reset or SwitchingSpread()
            limited = set_.compliance is not None and set_.compliance.relative_sd > 0
            return limited or set_.cycle_sd > 0 or reset.cycle_sd > 0, set_.device_sd > 0 or reset.device_sd > 0
        present = bool(self.relative_sd) or self.error_polynomial_s is not None or self.law is not None
        return present and self.device_fraction < 1, present and self.device_fraction > 0

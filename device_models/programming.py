"""Set and reset variability: target conductance -> programmed conductance.

Three alternative laws, in siemens at the target G:

- `relative_sd`: sd = relative_sd * g_max, the same for all targets.
- `error_polynomial_s`: sd(G) = sum_k c_k G^k, the form in which closed-loop programming errors are published.
- `set` and `reset`: a cell at the lowest level was reset, any other was set; each leaves ln G normal around ln(target)
  with its own sd (log-normal spread, the usual law of the high-resistance state).

The first two split the variance: `device_fraction` of it is a constant of the cell (scope chip: the same error every
time the cell is written), the rest is fresh at every programming (scope programming). `set` and `reset` name the two
parts directly. Programmed conductances are clipped at 0.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator
from scipy.special import ndtr

from device_models.conductance import ConductanceRange
from device_models.schema import Finite, Fraction, NonNegative, Schema
from device_models.scope import Scope

ALTERNATIVES: list[set[str]] = [{"relative_sd"}, {"error_polynomial_s"}, {"set", "reset"}]


LogSd = Annotated[NonNegative, Field(le=5)]


class ErrorPolynomial(Schema):
    """sd(G) [S] = sum_k coefficients[k] G^k with G in S; fitted between valid_s[0] and valid_s[1] [S].

    Outside that range the value at the nearer end is used.
    """

    coefficients: Annotated[list[Finite], Field(min_length=1)]
    valid_s: tuple[NonNegative, NonNegative]

    @model_validator(mode="after")
    def _ordered(self) -> ErrorPolynomial:
        if self.valid_s[0] >= self.valid_s[1]:
            raise ValueError(f"valid_s={list(self.valid_s)} must be [lowest, highest]")
        return self

    def sd_s(self, g_s: np.ndarray) -> np.ndarray:
        inside = np.clip(g_s, *self.valid_s)
        return np.maximum(np.polynomial.polynomial.polyval(inside, self.coefficients), 0.0)


class SwitchingSpread(Schema):
    """sd of ln G after one kind of switching: cycle to cycle, and device to device."""

    cycle_sd: LogSd = 0.0
    device_sd: LogSd = 0.0


class Programming(Schema):
    """See the module's text. Without any law programming is exact."""

    relative_sd: Annotated[NonNegative, Field(le=10)] | None = None
    error_polynomial_s: ErrorPolynomial | None = None
    set: SwitchingSpread | None = None
    reset: SwitchingSpread | None = None
    device_fraction: Fraction = 0.0

    @model_validator(mode="after")
    def _one_law(self) -> Programming:
        given = [group for group in ALTERNATIVES if any(getattr(self, key) is not None for key in group)]
        if len(given) > 1:
            names = " | ".join("+".join(sorted(group)) for group in ALTERNATIVES)
            raise ValueError(f"give one law only: {names}")
        if self.device_fraction and (self.set or self.reset):
            raise ValueError("device_fraction belongs to relative_sd or error_polynomial_s; use device_sd here")
        return self

    @property
    def scopes(self) -> dict[str, Scope]:
        """Scope of each random part in use."""
        cycle, device = self._parts()
        return {
            **({"set/reset, cycle to cycle": Scope.PROGRAMMING} if cycle else {}),
            **({"set/reset, device to device": Scope.CHIP} if device else {}),
        }

    def error_sd_s(self, target_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        """Total sd of the programmed conductance [S] at `target_s` before clipping (log-normal laws: the exact sd)."""
        if self.relative_sd is not None:
            return np.full_like(target_s, self.relative_sd * conductance.g_max_s)
        if self.error_polynomial_s is not None:
            return self.error_polynomial_s.sd_s(target_s)
        cycle, device = self._log_sds(target_s, conductance)
        variance = cycle**2 + device**2
        return target_s * np.exp(variance / 2) * np.sqrt(np.expm1(variance))

    def moments_s(self, target_s: np.ndarray, conductance: ConductanceRange) -> tuple[np.ndarray, np.ndarray]:
        """Exact mean [S] and variance [S^2] of the programmed conductance, clipping at 0 included.

        For max(0, X), X ~ N(t, sd^2): mean t Phi + sd phi and second moment (t^2 + sd^2) Phi + t sd phi at t/sd. For
        ln G ~ N(ln t, v): mean t exp(v/2), variance mean^2 (exp(v) - 1).
        """
        if self.set is not None or self.reset is not None:
            cycle, device = self._log_sds(target_s, conductance)
            variance = cycle**2 + device**2
            mean = target_s * np.exp(variance / 2)
            return mean, mean**2 * np.expm1(variance)
        sd = self.error_sd_s(target_s, conductance)
        x = np.minimum(target_s / np.maximum(sd, np.finfo(float).tiny), 40.0)
        below, density = ndtr(x), np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
        mean = target_s * below + sd * density
        square = (target_s**2 + sd**2) * below + target_s * sd * density
        return mean, np.maximum(square - mean**2, 0.0)

    def programmed(
        self,
        target_s: np.ndarray,
        conductance: ConductanceRange,
        device_normals: np.ndarray,
        cycle_normals: np.ndarray,
    ) -> np.ndarray:
        """Programmed conductances [S], clipped at 0.

        device_normals, cycle_normals: standard normals of target_s' shape, constant per cell and fresh per programming.
        """
        if self.set is not None or self.reset is not None:
            cycle, device = self._log_sds(target_s, conductance)
            return target_s * np.exp(cycle * cycle_normals + device * device_normals)
        share = self.device_fraction
        error = np.sqrt(1 - share) * cycle_normals + np.sqrt(share) * device_normals
        return np.maximum(target_s + self.error_sd_s(target_s, conductance) * error, 0.0)

    def _log_sds(self, target_s: np.ndarray, conductance: ConductanceRange) -> tuple[np.ndarray, np.ndarray]:
        set_, reset = self.set or SwitchingSpread(), self.reset or SwitchingSpread()
        at_bottom = target_s <= conductance.g_min_s + 1e-6 * conductance.span_s
        return (
            np.where(at_bottom, reset.cycle_sd, set_.cycle_sd),
            np.where(at_bottom, reset.device_sd, set_.device_sd),
        )

    def _parts(self) -> tuple[bool, bool]:
        """Whether a cycle-to-cycle and a device-to-device part is present."""
        if self.set is not None or self.reset is not None:
            spreads = [spread for spread in (self.set, self.reset) if spread is not None]
            return any(s.cycle_sd > 0 for s in spreads), any(s.device_sd > 0 for s in spreads)
        present = bool(self.relative_sd) or self.error_polynomial_s is not None
        return present and self.device_fraction < 1, present and self.device_fraction > 0

"""Telegraph noise of one cell from a fitted two-state chain.

The sampled chain is the exact discretisation of `device_models.parts.telegraph` (instantaneous samples dt apart):
P(free -> captured) = q (1 - e), P(captured -> free) = (1 - q)(1 - e), e = exp(-dt/tau0), 1/tau0 = 1/tau_c + 1/tau_e.
Inverted, with s the sum of the two: q = P(free -> captured) / s, tau0 = -dt / ln(1 - s), tau_c = tau0 / q,
tau_e = tau0 / (1 - q).

Intervals: maximum-likelihood covariance and the delta method, on the log of times and the logit of fractions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_models.fit.interval import Estimate, delta_se, estimate
from device_models.fit.one_cell.markov import MarkovFit
from device_models.number_text import counted, time_text
from device_models.shown import shown

FEW_SWITCHES = 20
OTHER_NOISE = 1.3  # ratio of sds that one sd for both levels does not describe


@shown
@dataclass(frozen=True)
class TwoLevels:
    """Telegraph noise of one cell. relative_step: dR/R = d / (1 - d). switches: changes of the likelier state."""

    uncaptured_s: Estimate
    captured_s: Estimate
    amplitude: Estimate
    relative_step: Estimate
    occupancy: Estimate
    capture_s: Estimate
    emission_s: Estimate
    noise_uncaptured_s: float
    noise_captured_s: float
    relative_step_log_se: float
    switches: int


def obstacle(chain: MarkovFit, mean: float, sd: float) -> str:
    """Why a two-level model that describes the trace better is still not telegraph noise that can be measured."""
    capture, emission, free, captured = chain.parameters[:4]
    if capture + emission >= 1:
        return "two levels that switch faster than the sampling: time constants cannot be resolved; sample faster"
    if _switches(chain) < 2:
        return "the level changes once: a drift or a jump rather than telegraph noise; measure longer"
    if mean + sd * captured <= 0:
        return "the lower level is not above 0 S"
    if free - captured < 3 * delta_se(lambda p: p[2] - p[3], chain.parameters, chain.covariance):
        return "the noise changes its size but not its level"
    return ""


def doubts(two: TwoLevels, dt: float) -> list[str]:
    notes = []
    if two.switches < FEW_SWITCHES:
        notes.append(f"only {counted(two.switches, 'switch')} seen: times and occupancy are uncertain; measure longer")
    tau0 = 1 / (1 / two.capture_s.value + 1 / two.emission_s.value)
    if dt > tau0:
        notes.append(
            f"sampled every {time_text(dt)}, slower than tau0 = {time_text(tau0)}: hardly resolved; sample faster"
        )
    ratio = two.noise_uncaptured_s / two.noise_captured_s
    if max(ratio, 1 / ratio) > OTHER_NOISE:
        notes.append(
            f"noise of the two levels differs by a factor {max(ratio, 1 / ratio):.2g}, the levels by "
            f"{1 / (1 - two.amplitude.value):.2g}: in proportion to G, or more than one trap? The preset has one sd "
            "for both, the root mean square over the upper level"
        )
    return notes


def two_levels(chain: MarkovFit, dt: float, mean: float, sd: float) -> TwoLevels:
    p, c = chain.parameters, chain.covariance

    def tau0(x: np.ndarray) -> float:
        return float(-dt / np.log1p(-(x[0] + x[1])))

    def q(x: np.ndarray) -> float:
        return float(x[0] / (x[0] + x[1]))

    def d(x: np.ndarray) -> float:
        return float(sd * (x[2] - x[3]) / (mean + sd * x[2]))

    def step(x: np.ndarray) -> float:
        return d(x) / (1 - d(x))

    return TwoLevels(
        uncaptured_s=estimate(lambda x: mean + sd * x[2], p, c, "S"),
        captured_s=estimate(lambda x: mean + sd * x[3], p, c, "S"),
        amplitude=estimate(d, p, c, "fraction of G", "logit"),
        relative_step=estimate(step, p, c, "fraction of R", "log"),
        occupancy=estimate(q, p, c, "probability", "logit"),
        capture_s=estimate(lambda x: tau0(x) / q(x), p, c, "s", "log"),
        emission_s=estimate(lambda x: tau0(x) / (1 - q(x)), p, c, "s", "log"),
        noise_uncaptured_s=sd * float(np.sqrt(p[4])),
        noise_captured_s=sd * float(np.sqrt(p[5])),
        relative_step_log_se=delta_se(lambda x: float(np.log(step(x))), p, c),
        switches=_switches(chain),
    )


def _switches(chain: MarkovFit) -> int:
    return int(np.count_nonzero(np.diff(chain.captured > 0.5)))

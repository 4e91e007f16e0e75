"""Telegraph noise of one cell from fitted rates and levels.

The sampled chain is the exact discretisation of `device_models.parts.telegraph` (instantaneous samples dt apart):
P(free -> captured) = q (1 - e), P(captured -> free) = (1 - q)(1 - e), e = exp(-dt/tau0), 1/tau0 = 1/tau_c + 1/tau_e.
Inverted, with s the sum of the two: q = P(free -> captured) / s, tau0 = -dt / ln(1 - s), tau_c = tau0 / q,
tau_e = tau0 / (1 - q).

Intervals: maximum-likelihood covariance and the delta method, on the log of times and the logit of fractions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from device_models.fit.interval import Estimate, delta_se, estimate
from device_models.fit.one_cell.traps.chains import Chain
from device_models.fit.one_cell.traps.coloured_traps import ColouredTrap
from device_models.number_text import counted, time_text
from device_models.shown import shown

FEW_SWITCHES = 20
FEWEST_SWITCHES = 3  # twice captured, and once free between
OTHER_NOISE = 1.3  # ratio of sds that one sd for both levels does not describe
CLEAR = 3.0


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


@dataclass(frozen=True)
class FittedTrap:
    """One trap. x: logit P(capture), logit P(emission), free level, captured level, standardised; noise: sd at
    either level."""

    x: np.ndarray
    covariance: np.ndarray | None
    noise: tuple[float, float]
    switches: int


def traps_of_chain(chain: Chain) -> list[FittedTrap]:
    """Of a chain with its covariance, the others free."""
    states = 2**chain.traps
    sds = np.broadcast_to(np.exp(chain.theta[2 * chain.traps + states :]), states)
    found = []
    for k in range(chain.traps):
        places = [2 * k, 2 * k + 1, 2 * chain.traps, 2 * chain.traps + 2**k]
        covariance = None if chain.covariance is None else chain.covariance[np.ix_(places, places)]
        is_captured = chain.posterior[:, (np.arange(states) >> k) & 1 == 1].sum(axis=1) > 0.5
        switches = int(np.count_nonzero(np.diff(is_captured)))
        found.append(FittedTrap(chain.theta[places], covariance, (float(sds[0]), float(sds[2**k])), switches))
    return found


def trap_of_path(found: ColouredTrap, around: Chain | None = None) -> FittedTrap:
    """Of a trap in slow noise: its levels by generalised least squares; its rates as if the path were known, or those
    of a chain over all paths."""
    counts = np.bincount(found.path[:-1], minlength=2)
    rates = np.clip(found.rates, 1e-6, 1 - 1e-6)
    to_levels = np.zeros((2, len(found.fit.coefficients)))
    to_levels[:, 0] = to_levels[1, -1] = 1.0
    covariance = np.zeros((4, 4))
    covariance[[0, 1], [0, 1]] = 1 / np.maximum(counts * rates * (1 - rates), 1e-9)
    covariance[2:, 2:] = to_levels @ found.fit.covariance @ to_levels.T
    x = np.concatenate([logit(rates), to_levels @ found.fit.coefficients])
    if around is not None and around.covariance is not None:
        x[:2], covariance[:2, :2] = around.theta[:2], around.covariance[:2, :2]
    sd = float(np.sqrt(found.fit.noise.white))
    return FittedTrap(x, covariance, (sd, sd), int(np.count_nonzero(np.diff(found.path))))


def obstacle(trap: FittedTrap, middle: float, scale: float) -> str:
    """Why a law with a trap that describes the trace better is still not telegraph noise that can be measured."""
    capture, emission = expit(trap.x[:2])
    if capture + emission >= 1:
        return "two levels that switch faster than the sampling: time constants cannot be resolved; sample faster"
    if trap.switches < FEWEST_SWITCHES:
        return "the level changes once: a drift or a jump rather than telegraph noise; measure longer"
    if middle + scale * trap.x[3] <= 0:
        return "the lower level is not above 0 S"
    if trap.covariance is None:
        return "a second level that the trace does not fix"
    if not trap.x[2] - trap.x[3] > CLEAR * delta_se(lambda x: x[2] - x[3], trap.x, trap.covariance):
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
    if two.noise_captured_s > 0 and two.noise_uncaptured_s > 0:
        ratio = two.noise_uncaptured_s / two.noise_captured_s
        if max(ratio, 1 / ratio) > OTHER_NOISE:
            notes.append(
                f"noise of the two levels differs by a factor {max(ratio, 1 / ratio):.2g}, the levels by "
                f"{1 / (1 - two.amplitude.value):.2g}: in proportion to G, or more than one trap? The preset has one "
                "sd for both, the root mean square over the upper level"
            )
    return notes


def two_levels(trap: FittedTrap, dt: float, middle: float, scale: float) -> TwoLevels:
    """In seconds and siemens."""
    covariance = np.full((4, 4), np.nan) if trap.covariance is None else trap.covariance

    def tau0(x: np.ndarray) -> float:
        return float(-dt / np.log1p(-min(float(expit(x[:2]).sum()), 1 - 1e-12)))

    def q(x: np.ndarray) -> float:
        capture, emission = expit(x[:2])
        return float(capture / (capture + emission))

    def d(x: np.ndarray) -> float:
        return float(scale * (x[2] - x[3]) / (middle + scale * x[2]))

    def step(x: np.ndarray) -> float:
        return d(x) / (1 - d(x))

    return TwoLevels(
        uncaptured_s=estimate(lambda x: float(middle + scale * x[2]), trap.x, covariance, "S"),
        captured_s=estimate(lambda x: float(middle + scale * x[3]), trap.x, covariance, "S"),
        amplitude=estimate(d, trap.x, covariance, "fraction of G", "logit"),
        relative_step=estimate(step, trap.x, covariance, "fraction of R", "log"),
        occupancy=estimate(q, trap.x, covariance, "probability", "logit"),
        capture_s=estimate(lambda x: tau0(x) / q(x), trap.x, covariance, "s", "log"),
        emission_s=estimate(lambda x: tau0(x) / (1 - q(x)), trap.x, covariance, "s", "log"),
        noise_uncaptured_s=scale * trap.noise[0],
        noise_captured_s=scale * trap.noise[1],
        relative_step_log_se=delta_se(lambda x: float(np.log(step(x))), trap.x, covariance),
        switches=trap.switches,
    )

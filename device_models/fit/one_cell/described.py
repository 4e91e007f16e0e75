"""A chosen law in seconds and siemens: level, noise, trend, steps, spectrum and the other laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from device_models.fit.interval import Estimate, Z, around
from device_models.fit.one_cell.choice import Choice, bic_margins
from device_models.fit.one_cell.fresh import Unseen, unseen_white
from device_models.fit.one_cell.gaussian import NoiseLaw, noise_covariance, pivot_of
from device_models.fit.one_cell.jumps import Jumps
from device_models.fit.one_cell.laws import Law
from device_models.fit.one_cell.spectra import SEGMENTS, density_of, welch_of
from device_models.fit.one_cell.standard import Standard
from device_models.fit.one_cell.telegraph import FittedTrap
from device_models.fit.one_cell.trace_fit import Candidate, LevelStep, SlowNoise, Spectrum, Trend

NONE_FOUND = (0.05, 0.5)  # of the upper bound of white noise: the low end and the value given


def trend_of(s: Standard, law: Law) -> Trend | None:
    if law.trend is None:
        return None
    if law.trend.kind == "drift":
        slope = around(law.trend.slope, law.trend.se, "1")
    else:
        slope = around(s.scale_s * law.trend.slope, s.scale_s * law.trend.se, "S per unit of ln t")
    return Trend(law.trend.kind, slope, s.first_time_s)


def level_of(s: Standard, law: Law, traps: tuple[FittedTrap, ...], jumps: Jumps | None) -> Estimate:
    """Uncaptured level, that at the first read where there is a trend; of one that jumps half a jump above its mean."""
    if jumps is None:
        return _level(s, law, traps)
    middle = around(s.middle_s, 0.0, "S") if not traps and law.trend is None else _level(s, law, traps)
    width = float(np.hypot(middle.half_width, jumps.step_s.half_width / 2))
    return around(middle.value + jumps.step_s.value / 2, width / Z, "S")


def _level(s: Standard, law: Law, traps: tuple[FittedTrap, ...]) -> Estimate:
    if traps and traps[0].covariance is not None:
        at, se = float(traps[0].x[2]), float(np.sqrt(traps[0].covariance[2, 2]))
    elif law.fit is not None:
        at, se = float(law.fit.coefficients[0]), float(np.sqrt(law.fit.covariance[0, 0]))
    else:
        at, se = float(law.flat.mean()), float("nan")
    level, se = s.middle_s + s.scale_s * at, s.scale_s * se
    first = float(s.log_time[0])
    if law.trend is None:
        return around(level, se, "S")
    if law.trend.kind == "relaxation":
        moved = s.scale_s * first * law.trend.slope
        return around(level + moved, float(np.hypot(se, s.scale_s * first * law.trend.se)), "S")
    return around(
        level * np.exp(-law.trend.slope * first), float(np.hypot(se / level, first * law.trend.se)), "S", "log"
    )


def noises_of(s: Standard, choice: Choice) -> tuple[Estimate, SlowNoise | None, str]:
    """Fresh sd, slow noise, and a note where no noise is fresh."""
    law, n = choice.law, s.samples
    if choice.total is not None:
        white = around(s.scale_s * np.sqrt(law.noise.white), 1 / np.sqrt(2 * (n - 1)), "S", "log")
        return white, _slow(s, law.noise, choice.total.covariance), ""
    if law.fit is None or not law.noise.slow:
        lost = law.parameters - 1 if law.fit is not None else 1
        sd = s.scale_s * float(np.sqrt(law.noise.white * n / (n - lost)))
        return around(sd, 1 / np.sqrt(2 * (n - lost)), "S", "log"), None, ""
    covariance = noise_covariance(s.time, law.flat, law.columns, law.fit)
    slow = _slow(s, law.noise, covariance)
    if law.noise.white:
        sd = s.scale_s * float(np.sqrt(law.noise.white))
        return around(sd, float(np.sqrt(covariance[2, 2])) / 2, "S", "log"), slow, ""
    unseen = unseen_white(s.time, law.flat, law.columns, law.fit)
    slow, most = _beside(s, slow, unseen), s.scale_s * float(np.sqrt(unseen.most))
    guess = f"the sd given, {NONE_FOUND[1] * most:.2g} S, is a guess"
    note = f"no noise is fresh at each read, at most {most:.2g} S (95 %); {guess}"
    return Estimate(NONE_FOUND[1] * most, NONE_FOUND[0] * most, most, "S"), slow, note


def _slow(s: Standard, law: NoiseLaw, covariance: np.ndarray) -> SlowNoise:
    """Amplitude at 1 Hz and exponent: ln A^2 = ln P + (1 - gamma) ln dt + 2 ln scale, P at 1/interval."""
    dt, pivot = s.interval_s, pivot_of(s.samples)
    amplitude = s.scale_s * float(np.sqrt(law.density * dt ** (1 - law.exponent)))
    slopes = np.array([1.0, np.log(pivot) - np.log(dt), 0.0]) / 2
    se = float(np.sqrt(slopes @ covariance @ slopes))
    return SlowNoise(around(amplitude, se, "S", "log"), around(law.exponent, float(np.sqrt(covariance[1, 1])), "1"))


def _beside(s: Standard, slow: SlowNoise, unseen: Unseen) -> SlowNoise:
    """With intervals that hold what slow noise may be beside white noise that does not show."""
    dt, pivot = s.interval_s, pivot_of(s.samples)
    of_density = unseen.log_densities + unseen.exponents * np.log(pivot) + (1 - unseen.exponents) * np.log(dt)
    amplitudes = s.scale_s * np.exp(of_density / 2)
    return SlowNoise(_wider(slow.amplitude_s, amplitudes), _wider(slow.exponent, unseen.exponents))


def _wider(known: Estimate, values: np.ndarray) -> Estimate:
    return replace(known, low=float(min(known.low, values.min())), high=float(max(known.high, values.max())))


def steps_of(s: Standard, law: Law, time_s: np.ndarray) -> tuple[LevelStep, ...]:
    if law.fit is None or not law.steps:
        return ()
    changes, errors = law.fit.coefficients[1:], np.sqrt(np.diag(law.fit.covariance)[1:])
    return tuple(
        LevelStep(float(time_s[place]), around(s.scale_s * float(change), s.scale_s * float(se), "S"))
        for place, change, se in zip(law.steps, changes, errors, strict=True)
    )


def spectrum_of(s: Standard, law: Law) -> Spectrum | None:
    """Welch periodogram in bins of equal ln f, and the law's."""
    if s.samples < 2 * SEGMENTS:
        return None
    frequency, measured = welch_of(s, s.y)
    return Spectrum(frequency, measured, density_of(s, law, frequency))


def candidates_of(s: Standard, choice: Choice, frequency_hz: np.ndarray) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            kind=law.kind,
            parameters=law.parameters,
            bic=law.bic,
            margin=float(margin),
            spectrum_p=law.spectrum_p,
            fitted_s=_kept(s.middle_s + s.scale_s * law.mean),
            density=density_of(s, law, frequency_hz),
        )
        for law, margin in zip(choice.laws, bic_margins(choice.laws), strict=True)
    )


def _kept(mean_s: np.ndarray) -> np.ndarray:
    """In single precision, and one number where all are the same: there are many laws, and many cells."""
    if np.ptp(mean_s) == 0:
        return np.broadcast_to(mean_s[0], mean_s.shape)
    return mean_s.astype(np.float32)

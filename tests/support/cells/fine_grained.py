"""1/f noise on a fine grid of time: what read windows see of it, without the law of windows.

Every term is sampled POINTS times in each window; the samples have the covariance exp(-|t - s| / tau), and a read is
their mean.
"""

from __future__ import annotations

import numpy as np

from device_models import load_device, preset_paths
from device_models.parts.flicker import FlickerTerms

POINTS = 2000
PRESETS = [name for name in preset_paths() if load_device(name).flicker is not None]
WINDOW_S = 1e-7


def terms_of(preset: str, window_s: float = WINDOW_S) -> FlickerTerms:
    """The 1/f terms of a bundled device."""
    flicker = load_device(preset).flicker
    assert flicker is not None
    return flicker.terms(window_s)


def covariances(terms: FlickerTerms, lag_s: float) -> np.ndarray:
    """Of the means of each term's samples in two windows lag_s apart, over A^2, (terms)."""
    apart = np.arange(1 - POINTS, POINTS)
    pairs = (POINTS - np.abs(apart)) / POINTS**2
    between_s = np.abs(lag_s + apart * terms.window_s / POINTS)
    result: np.ndarray = terms.variance * (np.exp(-between_s / terms.tau_s[:, None]) @ pairs)
    return result


def half_change(terms: FlickerTerms, lag_s: float) -> float:
    """Half the mean squared change between the two, over A^2."""
    return float((covariances(terms, 0.0) - covariances(terms, lag_s)).sum())


def point_sampled_change(terms: FlickerTerms, lag_s: float) -> float:
    """The same if window means were samples of a process of their variance: what tests must tell from the truth."""
    return float((covariances(terms, 0.0) * -np.expm1(-lag_s / terms.tau_s)).sum())

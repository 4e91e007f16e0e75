"""Pixels that users give, in the range that networks take."""

from __future__ import annotations

import numpy as np

OVERSHOOT = 1.1  # that resampling and rounding leave of [0, 1]


def in_unit_range(images: np.ndarray) -> tuple[np.ndarray, str]:
    """Images (n, ...) as float32 in [0,1] (or +-1): 8-bit ones are divided by 255 unless they hold only 0 and 1. And
    what is wrong with them, with the likely fix; empty where all is right."""
    eight_bit = images.dtype == np.uint8 and images.max() > 1
    scaled = np.ascontiguousarray(images, np.float32) / np.float32(255 if eight_bit else 1)
    return scaled, "" if (np.abs(scaled) <= 1).all() else _problem(scaled)


def _problem(images: np.ndarray) -> str:
    finite = np.isfinite(images).reshape(len(images), -1).all(axis=1)
    if not finite.all():
        return f"NaN or infinite values in {(~finite).sum()} of {len(images)} images; leave these out"
    low, high = float(images.min()), float(images.max())
    if max(-low, high) < OVERSHOOT:
        fix = "clip them, np.clip(x, 0, 1)"
    elif low < 0:
        fix = "undo their normalisation, x * sd + mean"
    else:
        fix = "divide them by the value of white (255 of 8-bit images, or store these as uint8)"
    return f"values from {low:.7g} to {high:.7g}, outside [0, 1] (or +-1); {fix}"

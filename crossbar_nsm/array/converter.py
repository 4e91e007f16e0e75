"""Analog-to-digital conversion of column currents, in weight units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Converter:
    """Uniform ADC of `bits` bits between -full_scale and +full_scale (outputs); values beyond are clipped."""

    bits: int
    full_scale: np.ndarray

    def convert(self, u: np.ndarray) -> np.ndarray:
        """`u` (passes, outputs) as the centres of the 2^bits steps."""
        steps = 2**self.bits
        width = 2 * self.full_scale / steps
        code = np.clip(np.floor(u / width), -steps // 2, steps // 2 - 1)
        return ((code + 0.5) * width).astype(np.float32)

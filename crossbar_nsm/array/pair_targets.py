"""What a layer's pairs of cells are programmed to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_models.shown import shown


@shown
@dataclass(frozen=True)
class PairTargets:
    """target_s (2, rows, outputs) [S], first G+ then G-; gain (rows, outputs) weight units per
    siemens; column_scale (outputs) weight units per siemens at full drive; clipped_fraction of weights beyond the
    range; shift (rows): what row drivers add to inputs +-1 (None: nothing)."""

    target_s: np.ndarray
    gain: np.ndarray
    column_scale: np.ndarray
    clipped_fraction: float = 0.0
    shift: np.ndarray | None = None

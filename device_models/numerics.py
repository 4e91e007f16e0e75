"""How numpy treats numbers that leave the range, whatever a session has set: underflow is 0, the rest is warned of."""

from __future__ import annotations

import numpy as np


def usual_numerics() -> np.errstate:
    """Context, and decorator of what a user calls."""
    return np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")

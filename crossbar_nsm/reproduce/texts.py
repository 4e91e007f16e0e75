"""How studies write numbers and name layers."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.nsm.architecture import PoolSpec
from crossbar_nsm.reproduce.reproduction import RunContext


def spread(values: list[float], digits: int = 2) -> str:
    """Mean ± standard deviation over seeds; `not reached` when a value is infinite."""
    if not np.isfinite(values).all():
        return "not reached"
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ± {np.std(values, ddof=1):.{digits}f}"


def per_cent(errors: list[float]) -> str:
    """Fractions in per cent, as `spread`."""
    return spread([100 * error for error in errors])


def layer_names(context: RunContext) -> list[str]:
    """Layers that have weights, in order."""
    return [layer.name for layer in context.config.layers if not isinstance(layer, PoolSpec)]

"""What the neurons of a chip should do, as a user gives it: (beta, c) by layer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from crossbar_nsm.mapping.calibration.settings import Setting, Target
from crossbar_nsm.mapping.files.chip_values import LARGEST
from crossbar_nsm.mapping.mapped_layer import MappedLayer
from device_models.checks.arguments import real_array
from device_models.errors import MappingError, allowed, quoted

Values = np.ndarray | float


def wanted_settings(
    hidden: Iterable[MappedLayer], targets: Mapping[str, tuple[Values, Values]]
) -> list[tuple[MappedLayer, Target, Setting]]:
    """The layers named, their targets and settings. Raises MappingError for a layer that is not among them, for other
    shapes than that of its beta, and for values that no checkpoint has or whose thresholds are too large to calculate
    with."""
    layers = {layer.name: layer for layer in hidden}
    wanted = []
    for name, pair in targets.items():
        if name not in layers:
            known = allowed(layers)
            raise MappingError(f"retarget: no layer {quoted(name)} with neurons; {known}").see("calibration")
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise MappingError(f"retarget: {name}={quoted(pair)}: expected (beta, c)").see("calibration")
        target = _target(name, *pair, layers[name].target.beta.shape)
        wanted.append((layers[name], target, layers[name].setting_for(target)))
    return wanted


def _target(layer: str, beta: Values, c: Values, shape: tuple[int, ...]) -> Target:
    try:
        values = [real_array(value) for value in (beta, c)]
        given = [v.astype(np.float64) for v in values if v is not None]
        fitting = [np.broadcast_to(v if v.ndim == 0 else v.reshape(shape), shape).copy() for v in given]
    except ValueError:
        fitting = []
    if len(fitting) < 2:
        raise MappingError(
            f"retarget: beta and c of layer {layer} must have {math.prod(shape)} values each, or be single numbers"
        )
    if not all((np.abs(value) < LARGEST).all() for value in fitting):  # nor NaN
        raise MappingError(f"retarget: beta and c of layer {layer} must be finite, and below {LARGEST:g} in size")
    return Target(*fitting)

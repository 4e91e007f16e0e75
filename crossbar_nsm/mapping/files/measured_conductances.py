"""Measured conductances that a configuration names, as arrays of its network. Loads neither torch nor numba."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import numpy as np

from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.conductance_file import Named, Shapes, read_conductances
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.nsm.architecture import Architecture, ConvSpec, DenseSpec, HiddenSpec, LinearSpec
from device_models.device import Device
from device_models.errors import MappingError

Hardware = TypeVar("Hardware", bound=HardwareConfig)


def measured_conductances(architecture: Architecture, config: HardwareConfig) -> Named:
    """What the configured file holds for this network's arrays; nothing where none is configured. Raises MappingError
    as `read_conductances` does, and for conductances that the device cannot have."""
    path = config.array.conductances
    if path is None:
        return {}
    named = read_conductances(path, _shapes(architecture, config))
    for layer, arrays in named.items():
        _check_magnitude(path, layer, arrays, config.device_of(layer))
    return named


def with_absolute_path(config: Hardware) -> Hardware:
    """`config` with the path of measured conductances as it leads there from any folder."""
    path = config.array.conductances
    if path is None:
        return config
    array = config.array.model_copy(update={"conductances": str(Path(path).resolve())})
    return config.model_copy(update={"array": array})


def _shapes(architecture: Architecture, config: HardwareConfig) -> Shapes:
    """Of every array, (2, rows, columns)."""
    hidden = [spec for spec in architecture.layers if isinstance(spec, HiddenSpec)]
    shapes = {spec.name: dict.fromkeys(circuit_of(config.neuron).arrays, _pair_shape(spec)) for spec in hidden}
    last = architecture.layers[-1]
    if config.array.output_layer == "array" and isinstance(last, LinearSpec):
        shapes[last.name] = {MAIN: _pair_shape(last)}
    return shapes


def _pair_shape(spec: DenseSpec | ConvSpec | LinearSpec) -> tuple[int, ...]:
    return (2, spec.inputs * (spec.kernel**2 if isinstance(spec, ConvSpec) else 1), spec.outputs)


def _check_magnitude(path: str, layer: str, arrays: dict[str, np.ndarray], device: Device) -> None:
    """Most likely a unit is wrong."""
    largest = max(float(g_s.max()) for g_s in arrays.values())
    g_max_s = device.conductance.g_max_s
    if largest <= g_max_s:
        return
    from crossbar_nsm.mapping.conductances import largest_conductance_s  # loads numba

    if largest > largest_conductance_s(device):
        raise MappingError(
            f"{path}: {layer} has conductances up to {largest:.3g} S, the device's g_max_s is {g_max_s:.3g} S: "
            "are they in siemens?"
        )

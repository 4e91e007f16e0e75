"""The hardware half of a configuration: device, arrays, reads, neurons."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import WithJsonSchema, model_validator

from crossbar_nsm.array.config import ArrayConfig, ReadConfig
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.config import NeuronConfig
from device_models.device import Device
from device_models.errors import CircuitError
from device_models.parts.part import SlowNoise
from device_models.schema import Schema

BEYOND_RANGE = 2.0  # times g_max_s: where programming errors may leave cells
DeviceField = Annotated[
    Device,
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "object"}],
        }
    ),
]


class LayerConfig(Schema):
    """What one layer has of its own."""

    device: DeviceField
    """device of the cells of this layer: a preset, a file or a mapping"""


class HardwareConfig(Schema):
    """How a network is put on arrays."""

    device: DeviceField
    """device of the cells: the name of a preset, the path of a device YAML, or a mapping such as
    {preset: NAME, read_noise: {...}}"""
    array: ArrayConfig = ArrayConfig()
    """tiles, pairs of cells, wires and converters"""
    read: ReadConfig = ReadConfig()
    """how and when cells are read"""
    neuron: NeuronConfig = NeuronConfig()
    """circuits, registers and calibration of the neurons"""
    layers: dict[str, LayerConfig] = {}
    """what single layers have of their own, by the name of the layer: a device that differs"""

    @property
    def hardware_name(self) -> str:
        """`<device>/<scaling>`, the name of a row of results."""
        return f"{self.device.name}/{self.neuron.scaling}"

    @property
    def reads_per_decision(self) -> int:
        """Successive reads of one array that a decision combines."""
        return circuit_of(self.neuron).successive_reads

    def device_of(self, layer: str) -> Device:
        """The device of a layer, its own or that of most."""
        return self.layers[layer].device if layer in self.layers else self.device

    @property
    def devices(self) -> list[Device]:
        """The device of most layers, then those of single ones."""
        return [self.device, *(layer.device for layer in self.layers.values())]

    def check_age(self, key: str, age_s: float) -> None:
        """Raises ValueError for an age of devices that do not change with time."""
        if age_s > 0 and not any(device.changes_with_time for device in self.devices):
            raise ValueError(
                f"{key}={age_s:g}, but {self.device.name} has {self.device.no_ageing}, so its conductances do not "
                "change with time; set it to 0"
            )

    @model_validator(mode="after")
    def _reads_fit(self) -> HardwareConfig:
        read, reads = self.read, self.reads_per_decision
        needed_s = (reads - 1) * read.between_reads_s + read.window_s
        if read.interval_s < needed_s * (1 - 1e-9):
            raise ValueError(
                f"read.interval_s={read.interval_s:g} leaves no room for the {reads} reads of neuron.scaling: "
                f"{self.neuron.scaling}, which take {needed_s:g} s"
            )
        return self

    @model_validator(mode="after")
    def _digital_decisions_have_no_comparator(self) -> HardwareConfig:
        given = [f"{name}={value:g}" for name, value in self.neuron.comparator.model_dump().items() if value]
        if given and self.array.partial_sums == "digital":
            raise ValueError(
                f"neuron.comparator: {', '.join(given)} with array.partial_sums: digital, where decisions are digital "
                "and no comparator errs; set it to 0, or array.partial_sums to analog"
            )
        return self

    @model_validator(mode="after")
    def _wires_carry_currents(self) -> HardwareConfig:
        for device in self.devices if self.array.conductances is None else []:
            try:
                self.array.wires.check_beside(np.array(BEYOND_RANGE * device.conductance.g_max_s))
            except CircuitError as error:
                raise ValueError(f"array.{error}") from None
        return self

    @model_validator(mode="after")
    def _reader_serves_the_law(self) -> HardwareConfig:
        for device in self.devices:
            if self.read.engine == "moments" and _correlated(device, self.read):
                effects = " and ".join(_correlated(device, self.read))
                raise ValueError(
                    f"read.engine: moments would be wrong for {device.name}, which has {effects}; use auto or device"
                )
        return self


def _correlated(device: Device, read: ReadConfig) -> list[str]:
    """Effects that no closed form of independent normals describes."""
    gates = [part.noun for part in device.parts.values() if not (part.independent_reads or isinstance(part, SlowNoise))]
    slow = [f"{part.noun} (read.slow_noise: split would do)" for part in device.slow_noise.values()]
    return [*(slow if read.slow_noise == "trajectory" else []), *gates]

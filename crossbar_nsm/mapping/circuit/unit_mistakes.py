"""Warnings of settings whose numbers cannot be meant: errors of circuits larger than all that they act on, read noise
that a window makes as large as the conductance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.mapping.circuit.line_currents import largest_pair_current_a
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_layer import MappedLayer
from crossbar_nsm.mapping.output_layer import ArrayOutput
from device_models.device import Device
from device_models.number_text import quantity_text, ratio_text, rounded, time_text
from device_models.warning import warn

MOST_NOISE = 0.5  # of the conductance, sd: more, from a sd that was measured as less, is no read of such a cell

if TYPE_CHECKING:
    Layers = Sequence[MappedLayer | ArrayOutput]


def warn_of_unit_mistakes(config: HardwareConfig, layers: Layers) -> None:
    """Of comparators, converters, row drivers and read windows of devices."""
    _warn_of_comparators(config, layers)
    _warn_of_converters(config, layers)
    offset_v, voltage_v = config.array.dac.offset_sd_v, config.read.voltage_v
    if offset_v > voltage_v:
        warn(
            f"array.dac.offset_sd_v={offset_v:g} V is {offset_v / voltage_v:.2g} times read.voltage_v={voltage_v:g} V: "
            "inputs hardly change what rows are driven with; is the unit right? (1 mV is 1e-3)"
        )
    for device in {device.name: device for device in config.devices}.values():
        _warn_of_window(device, config.read.window_s)


def _warn_of_window(device: Device, window_s: float) -> None:
    """Where scaling to the simulated window, as of white noise, takes read noise at g_max beyond half of it. Not of
    selectors, whose threshold switches with the cell's current, whatever a read of it is."""
    noise, top_s = device.read_noise, np.array([device.conductance.g_max_s])
    if noise.window_s is None or device.selector is not None:
        return
    factor = float(np.sqrt(noise.window_s / window_s))
    measured = float((noise.sd_s(top_s, device.conductance) / top_s)[0])
    if measured <= MOST_NOISE < factor * measured:
        warn(
            f"device.read_noise.window_s={noise.window_s:g} of {device.name}: reads of {time_text(window_s)} "
            f"(read.window_s) have {ratio_text(factor)} times the noise measured over {time_text(noise.window_s)}, if "
            f"it is white: sd {_percent(factor * measured)} of g_max in place of {_percent(measured)}; is "
            "read_noise.window_s right (null: the sd holds for any window)? A chip that reads as slowly has "
            f"read.window_s={noise.window_s:g} and a longer read.interval_s"
        )


def _percent(share: float) -> str:
    return f"{rounded(100 * share, 2)} %"


def _warn_of_comparators(config: HardwareConfig, layers: Layers) -> None:
    """Where an error is larger than the current that any inputs could give, in the layer with the smallest."""
    given = {name: a for name, a in config.neuron.comparator.model_dump().items() if a}
    if not given:
        return
    largest_a = {layer.name: largest_pair_current_a(layer.arrays[MAIN]) for layer in layers if _decides(layer)}
    known = {name: a for name, a in largest_a.items() if a > 0}
    if not known:
        return
    layer = min(known, key=lambda name: known[name])
    for name, a in given.items():
        if a > known[layer]:
            warn(
                f"neuron.comparator.{name}={a:g} A is {a / known[layer]:.2g} times {quantity_text(known[layer], 'A')}, "
                f"the largest current that any input could give in layer {layer}: neurons no longer depend on their "
                "inputs; is the unit right? (1 uA is 1e-6)"
            )


def _warn_of_converters(config: HardwareConfig, layers: Layers) -> None:
    """Where a step is larger than the whole signal, from the largest current of one sign to that of the other."""
    adc = config.array.adc
    if adc.range_factor <= 2**adc.bits:
        return
    for layer in layers:
        converter = _converter(layer)
        if converter is None or not converter.lsb.any():
            continue
        column = layer.arrays[MAIN].targets.column_scale / config.read.voltage_v  # weight units per ampere
        step_a = float(np.median((converter.lsb / column)[converter.lsb > 0]))
        whole_a = step_a * 2**adc.bits / adc.range_factor
        warn(
            f"array.adc: a step of {quantity_text(step_a, 'A')} is larger than the whole signal of layer {layer.name}, "
            f"{quantity_text(whole_a, 'A')} from end to end, which range_factor={adc.range_factor:g} spreads over "
            f"2^{adc.bits} steps: conversions tell the sign at most; set range_factor near 1, or more bits"
        )
        return


def _decides(layer: MappedLayer | ArrayOutput) -> bool:
    return isinstance(layer, MappedLayer) and not layer.digital


def _converter(layer: MappedLayer | ArrayOutput) -> Adc | None:
    return layer.adc if isinstance(layer, ArrayOutput) else layer.converters.get(MAIN)

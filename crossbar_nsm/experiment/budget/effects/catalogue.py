"""Every effect that a budget knows, in the order in which it puts them in, and configurations without some of them.

Taking an effect out puts the ideal in its place: no wire resistance, no stuck cells, no rounding (for noise: see
`cells`). Measured conductances (`array.conductances`) hold all that programming did, so they are one effect.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from functools import cache

from crossbar_nsm.experiment.budget.effects.cells import keep_some_noise, keep_within_laws, living, writing
from crossbar_nsm.experiment.budget.effects.effect import Data, Effect, devices, of_settings
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from device_models.device import Device
from device_models.errors import ConfigError, quoted
from device_models.files.document import Document
from device_models.schema import validate


def _drivers_err(config: ExperimentConfig) -> bool:
    """Rounding and bow do nothing at the ends of the range, which a scale per column uses alone."""
    dac = config.array.dac
    return (config.array.scale != "per_column" and dac.bits is not None) or dac.offset_sd_v > 0 or dac.gain_sd > 0


def _exact_drivers(data: Data, _config: ExperimentConfig) -> None:
    data["array"]["dac"] = {}


def _measured(written: list[Effect]) -> Effect:
    """Conductances that take the place of what programming does."""

    def take_out(data: Data, config: ExperimentConfig) -> None:
        data["array"]["conductances"] = None
        for effect in written:
            effect.take_out(data, config)

    def present(config: ExperimentConfig) -> bool:
        return config.array.conductances is not None

    return Effect("conductances", "measured conductances", ("array.conductances",), present, take_out)


OF_CIRCUITS = [
    of_settings(
        "wires",
        "wire, driver and sense resistance",
        {f"array.r_{place}_ohm": 0.0 for place in ("row", "col", "driver", "sense")},
    ),
    of_settings("comparator_offset", "comparator offset", {"neuron.comparator.offset_sd_a": 0.0}),
    of_settings("comparator_noise", "comparator noise", {"neuron.comparator.noise_sd_a": 0.0}),
    of_settings("hysteresis", "comparator hysteresis", {"neuron.comparator.hysteresis_a": 0.0}),
    of_settings("gain_bits", "finite resolution of a_i", {"neuron.gain_bits": None}),
    of_settings("threshold_bits", "finite resolution of thresholds", {"neuron.threshold_bits": None}),
    Effect("dac", "errors of the row drivers", ("array.dac",), _drivers_err, _exact_drivers),
    of_settings("partial_sums", "an ADC for every tile and read", {"array.partial_sums": "analog"}),
    of_settings("output_layer", "output layer on an array", {"array.output_layer": "digital"}),
    of_settings("calibration", "calibration from reads, or none", {"neuron.calibration": "analytic"}),
    of_settings("calibration_age", "calibrated at another age", {"evaluation.calibrated_at_s": None}),
]


@cache
def effects_of(device: type[Device] = Device) -> list[Effect]:
    """Every effect that configurations of such devices may have, in order."""
    written = writing(device.part_kinds())
    return [_measured(written), *written, *living(device.part_kinds()), *OF_CIRCUITS]


def present_effects(config: ExperimentConfig) -> list[Effect]:
    """The effects that a configuration has, in order."""
    return [effect for effect in effects_of(type(config.device)) if effect.present(config)]


def check_names(names: Sequence[str], present: list[Effect]) -> None:
    """Raises ConfigError, one line for each name that is not among the effects present."""
    allowed = [effect.name for effect in present]
    mistakes = []
    for name in names:
        if name in {effect.name for effect in effects_of()} - set(allowed):
            mistakes.append(
                f"effect {quoted(name)}: not in this configuration, which has: {', '.join(allowed) or 'none'}"
            )
        elif name not in allowed:
            close = difflib.get_close_matches(name, allowed, n=1)
            hint = f"did you mean {close[0]}?" if close else f"this configuration has: {', '.join(allowed) or 'none'}"
            mistakes.append(f"effect {quoted(name)}: no such effect; {hint}")
    if mistakes:
        raise ConfigError(mistakes)


def without(config: ExperimentConfig, names: Collection[str], output_layer: str) -> ExperimentConfig:
    """`config` with the effects `names` taken out, checked again, without a sweep. output_layer: the network's last,
    whose own device goes when it becomes digital."""
    data = config.model_dump() | {"sweep": {}}
    for effect in effects_of(type(config.device)):
        if effect.name in names:
            effect.take_out(data, config)
    if "output_layer" in names:
        data["layers"].pop(output_layer, None)
    for edited, device in devices(data, config):
        keep_within_laws(edited, device)
        keep_some_noise(edited, device, "read_noise" in names)
    if not any(validate(type(device), Document(edited)).changes_with_time for edited, device in devices(data, config)):
        data["evaluation"] |= {"age_s": 0.0, "calibrated_at_s": None}
    return validate(type(config), Document(data))

"""What a chip's file says, read and checked: by loading before a chip is made of it, by saving before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError
from torch import Tensor

from crossbar_nsm.engine.sampling.passes import OBSERVATION
from crossbar_nsm.mapping.calibration.settings import Calibrated, CalibrationCost, Registers, Setting, Target
from crossbar_nsm.mapping.conductances import largest_conductance_s
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files import chip_values
from crossbar_nsm.mapping.output_layer import OutputSettings
from crossbar_nsm.mapping.programming import Conductances
from crossbar_nsm.mapping.stored import Stored
from crossbar_nsm.mapping.user_files import file_digests, hardware_files
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.neuron.gain import SignalMoments
from crossbar_nsm.nsm.checkpoints.stored_network import network_from
from crossbar_nsm.nsm.network import Network
from device_models.errors import CheckpointError, CrossbarError
from device_models.files.json_text import read_json
from device_models.laws import law_files
from device_models.schema import Model, NonNegative, Schema, Seed, first_mistake
from device_models.warning import warn

PREFIX = "chip"
SIGNALS = {"slope": (2,), "covariance": (2, 2), "added": (), "norm": (), "offset": (2,), "residual": (2, 2),
           "frozen": (2, 2)}  # what a calibration believes, by name: shape for each neuron  # fmt: skip


class Position(Schema):
    """Where in simulated time a chip was saved."""

    seed: Seed
    chip: Seed
    age_s: NonNegative
    image_counter: Annotated[Seed, Field(le=OBSERVATION)]  # it goes on from there


@dataclass(frozen=True)
class Parts:
    """What a file says, each part within its bounds."""

    net: Network
    config: HardwareConfig
    position: Position
    stored: Stored

    @classmethod
    def of(cls, path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> Parts:
        """Raises CheckpointError for anything that no chip has."""
        own = {name: tensor for name, tensor in tensors.items() if not name.startswith(f"{PREFIX}/")}
        config = _hardware(path, metadata)
        position = _described(path, metadata, "position", Position)
        net = network_from(path, own, metadata)
        try:
            stored = Stored(
                _stored_conductances(config, tensors),
                _stored_registers(net, config, tensors),
                _stored_output(net, config, tensors),
            )
        except ValueError as error:
            raise CheckpointError(f"{path}: {error}") from None
        return cls(net, config, position, stored)


def _hardware(path: Path, metadata: Mapping[str, str]) -> HardwareConfig:
    """Warns where the user's files that it needs are not what they were."""
    needed = _needed_files(metadata)
    try:
        config = _described(path, metadata, "hardware", HardwareConfig)
    except CrossbarError as error:
        unread = sorted(needed.keys() - set(map(str, law_files())))
        if not unread:
            raise
        raise CheckpointError(f"{error}; it may need {', '.join(unread)}: read it with --laws FILE.py") from None
    now = file_digests(hardware_files(config))
    if needed and sorted(needed.values()) != sorted(now.values()):
        warn(
            f"{path}: was saved with other contents of {', '.join(Path(name).name for name in needed)} than are loaded "
            "now, so its samples are not those that it would have given"
        )
    return config


def _needed_files(metadata: Mapping[str, str]) -> dict[str, str]:
    """Digests by path; none for what is no such record."""
    try:
        read = read_json(metadata.get("laws", "{}"))
    except ValueError:
        return {}
    files = read if isinstance(read, dict) else {}
    return {str(name): digest for name, digest in files.items() if isinstance(digest, str)}


def _described(path: Path, metadata: Mapping[str, str], entry: str, model: type[Model]) -> Model:
    try:
        given = read_json(metadata[entry])
    except (KeyError, ValueError) as error:
        what = f"no {entry}" if isinstance(error, KeyError) else f"{entry}: {str(error)[:100]}"
        raise CheckpointError(f"{path}: not a complete chip file: {what}") from None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problem = first_mistake(model, given, error)[:200]
        raise CheckpointError(f"{path}: not a complete chip file: {problem}") from None


def _stored_conductances(config: HardwareConfig, tensors: Mapping[str, Tensor]) -> dict[str, Conductances]:
    stored: dict[str, Conductances] = {}
    for name, value in tensors.items():
        prefix, kind, layer, array, *_rest = [*name.split("/"), "", "", ""]
        if (prefix, kind) != (PREFIX, "conductance_s"):
            continue
        g_s = chip_values.conductances(name, value, largest_conductance_s(config.device_of(layer)))
        stored.setdefault(layer, {})[array] = g_s
    return stored


def _stored_registers(net: Network, config: HardwareConfig, tensors: Mapping[str, Tensor]) -> dict[str, Registers]:
    with_converters = circuit_of(config.neuron).arrays if config.array.partial_sums == "digital" else ()

    def of_layer(layer: str, beta: Tensor, weight: Tensor) -> Registers:
        def register(name: str, shape: tuple[int, ...] = (len(beta), beta[0].numel())) -> np.ndarray:
            return _register(tensors, layer, name, shape)

        setting = Setting(*(register(field.name) for field in fields(Setting)))
        believed = {name: register(f"believed_{name}", (*shape, beta.numel())) for name, shape in SIGNALS.items()}
        chip_values.check_beliefs(f"{PREFIX}/register/{layer}", believed, weight.detach().double().flatten(1).numpy())
        reads, seconds = register("cost", (2,))
        tiles = (-(-weight[0].numel() // config.array.rows), len(weight))
        ranges = {name: register(f"range_{name}", tiles) for name in with_converters}
        kept = Calibrated(setting, SignalMoments(**believed), CalibrationCost(int(reads), float(seconds)), ranges)
        return Target(*(register(field.name) for field in fields(Target))), kept

    return {name: of_layer(name, layer.beta, layer.weight) for name, layer in net.named_nsm_layers()}


def _stored_output(net: Network, config: HardwareConfig, tensors: Mapping[str, Tensor]) -> OutputSettings | None:
    if config.array.output_layer == "digital":
        return None
    name, (classes, inputs) = net.architecture.layers[-1].name, net.output_layer.weight.shape
    tiles = -(-inputs // config.array.rows) if config.array.adc_per_tile else 1
    shapes: dict[str, tuple[int, ...]] = {"full_scale": (tiles, classes), "gain": (classes,), "bias": (classes,)}
    return OutputSettings(**{key: _register(tensors, name, key, shape) for key, shape in shapes.items()})


def _register(tensors: Mapping[str, Tensor], layer: str, name: str, shape: tuple[int, ...]) -> np.ndarray:
    key = f"{PREFIX}/register/{layer}/{name}"
    return chip_values.register(key, tensors.get(key), shape)

"""A programmed chip as one safetensors file: network, hardware, seeds, conductances, what the neurons' registers hold,
what their calibration believes of their signals, and every state that goes on.

Tensors: the checkpoint's own, and chip/conductance_s/<layer>/<array> [S], chip/register/<layer>/<name>,
chip/state/..., chip/comparator/... . Conductances and registers are taken from the file, so that nothing is calibrated
again; constants of the cells and comparators follow from the seeds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from pydantic import Field, ValidationError
from torch import Tensor

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.mapping import chip_values
from crossbar_nsm.mapping.calibration import Calibrated, CalibrationCost, Setting, Target
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_layer import Conductances, Registers
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.output_layer import ArrayOutput, OutputSettings
from crossbar_nsm.neuron.circuits import array_of, circuit_of
from crossbar_nsm.neuron.gain import SignalMoments
from crossbar_nsm.nsm.checkpoint import (
    checkpoint_metadata,
    checkpoint_tensors,
    network_from,
    read_safetensors,
    safetensors_bytes,
)
from crossbar_nsm.nsm.network import Network
from device_models.arguments import a_path, checked
from device_models.errors import CheckpointError
from device_models.files import write_bytes
from device_models.schema import NonNegative, Schema, Seed

FORMAT = "crossbar-nsm chip 6"
PREFIX = "chip"
SIGNALS = {"slope": (2,), "covariance": (2, 2), "added": (), "norm": (), "offset": (2,), "residual": (2, 2),
           "frozen": (2, 2)}  # what a calibration believes, by name: shape for each neuron  # fmt: skip


def save_chip(chip: MappedNetwork, path: str | Path) -> Path:
    """Write `chip` atomically, in the middle of its simulated time."""
    tensors = checkpoint_tensors(chip.net)
    for name, array in _arrays(chip):
        tensors[name] = torch.from_numpy(array.g_s)
    for name, value in _registers(chip):
        tensors[name] = torch.from_numpy(value)
    for name, state in _states(chip):
        tensors[name] = torch.from_numpy(state)
    metadata = checkpoint_metadata(chip.net) | {
        "format": FORMAT,
        "hardware": chip.config.model_dump_json(include=set(HardwareConfig.model_fields)),
        "position": json.dumps({name: getattr(chip, name) for name in _Position.model_fields}),
    }
    tensors = {name: value.contiguous().clone() for name, value in tensors.items()}
    return write_bytes(path, safetensors_bytes(tensors, metadata))


class _Position(Schema):
    """Where in simulated time a chip was saved."""

    seed: Seed
    chip: Annotated[Seed, Field(le=1_000_000_000)]
    age_s: NonNegative
    image_counter: Annotated[Seed, Field(lt=2**62)]  # it goes on from there


@checked(path=a_path)
def load_chip(path: str | Path) -> MappedNetwork:
    """The chip written by `chip.save`, which continues with the same samples bit by bit.

    Raises CheckpointError for a file that is missing, damaged or of another version, and for values that no chip has.
    """
    path = Path(path)
    if not os.path.isfile(path):
        raise CheckpointError(f"chip {path}: no such file")
    tensors, metadata = read_safetensors(path)
    if metadata.get("format") != FORMAT:
        given = metadata.get("format", "none")[:60]
        raise CheckpointError(f"{path}: format {given!r}, this version reads {FORMAT!r}")
    extra = {name: tensors.pop(name) for name in list(tensors) if name.startswith(f"{PREFIX}/")}
    try:
        config = HardwareConfig.model_validate_json(metadata["hardware"])
        position = _Position.model_validate_json(metadata["position"])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise CheckpointError(f"{path}: not a complete chip file: {where}: {first['msg'][:200]}") from None
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"{path}: not a complete chip file ({type(error).__name__} in its metadata)") from None
    net = network_from(path, tensors, metadata)
    try:
        stored = _stored_conductances(extra)
        registers, output = _stored_registers(net, config, extra), _stored_output(net, config, extra)
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from None
    try:
        chip = MappedNetwork(net, config, position.seed, position.chip, position.age_s, stored, registers, output)
    except ValueError:
        raise CheckpointError(f"{path}: the conductances do not have the shapes of the network's layers") from None
    missing = {name for name, _ in _arrays(chip)} ^ {name for name in extra if "/conductance_s/" in name}
    if missing:
        raise CheckpointError(f"{path}: conductances missing or of no layer: {', '.join(sorted(missing))}")
    _restore_states(path, chip, extra)
    chip.image_counter = position.image_counter
    return chip


def _stored_conductances(extra: dict[str, Tensor]) -> dict[str, Conductances]:
    stored: dict[str, Conductances] = {}
    for name, value in extra.items():
        _, kind, layer, operand, *_rest = [*name.split("/"), "", ""]
        if kind != "conductance_s":
            continue
        g_s = chip_values.conductances(name, value)
        stored.setdefault(layer, {})[operand] = g_s  # type: ignore[index]
    return stored


def _registers(chip: MappedNetwork) -> Iterator[tuple[str, np.ndarray]]:
    for layer in chip.hidden:
        target, kept = layer.registers
        assert kept is not None
        neurons = len(kept.believed.norm)
        values = vars(target) | vars(kept.setting)
        for name, shape in SIGNALS.items():
            values[f"believed_{name}"] = np.broadcast_to(getattr(kept.believed, name), (*shape, neurons))
        values |= {f"range_{operand}": full_scale for operand, full_scale in kept.ranges.items()}
        values["cost"] = np.array([kept.cost.reads, kept.cost.seconds])
        for name, value in values.items():
            yield f"{PREFIX}/register/{layer.name}/{name}", np.array(value, value.dtype if name == "clipped" else float)
    if isinstance(chip.output, ArrayOutput):
        for name, value in vars(chip.output.settings).items():
            yield f"{PREFIX}/register/{chip.output.name}/{name}", np.array(value, float)


def _stored_registers(net: Network, config: HardwareConfig, extra: dict[str, Tensor]) -> dict[str, Registers]:
    circuit = circuit_of(config.neuron)
    with_converters = {array_of(operand) for operand in circuit.operands if config.array.partial_sums == "digital"}

    def of_layer(layer: str, beta: Tensor, weight: Tensor) -> Registers:
        def register(name: str, shape: tuple[int, ...] = (len(beta), beta[0].numel())) -> np.ndarray:
            return _register(extra, layer, name, shape)

        setting = Setting(*(register(field.name) for field in fields(Setting)))
        believed = {name: register(f"believed_{name}", (*shape, beta.numel())) for name, shape in SIGNALS.items()}
        reads, seconds = register("cost", (2,))
        tiles = (-(-weight[0].numel() // config.array.rows), len(weight))
        ranges = {operand: register(f"range_{operand}", tiles) for operand in with_converters}
        kept = Calibrated(setting, SignalMoments(**believed), CalibrationCost(int(reads), float(seconds)), ranges)
        return Target(*(register(field.name) for field in fields(Target))), kept

    return {name: of_layer(name, layer.beta, layer.weight) for name, layer in net.named_nsm_layers()}


def _stored_output(net: Network, config: HardwareConfig, extra: dict[str, Tensor]) -> OutputSettings | None:
    if config.array.output_layer == "digital":
        return None
    name, (classes, inputs) = net.architecture.layers[-1].name, net.output_layer.weight.shape
    tiles = -(-inputs // config.array.rows) if config.array.adc_per_tile else 1
    shapes: dict[str, tuple[int, ...]] = {"full_scale": (tiles, classes), "gain": (classes,), "bias": (classes,)}
    return OutputSettings(**{key: _register(extra, name, key, shape) for key, shape in shapes.items()})


def _register(extra: dict[str, Tensor], layer: str, name: str, shape: tuple[int, ...]) -> np.ndarray:
    key = f"{PREFIX}/register/{layer}/{name}"
    return chip_values.register(key, extra.get(key), shape)


def _arrays(chip: MappedNetwork) -> Iterator[tuple[str, Crossbar]]:
    for layer in chip.mapped_layers():
        for operand, array in layer.arrays.items():
            yield f"{PREFIX}/conductance_s/{layer.name}/{operand}", array


def _states(chip: MappedNetwork) -> Iterator[tuple[str, np.ndarray]]:
    for layer in chip.mapped_layers():
        for kind, state in layer.reads.states().items():
            yield f"{PREFIX}/state/{layer.name}/{kind}", state
    for hidden in chip.hidden:
        yield f"{PREFIX}/comparator/{hidden.name}", hidden.comparator.last


def _restore_states(path: Path, chip: MappedNetwork, stored: dict[str, Tensor]) -> None:
    try:
        states = {name: chip_values.state(name, stored.get(name), now) for name, now in _states(chip)}
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from None
    for layer in chip.mapped_layers():
        own = f"{PREFIX}/state/{layer.name}/"
        layer.reads.restore({name.removeprefix(own): state for name, state in states.items() if name.startswith(own)})
    for hidden in chip.hidden:
        hidden.comparator.last[...] = states[f"{PREFIX}/comparator/{hidden.name}"]

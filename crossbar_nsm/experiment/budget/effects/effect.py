"""What an effect is: settings of a configuration that can be put back to their ideal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from device_models.device import Device

Data = dict[str, Any]  # a dumped configuration, or a section of it


@dataclass(frozen=True)
class Effect:
    """fields: the dotted settings that it takes back; a section stands for all that it holds. present(config): whether
    it does anything there. take_out(data, config): edits `data`, dumped from `config`."""

    name: str
    text: str
    fields: tuple[str, ...]
    present: Callable[[ExperimentConfig], bool]
    take_out: Callable[[Data, ExperimentConfig], None]


def of_settings(name: str, text: str, ideal: Data) -> Effect:
    """An effect of a few settings; ideal: their values without it, by dotted key."""

    def present(config: ExperimentConfig) -> bool:
        data = config.model_dump()
        return any(_section(data, path)[_key(path)] != value for path, value in ideal.items())

    def take_out(data: Data, _config: ExperimentConfig) -> None:
        for path, value in ideal.items():
            _section(data, path)[_key(path)] = value

    return Effect(name, text, tuple(ideal), present, take_out)


def of_cells(
    name: str,
    text: str,
    fields: tuple[str, ...],
    acts: Callable[[Device, ExperimentConfig], bool],
    take_out: Callable[[Data, Device, ExperimentConfig], None],
) -> Effect:
    """An effect of the device, of layers' own devices too; take_out(data, device, config) edits one of them."""

    def present(config: ExperimentConfig) -> bool:
        return any(acts(device, config) for _, device in devices(config.model_dump(), config))

    def take_out_of_all(data: Data, config: ExperimentConfig) -> None:
        for edited, device in devices(data, config):
            take_out(edited, device, config)

    return Effect(name, text, tuple(f"device.{field}" for field in fields), present, take_out_of_all)


def devices(data: Data, config: ExperimentConfig) -> Iterator[tuple[Data, Device]]:
    """Every device of a configuration: as edited so far, and as it was."""
    yield data["device"], config.device
    for name, layer in data["layers"].items():
        yield layer["device"], config.layers[name].device


def _section(data: Data, path: str) -> Data:
    """The section that holds a dotted setting."""
    for section in path.split(".")[:-1]:
        data = data[section]
    return data


def _key(path: str) -> str:
    return path.rpartition(".")[2]

"""Points of a study in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.software import Software
from crossbar_nsm.report.points.swept_parameter import SweptParameter, settings_text, swept_parameters
from device_models.number_text import counted

IN_THE_NAME = ("device", "neuron.scaling")  # of a point, where they are names themselves


def named_parameters(results: Results) -> list[SweptParameter]:
    """The swept parameters that a point's name does not tell."""
    return [
        parameter
        for key, parameter in swept_parameters(results.swept).items()
        if key not in IN_THE_NAME or not all(isinstance(value, str) for value in parameter.values)
    ]


def evaluated(config: ExperimentConfig, swept: Mapping[str, Sequence[Any]]) -> tuple[str, str]:
    """Network and data set, by their names, or how many of them are swept. swept: values by key."""
    networks = swept.get("checkpoint") or [config.checkpoint]
    images = swept.get("dataset.name") or [one.get("name") for one in swept.get("dataset", ())] or [config.dataset.name]
    return _one_or_number(networks, "network"), _one_or_number(images, "data set")


def _one_or_number(names: Sequence[Any], noun: str) -> str:
    different = set(map(str, names))
    return Path(different.pop()).name if len(different) == 1 else counted(len(different), noun)


def point_text(results: Results, point: PointResults) -> str:
    """The point's name and settings."""
    settings = settings_text(named_parameters(results), point.settings)
    return point.name + (f", {settings}" if settings else "")


def software_text(results: Results, one: Software) -> str:
    """The name of ideal software, and its settings where there are several."""
    of = [parameter for parameter in swept_parameters(results.swept).values() if parameter.key in one.settings]
    return ", ".join(filter(None, (one.name, settings_text(of, one.settings))))


def software_of(results: Results, points: Sequence[PointResults]) -> list[Software]:
    """What these points are compared with, each once."""
    return [one for one in results.software if any(point.reference is one.result for point in points)]


@dataclass(frozen=True)
class ShortNames:
    """heading: of the column. names: by the name of a point; note: what all of them share and none says."""

    heading: str = "network"
    names: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def __getitem__(self, name: str) -> str:
        return self.names.get(name, name)


def short_names(results: Results) -> ShortNames:
    """The names of points in a table: the circuit alone where several share one device, the device where they share one
    circuit."""
    configs = [point.config for point in results.points]
    devices, circuits = ({of(config) for config in configs} for of in (_device, _circuit))
    if len(configs) > 1 == len(devices):
        names = {config.hardware_name: _circuit(config) for config in configs}
        return ShortNames("circuit", names, f"Device: {devices.pop()}.")
    if len(configs) > 1 == len(circuits):
        names = {config.hardware_name: _device(config) for config in configs}
        return ShortNames("device", names, f"Circuit: {circuits.pop()}.")
    return ShortNames()


def _device(config: ExperimentConfig) -> str:
    return config.device.name


def _circuit(config: ExperimentConfig) -> str:
    return config.neuron.scaling


def sentence(words: str) -> str:
    """With a capital first letter, unless it is that of a name (fc1)."""
    return words[:1].upper() + words[1:] if words.split(" ")[0].strip(",:").isalpha() else words

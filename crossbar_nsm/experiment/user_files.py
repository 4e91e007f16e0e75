"""Files of the user's that an evaluation depends on: those of laws, circuits and data sets."""

from __future__ import annotations

from pathlib import Path

from crossbar_nsm.datasets.catalogue import OF_USERS
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.mapping.user_files import hardware_files, hardware_without_file


def user_files(config: ExperimentConfig) -> list[Path]:
    """Each once; none for what was registered in a running program."""
    calibration = _dataset_file(config.calibration_images or "")
    return sorted({*hardware_files(config), *image_files(config), *([] if calibration is None else [calibration])})


def image_files(config: ExperimentConfig) -> list[Path]:
    """That of the evaluated data set."""
    path = _dataset_file(config.dataset.name)
    return [] if path is None else [path]


def known_here_alone(config: ExperimentConfig) -> set[str]:
    """What another process cannot know, and of which nothing tells whether it is what it was: `law NAME`, `circuit
    NAME`, `data set NAME`."""
    sets = {config.dataset.name, config.calibration_images or ""} & set(OF_USERS.names)
    return hardware_without_file(config) | {f"data set {name}" for name in sets if _dataset_file(name) is None}


def _dataset_file(name: str) -> Path | None:
    return OF_USERS.file_of(name)

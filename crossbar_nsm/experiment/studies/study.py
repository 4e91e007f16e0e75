"""A study: the points of a configuration's sweep and the trials that they need. Planning one loads no torch."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crossbar_nsm.datasets.catalogue import check_name
from crossbar_nsm.datasets.folder import data_folder
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.config.named_files import named_files, replace_value
from crossbar_nsm.experiment.config.points import at_points, sweep_points
from crossbar_nsm.experiment.config.settings_text import label
from crossbar_nsm.experiment.images.calibration import check_calibration_source
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.mapping.files.conductance_file import check_conductance_file
from crossbar_nsm.mapping.files.measured_conductances import with_absolute_path
from crossbar_nsm.mapping.mappable import check_mappable
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.bundled import bundled_checkpoints, find_checkpoint, read_architecture
from device_models.errors import ConfigError
from device_models.files.archives import is_npz
from device_models.files.document import Document
from device_models.files.home import at_home
from device_models.number_text import counted

MOST_TRIALS = 100_000


@dataclass(frozen=True)
class Point:
    """One combination of swept settings: a trial for every chip, and ideal software on the same images beside them."""

    settings: dict[str, Any]
    config: ExperimentConfig
    reference: Trial
    chips: tuple[Trial, ...]

    @property
    def name(self) -> str:
        """`<device>/<scaling>`, the name of a row of results."""
        return self.config.hardware_name

    @property
    def text(self) -> str:
        """The point in one line."""
        return label(self.name, self.settings)


@dataclass(frozen=True)
class Study:
    """ideal: ideal software of the base configuration, by the name of its row; a network that is no NSM has one row,
    with the name of its method."""

    config: ExperimentConfig
    ideal: dict[str, Trial]
    points: list[Point]

    @property
    def trials(self) -> list[Trial]:
        """Every trial once, in the order in which they run: ideal software, then the first chip of every point, so that
        a sweep that is stopped early has seen all of them, then the other chips point by point, which have the same
        targets (see `crossbar_nsm.mapping.target_cache`)."""
        trials = [*self.ideal.values(), *(point.reference for point in self.points)]
        trials += [trial for point in self.points for trial in point.chips[:1]]
        trials += [trial for point in self.points for trial in point.chips[1:]]
        return list({trial.key: trial for trial in trials}.values())

    @property
    def texts(self) -> dict[str, str]:
        """Every trial in one line, by key."""
        texts: dict[str, str] = {}
        for point in self.points:
            texts[point.reference.key] = f"{point.reference.what} beside {point.text}"
            several = len(point.chips) > 1
            texts |= {trial.key: point.text + (f" chip {trial.chip}" if several else "") for trial in point.chips}
        return texts | {trial.key: name for name, trial in self.ideal.items()}


def plan(document: Document, hardware: bool = True) -> Study:
    """The study that a configuration describes, every point of it checked. hardware=False: ideal software alone.

    Raises ConfigError for mistakes, CheckpointError and DatasetError for files that are not there.
    """
    config = resolve(document)
    architecture = architecture_of(config)
    settings = (sweep_points(config) or [{}]) if hardware else []
    if len(settings) * config.evaluation.chips > MOST_TRIALS:
        raise ConfigError(
            f"{document.place(('evaluation', 'chips'))}: {len(settings)} points of "
            f"{counted(config.evaluation.chips, 'chip')} are "
            f"more than {MOST_TRIALS} trials; give fewer"
        )
    points = [_point(one, at) for one, at in zip(settings, at_points(document, settings), strict=True)]
    for name in {one.dataset.name for one in (config, *(point.config for point in points))}:
        check_name(name)
    for source in {one.calibration_images for one in (config, *(point.config for point in points))} - {None}:
        check_calibration_source(str(source))
    for cells in {one.array.conductances for one in (config, *(point.config for point in points))} - {None}:
        check_conductance_file(str(cells))
    for network in [architecture_of(one) for one in {p.config.checkpoint: p.config for p in points}.values()]:
        if network is not None:
            check_mappable(network)
    return Study(config, _ideal(config, architecture), points)


def in_place(config: ExperimentConfig) -> ExperimentConfig:
    """`config` with the files it names found from any folder, by other processes too."""
    checkpoint, dataset = config.checkpoint, config.dataset
    if checkpoint not in bundled_checkpoints():
        checkpoint = str(Path(checkpoint).resolve())
    name, images = (
        str(Path(name).resolve()) if name is not None and is_npz(name) else name
        for name in (dataset.name, config.calibration_images)
    )
    root = dataset.root or data_folder()
    dataset = dataset.model_copy(update={"name": name, "root": root and str(Path(root).resolve())})
    sweep = copy.deepcopy(config.sweep)
    for path, value in list(named_files(sweep)):
        replace_value(sweep, path, str(Path(at_home(value)).resolve()))
    changed = {"checkpoint": checkpoint, "dataset": dataset, "calibration_images": images, "sweep": sweep}
    return with_absolute_path(config).model_copy(update=changed)


def architecture_of(config: ExperimentConfig) -> Architecture | None:
    """What the checkpoint says of its network; None where that takes more than a look at the file."""
    header = read_architecture(find_checkpoint(config.checkpoint))
    try:
        return None if header is None else Architecture.model_validate(header)
    except ValidationError:  # loading the checkpoint says what is wrong
        return None


def _ideal(config: ExperimentConfig, architecture: Architecture | None) -> dict[str, Trial]:
    if architecture is not None and not architecture.is_nsm:
        return {architecture.method.name: Trial(config, "ideal_synapse")}
    return {"ideal_synapse": Trial(config, "ideal_synapse"), "ideal_neuron": Trial(config, "ideal_neuron")}


def _point(settings: dict[str, Any], config: ExperimentConfig) -> Point:
    chips = tuple(Trial(config, "hardware", chip) for chip in range(config.evaluation.chips))
    return Point(settings, config, Trial(config, "ideal_synapse"), chips)

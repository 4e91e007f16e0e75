"""The whole configuration of a training run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from crossbar_nsm.engine.sampling.config import MOST_SAMPLES
from crossbar_nsm.experiment.config.dataset_name import DatasetName
from crossbar_nsm.experiment.config.evaluation import DatasetConfig
from crossbar_nsm.mapping.learning.training_hardware import TrainingHardware
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.training.config import TrainingConfig, check_combination
from device_models.schema import Count, PathText, Schema, Seed


class TrainingDatasetConfig(DatasetConfig):
    """exclude: a data set whose images are left out of training. validation_images, drawn with split_seed, choose the
    best epoch; runs with other training seeds hold out the same images."""

    name: DatasetName = "mnist"
    exclude: PathText | None = None
    validation_images: Count = 5000
    split_seed: Seed = 0


class FinalTestConfig(Schema):
    """Evaluation of finished networks with `samples` passes per image. dataset: whose test images; by default those of
    the training data set where it keeps them apart (not mnist5k, nor a file without x_test), else none."""

    dataset: PathText | None = None
    samples: Annotated[Count, Field(le=MOST_SAMPLES)] = 100
    seed: Seed = 0


class TrainConfig(Schema):
    """Training of one network, `runs` times with the seeds training.seed, training.seed + 1, ...; `output` is the
    folder of the run, with a folder seed_N for each when there are several. hardware: device and circuits that the
    network is trained for, and tested on (null: ideal software). threads: in training (null: one for small networks,
    else all cores; see `crossbar_nsm.nsm.training.trainer.usual_threads`)."""

    network: Architecture
    dataset: TrainingDatasetConfig = TrainingDatasetConfig()
    training: TrainingConfig = TrainingConfig()
    hardware: TrainingHardware | None = None
    test: FinalTestConfig = FinalTestConfig()
    runs: Annotated[Count, Field(le=1000)] = 1
    threads: Annotated[Count, Field(le=1024)] | None = None
    output: Annotated[PathText, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _settings_fit(self) -> TrainConfig:
        check_combination(self.network, self.training)
        return self

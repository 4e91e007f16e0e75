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
    """Which images are trained on; the others choose the best epoch."""

    name: DatasetName = "mnist"
    """data set whose training images are used: a name, or the path of an .npz file"""
    exclude: PathText | None = None
    """a data set whose images are left out of training, by what they show (null: none)"""
    validation_images: Count = 5000
    """how many of the training images are held out to choose the best epoch, drawn with split_seed"""
    split_seed: Seed = 0
    """of the choice of the validation images: runs with other training seeds hold out the same ones"""


class FinalTestConfig(Schema):
    """Evaluation of finished networks."""

    dataset: PathText | None = None
    """whose test images (null: those of the training data set where it keeps them apart, not mnist5k, nor a file
    without x_test, else none)"""
    samples: Annotated[Count, Field(le=MOST_SAMPLES)] = 100
    """Monte Carlo passes per image"""
    seed: Seed = 0
    """of the draws of these passes"""


class TrainConfig(Schema):
    """Training of one network, once or with several seeds."""

    network: Architecture
    """the layers, the method that trains them and the law of the noise"""
    dataset: TrainingDatasetConfig = TrainingDatasetConfig()
    """which images are trained on"""
    training: TrainingConfig = TrainingConfig()
    """how long and how fast, and where the noise is"""
    hardware: TrainingHardware | None = None
    """device and circuits that the network is trained for, and tested on (null: ideal software)"""
    test: FinalTestConfig = FinalTestConfig()
    """evaluation of the finished network"""
    runs: Annotated[Count, Field(le=1000)] = 1
    """how many networks are trained, with the seeds training.seed, training.seed + 1, ..."""
    threads: Annotated[Count, Field(le=1024)] | None = None
    """threads in training (null: one for small networks, else all cores; see
    `crossbar_nsm.nsm.training.trainer.usual_threads`)"""
    output: Annotated[PathText, Field(min_length=1, max_length=200)]
    """folder of the run; with several runs it has a folder seed_N for each"""

    @model_validator(mode="after")
    def _settings_fit(self) -> TrainConfig:
        check_combination(self.network, self.training)
        return self

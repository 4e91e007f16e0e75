"""The whole configuration of an evaluation, composed of the sections that each package owns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from crossbar_nsm.engine.sampling.config import MOST_SAMPLES, EarlyStoppingConfig
from crossbar_nsm.experiment.config.dataset_name import DatasetName
from crossbar_nsm.experiment.config.sweep_section import Sweep
from crossbar_nsm.mapping.config import HardwareConfig
from device_models.schema import Count, NonNegative, PathText, Positive, Schema, Seed

TRAINING_PART = "training"
MOST_CHIPS = 10_000


class DatasetConfig(Schema):
    """Which images are evaluated."""

    name: DatasetName = "mnist5k"
    """`mnist5k` (comes with the installation), the path of an .npz file (with x and y, or x_train, y_train, x_test and
    y_test), or a set in the data folder: `mnist`, `fashion_mnist`, `kmnist`, `emnist_balanced`, `_byclass`, `_bymerge`,
    `_digits`, `_letters`, `_mnist`, `cifar10`, `cifar100`, `nmnist`, `nmnist_small`, `dvs_gestures`"""
    root: PathText | None = None
    """the data folder (null: the environment variable CROSSBAR_NSM_DATA); `--data DIR` sets it"""


class EvaluationConfig(Schema):
    """On how many images, with how many samples, on how many chips, and when."""

    images: Count | None = None
    """how many images are evaluated, from the first (null: all)"""
    samples: Annotated[Count, Field(le=MOST_SAMPLES)] = 100
    """Monte Carlo passes per image"""
    chips: Annotated[Count, Field(le=MOST_CHIPS)] = 1
    """how many chips are programmed and evaluated, each with cells of its own"""
    seed: Seed = 0
    """of all draws: chip number k of a seed has the same cells in every run"""
    age_s: NonNegative = 0.0
    """time since programming at which chips are evaluated [s]"""
    calibrated_at_s: NonNegative | None = None
    """time since programming at which chips were calibrated [s], not after age_s (null: at age_s)"""
    early_stopping: EarlyStoppingConfig | None = None
    """images whose decision is sure get no more passes (null: all get all)"""
    margin: Annotated[Positive, Field(lt=1)] | None = None
    """difference of error, as a fraction, within which networks count as equivalent (null: not asked); it changes no
    draw"""

    @model_validator(mode="after")
    def _calibrated_before(self) -> EvaluationConfig:
        if self.calibrated_at_s is not None and self.calibrated_at_s > self.age_s:
            raise ValueError(
                f"calibrated_at_s={self.calibrated_at_s:g} is after the evaluation at age_s={self.age_s:g}"
            )
        return self


class ExperimentConfig(HardwareConfig):
    """One evaluation, or one for each point of `sweep`."""

    checkpoint: PathText = "mnist_mlp"
    """the trained network: the name of a bundled one, or the path of a checkpoint or state_dict"""
    dataset: DatasetConfig = DatasetConfig()
    """which images are evaluated"""
    calibration_images: PathText | None = None
    """what chips are calibrated with. null: the images that the checkpoint carries, if any; `training`: 256 of the
    training part of the evaluated data set (of one without: of those that are not evaluated); or the name of a data set
    or .npz file, whose training part is meant"""
    evaluation: EvaluationConfig = EvaluationConfig()
    """on how many images, samples and chips, and when"""
    sweep: Sweep = {}
    """settings that take several values: dotted keys and a list of values or a range each; under `zip`, groups of keys
    that move together. All combinations are evaluated; see `crossbar_nsm.experiment.config.sweep_section`"""

    @model_validator(mode="after")
    def _one_array_is_one_chip(self) -> ExperimentConfig:
        if self.array.conductances is not None and self.evaluation.chips > 1:
            raise ValueError(
                f"evaluation.chips={self.evaluation.chips} with array.conductances: one measured array is one chip, "
                "and copies of it show no spread; set evaluation.chips to 1 (samples are reads of it), or sweep "
                "array.conductances over the files of several chips"
            )
        return self

    @model_validator(mode="after")
    def _age_means_something(self) -> ExperimentConfig:
        self.check_age("evaluation.age_s", self.evaluation.age_s)
        return self

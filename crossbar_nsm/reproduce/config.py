"""Configuration of the reproduction: which networks are trained, which are watched while they learn."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from crossbar_nsm.experiment.config import FinalTestConfig, TrainConfig, TrainingDatasetConfig, with_overrides
from crossbar_nsm.nsm.architecture import Architecture, LayerSpec
from crossbar_nsm.nsm.method_config import NSM_METHODS, Method
from crossbar_nsm.nsm.noise import BernoulliNoise, NoiseLaw
from crossbar_nsm.nsm.training_config import TrainingConfig, check_combination
from device_models.document import load_document
from device_models.errors import ConfigError
from device_models.schema import Count, Fraction, NonNegative, Positive, Schema, validate

TRAINED = ("nsm", "stnn", "relu")
WATCHED = ("nsm", "nsm_binconcrete", "sigmoid", "stnn", "batch_norm")


class NetworkToTrain(Schema):
    """One network of the comparison: its method and its training."""

    method: Method
    training: TrainingConfig = TrainingConfig()


class WatchConfig(Schema):
    """What is recorded while a network learns. runs: seeds. fine_steps: updates after each of which the inputs of the
    last hidden layer are looked at, then after every coarse_steps. probe_images: of the validation set.
    gradient_images, gradient_draws: for the gradients that are compared in figure 8, averaged over the draws."""

    runs: Annotated[Count, Field(le=1000)] = 3
    fine_steps: Count = 200
    coarse_steps: Count = 100
    probe_images: Annotated[Count, Field(ge=2)] = 1000
    gradient_images: Count = 1000
    gradient_draws: Count = 20


class RobustnessConfig(Schema):
    """row_sd: standard deviations of the logarithm of the factor on each weight row; copies: draws of the factors.
    bits: of fixed-point weights; ranges: of fixed-range weights, in units of the initial bound 1/sqrt(inputs)."""

    row_sd: Annotated[list[NonNegative], Field(min_length=1)] = [0.0, 0.1, 0.2, 0.5, 1.0]
    copies: Annotated[Count, Field(ge=2)] = 5
    bits: Annotated[list[Annotated[Count, Field(ge=2, le=16)]], Field(min_length=1)] = [2, 3, 4, 5, 6, 8]
    ranges: Annotated[list[Positive], Field(min_length=1)] = [0.5, 1.0, 2.0, 4.0, 8.0]
    samples: Count = 20


class ReproduceConfig(Schema):
    """One reproduction: all networks have the same layers and see the same images.

    trained: networks of Table 1 and section 3.2, `runs` seeds each. watched: networks of the figures. weight_factor: of
    the scaled NSM of Table 1.
    """

    dataset: TrainingDatasetConfig = TrainingDatasetConfig()
    layers: list[LayerSpec]
    noise: NoiseLaw = BernoulliNoise()
    test: FinalTestConfig = FinalTestConfig()
    runs: Annotated[Count, Field(le=1000)] = 1
    weight_factor: Annotated[Fraction, Field(gt=0)] = 0.1
    trained: dict[str, NetworkToTrain]
    watched: dict[str, NetworkToTrain]
    watch: WatchConfig = WatchConfig()
    robustness: RobustnessConfig = RobustnessConfig()

    @model_validator(mode="after")
    def _complete(self) -> ReproduceConfig:
        for section, needed in (("trained", TRAINED), ("watched", WATCHED)):
            missing = [name for name in needed if name not in getattr(self, section)]
            if missing:
                raise ValueError(f"{section} needs the networks {', '.join(needed)}; missing: {', '.join(missing)}")
        for section, name, allowed in (("trained", "nsm", NSM_METHODS), ("watched", "nsm", ("nsm",))):
            if (method := getattr(self, section)[name].method.name) not in allowed:
                raise ValueError(f"{section}.{name}: method {method}, allowed: {', '.join(allowed)}")
        for network in (*self.trained.values(), *self.watched.values()):
            check_combination(network.method, network.training)
        Architecture(layers=self.layers, noise=self.noise)
        return self

    def training_run(self, network: NetworkToTrain, runs: int, output: Path) -> TrainConfig:
        """The training of one of the networks."""
        return TrainConfig(
            network=Architecture(layers=self.layers, method=network.method, noise=self.noise),
            dataset=self.dataset,
            training=network.training,
            test=self.test,
            runs=runs,
            output=str(output),
        )


def load_reproduce_config(path: str | Path | None, *overrides: str) -> ReproduceConfig:
    """Read a reproduction's YAML (the one of the package when None) and lay overrides over it.

    Raises ConfigError with one "file:line: key: problem" line for every mistake.
    """
    if path is not None:
        return validate(ReproduceConfig, with_overrides(load_document(path), overrides))
    with resources.as_file(resources.files("crossbar_nsm.reproduce") / "mlp.yaml") as packaged:
        return validate(ReproduceConfig, with_overrides(load_document(packaged), overrides))


def is_reproduction(path: str | Path) -> bool:
    """Whether a YAML file describes a reproduction: it has a section `trained` or `watched`."""
    try:
        return not {"trained", "watched"}.isdisjoint(load_document(path).data)
    except ConfigError:
        return False


def check_reproduction(path: str | Path, overrides: Iterable[str] = ()) -> list[str]:
    """Every mistake of a reproduction's YAML."""
    try:
        load_reproduce_config(path, *overrides)
    except ConfigError as error:
        return error.mistakes
    return []

"""Configuration of the reproduction: which networks are trained, which are watched while they learn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from crossbar_nsm.experiment.config.bundled import find_config
from crossbar_nsm.experiment.config.checks.config_file import read_checked
from crossbar_nsm.experiment.config.checks.training_files import check_training_names
from crossbar_nsm.experiment.config.given import given_document
from crossbar_nsm.experiment.config.named_files import config_document
from crossbar_nsm.experiment.config.overrides import with_overrides
from crossbar_nsm.experiment.config.training import FinalTestConfig, TrainConfig, TrainingDatasetConfig
from crossbar_nsm.nsm.architecture import Architecture, LayerName, LayerSpec, Size
from crossbar_nsm.nsm.methods.config import NSM, NSM_METHODS, Method
from crossbar_nsm.nsm.noise import BernoulliNoise, NoiseLaw
from crossbar_nsm.nsm.training.config import TrainingConfig, check_combination
from device_models.errors import ConfigError, explained_by
from device_models.files.document import load_document
from device_models.schema import Count, Finite, Fraction, NonNegative, Positive, Schema, validate

NOISY_METHODS = (*NSM_METHODS, "sn", "stnn")
PACKAGED = (
    "mlp",
    "cnn",
    "cnn_authors",
    "cnn_emnist",
    "cnn_nmnist",
    "cifar10",
    "cifar100",
    "cifar10_narrow",
    "dvs_gestures",
)


class NetworkToTrain(Schema):
    """One network of the comparison: its method and its training."""

    method: Method
    """training method: a name, or a mapping {name: ..., settings}"""
    training: TrainingConfig = TrainingConfig()
    """how long and how fast, and where the noise is"""
    noise: NoiseLaw | None = None
    """the law of its xi (null: that of the section `noise`)"""
    start: str | None = None
    """another network of `trained`, from whose trained parameters it starts (null: random weights)"""


class WatchConfig(Schema):
    """What is recorded while a network learns."""

    runs: Annotated[Count, Field(le=1000)] = 3
    """seeds of each network"""
    fine_steps: Count = 200
    """first updates, after each of which the inputs of the last hidden layer are looked at"""
    coarse_steps: Count = 100
    """updates from one look to the next after these"""
    probe_images: Annotated[Count, Field(ge=2)] = 1000
    """images of the validation set that are looked at"""
    gradient_images: Count = 1000
    """images for the gradients that are compared in figure 8"""
    gradient_draws: Count = 20
    """draws of the noise over which these gradients are averaged"""


class RobustnessConfig(Schema):
    """What is done to the weights of trained networks."""

    row_sd: Annotated[list[NonNegative], Field(min_length=1)] = [0.0, 0.1, 0.2, 0.5, 1.0]
    """standard deviations of the logarithm of the factor on each weight row"""
    copies: Annotated[Count, Field(ge=2)] = 5
    """draws of these factors"""
    bits: Annotated[list[Annotated[Count, Field(ge=2, le=16)]], Field(min_length=1)] = [2, 3, 4, 5, 6, 8]
    """resolutions of fixed-point weights [bits]"""
    ranges: Annotated[list[Positive], Field(min_length=1)] = [0.5, 1.0, 2.0, 4.0, 8.0]
    """ranges of fixed-range weights, in units of the initial bound 1/sqrt(inputs)"""
    samples: Count = 20
    """Monte Carlo passes per image"""


class RotationConfig(Schema):
    """Test digits that are turned."""

    angles_deg: Annotated[list[Annotated[Finite, Field(ge=-360, le=360)]], Field(min_length=2)] = [
        float(angle) for angle in range(0, 181, 15)
    ]
    """angles by which they are turned [degrees]"""
    images: Count = 500
    """how many digits are turned"""
    samples: Count = 30
    """Monte Carlo passes for each"""


class ReproduceConfig(Schema):
    """One reproduction: all networks have the same layers and see the same images."""

    name: LayerName
    """of the folder for its networks: letters, digits and underscores"""
    dataset: TrainingDatasetConfig = TrainingDatasetConfig()
    """which images are trained on"""
    image: tuple[Size, Size, Size] | None = None
    """[channels, height, width] of an image, needed by convolutions (null: flat)"""
    encoding: Literal["sign", "real"] = "sign"
    """what the first layer sees of a pixel x: the `sign` of 2x - 1, or the `real` number"""
    layers: list[LayerSpec]
    """the layers of all networks in their order: hidden ones, then one of type linear"""
    noise: NoiseLaw = BernoulliNoise()
    """law of the multiplicative noise xi of the NSMs"""
    test: FinalTestConfig = FinalTestConfig()
    """evaluation of the finished networks"""
    runs: Annotated[Count, Field(le=1000)] = 1
    """seeds of each network of `trained`"""
    weight_factor: Annotated[Fraction, Field(gt=0)] = 0.1
    """factor on the weights of the scaled NSM of Table 1"""
    trained: dict[LayerName, NetworkToTrain] = {}
    """networks of the tables, by name"""
    watched: dict[LayerName, NetworkToTrain] = {}
    """networks of the figures, by name"""
    watch: WatchConfig = WatchConfig()
    """what is recorded while the watched networks learn"""
    robustness: RobustnessConfig = RobustnessConfig()
    """what is done to the weights in the study of robustness"""
    rotation: RotationConfig = RotationConfig()
    """angles and images of the rotated digits"""

    @model_validator(mode="after")
    def _networks_fit(self) -> ReproduceConfig:
        for section, name, allowed in (("trained", "nsm", NSM_METHODS), ("watched", "nsm", ("nsm",))):
            network = getattr(self, section).get(name)
            if network is not None and network.method.name not in allowed:
                raise ValueError(f"{section}.{name}: method {network.method.name}, allowed: {', '.join(allowed)}")
        for section in ("trained", "watched"):
            for name, network in getattr(self, section).items():
                self._check_start(section, name, network)
                check_combination(self.architecture(network), network.training)
        Architecture(layers=self.layers, noise=self.noise, image=self.image, encoding=self.encoding)
        return self

    def _check_start(self, section: str, name: str, network: NetworkToTrain) -> None:
        others = [other for other, given in self.trained.items() if other != name and given.start is None]
        if network.start is not None and (section == "watched" or network.start not in others):
            raise ValueError(
                f"{section}.{name}.start: {network.start}, allowed: trained networks that start by themselves "
                f"({', '.join(others) or 'none'})"
            )

    def architecture(self, network: NetworkToTrain) -> Architecture:
        """The architecture of one of the networks."""
        return Architecture(
            layers=self.layers,
            method=network.method,
            noise=network.noise or self.noise,
            image=self.image,
            encoding=self.encoding,
        )

    def passes(self, name: str, samples: int) -> int:
        """How many passes an image takes of the trained network `name` that is asked for `samples`."""
        return samples if self.trained[name].method.name in NOISY_METHODS else 1

    def needs(self, study: str, section: Literal["trained", "watched"], names: tuple[str, ...]) -> None:
        """Raises ConfigError when networks that a study compares are not described."""
        missing = [name for name in names if name not in getattr(self, section)]
        if missing:
            raise ConfigError(
                f"{study}: configuration {self.name} has no {section} network {', '.join(missing)}; {study} needs "
                f"{', '.join(names)}"
            )

    def training_run(self, network: NetworkToTrain, runs: int, output: Path) -> TrainConfig:
        """The training of one of the networks."""
        return TrainConfig(
            network=self.architecture(network),
            dataset=self.dataset,
            training=network.training,
            test=self.test,
            runs=runs,
            output=str(output),
        )


@explained_by("reproduce_the_paper")
def load_reproduce_config(name_or_path: Mapping[str, Any] | str | Path, *overrides: str) -> ReproduceConfig:
    """Read a reproduction's YAML, one of the package (`PACKAGED`) by its name, and lay overrides over it; a mapping
    stands for such a file.

    Raises ConfigError with one "file:line: key: problem" line for every mistake.
    """
    if isinstance(name_or_path, Mapping):
        return validate(ReproduceConfig, with_overrides(given_document(name_or_path), overrides))
    if str(name_or_path) not in PACKAGED:
        _check_path(name_or_path)
        return validate(ReproduceConfig, config_document(name_or_path, overrides))
    with resources.as_file(resources.files("crossbar_nsm.reproduce") / f"{name_or_path}.yaml") as packaged:
        return validate(ReproduceConfig, with_overrides(load_document(packaged), overrides))


def _check_path(path: str | Path) -> None:
    if not Path(path).exists() and Path(path).suffix not in (".yaml", ".yml"):
        raise ConfigError(f"configuration {path}: no such file; in the package are {', '.join(PACKAGED)}")


def is_reproduction(path: str | Path) -> bool:
    """Whether a YAML file describes a reproduction: it has a section `trained` or `watched`."""
    try:
        return not {"trained", "watched"}.isdisjoint(load_document(find_config(path)).data)
    except ConfigError:
        return False


def check_reproduction(path: str | Path, overrides: Iterable[str] = ()) -> list[str]:
    """Every mistake of a reproduction's YAML, missing checkpoints and data sets included."""
    document, config, mistakes = read_checked(path, overrides, partial(validate, ReproduceConfig))
    architecture = None if config is None else config.architecture(NetworkToTrain(method=NSM()))
    sections = {section: document.data.get(section) for section in ("trained", "watched")}
    trainings = [(section, name, "training") for section, given in sections.items()
                 if isinstance(given, dict) for name in given]  # fmt: skip
    return mistakes + check_training_names(document, architecture, trainings)

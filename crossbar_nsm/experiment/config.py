"""The whole configuration of an evaluation, composed of the sections that each package owns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, model_validator

from crossbar_nsm.engine.sampling.config import MOST_SAMPLES, EarlyStoppingConfig
from crossbar_nsm.experiment.sweep_config import Sweep, combinations, path_of, settings_text, sweep_factors
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.learning.training_hardware import TrainingHardware
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.training.config import TrainingConfig, check_combination
from device_models.catalogue import ALTERNATIVES, device_document
from device_models.checks.arguments import a_path, a_text, checked
from device_models.errors import MOST_MISTAKES, ConfigError
from device_models.files.document import Document, Path_, load_document, nested, override_place, parse_override
from device_models.schema import Count, NonNegative, Positive, Schema, Seed, validate

TRAINING_PART = "training"
MOST_CHIPS = 10_000


class DatasetConfig(Schema):
    """name: `mnist5k` (comes with the installation), the path of an .npz file (with x and y, or x_train, y_train,
    x_test and y_test), or a set in the data folder: `mnist`,
    `fashion_mnist`, `emnist_balanced`, `_byclass`, `_bymerge`, `_digits`, `_letters`, `_mnist`, `cifar10`, `cifar100`,
    `nmnist`, `nmnist_small`, `dvs_gestures`. root: the data folder."""

    name: str = "mnist5k"
    root: str | None = None


class EvaluationConfig(Schema):
    """images: how many, from the first (null: all). samples: Monte Carlo passes per image. chips: how many to program.
    age_s: time since programming at which chips are evaluated; calibrated_at_s: at which they were calibrated (null: at
    age_s). early_stopping: images whose decision is sure get no more passes (null: all get all). margin: difference of
    error, as a fraction, within which networks count as equivalent (null: not asked); it changes no draw."""

    images: Count | None = None
    samples: Annotated[Count, Field(le=MOST_SAMPLES)] = 100
    chips: Annotated[Count, Field(le=MOST_CHIPS)] = 1
    seed: Seed = 0
    age_s: NonNegative = 0.0
    calibrated_at_s: NonNegative | None = None
    early_stopping: EarlyStoppingConfig | None = None
    margin: Annotated[Positive, Field(lt=1)] | None = None

    @model_validator(mode="after")
    def _calibrated_before(self) -> EvaluationConfig:
        if self.calibrated_at_s is not None and self.calibrated_at_s > self.age_s:
            raise ValueError(
                f"calibrated_at_s={self.calibrated_at_s:g} is after the evaluation at age_s={self.age_s:g}"
            )
        return self


class ExperimentConfig(HardwareConfig):
    """One evaluation, or one for each point of `sweep` (see `crossbar_nsm.experiment.sweep_config`).

    calibration_images: what chips are calibrated with. null: the images that the checkpoint carries, if any;
    `training`: 256 of the training part of the evaluated data set (of one without: of those that are not evaluated); or
    the name of a data set or .npz file, whose training part is meant."""

    checkpoint: str = "mnist_mlp"
    dataset: DatasetConfig = DatasetConfig()
    calibration_images: str | None = None
    evaluation: EvaluationConfig = EvaluationConfig()
    sweep: Sweep = {}

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


class TrainingDatasetConfig(DatasetConfig):
    """exclude: a data set whose images are left out of training. validation_images, drawn with split_seed, choose the
    best epoch; runs with other training seeds hold out the same images."""

    name: str = "mnist"
    exclude: str | None = None
    validation_images: Count = 5000
    split_seed: Seed = 0


class FinalTestConfig(Schema):
    """Evaluation of finished networks with `samples` passes per image. dataset: whose test images; by default those of
    the training data set where it keeps them apart (not mnist5k, nor a file without x_test), else none."""

    dataset: str | None = None
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
    output: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _settings_fit(self) -> TrainConfig:
        check_combination(self.network, self.training)
        return self


@checked(path=a_path, overrides=a_text)
def load_config(path: str | Path, *overrides: str) -> ExperimentConfig:
    """Read an evaluation's YAML, lay `dotted.key=value` overrides over it, check everything (sweep points too).

    Raises ConfigError with one "file:line: key: problem" line for every mistake.
    """
    return resolve(load_document(path), overrides)


@checked(path=a_path, overrides=a_text)
def load_train_config(path: str | Path, *overrides: str) -> TrainConfig:
    """As `load_config`, for a training run."""
    return resolve_training(with_overrides(load_document(path), overrides))


def resolve_training(document: Document) -> TrainConfig:
    """A TrainConfig from a document, the names of its devices resolved."""
    return _validated(document, TrainConfig, ("hardware",))


def resolve(document: Document, overrides: Iterable[str] = ()) -> ExperimentConfig:
    """An ExperimentConfig from a document and overrides; every point of its sweep is checked."""
    document = with_overrides(document, overrides)
    try:
        config, wrong = _validated(document, ExperimentConfig), []
    except ConfigError as error:
        config, wrong = None, error.mistakes
    wrong += _mistakes_at_points(document, wrong)
    if config is None or wrong:
        raise ConfigError(wrong)
    return config


def _mistakes_at_points(document: Document, known: list[str]) -> list[str]:
    """What is wrong at points of the sweep beyond what is known of the configuration; each mistake once."""
    sweep = document.data.get("sweep")
    points = list(combinations(sweep_factors(sweep)[0])) if isinstance(sweep, dict) else []
    wrong: dict[str, list[dict[str, Any]]] = {}
    base = _without_sweep(document)
    for settings in points:
        try:
            _at_point(base, document, settings)
        except ConfigError as error:
            for line in dict.fromkeys(error.mistakes):
                wrong.setdefault(line, []).append(settings)
        if len(wrong) > MOST_MISTAKES:
            break
    return [line + _which(having, points) for line, having in wrong.items() if line not in known]


def _which(having: list[dict[str, Any]], points: list[dict[str, Any]]) -> str:
    """Which of the points have a mistake: those with certain settings, or the first of them; nothing when all have."""
    first = having[0]
    shared = {key: value for key, value in first.items() if all(point[key] == value for point in having)}
    if len(having) == sum(all(point[key] == value for key, value in shared.items()) for point in points):
        return f" (sweep: {settings_text(shared)})" if shared else ""
    return f" (sweep: {settings_text(first)}" + (f"; and {len(having) - 1} more)" if len(having) > 1 else ")")


def at_point(document: Document, settings: dict[str, Any]) -> ExperimentConfig:
    """The configuration of one sweep point: `settings` set, no sweep."""
    return next(at_points(document, [settings]))


def at_points(document: Document, points: Iterable[dict[str, Any]]) -> Iterator[ExperimentConfig]:
    """`at_point` of many points."""
    base = _without_sweep(document)
    return (_at_point(base, document, settings) for settings in points)


def _without_sweep(document: Document) -> Document:
    data = {key: value for key, value in document.data.items() if key != "sweep"}
    return Document(data, {path: place for path, place in document.where.items() if path[:1] != ("sweep",)})


def _at_point(base: Document, document: Document, settings: dict[str, Any]) -> ExperimentConfig:
    """`at_point` for one of many points; base: the document without its sweep."""
    sweep, point = document.data.get("sweep") or {}, base.copy()
    for key, value in sorted(settings.items(), key=lambda item: item[0].count(".")):  # a section before its keys
        place = document.place(("sweep", *path_of(sweep, key)))
        _set(point, tuple(key.split(".")), value, place)
    return _validated(point, ExperimentConfig)


Resolved = TypeVar("Resolved", bound=Schema)


def _validated(document: Document, model: type[Resolved], hardware: Path_ = ()) -> Resolved:
    """The configuration of a document, which names devices in its section `hardware` (or at its top); a device that
    cannot be loaded does not hide the other mistakes."""
    full, wrong = _with_devices(document, hardware)
    try:
        config = validate(model, full)
    except ConfigError as error:
        wrong = [*wrong, *error.mistakes]
    if wrong:
        raise ConfigError(wrong)
    return config


def sweep_points(config: ExperimentConfig) -> list[dict[str, Any]]:
    """All combinations of the sweep's values, in the order in which they are written; none without a sweep."""
    return list(combinations(sweep_factors(config.sweep)[0]))


def with_overrides(document: Document, overrides: Iterable[str]) -> Document:
    """`document` with every dotted.key=value laid over it, in order."""
    document = document.copy()
    for text in overrides:
        path, value = parse_override(text)
        _set(document, path, value, override_place(text))
    return document


def _set(document: Document, path: Path_, value: Any, place: str) -> None:
    """Change a document. A preset name in the way of a longer path becomes {preset: name}; alternatives to a device law
    are dropped."""
    for end in range(1, len(path)):
        parent = document.get(path[:end])
        if isinstance(parent, str) and path[end - 1] == "device":
            document.lay_over(nested((*path[:end], "preset"), parent, document.place(path[:end])))
        elif parent is not None and not isinstance(parent, dict):
            raise ConfigError(f"{place}: {'.'.join(map(str, path[:end]))} holds no sections of its own")
    if isinstance(value, dict) and document.get(path) is not None:
        document.clear(path)  # a mapping replaces what was there
    document.lay_over(nested(path, value, place), _device_alternatives(path))


def _device_alternatives(path: Path_) -> list[tuple[Path_, list[set[str]]]]:
    if "device" not in path:
        return []
    device = path[: path.index("device") + 1]
    return [((*device, *where), groups) for where, groups in ALTERNATIVES]


def _with_devices(document: Document, hardware: Path_) -> tuple[Document, list[str]]:
    """`document` with every device name or partial mapping replaced by the full description, and what went wrong."""
    document, mistakes = document.copy(), []
    layers = document.get((*hardware, "layers"))
    names = list(layers) if isinstance(layers, dict) else []
    for path in [(*hardware, "device"), *((*hardware, "layers", name, "device") for name in names)]:
        given = document.get(path)
        if not isinstance(given, (str, dict)):
            continue
        try:
            full = device_document(given if isinstance(given, str) else document.part(path), document.place(path))
        except ConfigError as error:
            mistakes += error.mistakes
            full = device_document("ideal")
        document.drop(path)
        document.lay_over(_moved(full, path))
    return document, mistakes


def _moved(document: Document, path: Path_) -> Document:
    moved = nested(path, document.data, document.place(()))
    moved.where.update({(*path, *key): place for key, place in document.where.items()})
    return moved

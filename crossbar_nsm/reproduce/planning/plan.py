"""What a study will do and about how long it takes, before it starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crossbar_nsm.datasets.catalogue import DESCRIPTIONS, TEST_IMAGES, check_name
from crossbar_nsm.datasets.npz import shape_of
from crossbar_nsm.experiment.training.run_folder import run_folders
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.reproduce.catalogue import ON_MNIST, STUDIES, study_config, study_folder
from crossbar_nsm.reproduce.config import NetworkToTrain, ReproduceConfig
from crossbar_nsm.reproduce.planning.rates import Rates, rates
from crossbar_nsm.reproduce.quick import BUNDLED, Counts, images_of, quick_config
from crossbar_nsm.reproduce.reproduction import RunContext
from crossbar_nsm.reproduce.trained import folder_of
from crossbar_nsm.reproduce.training_record import PROBE_PASSES, record_path
from device_models.checks.arguments import a_flag, a_function, a_path, a_text, an_override, checked, optional, path_or
from device_models.errors import ConfigError, DatasetError, explained_by
from device_models.files.frames import frame
from device_models.shown import shown

if TYPE_CHECKING:
    import polars

TRAINING_IMAGES = {
    "mnist5k": 5000, "mnist": 60000, "fashion_mnist": 60000, "emnist_balanced": 112800, "emnist_byclass": 697932,
    "emnist_bymerge": 697932, "emnist_digits": 240000, "emnist_letters": 124800, "emnist_mnist": 60000,
    "cifar10": 50000, "cifar100": 50000, "nmnist": 60000, "nmnist_small": 1000, "dvs_gestures": 1077,
}  # fmt: skip
EVENT_TEST_IMAGES = {"nmnist": 10000, "nmnist_small": 100, "dvs_gestures": 264}
Doing = Literal["train", "go on", "reuse", "watch", "evaluate"]
Section = Literal["trained", "watched"]
Measure = Callable[[Architecture, TrainingConfig], Rates]
GRADIENTS = 3  # estimates that are compared (fig8), each of gradient_draws passes, and one deterministic pass


@shown
@dataclass(frozen=True)
class Step:
    """One network of the section `trained`, or `watched`. doing: trained anew, further or not at all, watched while it
    learns, or evaluated. runs: seeds. epochs: of every run. seconds: an estimate
    (NaN where the data set is missing)."""

    study: str
    doing: Doing
    section: Section
    network: str
    runs: int
    epochs: int
    seconds: float


@shown
@dataclass(frozen=True)
class ReproductionPlan:
    """configs: by study, before `quick` makes them small. steps: in order; what several studies share is there once.
    folder: for everything that is written. missing: why it cannot run now (a data set that is not there), else None."""

    configs: dict[str, ReproduceConfig]
    steps: list[Step]
    folder: Path
    quick: bool
    missing: str | None

    @property
    def studies(self) -> list[str]:
        """Their names, in order."""
        return list(self.configs)

    @property
    def seconds(self) -> float:
        """Of all steps: an estimate from a few measured batches."""
        return sum(step.seconds for step in self.steps)

    def as_dict(self) -> dict[str, Any]:
        """What `reproduce NAME --dry-run --json` prints; config is None for several studies."""
        configs = [config.model_dump(mode="json") for config in self.configs.values()]
        return {
            "config": configs[0] if len(configs) == 1 else None,
            "rows": [asdict(step) for step in self.steps],
            "seconds": self.seconds, "folder": str(self.folder), "quick": self.quick, "missing": self.missing,
        }  # fmt: skip

    def table(self) -> polars.DataFrame:
        """One row per network that is trained, taken from earlier runs, watched or evaluated."""
        return frame(self.as_dict()["rows"])


@explained_by("reproduce_the_paper")
@checked(
    name=a_text, config=optional(path_or(ReproduceConfig)), overrides=an_override, out=a_path, quick=a_flag,
    progress=a_function,
)  # fmt: skip
def plan_reproduction(
    name: str,
    config: ReproduceConfig | Mapping[str, Any] | str | Path | None = None,
    *overrides: str,
    out: str | Path = "out/paper",
    quick: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ReproductionPlan:
    """What `reproduce_paper` with the same arguments will train, take from earlier runs and evaluate, with an estimate
    of the time, for which a few batches of each network are run on random images. name: a study, or `all` of MNIST.

    Nothing is written. progress(done, total) counts studies. Raises
    ConfigError for mistakes of the configuration, DatasetError for an .npz file that is not there.
    """
    if name == "all" and config is not None:
        raise ConfigError("all: runs every study of MNIST with its own configuration; leave --config out")
    names, folder = ON_MNIST if name == "all" else (name,), study_folder(out, quick)
    configs = {study: study_config(study, config, *overrides) for study in names}
    steps: dict[tuple[object, ...], Step] = {}
    for done, (study, given) in enumerate(configs.items()):
        progress(done, len(configs))
        for step in _steps(study, given, folder, quick):
            evaluated = study if step.doing == "evaluate" else None  # a training serves every study that needs it
            steps.setdefault((given.name, step.section, step.network, evaluated), step)
    progress(len(configs), len(configs))
    missing = next(filter(None, (missing_data(given, quick) for given in configs.values())), None)
    return ReproductionPlan(configs, list(steps.values()), folder, quick, missing)


def missing_data(config: ReproduceConfig, quick: bool = False) -> str | None:
    """Why the images of a study cannot be read, None where they are there."""
    settings = config.dataset
    if quick and settings.name in BUNDLED:
        return None
    wanted = [(settings.name, "train"), (config.test.dataset or settings.name, "test"), (settings.exclude, "train")]
    try:
        for name, split in wanted:
            if name in DESCRIPTIONS:
                DESCRIPTIONS[name].files(split, settings.root)  # type: ignore[arg-type]
            elif name is not None:
                check_name(name)
    except DatasetError as error:
        return str(error)
    return None


def image_counts(config: ReproduceConfig) -> Counts:
    """Images of the data set as published, of which some may be missing here; of an .npz file those that it has."""
    settings, test = config.dataset, config.test.dataset or config.dataset.name
    excluded = TRAINING_IMAGES.get(settings.exclude or "", 0)
    training = _count(settings.name, TRAINING_IMAGES, "train") - excluded - settings.validation_images
    return Counts(max(training, 2), settings.validation_images, _count(test, TEST_IMAGES | EVENT_TEST_IMAGES, "test"))


def _count(name: str, known: dict[str, int], split: Literal["train", "test"]) -> int:
    if name in known:
        return known[name]
    check_name(name)
    return shape_of(Path(name), split)[0]


def _steps(study: str, given: ReproduceConfig, folder: Path, quick: bool) -> list[Step]:
    """Trainings first, then evaluations."""
    config, counts = given, images_of(given) if quick else image_counts(given)
    if quick:
        config = quick_config(given, folder)
    measure = rates if missing_data(given, quick) is None else _unknown_rates
    context, item = RunContext(config, folder, lambda _label: lambda _done, _total, _note: None), STUDIES[study]
    trained, watched = item.networks(config)
    steps = [_training(study, name, context, counts, measure) for name in trained]
    steps += [_watching(study, name, context, counts, measure) for name in watched]
    for name, passes in item.passes(config, counts.test).items():
        network = config.trained[name]
        one_pass_s = measure(config.architecture(network), network.training).evaluation_s
        steps.append(Step(study, "evaluate", "trained", name, config.runs, 0, config.runs * passes * one_pass_s))
    return steps


def _training(study: str, name: str, context: RunContext, counts: Counts, measure: Measure) -> Step:
    config, network = context.config, context.config.trained[name]
    run = config.training_run(network, config.runs, folder_of(name, context))
    finished = [folder / "result.json" for folder in run_folders(run).values()]
    started = [folder / "state.pt" for folder in run_folders(run).values()]
    left = [path for path in finished if not path.exists()]
    doing: Doing = "reuse" if not left else "go on" if any(path.exists() for path in started) else "train"
    epochs = network.training.epochs if left else 0
    if not left:
        return Step(study, doing, "trained", name, config.runs, epochs, 0.0)
    measured = measure(config.architecture(network), network.training)
    seconds = len(left) * epochs * _epoch_s(network, counts, measured)
    return Step(study, doing, "trained", name, config.runs, epochs, seconds)


def _watching(study: str, name: str, context: RunContext, counts: Counts, measure: Measure) -> Step:
    config, network = context.config, context.config.watched[name]
    left = [number for number in range(config.watch.runs) if not _recorded(name, number, context)]
    if not left:
        return Step(study, "reuse", "watched", name, config.watch.runs, 0, 0.0)
    epochs, measured = network.training.epochs, measure(config.architecture(network), network.training)
    one_s = epochs * _epoch_s(network, counts, measured) + _looks_s(config, name, counts, measured)
    return Step(study, "watch", "watched", name, config.watch.runs, epochs, len(left) * one_s)


def _unknown_rates(_network: Architecture, _training: TrainingConfig) -> Rates:
    """Of what cannot be done: large networks would be measured for minutes."""
    return Rates(math.nan, math.nan, math.nan)


def _recorded(name: str, number: int, context: RunContext) -> bool:
    try:
        return record_path(name, number, context).exists()
    except OSError:  # images that are part of its name are not there yet
        return False


def _epoch_s(network: NetworkToTrain, counts: Counts, one: Rates) -> float:
    training = network.training
    return counts.training * one.update_s + counts.validation * training.validation_samples * one.validation_s


def _looks_s(config: ReproduceConfig, name: str, counts: Counts, one: Rates) -> float:
    """Of the probe images that are looked at, and of the gradients that are compared after every epoch."""
    watch, training = config.watch, config.watched[name].training
    updates = training.epochs * math.ceil(counts.training / training.batch_size)
    looks = 1 + min(watch.fine_steps, updates) + max(updates - watch.fine_steps, 0) // watch.coarse_steps
    compared = name == "nsm" and "nsm_binconcrete" in config.watched
    draws = (training.epochs + 1) * (GRADIENTS * watch.gradient_draws + 1) if compared else 0
    looks_s = looks * watch.probe_images * (1 + PROBE_PASSES) * one.validation_s
    return looks_s + draws * watch.gradient_images * one.update_s

"""Fine-tuning of one programmed chip with the chip in the loop, and what it brought on other images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from crossbar_nsm.datasets.catalogue import keeps_test_images_apart, read_dataset
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.given import given_document
from crossbar_nsm.experiment.config.load import ConfigLike, load_config
from crossbar_nsm.experiment.images.evaluation import evaluation_images
from crossbar_nsm.experiment.images.fit import check_size
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.mapping.learning.chip_tuning import OnBatch, TuningReport, tune_chip
from crossbar_nsm.mapping.learning.tuning_config import TuningConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.statistics.metrics import Metrics, measure, wrong
from crossbar_nsm.statistics.paired import PairedDifference, paired_difference
from device_models.checks.arguments import (
    a_function,
    a_name_or_path,
    an_override,
    checked,
    instance_of,
    optional,
    path_or,
    whole_number,
)
from device_models.errors import ConfigError, DatasetError, explained_by
from device_models.files.frames import frame
from device_models.numerics import usual_numerics
from device_models.schema import validate
from device_models.shown import shown

if TYPE_CHECKING:
    import polars

TRAINING_SETS = {"mnist5k": "mnist"}  # of data sets that do not keep training images apart


@shown
@dataclass(frozen=True)
class Tuning:
    """before, after: on the evaluation images, with the same draws of the reads; difference: of the error, paired by
    image."""

    chip: MappedNetwork
    report: TuningReport
    images: int
    before: Metrics
    after: Metrics
    difference: PairedDifference

    def as_dict(self) -> dict[str, Any]:
        """What `tune --json` prints beside the configuration."""
        of = self.difference
        compared = {"difference": of.difference, "difference_low": of.low, "difference_high": of.high}
        return {
            "rows": [
                {"name": "as calibrated", **asdict(self.before), **dict.fromkeys(compared), "mcnemar_p": None},
                {"name": "tuned", **asdict(self.after), **compared, "mcnemar_p": of.mcnemar_p},
            ],
            "images": self.images,
            "epochs": [asdict(epoch) for epoch in self.report.epochs],
            "best_epoch": self.report.best.epoch,
        }

    def table(self) -> polars.DataFrame:
        """The chip as calibrated, and tuned, with the difference of its error."""
        return frame(self.as_dict()["rows"])


@explained_by("train_for_a_device")
@checked(
    config=path_or(ExperimentConfig), overrides=an_override,
    settings=optional(instance_of(TuningConfig, Mapping, of="a TuningConfig or a dict of its settings")),
    images=whole_number(1), train_on=optional(a_name_or_path), chip=whole_number(),
    progress=a_function, on_batch=a_function,
)  # fmt: skip
@usual_numerics()
def tune(
    config: ConfigLike,
    *overrides: str,
    settings: TuningConfig | Mapping[str, Any] | None = None,
    images: int = 5000,
    train_on: str | None = None,
    chip: int = 0,
    progress: Callable[[str], Progress] = lambda _label: lambda _done, _total: None,
    on_batch: OnBatch = lambda _done, _total, _note: None,
) -> Tuning:
    """Program a chip as `config` says and tune its gains and thresholds on `images` training images of the data set
    train_on (default: the configuration's; `mnist` for mnist5k), none of which is evaluated.

    progress(label)(done, total) follows the evaluations, on_batch the tuning. Raises what reading the configuration,
    data and checkpoint raises.
    """
    if not isinstance(config, ExperimentConfig):
        config = load_config(config, *overrides)
    if not isinstance(settings, TuningConfig):
        settings = validate(TuningConfig, given_document(settings or {}, "settings"))
    net = load_checkpoint(config.checkpoint)
    data = evaluation_images(config, net)
    training = training_images(config, data, images, train_on, settings.seed)
    check_size("of training images", training.images.shape[1:], net.architecture)
    mapped = map_network(net, config, chip=chip)
    samples = config.evaluation.samples
    before = mapped.predict(data.images, samples, progress("as calibrated")).numpy()
    report = tune_chip(mapped, training.images, training.labels, settings, on_batch)
    mapped.net.remember_training_images(training.images)  # which a saved chip takes along
    mapped.reset()
    after = mapped.predict(data.images, samples, progress("tuned")).numpy()
    mapped.reset()
    return Tuning(
        mapped,
        report,
        len(data),
        measure(before, data.labels),
        measure(after, data.labels),
        paired_difference(wrong(after, data.labels)[None], wrong(before, data.labels)),
    )


def training_images(
    config: ExperimentConfig, evaluated: Dataset, count: int, train_on: str | None, seed: int
) -> Dataset:
    """`count` random training images, drawn with `seed`, none of them among those that are evaluated."""
    name = train_on or TRAINING_SETS.get(config.dataset.name, config.dataset.name)
    if train_on is None and not keeps_test_images_apart(name):
        raise ConfigError(
            f"tune: data set {name} has no training images of its own; name another with --train-on, mnist say"
        )
    data = read_dataset(name, "train", config.dataset.root).without(evaluated)
    if len(data) <= count:
        raise DatasetError(
            f"tune: {count} images were asked for, data set {name} has {len(data)} that are not evaluated; ask for "
            "fewer (--images)"
        )
    return data.split(count, seed)[1]

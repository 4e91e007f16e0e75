"""A programmed chip over time: calibrated once, or again at every time at which it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import ConfigLike
from crossbar_nsm.experiment.evaluate import network_of, run_trial
from crossbar_nsm.experiment.images.evaluation import evaluation_images
from crossbar_nsm.experiment.network_on_chip import predict, programmed
from crossbar_nsm.experiment.progress import ProgressOf, no_progress
from crossbar_nsm.experiment.single_point import single_point
from crossbar_nsm.experiment.split_hint import suggest_split
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.statistics.intervals import mean_interval, ratio_interval
from crossbar_nsm.statistics.metrics import Metrics, label_nll, measure
from crossbar_nsm.statistics.over_chips import metrics_over_chips
from device_models.checks.arguments import a_function, a_number, an_override, checked, each, optional, path_or
from device_models.errors import ConfigError, explained_by
from device_models.files.frames import frame
from device_models.number_text import time_text
from device_models.numerics import usual_numerics
from device_models.shown import shown

if TYPE_CHECKING:
    import polars

YEAR_S = 3.15576e7


@shown
@dataclass(frozen=True)
class AgeRow:
    """Chips at one age: means over chips, fractions and nats; chip_sd of the NLL (None for one chip). excess_nll: over
    the ideal network on the same images, with its 95 % interval over images and chips. beta_ratio,
    c_error: median over neurons of recovered / trained beta and mean |recovered - trained| c, by exact moments (NaN:
    not known, for want of calibration images). nll_capped: see `Metrics`."""

    age_s: float
    recalibrated: bool
    error: float
    nll: float
    brier: float
    ece: float
    entropy: float
    nll_capped: float
    chip_sd: float | None
    excess_nll: float
    excess_nll_low: float
    excess_nll_high: float
    beta_ratio: float
    c_error: float
    images: int
    samples: int
    chips: int


@shown
@dataclass(frozen=True)
class Gain:
    """What recalibration leaves of the excess NLL at one age: ratio = with / without, and its one-sided upper 95 %
    bound over images and chips (see `crossbar_nsm.statistics.intervals`). None where the excess without recalibration
    is not significantly above 0: there is nothing of which something is left."""

    age_s: float
    ratio: float | None
    upper: float | None


@shown
@dataclass(frozen=True)
class ChipAgeing:
    """rows: first as calibrated at the first age, then for every age with settings kept and calibrated anew."""

    config: ExperimentConfig
    ideal: Metrics
    rows: list[AgeRow]
    gains: list[Gain]

    def as_dict(self) -> dict[str, Any]:
        """What `ageing --json` prints."""
        return {
            "config": self.config.model_dump(mode="json"),
            "rows": [asdict(row) for row in self.rows],
            "ideal": asdict(self.ideal),
            "recalibration": [asdict(gain) for gain in self.gains],
        }

    def table(self) -> polars.DataFrame:
        """One row per age and kind of settings."""
        return frame(asdict(row) for row in self.rows)


@dataclass(frozen=True)
class _AgedChip:
    """One chip at one age with one kind of settings; probability (images, classes). The rest as in `AgeRow`."""

    probability: np.ndarray
    beta_ratio: float
    c_error: float


@explained_by("age_chips")
@checked(
    config=path_or(ExperimentConfig), overrides=an_override, ages_s=optional(each(a_number())), progress=a_function
)
@usual_numerics()
def ageing(
    config: ConfigLike,
    *overrides: str,
    ages_s: Sequence[float] | None = None,
    progress: ProgressOf = no_progress,
) -> ChipAgeing:
    """Program `evaluation.chips` chips, calibrate each at the first of ages_s, and evaluate it at all of them with the
    settings kept and with settings calibrated anew.

    ages_s: times since programming [s], rising (default: 20 s to a year). Raises ConfigError for ages that do not rise,
    for a sweep, or for a device that does not change with time.
    """
    config = single_point(config, overrides, "ageing")
    ages = list(default_ages_s() if ages_s is None else ages_s)
    _check(config, ages)
    net = network_of(config)
    data, evaluation = evaluation_images(config, net), config.evaluation
    suggest_split([Trial(config, "hardware", chip) for chip in range(evaluation.chips)], predictions=2 * len(ages) - 1)
    ideal = run_trial(Trial(config, "ideal_synapse"), progress("ideal_synapse")).prediction.probability
    chips = _aged_chips(net, config, ages, data.images, progress)
    reference = label_nll(ideal, data.labels)
    excess = {
        key: np.stack([label_nll(chip.probability, data.labels) for chip in aged]) - reference
        for key, aged in chips.items()
    }
    rows = [_row(key, aged, excess[key], data.labels, evaluation.samples) for key, aged in chips.items()]
    gains = [_gain(age_s, excess[age_s, True], excess[age_s, False]) for age_s in ages[1:]]
    return ChipAgeing(config, measure(ideal, data.labels), rows, gains)


def _aged_chips(
    net: Network, config: ExperimentConfig, ages_s: list[float], images: np.ndarray, progress: ProgressOf
) -> dict[tuple[float, bool], list[_AgedChip]]:
    """By age and whether calibrated anew, every chip; each is programmed once."""
    evaluation = config.evaluation.model_copy(update={"age_s": ages_s[0], "calibrated_at_s": None})
    aged: dict[tuple[float, bool], list[_AgedChip]] = {}
    for number in range(evaluation.chips):
        young = programmed(net, config.model_copy(update={"evaluation": evaluation}), chip=number)
        for age_s in ages_s:
            for anew in (False, True) if age_s > ages_s[0] else (True,):
                chip = young.at_age(age_s, recalibrate=anew)
                label = f"chip {number}, {time_text(age_s, 2)}, {'calibrated anew' if anew else 'settings kept'}"
                probability = predict(chip, images, evaluation, progress(label)).probability
                layers = chip.calibration.values()
                ratios = np.concatenate([(c.recovered_beta / c.trained_beta).ravel() for c in layers])
                errors = np.concatenate([np.abs(c.recovered_c - c.trained_c).ravel() for c in layers])
                one = _AgedChip(probability, float(np.median(ratios)), float(errors.mean()))
                aged.setdefault((age_s, anew), []).append(one)
    return aged


def default_ages_s() -> list[float]:
    """20 s to a year, in even steps of the logarithm."""
    return [float(f"{age_s:.4g}") for age_s in np.geomspace(20.0, YEAR_S, 7)]


def _check(config: ExperimentConfig, ages: list[float]) -> None:
    if len(ages) < 2 or not all(0 <= a < b < np.inf for a, b in pairwise(ages)):
        given = ", ".join(f"{age_s:g}" for age_s in ages)
        raise ConfigError(f"ages: {given or 'none'}: expected two or more rising times since programming [s], from 0")
    devices = [config.device, *(layer.device for layer in config.layers.values())]
    if not any(device.changes_with_time for device in devices):
        raise ConfigError(f"{config.device.name} has {config.device.no_ageing}: it does not age")


def _row(
    key: tuple[float, bool], aged: list[_AgedChip], excess: np.ndarray, labels: np.ndarray, samples: int
) -> AgeRow:
    of_chips = metrics_over_chips(np.stack([chip.probability for chip in aged]), labels)
    low, high = mean_interval(excess)
    return AgeRow(
        age_s=key[0],
        recalibrated=key[1],
        **{name: values.mean for name, values in of_chips.items()},
        chip_sd=of_chips["nll"].sd,
        excess_nll=float(excess.mean()),
        excess_nll_low=low,
        excess_nll_high=high,
        beta_ratio=float(np.mean([chip.beta_ratio for chip in aged])),
        c_error=float(np.mean([chip.c_error for chip in aged])),
        images=len(labels),
        samples=samples,
        chips=len(aged),
    )


def _gain(age_s: float, anew: np.ndarray, without: np.ndarray) -> Gain:
    if not mean_interval(without)[0] > 0:
        return Gain(age_s, None, None)
    _, upper = ratio_interval(anew, without, level=0.9)
    return Gain(age_s, float(anew.mean() / without.mean()), upper)

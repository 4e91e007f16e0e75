"""A programmed chip over time: calibrated once, or again at every time at which it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.experiment.compare import no_progress, single_point
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.evaluate import (
    ProgressOf,
    evaluate_ideal,
    evaluation_images,
    map_network,
    predict_on_chip,
)
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.statistics.intervals import mean_interval, ratio_interval
from crossbar_nsm.statistics.metrics import Metrics, label_nll, measure
from crossbar_nsm.statistics.over_chips import metrics_over_chips
from device_models.checks.arguments import a_function, a_number, a_text, checked, each, optional, path_or
from device_models.errors import ConfigError
from device_models.numerics import usual_numerics

YEAR_S = 3.15576e7


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


@dataclass(frozen=True)
class Gain:
    """What recalibration leaves of the excess NLL at one age: ratio = with / without, and its one-sided upper 95 %
    bound over images and chips (see `crossbar_nsm.statistics.intervals`)."""

    age_s: float
    ratio: float
    upper: float


@dataclass(frozen=True)
class Ageing:
    """rows: first as calibrated at the first age, then for every age with settings kept and calibrated anew."""

    config: ExperimentConfig
    ideal: Metrics
    rows: list[AgeRow]
    gains: list[Gain]

    def as_dict(self) -> dict[str, Any]:
        """What `ageing --json` prints."""
        return {
            "config": self.config.model_dump(mode="json"),
            "ideal": asdict(self.ideal),
            "rows": [asdict(row) for row in self.rows],
            "recalibration": [asdict(gain) for gain in self.gains],
        }


@dataclass
class _Seen:
    """Of every chip at one age with one kind of settings."""

    probability: list[np.ndarray]
    beta_ratio: list[float]
    c_error: list[float]

    @classmethod
    def nothing(cls) -> _Seen:
        return cls([], [], [])


@checked(config=path_or(ExperimentConfig), overrides=a_text, ages_s=optional(each(a_number())), progress=a_function)
@usual_numerics()
def ageing(
    config: ExperimentConfig | str | Path,
    *overrides: str,
    ages_s: Sequence[float] | None = None,
    progress: ProgressOf = no_progress,
) -> Ageing:
    """Program `evaluation.chips` chips, calibrate each at the first of ages_s, and evaluate it at all of them with the
    settings kept and with settings calibrated anew.

    ages_s: times since programming [s], rising (default: 20 s to a year). Raises ConfigError for ages that do not rise,
    for a sweep, or for a device that does not change with time.
    """
    config = single_point(config, overrides, "ageing")
    ages = list(default_ages_s() if ages_s is None else ages_s)
    _check(config, ages)
    net = load_checkpoint(config.checkpoint)
    data = evaluation_images(config, net)
    evaluation = config.evaluation
    ideal = evaluate_ideal(net, data, "synapse", evaluation, progress).probability[0]
    seen: dict[tuple[float, bool], _Seen] = {}
    first = config.model_copy(
        update={"evaluation": evaluation.model_copy(update={"age_s": ages[0], "calibrated_at_s": None})}
    )
    for number in range(evaluation.chips):
        young = map_network(net, first, chip=number)
        for age_s in ages:
            for anew in (False, True) if age_s > ages[0] else (True,):
                chip = young.at_age(age_s, recalibrate=anew)
                label = f"chip {number}, {age_s:g} s, {'calibrated anew' if anew else 'settings kept'}"
                found = seen.setdefault((age_s, anew), _Seen.nothing())
                found.probability.append(predict_on_chip(chip, data.images, evaluation, progress(label)).probability)
                layers = chip.calibration.values()
                ratios = np.concatenate([(c.recovered_beta / c.trained_beta).ravel() for c in layers])
                errors = np.concatenate([np.abs(c.recovered_c - c.trained_c).ravel() for c in layers])
                found.beta_ratio.append(float(np.median(ratios)))
                found.c_error.append(float(errors.mean()))
    reference = label_nll(ideal, data.labels)
    excess = {
        key: np.stack([label_nll(p, data.labels) for p in found.probability]) - reference for key, found in seen.items()
    }
    rows = [_row(key, found, excess[key], data.labels, evaluation.samples) for key, found in seen.items()]
    gains = [_gain(age_s, excess[age_s, True], excess[age_s, False]) for age_s in ages[1:]]
    return Ageing(config, measure(ideal, data.labels), rows, gains)


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


def _row(key: tuple[float, bool], found: _Seen, excess: np.ndarray, labels: np.ndarray, samples: int) -> AgeRow:
    of_chips = metrics_over_chips(np.stack(found.probability), labels)
    low, high = mean_interval(excess)
    return AgeRow(
        age_s=key[0],
        recalibrated=key[1],
        **{name: values.mean for name, values in of_chips.items()},
        chip_sd=of_chips["nll"].sd,
        excess_nll=float(excess.mean()),
        excess_nll_low=low,
        excess_nll_high=high,
        beta_ratio=float(np.mean(found.beta_ratio)),
        c_error=float(np.mean(found.c_error)),
        images=len(labels),
        samples=samples,
        chips=len(found.probability),
    )


def _gain(age_s: float, anew: np.ndarray, kept: np.ndarray) -> Gain:
    _, upper = ratio_interval(anew, kept, level=0.9)
    return Gain(age_s, float(anew.mean() / kept.mean()), upper)

"""Whether `read.slow_noise: split` would spare a command its time: said before the work starts, with both times.

One chip of each kind of hardware, a few at most, is programmed as trials will program it and read for a moment.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.evaluate import network_of
from crossbar_nsm.experiment.images.evaluation import evaluation_images
from crossbar_nsm.experiment.network_on_chip import programmed
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.mapping.calibration.split_noise import split_over_exact
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models.errors import CrossbarError
from device_models.number_text import duration_text, ratio_text
from device_models.warning import unsaid, warn

LONG_S = 60.0
MEASURED_KINDS = 3  # of hardware; others take as long as these in the mean
ENOUGH_S, MOST_SAMPLES = 0.2, 1024  # of a measurement
SLOW_PASS_S = 0.5  # what a prediction takes beside its passes, starting threads above all, is little beside this
GROWN = 3.0  # times a single pass: from here on, what is beside the passes is a third at most
WORTH_IT = 0.5  # of the time, at most


def suggest_split(trials: Iterable[Trial], predictions: int = 1) -> None:
    """Warn where trajectories of slow noise of these trials, each of which predicts so often, would take more than a
    minute and `split` much less. Says nothing where a trial cannot be made, which will be said of the trial."""
    slow = [trial for trial in trials if draws_trajectories(trial.config) and trial.what == "hardware"]
    if not slow:
        return
    try:
        with unsaid():  # what chips say is said of those of the trials
            found = _suggestion(slow, predictions)
    except CrossbarError:
        return
    if found is not None:
        warn(found)


def draws_trajectories(config: ExperimentConfig) -> bool:
    """Whether slow noise is drawn cell by cell which `split` would leave to moments: not behind selectors, which are
    drawn cell by cell in either case, nor where that was asked for."""
    devices, read = config.devices, config.read
    cell_by_cell = read.engine != "auto" or any(device.selector is not None for device in devices)
    return read.slow_noise == "trajectory" and not cell_by_cell and any(device.slow_noise for device in devices)


def _suggestion(trials: Sequence[Trial], predictions: int) -> str | None:
    """What to say of trials that draw trajectories."""
    kinds = list({trial.config.hardware_name: trial for trial in trials}.values())[:MEASURED_KINDS]
    images = {trial.config.hardware_name: _images(trial.config) for trial in kinds}
    passes = predictions * sum(_passes(trial.config, len(images[kinds[0].config.hardware_name])) for trial in trials)
    chips = {trial.config.hardware_name: programmed(network_of(trial.config), trial.config, chip=0) for trial in kinds}
    trajectory_s = passes * _mean_pass_s(chips, images)
    if trajectory_s <= LONG_S:
        return None
    split = {
        trial.config.hardware_name: programmed(network_of(trial.config), _split(trial.config), chip=0)
        for trial in kinds
    }
    split_s = passes * _mean_pass_s(split, images)
    if split_s > WORTH_IT * trajectory_s:
        return None
    return (
        f"trajectories of slow noise will take about {duration_text(trajectory_s)}; read.slow_noise=split takes "
        f"about {duration_text(split_s)}, an approximation (nothing between fresh and frozen noise, rare switches as "
        f"normal noise) that draws {_share_text(split.values())} that these reads have in time"
    )


def _mean_pass_s(chips: dict[str, MappedNetwork], images: dict[str, np.ndarray]) -> float:
    return float(np.mean([seconds_per_pass(chip, images[name]) for name, chip in chips.items()]))


def seconds_per_pass(chip: MappedNetwork, images: np.ndarray) -> float:
    """Measured, on as many samples of the first image as take a moment and several times as long as one."""
    alone_s = took_s = _prediction_s(chip, images, samples=1)
    if alone_s >= SLOW_PASS_S:
        return alone_s
    samples = 1
    while took_s < max(ENOUGH_S, GROWN * alone_s) and samples < MOST_SAMPLES:
        samples *= 4
        took_s = _prediction_s(chip, images, samples)
    return took_s / samples


def _prediction_s(chip: MappedNetwork, images: np.ndarray, samples: int) -> float:
    """The second time: the first may load kernels, or compile them, of which chunks of another size need others."""
    chip.predict(images[:1], samples)
    started = time.perf_counter()
    chip.predict(images[:1], samples)
    return time.perf_counter() - started


def _share_text(chips: Iterable[MappedNetwork]) -> str:
    """Fresh variance of split chips over that of trajectories: the layers that differ most."""
    shares = [
        split_over_exact(layer.circuit, layer.arrays, layer.layer_input.positions, layer.setting.gain)
        for chip in chips
        for layer in chip.hidden
    ]
    low, high = ratio_text(float(np.nanmin(shares))), ratio_text(float(np.nanmax(shares)))
    if low == high == "1":
        return "the same noise variance"
    return f"{low if low == high else f'{low} to {high}'} times the noise variance"


def _images(config: ExperimentConfig) -> np.ndarray:
    return evaluation_images(config, network_of(config)).images


def _passes(config: ExperimentConfig, images: int) -> int:
    evaluation = config.evaluation
    return (evaluation.images or images) * evaluation.samples


def _split(config: ExperimentConfig) -> ExperimentConfig:
    return config.model_copy(update={"read": config.read.model_copy(update={"slow_noise": "split"})})

"""Tables 2 to 4: errors of NSMs and of the networks that they are compared with."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.experiment.training.training_result import TrainingResult
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.training.config import noise_place_of
from crossbar_nsm.report.figures.style import COLUMN_INCH, look, subplots
from crossbar_nsm.reproduce.config import ReproduceConfig
from crossbar_nsm.reproduce.measured import probabilities
from crossbar_nsm.reproduce.reproduction import Reproduction, RunContext, Value
from crossbar_nsm.reproduce.texts import per_cent
from crossbar_nsm.reproduce.trained import images_to_test, trained
from crossbar_nsm.statistics.intervals import Z95, wilson
from crossbar_nsm.statistics.metrics import measure, wrong

LABELS = {
    "bnsm": "bNSM",
    "gnsm": "gNSM",
    "bnsm_scratch": "bNSM*",
    "gnsm_scratch": "gNSM*",
    "bnsm_long": "bNSM, longer",
    "gnsm_long": "gNSM, longer",
    "dcnn": "dCNN",
    "bnsm_ste": "bNSM (STE)",
    "bd": "BD",
    "bd_window": "BD, window",
    "wbd": "wBD",
    "sn": "SN",
    "bn": "BN",
}
PAPER = {  # per cent, by data set and network
    "mnist": {"bnsm": .775, "gnsm": .805, "bnsm_long": .775, "gnsm_long": .805, "dcnn": .880, "bnsm_ste": 2.13,
              "bd": 3.11, "wbd": 2.72, "sn": 2.05, "bn": 1.10},
    "emnist_letters": {"bnsm": 6.185, "gnsm": 6.256, "dcnn": 6.938},
    "nmnist": {"bnsm": .689, "gnsm": .701, "dcnn": .927},
    "cifar10": {"bnsm": 9.98, "gnsm": 10.35, "dcnn": 10.47, "bnsm_scratch": 9.94, "gnsm_scratch": 9.81},
    "cifar100": {"bnsm": 34.85, "gnsm": 34.84, "dcnn": 34.37, "bnsm_scratch": 35.19, "gnsm_scratch": 34.93},
    "dvs_gestures": {"bnsm": 8.56, "gnsm": 8.83, "dcnn": 9.16},
}  # fmt: skip
COLUMNS = [
    "network", "paper %", "test error %", "95 % interval", "difference to the first, points", "NLL",
    "synapse noise: error %", "synapse noise: NLL", "validation error %", "epochs", "runs",
]  # fmt: skip


def passes(config: ReproduceConfig, images: int) -> dict[str, int]:
    """Of the tests and of the table, by network, one run of each."""
    places = {name: 2 if config.architecture(network).is_nsm else 1 for name, network in config.trained.items()}
    return {name: images * (2 + count * config.passes(name, config.test.samples)) for name, count in places.items()}


def table2(context: RunContext) -> tuple[Reproduction, Figure]:
    """The CNN of SI Table 6 on the MNIST family."""
    return _table("Table 2", context)


def table3(context: RunContext) -> tuple[Reproduction, Figure]:
    """The all-convolutional network on CIFAR-10 or CIFAR-100."""
    return _table("Table 3", context)


def table4(context: RunContext) -> tuple[Reproduction, Figure]:
    """The all-convolutional network of SI Table 7 on DVS Gestures."""
    return _table("Table 4", context)


def _table(number: str, context: RunContext) -> tuple[Reproduction, Figure]:
    """Train or reuse every network of the configuration and evaluate it on the test images."""
    title = f"{number}: {Path(context.config.dataset.name).stem}"
    data = images_to_test(context)
    results = {name: trained(name, context, tested=False) for name in context.config.trained}
    numbers = {name: _numbers(name, result, data, context) for name, result in results.items()}
    wrongs = {name: _wrong_shares(name, result, data, context) for name, result in results.items()}
    first = next(iter(results))
    for name in list(results)[1:]:
        numbers[name]["difference"] = mean_difference(wrongs[name] - wrongs[first])
    config = context.config
    rows = [
        _row(name, numbers[name], paper_error(config.dataset.name, name), result) for name, result in results.items()
    ]
    network = config.architecture(next(iter(config.trained.values())))
    says = (
        f"Network {network}. Error of the mean of {config.test.samples} passes on {len(data)} test images, of the "
        f"epoch with the lowest validation error on {config.dataset.validation_images} held-out images; interval: "
        "Wilson, over images; difference: paired, with its 95 % interval over images (other seeds may differ by more). "
        "NSMs are evaluated with the noise of their training and, in the columns that say so, with synapse noise. The "
        "paper's figures are means of 100 passes and of the last epochs of its runs."
    )
    return Reproduction(title, COLUMNS, rows, says, dict(numbers)), _figure(title, results)


def paper_error(dataset: str, network: str) -> float | None:
    """The paper's error in per cent, None where it has none."""
    return PAPER.get(dataset, {}).get(network)


def _numbers(name: str, result: TrainingResult, data: Dataset, context: RunContext) -> dict[str, list[float]]:
    """Errors and NLL of every run, with the noise of its training and, for an NSM, with synapse noise."""
    network = context.config.trained[name]
    places: dict[str, NoisePlace] = {"": noise_place_of(network.method, network.training)}
    if context.config.architecture(network).is_nsm:
        places["synapse_"] = "synapse"
    values: dict[str, list[float]] = {}
    for run in result.runs:
        for prefix, place in places.items():
            metrics = measure(_probability(run.checkpoint, data, place, context, name), data.labels)
            values.setdefault(f"{prefix}error", []).append(metrics.error)
            values.setdefault(f"{prefix}nll", []).append(metrics.nll)
        values.setdefault("validation_error", []).append(run.best.validation_error)
    values["interval"] = list(wilson(float(np.mean(values["error"])), len(data)))
    return values


def _wrong_shares(name: str, result: TrainingResult, data: Dataset, context: RunContext) -> np.ndarray:
    """The share of runs that are wrong about an image, (images)."""
    network = context.config.trained[name]
    place = noise_place_of(network.method, network.training)
    wrongs = [wrong(_probability(run.checkpoint, data, place, context, name), data.labels) for run in result.runs]
    return np.array(np.mean(wrongs, axis=0))


def mean_difference(differences: np.ndarray) -> list[float]:
    """[mean, low, high]: 95 % normal interval of the mean of paired differences (images)."""
    mean, half = float(differences.mean()), Z95 * float(differences.std(ddof=1)) / math.sqrt(len(differences))
    return [mean, mean - half, mean + half]


def _probability(checkpoint: Path, data: Dataset, place: NoisePlace, context: RunContext, name: str) -> np.ndarray:
    label = f"{name}, {place} noise"
    return probabilities(checkpoint, data.images, place, context.config.test.samples, context, label)


def _row(name: str, numbers: dict[str, list[float]], paper: float | None, result: TrainingResult) -> list[Value]:
    low, high = (100 * bound for bound in numbers["interval"])
    difference = [100 * value for value in numbers.get("difference", [])]
    synapse = "synapse_error" in numbers
    return [
        LABELS.get(name, name),
        None if paper is None else f"{paper:.3f}",
        per_cent(numbers["error"]),
        f"{low:.2f} to {high:.2f}",
        "{:+.2f} ({:+.2f} to {:+.2f})".format(*difference) if difference else None,
        f"{np.mean(numbers['nll']):.4f}",
        per_cent(numbers["synapse_error"]) if synapse else None,
        f"{np.mean(numbers['synapse_nll']):.4f}" if synapse else None,
        per_cent(numbers["validation_error"]),
        len(result.runs[0].reports),
        len(result.runs),
    ]


def _figure(title: str, results: dict[str, TrainingResult]) -> Figure:
    """Validation error against the epoch, one colour per network."""
    colours = colormaps["tab10"].colors  # type: ignore[attr-defined]
    with look():
        figure, axes = subplots(figsize=(1.7 * COLUMN_INCH, 1.1 * COLUMN_INCH))
        for index, (name, result) in enumerate(results.items()):
            for number, run in enumerate(result.runs):
                errors = [100 * report.validation_error for report in run.reports]
                axes.plot(
                    range(1, len(errors) + 1), errors, lw=1, color=colours[index % len(colours)],
                    label=LABELS.get(name, name) if number == 0 else None,
                )  # fmt: skip
        axes.set(xlabel="epoch", ylabel="validation error (%)", yscale="log", title=title)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
        figure.legend(loc="outside right upper")
    return figure

"""Table 1: permutation-invariant MNIST with NSM, StNN and the NSM with scaled weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.experiment.training.training_result import TrainingResult
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.substrate import Substrate
from crossbar_nsm.nsm.training.config import noise_place_of
from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.reproduce.config import ReproduceConfig
from crossbar_nsm.reproduce.reproduction import Reproduction, RunContext, Value
from crossbar_nsm.reproduce.texts import per_cent
from crossbar_nsm.reproduce.trained import images_to_test, trained
from crossbar_nsm.statistics.metrics import wrong
from crossbar_nsm.statistics.paired import paired_difference

PAPER = {"nsm": 1.36, "stnn": 1.47, "scaled": 1.38}
LABELS = {"nsm": "NSM", "stnn": "StNN", "relu": "ReLU with dropout"}
COLUMNS = ["network", "paper %", "test error %", "difference to NSM, points", "epochs", "samples", "runs"]


def passes(config: ReproduceConfig, images: int) -> dict[str, int]:
    """Of the tests of both epochs and, for the NSM, with scaled weights; by network, one run of each."""
    tests = {name: 2 * config.passes(name, config.test.samples) for name in LABELS}
    return {name: images * count for name, count in (tests | {"nsm": tests["nsm"] + 4 * config.test.samples}).items()}


def table1(context: RunContext) -> tuple[Reproduction, Figure]:
    """Train or reuse the three networks, evaluate them and the scaled NSM on the test images."""
    data = images_to_test(context)
    results = {name: trained(name, context) for name in LABELS}
    numbers = _scaled_errors(results["nsm"], context, data)
    for name, result in results.items():
        numbers[name] = {"errors": [run.test["best"]["error"] for run in result.runs if run.test]}
    rows = [_row(LABELS["nsm"], "nsm", numbers, results["nsm"], context)]
    factor = context.config.weight_factor
    for key, label in (
        ("scaled", f"NSM scaled: w and b x {factor:g}"),
        ("scaled_other_draws", f"NSM scaled: w and b x {factor:g}, other draws"),
        ("bias_left_alone", f"NSM: w x {factor:g}, b left alone"),
    ):
        rows.append(_row(label, key, numbers, results["nsm"], context))
    rows += [_row(LABELS[name], name, numbers, results[name], context) for name in ("stnn", "relu")]
    says = (
        f"Error on {len(data)} test images of the epoch with the lowest validation error. The scaled NSM is simulated "
        "through the substrate, u = sum (xi + a) w z + b, with a unchanged; bias rule: b = c ||w|| sqrt(2 v) scales "
        "with the weights, so that c stays what was trained."
    )
    return Reproduction("Table 1: permutation-invariant MNIST", COLUMNS, rows, says, numbers), _figure(results)


def _scaled_errors(result: TrainingResult, context: RunContext, data: Dataset) -> dict[str, Any]:
    """Errors of the NSM with scaled weights, and their paired differences to the NSM as trained."""
    factor, seed = context.config.weight_factor, context.config.test.seed
    changes: dict[str, tuple[Callable[[Substrate], Substrate], int]] = {
        "scaled": (lambda substrate: substrate.scaled(factor, scale_bias=True), seed),
        "scaled_other_draws": (lambda substrate: substrate.scaled(factor, scale_bias=True), seed + 1),
        "bias_left_alone": (lambda substrate: substrate.scaled(factor, scale_bias=False), seed),
    }
    numbers: dict[str, Any] = {key: {"errors": [], "differences": [], "mcnemar_p": []} for key in changes}
    for net in (load_checkpoint(run.checkpoint) for run in result.runs):
        reference = _wrong(net, data, context, seed, lambda substrate: substrate)
        for key, (change, draws) in changes.items():
            here = _wrong(net, data, context, draws, change)
            paired = paired_difference(here[None], reference)
            numbers[key]["errors"].append(float(here.mean()))
            numbers[key]["differences"].append(paired.difference)
            numbers[key]["mcnemar_p"].append(paired.mcnemar_p)
    return numbers


def _wrong(
    net: Network, data: Dataset, context: RunContext, seed: int, change: Callable[[Substrate], Substrate]
) -> np.ndarray:
    substrates = {name: change(substrate) for name, substrate in net.substrates().items()}
    network = context.config.trained["nsm"]
    place = noise_place_of(network.method, network.training)
    probability = net.predict(data.images, context.config.test.samples, place, seed=seed, substrates=substrates)
    return wrong(probability.numpy(), data.labels)


def _row(label: str, key: str, numbers: dict[str, Any], result: TrainingResult, context: RunContext) -> list[Value]:
    errors, differences = numbers[key]["errors"], numbers[key].get("differences")
    samples = context.config.test.samples if key != "relu" else 1
    epochs = len(result.runs[0].reports)
    difference = None if differences is None else f"{100 * float(np.mean(differences)):+.2f}"
    paper = f"{PAPER[key]:.2f}" if key in PAPER else None
    return [label, paper, per_cent(errors), difference, epochs, samples, len(errors)]


def _figure(results: dict[str, TrainingResult]) -> Figure:
    """Validation error against the epoch, one colour per network, one line per run."""
    with look():
        figure, axes = subplots(figsize=(1.3 * COLUMN_INCH, 0.9 * COLUMN_INCH))
        for colour, (name, result) in zip(LAYER_COLOURS, results.items(), strict=False):
            for number, run in enumerate(result.runs):
                errors = [100 * report.validation_error for report in run.reports]
                label = LABELS[name] if number == 0 else None
                axes.plot(range(1, len(errors) + 1), errors, color=colour, lw=1, label=label)
        axes.set(xlabel="epoch", ylabel="validation error (%)", yscale="log", title="Networks of Table 1")
        axes.set_yticks([1, 2, 5, 10], ["1", "2", "5", "10"])
        axes.minorticks_off()
        axes.legend()
    return figure

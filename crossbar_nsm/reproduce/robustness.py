"""Section 3.2: what fluctuating rows, fixed-point weights and a fixed range of weights do to trained networks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.methods.layer import BiasedLayer, HiddenLayer
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.substrate import Substrate
from crossbar_nsm.nsm.training.config import noise_place_of
from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.reproduce.config import ReproduceConfig
from crossbar_nsm.reproduce.reproduction import Reproduction, RunContext, Value
from crossbar_nsm.reproduce.texts import spread
from crossbar_nsm.reproduce.trained import images_to_test, trained
from crossbar_nsm.statistics.metrics import wrong

LABELS = {
    "nsm": "NSM",
    "nsm_bias_fixed": "NSM, b left alone",
    "nsm_rows_scaled": "NSM, rows scaled",
    "stnn": "StNN",
    "relu": "ReLU with dropout",
}
Errors = dict[str, dict[float, list[float]]]  # by curve, then by setting: one error per copy


def passes(config: ReproduceConfig, images: int) -> dict[str, int]:
    """Of the tests of both epochs and of every change of the weights, by network."""
    of = config.robustness
    rows = sum(of.copies if sd > 0 else 1 for sd in of.row_sd)
    changes = {name: rows + len(of.bits) + len(of.ranges) for name in ("nsm", "stnn", "relu")}
    changes["nsm"] *= 2
    return {
        name: images * (2 * config.passes(name, config.test.samples) + count * config.passes(name, of.samples))
        for name, count in changes.items()
    }


def robustness(context: RunContext) -> tuple[Reproduction, Figure]:
    """Perturb the weights of the hidden layers of trained networks and measure the error on test images."""
    data = images_to_test(context)
    nets = {name: load_checkpoint(trained(name, context).checkpoint) for name in ("nsm", "stnn", "relu")}
    show = context.progress("robustness")
    sections = {
        "row factor sd": lambda: _rows(nets, context, data),
        "bits": lambda: _per_value(nets, context, data, context.config.robustness.bits, fixed_point),
        "range": lambda: _per_value(nets, context, data, context.config.robustness.ranges, fixed_range),
    }
    numbers: dict[str, Any] = {}
    for done, (section, measure) in enumerate(sections.items()):
        show(done, len(sections), section)
        numbers[section] = measure()
    show(len(sections), len(sections), "")
    rows: list[list[Value]] = [
        [section, value, *(_cell(numbers[section].get(curve, {}).get(value)) for curve in LABELS)]
        for section in sections
        for value in numbers[section]["nsm"]
    ]
    copies = context.config.robustness.copies
    says = (
        f"Error in per cent on {len(data)} test images x {context.config.robustness.samples} samples. Row factor: "
        "every weight row of the hidden layers times exp(sd n), n standard normal, biases of the row with it (a "
        f"fluctuation common to the row; mean ± sd over {copies} draws); `b left alone` keeps the NSM's thresholds. In "
        "the other two sections `rows scaled` first scales every row of the NSM, b with it, to the same largest |w|, "
        "which it does not notice; all other thresholds and biases, and the NSM's a, are left alone. Bits: hidden "
        "weights rounded to fixed point over +-max |w| of the layer. Range: hidden weights clipped at that multiple of "
        "the bound 1/sqrt(inputs) within which they started."
    )
    study = Reproduction(
        "Section 3.2: robustness", ["weights", "value", *LABELS.values()], rows, says, _json_keys(numbers)
    )
    return study, _figure(numbers)


def _rows(nets: dict[str, Network], context: RunContext, data: Dataset) -> Errors:
    config = context.config.robustness
    curves = [curve for curve in LABELS if curve != "nsm_rows_scaled"]
    errors: Errors = {curve: {sd: [] for sd in config.row_sd} for curve in curves}
    for sd in config.row_sd:
        for copy in range(config.copies if sd > 0 else 1):
            factors = {name: row_factors(net, sd, copy) for name, net in nets.items()}
            for curve, scale_bias in (("nsm", True), ("nsm_bias_fixed", False)):
                error = _nsm_error(nets["nsm"], context, data, factors["nsm"], scale_bias)
                errors[curve][sd].append(error)
            for name in ("stnn", "relu"):
                errors[name][sd].append(_error(_with_row_factors(nets[name], factors[name]), context, data))
    return errors


def _with_row_factors(net: Network, factors: dict[str, np.ndarray]) -> Network:
    return changed(net, lambda name, weight: weight * factors[name][:, None], factors)


def row_factors(net: Network, sd: float, copy: int) -> dict[str, np.ndarray]:
    """exp(sd n) for every row of every hidden layer; the same n for all sd, own ones for each copy."""
    rng = np.random.default_rng([7, copy])
    return {name: np.exp(sd * rng.normal(size=len(layer.weight))) for name, layer in _hidden(net)}


def _per_value(
    nets: dict[str, Network],
    context: RunContext,
    data: Dataset,
    values: list[Any],
    change: Callable[[np.ndarray, Any], np.ndarray],
) -> Errors:
    """Errors with the weights of every hidden layer changed by `change(weight, value)`."""

    def of_nsm(substrates: dict[str, Substrate], value: Any) -> float:
        noisy = {name: layer.with_weights(change(layer.weight, value)) for name, layer in substrates.items()}
        return _error(nets["nsm"], context, data, substrates=noisy)

    def of_other(net: Network, value: Any) -> float:
        return _error(changed(net, lambda _, weight: change(weight, value)), context, data)

    own = nets["nsm"].substrates()
    smallest = min(context.config.robustness.ranges)
    scaled = {name: rows_scaled(layer, smallest) for name, layer in own.items()}
    return {
        "nsm": {value: [of_nsm(own, value)] for value in values},
        "nsm_rows_scaled": {value: [of_nsm(scaled, value)] for value in values},
        **{name: {value: [of_other(nets[name], value)] for value in values} for name in ("stnn", "relu")},
    }


def rows_scaled(substrate: Substrate, multiple: float) -> Substrate:
    """Every weight row, and b with it, scaled so that its largest |w| is multiple/sqrt(inputs); an NSM does not notice,
    and every row then uses all of a fixed range or of the levels of fixed point."""
    largest = np.abs(substrate.weight).max(axis=1)
    bound = multiple / math.sqrt(substrate.weight.shape[1])
    return substrate.scaled(bound / np.where(largest > 0, largest, bound), scale_bias=True)


def fixed_point(weight: np.ndarray, bits: int) -> np.ndarray:
    """Rounded to 2^bits - 1 levels, symmetric about 0, that span +-max |w|; bits at least 2."""
    step = np.abs(weight).max() / (2 ** (bits - 1) - 1)
    return np.round(weight / step) * step if step > 0 else weight


def fixed_range(weight: np.ndarray, multiple: float) -> np.ndarray:
    """Clipped at +-multiple/sqrt(inputs), a multiple of the bound of the uniform law they started from."""
    bound = multiple / math.sqrt(weight.shape[1])
    return weight.clip(-bound, bound)


def changed(
    net: Network, change: Callable[[str, np.ndarray], np.ndarray], bias_factors: dict[str, np.ndarray] | None = None
) -> Network:
    """A copy of `net`, no NSM, with the weights of its hidden layers changed and biases multiplied by a factor per row
    (left alone when None)."""
    other = Network(net.architecture)
    other.load_state_dict(net.state_dict())
    with torch.no_grad():
        for name, layer in _hidden(other):
            layer.weight.copy_(torch.from_numpy(change(name, layer.weight.numpy())))
            if bias_factors is not None and isinstance(layer, BiasedLayer):
                layer.bias.mul_(torch.from_numpy(bias_factors[name]))
    return other


def _hidden(net: Network) -> list[tuple[str, HiddenLayer]]:
    return [(name, layer) for name, layer in net.layers.items() if isinstance(layer, HiddenLayer)]


def _nsm_error(
    net: Network, context: RunContext, data: Dataset, factors: dict[str, np.ndarray], scale_bias: bool
) -> float:
    substrates = {name: substrate.scaled(factors[name], scale_bias) for name, substrate in net.substrates().items()}
    return _error(net, context, data, substrates=substrates)


def _error(net: Network, context: RunContext, data: Dataset, **arguments: Any) -> float:
    network = context.config.trained["nsm"]
    place = noise_place_of(network.method, network.training)
    samples, seed = context.config.robustness.samples, context.config.test.seed
    probability = net.predict(data.images, samples, place, seed=seed, **arguments)
    return float(wrong(probability.numpy(), data.labels).mean())


def _cell(errors: list[float] | None) -> str | None:
    return None if errors is None else spread([100 * error for error in errors])


def _json_keys(numbers: dict[str, Any]) -> dict[str, Any]:
    return {
        section: {curve: {str(value): errors for value, errors in found.items()} for curve, found in curves.items()}
        for section, curves in numbers.items()
    }


def _figure(numbers: dict[str, Any]) -> Figure:
    labels = {"row factor sd": "sd of ln(row factor)", "bits": "bits per weight", "range": "range / starting range"}
    with look():
        figure, panels = subplots(1, 3, figsize=(2.4 * COLUMN_INCH, 0.8 * COLUMN_INCH))
        for axes, (section, curves) in zip(panels, numbers.items(), strict=True):
            for (curve, label), colour in zip(LABELS.items(), LAYER_COLOURS, strict=False):
                if curve in curves:
                    _curve(axes, curves[curve], colour, label)
            axes.set(xlabel=labels[section], yscale="log")
            axes.set_yticks([1, 2, 5, 10, 20, 50, 90], ["1", "2", "5", "10", "20", "50", "90"])
            axes.minorticks_off()
        panels[2].set_xscale("log", base=2)
        panels[0].set_ylabel("test error (%)")
        labelled = dict(entry[::-1] for axes in panels for entry in zip(*axes.get_legend_handles_labels(), strict=True))
        figure.legend(labelled.values(), labelled.keys(), loc="outside lower center", ncols=len(labelled))
    return figure


def _curve(axes: Axes, errors: dict[float, list[float]], colour: str, label: str) -> None:
    mean = [100 * float(np.mean(values)) for values in errors.values()]
    sd = [100 * float(np.std(values, ddof=1)) if len(values) > 1 else 0.0 for values in errors.values()]
    axes.errorbar(list(errors), mean, sd, fmt="o-", ms=3, lw=0.9, color=colour, label=label)

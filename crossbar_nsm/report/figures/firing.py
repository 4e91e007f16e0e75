"""Figures of firing decisions measured on a programmed array; one function = one figure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import erf

from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.erf_fit import ErfFit, Firing
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from crossbar_nsm.report.figures.arguments import A_CHIP
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, subplots
from device_models.checks.arguments import by_name, checked, instance_of
from device_models.errors import ConfigError

FEWEST = 20  # decisions of a bin


@checked(chips=by_name(A_CHIP), fits=by_name(by_name(instance_of(ErfFit, of="what fit_erf gives"))))
def recovered_beta(chips: Mapping[str, MappedNetwork], fits: Mapping[str, Mapping[str, ErfFit]]) -> Figure:
    """beta measured from firing decisions of the programmed array against trained beta, one panel per circuit.

    chips, fits: by circuit name, then (fits) by layer; `crossbar_nsm.mapping.observation.recovery` makes the fits.
    Neurons whose beta is not known to better than 50 % are left out. Raises ConfigError for chips without fits.
    """
    for circuit, chip in chips.items():
        has = {name: layer.trained_beta.size for name, layer in chip.calibration.items()}
        _check_neurons(f"fits of {circuit}", has, {name: fit.beta.size for name, fit in fits.get(circuit, {}).items()})
    with look():
        width = 0.95 * COLUMN_INCH * len(chips)
        figure, panels = subplots(1, len(chips), figsize=(width, COLUMN_INCH), squeeze=False, sharex=True)
        for axes, (circuit, chip) in zip(panels[0], chips.items(), strict=True):
            _beta_panel(axes, circuit, chip, fits[circuit])
        panels[0][0].set_ylabel("beta measured from firing decisions")
    return figure


def _check_neurons(what: str, has: Mapping[str, int], seen: Mapping[str, int]) -> None:
    """Raises ConfigError unless as many neurons were seen of every layer as the chip has."""
    for name, neurons in has.items():
        if seen.get(name) != neurons or not neurons:
            raise ConfigError(f"{what}: {name} has {seen.get(name, 0)} neurons, {neurons} on the chip")


def _beta_panel(axes: Axes, circuit: str, chip: MappedNetwork, fits: Mapping[str, ErfFit]) -> None:
    every = np.concatenate([calibration.trained_beta.ravel() for calibration in chip.calibration.values()])
    span = np.array([every.min() * 0.97, every.max() * 1.03])
    axes.plot(span, span, color=GREY, lw=1, zorder=3, label="measured = trained")
    measured = {name: _well_measured(fits[name]) for name in chip.calibration}
    for index, (name, calibration) in enumerate(chip.calibration.items()):
        axes.plot(
            calibration.trained_beta.ravel(), measured[name], ".", ms=3, alpha=0.6,
            color=LAYER_COLOURS[index % len(LAYER_COLOURS)], label=name,
        )  # fmt: skip
    values = np.concatenate(list(measured.values()))
    axes.set(title=f"{chip.config.device.name}, {circuit}", xlabel="trained beta")
    if np.nanmedian(values) > 2 * np.median(every):
        axes.set_yscale("log")
        axes.set_ylim(span[0] * 0.6, np.nanmax(values) * 1.5)
        axes.annotate(
            "measured = trained", (span[1], span[1]), xytext=(0, -22), textcoords="offset points",
            ha="right", va="top", color=GREY, fontsize=7,
        )  # fmt: skip
    else:
        axes.legend(loc="upper left", markerscale=2)


def _well_measured(fit: ErfFit) -> np.ndarray:
    """beta where its standard error is below a half of it, NaN elsewhere (too few decisions near the threshold)."""
    with np.errstate(invalid="ignore"):
        return np.where(fit.beta_sd < 0.5 * np.abs(fit.beta), fit.beta, np.nan)


@checked(chip=A_CHIP, firing=by_name(instance_of(Firing, of="decisions of a layer, as observe gives them")))
def activation_probability(chip: MappedNetwork, firing: Mapping[str, Firing]) -> Figure:
    """Firing rate measured on the array against the trained argument beta t + c, with the erf law, all neurons binned.

    Points are means over bins of neurons and inputs, bars the 10th to 90th percentile within a bin. Raises ConfigError
    for decisions of other neurons, and for too few.
    """
    has = {name: layer.beta.numel() for name, layer in chip.net.layers.items() if isinstance(layer, NSMLayer)}
    seen = {name: observed.t.shape[-1] for name, observed in firing.items()}
    _check_neurons("firing", {name: has.get(name, 0) for name in firing}, seen)
    with look():
        figure, axes = subplots(figsize=(1.2 * COLUMN_INCH, COLUMN_INCH))
        x = np.linspace(-2.6, 2.6, 200)
        axes.plot(x, 0.5 * (1 + erf(x)), color="black", lw=1, label="erf law (trained network)")
        for index, (name, observed) in enumerate(firing.items()):
            centre, mean, low, high = _binned(chip, name, observed)
            colour = LAYER_COLOURS[index % len(LAYER_COLOURS)]
            shift = 0.03 * (index - (len(firing) - 1) / 2)
            axes.errorbar(
                centre + shift, mean, [np.maximum(mean - low, 0), np.maximum(high - mean, 0)], fmt="o", ms=3, lw=0.8,
                color=colour, label=f"{name} on the array",
            )  # fmt: skip
        axes.set(xlabel="beta w.z/||w|| + c", ylabel="P(z = +1)", xlim=(-2.6, 2.6), ylim=(-0.03, 1.03))
        axes.set_title(f"Activation probability: {chip.config.device.name}, {chip.config.neuron.scaling}")
        reads = next(iter(firing.values())).reads
        axes.annotate(
            f"points: means over neurons and inputs\nbars: 10th to 90th percentile\n{reads} reads each", (0.98, 0.03),
            xycoords="axes fraction", ha="right", va="bottom", color=GREY, fontsize=7,
        )  # fmt: skip
        axes.legend(loc="upper left")
    return figure


def _binned(chip: MappedNetwork, name: str, firing: Firing) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    ideal = chip.net.layers[name]
    beta, c = (getattr(ideal, parameter).detach().numpy().ravel() for parameter in ("beta", "c"))
    argument, rate = (beta * firing.t + c).ravel(), (firing.fired / firing.reads).ravel()
    edges = np.linspace(-2.5, 2.5, 26)
    bins = np.digitize(argument, edges)
    used = [b for b in range(1, len(edges)) if np.count_nonzero(bins == b) >= FEWEST]
    summary = [
        (argument[bins == b].mean(), rate[bins == b].mean(), *np.percentile(rate[bins == b], [10, 90])) for b in used
    ]
    if not summary:
        raise ConfigError(f"firing of {name}: in no bin are {FEWEST} decisions; observe more inputs")
    centre, mean, low, high = np.array(summary).T
    return centre, mean, low, high

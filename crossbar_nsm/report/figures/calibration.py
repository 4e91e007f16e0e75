"""Figure of what calibration did to the neurons of a chip."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossbar_nsm.mapping.calibration.layer_calibration import LayerCalibration
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.needed_noise import needed_fluctuation
from crossbar_nsm.report.figures.arguments import A_CHIP
from crossbar_nsm.report.figures.recovery import beta_axes, beta_points
from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from device_models.checks.arguments import checked


@checked(chip=A_CHIP)
def calibrated_neurons(chip: MappedNetwork) -> Figure:
    """Recovered against trained beta (exact moments; crosses: out of the circuit's reach), the gains, and what
    programmed weights make wrong in t = w.z/||w|| beside the noise that neurons should have, 1/(sqrt(2) beta). Layers
    in colours."""
    with look():
        figure, panels = subplots(1, 3, figsize=(2.4 * COLUMN_INCH, 0.9 * COLUMN_INCH))
        for index, (name, layer) in enumerate(chip.calibration.items()):
            colour = LAYER_COLOURS[index % len(LAYER_COLOURS)]
            trained, recovered = layer.trained_beta.ravel(), layer.recovered_beta.ravel()
            beta_points(panels[0], name, trained, recovered, layer.clipped.ravel())
            _gain(panels[1], name, layer, colour)
        betas = [(layer.trained_beta.ravel(), layer.recovered_beta.ravel()) for layer in chip.calibration.values()]
        beta_axes(panels[0], *(np.concatenate(values) for values in zip(*betas, strict=True)))
        panels[1].set(xlabel="gain of the circuit", ylabel="share of neurons")
        _errors(panels[2], chip)
        method = next(iter(chip.calibration.values())).method
        figure.suptitle(f"{chip.config.device.name}, {chip.config.neuron.scaling}, calibration: {method}", fontsize=9)
    return figure


def _gain(axes: Axes, name: str, layer: LayerCalibration, colour: str) -> None:
    gain = layer.gain.ravel()
    if np.ptp(gain) == 0:
        axes.axvline(float(gain[0]), color=colour, lw=1.2, label=name)
    else:
        axes.hist(gain, bins=30, weights=np.full(gain.size, 1 / gain.size), histtype="step", color=colour, label=name)


def _errors(axes: Axes, chip: MappedNetwork) -> None:
    """Medians over neurons, bars from the 10th to the 90th percentile."""
    unknown = "" if chip.net.calibration_images is not None else "\n(not known)"
    kinds = (f"offset, before its\ncorrection{unknown}", f"direction\nerror{unknown}", "noise wanted")
    for index, (name, layer) in enumerate(chip.calibration.items()):
        values = (np.abs(layer.offset), layer.direction_error, needed_fluctuation(layer.trained_beta))
        low, middle, high = np.array([np.percentile(value, [10, 50, 90]) for value in values]).T
        x = np.arange(3) + 0.2 * (index - (len(chip.calibration) - 1) / 2)
        axes.errorbar(
            x, middle, [middle - low, high - middle], fmt="o", ms=3, lw=1,
            color=LAYER_COLOURS[index % len(LAYER_COLOURS)], label=name,
        )  # fmt: skip
    axes.set_xticks(np.arange(3), kinds)
    axes.set(ylabel="in t = w.z/||w||", yscale="log")
    axes.grid(visible=False, axis="x")

"""Entropy of the prediction against the angle of rotated digits: the software figure of Dutta et al., "Neural sampling
machine with stochastic synapse allows brain-like learning and inference", Nat. Commun. 13, 2571 (2022)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.datasets.turned import turned
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.training.config import noise_place_of
from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.reproduce.config import ReproduceConfig
from crossbar_nsm.reproduce.measured import probabilities
from crossbar_nsm.reproduce.reproduction import Reproduction, RunContext, Value
from crossbar_nsm.reproduce.trained import images_to_test, trained
from crossbar_nsm.statistics.metrics import measure

LABELS = {"bnsm_long": "bNSM", "dcnn": "dCNN"}
COLUMNS = ["angle", *(f"{label}: {what}" for label in LABELS.values() for what in ("entropy", "error %", "NLL"))]


def passes(config: ReproduceConfig, images: int) -> dict[str, int]:
    """Of the tests and of the turned digits, by network."""
    rotation = config.rotation
    turned_images = len(rotation.angles_deg) * min(rotation.images, images)
    return {name: 2 * images + turned_images * config.passes(name, rotation.samples) for name in LABELS}


def rotated_digits(context: RunContext) -> tuple[Reproduction, Figure]:
    """Predictive entropy, error and NLL of an NSM and of the deterministic network on turned test digits."""
    rotation = context.config.rotation
    data = images_to_test(context).first(rotation.images)
    numbers: dict[str, dict[str, list[float]]] = {}
    for name in LABELS:
        network = context.config.trained[name]
        place: NoisePlace = noise_place_of(network.method, network.training)
        checkpoint = trained(name, context, tested=False).checkpoint
        by_angle = [
            measure(
                probabilities(
                    checkpoint, turned(data.images, angle), place, rotation.samples, context, f"{name}, {angle:g} deg"
                ),
                data.labels,
            )
            for angle in rotation.angles_deg
        ]
        numbers[name] = {
            "entropy": [metrics.entropy for metrics in by_angle],
            "error": [metrics.error for metrics in by_angle],
            "nll": [metrics.nll for metrics in by_angle],
        }
    rows: list[list[Value]] = [
        [f"{angle:g}", *(text for name in LABELS for text in _texts(numbers[name], index))]
        for index, angle in enumerate(rotation.angles_deg)
    ]
    says = (
        f"Mean entropy of the mean of {rotation.samples} passes in nats (ln 10 = 2.30 is no knowledge at all), error "
        f"and NLL on the first {len(data)} test digits, turned counter-clockwise about the image's centre with linear "
        "interpolation; labels stay. A network that knows what it does not know raises its entropy with its error."
    )
    title = "Rotated digits: entropy of the prediction against the angle"
    return Reproduction(title, COLUMNS, rows, says, dict(numbers)), _figure(numbers, rotation.angles_deg)


def _texts(numbers: dict[str, list[float]], index: int) -> list[str]:
    return [
        f"{numbers['entropy'][index]:.3f}",
        f"{100 * numbers['error'][index]:.1f}",
        f"{numbers['nll'][index]:.3f}",
    ]


def _figure(numbers: dict[str, dict[str, list[float]]], angles_deg: list[float]) -> Figure:
    with look():
        figure, panels = subplots(1, 3, figsize=(2.2 * COLUMN_INCH, 0.85 * COLUMN_INCH))
        quantities = {"entropy": "entropy of the prediction (nats)", "error": "error (%)", "nll": "NLL (nats)"}
        for axes, (quantity, ylabel) in zip(panels, quantities.items(), strict=True):
            for (name, label), colour in zip(LABELS.items(), LAYER_COLOURS, strict=False):
                values = np.array(numbers[name][quantity]) * (100 if quantity == "error" else 1)
                axes.plot(angles_deg, values, marker="o", ms=2.5, lw=1, color=colour, label=label)
            axes.set(xlabel="angle (degrees)", ylabel=ylabel, ylim=(0, None))
        panels[0].legend()
    return figure

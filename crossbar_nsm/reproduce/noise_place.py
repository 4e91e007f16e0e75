"""Neuron against synapse noise: one trained network under both, from single units to accuracy.

Given its inputs a unit fires with the same probability under both. Under neuron noise the units of a pooling window
share the noise of overlapping patches, so the maximum over the window fires less often than that of independent units.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import chunks
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.ideal_pass import XiDraws
from crossbar_nsm.nsm.methods.layer import NoisePlace
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.reproduce.config import ReproduceConfig
from crossbar_nsm.reproduce.measured import probabilities
from crossbar_nsm.reproduce.reproduction import Reproduction, RunContext, Value
from crossbar_nsm.reproduce.trained import images_to_test, trained
from crossbar_nsm.statistics.metrics import measure, wrong
from crossbar_nsm.statistics.paired import paired_difference
from device_models.errors import ConfigError

LABELS = {"bnsm_long": "bNSM", "gnsm_long": "gNSM"}
PLACES: tuple[NoisePlace, ...] = ("neuron", "synapse")
PASSES = 2000  # of the one image whose units are looked at
COLUMNS = [
    "network", "noise", "error %", "NLL", "difference to neuron noise, points", "McNemar p",
    "rms difference of class probabilities", "units of the first layer that fire", "maxima of the first pool that fire",
]  # fmt: skip


def passes(config: ReproduceConfig, images: int) -> dict[str, int]:
    """Of the tests and under both kinds of noise, by network."""
    return dict.fromkeys(LABELS, images * (2 + len(PLACES) * config.test.samples) + len(PLACES) * PASSES)


def noise_place(context: RunContext) -> tuple[Reproduction, Figure]:
    """Evaluate trained NSMs with noise at neurons and at synapses."""
    data = images_to_test(context)
    rows: list[list[Value]] = []
    numbers: dict[str, Any] = {}
    shares: dict[str, dict[str, list[np.ndarray]]] = {}
    trained_with = " or ".join(sorted({context.config.trained[name].training.noise_place for name in LABELS}))
    for name in LABELS:
        checkpoint = trained(name, context, tested=False).checkpoint
        shares[name] = firing_shares(load_checkpoint(checkpoint), data.images[:1], context.config.test.seed)
        probability = {
            place: probabilities(
                checkpoint, data.images, place, context.config.test.samples, context, f"{name}, {place} noise"
            )
            for place in PLACES
        }
        numbers[name] = {place: _numbers(probability, place, data.labels, shares[name]) for place in PLACES}
        rows += [_row(name, place, numbers[name][place]) for place in PLACES]
    says = (
        f"One network, trained with {trained_with} noise, evaluated under both on {len(data)} images x "
        f"{context.config.test.samples} passes. The last two columns: mean over units of the share of {PASSES} passes "
        "of the first test image in which they are +1; `rms` is over images and classes."
    )
    study = Reproduction("Noise of neurons and of synapses", COLUMNS, rows, says, numbers)
    return study, _figure(shares[next(iter(LABELS))])


def firing_shares(net: Network, image: np.ndarray, seed: int) -> dict[str, list[np.ndarray]]:
    """place -> [share of passes in which every unit of the first convolution is +1, the same after the pool behind it].

    Raises ConfigError when the network has no convolution with a pool behind it.
    """
    kinds = [spec.type for spec in net.architecture.layers]
    if "conv" not in kinds or "max_pool" not in kinds[kinds.index("conv") :]:
        raise ConfigError(f"noise_place: network {net.architecture} has no convolution with a max_pool behind it")
    first = kinds.index("conv")
    pool = kinds.index("max_pool", first)
    shares: dict[str, list[np.ndarray]] = {}
    for place in PLACES:
        one_pass = net.ideal_pass(net.encode(image).numpy(), XiDraws(place, seed=seed, purpose="firing shares"))
        totals: list[np.ndarray] = [np.zeros(1), np.zeros(1)]
        with one_blas_thread():
            for passes in chunks(1, PASSES, "input_major", widest=net.architecture.widest):
                states = one_pass.layer_states(passes)
                totals = [
                    total + (states[index] > 0).sum(axis=0) for total, index in zip(totals, (first, pool), strict=True)
                ]
        shares[place] = [total / PASSES for total in totals]
    return shares


def _numbers(
    probability: dict[NoisePlace, np.ndarray],
    place: NoisePlace,
    labels: np.ndarray,
    shares: dict[str, list[np.ndarray]],
) -> dict[str, float]:
    here, reference = probability[place], probability["neuron"]
    metrics = measure(here, labels)
    paired = paired_difference(wrong(here, labels)[None], wrong(reference, labels))
    return {
        "error": metrics.error,
        "nll": metrics.nll,
        "difference": paired.difference,
        "mcnemar_p": paired.mcnemar_p,
        "rms": float(np.sqrt(np.mean((here - reference) ** 2))),
        "units": float(shares[place][0].mean()),
        "maxima": float(shares[place][1].mean()),
    }


def _row(name: str, place: NoisePlace, numbers: dict[str, float]) -> list[Value]:
    other = place != "neuron"
    return [
        LABELS[name],
        place,
        f"{100 * numbers['error']:.2f}",
        f"{numbers['nll']:.4f}",
        f"{100 * numbers['difference']:+.2f}" if other else None,
        f"{numbers['mcnemar_p']:.2g}" if other else None,
        f"{numbers['rms']:.4f}" if other else None,
        f"{numbers['units']:.4f}",
        f"{numbers['maxima']:.4f}",
    ]


def _figure(shares: dict[str, list[np.ndarray]]) -> Figure:
    """Firing shares of units and of maxima under synapse noise against those under neuron noise."""
    with look():
        figure, panels = subplots(1, 2, figsize=(1.9 * COLUMN_INCH, 0.95 * COLUMN_INCH))
        titles = ("units of the first convolution", "maxima of the pool behind it")
        for axes, title, index in zip(panels, titles, (0, 1), strict=True):
            axes.plot([0, 1], [0, 1], color="0.7", lw=0.8, zorder=0)
            axes.plot(
                shares["neuron"][index], shares["synapse"][index], ".", ms=1.5, alpha=0.4, color=LAYER_COLOURS[0],
                rasterized=True,
            )  # fmt: skip
            axes.set(xlabel="share of passes at +1, neuron noise", ylabel="synapse noise", title=title, aspect="equal")
    return figure

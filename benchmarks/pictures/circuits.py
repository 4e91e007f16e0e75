"""What every circuit does to fresh noise, programming errors and slow noise, for the noise that a neuron needs."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.optimize import brentq

from benchmarks.pictures.card import BLUE, CARD, FAINT, GREEN, INK, LINE, ORANGE, blank, c, card, says
from crossbar_nsm.neuron.circuits import Circuit, circuit_of
from crossbar_nsm.neuron.config import NeuronConfig

CELL, NEEDED = 0.05, 0.5  # relative fresh noise of a cell, and what a neuron of beta = 1.41 needs
FORMULAS = {
    "none": "r₁",
    "paired": "(1 + g) r₁ - g r₂",
    "averaged": "r₁ + a · mean(r₂ ... r₉)",
    "digital": "r₁ + a d",
    "replica": "(1 + g) r₁ - g r₁′",
    "row_mask": "masked r₁ + a r₂",
}
WHAT = {
    "none": "one read of the cells",
    "paired": "two reads of the same cells",
    "averaged": "eight reads more of the same cells",
    "digital": "d: the product computed without noise",
    "replica": "r₁′: a second array, the same weights",
    "row_mask": "a random bit per input, shared by outputs",
}
KINDS = (("fresh noise", BLUE), ("programming error", ORANGE), ("slow noise", GREEN))


def amplified(circuit: Circuit, gain: float) -> tuple[float, float, float]:
    """Fresh noise, programming errors and slow noise of u = sum_k c_k r_k over its signal, relative to those of one
    read; the bits of a mask count as fresh noise of CELL each."""
    weights, driven = circuit.coefficients(np.array([gain]))[:, 0], circuit.drive_probability
    signal = abs(weights @ driven)
    reads = np.array([operand.is_read for operand in circuit.operands])
    bits = driven * (1 - driven) / CELL**2
    fresh = np.sqrt((reads * weights**2 * (driven + bits)).sum())
    shared = [np.array([operand.array == name for operand in circuit.operands]) for name in circuit.arrays]
    programmed = np.sqrt(sum((weights @ (driven * of)) ** 2 for of in shared))
    slow = np.sqrt(sum((weights @ (driven * of * reads)) ** 2 for of in shared))
    return fresh / signal, programmed / signal, slow / signal


def for_the_neuron(name: str) -> tuple[float, float, float]:
    """With the gain that makes its fresh noise NEEDED, where the circuit has one."""
    circuit = circuit_of(NeuronConfig(scaling=name, averaged_reads=8))
    if name == "none":
        return amplified(circuit, 0.0)
    low, high = (0.0, 1e4) if circuit.amplifies_fresh_noise or name == "replica" else (-0.999, 0.0)
    if name == "row_mask":
        low, high = -0.49, 1e4
    gain = brentq(lambda at: amplified(circuit, at)[0] - NEEDED / CELL, low, high)
    return amplified(circuit, gain)


def circuits() -> Figure:
    figure = card(11, 4.6)
    for at, (kind, colour) in enumerate(KINDS):
        figure.text(0.435 + 0.19 * at, 0.91, kind, color=c(colour), fontsize=12, fontweight="bold", va="center")
    for row, name in enumerate(FORMULAS):
        middle = 0.80 - 0.117 * row
        figure.text(0.025, middle + 0.018, name, color=c(INK), fontsize=12, fontweight="bold", va="center")
        figure.text(0.135, middle + 0.018, FORMULAS[name], color=c(INK), fontsize=12, va="center")
        figure.text(0.135, middle - 0.026, WHAT[name], color=c(FAINT), fontsize=9, va="center")
        for at, (factor, (_, colour)) in enumerate(zip(for_the_neuron(name), KINDS, strict=True)):
            _bar(blank(figure, (0.435 + 0.19 * at, middle - 0.028, 0.165, 0.058)), factor, c(colour))
    says(
        figure, 0.025, 0.115,
        f"Relative to the signal, in multiples of one read. Cells fluctuate by {100 * CELL:.0f} % in every read, the "
        f"neuron needs {100 * NEEDED:.0f} %.",
        "Wanted: the first bar long, the others short. row_mask draws its noise by bits, not by cells.",
    )  # fmt: skip
    return figure


def _bar(axes: Axes, factor: float, colour: str) -> None:
    axes.set(xlim=(0, 13), ylim=(-1, 1))
    axes.axvline(0, color=c(LINE), lw=1)
    axes.barh(0, factor, height=1.1, color=colour, edgecolor=c(CARD), lw=0)
    text = "none" if factor == 0 else f"{factor:.0f} x"
    axes.text(factor + 0.3, -0.05, text, color=c(INK), fontsize=10, va="center")

"""What the simulator does in one glance: a trained network, noisy cells, a comparator, samples, a verdict.

Nothing is invented: the digit, the network, the cells of `rram_illustrative`, their reads, the decisions, the samples
and the last panel come from the configuration `mnist_mlp_rram`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import crossbar_nsm as xb
from benchmarks.pictures.card import BLUE, CARD, FAINT, GREEN, INK, LINE, ORANGE, PALE, arrow, blank, c, card, says
from crossbar_nsm.experiment.studies.rows import Row
from crossbar_nsm.mapping.mapped_layer import MappedLayer

CONFIG, IMAGES, SAMPLES = "mnist_mlp_rram", 5000, 100
HARD = 1500  # images, of which the one is shown whose leading class has a probability nearest to
DOUBT = 0.62
READS, PASSES = 60, 60
CELLS = np.s_[:, 300:314, 40:47]  # of fc1


@dataclass(frozen=True)
class Shown:
    """What the panels show. cells_s (2, rows, pairs), reads_s (reads) of the first of them; r1, u (passes) of one
    neuron over the sd of u, u with its threshold; g: its gain; passes (samples, 10) of one image; rows of the table."""

    image: np.ndarray
    cells_s: np.ndarray
    reads_s: np.ndarray
    r1: np.ndarray
    u: np.ndarray
    g: float
    passes: np.ndarray
    rows: list[Row]


def computed() -> Shown:
    images, _ = xb.load_dataset("mnist5k")
    chip = xb.map_network(xb.load_checkpoint("mnist_mlp"), CONFIG, seed=0)
    mean = np.asarray(chip.predict(images[:HARD], 30))
    hard = int(np.argmin(np.abs(np.sort(mean, axis=1)[:, -1] - DOUBT)))
    passes = np.asarray(chip.sample(images[hard : hard + 1], SAMPLES))[:, 0]  # probabilities
    layer, rng = chip.mapped_layers()[0], np.random.default_rng(0)
    cells_s = layer.arrays["main"].g_s
    states = np.where(np.asarray(images[hard]).reshape(-1) >= 0.5, 1.0, -1.0)
    r1, u, g = _reads_of_a_neuron(layer, cells_s, states, rng)
    strongest = cells_s[CELLS].max()
    noise_s = chip.config.device.read_noise.sd_s(np.array([strongest]), chip.config.device.conductance)[0]
    reads_s = strongest + noise_s * rng.standard_normal(READS)
    compared = xb.compare(
        xb.load_config(CONFIG, f"evaluation.images={IMAGES}", "sweep={neuron.scaling: [none, paired]}")
    )
    rows = [row for row in compared.rows if row.name != "ideal_neuron"]
    return Shown(np.asarray(images[hard]).reshape(28, 28), cells_s[CELLS], reads_s, r1, u, g, passes, rows)


def _reads_of_a_neuron(
    layer: MappedLayer, cells_s: np.ndarray, states: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float]:
    """The neuron of fc1 that is least sure of this image, read twice in each of PASSES passes, every cell drawn."""
    array, setting = layer.arrays["main"], layer.setting
    gain, threshold = setting.gain.ravel(), setting.threshold.ravel()
    mean = states @ (array.targets.gain * (cells_s[0] - cells_s[1]))
    variance = np.einsum("kji,ji->i", array.law.sd_s**2, array.targets.gain**2)
    spread = np.sqrt(variance * (1 + 2 * gain * (1 + gain)))
    neuron = int(np.argmin(np.abs((mean + threshold) / spread - 0.5)))
    noise = rng.standard_normal((2, PASSES, *cells_s[:, :, neuron].shape)) * array.law.sd_s[:, :, neuron]
    differences = (cells_s[0, :, neuron] - cells_s[1, :, neuron]) + noise[:, :, 0] - noise[:, :, 1]
    first, second = (differences * array.targets.gain[:, neuron]) @ states
    u = (1 + gain[neuron]) * first - gain[neuron] * second + threshold[neuron]
    return (first + threshold[neuron]) / spread[neuron], u / spread[neuron], float(gain[neuron])


def overview(shown: Shown) -> Figure:
    figure = card(13, 3.75)
    lefts, width = (0.022, 0.218, 0.418, 0.612, 0.808), 0.172
    titles = ("1  Trained network", "2  Noisy cells", "3  Comparator", "4  Samples", "5  Verdict")
    for number, (left, title) in enumerate(zip(lefts, titles, strict=True)):
        figure.text(left, 0.925, title, color=c(INK), fontsize=13, fontweight="bold", va="center")
        if number:
            arrow(figure, left - 0.027, left - 0.009, 0.925)
    _network(figure, lefts[0], shown.image)
    _cells(figure, lefts[1], shown)
    _comparator(figure, lefts[2], shown)
    _samples(figure, lefts[3], shown.passes)
    _verdict(figure, lefts[4], width, shown.rows)
    return figure


def _network(figure: Figure, left: float, image: np.ndarray) -> None:
    axes = blank(figure, (left, 0.46, 0.052, 0.18))
    axes.imshow(image, cmap="gray", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    arrow(figure, left + 0.056, left + 0.069, 0.55)
    axes = blank(figure, (left + 0.066, 0.36, 0.105, 0.48))
    axes.set(xlim=(0, 3), ylim=(-0.6, 7.6))
    places = [np.linspace(0, 7, number) for number in (7, 6, 5)]
    for column, (here, there) in enumerate(pairwise(places)):
        for y in here:
            for to in there:
                axes.plot([0.3 + 1.2 * column, 1.5 + 1.2 * column], [y, to], color=c(LINE), lw=0.6, zorder=1)
    for column, here in enumerate(places):
        axes.plot(np.full(len(here), 0.3 + 1.2 * column), here, "o", ms=8, color=c(BLUE), mec=c(CARD), zorder=2)
    says(
        figure, left, 0.25,
        "A neuron fires with probability", "½ [1 + erf(β w·z/‖w‖ + c)]:", "the smaller β, the noisier.",
    )  # fmt: skip


def _cells(figure: Figure, left: float, shown: Shown) -> None:
    axes = blank(figure, (left, 0.36, 0.092, 0.48))
    _, cell_rows, cell_pairs = shown.cells_s.shape
    both = np.empty((cell_rows, 2 * cell_pairs))
    both[:, ::2], both[:, 1::2] = shown.cells_s
    axes.set(xlim=(-0.8, 2 * cell_pairs - 0.2), ylim=(cell_rows - 0.3, -0.7))
    for row in range(cell_rows):
        axes.axhline(row, color=c(LINE), lw=0.7, zorder=1)
    for column in range(2 * cell_pairs):
        axes.axvline(column, color=c(LINE), lw=0.7, zorder=1)
    rows, columns = np.indices(both.shape)
    size = 8 + 58 * both / both.max()
    colours = np.where(columns % 2, c(ORANGE), c(BLUE))
    axes.scatter(columns.ravel(), rows.ravel(), s=size.ravel(), c=colours.ravel(), marker="s", lw=0, zorder=2)
    trace = blank(figure, (left + 0.101, 0.47, 0.071, 0.24))
    relative = 100 * (shown.reads_s / shown.reads_s.mean() - 1)
    trace.axhline(0, color=c(LINE), lw=1)
    trace.plot(relative, "-", color=c(BLUE), lw=0.9)
    trace.plot(relative, "o", color=c(BLUE), ms=2.4, mew=0)
    trace.set(ylim=(-16, 16))
    figure.text(left + 0.101, 0.80, "one cell,\n60 reads", color=c(INK), fontsize=9.5, va="center", linespacing=1.3)
    figure.text(left + 0.101, 0.41, "± 5 %: this is ξ", color=c(BLUE), fontsize=10.5, fontweight="bold", va="center")
    says(
        figure, left, 0.25,
        "Two cells, G⁺ - G⁻, hold a weight.", "Their noise is the network's ξ,", "which needs 50 to 90 %, not 5.",
    )  # fmt: skip


def _comparator(figure: Figure, left: float, shown: Shown) -> None:
    axes = blank(figure, (left + 0.004, 0.36, 0.155, 0.48))
    axes.axhline(0, color=c(FAINT), lw=1, ls=(0, (4, 3)), zorder=1)
    axes.plot(shown.r1, "-", color=c(FAINT), lw=1.2, zorder=2)
    fires = shown.u >= 0
    axes.vlines(np.arange(PASSES), 0, shown.u, color=c(LINE), lw=0.8, zorder=1)
    for which, colour in ((fires, GREEN), (~fires, ORANGE)):
        axes.plot(np.flatnonzero(which), shown.u[which], "o", color=c(colour), ms=4.2, mew=0, zorder=3)
    top = max(3.1, float(np.abs(shown.u).max()) + 0.25)
    axes.set(xlim=(-1, PASSES + 9), ylim=(-top, top))
    axes.text(PASSES + 9, top * 0.62, "+1", color=c(GREEN), fontsize=14, fontweight="bold", ha="right", va="center")
    axes.text(PASSES + 9, -top * 0.62, "-1", color=c(ORANGE), fontsize=14, fontweight="bold", ha="right", va="center")
    says(
        figure, left, 0.25,
        "One read (grey) hardly varies.", f"(1 + g) r₁ - g r₂ with g = {shown.g:.1f}", "brings the trained β back.",
    )  # fmt: skip


def _samples(figure: Figure, left: float, passes: np.ndarray) -> None:
    axes = blank(figure, (left, 0.36, 0.15, 0.48))
    axes.add_patch(Rectangle((0, 0), len(passes), 10, facecolor=c(PALE), lw=0))
    seen = np.broadcast_to((*to_rgb(c(BLUE)), 0.0), (10, len(passes), 4)).copy()  # as opaque as probable: in any look
    seen[:, :, 3] = passes.T
    axes.imshow(seen, extent=(0, len(passes), 10, 0), aspect="auto", interpolation="nearest", zorder=2)
    mean = passes.mean(0)
    axes.barh(np.arange(10) + 0.5, 60 * mean, left=len(passes) + 4, height=0.78, color=c(BLUE))
    for digit in range(10):
        axes.text(-3, digit + 0.5, str(digit), color=c(FAINT), fontsize=8.5, ha="right", va="center")
    for digit in np.argsort(mean)[-2:]:
        at = len(passes) + 6 + 60 * mean[digit]
        axes.text(at, digit + 0.5, f"{100 * mean[digit]:.0f} %", color=c(INK), fontsize=10, va="center")
    axes.set(xlim=(-10, len(passes) + 62), ylim=(10.1, -0.1))
    says(
        figure, left, 0.25,
        "Every pass through the chip is a", "Monte Carlo sample; their mean", "says how sure the network is.",
    )  # fmt: skip


def _verdict(figure: Figure, left: float, width: float, rows: list[Row]) -> None:
    axes = blank(figure, (left + 0.004, 0.40, width - 0.012, 0.42))
    names = {"ideal_synapse": "software", "rram_illustrative/none": "one read"}
    highest = max(row.nll_high for row in rows)
    back = {"facecolor": c(CARD), "edgecolor": "none", "pad": 1}
    axes.axvline(rows[0].nll, color=c(FAINT), lw=1, ls=(0, (4, 3)))
    for at, row in enumerate(rows):
        colour = c((INK, ORANGE, BLUE)[at])
        axes.plot([row.nll_low, row.nll_high], [at, at], color=colour, lw=2, solid_capstyle="round")
        axes.plot(row.nll, at, "o", color=colour, ms=7, mec=c(CARD))
        name = names.get(row.name, "paired reads")
        axes.text(0.032, at - 0.36, name, color=colour, fontsize=10.5, fontweight="bold", va="center", bbox=back)
        axes.text(
            highest, at - 0.36, f"{100 * row.error:.1f} % error", color=c(FAINT), fontsize=9.5, ha="right", va="center"
        )
    axes.set(xlim=(0.031, highest), ylim=(2.35, -0.65))
    figure.text(left + 0.004, 0.365, "NLL (low is good), 95 % intervals", color=c(FAINT), fontsize=9, va="center")
    once, paired = (row.nll / rows[0].nll for row in rows[1:])
    says(
        figure, left, 0.25,
        f"One read: overconfident, {once:.1f}", "times the NLL of software.", f"Two reads, paired: {paired:.2f} times.",
    )  # fmt: skip

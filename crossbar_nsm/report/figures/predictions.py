"""Figures of predictions and labels; one function = one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, plain_log_axis, subplots
from crossbar_nsm.statistics.metrics import ECE_BINS, Reliability
from crossbar_nsm.statistics.over_chips import metrics_over_chips, pooled_reliability
from device_models.checks.arguments import a_text, checked, each, instance_of, optional, real_numbers, refuse
from device_models.errors import ConfigError

FEW = 5  # predictions: bins with fewer say nothing of accuracy
MOST_BESIDE = 3  # panels in a row
MOST_CLASSES = 10  # whose numbers of images are printed


@dataclass(frozen=True)
class ReliabilityPanel:
    """One network: reliability of all predictions of all chips; ece and nll [nats] are means over chips."""

    name: str
    reliability: Reliability
    ece: float
    nll: float

    @classmethod
    def of(cls, name: str, probability: np.ndarray, labels: np.ndarray) -> ReliabilityPanel:
        """From probabilities (chips, images, classes) and labels (images)."""
        of_chips = metrics_over_chips(probability, labels)
        return cls(name, pooled_reliability(probability, labels), of_chips["ece"].mean, of_chips["nll"].mean)


@checked(panels=each(instance_of(ReliabilityPanel, of="a panel: ReliabilityPanel.of(name, probability, labels)"), 1))
def reliability(panels: Sequence[ReliabilityPanel]) -> Figure:
    """Accuracy against confidence in 15 equal bins, one panel per network; points grow with the number of predictions,
    bins of fewer than 5 are left out, bars are 95 % Wilson intervals of their accuracy."""
    columns = min(len(panels), MOST_BESIDE)
    rows = -(-len(panels) // columns)
    with look():
        size = (0.95 * COLUMN_INCH * columns, COLUMN_INCH * rows)
        figure, grid = subplots(rows, columns, figsize=size, sharey=True, squeeze=False)
        for axes in grid.ravel()[len(panels) :]:
            axes.remove()
        for index, (axes, panel) in enumerate(zip(grid.ravel(), panels, strict=False)):
            _bins(axes, panel, LAYER_COLOURS[index % len(LAYER_COLOURS)])
        for axes in grid[:, 0]:
            axes.set_ylabel(f"accuracy ({ECE_BINS} bins, area: number of predictions)")
    return figure


def _bins(axes: Axes, panel: ReliabilityPanel, colour: str) -> None:
    bins, total = panel.reliability, panel.reliability.count.sum()
    used = bins.count >= FEW
    confidence, accuracy, size = bins.confidence[used], bins.accuracy[used], bins.count[used]
    low, high = (ends[used] for ends in bins.accuracy_interval)
    axes.plot([0, 1], [0, 1], color=GREY, lw=1)
    axes.vlines(confidence, low, high, color=colour, lw=0.8)
    axes.scatter(confidence, accuracy, s=8 + 120 * size / total, color=colour, alpha=0.7, lw=0, zorder=3)
    axes.set(xlabel="confidence", xlim=(0, 1.03), ylim=(0, 1.03), title=panel.name)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.annotate(
        f"ECE {panel.ece:.4f}\nNLL {panel.nll:.4f}", (0.03, 0.97), xycoords="axes fraction",
        ha="left", va="top", fontsize=7, color=GREY,
    )  # fmt: skip


def confusion_counts(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Images of each true class (rows) that are taken for each class (columns), (classes, classes): mean over chips of
    probabilities (chips, images, classes)."""
    chips, _, classes = probability.shape
    pairs = labels * classes + probability.argmax(axis=2)
    counts = np.bincount(pairs.ravel(), minlength=classes**2).reshape(classes, classes)
    return np.asarray(counts / chips)


def _of_chips(name: str, value: Any) -> np.ndarray:
    """Probabilities (chips, images, classes) from those, or from (images, classes) of one chip."""
    array = real_numbers(name, value)
    array = array[None] if array.ndim == 2 else array
    if array.ndim != 3 or not array.size or not np.isfinite(array).all():
        refuse(name, value, "probabilities (chips, images, classes), or (images, classes) of one chip")
    return array


@checked(probability=_of_chips, labels=real_numbers, classes=optional(each(a_text, least=1)))
def confusion_matrix(probability: np.ndarray, labels: np.ndarray, classes: Sequence[str] | None = None) -> Figure:
    """True classes in rows, predicted ones in columns, for probabilities (chips, images, classes), or (images,
    classes) of one chip, and labels (images): numbers of images, means over chips, printed up to 10 classes.

    Mistakes have colours on a logarithmic scale; right predictions are grey, no image is white. classes: their names.
    Raises ConfigError for labels that are none of these images and classes.
    """
    _, images, known = probability.shape
    if labels.shape != (images,) or not np.isin(labels, np.arange(known)).all():
        raise ConfigError(f"labels of shape {labels.shape}: expected {images} whole numbers from 0 to {known - 1}")
    if classes is not None and len(classes) != known:
        raise ConfigError(f"classes: {len(classes)} names for {known} classes")
    counts = confusion_counts(probability, labels.astype(np.int64))
    count = len(counts)
    names = [str(index) for index in range(count)] if classes is None else list(classes)
    wrong = np.where(np.eye(count, dtype=bool) | (counts == 0), np.nan, counts)
    with look():
        side = COLUMN_INCH if count <= MOST_CLASSES else 1.4 * COLUMN_INCH
        figure, axes = subplots(figsize=(side * 1.1, side))
        right = np.ma.masked_where(~np.eye(count, dtype=bool) | (counts == 0), counts)
        axes.imshow(right > 0, cmap="Greys", vmin=0, vmax=8)
        _mistakes(figure, axes, wrong)
        if count <= MOST_CLASSES:
            _numbers(axes, counts, wrong)
        _class_ticks(axes, names)
        axes.set(xlabel="predicted", ylabel="true")
        axes.set_title(f"{len(labels):,} images, {100 * (1 - np.trace(counts) / len(labels)):.2f} % wrong")
        axes.grid(visible=False)
    return figure


def _mistakes(figure: Figure, axes: Axes, wrong: np.ndarray) -> None:
    present = wrong[np.isfinite(wrong)]
    if not present.size:
        return
    low, high = float(present.min()), float(present.max())
    norm = LogNorm(low, high if high > low else 2 * low)
    image = axes.imshow(np.ma.masked_invalid(wrong), cmap="viridis_r", norm=norm)
    bar = figure.colorbar(image, ax=axes, label="images taken for another class", shrink=0.85)
    plain_log_axis(bar.ax.yaxis, bar.ax.get_ylim())


def _numbers(axes: Axes, counts: np.ndarray, wrong: np.ndarray) -> None:
    """Up to three digits of every number but 0."""
    middle = np.sqrt(np.nanmin(wrong) * np.nanmax(wrong)) if np.isfinite(wrong).any() else np.inf
    for (row, column), count in np.ndenumerate(counts):
        if count > 0:
            colour = "#222222" if row == column or count <= middle else "white"
            text = f"{count:.0f}" if count >= 10 or count == round(count) else f"{count:.1f}"
            axes.text(column, row, text, ha="center", va="center", fontsize=6, color=colour)


def _class_ticks(axes: Axes, names: list[str]) -> None:
    """All names of few classes, else every so many; long names below are slanted."""
    step = max(1, -(-len(names) // 24)) if any(not name.isdigit() for name in names) else max(1, len(names) // 10)
    ticks = range(0, len(names), step)
    texts = [names[tick] for tick in ticks]
    axes.set_xticks(ticks, texts)
    axes.set_yticks(ticks, texts)
    if max(map(len, texts)) > 2:
        for text in axes.get_xticklabels():
            text.set(rotation=45, ha="right", rotation_mode="anchor")

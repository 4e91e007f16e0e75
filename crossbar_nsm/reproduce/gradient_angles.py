"""Fig. 8: angles between the gradients of NSM, BinConcrete and a deterministic network."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crossbar_nsm.report.figures.style import COLUMN_INCH, LAYER_COLOURS, look, subplots
from crossbar_nsm.reproduce.gradients import PAIRS
from crossbar_nsm.reproduce.reproduction import Reproduction, RunContext, Value
from crossbar_nsm.reproduce.texts import layer_names, spread
from crossbar_nsm.reproduce.training_record import records


def fig8(context: RunContext) -> tuple[Reproduction, Figure]:
    """Cosines of gradients at the weights that an NSM passes through while it learns."""
    runs = records("nsm", context)
    names = layer_names(context)
    cosines = np.array([record.cosines for record in runs])  # (seeds, epochs + 1, pairs, layers)
    numbers: dict[str, Any] = {
        pair: {name: [float(value) for value in cosines[:, :, p, layer].mean(axis=1)]
               for layer, name in enumerate(names)}
        for p, pair in enumerate(PAIRS)
    }  # fmt: skip
    rows: list[list[Value]] = [[pair, *(spread(numbers[pair][name]) for name in names), len(runs)] for pair in PAIRS]
    watch = context.config.watch
    says = (
        f"Cosine of the angle between gradients at the same weights, mean over {cosines.shape[1]} points of the NSM's "
        f"training, ± sd over seeds. Each gradient is the mean over {watch.gradient_draws} passes of "
        f"{watch.gradient_images} images; `nsm and nsm` compares two such estimates of the same gradient; `sigmoid` is "
        "the network of deterministic sigmoid units with the same w, beta and c, its slope matched to erf's."
    )
    study = Reproduction("Fig. 8: angles between gradients", ["gradients", *names, "seeds"], rows, says, numbers)
    return study, _figure(cosines, names)


def _figure(cosines: np.ndarray, names: list[str]) -> Figure:
    with look():
        figure, panels = subplots(
            1, len(names), figsize=(0.72 * COLUMN_INCH * len(names), 0.75 * COLUMN_INCH),
            sharey=True, squeeze=False,
        )  # fmt: skip
        for layer, (axes, name) in enumerate(zip(panels[0], names, strict=True)):
            for p, pair in enumerate(PAIRS):
                for seed in range(len(cosines)):
                    label = pair if seed == 0 else None
                    axes.plot(cosines[seed, :, p, layer], color=LAYER_COLOURS[p], lw=0.9, label=label)
            axes.set(title=name, xlabel="epoch", ylim=(min(0.0, float(cosines.min())) - 0.1, 1.03))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        panels[0][0].set_ylabel("cosine of the angle")
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure

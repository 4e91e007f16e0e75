"""What the samples of a chip are worth, as rows, as a table, and as advice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossbar_nsm.mapping.timing import LayerTiming
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.number_text import counted, lowest_median_highest, range_text, time_text

TRAPS = ("traps: averaged", "traps: between", "traps: frozen")
LEGEND = {
    "M_eff, currents": "samples that the currents are worth",
    "decisions, P = 0.5": "samples that decisions of this probability are worth",
    "fresh %": "of the variance of a neuron's signal, new in every sample",
    "settling %": "gone by the last one",
    "frozen %": "the same in all, an error of weights",
    "independent from": "read interval from which on samples are independent of one another",
}
DROP = [
    *TRAPS, "M_eff, currents", "settling %", "decisions, P = 0.9", "sample to sample", "frozen %", "fresh %",
]  # fmt: skip


def timing_rows(layers: Mapping[str, LayerTiming]) -> list[dict[str, object]]:
    """One entry per layer; effective samples as [lowest, median, highest] neuron, shares of the median neuron."""
    return [
        {
            "layer": name,
            "samples": layer.samples,
            "images": layer.images,
            "order": layer.order,
            "interval_s": layer.interval_s,
            "spacing_s": layer.spacing_s,
            "effective_currents": lowest_median_highest(layer.currents),
            "effective_decisions": {
                f"{rate:g}": lowest_median_highest(values) for rate, values in layer.decisions.items()
            },
            "fresh_share": float(np.median(layer.fresh)),
            "settling_share": float(np.median(layer.settling)),
            "frozen_share": float(np.median(layer.frozen)),
            "independent_from_s": layer.independent_from_s,
            "traps": None if layer.traps is None else vars(layer.traps),
            "curve": None if layer.curve is None else {key: list(v) for key, v in vars(layer.curve).items()},
            "advice": layer.advice,
        }
        for name, layer in layers.items()
    ]


def timing_table(layers: Mapping[str, LayerTiming]) -> TextTable:
    """One line per layer."""
    first = next(iter(layers.values()))
    columns = [
        "layer", "sample to sample", "M_eff, currents", *(f"decisions, P = {rate:g}" for rate in first.decisions),
        "fresh %", "settling %", "frozen %", *TRAPS, "independent from",
    ]  # fmt: skip
    lines = [_line(name, layer) for name, layer in layers.items()]
    title = f"{counted(first.samples, 'sample')} of {counted(first.images, 'image')}, {first.order}, reads "
    title += f"{time_text(first.interval_s)} apart"
    caption = "lowest .. median .. highest neuron; shares of the median neuron"
    return make_table(title, columns, lines, caption, drop=DROP, legend=LEGEND)


def _line(name: str, layer: LayerTiming) -> list[str]:
    traps = ["", "", ""] if layer.traps is None else [str(count) for count in vars(layer.traps).values()]
    shares = [f"{100 * float(np.median(share)):.3g}" for share in (layer.fresh, layer.settling, layer.frozen)]
    return [
        name,
        time_text(layer.spacing_s),
        _effective(layer.currents),
        *(_effective(values) for values in layer.decisions.values()),
        *shares,
        *traps,
        "never" if layer.independent_from_s is None else time_text(layer.independent_from_s, 2),
    ]


def _effective(samples: np.ndarray) -> str:
    return range_text(lowest_median_highest(samples))

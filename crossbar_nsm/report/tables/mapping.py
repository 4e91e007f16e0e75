"""Tables of a programmed chip: where its layers lie and what a pass takes, and what calibration set."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np

from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.utilisation import chip_use, layer_use
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from device_models.number_text import Ends, lowest_median_highest, number, range_text, time_text

DROP = ["reader", "patches", "writes/cell", "inputs", "outputs", "weights clipped"]
DROP_OF_CALIBRATION = [
    "time", "reads", "frozen", "norm. index", "direction", "offset", "gain (a or g)", "all reach",
]  # fmt: skip
LEGEND_OF_CALIBRATION = {
    "all reach": "betas that every neuron could have; none: no beta is in reach of all of them",
    "beta clipped": "neurons whose trained beta is out of reach",
    "offset": "of t = w.z/||w||, from programmed weights, root mean square, taken off the threshold",
    "direction": "what they bend in t, median, which stays",
    "frozen": "of the noise, which passes share",
    "reads": "of calibration",
    "time": "of calibration",
}


def mapping_rows(chip: MappedNetwork) -> list[dict[str, object]]:
    """One entry per layer on arrays: size, tiles, what it takes of them, what a pass takes, and what calibration could
    and could not reach (NaN: not known, for want of calibration images)."""
    result: list[dict[str, object]] = []
    for layer in chip.mapped_layers():
        use, main = layer_use(layer), layer.arrays[MAIN]
        calibration = chip.calibration.get(layer.name)
        entry: dict[str, object] = {
            **asdict(use),
            "grid": "x".join(map(str, use.grid)),
            "utilisation": use.cells_used / use.cells_total,
            "weights_clipped": main.targets.clipped_fraction,
            "write_attempts": main.mean_attempts,
            "reader": layer.reads.description,
        }
        if calibration is not None:
            entry |= {
                "beta_trained": lowest_median_highest(calibration.trained_beta),
                "beta_recovered": lowest_median_highest(calibration.recovered_beta),
                "gain": lowest_median_highest(calibration.gain),
                "normalisation_index": _median(calibration.normalisation_index),
                "beta_reach": _common_reach(calibration.lowest_beta, calibration.highest_beta),
                "beta_clipped": calibration.clipped_count,
                "beta_negative": int((calibration.trained_beta < 0).sum()),
                "neurons": calibration.clipped.size,
                "offset_rms": float(np.sqrt(np.mean(calibration.offset**2))),
                "direction_error": float(np.median(calibration.direction_error)),
                "frozen_share": float(np.median(calibration.frozen_share)),
                "calibration_reads": calibration.cost.reads,
                "calibration_time_s": calibration.cost.seconds,
            }
        result.append(entry)
    return result


def chip_row(chip: MappedNetwork) -> dict[str, object]:
    """All layers together."""
    return asdict(chip_use(chip))


def mapping_table(chip: MappedNetwork) -> TextTable:
    """Where the layers of a programmed chip lie, and what a pass takes."""
    columns = [
        "layer", "inputs", "outputs", "tiles", "cells used", "patches", "reads/pass", "time/pass", "weights clipped",
        "writes/cell", "reader",
    ]  # fmt: skip
    lines = [
        [
            str(row["layer"]),
            str(row["inputs"]),
            str(row["outputs"]),
            f"{row['tiles']} ({row['grid']})",
            _cells(row),
            str(row["patches"]),
            str(row["reads_per_pass"]),
            time_text(_float(row["time_per_pass_s"])),
            f"{100 * _float(row['weights_clipped']):.2g} %",
            "1" if row["write_attempts"] is None else f"{_float(row['write_attempts']):.2g}",
            str(row["reader"]),
        ]
        for row in mapping_rows(chip)
    ]
    whole, array = chip_row(chip), chip.config.array
    every = time_text(_float(whole["time_per_pass_s"]))
    lines.append(
        [
            "chip", "", "", str(whole["tiles"]), _cells(whole), "", str(whole["reads_per_pass"]),
            every, "", "", "",
        ]
    )  # fmt: skip
    title = f"{chip.config.device.name}, {chip.config.neuron.scaling}, chip {chip.chip}, seed {chip.seed}"
    caption = (
        f"tiles of {array.rows} x {array.cols} cells, a layer's grid of them in brackets; two cells for a weight\n"
        f"layers work at the same time: the chip takes a pass every {every}, as long as "
        f"{whole['slowest_layer']} reads"
    )
    return make_table(title, columns, lines, caption, drop=DROP, shared=["reader"])


def calibration_table(chip: MappedNetwork) -> TextTable:
    """What calibration set, and what it could not reach."""
    columns = [
        "layer", "trained beta", "recovered beta", "all reach", "gain (a or g)", "norm. index", "beta clipped",
        "offset", "direction", "frozen", "reads", "time",
    ]  # fmt: skip
    lines = [
        [
            str(row["layer"]),
            _range(row["beta_trained"]),
            _range(row["beta_recovered"]),
            _reach(row["beta_reach"]),
            _range(row["gain"]),
            number(_float(row["normalisation_index"]), ".2f"),
            f"{row['beta_clipped']} of {row['neurons']}",
            number(_float(row["offset_rms"]), ".2g"),
            number(_float(row["direction_error"]), ".2g"),
            f"{100 * _float(row['frozen_share']):.2g} %",
            str(row["calibration_reads"]),
            time_text(_float(row["calibration_time_s"])),
        ]
        for row in mapping_rows(chip)
        if "beta_trained" in row
    ]
    captions = ["betas and gains: lowest .. median .. highest neuron"]
    if chip.net.calibration_images is None:
        captions.append(
            "no calibration images: betas are those for independent inputs, offset and direction are not known"
        )
    if any(layer.calibrator.decisions is not None for layer in chip.hidden):
        captions.append(
            "behind converters recovered beta is fitted to reads: some per cent uncertain for a single neuron"
        )
    return make_table(
        f"calibration: {chip.config.neuron.calibration}", columns, lines, "\n".join(captions),
        drop=DROP_OF_CALIBRATION, legend=LEGEND_OF_CALIBRATION,
    )  # fmt: skip


def _cells(row: dict[str, object]) -> str:
    share = _float(row["cells_used"]) / _float(row["cells_total"])
    return f"{row['cells_used']} of {row['cells_total']} ({100 * share:.0f} %)"


def _median(values: np.ndarray) -> float:
    """Of what is known; NaN when nothing is."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else math.nan


def _float(value: object) -> float:
    assert isinstance(value, (int, float))
    return float(value)


def _common_reach(lowest: np.ndarray, highest: np.ndarray) -> Ends:
    """Of the betas that all neurons could have; NaN where there are none."""
    ends = Ends(float(lowest.max()), float(highest.min()))
    return ends if ends.lowest <= ends.highest else Ends(math.nan, math.nan)


def _reach(ends: object) -> str:
    assert isinstance(ends, Ends)
    return "none" if math.isnan(ends.lowest) else _range(ends)


def _range(values: object) -> str:
    assert isinstance(values, tuple)
    return range_text(values)

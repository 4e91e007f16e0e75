"""benchmarks/recovery/RESULTS.md and its figure, from the trials that have run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from benchmarks.recovery.measure import RESULTS, ideal
from benchmarks.recovery.summary import Summary, all_of, best_settings, summary
from benchmarks.recovery.trials import ALL, CALIBRATIONS, CHIPS, CIRCUITS, DEVICES, FEW, Trial, best_size
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, save_figure, subplots
from crossbar_nsm.statistics.metrics import measure
from device_models.files.writing import write_bytes

FOLDER = Path("benchmarks/recovery")
HEAD = f"""# Which circuit and calibration recovers the trained network from which device

The bundled networks (`mnist_mlp` unless said otherwise) on MNIST test images, {CHIPS} chips each, recovered beta by the
chips' exact moments. Made by

    python -m benchmarks.recovery --data DIR            # {FEW[0]:,} images x {FEW[1]} samples: the large table
    python -m benchmarks.recovery --data DIR --best     # {ALL[0]:,} images x {ALL[1]} samples: the best of each device
    python -m benchmarks.recovery --data DIR --page     # this page, from `{RESULTS}`

Settings: the configurations in `configs/` that are named, with the circuit and the calibration put in their place.
Intervals are 95 %, over images and chips (`crossbar_nsm.statistics.intervals`), of the difference to ideal software
(synapse noise) on the same images. beta: 2.5 .. 50 .. 97.5 % of recovered / trained beta over neurons and chips; out of
reach: neurons whose beta the circuit cannot have (clipped). `digital` computes a noise-free product of the programmed
conductances, as if read infinitely often: an upper bound for fresh noise. Slow noise it does not know, and all of that
is an error then. `calibration: none` sets every neuron by the data sheet, V = r^2 ||w||^2. Where every cell is drawn,
settings that take many reads are left out: `averaged` with trajectories of telegraph noise (the split has it), and with
the selector `averaged`, most calibrations of `paired` and `replica`, and the CNN.
"""


def write_page(data: str) -> Path:
    """The page; raises ValueError when nothing has run."""
    parts = [HEAD]
    best = best_settings(list(DEVICES), data)
    for network in ("mnist_mlp", "mnist_cnn"):
        sizes = {device: best_size(device, network) for device in best}
        for size in dict.fromkeys(sizes.values()):
            devices = [device for device in best if sizes[device] == size]
            trials = [Trial(device, *best[device], *size, 0, network) for device in devices]
            finished = [one for one in (summary(trial, data) for trial in trials) if one is not None]
            if finished:
                title = f"{network}: best circuit of each device, {size[0]:,} images x {size[1]} samples"
                parts.append(_section(title, finished, network, size, data))
    tables = {device: all_of(device, data) for device in DEVICES}
    for device, found in tables.items():
        if found:
            case = DEVICES[device]
            settings = "".join(f" --set {setting}" for setting in case.settings)
            title = f"{case.title} (`{case.config}`{settings}), {FEW[0]:,} images x {FEW[1]} samples"
            parts.append(_section(title, found, "mnist_mlp", FEW, data))
    save_figure(_figure(tables, data), FOLDER, "recovery", formats=("png",), owned=True)
    parts.append("![NLL by device, circuit and calibration](recovery.png)\n")
    path = FOLDER / "RESULTS.md"
    write_bytes(path, "\n".join(parts).encode(), owned=True)
    return path


def _section(title: str, found: list[Summary], network: str, size: tuple[int, int], data: str) -> str:
    reference = ideal(data, *size, network)
    of_ideal = measure(reference["probability"], reference["labels"])
    lines = [
        f"## {title}\n",
        f"Ideal software: error {100 * of_ideal.error:.2f} %, NLL {of_ideal.nll:.4f}, ECE {of_ideal.ece:.4f}.\n",
        "| device | circuit | calibration | error % | - ideal, points | NLL | NLL / ideal | ECE | beta | within 3 % | "
        "out of reach | offset in t | direction error in t |",
        "|" + "---|" * 13,
        *(_line(one) for one in found),
        "",
    ]
    return "\n".join(lines)


def _line(one: Summary) -> str:
    low, middle, high = one.beta
    difference, ratio = one.error_difference, one.nll_ratio
    cells = [
        DEVICES[one.trial.device].title,
        one.trial.circuit,
        one.trial.calibration,
        f"{100 * one.error:.2f}",
        f"{100 * difference.value:+.2f} ({100 * difference.low:+.2f} to {100 * difference.high:+.2f})",
        f"{one.nll:.4f}",
        f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f})",
        f"{one.ece:.4f}",
        f"{low:.3g} .. {middle:.3g} .. {high:.3g}",
        "-" if one.clipped == 1 else f"{100 * one.within_3_percent:.0f} %",
        f"{100 * one.clipped:.0f} %",
        f"{one.offset:.3f}",
        f"{one.direction_error:.3f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _figure(tables: dict[str, list[Summary]], data: str) -> Figure:
    """NLL over that of ideal software, one panel per device; colours are calibrations."""
    shown = {device: found for device, found in tables.items() if found}
    columns = 4
    rows = -(-len(shown) // columns)
    with look():
        figure, panels = subplots(
            rows, columns, figsize=(0.75 * COLUMN_INCH * columns, 0.85 * COLUMN_INCH * rows),
            sharey=True, squeeze=False,
        )  # fmt: skip
        for axes, (device, found) in zip(panels.flat, shown.items(), strict=False):
            _panel(axes, found)
            axes.set_title(DEVICES[device].title)
        for axes in panels.flat[len(shown) :]:
            axes.set_visible(False)
        for axes in panels[:, 0]:
            axes.set_ylabel("NLL / NLL of ideal software")
        panels[0][0].legend()
    return figure


def _panel(axes, found: list[Summary]) -> None:
    for index, calibration in enumerate(CALIBRATIONS):
        own = [one for one in found if one.trial.calibration == calibration]
        place = [CIRCUITS.index(one.trial.circuit) + 0.22 * (index - 1) for one in own]
        ratio = np.array([one.nll_ratio.value for one in own])
        bars = np.abs(np.array([[one.nll_ratio.low, one.nll_ratio.high] for one in own]).T - ratio)
        axes.errorbar(place, ratio, bars, fmt="o", ms=3, lw=1, color=LAYER_COLOURS[index], label=calibration)
    axes.axhline(1, color=GREY, lw=1)
    axes.axhline(1.1, color=GREY, lw=0.8, ls=":")
    axes.set(yscale="log")
    axes.set_xticks(range(len(CIRCUITS)), CIRCUITS, rotation=45, ha="right")

"""Figures: how time and memory grow with array size, batch, Monte Carlo samples and flip rate."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.evaluation import in_process
from benchmarks.measure import Way, in_turns, ours
from benchmarks.memory import peak_gb
from benchmarks.networks import images, mapped
from benchmarks.workloads.arrays import GAUSSIAN, Decisions, Reads, bernoulli, telegraph, torch_product
from benchmarks.workloads.effort import Effort
from benchmarks.workloads.mlp import torch_products
from crossbar_nsm.report.figures.style import (
    COLUMN_INCH,
    GREY,
    LAYER_COLOURS,
    look,
    plain_log_axis,
    save_figure,
    subplots,
)

PRODUCT, MOMENTS = "torch product, noiseless", "distribution-exact"
CELLS, SELECTORS, TRAPS = "every cell drawn", "Bernoulli, every pair", "telegraph noise"
COLOURS = {PRODUCT: GREY, **dict(zip((MOMENTS, CELLS, SELECTORS, TRAPS), LAYER_COLOURS, strict=False))}
TURNS = 5


@dataclass
class Curve:
    """One panel: x values, and a list of y values for each name."""

    title: str
    x_label: str
    y_label: str
    x: list[float]
    y: dict[str, list[float]] = field(default_factory=dict)

    def add(self, values: dict[str, float]) -> None:
        for name, value in values.items():
            self.y.setdefault(name, []).append(value)


def draw(folder: Path, effort: Effort) -> dict[str, Any]:
    """Write scaling_time.png and scaling_memory.png; returns what they show."""
    toy = effort.layer < 512
    times = [_array_size(toy), _batch(toy), _samples(effort, toy), _flips(effort)]
    memory = [_memory_of_layers(toy), _memory_of_samples(effort, toy)]
    save_figure(_figure(times), folder, "scaling_time", ("png",))
    save_figure(_figure(memory), folder, "scaling_memory", ("png",))
    return {curve.title: vars(curve) for curve in (*times, *memory)}


def _readers(size: int, vectors: int) -> dict[str, Way]:
    return {
        PRODUCT: torch_product(size, vectors),
        MOMENTS: ours(Decisions(size, vectors)),
        CELLS: ours(Reads(GAUSSIAN, size, vectors, "device")),
        SELECTORS: ours(Reads(bernoulli(0.3), size, vectors)),
        TRAPS: ours(Reads(telegraph(1e-3), size, vectors)),
    }


def _milliseconds(ways: dict[str, Way]) -> dict[str, float]:
    return {name: 1e3 * timing.median_s for name, timing in in_turns(ways, TURNS).items()}


def _array_size(toy: bool) -> Curve:
    sizes = [16, 32] if toy else [64, 128, 256, 512, 1024]
    curve = Curve("Array size: 64 vectors, telegraph flip 1e-3", "rows = columns of the layer", "time / ms", sizes)
    for size in sizes:
        curve.add(_milliseconds(_readers(size, 64)))
    return curve


def _batch(toy: bool) -> Curve:
    counts, size = ([1, 4], 32) if toy else ([1, 4, 16, 64, 256, 1024], 256)
    curve = Curve(f"Batch: {size}x{size} weights, telegraph flip 1e-3", "vectors in a batch", "time / ms", counts)
    for vectors in counts:
        curve.add(_milliseconds(_readers(size, vectors)))
    return curve


def _samples(effort: Effort, toy: bool) -> Curve:
    many, count = ([2, 4] if toy else [1, 3, 10, 30, 100, 300]), max(1, effort.images // 4)
    curve = Curve(f"Samples: the MLP on {count:,} images", "Monte Carlo samples", "time / ms", many)
    chip, x = mapped("mlp"), images(count)
    for samples in many:
        predict = Way(partial(chip.predict, x, samples))
        curve.add(_milliseconds({PRODUCT: torch_products(count, samples), MOMENTS: predict}))
    return curve


def _flips(effort: Effort) -> Curve:
    title = f"Flip rate: {effort.layer}x{effort.layer} weights, {effort.vectors} vectors"
    curve = Curve(title, "flip probability per read", "time / ms", list(effort.flips))
    for flip in effort.flips:
        reads = ours(Reads(telegraph(flip), effort.layer, effort.vectors))
        curve.add(_milliseconds({PRODUCT: torch_product(effort.layer, effort.vectors), TRAPS: reads}))
    return curve


def _memory_of_layers(toy: bool) -> Curve:
    sizes, kinds = ([32, 64], ("none", "moments")) if toy else ([256, 512, 1024, 2048], ("none", *MEMORY))
    curve = Curve("Array size: programmed, 64 vectors read", "rows = columns of the layer", "peak memory / GB", sizes)
    for size in sizes:
        curve.add({LABELS[kind]: _layer_in_process(kind, size) for kind in kinds})
    return curve


def _memory_of_samples(effort: Effort, toy: bool) -> Curve:
    many, count = ([2, 4] if toy else [1, 10, 100, 300]), max(20, 2 * effort.images)
    curve = Curve(f"Samples: the MLP on {count:,} images", "Monte Carlo samples", "peak memory / GB", many)
    for samples in many:
        curve.add({MOMENTS: in_process("mlp", "moments", count, samples)["peak_gb"]})
    return curve


MEMORY = {
    "moments": lambda size: Decisions(size, 64),
    "cells": lambda size: Reads(GAUSSIAN, size, 64, "device"),
    "bernoulli": lambda size: Reads(bernoulli(0.3), size, 64),
    "telegraph": lambda size: Reads(telegraph(1e-3), size, 64),
}
LABELS = dict(zip(("none", *MEMORY), ("imports alone", MOMENTS, CELLS, SELECTORS, TRAPS), strict=True))
COLOURS["imports alone"] = GREY


def _layer_in_process(kind: str, size: int) -> float:
    """Peak memory [GB] of a fresh process that programs a layer and reads it twice."""
    command = [sys.executable, "-m", "benchmarks.workloads.scaling", kind, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    return float(json.loads(done.stdout))


def _figure(curves: list[Curve]) -> Figure:
    with look():
        rows = (len(curves) + 1) // 2
        figure, axes = subplots(rows, 2, figsize=(2 * COLUMN_INCH, 0.78 * rows * COLUMN_INCH),
                                    squeeze=False)  # fmt: skip
        for panel, curve in zip(axes.flat, curves, strict=True):
            _draw_curve(panel, curve)
        handles = {line.get_label(): line for panel in axes.flat for line in panel.get_lines()}
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)  # type: ignore[arg-type]
    return figure


def _draw_curve(axes: Axes, curve: Curve) -> None:
    for name, values in curve.y.items():
        style = "--" if COLOURS[name] == GREY else "-"
        axes.plot(curve.x, values, style, marker="o", ms=3, lw=1.2, color=COLOURS[name], label=name)
    axes.set(xscale="log", yscale="log" if "time" in curve.y_label else "linear", title=curve.title)
    axes.set(xlabel=curve.x_label, ylabel=curve.y_label)
    if max(curve.x) >= 1:
        axes.set_xticks(curve.x, [f"{value:g}" for value in curve.x], minor=False)
        axes.xaxis.minorticks_off()
    values = [value for row in curve.y.values() for value in row]
    if "time" in curve.y_label:
        plain_log_axis(axes.yaxis, (min(values), max(values)))
    else:
        axes.set_ylim(bottom=0)


def main() -> None:
    kind, size = sys.argv[1], int(sys.argv[2])
    read = MEMORY.get(kind, lambda _: lambda: None)(size)
    read()
    read()
    print(json.dumps(peak_gb()))


if __name__ == "__main__":
    main()

"""Figures of an error budget; one function = one figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.experiment.budget.rows import BudgetRow, Measure
from crossbar_nsm.report.figures.style import COLUMN_INCH, GREY, LAYER_COLOURS, look, subplots
from crossbar_nsm.report.points.measures import UNITS
from device_models.checks.arguments import checked, instance_of
from device_models.number_text import counted

BLUE, ORANGE, GREEN = LAYER_COLOURS[:3]
INCH_PER_BAR = 0.19
A_BUDGET = instance_of(Budget, of="an error budget, as budget gives it")
WHISKER = {"ecolor": "#222222", "elinewidth": 0.8, "capsize": 1.5}


@checked(budget=A_BUDGET)
def waterfall(budget: Budget) -> Figure:
    """From ideal software to the whole hardware: what every step adds to error and NLL, whiskers the 95 % interval of
    the step over chips."""
    ladder = budget.view("ladder")
    names = [row.effect for row in ladder] + ["hardware"]
    with look():
        figure, panels = _panels(len(names), names)
        for axes, (measure, (label, factor)) in zip(panels, UNITS.items(), strict=True):
            _steps(axes, ladder, measure, factor)
            axes.set_xlabel(label)
        figure.suptitle(_title(budget, "from ideal software to hardware"), fontsize=8)
        kinds = [Patch(color=ORANGE, label="worse"), Patch(color=GREEN, label="better")]
        figure.legend(handles=kinds, loc="outside lower center", ncols=2)
    return figure


@checked(budget=A_BUDGET)
def single_effects(budget: Budget) -> Figure:
    """What each effect adds to ideal cells by itself, and to the rest of the hardware; whiskers as in `waterfall`."""
    views = {"alone, on ideal cells": budget.view("alone"), "in the whole hardware": budget.view("left_out")}
    names = [row.effect for row in budget.view("alone")]
    with look():
        figure, panels = _panels(2 * len(names) + 1, names)
        for axes, (measure, (label, factor)) in zip(panels, UNITS.items(), strict=True):
            for shift, colour, (view, rows) in zip((-0.2, 0.2), (BLUE, ORANGE), views.items(), strict=True):
                heights = np.arange(len(rows)) + shift
                changes, whiskers = _changes(rows, measure, factor)
                axes.barh(heights, changes, 0.36, xerr=whiskers, color=colour, label=view, error_kw=WHISKER)
            axes.axvline(0, color=GREY, lw=0.8)
            axes.set_xlabel(f"added {label}")
        figure.suptitle(_title(budget, "what each effect adds"), fontsize=8)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _panels(bars: int, names: Sequence[str]) -> tuple[Figure, list[Axes]]:
    """Two panels side by side with one line for each name, the first on top."""
    size = (2.1 * COLUMN_INCH, 1.2 + INCH_PER_BAR * bars)
    figure, panels = subplots(1, 2, figsize=size, sharey=True)
    for axes in panels:
        axes.grid(axis="y", visible=False)
    panels[0].set_yticks(range(len(names)), names)
    panels[0].set_ylim(len(names) - 0.4, -0.6)
    return figure, list(panels)


def _steps(axes: Axes, ladder: list[BudgetRow], measure: Measure, factor: float) -> None:
    """Both ends as marks with their values, the steps between as bars from one level to the next."""
    levels = np.array([factor * getattr(row, measure) for row in ladder])
    lines = np.arange(len(ladder))
    changes, whiskers = _changes(ladder[1:], measure, factor)
    colours = [ORANGE if change > 0 else GREEN for change in changes]
    axes.barh(lines[1:], changes, 0.7, left=levels[:-1], xerr=whiskers, color=colours, error_kw=WHISKER)
    axes.vlines(levels, lines, lines + 1, color=GREY, lw=0.6)
    for level, line in ((levels[0], 0), (levels[-1], len(ladder))):
        axes.plot(level, line, "D", color=GREY, ms=4)
        value = f"{level:#.3g}"
        axes.annotate(value, (level, line), xytext=(6, 0), textcoords="offset points", va="center", fontsize=7)
    axes.margins(x=0.12)


def _changes(rows: Sequence[BudgetRow], measure: Measure, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Changes and half their 95 % intervals (0 with one chip); 0 for effects that cannot be taken out."""
    changes = [row.change[measure] if row.change else None for row in rows]
    means = [factor * change.mean if change else 0.0 for change in changes]
    halves = [factor * (change.high - change.mean) if change and change.high is not None else 0.0 for change in changes]
    return np.array(means), np.array(halves)


def _title(budget: Budget, what: str) -> str:
    config = budget.config
    return (
        f"{config.device.name}, {config.neuron.scaling}: {what}\n"
        f"{counted(budget.images, 'image')} x {counted(budget.samples, 'sample')}, {counted(budget.chips, 'chip')}"
    )

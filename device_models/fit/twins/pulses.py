"""The twin's cells programmed to every level of the measured staircase and read once, beside the measured reads.

Every level of the twin is written anew, as the preset's cells are; measured ones follow each other. So levels and
spreads over parts of the staircase are compared, not how one read follows the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from device_models.cells import Cells
from device_models.device import Device
from device_models.fit.pulse_trains.curve import positions
from device_models.fit.pulse_trains.fit import PulsesFit
from device_models.fit.twins.comparison import Tolerance, TwinRow, compare, within
from device_models.parts.read_noise import ReadConditions
from device_models.shown import shown
from device_models.streams import Stream

PART, TWINS, PARTS, MOST_TRAINS = "pulses", 100, 5, 20
SPREAD, LEVEL = within(0.15), 0.05  # of the range


@shown
@dataclass(frozen=True)
class PulsesPair:
    """Reads [S] after each of `pulse`: measured (trains, pulses); of one twin of every train; median of all twins and
    their central 95 %."""

    direction: str
    pulse: np.ndarray
    measured_s: np.ndarray
    twin_s: np.ndarray
    middle_s: np.ndarray
    range_s: tuple[np.ndarray, np.ndarray]


def compare_pulses(device: Device, fit: PulsesFit, seed: int) -> tuple[list[TwinRow], PulsesPair | None, list[str]]:
    """Comparisons of the direction that programs, a pair for figures, and notes."""
    stairs, pulses = fit.used, device.programming.pulses
    trains = [train for train in stairs.trains_s if len(train) == stairs.count][:MOST_TRAINS]
    if pulses is None or not trains:
        return [], None, []
    notes = []
    if len(trains) < len(stairs.trains_s):
        notes.append(f"{len(trains)} of {len(stairs.trains_s)} trains of pulses are compared")
    if len(fit.staircases) > 1:
        notes.append(f"pulses of the other direction than {fit.direction} program no cell of the preset: not compared")
    measured = np.stack(trains)
    target = pulses.spread(device.conductance).at_position(positions(stairs.count))
    stream = Stream(seed=seed, layer="twin pulses")
    level = np.broadcast_to(target, (TWINS * len(trains), stairs.count))
    g_s = device.program(level, stream).g_s
    noise_s = device.read_law(Cells(g_s, stream), ReadConditions()).sd_s
    twins = g_s + noise_s * stream.generator("twin reads").standard_normal(g_s.shape)
    twins = twins.reshape(TWINS, len(trains), stairs.count)
    rows = _rows(measured, twins, target, device.conductance.span_s)
    low, middle, high = np.percentile(twins, (2.5, 50, 97.5), axis=(0, 1))
    pulse = np.arange(1, stairs.count + 1)
    return rows, PulsesPair(fit.direction, pulse, measured, twins[0], middle, (low, high)), notes


def _rows(measured: np.ndarray, twins: np.ndarray, target: np.ndarray, span_s: float) -> list[TwinRow]:
    """Mean conductance in every part of the staircase, and the spread beside the curve over all of it."""
    rows, tolerance = [], Tolerance(f"{100 * LEVEL:g} % of the range", absolute=LEVEL * span_s)
    edges = np.linspace(0, len(target), PARTS + 1).round().astype(int)
    for first, last in pairwise(edges):
        of, part = f"pulses {first + 1} to {last}", slice(int(first), int(last))
        each = twins[..., part].mean(axis=(1, 2))
        rows.append(compare(PART, "level", of, float(measured[:, part].mean()), each, tolerance, "S"))
    spread = (twins - target).std(axis=(1, 2))
    rows.append(compare(PART, "spread beside the curve", "all pulses", _sd(measured, target), spread, SPREAD, "S"))
    return rows


def _sd(reads: np.ndarray, target: np.ndarray) -> float:
    return float((reads - target).std())

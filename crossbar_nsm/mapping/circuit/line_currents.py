"""Currents of bit lines: what flows into the sense node of every single line, and of every pair as the difference.

A sense node gets the line of all row tiles where their currents add up, or that of one row tile where each has a
converter. Currents are means over the noise of the cells.

Equations: docs/physics.md#currents-in-amperes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.layer_input import LayerInput
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Currents:
    """Sizes of currents [A]. typical_a: median over lines (or pairs), positions and inputs; largest_seen_a: of these;
    largest_possible_a: the largest that any inputs between -1 and 1 would give."""

    typical_a: float
    largest_seen_a: float
    largest_possible_a: float


def line_currents(
    arrays: Iterable[Crossbar], layer_input: LayerInput, z: np.ndarray, rows: list[slice]
) -> tuple[Currents, Currents]:
    """Of single lines and of pairs, G+ less G-, for inputs z (n, inputs) as the drivers give them; rows: those whose
    currents meet at one sense node."""
    lines, pairs, most_of_lines, most_of_pairs = [], [], 0.0, 0.0
    for array in arrays:
        line_s, voltage_v = array.line_conductances_s(), array.read.voltage_v
        reach = 1.0 if layer_input.shift is None else 1 + np.abs(layer_input.shift)[:, None]
        for part in rows:
            plus, minus = (voltage_v * _product(layer_input, z, matrix, part) for matrix in line_s)
            lines += [np.abs(plus).ravel(), np.abs(minus).ravel()]
            pairs.append(np.abs(plus - minus).ravel())
            most_of_lines = max(most_of_lines, voltage_v * _most(line_s * reach, part))
            most_of_pairs = max(most_of_pairs, voltage_v * _most((line_s[:1] - line_s[1:]) * reach, part))
    return _currents(lines, most_of_lines), _currents(pairs, most_of_pairs)


def largest_pair_current_a(array: Crossbar) -> float:
    """The largest current of a pair that any inputs would give [A], by what the cells were to be programmed to: the
    same for every chip."""
    targets = array.targets
    drive = np.abs(targets.gain) / targets.column_scale
    difference_s = np.abs(targets.target_s[0] - targets.target_s[1])
    return float(array.read.voltage_v * (drive * difference_s).sum(axis=0).max())


def _product(layer_input: LayerInput, z: np.ndarray, matrix: np.ndarray, part: slice) -> np.ndarray:
    return layer_input.product(z, np.ascontiguousarray(matrix, np.float32), part).astype(np.float64)


def _most(conductances_s: np.ndarray, part: slice) -> float:
    """Of all lines, when every input pulls the same way [S]."""
    return float(np.abs(conductances_s[:, part]).sum(axis=1).max())


def _currents(seen: list[np.ndarray], most_a: float) -> Currents:
    values = np.concatenate(seen)
    return Currents(float(np.median(values)), float(values.max()), most_a)

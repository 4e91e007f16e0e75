"""A layer's inputs for the calibration images, and the straight line through the mean signals of its arrays.

A trained neuron knows its inputs z only as x = w.z. What its reads give, s(z), is fitted by s = m x + o: programming
errors, drift and wires change the slope m, add an offset o (inputs do not average to zero) and leave a residual, the
direction error, which no setting of a neuron repairs (`docs/physics.md`, Calibration).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.dac import driven
from crossbar_nsm.array.layer_input import LayerInput

SMALLEST_CHANGE = 1e-3  # of t: with a smaller sd the inputs say nothing of the slope


@dataclass(frozen=True)
class Line:
    """slope, offset (signals, neurons) and residual (signals, signals, neurons), the covariance of what is left."""

    slope: np.ndarray
    offset: np.ndarray
    residual: np.ndarray


class Activations:
    """states (n, inputs) float32, flat: the inputs. weight (outputs, rows): as trained. positions: those that
    have a neuron (beta and c) of their own; a neuron that serves several gets an observation at each. input_bits: of
    the row drivers, which round `states` (see `crossbar_nsm.array.dac`).

    share_squared (1 or n, units): sum_j w_j^2 z_j^2 / ||w||^2, the part of a unit's noise variance that inputs carry.
    """

    def __init__(
        self,
        states: np.ndarray,
        layer_input: LayerInput,
        weight: np.ndarray,
        positions: int,
        input_bits: int | None = None,
    ):
        trained = np.ascontiguousarray(states.reshape(len(states), -1), np.float32)
        self.states = driven(trained, input_bits)
        self.outputs, self.positions = len(weight), positions
        norm = np.linalg.norm(weight, axis=1)
        self.norm = np.repeat(norm, positions)
        direction = (weight / np.where(norm > 0, norm, 1)[:, None]).astype(np.float32)
        self.t = self.by_neuron(layer_input.product(trained, np.ascontiguousarray(direction.T)))
        share = layer_input.squares(trained, np.ascontiguousarray(direction.T**2))
        self.share_squared = np.where(share > 0, share, 1)

    def by_neuron(self, units: np.ndarray) -> np.ndarray:
        """Values (n, units) as (neurons, observations)."""
        n = len(units)
        each = units.reshape(n, self.outputs, -1)
        if self.positions == each.shape[2]:
            return np.ascontiguousarray(units.T)
        return np.ascontiguousarray(each.swapaxes(0, 1)).reshape(self.outputs, -1)

    def line(self, signals: np.ndarray) -> Line:
        """The line through signals (signals, n, units).

        The slope is that of least squares with one observation more, of an input that changes t = w.z/||w|| by 1 and
        lies on the line of the layer's median neuron: neurons whose t hardly changes take its slope.
        """
        norm = np.where(self.norm > 0, self.norm, 1)
        y = np.stack([self.by_neuron(signal) / _column(norm) for signal in signals])
        count, t_mean, y_mean = self.t.shape[1], _mean(self.t), _mean(y)
        t_left, y_left = self.t - _column(t_mean), y - _column(y_mean)
        t_square, together = _product(t_left, t_left) * count, _product(y_left, t_left) * count
        told = t_square > SMALLEST_CHANGE**2 * count
        ratio = np.where(told, together / np.where(told, t_square, 1), np.nan)
        usual = np.nanmedian(ratio, axis=1, keepdims=True) if told.any() else np.ones((len(y), 1))
        slope = (together + usual) / (t_square + 1)
        left = y_left - _column(slope) * t_left
        residual = np.stack([[_product(a, b) for b in left] for a in left])
        return Line(slope, (y_mean - slope * t_mean) * norm, residual * norm**2)


def _mean(values: np.ndarray) -> np.ndarray:
    result: np.ndarray = values.mean(axis=-1, dtype=np.float64)
    return result


def _column(values: np.ndarray) -> np.ndarray:
    return values[..., None].astype(np.float32)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean of a b over observations, (..., neurons)."""
    return _mean(a * b)

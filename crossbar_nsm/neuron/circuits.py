"""Circuits that realise the scaling a_i: u = sum_k c_k r_k, several operands r_k of a column before one comparator.

The coefficients of neuron i lie on a line, c = start + g_i slope, and calibration chooses g_i:

- `none`     u = r1                       the native noise only
- `digital`  u = r1 + a d                 d: noise-free product of the programmed conductances (the upper bound)
- `averaged` u = r1 + a mean(r2..rM+1)  M more reads of the same cells (`averaged_reads`) stand for d
- `paired`   u = (1 + g) r1 - g r2        two reads of the same cells: fresh noise is amplified, the signal is not
- `replica`  u = (1 + g) r1 - g r2        r2 from a second array with programming errors of its own
- `row_mask` u = r1 + a r2                r1 with a random part of the rows driven: a bit for every input neuron and
                                          pass, 1 with `mask_keep_probability`, shared by all positions, tiles and
                                          columns; r2 is a read of the same cells with all rows driven

A new circuit is one entry of CIRCUITS and its name in `neuron.scalings`, or one that a user registers (`registered`):
all else asks the operands.

Equations: docs/physics.md#circuits-and-their-gain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.operand import MAIN, REPLICA, Operand
from crossbar_nsm.neuron.config import NeuronConfig
from crossbar_nsm.neuron.scalings import OF_USERS
from device_models.errors import ConfigError
from device_models.shown import shown

READ, PRODUCT, READ_OF_REPLICA = Operand(), Operand(is_read=False), Operand(REPLICA)


@shown
@dataclass(frozen=True)
class Circuit:
    """operands: what each r_k is. start, slope: see the module's text; one entry per operand."""

    name: str
    operands: tuple[Operand, ...]
    start: tuple[float, ...]
    slope: tuple[float, ...]

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the arrays that a layer needs, the main one first."""
        return tuple(dict.fromkeys([MAIN, *(operand.array for operand in self.operands)]))

    @property
    def reads(self) -> int:
        """Analog reads that a decision takes, of all arrays together."""
        return sum(operand.is_read for operand in self.operands)

    @property
    def successive_reads(self) -> int:
        """Most reads of one array that a decision combines, one after the other."""
        return max(sum(operand.is_read and operand.array == name for operand in self.operands) for name in self.arrays)

    @property
    def drive_probability(self) -> np.ndarray:
        """(operands): probability that a row is driven."""
        return np.array([operand.drive_probability for operand in self.operands])

    @property
    def mask_probability(self) -> float:
        """With which the mask of a pass drives a row; 1 without a mask."""
        return min(operand.drive_probability for operand in self.operands)

    @property
    def signals(self) -> np.ndarray:
        """(2, operands): how the operands make up s_0 and s_1 of u = s_0 + g s_1."""
        return np.array([self.start, self.slope])

    @property
    def amplifies_fresh_noise(self) -> bool:
        """Whether the gain multiplies what differs between reads of the same cells, and nothing that they share."""
        shared = dict.fromkeys(self.arrays, 0.0)
        for operand, slope in zip(self.operands, self.slope, strict=True):
            shared[operand.array] += slope * operand.drive_probability
        return any(self.slope) and not any(shared.values())

    def coefficients(self, gain: np.ndarray) -> np.ndarray:
        """c (operands, neurons) for the gains a_i or g_i (neurons)."""
        return np.asarray(self.start)[:, None] + np.asarray(self.slope)[:, None] * gain


def _averaged(neuron: NeuronConfig) -> Circuit:
    more = neuron.averaged_reads
    return Circuit("averaged", (READ,) * (1 + more), (1.0,) + (0.0,) * more, (0.0,) + (1 / more,) * more)


def _row_mask(neuron: NeuronConfig) -> Circuit:
    masked = Operand(mask_probability=neuron.mask_keep_probability)
    return Circuit("row_mask", (masked, READ), (1.0, 0.0), (0.0, 1.0))


CIRCUITS: dict[str, Callable[[NeuronConfig], Circuit]] = {
    "none": lambda _: Circuit("none", (READ,), (1.0,), (0.0,)),
    "digital": lambda _: Circuit("digital", (READ, PRODUCT), (1.0, 0.0), (0.0, 1.0)),
    "averaged": _averaged,
    "paired": lambda _: Circuit("paired", (READ, READ), (1.0, 0.0), (1.0, -1.0)),
    "replica": lambda _: Circuit("replica", (READ, READ_OF_REPLICA), (1.0, 0.0), (1.0, -1.0)),
    "row_mask": _row_mask,
}


def circuit_of(neuron: NeuronConfig) -> Circuit:
    """The circuit that a configuration asks for. Raises ConfigError for one that is not registered any more, and what
    the function of a registered one raises."""
    make = CIRCUITS.get(neuron.scaling) or OF_USERS.get(neuron.scaling)
    if make is None:
        raise ConfigError(f"neuron.scaling: no circuit is called {neuron.scaling} any more").see("choose_a_circuit")
    return make(neuron)

"""Moments of a layer's two signals as measured on the programmed chip (`docs/physics.md`, Measured calibration).

Every calibration image's activations are read `reads` times in a row at the true interval, through the same drivers,
cells, telegraph states, converters and comparators (whose offsets thus join the signals) as later evaluations. Means
over reads give the line, the spread over all reads of one input the covariance, half the mean squared change from one
pass to the next the fresh part of it. The comparators' noise is taken from their data sheet.
"""

from __future__ import annotations

import warnings

import numpy as np

from crossbar_nsm.array.reader import Reader
from crossbar_nsm.engine.sampling.passes import CALIBRATION, CALIBRATION_VECTOR, chunks
from crossbar_nsm.mapping.calibration.activations import Activations
from crossbar_nsm.mapping.reads.converters import DigitalSums
from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.gain import SignalMoments

SIGMAS = 5.0  # beyond chance
WORTH_A_WARNING = 0.05  # relative standard error of beta


def measured_moments(
    circuit: Circuit,
    reads: Reader,
    sums: DigitalSums | None,
    activations: Activations,
    added: np.ndarray,
    offset: np.ndarray,
    each: int,
) -> SignalMoments:
    """Moments of the signals, measured with `each` >= 2 reads of each of the activations.

    reads keeps the operands apart. sums: of digital partial sums, or None. added, offset (neurons): variance of the
    comparators' noise, and their offsets.
    """
    measured = _Measurement(activations, each)
    reads.begin_at(CALIBRATION_VECTOR)
    states, units = activations.states, activations.share_squared.shape[1]
    for passes in chunks(len(states), each, "input_major", first_image=CALIBRATION, widest=units):
        currents = reads.operand_currents(states[passes.start : passes.stop], passes.input_of, passes)
        numbers = currents.sum(axis=1) if sums is None else sums.numbers(currents)
        signals = np.einsum("sk,kpu->spu", circuit.signals.astype(np.float32), numbers)
        measured.add(passes.start, passes.stop, signals)
    return measured.moments(added, offset)


class _Measurement:
    """Sums over chunks of passes."""

    def __init__(self, activations: Activations, each: int):
        self.activations, self.each = activations, each
        n, units = len(activations.states), activations.share_squared.shape[1]
        self.total = np.zeros((2, n, units), np.float32)
        self.changes = np.zeros((2, 2, units))
        self.spread = np.zeros((2, 2, units))
        self.change_count = self.spread_count = 0

    def add(self, start: int, stop: int, signals: np.ndarray) -> None:
        """signals (2, passes, units): all reads of the activations start to stop, one after the other."""
        by_input = signals.reshape(2, stop - start, -1, signals.shape[2])
        total = by_input.sum(axis=2)
        self.total[:, start:stop] += total
        share = self.activations.share_squared
        per_share = 1 / np.sqrt(share if len(share) == 1 else share[start:stop]).astype(np.float32)[:, None]
        reads = by_input.shape[2]
        steps = np.diff(by_input, axis=2) * per_share
        left = (by_input - total[:, :, None] / reads) * per_share
        self.changes += _products(steps) / 2
        self.spread += _products(left)
        self.change_count += steps.shape[1] * steps.shape[2]
        self.spread_count += left.shape[1] * (left.shape[2] - 1)

    def moments(self, added: np.ndarray, offset: np.ndarray) -> SignalMoments:
        """What was measured, per neuron."""
        line = self.activations.line(self.total / np.float32(self.each))
        covariance = self._per_neuron(self.spread / max(self.spread_count, 1))
        fresh = _fresh(covariance, self._per_neuron(self.changes / max(self.change_count, 1)))
        left = 1 - 2 / self.activations.t.shape[1]  # of the noise of means, when a line was fitted to them
        residual = line.residual - left * covariance / self.each
        with_comparator = line.offset + np.stack([offset, np.zeros_like(offset)])
        norm = self.activations.norm
        return SignalMoments(line.slope, fresh, added, norm, with_comparator, residual, covariance - fresh)

    def _per_neuron(self, values: np.ndarray) -> np.ndarray:
        """(2, 2, units) as (2, 2, neurons): means over the positions that share a neuron."""
        neurons = len(self.activations.norm)
        result: np.ndarray = values.reshape(2, 2, neurons, -1).mean(axis=3)
        return result


def _fresh(covariance: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """The fresh part of a covariance: half the mean squared change. Where over all neurons of the layer the two differ
    by chance only, nothing is frozen, and the covariance, with 2/3 of the variance, is the better estimate."""
    scale = np.where(covariance[0, 0] > 0, covariance[0, 0], 1)
    frozen = (covariance[0, 0] - changes[0, 0]) / scale
    nothing_frozen = abs(frozen.mean()) <= SIGMAS * frozen.std() / np.sqrt(len(frozen))
    return covariance if nothing_frozen and len(frozen) > 1 else changes


def _products(signals: np.ndarray) -> np.ndarray:
    """Sums of s_k s_l over inputs and reads, (2, 2, units), for signals (2, inputs, reads, units)."""
    result = np.empty((2, 2, signals.shape[3]))
    for k in range(2):
        for other in range(k + 1):
            sums = np.einsum("iru,iru->u", signals[k], signals[other], optimize=False)
            result[k, other] = result[other, k] = sums
    return result


def warn_of_few_reads(layer: str, beta: np.ndarray, reads: int, positions: int) -> None:
    """Warns when `reads` of a neuron, at `positions` each, leave its beta uncertain.

    The standard error is sqrt((1 + 1/beta^2)/(2 reads)) of beta: the variance has a relative variance of 2/reads (half
    the mean squared change one of 3/reads), the slope one of 1/(2 beta^2 reads), where w.z has an sd of ||w||."""
    usual = float(np.median(np.abs(beta)))
    factor = (1 + 1 / max(usual, 1e-3) ** 2) / 2
    error = np.sqrt(factor / (reads * positions))
    if error > WORTH_A_WARNING:
        needed = int(np.ceil(factor / WORTH_A_WARNING**2))
        warnings.warn(
            f"layer {layer}: {reads} reads of each neuron leave beta uncertain by {100 * error:.0f} %; "
            f"{needed} reads would leave {100 * WORTH_A_WARNING:.0f} % (neuron.calibration_reads counts those of each "
            "calibration image)",
            stacklevel=2,
        )

"""Moments of a layer's two signals as its programmed cells have them: what `calibration: analytic` goes by, and what
every calibration is judged by.

They follow from the conductances as programmed and aged and from the device's laws. The present states of 1/f noise and
traps are unknown before the chip is read, so means are averages over time, and the part of slow noise that successive
passes share counts as `frozen` variance. This holds for `read.slow_noise: trajectory` and `split` alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.operand import MAIN, Operand
from crossbar_nsm.mapping.calibration.activations import Activations, Line
from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.gain import SignalMoments

Arrays = Mapping[str, Crossbar]


def exact_moments(
    circuit: Circuit,
    arrays: Arrays,
    weight: np.ndarray,
    added: np.ndarray,
    layer_input: LayerInput | None = None,
    activations: Activations | None = None,
    converters: Mapping[str, Adc] = MappingProxyType({}),
) -> SignalMoments:
    """Moments of the signals of a layer's neurons; weight (outputs, rows), added (outputs).

    activations: the layer's inputs for calibration images, to which lines are fitted. Without them the slope is that
    along the trained weights, (W w)/||w||^2, and the offset what row drivers add. The noise of operands with converters
    includes their rounding. layer_input: what the rows get (default: a dense layer's inputs).
    """
    arrays = {name: array.unsplit for name, array in arrays.items()}
    layer_input = layer_input or LayerInput(weight.shape[1])
    covariance, frozen = neuron_covariances(circuit, arrays, layer_input, activations, converters)
    if activations is None:
        line = _projected(circuit, arrays, weight)
    else:
        line = _fitted(circuit, arrays, layer_input, activations)
    positions = line.slope.shape[1] // len(weight)
    added, norm = (np.repeat(values, positions) for values in (added, np.linalg.norm(weight, axis=1)))
    return SignalMoments(line.slope, covariance, added, norm, line.offset, line.residual, frozen)


def neuron_covariances(
    circuit: Circuit,
    arrays: Arrays,
    layer_input: LayerInput,
    activations: Activations | None = None,
    converters: Mapping[str, Adc] = MappingProxyType({}),
) -> tuple[np.ndarray, np.ndarray]:
    """`operand_covariances` of every neuron of the activations, (2, 2, neurons), for the sizes of the inputs that they
    have; without activations of every output, for inputs +-1."""
    fresh, frozen = operand_covariances(circuit, arrays, layer_input.positions, converters)
    if activations is None:
        return fresh, frozen
    fresh, frozen = (np.repeat(values, activations.positions, axis=-1) for values in (fresh, frozen))
    if not (layer_input.is_dense and layer_input.squares_are_constant):
        share = _noise_share(arrays[MAIN], circuit.mask_probability, layer_input, activations)
        fresh, frozen = fresh * share, frozen * share
    return fresh, frozen


def operand_covariances(
    circuit: Circuit, arrays: Arrays, positions: int, converters: Mapping[str, Adc] = MappingProxyType({})
) -> tuple[np.ndarray, np.ndarray]:
    """Covariance (2, 2, outputs) of the signals of one pass: what is fresh from pass to pass, and what is frozen.

    A masked read is sum_j m_j z_j w_j(t), m_j = 1 with probability p, drawn for every pass. Its covariance with a read
    of all rows is p times, with a masked read of another pass p^2 times that of two reads of all rows. The masks add
    p (1 - p) sum_j E[w_j^2] to its variance, all of it fresh.
    """
    outputs, size = arrays[MAIN].tiling.outputs, len(circuit.operands)
    fresh, frozen = np.zeros((2, size, size, outputs))
    known: dict[tuple[str, int], tuple[np.ndarray, np.ndarray]] = {}
    for k, first in enumerate(circuit.operands):
        for other, second in enumerate(circuit.operands):
            if first.array == second.array and first.is_read and second.is_read:
                which = (first.array, abs(k - other))
                if which not in known:
                    known[which] = _pair_covariance(arrays[first.array], which[1], positions)
                driven = first.drive_probability * second.drive_probability
                fresh[k, other], frozen[k, other] = (driven * values for values in known[which])
        fresh[k, k] = _with_rounding_and_mask(fresh[k, k], first, arrays[first.array], converters.get(first.array))
    mix = circuit.signals
    return _mixed(mix, fresh), _mixed(mix, frozen)


def _with_rounding_and_mask(fresh: np.ndarray, operand: Operand, array: Crossbar, converter: Adc | None) -> np.ndarray:
    """Fresh variance of an operand, (outputs), of whose cells it is `fresh`."""
    driven = operand.drive_probability
    if operand.is_read and converter is not None:
        fresh = fresh + _rounding_variance(converter, array, fresh, driven)
    return fresh + array.mask_variance(driven).sum(axis=0)


def _noise_share(array: Crossbar, keep: float, layer_input: LayerInput, activations: Activations) -> np.ndarray:
    """What the covariances for inputs +-1 are multiplied with to be those for the activations, (neurons): the mean of

        [sum_j v_j z_j^2 / sum_j v_j] / [sum_j w_j^2 z_j^2 / ||w||^2],

    v_j the variance of a pair, w_j the trained weight. The denominator is how the noise of a trained neuron depends on
    its inputs. The ratio is not 1 where inputs differ in size (real, zeros of padding, shifted by drivers) and v_j is
    not proportional to w_j^2."""
    variance = array.mask_variance(keep) + keep**2 * array.pair_variance()
    total = variance.sum(axis=0)
    of_pairs = (variance / np.where(total > 0, total, 1)).astype(np.float32)
    share = activations.by_neuron(layer_input.squares(activations.states, of_pairs) / activations.share_squared)
    silent = np.repeat(total == 0, len(share) // len(total))
    return np.where(silent, 1.0, share.mean(axis=1, dtype=np.float64))


def _mixed(mix: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.einsum("sk,kln,tl->stn", mix, covariance, mix, optimize=True)
    return result


def _pair_covariance(array: Crossbar, apart: int, positions: int) -> tuple[np.ndarray, np.ndarray]:
    """Covariance (outputs) of two reads of one pass, the second `apart` reads after the first: what is fresh from pass
    to pass, and what is frozen: the next pass has it too, so it is an error of the weights.

    Fresh is half the mean squared change from pass to pass: R(0) - R(D) for one read, R(d) - [R(D - d) + R(D + d)] / 2
    for two reads d apart, with passes D apart. A convolution reads its positions between two passes.
    """
    if array.law.independent and apart:
        return np.zeros(array.tiling.outputs), np.zeros(array.tiling.outputs)
    lag_s, between_s = apart * array.read.between_reads_s, positions * array.read.interval_s
    covariance = array.settled_covariance
    if apart == 0:
        fresh = np.maximum(covariance(0.0) - covariance(between_s), 0.0)
    else:
        fresh = covariance(lag_s) - (covariance(between_s - lag_s) + covariance(between_s + lag_s)) / 2
    return fresh, array.covariance(lag_s) - fresh


def _rounding_variance(converter: Adc, array: Crossbar, fresh: np.ndarray, keep: float) -> np.ndarray:
    """What rounding adds to the variance of a read that changes from pass to pass, (outputs): `fresh` of its cells, and
    that of a mask which keeps a share `keep` of the rows."""
    total = array.tile_variance()
    of_column = total.sum(axis=0)
    of_tiles = total * np.where(of_column > 0, fresh / np.where(of_column > 0, of_column, 1), 0)
    return converter.rounding_variance(of_tiles + array.tile_mask_variance(keep))


def _projected(circuit: Circuit, arrays: Arrays, weight: np.ndarray) -> Line:
    """The line that inputs +-1 without preference would give."""
    norm_squared = (weight**2).sum(axis=1)
    safe = np.where(norm_squared > 0, norm_squared, 1)
    slope = np.stack([(matrix * weight.T).sum(axis=0) / safe for matrix in _matrices(circuit, arrays)])
    offset = np.stack([array.mean_offset() for array in _sources(circuit, arrays)])
    nothing = np.zeros((2, 2, len(weight)))
    return Line(circuit.signals @ (circuit.drive_probability[:, None] * slope), circuit.signals @ offset, nothing)


def _fitted(circuit: Circuit, arrays: Arrays, layer_input: LayerInput, activations: Activations) -> Line:
    """Lines through the exact mean signals of the activations."""
    sources, driven = _sources(circuit, arrays), circuit.drive_probability[:, None]
    matrices = driven[:, :, None] * np.stack(_matrices(circuit, arrays))
    mixed = np.einsum("sk,kro->sro", circuit.signals, matrices).astype(np.float32)
    line = activations.line(
        np.stack([layer_input.product(activations.states, np.ascontiguousarray(matrix)) for matrix in mixed])
    )
    # drivers add to masked rows too
    rest = circuit.signals @ ((1 - driven) * np.stack([array.mean_offset() for array in sources]))
    return replace(line, offset=line.offset + np.repeat(rest, line.offset.shape[1] // rest.shape[1], axis=1))


def _matrices(circuit: Circuit, arrays: Arrays) -> list[np.ndarray]:
    """What each operand is in the mean."""
    known = {name: arrays[name].mean_matrix() for name in circuit.arrays}
    return [known[operand.array] for operand in circuit.operands]


def _sources(circuit: Circuit, arrays: Arrays) -> list[Crossbar]:
    """The array that each operand is read from."""
    return [arrays[operand.array] for operand in circuit.operands]

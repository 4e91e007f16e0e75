"""Products and pools of layers in numpy, on flat states (inputs, units): same bits for any batch and thread count."""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from crossbar_nsm.engine.kernels.convolution import Window, convolution, masked_convolution, pooled
from crossbar_nsm.engine.kernels.counter_random import WORDS, fill_words, u64
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.product import blocked_product
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.nsm.architecture import ConvSpec, Placement, PoolSpec
from crossbar_nsm.nsm.noise import SMALLEST_SHARE
from crossbar_nsm.nsm.substrate import row_norms


class _DenseProduct:
    """w.z, (inputs, outputs)."""

    def __init__(self, weight: np.ndarray):
        self.matrix = contiguous(weight.T)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        result: np.ndarray = blocked_product(z, self.matrix)
        return result

    def masked(
        self, z: np.ndarray, input_of: np.ndarray, keep_probability: float, passes: Passes, key: np.uint64
    ) -> np.ndarray:
        """w.z of input rows[p] in pass p, with a fresh Bernoulli mask for every weight and pass."""
        result: np.ndarray = _masked_product(
            z, input_of, self.matrix, keep_probability, passes.samples, passes.images, key
        )
        return result


class _ConvProduct:
    """w.z of every channel and position, (inputs, channels height width)."""

    def __init__(self, spec: ConvSpec, inputs: tuple[int, ...], weight: np.ndarray):
        channels, height, width = inputs
        self.window = Window(channels, height, width, spec.kernel, spec.stride, spec.padding)
        self.matrix = contiguous(weight.reshape(len(weight), -1))

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return convolution(z, self.matrix, self.window)

    def masked(
        self, z: np.ndarray, input_of: np.ndarray, keep_probability: float, passes: Passes, key: np.uint64
    ) -> np.ndarray:
        """w.z of input rows[p] in pass p, with a fresh Bernoulli mask for every weight, position and pass."""
        numbers = (passes.samples, passes.images)
        return masked_convolution(z, input_of, self.matrix, self.window, keep_probability, numbers, key)


NumpyProduct = _DenseProduct | _ConvProduct


def numpy_product(place: Placement, weight: np.ndarray) -> NumpyProduct:
    """The product of the layer at `place` with `weight` in the layer's shape."""
    if isinstance(place.spec, ConvSpec):
        return _ConvProduct(place.spec, place.inputs, weight)
    return _DenseProduct(weight)


class ActiveShare:
    """s = sqrt(sum_j w_j^2 z_j^2)/||w||, (1 or inputs, units): the share of a unit's noise sd that its inputs carry.

    It is the same for every image where inputs are +-1 and only the padding is silent.
    """

    def __init__(self, place: Placement, weight: np.ndarray):
        norms = row_norms(weight).reshape(-1, *(1 for _ in range(weight.ndim - 1)))
        self.product = numpy_product(place, (weight / norms) ** 2)
        self.silent = np.repeat(~weight.reshape(len(weight), -1).any(axis=1), math.prod(place.outputs[1:]))
        ones = np.ones((1, math.prod(place.inputs)), np.float32)
        self.fixed = self._share(ones) if place.binary_inputs else None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return self._share(z * z) if self.fixed is None else self.fixed

    def _share(self, squares: np.ndarray) -> np.ndarray:
        share = np.maximum(np.sqrt(self.product(squares)), np.float32(SMALLEST_SHARE))
        return np.where(self.silent, np.float32(1), share)  # units of zero weights keep their noise (`row_norms`)


class Pool:
    """Maximum or mean over windows."""

    def __init__(self, place: Placement):
        assert isinstance(place.spec, PoolSpec)
        channels, height, width = place.inputs
        self.window = Window(channels, height, width, place.spec.size, place.spec.step)
        self.maximum = place.spec.type == "max_pool"

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return pooled(z, self.window, self.maximum)


@kernel(parallel=True)
def _masked_product(z, input_of, matrix, keep_probability, samples, images, key):
    """sum_j xi_ij matrix_ji z_j with an independent Bernoulli xi per synapse and pass, (passes, outputs) float32."""
    inputs, outputs = matrix.shape
    padded = (outputs + WORDS - 1) // WORDS * WORDS
    limit = u64(round(keep_probability * 2.0**32))
    out = np.zeros((input_of.size, outputs), np.float32)
    for p in prange(input_of.size):
        words = np.empty(padded, np.uint32)
        for j in range(inputs):
            fill_words(words, j, samples[p], images[p], key)
            for i in range(outputs):
                if u64(words[i]) < limit:
                    out[p, i] += matrix[j, i] * z[input_of[p], j]
    return out


def contiguous(matrix: np.ndarray) -> np.ndarray:
    """C-contiguous float32 copy, as the products need it."""
    return np.ascontiguousarray(matrix, dtype=np.float32)

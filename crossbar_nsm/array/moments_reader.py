"""The closed form of fresh Gaussian reads: one product for the mean, one normal per output (physics: y ~ N(W z, V)).

Exact in distribution when every read of every cell is an independent normal and inputs are +-1, because then the
variance does not depend on the input. Not for telegraph noise or selectors.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.engine.counter_random import with_normal_noise
from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.engine.product import blocked_product


class MomentsReader:
    """Combined reads of one layer: u ~ N(z @ matrix, sd^2), in weight units.

    matrix (rows, outputs) = sum_k c_k W_k and sd (outputs) = sqrt(c^T C c) of the circuit that combines the reads.
    """

    def __init__(self, matrix: np.ndarray, sd: np.ndarray, key: np.uint64):
        self.matrix = np.ascontiguousarray(matrix, np.float32)
        self.sd, self.key = sd.astype(np.float32), key

    def read(self, z: np.ndarray, rows: np.ndarray, passes: Passes) -> np.ndarray:
        """u (passes, outputs): pass p shows input z[rows[p]] to the array. z (inputs, rows of the array) +-1."""
        mean = blocked_product(z, self.matrix)
        return with_normal_noise(mean, rows, self.sd, 0, passes.samples, passes.images, self.key)

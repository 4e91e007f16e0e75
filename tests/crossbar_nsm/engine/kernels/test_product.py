import numpy as np
import pytest
from support.threads import one_thread

from crossbar_nsm.engine.kernels.product import blocked_product, one_blas_thread


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 784, 300), (300, 25, 33), (129, 300, 10)])
def test_is_the_product_with_the_same_bits_for_any_batch_and_threads(shape):
    rows, k, columns = shape
    rng = np.random.default_rng(0)
    x, matrix = (rng.normal(size=size).astype(np.float32) for size in ((rows, k), (k, columns)))
    with one_blas_thread():
        whole = blocked_product(x, matrix)
        assert np.allclose(whole, x.astype(float) @ matrix, atol=1e-3)
        for start in {0, rows // 3, rows - 1}:
            assert np.array_equal(blocked_product(x[start:].copy(), matrix), whole[start:])
        with one_thread():
            assert np.array_equal(blocked_product(x, matrix), whole)

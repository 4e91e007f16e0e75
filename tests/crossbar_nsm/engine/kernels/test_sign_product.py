import numpy as np
import pytest
from support.networks import states
from support.threads import one_thread

from crossbar_nsm.engine.kernels.sign_product import sign_product, sign_tables

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("passes", "inputs", "outputs"), [(1, 1, 1), (5, 3, 2), (130, 33, 65), (257, 300, 300), (3, 64, 10), (0, 7, 4)]
)
def test_product_is_that_of_the_matrix(passes, inputs, outputs):
    """Within float32 rounding of the exact sum; one sign of one input changed is seen."""
    x, matrix = states(passes, inputs), RNG.normal(size=(inputs, outputs))
    product = sign_product(x, sign_tables(matrix), outputs)
    exact, bound = x.astype(float) @ matrix, 1e-6 * np.sqrt(inputs) * np.abs(matrix).sum(axis=0)
    assert product.shape == (passes, outputs)
    assert np.all(np.abs(product - exact) <= bound)
    if passes:
        x[-1, -1] *= -1
        assert np.any(np.abs(sign_product(x, sign_tables(matrix), outputs) - exact) > bound)


@pytest.mark.usefixtures("two_threads")
def test_bits_depend_neither_on_the_batch_nor_on_threads():
    x, tables = states(300, 70), sign_tables(RNG.normal(size=(70, 40)))
    whole = sign_product(x, tables, 40)
    assert np.array_equal(
        np.concatenate([sign_product(x[a:b], tables, 40) for a, b in ((0, 1), (1, 150), (150, 300))]), whole
    )
    with one_thread():
        assert np.array_equal(sign_product(x, tables, 40), whole)

import numpy as np
from crossbar_nsm.array.converter import Converter
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 12), st.floats(-0.999, 0.999))
def test_error_is_at_most_half_a_step_and_levels_are_counted(bits, value):
    converter = Converter(bits, np.array([2.0], np.float32))
    out = converter.convert(np.array([[2 * value]], np.float32))
    assert abs(out[0, 0] - 2 * value) <= 2.0 / 2**bits * (1 + 1e-5)
    every = converter.convert(np.linspace(-2, 2, 20_000, dtype=np.float32)[:, None])
    assert len(np.unique(every)) == 2**bits


def test_clips_beyond_the_range():
    converter = Converter(3, np.array([1.0], np.float32))
    assert converter.convert(np.array([[9.0], [-9.0]], np.float32)).ravel().tolist() == [0.875, -0.875]


def test_one_bit_is_a_comparator():
    out = Converter(1, np.array([1.0], np.float32)).convert(np.array([[0.01], [-0.01]], np.float32))
    assert out.ravel().tolist() == [0.5, -0.5]

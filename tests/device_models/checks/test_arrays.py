import numpy as np
import pytest

from device_models.checks.arrays import checked_array, checked_probability


@pytest.mark.parametrize(
    ("array", "kind", "shape"),
    [
        (np.zeros(3), "f", (3,)),
        (np.zeros((2, 5)), "f", (2, None)),
        (np.zeros((0, 4), np.float32), "f", (None, 4)),
        (np.array(1), "i", ()),
        (np.array([True, False]), "b", (2,)),
        (np.uint8([0, 1]), "iu", (2,)),
    ],
)
def test_arrays_that_are_in_order(array, kind, shape):
    assert checked_array("a", array, kind, shape, 0, 1) is array


@pytest.mark.parametrize(
    ("array", "kind", "shape", "message"),
    [
        (np.zeros(3), "f", (4,), r"a: float64 of shape \(3,\), expected real numbers, 4"),
        (np.zeros(3), "f", (3, None), "expected real numbers, 3 x n"),
        (np.zeros(3, int), "f", (3,), "a: int64"),
        (np.zeros(3), "iu", (3,), "expected whole numbers"),
        (np.zeros(3, complex), "f", (3,), "a: complex128"),
        (np.array(["x"]), "f", (1,), "expected real numbers"),
        (np.array([0, np.nan]), "f", (2,), "a: holds NaN or infinite values"),
        (np.array([0, 2.0]), "f", (2,), "a: 0 to 2, allowed are 0 to 1"),
        (np.array([-1]), "i", (1,), "a: -1 to -1, allowed are 0 to 1"),
    ],
)
def test_others_are_refused_by_name(array, kind, shape, message):
    with pytest.raises(ValueError, match=message):
        checked_array("a", array, kind, shape, 0, 1)


def test_unknown_values_may_be_in_order():
    array = np.array([0.5, np.nan, np.inf])
    assert checked_array("a", array, "f", (3,), finite=False) is array


def test_class_probabilities():
    good = np.full((2, 4), 0.25, np.float32)
    assert checked_probability("p", good, 2) is good
    for bad in (good / 2, -good, good[0], good[:0], good[:, :0], good * np.nan, good > 0):
        with pytest.raises(ValueError, match=r"^p: "):
            checked_probability("p", bad)
    with pytest.raises(ValueError, match="expected real numbers, 3 x n"):
        checked_probability("p", good, 3)

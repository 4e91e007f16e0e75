"""Labels of classes that there are."""

import numpy as np
import pytest

from crossbar_nsm.datasets.labels import out_of_range


@pytest.mark.parametrize("labels", [[], [0], [0, 9, 3]])
def test_classes_are_counted_from_0(labels):
    assert out_of_range(np.array(labels, np.int64), 10) == ""


@pytest.mark.parametrize(
    ("labels", "said"), [([3, 10], "3 to 10"), ([-1, 4], "-1 to 4"), (np.uint8([255]), "255 to 255")]
)
def test_the_range_is_named(labels, said):
    assert out_of_range(np.asarray(labels), 10) == f"labels run from {said}"

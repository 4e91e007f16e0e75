"""A digest changes with every value, kind and shape, and with nothing else."""

import numpy as np
import pytest
import torch

from device_models.files.digests import digest

WHOLE = {"a": [1, 2.5, None, "x"], "b": np.arange(6.0).reshape(2, 3), "c": {3: torch.ones(2), 1: np.zeros((0, 2))}}


def test_order_of_entries_and_where_arrays_lie_do_not_count():
    spread = {1: np.zeros((0, 2)), 3: torch.ones(()).expand(2)}
    again = {"c": spread, "b": np.asfortranarray(WHOLE["b"]), "a": WHOLE["a"]}
    assert digest(again) == digest(WHOLE)
    assert len(digest(WHOLE)) == 24


@pytest.mark.parametrize(
    "changed",
    [
        {"a": [1, 2.5, None, "y"]},
        {"b": np.arange(6.0).reshape(3, 2)},
        {"b": np.arange(6.0, dtype=np.float32).reshape(2, 3)},
        {"b": WHOLE["b"].view(np.int64)},
        {"b": WHOLE["b"] + [[0, 0, 0], [0, 0, 1e-12]]},
        {"b": np.arange(6.0).reshape(2, 3).tolist()},
        {"c": {3: torch.ones(2), 1: np.zeros((0, 3))}},
        {"d": None},
    ],
)
def test_every_change_counts(changed):
    assert digest(WHOLE | changed) != digest(WHOLE)


def test_no_digest_of_what_has_no_values():
    for value in (object(), {1: 2, "a": 3}, np.array([object()])):
        with pytest.raises(TypeError):
            digest([value])

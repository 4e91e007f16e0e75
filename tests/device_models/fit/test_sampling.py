"""Which trace is noise, which is drift, and which is neither."""

import numpy as np
import pytest

from device_models.errors import ConfigError
from device_models.fit import Trace
from device_models.fit.sampling import split_traces


def trace(times, cell="a"):
    times = np.asarray(times, float)
    return Trace(cell, times, 1e-6 + 1e-8 * np.arange(len(times)), "x.csv", "x.csv:2")


def test_even_and_logarithmic_times():
    jittered = np.arange(100) + 0.04 * np.random.default_rng(0).standard_normal(100).clip(-1, 1)
    times = {"a": np.arange(100) * 1e-3, "b": np.geomspace(1, 100, 20), "c": jittered}
    even, decades = split_traces([trace(values, cell) for cell, values in times.items()])
    assert [t.cell for t in even] == ["a", "c"]
    assert [t.cell for t in decades] == ["b"]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([1, 2, 4, 8], "neither evenly spaced (telegraph noise) nor spread over a decade of time (drift): 1 to 8 s"),
        ([*range(50), *range(80, 130)], "evenly spaced but for 1 gaps, the first after 49 s"),
    ],
)
def test_neither(times, message):
    with pytest.raises(ConfigError) as caught:
        split_traces([trace(times)])
    assert message in str(caught.value)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cells.devices import device

from device_models import Stream
from device_models.errors import ConfigError
from device_models.parts.conductance import ConductanceRange


@given(st.integers(2, 64), st.floats(0, 1))
def test_levels_are_evenly_spaced_and_nearest(levels, where):
    cells = ConductanceRange(g_min_s=1e-6, g_max_s=1e-4, levels=levels)
    target = np.array([1e-6 + where * 99e-6])
    level = cells.nearest_level(target)
    step = 99e-6 / (levels - 1)
    assert abs(level - target) <= step / 2 * (1 + 1e-9)
    place = (level - 1e-6) / step
    assert np.isclose(place, np.rint(place), rtol=0, atol=1e-6)
    assert -1e-6 < place < levels - 1 + 1e-6


def test_both_ends_are_levels():
    cells = ConductanceRange(g_min_s=1e-6, g_max_s=1e-4, levels=32)
    ends = np.array([1e-6, 1e-4])
    assert np.allclose(cells.nearest_level(ends), ends, rtol=1e-12, atol=0)
    assert cells.span_s == pytest.approx(99e-6)


def test_programming_moves_targets_to_levels():
    g = device(levels=4).program(np.array([1e-6, 20e-6, 50e-6, 1e-4]), Stream()).g_s
    assert np.allclose(g, [1e-6, 34e-6, 34e-6, 1e-4], rtol=1e-9, atol=0)


def test_continuous_range_leaves_targets_alone():
    target = np.array([1.23e-6])
    result = ConductanceRange(g_min_s=0, g_max_s=1e-5).nearest_level(target)
    assert np.array_equal(result, target)
    assert result is not target


def test_range_must_be_ordered():
    for g_min_s in (1e-6, 2e-6):
        with pytest.raises(ConfigError, match="must be below"):
            ConductanceRange(g_min_s=g_min_s, g_max_s=1e-6)
    with pytest.raises(ConfigError):
        ConductanceRange(g_min_s=0, g_max_s=1e-6, levels=1)

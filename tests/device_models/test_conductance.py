import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from device_models.conductance import ConductanceRange


@given(st.integers(2, 64), st.floats(0, 1))
def test_levels_are_evenly_spaced_and_nearest(levels, where):
    cells = ConductanceRange(g_min_s=1e-6, g_max_s=1e-4, levels=levels)
    target = np.array([1e-6 + where * 99e-6])
    level = cells.nearest_level(target)
    step = 99e-6 / (levels - 1)
    assert abs(level - target) <= step / 2 * (1 + 1e-9)
    assert np.isclose((level - 1e-6) / step, np.rint((level - 1e-6) / step))


def test_continuous_range_leaves_targets_alone():
    target = np.array([1.23e-6])
    result = ConductanceRange(g_min_s=0, g_max_s=1e-5).nearest_level(target)
    assert np.array_equal(result, target)
    assert result is not target


def test_range_must_be_ordered():
    with pytest.raises(ValidationError, match="must be below"):
        ConductanceRange(g_min_s=2e-6, g_max_s=1e-6)

"""Numbers that were written with their unit."""

import pytest

from device_models.checks.key_units import number_in_unit


@pytest.mark.parametrize(
    ("key", "text", "advice"),
    [
        ("offset_sd_a", "1uA", "_a is in A, without the unit: 1e-06"),
        ("offset_sd_a", "2.5 \u00b5A", "_a is in A, without the unit: 2.5e-06"),
        ("voltage_v", "200 mV", "_v is in V, without the unit: 0.2"),
        ("window_s", "100 ns", "_s is in s, without the unit: 1e-07"),
        ("g_max_s", "1e-4 S", "_s is in S, without the unit: 0.0001"),
        ("r_row_ohm", "2 kohm", "_ohm is in ohm, without the unit: 2000"),
        ("offset_sd_a", "1 mV", "_a is in A, without the unit: such as 1e-6"),  # no unit is turned into another
        ("offset_sd_a", "one", "_a is in A, without the unit: such as 1e-6"),
        ("offset_sd_a", "1.2.3 uA", "_a is in A, without the unit: such as 1e-6"),
        ("rows", "256 A", ""),
        ("a", "1 A", ""),
    ],
)
def test_the_number_in_the_keys_unit(key, text, advice):
    assert number_in_unit(key, text) == advice

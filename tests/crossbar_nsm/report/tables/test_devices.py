"""What is said of a device's numbers."""

import pytest

from crossbar_nsm.report.tables.devices import derived_table, numbers_table
from device_models import load_device


@pytest.mark.parametrize(
    ("noise", "reads"),
    [
        ({"relative_sd": 0.02}, "at any window"),
        ({"relative_sd": 0.02, "interval_s": 1e-3}, "at any window (measured every 1 ms)"),
        ({"relative_sd": 0.02, "interval_s": 1e-3, "window_s": 5e-4}, "at 0.2 V and 100 ns"),
        ({"relative_sd": 0.02, "thermal": True}, "at 0.2 V and 100 ns"),
        ({"shot": True}, "at 0.2 V and 100 ns"),
    ],
)
def test_read_noise_is_told_with_the_reads_that_it_is_of(noise, reads):
    """Without a window the number is what was measured, for reads of any length."""
    table = derived_table(load_device({"preset": "ideal", "read_noise": noise}))
    assert f"fresh read noise at mid range, sd / G, {reads}" in list(table.columns[0].cells)


def test_tables_of_many_numbers_are_told_in_short():
    law = {"name": "table", "target_s": [0, 1e-5, 1e-4], "sd_s": [1e-7, 2e-7, 3e-7]}
    table = {
        "time_s": [1, 1e4],
        "conductance_s": [1e-5, 5e-5],
        "normal_score": [-1, 1],
        "change": [[[-0.1, 0.25]] * 2] * 2,
    }
    device = load_device({"preset": "ideal", "programming": {"law": law}, "relaxation": {"quantiles": table}})
    shown = dict(zip(*(list(column.cells) for column in numbers_table(device)[0].columns[:2]), strict=True))
    assert shown["relaxation.quantiles.change"] == "2 x 2 x 2 numbers, -0.1 to 0.25"
    assert shown["programming.law.sd_s"] == "[1e-07, 2e-07, 3e-07]"

"""What is said of a device's numbers."""

import pytest

from crossbar_nsm.report.tables.devices import derived_table
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

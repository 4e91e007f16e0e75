"""Cells behind the figure of programming."""

import numpy as np

from device_models import Cells, Stream, load_device
from device_models.characterise.programmed import without_failures


def test_stuck_cells_are_left_out_of_the_programming_figure():
    device = load_device("rram_switching_illustrative", "faults.stuck_any=0.5", "endurance.cycles=1e8")
    clean = without_failures(device)
    cells = clean.program(np.full(1000, 1e-4), Stream())
    assert isinstance(cells, Cells)
    assert clean.faults.yield_fraction == 1
    assert clean.endurance.failure_probability() == 0
    assert clean.wear == device.wear > 1

import numpy as np
import pytest
from pydantic import ValidationError
from support.laws import check_rate, rejects

from device_models import Device, Stream
from device_models.faults import Faults

N = 100_000


def test_rates_values_and_persistence():
    device = Device.model_validate(
        {"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "faults": {"stuck_on": 0.02, "stuck_off": 0.1},
         "programming": {"relative_sd": 0.001}}
    )  # fmt: skip
    targets, stream = np.full(N, 5e-5), Stream()
    constants = device.chip(targets.shape, stream)
    first, second = (device.program(targets, constants, stream, cycle) for cycle in (0, 1))
    check_rate(np.sum(first == 1e-4), N, 0.02)
    check_rate(np.sum(first == 1e-6), N, 0.1)
    rejects(check_rate, np.sum(first == 1e-6), N, 0.11)
    assert np.array_equal(first == 1e-4, second == 1e-4)


def test_no_faults_changes_nothing():
    g = np.array([3e-5])
    device = Device.model_validate({"conductance": {"g_min_s": 0, "g_max_s": 1e-4}})
    assert device.faults.apply(g, np.array([0.0]), device.conductance) == g


def test_more_than_all_cells_stuck():
    with pytest.raises(ValidationError, match="exceeds 1"):
        Faults(stuck_on=0.6, stuck_off=0.6)

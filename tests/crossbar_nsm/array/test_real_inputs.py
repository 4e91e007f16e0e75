"""Rows driven with any voltage up to the full one: every law of noise, against exact means and variances."""

import numpy as np
import pytest
from support.cells.arrays import device, program, read_device, telegraph, weights
from support.laws import check_mean, check_variance, rejects

from crossbar_nsm.array.config import ReadConfig

SELECTOR = {
    "threshold": {"mean_v": 0.4, "sd_v": 0.1, "correlation_time_s": 1e-7},
    "input_v": 0.4,
    "on_conductance_s": 10.0,
    "off_conductance_s": 0.0,
}
FAST = telegraph(4e-7, 6e-7)
LAWS = {
    "fresh": {},
    "one trap": {"telegraph": FAST},
    "two traps": {"telegraph": {**FAST, "traps_per_cell": 2}},
    "1/f": {"flicker": {"relative": {"coefficient": 0.05}, "read_time_s": 1e-9, "slowest_s": 1e-7}},
    "blank-out": {"selector": {"keep_probability": 0.4}},
    "selector": {"selector": SELECTOR},
    "selector and traps": {"selector": SELECTOR, "telegraph": FAST},
}


@pytest.mark.parametrize("law", LAWS)
def test_mean_and_variance_of_reads_of_real_inputs(law):
    """Reads 3 us apart, which share nothing with memories of up to 0.24 us. With inputs +-1 in place of the real ones
    the variance is another one."""
    read = ReadConfig(interval_s=3e-6, engine="device")
    array = program(weights(6, 20), device(**LAWS[law]), read=read, age_s=1.0, rows=12)
    rng = np.random.default_rng(1)
    z = np.where(rng.random((1, 20)) < 0.1, 0.0, rng.uniform(-1, 1, (1, 20))).astype(np.float32)
    u = read_device(array, z, 4000 if "traps" in law else 12_000)[0]
    mean, variance = (z.astype(float) @ array.mean_matrix())[0], (z.astype(float) ** 2 @ array.pair_variance())[0]
    for unit in range(6):
        check_mean(u[:, unit], mean[unit], np.sqrt(variance[unit]))
        check_variance(u[:, unit], mean[unit], variance[unit])
    rejects(check_variance, u[:, 0], mean[0], array.pair_variance().sum(axis=0)[0])

"""Selectors whose memory is shorter than draws resolve: the law of the reads stays, no state is carried."""

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from support.cells.arrays import device, device_reader, program, read_device, weights
from support.cells.sources import added, source
from support.laws import FALSE_ALARM, check_mean, check_variance, rejects
from support.networks import states

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.memoryless_selectors import is_memoryless
from crossbar_nsm.array.slow_noise.gated_source import GatedSource
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import chunks

GATE = {
    "threshold": {"mean_v": 0.3, "sd_v": 0.1, "correlation_time_s": 1e-6},
    "input_v": 0.35,
    "on_conductance_s": 3e-4,
    "off_conductance_s": 2e-5,
}
FORGOTTEN = ReadConfig(window_s=1e-9, interval_s=1e-4, pair_interval_s=3e-5)
READS = 2000


@pytest.mark.parametrize("per", ["pair", "cell"])
@pytest.mark.parametrize("noise_sd", [0.0, 0.3])
def test_reads_have_the_law_of_the_thresholds_that_they_replace(per, noise_sd):
    """Divider, leakage and noise behind the gate: mean, variance, and the law of a few rows (KS of two samples) are
    those of thresholds drawn one by one; 5 % more variance, 30 % more of a read, are rejected."""
    dev = device(programming={}, read_noise={"relative_sd": noise_sd}, selector=GATE | {"per": per})
    array = program(weights(12, 3), dev, read=FORGOTTEN)
    assert not device_reader(array, 2).states
    z = states(1, 3)
    fresh = read_device(array, z, READS, reads=2)
    drawn = added(source(GatedSource, array, 2), np.repeat(z, READS, axis=0))[:, 0]
    mean, variance, rng = (z @ array.mean_matrix())[0], array.covariance(0.0), np.random.default_rng(0)
    for output in range(12):
        u = (fresh[:, :, output] - mean[output]) / np.sqrt(variance[output])
        check_mean(u, 0.0)
        check_variance(u, 0.0, 1.0)
        check_mean(u[0] * u[1], 0.0)
        check_mean(u[0, 1:] * u[0, :-1], 0.0)
        # xi of few pairs takes few values, which float32 sums reach in several ways: a little noise hides that
        a, b = (reads[:, :, output].ravel() + 1e-3 * rng.standard_normal(2 * READS) for reads in (fresh, drawn))
        assert stats.ks_2samp(a, b).pvalue > FALSE_ALARM
        assert stats.ks_2samp(a, 1.3 * b).pvalue < FALSE_ALARM
    both = (fresh - mean) / np.sqrt(variance)
    rejects(check_variance, both, 0.0, 1.05)


def test_thresholds_are_carried_where_draws_resolve_their_correlation():
    """22.2 correlation times make 2^-32; the shortest spacing counts, of reads of a pass or to the next pass."""
    selector = program(weights(2, 2), device(selector=GATE), read=FORGOTTEN).law.selector
    assert is_memoryless(selector, ReadConfig(interval_s=22.2e-6), 1)
    assert not is_memoryless(selector, ReadConfig(interval_s=22.1e-6), 1)
    assert not is_memoryless(selector, ReadConfig(interval_s=1e-3), 2)  # reads of a pass are a window apart
    assert not is_memoryless(selector, ReadConfig(interval_s=40e-6, pair_interval_s=23e-6), 2)
    assert is_memoryless(selector, ReadConfig(interval_s=46e-6, pair_interval_s=23e-6), 2)
    assert is_memoryless(replace(selector, correlation_time_s=0.0), ReadConfig(), 2)


def test_reads_without_memory_are_quicker():
    """About five times at this size; at least twice."""
    z, seconds = states(1, 256), []
    with one_blas_thread():
        for interval_s in (1e-4, 2e-5):
            dev = device(selector=GATE, read_noise={})
            reader = device_reader(program(weights(256, 256), dev, read=ReadConfig(interval_s=interval_s)))
            (passes,), times = chunks(1, 64, "input_major"), []
            for _ in range(8):
                started = time.process_time()
                reader.currents(z, passes.input_of, passes)
                times.append(time.process_time() - started)
            seconds.append(min(times))
    assert 2 * seconds[0] < seconds[1]

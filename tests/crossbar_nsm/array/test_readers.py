"""The readers against the exact law of a read, and against each other."""

import numpy as np
import pytest
from support.arrays import device, program, read_device, telegraph, weights
from support.laws import check_law, check_mean, check_normal_variance, rejects
from support.networks import states
from support.threads import one_thread

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.device_reader import DeviceReader
from crossbar_nsm.array.moments_reader import MomentsReader
from crossbar_nsm.engine.passes import chunks
from crossbar_nsm.engine.product import one_blas_thread
from device_models.errors import MappingError

READS = 20_000


def read_moments(array, z, samples, sd_factor=1.0):
    variance = sd_factor**2 * array.tile_variance(ReadConfig())
    reader = MomentsReader(array.mean_matrix(), variance, array.tiling.row_slices, np.uint64(9))
    with one_blas_thread():
        parts = [reader.current(z, passes.rows, passes) for passes in chunks(1, samples, "input_major")]
    return np.concatenate(parts).astype(np.float64)


@pytest.mark.parametrize("pairing", ["one_sided", "balanced"])
@pytest.mark.parametrize("scale", ["per_column", "per_row", "per_tile"])
@pytest.mark.parametrize("law", [{"relative_sd": 0.05}, {"law": {"name": "power_law", "relative_sd_at_g_max": 0.03, "exponent": -0.5}}])
def test_moments_and_device_reader_agree_in_law(pairing, scale, law):
    """Mean, variance and shape of every output; the variance sums the programmed conductance of every cell, idle ones
    too. A variance 2 % off fails the same check."""
    array = program(weights(10, 60), device(read_noise=law), pairing=pairing, scale=scale, rows=25, cols=8)
    z = states(1, 60)
    sd_s = array.device.read_noise.sd_s(array.g_s, array.device.conductance)
    variance = (array.targets.gain**2 * (sd_s**2).sum(axis=0)).sum(axis=0)
    mean = (z @ (array.targets.gain * (array.g_s[0] - array.g_s[1])))[0]
    for u in (read_moments(array, z, READS), read_device(array, z, READS)[0]):
        standard = (u - mean) / np.sqrt(variance)
        check_mean(standard, 0.0, 1.0)
        check_normal_variance(standard, 1.0)
        check_law(standard, "norm")
        rejects(check_normal_variance, standard, 1.02)
        covariance = standard[:, 0] * standard[:, 1]
        check_mean(covariance, 0.0, 1.0)
    rejects(check_normal_variance, (read_moments(array, z, READS, 1.01) - mean) / np.sqrt(variance), 1.0)


def test_partial_currents_of_row_tiles_are_independent_and_add_up():
    """Both readers: every row tile has its own mean and variance, tiles are uncorrelated, the sum is the whole read."""
    array, z = program(weights(10, 60), device(), rows=25), states(1, 60)
    variance = array.tile_variance(ReadConfig())
    slices = array.tiling.row_slices
    assert variance.shape == (3, 10)
    moments = MomentsReader(array.mean_matrix(), variance, slices, np.uint64(9))
    reader = DeviceReader(array, 1, ReadConfig())
    with one_blas_thread():
        for read in (moments.partial_currents, lambda *arguments: reader.partial_currents(*arguments)[0]):
            parts = [read(z, passes.rows, passes) for passes in chunks(1, READS, "input_major")]
            u = np.concatenate(parts, axis=1).astype(np.float64)
            mean = np.stack([z[0, rows] @ array.mean_matrix()[rows] for rows in slices])
            standard = (u - mean[:, None]) / np.sqrt(variance)[:, None]
            check_mean(standard, 0.0, 1.0)
            check_normal_variance(standard, 1.0)
            check_mean(standard[0] * standard[1], 0.0, 1.0)
            rejects(check_mean, standard[0] * standard[0], 0.0, 1.0)
            total = (u.sum(axis=0) - mean.sum(axis=0)) / np.sqrt(array.covariance(ReadConfig(), 0.0))
            check_normal_variance(total, 1.0)


def test_successive_reads_are_independent():
    array, z = program(weights(10, 60), device()), states(1, 60)
    u = read_device(array, z, READS, reads=2)
    standard = (u - z @ array.mean_matrix()) / np.sqrt(array.covariance(ReadConfig(), 0.0))
    check_mean(standard[0] * standard[1], 0.0, 1.0)
    check_mean(standard[0, 1:] * standard[0, :-1], 0.0, 1.0)
    rejects(check_mean, standard[0] * standard[0], 0.0, 1.0)


def test_blank_out_multiplies_the_pair():
    """xi ~ Bernoulli(p) per pair: mean p dG, variance p var + p (1 - p) dG^2, summed over pairs."""
    array = program(weights(10, 200), device(selector={"keep_probability": 0.3}))
    z = states(1, 200)
    u = read_device(array, z, READS)[0]
    pair = array.targets.gain * (array.g_s[0] - array.g_s[1])
    noise = array.targets.gain**2 * ((0.05 * array.g_s) ** 2).sum(axis=0)
    mean, variance = 0.3 * (z @ pair)[0], (0.3 * noise + 0.21 * pair**2).sum(axis=0)
    assert np.allclose(array.covariance(ReadConfig(), 0.0), variance)
    standard = (u - mean) / np.sqrt(variance)
    check_mean(standard, 0.0, 1.0)
    squares = standard**2
    check_mean(squares, 1.0, squares.std())
    rejects(check_mean, squares, 1.03, squares.std())


# --- telegraph noise -------------------------------------------------------------------------------------------------

CAPTURE_S, EMISSION_S, TAU0_S = 6e-6, 3e-6, 2e-6


def telegraph_reads(config, reads, samples=400, columns=3000, rows=1):
    """Reads of `columns` independent single-cell columns: (reads, samples, columns), in units of their own weight."""
    dev = device(read_noise={}, programming={}, telegraph=telegraph(CAPTURE_S, EMISSION_S))
    array = program(np.ones((columns, rows)), dev, seed=3)
    return array, read_device(array, np.ones((1, rows), np.float32), samples, reads, config)


@pytest.mark.parametrize(("window_s", "interval_s"), [(1e-8, 1e-6), (1e-6, 4e-6), (5e-6, 1e-5)])
def test_telegraph_occupancy_window_average_and_autocorrelation(window_s, interval_s):
    """Mean 1 - d q, variance d^2 q (1 - q) x window attenuation, covariance of windows, at and across passes."""
    config = ReadConfig(window_s=window_s, interval_s=interval_s)
    array, u = telegraph_reads(config, 1)
    mean = array.mean_matrix()[0].mean()
    per_column = u[0].mean(axis=0)  # columns are independent, time is not
    check_mean(per_column, mean, per_column.std(ddof=1))
    rejects(check_mean, per_column, 1.01 * mean, per_column.std(ddof=1))
    for lag in (0, 1, 3):
        deviation = u[0] - mean
        products = (deviation[lag:] * deviation[: len(deviation) - lag]).mean(axis=0)
        expected = array.covariance(config, lag * interval_s)[0]
        check_mean(products, expected, products.std(ddof=1))
        variance = array.covariance(config, 0.0)[0]
        rejects(check_mean, products, expected + 0.03 * variance, products.std(ddof=1))


def test_telegraph_correlation_of_the_two_reads_of_a_pass():
    config = ReadConfig(window_s=2e-7, interval_s=8e-6, pair_interval_s=1e-6)
    array, u = telegraph_reads(config, 2)
    mean = array.mean_matrix()[0].mean()
    for first, second, lag in ((u[0], u[1], 1e-6), (u[1][:-1], u[0][1:], 7e-6)):
        products = ((first - mean) * (second - mean)).mean(axis=0)
        expected = array.covariance(config, lag)[0]
        check_mean(products, expected, products.std(ddof=1))
        rejects(check_mean, products, array.covariance(config, 3e-6)[0], products.std(ddof=1))


def test_without_switching_a_telegraph_cell_stays_where_it_is():
    """Traps far slower than the whole measurement are a frozen weight error."""
    dev = device(read_noise={}, programming={}, telegraph=telegraph(1e3, 1e3))
    u = read_device(program(weights(4, 30), dev), states(1, 30), 50)[0]
    assert np.all(u == u[0])


def test_traps_far_faster_than_the_window_are_refused():
    array = program(weights(2, 5), device(telegraph=telegraph(1e-9, 1e-9)))
    with pytest.raises(MappingError, match=r"read\.window_s=1e-07 s is more than 20 times"):
        DeviceReader(array, 1, ReadConfig())


LAWS = {
    "gaussian": {},
    "selector": {"selector": {"keep_probability": 0.5}},
    "telegraph": {
        "telegraph": telegraph(CAPTURE_S, EMISSION_S, traps_per_cell=2),
        "selector": {"keep_probability": 0.5},
    },
}


@pytest.mark.parametrize("law", LAWS)
def test_same_bits_for_any_threads_and_any_chunks(law):
    array = program(weights(7, 33), device(**LAWS[law]))
    z = states(6, 33)

    def run(splits):
        reader = DeviceReader(array, 2, ReadConfig())
        parts = [
            reader.partial_currents(z[passes.start + start : passes.stop + start], passes.rows, passes)
            for start, stop in splits
            for passes in chunks(stop - start, 5, "input_major", first_image=start)
        ]
        return np.concatenate(parts, axis=2)

    whole = run([(0, 6)])
    assert np.array_equal(run([(0, 1), (1, 4), (4, 6)]), whole)
    with one_thread():
        assert np.array_equal(run([(0, 6)]), whole)


def test_reset_repeats_the_telegraph_trajectory():
    array = program(weights(7, 33), device(telegraph=telegraph(CAPTURE_S, EMISSION_S)))
    reader, z = DeviceReader(array, 1, ReadConfig()), states(1, 33)
    passes = next(chunks(1, 20, "input_major"))
    first = reader.partial_currents(z, passes.rows, passes)
    second = reader.partial_currents(z, passes.rows, passes)
    reader.reset()
    assert np.array_equal(reader.partial_currents(z, passes.rows, passes), first)
    assert not np.array_equal(second, first)

"""The readers against the exact law of a read, and against each other."""

import numpy as np
import pytest
from support.cells.arrays import device, device_reader, moments_reader, program, read_device, telegraph, weights
from support.laws import check_law, check_mean, check_normal_variance, rejects
from support.networks import states
from support.threads import one_thread

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import chunks

READS = 20_000


def read_moments(array, z, samples, sd_factor=1.0):
    reader = moments_reader(array, sd_factor)
    with one_blas_thread():
        parts = [reader.current(z, passes.input_of, passes) for passes in chunks(1, samples, "input_major")]
    return np.concatenate(parts).astype(np.float64)


@pytest.mark.parametrize("pairing", ["one_sided", "balanced"])
@pytest.mark.parametrize("scale", ["per_column", "per_row", "per_tile"])
@pytest.mark.parametrize(
    "law", [{"relative_sd": 0.05}, {"law": {"name": "power_law", "relative_sd_at_g_max": 0.03, "exponent": -0.5}}]
)
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


def test_currents_of_row_tiles_are_independent_and_add_up():
    """Both readers: every row tile has its own mean and variance, tiles are uncorrelated, the sum is the whole read."""
    array, z = program(weights(10, 60), device(), rows=25), states(1, 60)
    slices = array.tiling.row_slices
    variance = np.stack([array.pair_variance()[rows].sum(axis=0) for rows in slices])
    assert variance.shape == (3, 10)
    with one_blas_thread():
        for read in (moments_reader(array).operand_currents, device_reader(array, per_tile=True).currents):
            parts = [read(z, passes.input_of, passes)[0] for passes in chunks(1, READS, "input_major")]
            u = np.concatenate(parts, axis=1).astype(np.float64)
            mean = np.stack([z[0, rows] @ array.mean_matrix()[rows] for rows in slices])
            standard = (u - mean[:, None]) / np.sqrt(variance)[:, None]
            check_mean(standard, 0.0, 1.0)
            check_normal_variance(standard, 1.0)
            check_mean(standard[0] * standard[1], 0.0, 1.0)
            rejects(check_mean, standard[0] * standard[0], 0.0, 1.0)
            total = (u.sum(axis=0) - mean.sum(axis=0)) / np.sqrt(array.covariance(0.0))
            check_normal_variance(total, 1.0)


def test_successive_reads_are_independent():
    array, z = program(weights(10, 60), device()), states(1, 60)
    u = read_device(array, z, READS, reads=2)
    standard = (u - z @ array.mean_matrix()) / np.sqrt(array.covariance(0.0))
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
    assert np.allclose(array.covariance(0.0), variance)
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
    array = program(np.ones((columns, rows)), dev, seed=3, read=config)
    return array, read_device(array, np.ones((1, rows), np.float32), samples, reads)


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
        expected = array.covariance(lag * interval_s)[0]
        check_mean(products, expected, products.std(ddof=1))
        variance = array.covariance(0.0)[0]
        rejects(check_mean, products, expected + 0.03 * variance, products.std(ddof=1))


def test_telegraph_correlation_of_the_two_reads_of_a_pass():
    config = ReadConfig(window_s=2e-7, interval_s=8e-6, pair_interval_s=1e-6)
    array, u = telegraph_reads(config, 2)
    mean = array.mean_matrix()[0].mean()
    for first, second, lag in ((u[0], u[1], 1e-6), (u[1][:-1], u[0][1:], 7e-6)):
        products = ((first - mean) * (second - mean)).mean(axis=0)
        expected = array.covariance(lag)[0]
        check_mean(products, expected, products.std(ddof=1))
        rejects(check_mean, products, array.covariance(3e-6)[0], products.std(ddof=1))


def test_without_switching_a_telegraph_cell_stays_where_it_is():
    """Traps far slower than the whole measurement are a frozen weight error."""
    dev = device(read_noise={}, programming={}, telegraph=telegraph(1e3, 1e3))
    u = read_device(program(weights(4, 30), dev), states(1, 30), 50)[0]
    assert np.all(u == u[0])


def test_traps_far_faster_than_the_window_are_fresh_noise():
    """Window 200 correlation times: mean, variance and independence as the law has them, 2 % more variance is seen."""
    array = program(weights(80, 30), device(read_noise={}, telegraph=telegraph(1e-9, 1e-9)))
    assert array.drawn_law.independent
    assert not array.law.independent
    z = states(1, 30)
    u = (read_device(array, z, 3000)[0] - z @ array.mean_matrix()) / np.sqrt(array.covariance(0.0))
    check_mean(u, 0.0, 1.0)
    check_normal_variance(u, 1.0)
    rejects(check_normal_variance, u, 1.02)
    check_mean(u[1:] * u[:-1], 0.0, 1.0)


# --- 1/f noise and selectors with memory -----------------------------------------------------------------------------

WANDER = {"flicker": {"relative": {"coefficient": 0.05}, "read_time_s": 1e-7, "slowest_s": 1e-2}}
GATE = {
    "threshold": {"mean_v": 0.3, "sd_v": 0.1, "correlation_time_s": 1e-6},
    "input_v": 0.35,
    "on_conductance_s": 3e-4,
    "off_conductance_s": 2e-6,
}


def single_cells(dev, columns, config, age_s=0.0, rows=1):
    """An array of `columns` independent columns of `rows` pairs, and the input that shows them all."""
    array = program(np.ones((columns, rows)), dev, seed=4, read=config, age_s=age_s)
    return array, np.ones((1, rows), np.float32)


def check_covariances(array, u, config, lags):
    """Covariance of u (samples, columns) `lag` passes apart against the law, columns being independent."""
    deviation = u - array.mean_matrix().sum(axis=0)
    for lag in lags:
        products = (deviation[lag:] * deviation[: len(deviation) - lag]).mean(axis=0)
        expected = array.covariance(lag * config.interval_s)
        check_mean(products - expected, 0.0, products.std(ddof=1))
        rejects(check_mean, products - expected, 0.05 * array.covariance(0.0).mean(), products.std(ddof=1))


def test_1_over_f_noise_is_correlated_from_read_to_read():
    """Variance since programming and covariance of reads, at an age far beyond the slowest term."""
    config = ReadConfig(window_s=1e-9, interval_s=1e-6)
    array, z = single_cells(device(read_noise={}, programming={}, **WANDER), 20_000, config, age_s=10.0, rows=3)
    u = read_device(array, z, 40)[0]
    check_covariances(array, u, config, (0, 1, 8))
    flicker = array.device.flicker
    accumulated = flicker.terms(1e-9).accumulated(10.0) * flicker.amplitude_s(array.g_s, array.device.conductance) ** 2
    assert np.allclose(array.covariance(0.0), (array.targets.gain**2 * accumulated.sum(axis=0)).sum(axis=0))


def test_1_over_f_noise_begins_at_programming():
    """At age 0 the first read has only what a window of 1 ns adds; an interval of 1 us later the law's increments."""
    config = ReadConfig(window_s=1e-9, interval_s=1e-6)
    array, z = single_cells(device(read_noise={}, programming={}, **WANDER), 60_000, config)
    u = read_device(array, z, 3)[0]
    tau = array.law.flicker.terms.tau_s
    amplitude = array.targets.gain[0] * array.law.flicker.amplitude_s[:, 0]
    first = (amplitude**2).sum(axis=0) * (array.law.flicker.terms.variance * -np.expm1(-2e-6 / tau)).sum()
    before, standard = (u[:2] - array.mean_matrix()[0]) / np.sqrt(first)
    assert before.var() < 0.005
    check_normal_variance(standard, 1.0)
    rejects(check_normal_variance, standard, 1.06)


@pytest.mark.parametrize("law", [WANDER, {"selector": GATE}])
def test_the_two_reads_of_a_pass_share_slow_noise(law):
    config = ReadConfig(window_s=1e-8, interval_s=8e-6, pair_interval_s=1e-6)
    array, z = single_cells(device(read_noise={}, programming={}, **law), 20_000, config, age_s=10.0)
    u = read_device(array, z, 20, reads=2)
    for first, second, lag_s in ((u[0], u[1], 1e-6), (u[1][:-1], u[0][1:], 7e-6)):
        halves = ((first - second) ** 2 / 2).mean(axis=0)
        expected = array.covariance(0.0) - array.covariance(lag_s)
        check_mean(halves - expected, 0.0, halves.std(ddof=1))
        rejects(check_mean, halves - 1.03 * expected, 0.0, halves.std(ddof=1))


def test_split_noise_keeps_variance_and_increments():
    """split: the frozen part is one draw per cell, the fresh part has the variance of the increments."""
    whole, z = single_cells(device(read_noise={}, programming={}, **WANDER), 20_000, ReadConfig(), age_s=10.0)
    split, _ = single_cells(
        device(read_noise={}, programming={}, **WANDER), 20_000, ReadConfig(slow_noise="split"), age_s=10.0
    )
    assert split.law.independent
    u = read_device(split, z, 50)[0]
    halves = ((u[1:] - u[:-1]) ** 2 / 2).mean(axis=0)
    expected = whole.covariance(0.0) - whole.covariance(1e-6)
    check_mean(halves - expected, 0.0, halves.std(ddof=1))
    standard = (u[0] - whole.mean_matrix()[0]) / np.sqrt(whole.covariance(0.0))
    check_normal_variance(standard, 1.0)
    rejects(check_normal_variance, standard, 1.06)


@pytest.mark.parametrize("per", ["pair", "cell"])
@pytest.mark.parametrize("interval_s", [1e-6, 1e-3])
def test_a_selector_with_memory(per, interval_s):
    """Mean and covariance of gated pairs: threshold correlated over 1 us, divider, leakage, G_min, read noise."""
    config = ReadConfig(window_s=1e-9, interval_s=interval_s)
    array, z = single_cells(device(programming={}, selector=GATE | {"per": per}), 40_000, config)
    u = read_device(array, z, 30)[0]
    per_column = u.mean(axis=0)
    check_mean(per_column - array.mean_matrix()[0], 0.0, per_column.std(ddof=1))
    rejects(check_mean, per_column - 1.02 * array.mean_matrix()[0], 0.0, per_column.std(ddof=1))
    check_covariances(array, u, config, (0, 1))


def test_a_cell_of_its_own_without_memory():
    array, z = single_cells(device(selector={"keep_probability": 0.3, "per": "cell"}), 40_000, ReadConfig())
    check_covariances(array, read_device(array, z, 20)[0], ReadConfig(), (0, 1))


def test_all_noise_at_once_has_the_moments_of_the_law():
    config = ReadConfig(window_s=1e-8, interval_s=2e-6)
    dev = device(telegraph=telegraph(CAPTURE_S, EMISSION_S, traps_per_cell=2), selector=GATE, **WANDER)
    array, z = single_cells(dev, 20_000, config, age_s=10.0, rows=2)
    check_covariances(array, read_device(array, z, 20)[0], config, (0, 1, 3))


LAWS = {
    "gaussian": {},
    "selector": {"selector": {"keep_probability": 0.5}},
    "telegraph": {
        "telegraph": telegraph(CAPTURE_S, EMISSION_S, traps_per_cell=2),
        "selector": {"keep_probability": 0.5},
    },
    "all": {"telegraph": telegraph(CAPTURE_S, EMISSION_S), "selector": GATE | {"per": "cell"}, **WANDER},
}


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("law", LAWS)
def test_same_bits_for_any_threads_and_any_chunks(law):
    array = program(weights(7, 33), device(**LAWS[law]))
    z = states(6, 33)

    def run(splits):
        reader = device_reader(array, 2)
        parts = [
            reader.currents(z[passes.start + start : passes.stop + start], passes.input_of, passes)
            for start, stop in splits
            for passes in chunks(stop - start, 5, "input_major", first_image=start)
        ]
        return np.concatenate(parts, axis=2)

    whole = run([(0, 6)])
    assert np.array_equal(run([(0, 1), (1, 4), (4, 6)]), whole)
    with one_thread():
        assert np.array_equal(run([(0, 6)]), whole)


FLICKER = {"relative": {"coefficient": 0.1}, "read_time_s": 1e-6, "slowest_s": 1e-2}


@pytest.mark.parametrize(
    "noise",
    [
        {"telegraph": telegraph(CAPTURE_S, EMISSION_S)},
        {"telegraph": telegraph(3e-7, 3e-7)},
        {"telegraph": telegraph(3e-7, 3e-7), "flicker": FLICKER},
    ],
    ids=["by events", "cell by cell", "cell by cell beside 1/f noise"],
)
def test_reset_repeats_the_trajectory(noise):
    """Traps that are read cell by cell took the states of 1/f noise, which has a source of its own, for theirs."""
    array = program(weights(7, 33), device(**noise))
    reader, z = device_reader(array), states(1, 33)
    passes = next(chunks(1, 20, "input_major"))
    first = reader.currents(z, passes.input_of, passes)
    second = reader.currents(z, passes.input_of, passes)
    reader.reset()
    assert np.array_equal(reader.currents(z, passes.input_of, passes), first)
    assert not np.array_equal(second, first)

"""Slow noise of any spectral exponent: its spectrum, its growth since programming, its reads."""

import numpy as np
import pytest
from scipy import integrate, signal
from support.cells import fine_grained
from support.cells.devices import cells_at, device
from support.laws import check_mean, check_normal_variance, rejects

from device_models import CellReads, ReadConditions, Scope, Stream
from device_models.parts.coloured_terms import begun_share, fastest_share
from device_models.parts.flicker import Flicker

EXPONENTS = [0.4, 0.7, 1.3, 1.6, 1.9, 2.0]
NOISE = {"relative": {"coefficient": 0.1}, "read_time_s": 1e-6}


def flicker(exponent, **fields):
    return Flicker(**{**NOISE, "spectral_exponent": exponent, **fields})


def counted(exponent, age_s, t_r):
    """The integral of f^-gamma from 1/(t + t_r) to 1/(2 t_r), by quadrature in ln f."""
    low, high = -np.log(age_s + t_r), -np.log(2 * t_r)
    return integrate.quad(lambda x: np.exp((1 - exponent) * x), low, high, epsrel=1e-10)[0]


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_the_spectrum_follows_its_power_of_the_frequency(exponent):
    """Within 5 % a factor 30 inside the corners of steep spectra; of flat ones the fast corner takes more."""
    process = flicker(exponent)
    f = np.geomspace(30 / (2 * np.pi * process.slowest_s), 1 / (60 * process.read_time_s), 400)
    ratio = process.terms().spectrum(f) * f**exponent
    assert np.allclose(ratio, 1, atol=0.05 if exponent > 0.8 else 0.16)
    deep = f < 1e-4 / process.read_time_s
    assert np.allclose(ratio[deep], 1, atol=0.03)
    assert not np.allclose(ratio[deep] * f[deep] ** 0.05, 1, atol=0.03)


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_the_variance_since_programming_is_that_of_the_spectrum(exponent):
    """Within 6 % from 20 t_r and 2 % from 100 t_r on; that is also what tables and figures say."""
    process = flicker(exponent)
    for age_s in np.geomspace(20e-6, 0.1 * process.slowest_s, 40):
        expected = counted(exponent, age_s, 1e-6)
        assert np.isclose(process.terms().accumulated(age_s), expected, rtol=0.06 if age_s < 1e-4 else 0.02)
        law = process.sd_s(np.array([1e-5]), age_s, device().conductance)[0] / 1e-6
        assert np.isclose(law**2, process.terms().accumulated(age_s), rtol=1e-9)


def test_without_the_slower_terms_a_steep_spectrum_would_be_lost():
    """Negative control: at gamma = 1.9 the terms up to slowest_s by themselves have half of the spectrum at 1 Hz."""
    terms = flicker(1.9).terms()
    alone = terms.variance.copy()
    alone[-1] = alone[-2] * (terms.tau_s[-1] / terms.tau_s[-2]) ** 0.9
    density = (4 * alone * terms.tau_s / (1 + (2 * np.pi * terms.tau_s) ** 2)).sum()
    assert density < 0.9 < terms.spectrum(np.array([1.0]))[0] < 1.1


def test_exponents_near_1_are_1_over_f_noise():
    """The share of the age, the fastest term, variances and reads go over into those of the published law."""
    exact, window_s = flicker(1.0).terms(1e-6), 1e-6
    for exponent in (1 - 1e-7, 1 + 1e-7):
        near = flicker(exponent).terms(window_s)
        assert np.allclose(near.tau_s, exact.tau_s, rtol=1e-4)
        assert np.allclose(near.variance[:-1], exact.variance[:-1], rtol=1e-5)
        assert np.isclose(begun_share(exponent), np.exp(-np.euler_gamma) / (4 * np.pi), rtol=1e-5)
        assert np.isclose(near.fresh(1e-6), exact.fresh(1e-6), rtol=1e-4)
        assert np.isclose(near.covariance(10.0, 1e-3), exact.covariance(10.0, 1e-3), rtol=1e-4)
    assert fastest_share(1.5, 1.25) == pytest.approx(2.1, rel=0.05)


@pytest.mark.parametrize("exponent", [0.5, 1.5, 2.0])
def test_reads_change_as_means_over_their_windows(exponent):
    """Half the mean squared change, and the read soon after programming, against terms on a fine grid of time."""
    terms = flicker(exponent, slowest_s=1e-2).terms(fine_grained.WINDOW_S)
    for lag_s in (1e-7, 1e-6):
        assert np.isclose(terms.fresh(lag_s), fine_grained.half_change(terms, lag_s), rtol=1e-4)
    t = (np.arange(500) + 0.5) / 500 * terms.window_s
    for lag_s in (0.0, 1e-7, 1e-6):
        from_start = np.exp(-t / terms.tau_s[:, None])
        born = from_start.mean(axis=1) * (from_start * np.exp(-lag_s / terms.tau_s)[:, None]).mean(axis=1)
        expected = fine_grained.covariances(terms, lag_s) - terms.variance * (1 - terms.grown(1e-5)) * born
        assert np.isclose(terms.covariance(1e-5, lag_s), expected.sum(), rtol=1e-4)


@pytest.mark.parametrize("exponent", [1.6, 2.0])
def test_what_reads_do_not_share_is_not_lost_in_what_they_do(exponent):
    """Reads 1 us apart differ by 1e-9 to 1e-14 of the variance that terms have long after programming; of a random walk
    they differ by pi^2 D each second, times 1 Hz."""
    terms = flicker(exponent, slowest_s=1e9).terms(1e-7)
    settled = terms.settled(3600.0)
    change = settled.covariance(np.inf, 0.0) - settled.covariance(np.inf, 1e-6)
    assert terms.fresh(1e-6) < 1e-9 * terms.variance.sum()
    assert np.isclose(change, terms.fresh(1e-6), rtol=1e-4)
    assert np.isclose(settled.covariance(np.inf, 0.0), terms.accumulated(3600.0))
    if exponent == 2.0:
        assert np.isclose(terms.fresh(1e-6), np.pi**2 * (1e-6 - 1e-7 / 3), rtol=1e-6)


@pytest.mark.parametrize(("exponent", "slowest_s"), [(0.5, 1e-2), (1.5, 1e-2), (2.0, 1e-2)])
def test_periodogram_of_a_long_trajectory(exponent, slowest_s):
    """800 cells read 2,048 times, windows side by side: the mean ratio of periodograms to the law's spectrum is 1,
    the slope is gamma and the level A^2 at 1 Hz; 1/f^(gamma + 0.1) and 12 % of power would show."""
    count, reads_each, interval_s = 800, 2048, 1e-5
    dev = device(flicker={**NOISE, "spectral_exponent": exponent, "slowest_s": slowest_s, "read_time_s": 2e-6})
    law = dev.read_law(cells_at(1e-5, count), ReadConditions(window_s=interval_s, age_s=1.0))
    reads = CellReads(law, dev.initial_state(law, Stream()), interval_s, np.random.default_rng(4))
    seen = np.stack([reads.read() for _ in range(reads_each)], axis=1, dtype=np.float64)
    f, density = signal.welch((seen - 1e-5) / 1e-6, 1 / interval_s, nperseg=reads_each)
    band = (f > 12 / reads_each / interval_s) & (f < 0.03 / interval_s)
    exact = law.flicker.densities(np.full(count, 1e-5), np.ones(count), f[band], interval_s)[0] / 1e-12
    ratio = density[:, band] / exact
    within = 0.1 if exponent == 2.0 else 0.04  # of a random walk, what leaks from below shows
    for factor in (1 - within, 1 + within):
        assert (ratio.mean() > factor) == (factor < 1)
    centre = np.log(f[band]) - np.log(f[band]).mean()
    slope = np.polyfit(centre, np.log(density[:, band].mean(axis=0)), 1)[0]
    assert slope == pytest.approx(-exponent, abs=0.1)
    assert density[:, band].mean(axis=0) @ f[band] ** exponent / band.sum() == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize("exponent", [0.6, 1.5])
@pytest.mark.parametrize("age_s", [1e-4, 1.0])
def test_initial_states_have_accumulated_what_the_age_asks_for(exponent, age_s):
    dev = device(flicker={**NOISE, "spectral_exponent": exponent, "slowest_s": 1e2})
    law = dev.read_law(cells_at(1e-5, 100_000), ReadConditions(window_s=1e-30, age_s=age_s))
    seen = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(1)).read()
    wander, variance = (seen - 1e-5) / 1e-6, law.flicker.terms.accumulated(age_s)
    check_normal_variance(wander, variance)
    rejects(check_normal_variance, wander, 1.04 * variance)


def test_cells_differ_by_their_own_factor():
    """sd ln A = 0.5 over cells, constant of the cell; E[A^2] = e^(2 0.5^2) A^2 of the median. Other draws stay."""
    spread = device(flicker={**NOISE, "spread_log_sd": 0.5})
    same = device(flicker=NOISE)
    cells = cells_at(1e-5, 200_000)
    law, other = spread.read_law(cells), same.read_law(cells)
    logs = np.log(law.flicker.amplitude_s / other.flicker.amplitude_s)
    check_mean(logs, 0.0, 0.5)
    check_normal_variance(logs, 0.25)
    rejects(check_normal_variance, logs, 0.26)
    check_mean(law.flicker.amplitude_s**2 / 1e-12, np.exp(0.5), np.sqrt(np.exp(2.0) - np.exp(1.0)))
    assert np.array_equal(
        spread.read_law(cells_at(1e-5, 200_000, cycle=1)).flicker.amplitude_s, law.flicker.amplitude_s
    )
    assert np.array_equal(
        spread.initial_state(law, Stream()).flicker[:, :10], same.initial_state(other, Stream()).flicker[:, :10]
    )
    assert spread.scopes == {"1/f noise": Scope.TIME, "1/f noise, cell to cell": Scope.CHIP}


def test_a_table_of_amplitudes():
    """ln A linear in ln G between the points, A/G constant beyond; cells that have drifted keep A/G."""
    law = flicker(1.0, relative=None, table={"conductance_s": [1e-6, 1e-4], "amplitude_s": [1e-7, 1e-6]})
    g = np.array([0.0, 1e-7, 1e-6, 1e-5, 1e-4, 2e-4])
    expected = [0.0, 1e-8, 1e-7, np.sqrt(1e-7 * 1e-6), 1e-6, 2e-6]
    assert np.allclose(law.amplitude_s(g, device().conductance), expected, rtol=1e-9, atol=0)
    assert np.allclose(law.amplitude_s(g, device().conductance, g / 2), np.divide(expected, 2), rtol=1e-9, atol=0)
    one = flicker(1.0, relative=None, table={"conductance_s": [1e-5], "amplitude_s": [1e-6]})
    assert np.allclose(one.amplitude_s(g, device().conductance), g / 10, rtol=1e-12, atol=0)

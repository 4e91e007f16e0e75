"""1/f noise: the published sd, the trajectory that accumulates it, and its spectrum."""

import numpy as np
import pytest
from scipy import signal, special
from support.cells import fine_grained
from support.cells.devices import cells_at, device
from support.laws import check_correlation, check_mean, check_normal_variance, rejects

from device_models import CellReads, CellState, ReadConditions, ReadLaw, Scope, Stream, load_device
from device_models.errors import ConfigError
from device_models.parts.conductance import ConductanceRange
from device_models.parts.flicker import Flicker
from device_models.read_law import FlickerLaw
from device_models.reads import start

PCM_RANGE = ConductanceRange(g_min_s=0.25e-6, g_max_s=25e-6)
PCM = {"relative": {"coefficient": 0.0088, "exponent": -0.65, "highest": 0.2}, "read_time_s": 250e-9}
CMO_RANGE = ConductanceRange(g_min_s=8e-6, g_max_s=90e-6)
CMO = {"logarithmic": {"per_decade_s": 0.0277e-6, "unit_s": 1e-6}, "read_time_s": 1e-6}
BEGUN = 1 / (4 * np.pi * np.exp(0.5772156649))  # of the age: what lies below 1/t does not count
SMALL = {"relative": {"coefficient": 0.1}, "read_time_s": 1e-6, "slowest_s": 1e-2}  # few terms, for simulation


def flicker(**fields):
    return Flicker.model_validate(fields)


@pytest.mark.parametrize(("g", "relative"), [(1.0, 0.034), (0.1, 0.15), (1e-3, 0.2 * np.sqrt(np.log(2e6)))])
def test_published_accumulated_sd_of_pcm(g, relative):
    """sd/G = Q sqrt(ln((t + t_r)/(2 t_r))) a second after programming, Q at most 0.2."""
    sd = flicker(**PCM).sd_s(np.array([g * 25e-6]), 1.0, PCM_RANGE)[0] / (g * 25e-6)
    assert np.isclose(sd, relative, rtol=0.015)
    exact = min(0.0088 / g**0.65, 0.2) * np.sqrt(np.log((1 + 250e-9) / 500e-9))
    assert np.isclose(sd, exact, rtol=1e-9)
    other = flicker(**{**PCM, "relative": {**PCM["relative"], "coefficient": 0.0088 * 1.02, "highest": 0.204}})
    assert not np.isclose(other.sd_s(np.array([g * 25e-6]), 1.0, PCM_RANGE)[0], sd * g * 25e-6, rtol=0.01, atol=0)


def test_published_accumulated_sd_of_cmo_hfox():
    law = flicker(**CMO)
    assert round(law.sd_s(np.array([50e-6]), 10.0, CMO_RANGE)[0] * 1e6, 3) == 0.185
    assert np.allclose(law.amplitude_s(np.array([1e-5, 1e-4]), CMO_RANGE), [0.0277e-6, 0.0554e-6], rtol=1e-9, atol=0)
    assert np.all(law.amplitude_s(np.array([0.0, 0.5e-6, 1e-6]), CMO_RANGE) == 0)


def test_amplitude_limits_and_scale():
    g = np.array([0.0, 1e-6, 25e-6])
    amplitude = flicker(**PCM).amplitude_s(g, PCM_RANGE)
    assert amplitude[0] == 0
    assert np.allclose(amplitude[1:], [0.0088 / 0.04**0.65 * 1e-6, 0.0088 * 25e-6], rtol=1e-9, atol=0)
    double = ConductanceRange(g_min_s=0.5e-6, g_max_s=50e-6)
    assert np.allclose(flicker(**PCM).amplitude_s(2 * g, double), 2 * amplitude, rtol=1e-12, atol=0)
    assert np.all(flicker(relative={"coefficient": 0}, read_time_s=1e-6).amplitude_s(g, PCM_RANGE) == 0)


def test_nothing_has_accumulated_within_the_read_time():
    for law in (flicker(**PCM), flicker(**CMO)):
        for age_s in (0.0, law.read_time_s):
            assert law.sd_s(np.array([2e-5]), age_s, PCM_RANGE)[0] == 0
        assert law.terms().accumulated(0.0) == 0


@pytest.mark.parametrize("law", [PCM, CMO, SMALL])
@pytest.mark.parametrize("per_decade", [1, 1.25, 2])
def test_the_trajectory_accumulates_the_published_variance(law, per_decade):
    """Within 2.5 % from 20 t_r to slowest_s."""
    process = flicker(**law, terms_per_decade=per_decade)
    t_r = process.read_time_s
    for age_s in np.geomspace(20 * t_r, process.slowest_s, 50):
        published = np.log((age_s + t_r) / (2 * t_r))
        assert np.isclose(process.terms().accumulated(age_s), published, rtol=0.025)


@pytest.mark.parametrize(("per_decade", "tolerance"), [(1, 0.06), (1.25, 0.04), (2, 0.03)])
def test_spectrum_is_one_over_f_in_the_band(per_decade, tolerance):
    process = flicker(**PCM, terms_per_decade=per_decade)
    corner = 1 / (2 * np.pi * np.array([process.slowest_s, process.fastest_s]))
    f = np.geomspace(30 * corner[0], corner[1] / 30, 400)
    assert np.allclose(process.terms().spectrum(f) * f, 1.0, rtol=tolerance)
    assert not np.allclose(process.terms().spectrum(f) * f**1.05, 1.0, rtol=tolerance)


def test_the_default_keeps_the_spectrum_within_four_per_cent():
    assert flicker(**PCM).terms_per_decade == 1.25


def test_terms_cover_the_range_evenly():
    process = flicker(**SMALL)
    terms = process.terms()
    assert np.isclose(process.fastest_s, 1e-6 / np.pi, atol=0)
    steps = np.diff(np.log(terms.tau_s))
    assert np.allclose(steps, steps[0])
    assert steps[0] <= np.log(10) / 1.25 + 1e-9
    assert np.isclose(terms.variance.sum(), np.log(1e-2 / process.fastest_s))
    assert np.isclose(np.log(terms.tau_s[0] / process.fastest_s), steps[0] / 2)
    assert np.isclose(np.log(1e-2 / terms.tau_s[-1]), steps[0] / 2)


@pytest.mark.parametrize("interval_s", [1e-7, 1e-5, 1e-3])
@pytest.mark.parametrize("window_s", [0.0, 1e-7])
def test_fresh_and_frozen_are_the_whole(interval_s, window_s):
    terms = flicker(**PCM).terms(window_s)
    for age_s in (interval_s * 100, 1.0, 1e6):
        whole = terms.fresh(interval_s) + terms.frozen(age_s, interval_s)
        assert np.isclose(whole, terms.accumulated(age_s), rtol=1e-12)
    assert terms.frozen(0.0, interval_s) == 0


def test_fresh_variance_between_reads_grows_with_the_logarithm_of_the_interval():
    """Half the mean squared change of 1/f noise: S = A^2/f gives A^2 ln of the interval, e-fold by e-fold."""
    terms = flicker(**{**PCM, "terms_per_decade": 5}).terms()
    fresh = [terms.fresh(interval_s) for interval_s in (1e-3, 1e-2, 1e-1)]
    assert np.allclose(np.diff(fresh), np.log(10), rtol=0.01)


@pytest.mark.parametrize(("law", "published"), [(PCM, 3.11), (CMO, 1.65)])
def test_fresh_variance_between_reads_is_that_of_the_band_that_was_measured(law, published):
    """Half the mean squared change over D = 1 us of A^2/f cut at 1/(2 t_r): ln x + gamma - Ci(x), x = pi D / t_r."""
    process = flicker(**law, terms_per_decade=5)
    x = np.pi * 1e-6 / process.read_time_s
    cut_off = np.euler_gamma + np.log(x) - special.sici(x)[1]
    assert round(float(cut_off), 2) == published
    assert np.isclose(process.terms().fresh(1e-6), cut_off, rtol=0.08)  # OU terms cut less sharply


@pytest.mark.parametrize("preset", fine_grained.PRESETS)
@pytest.mark.parametrize("windows", [1, 2, 10])
def test_reads_change_as_means_over_their_windows(preset, windows):
    """Half the mean squared change of window means of every bundled law, against terms on a fine grid of time; samples
    of a process of their variance would change by up to 1.5 times as much."""
    terms, lag_s = fine_grained.terms_of(preset), windows * fine_grained.WINDOW_S
    law, exact = FlickerLaw(np.ones(1), terms, np.inf), fine_grained.half_change(terms, lag_s)
    assert np.isclose(terms.fresh(lag_s), exact, rtol=1e-4)
    assert np.isclose(law.covariance(0.0) - law.covariance(lag_s), exact, rtol=1e-4)
    assert fine_grained.point_sampled_change(terms, lag_s) > {1: 1.4, 2: 1.1, 10: 1.005}[windows] * exact
    assert np.allclose(terms.covariances(lag_s), fine_grained.covariances(terms, lag_s), rtol=1e-5, atol=0)


class Impulses:
    """In place of normals: the j-th draw (of several terms, of each) is 1 for cell `first` + j, else 0. Reads are
    linear in their draws, so that cells together hold what each draw adds to every read."""

    def __init__(self, first):
        self.next = first

    def standard_normal(self, size, dtype):
        draws = np.zeros(size, dtype)
        for of_term in np.atleast_2d(draws):  # views
            of_term[self.next] = 1
            self.next += 1
        return draws


@pytest.mark.parametrize("preset", fine_grained.PRESETS)
def test_the_reference_reads_have_the_covariance_of_window_means(preset):
    """Exactly, for all pairs of 12 reads that follow each other at once: no sampling error, single precision only."""
    reads_each, terms = 12, fine_grained.terms_of(preset)
    count = len(terms.tau_s)
    cells = count + reads_each * (count + 1)
    law = ReadLaw(np.zeros(cells), np.zeros(cells), {"flicker": FlickerLaw(np.ones(cells), terms, np.inf)})
    state = CellState({"flicker": np.eye(count, cells, dtype=np.float32)})
    reads = CellReads(law, state, fine_grained.WINDOW_S, Impulses(count))
    seen = np.stack([reads.read() for _ in range(reads_each)])
    covariance = seen @ seen.T
    for apart in range(reads_each):
        expected = fine_grained.covariances(terms, apart * fine_grained.WINDOW_S).sum()
        assert np.allclose(np.diag(covariance, apart), expected, rtol=1e-5)
        if apart:
            change = (np.diag(covariance)[apart:] + np.diag(covariance)[:-apart]) / 2 - np.diag(covariance, apart)
            assert np.allclose(change, fine_grained.half_change(terms, apart * fine_grained.WINDOW_S), rtol=1e-3)


@pytest.mark.parametrize("age_s", [1e-7, 1e-6, 1e-4])
def test_reads_soon_after_programming(age_s):
    """States have grown for the age's share since they were 0: the read and its covariance with the next."""
    terms = fine_grained.terms_of("pcm_nandakumar2019")
    grown = 1 - np.exp(-2 * BEGUN * age_s / terms.tau_s)
    t = (np.arange(500) + 0.5) / 500 * terms.window_s
    for lag_s in (0.0, 1e-7, 1e-6):
        from_start = np.exp(-t / terms.tau_s[:, None])
        born = from_start.mean(axis=1) * (from_start * np.exp(-lag_s / terms.tau_s)[:, None]).mean(axis=1)
        expected = fine_grained.covariances(terms, lag_s) - terms.variance * (1 - grown) * born
        assert np.isclose(terms.covariance(age_s, lag_s), expected.sum(), rtol=1e-5)


def test_windows_that_overlap_are_refused():
    law = ReadLaw(np.ones(1), np.zeros(1), {"flicker": FlickerLaw(np.ones(1), flicker(**SMALL).terms(1e-6), 1.0)})
    with pytest.raises(ConfigError, match="at least the window"):
        CellReads(law, start(law, Stream()), 0.9e-6, np.random.default_rng(0))


def small(n, age_s, window_s=1e-30):
    """n cells of 10 uS whose A is 1 uS, as read at an age."""
    dev = device(flicker=SMALL)
    return dev, dev.read_law(cells_at(1e-5, n), ReadConditions(window_s=window_s, age_s=age_s))


@pytest.mark.parametrize("age_s", [1e-5, 1e-3, 1.0])
def test_initial_state_has_accumulated_what_the_age_asks_for(age_s):
    dev, law = small(400_000, age_s)
    reads = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(1))
    wander = (reads.read() - 1e-5) / 1e-6
    tau, v = law.flicker.terms.tau_s, law.flicker.terms.variance
    variance = np.sum(v * (1 - np.exp(-2 * BEGUN * age_s / tau)))
    check_normal_variance(wander, variance)
    rejects(check_normal_variance, wander, 1.02 * variance)
    assert np.isclose(law.flicker.terms.accumulated(age_s), variance)
    assert np.allclose(law.flicker.covariance(0.0), variance * 1e-12, rtol=1e-9, atol=0)


def test_a_trajectory_that_is_followed_from_programming_on_has_what_lies_below_1_over_t_too():
    """Read every 20 us from age 0: after t = 0.4 ms the variance is A^2 [ln((t + t_r)/(2 t_r)) + ln 4 pi + gamma]."""
    dev, law = small(200_000, 0.0)
    reads = CellReads(law, dev.initial_state(law, Stream()), 2e-5, np.random.default_rng(2))
    assert np.all(reads.read() == 1e-5)
    for _ in range(20):
        seen = reads.read()
    wander = (seen - 1e-5) / 1e-6
    check_normal_variance(wander, law.flicker.terms.accumulated(4e-4 / BEGUN))
    rejects(check_normal_variance, wander, 1.03 * law.flicker.terms.accumulated(4e-4 / BEGUN))
    expected = np.log((4e-4 + 1e-6) / 2e-6) + np.log(4 * np.pi) + 0.5772156649
    assert np.isclose(wander.var(), expected, rtol=0.025 + 5 * np.sqrt(2 / 200_000))


@pytest.mark.parametrize("lags", [1, 3])
def test_covariance_of_reads(lags):
    dev, law = small(2_000_000, 2e-2)
    reads = CellReads(law, dev.initial_state(law, Stream()), 1e-4, np.random.default_rng(5))
    first = reads.read()
    for _ in range(lags):
        later = reads.read()
    tau, v = law.flicker.terms.tau_s, law.flicker.terms.variance
    covariance = np.sum(v * (1 - np.exp(-4e-2 * BEGUN / tau)) * np.exp(-lags * 1e-4 / tau))
    products = (first - 1e-5) * (later - 1e-5) / 1e-12
    check_mean(products, covariance)
    rejects(check_mean, products, 1.02 * covariance)
    assert np.allclose(law.flicker.covariance(lags * 1e-4), covariance * 1e-12, rtol=1e-9, atol=0)


def test_periodogram_of_a_long_trajectory():
    """2,000 cells read 2,048 times: the mean ratio of each cell's Welch periodogram to the law's spectrum is 1, and
    has no slope; 5 % of amplitude or 1/f^1.1 would show. Aliasing and leakage stay below 1 % in the band."""
    count, reads_each = 2000, 2048
    dev, law = small(count, 1.0)
    interval_s = 1e-6
    reads = CellReads(law, dev.initial_state(law, Stream()), interval_s, np.random.default_rng(4))
    seen = np.stack([reads.read() for _ in range(reads_each)], axis=1, dtype=np.float32)
    f, density = signal.welch((seen - 1e-5) / 1e-6, 1 / interval_s, nperseg=reads_each, detrend=False)
    band = (f > 8 / reads_each / interval_s) & (f < 0.03 / interval_s)
    ratio = density[:, band] / law.flicker.terms.spectrum(f[band])
    check_mean(ratio.mean(axis=1), 1.0)
    rejects(check_mean, ratio.mean(axis=1), 1.05)
    rejects(check_mean, ratio.mean(axis=1), 0.95)
    centre = np.log(f[band]) - np.log(f[band]).mean()
    check_mean(ratio @ centre / len(centre), 0.0)
    steeper = ratio * np.exp(0.1 * centre)
    rejects(check_mean, steeper @ centre / len(centre), 0.0)


def test_scope_is_time_and_states_are_new_on_each_stream():
    dev, law = small(200_000, 1.0)
    total = np.sqrt(law.flicker.terms.accumulated(1.0))
    states = [dev.initial_state(law, stream).flicker for stream in (Stream(), Stream(), Stream(chip=1))]
    assert np.array_equal(states[0], states[1])
    walks = [np.tensordot(np.sqrt(law.flicker.terms.variance), state, 1) / total for state in states]
    check_correlation(walks[0], walks[2], 0.0)
    assert dev.scopes == {"1/f noise": Scope.TIME}
    assert dev.changes_with_time


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"logarithmic": CMO["logarithmic"]}, "give one law: relative | log_law | logarithmic"),
        ({"relative": None}, "give one law: relative | log_law | logarithmic"),
        ({"slowest_s": 1e-7}, "slowest_s=1e-07 must be at least 7.96e-07"),
        (
            {"relative": {"coefficient": -0.1}},
            "flicker.relative.coefficient: input should be greater than or equal to 0",
        ),
        ({"read_times_s": 1}, "did you mean read_time_s?"),
    ],
)
def test_each_mistake_is_one_clear_line(change, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "flicker": {**PCM, **change}})
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)

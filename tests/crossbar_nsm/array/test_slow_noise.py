"""Sources of 1/f noise and of selectors against the exact laws of a read, and against the numpy reference."""

import numpy as np
import pytest
from scipy import stats
from support.cells import fine_grained
from support.cells.arrays import device, program, telegraph, weights
from support.cells.sources import added, each_read, source
from support.laws import FALSE_ALARM, check_law, check_mean, check_normal_variance, rejects
from support.networks import states
from support.threads import one_thread

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.slow_noise.cell_by_cell_source import CellByCellSource
from crossbar_nsm.array.slow_noise.flicker_holds import HOLD_ERROR, hold_vectors
from crossbar_nsm.array.slow_noise.flicker_source import FlickerSource
from crossbar_nsm.array.slow_noise.gated_source import GatedSource
from crossbar_nsm.array.vector_reads import VectorReads
from device_models.parts.flicker import Flicker, FlickerTerms
from device_models.parts.windows import window_attenuation, window_covariance
from device_models.read_law import FlickerLaw, ReadLaw
from device_models.reads import CellReads, CellState, start
from device_models.streams import Stream

WANDER = {"flicker": {"relative": {"coefficient": 0.05}, "read_time_s": 1e-7, "slowest_s": 1e2}}
GATE = {
    "threshold": {"mean_v": 0.3, "sd_v": 0.1, "correlation_time_s": 1e-6},
    "input_v": 0.35,
    "on_conductance_s": 3e-4,
    "off_conductance_s": 2e-5,
}
QUIET = {"read_noise": {}, "programming": {}}
READ = ReadConfig(window_s=1e-8, interval_s=1e-6, pair_interval_s=2e-7)


def columns(count, law, rows=3, read=READ, age_s=10.0):
    """An array of independent columns of `rows` pairs each, G- at g_min, and 2 x 20 reads of it by a constant input."""
    array = program(np.ones((count, rows)), device(**law), seed=4, read=read, age_s=age_s)
    kind = GatedSource if "selector" in law else FlickerSource
    return array, added(source(kind, array, 2), np.ones((20, rows), np.float32))[:, 0].astype(np.float64)


def check_covariances(array, u):
    """Covariance of reads (2, vectors, columns) of a vector, across vectors and 8 vectors apart against the law,
    columns being independent; 3 % of the variance more is rejected. Mean squared differences likewise, to 2 %."""
    mean, variance = array.mean_matrix().sum(axis=0), array.covariance(0.0)
    if array.law.selector is None:
        mean = 0.0
    u = u - mean
    check_mean(u.mean(axis=(0, 1)), 0.0)
    rejects(check_mean, u.mean(axis=(0, 1)) + 0.1 * np.sqrt(variance), 0.0)
    pairs = {
        0.0: (u[0], u[0]),
        2e-7: (u[0], u[1]),
        8e-7: (u[1, :-1], u[0, 1:]),
        1e-6: (u[1, :-1], u[1, 1:]),
        8e-6: (u[0, :-8], u[0, 8:]),
    }
    for lag_s, (first, second) in pairs.items():
        expected = array.covariance(lag_s)
        products = (first * second).mean(axis=0) - expected
        check_mean(products, 0.0)
        rejects(check_mean, products - 0.03 * variance, 0.0)
        if lag_s > 0:
            halves = ((first - second) ** 2 / 2).mean(axis=0)
            check_mean(halves - (variance - expected), 0.0)
            rejects(check_mean, halves - 1.02 * (variance - expected), 0.0)


# --- 1/f noise -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wandering():
    return columns(40_000, QUIET | WANDER)


def test_1_over_f_noise_has_the_covariance_of_its_law(wandering):
    check_covariances(*wandering)


@pytest.mark.parametrize("exponent", [0.6, 1.6])
def test_other_spectra_have_the_covariance_of_their_law(exponent):
    """Fresh noise leads the flat one; of the steep one reads of a vector differ by 1e-9 of what they share."""
    wander = {"flicker": {**WANDER["flicker"], "spectral_exponent": exponent, "spread_log_sd": 0.5}}
    array, u = columns(20_000, QUIET | wander, age_s=1e-3)
    terms, gain = array.law.flicker.terms, array.targets.gain
    power = ((gain * array.law.flicker.amplitude_s) ** 2).sum(axis=(0, 1))
    check_mean(u[0, 0] ** 2 / (power * terms.accumulated(1e-3)), 1.0)
    for lag_s, change in ((2e-7, u[0] - u[1]), (1e-6, u[0, :-1] - u[0, 1:])):
        halves = (change**2 / 2).mean(axis=0) / (power * terms.fresh(lag_s))
        check_mean(halves, 1.0)
        rejects(check_mean, halves, 1.04)
        exact = array.settled_covariance(0.0) - array.settled_covariance(lag_s)
        assert np.allclose(exact, power * terms.fresh(lag_s), rtol=1e-5, atol=0)


def test_1_over_f_noise_is_normal(wandering):
    array, u = wandering
    for read in (u[0, 0], u[1, 19]):
        standard = read / np.sqrt(array.covariance(0.0))
        check_normal_variance(standard, 1.0)
        check_law(standard, "norm")
        rejects(check_law, np.sign(standard) * np.abs(standard) ** 1.1, "norm")


def test_1_over_f_noise_grows_from_programming():
    """At age 0 states are 0; the first read has what grows in its window, the 20th what 19 intervals more add."""
    array, u = columns(40_000, QUIET | WANDER, age_s=0.0)
    terms, amplitude = array.law.flicker.terms, array.targets.gain * array.law.flicker.amplitude_s
    for vector in (0, 19):
        x, since = READ.window_s / terms.tau_s, 2 * vector * READ.interval_s / terms.tau_s
        lacking = terms.variance * ((1 - np.exp(-x)) / x) ** 2 * np.exp(-since)
        grown = (fine_grained.covariances(terms, 0.0) - lacking).sum()
        standard = u[0, vector] / np.sqrt((amplitude**2).sum(axis=(0, 1)) * grown)
        check_normal_variance(standard, 1.0)
        rejects(check_normal_variance, standard, 1.06)


def test_both_cells_wander_as_the_reference():
    """Pairs whose cells both conduct: reads and their differences are distributed as the numpy reference's."""
    array = program(np.ones((20_000, 1)), device(**QUIET, **WANDER), read=READ, pairing="balanced", age_s=10.0)
    law, gain = array.law, array.targets.gain[0]
    reference = CellReads(law, array.initial_state(), 1e-6, np.random.default_rng(1))
    cells = np.stack([(reference.read() - law.g_s)[:, 0] for _ in range(5)])
    seen = gain * (cells[:, 0] - cells[:, 1])
    u = added(source(FlickerSource, array), np.ones((5, 1), np.float32))[0, 0]
    for a, b in ((seen[1] - seen[0], u[1] - u[0]), (seen[4], u[4])):
        assert stats.ks_2samp(a, b).pvalue > FALSE_ALARM
        assert stats.ks_2samp(a, 1.2 * b).pvalue < FALSE_ALARM


BACK_TO_BACK = ReadConfig(window_s=1e-7, interval_s=3e-7)  # pairs at 0, T, 3 T, 4 T, ...


def back_to_back_reads(kind, terms, outputs, vectors):
    """Pairs of reads (2, vectors, outputs) of single cells of A = 1 whose mean is 0, one window after the other."""
    law = FlickerLaw(np.stack([np.ones((1, outputs)), np.zeros((1, outputs))]), terms, np.inf)
    cells = ReadLaw(np.zeros_like(law.amplitude_s), np.zeros_like(law.amplitude_s), {"flicker": law})
    array = VectorReads(np.ones((1, outputs)), np.array([0]), BACK_TO_BACK, each_read(2, outputs))
    of_kind = (law, np.uint64(3)) if kind is FlickerSource else (cells, tuple(np.arange(4, dtype=np.uint64)))
    noise = kind(of_kind[0], array, of_kind[1], start(cells, Stream()))
    return added(noise, np.ones((vectors, 1), np.float32))[:, 0].astype(np.float64)


def check_changes(first, second, terms, windows, wrong):
    """Half the mean squared change against terms on a fine grid of time: `wrong` times as much is rejected, and
    what samples of a process of their variance would give, up to 1.5 times as much."""
    exact = fine_grained.half_change(terms, windows * 1e-7)
    halves = ((first - second) ** 2 / 2).mean(axis=0) / exact
    check_mean(halves, 1.0)
    rejects(check_mean, halves, wrong)
    assert abs(halves.mean() - 1) < wrong - 1
    if windows < 10:
        rejects(check_mean, halves, fine_grained.point_sampled_change(terms, windows * 1e-7) / exact)


@pytest.mark.parametrize("preset", fine_grained.PRESETS)
def test_trajectories_change_as_means_over_windows(preset):
    """Lags T, 2 T and 10 T of every bundled law."""
    terms = fine_grained.terms_of(preset)
    u = back_to_back_reads(FlickerSource, terms, 20_000, 200)
    pairs = {1: (u[0], u[1]), 2: (u[1, :-1], u[0, 1:]), 10: (u[0, :-3], u[1, 3:])}
    for windows, (first, second) in pairs.items():
        check_changes(first, second, terms, windows, 1.01)


def test_1_over_f_noise_changes_alike_where_cells_are_drawn_one_by_one():
    terms = fine_grained.terms_of("pcm_nandakumar2019")
    u = back_to_back_reads(CellByCellSource, terms, 20_000, 20)
    check_changes(u[0], u[1], terms, 1, 1.02)
    check_changes(u[1, :-1], u[0, 1:], terms, 2, 1.02)


@pytest.mark.parametrize("reads", [1, 2])
def test_every_term_moves_on_for_the_time_that_passes(reads):
    """From 0, over 129 vectors: held terms for whole holds only, the slowest for two of 64."""
    flicker = {"relative": {"coefficient": 0.05}, "read_time_s": 1e-7, "slowest_s": 1e2}
    array = program(np.ones((2000, 4)), device(**QUIET, flicker=flicker), read=READ)
    noise = source(FlickerSource, array, reads)
    terms, held = array.law.flicker.terms, hold_vectors(array.law.flicker.terms, READ, reads)
    assert len(set(held)) >= 3
    added(noise, np.ones((129, 4), np.float32))
    states = np.concatenate([noise.states["near"], noise.states["far"]], axis=2)
    assert np.allclose(noise.states["far_sum"], noise.states["far"].sum(axis=2), rtol=1e-5)
    used = noise.scale > 0
    order = np.concatenate([np.flatnonzero(held < 64), np.flatnonzero(held == 64)])
    for state, term in zip(np.moveaxis(states, 2, 0), order, strict=True):
        hold = held[term]
        passed_s = 1e-6 * (129 if hold <= 1 else 129 // hold * hold)
        standard = (state / np.where(used, noise.scale, 1))[used] / np.sqrt(terms.variance[term])
        variance = -np.expm1(-2 * passed_s / terms.tau_s[term])
        check_normal_variance(standard / np.sqrt(variance), 1.0)
        rejects(check_normal_variance, standard / np.sqrt(variance), 1.12)


@pytest.mark.parametrize("read_time_s", [1e-8, 2.5e-7, 1e-3])
@pytest.mark.parametrize("reads", [1, 2])
def test_held_terms_change_no_difference_of_reads_by_more_than_stated(read_time_s, reads):
    """Exact second moments of held terms, for all pairs of 2 x 200 reads; terms held 16 times as long are too bad."""
    flicker = Flicker.model_validate({"relative": {"coefficient": 1.0}, "read_time_s": read_time_s})
    read = ReadConfig()
    terms = flicker.terms(read.window_s)
    held = hold_vectors(terms, read, reads)
    assert (held > 1).sum() > len(held) // 2
    assert hold_error(terms, held, read, reads) < HOLD_ERROR
    assert hold_error(terms, np.where(held > 1, 16 * held, held), read, reads) > HOLD_ERROR


def hold_error(terms, held, read, reads):
    """Largest relative error of the mean squared difference of two reads; held terms are seen as they are."""
    vector = np.repeat(np.arange(200), reads)
    time_s = vector * read.interval_s + np.tile(np.arange(reads), 200) * read.between_reads_s
    right, wrong = np.zeros((2, len(vector), len(vector)))
    for tau_s, variance, vectors in zip(terms.tau_s, terms.variance, held, strict=True):
        between_s = np.abs(time_s[:, None] - time_s)
        change = variance * (window_attenuation(tau_s, read.window_s)
                             - window_covariance(tau_s, read.window_s, between_s))  # fmt: skip
        right += change
        seen_s = (vector // max(vectors, 1)) * max(vectors, 1) * read.interval_s
        wrong += -variance * np.expm1(-np.abs(seen_s[:, None] - seen_s) / tau_s) if vectors else change
    apart = ~np.eye(len(vector), dtype=bool)
    return np.abs(wrong[apart] / right[apart] - 1).max()


def test_single_precision_keeps_slow_decay():
    """A term with dt / tau = 1e-7 forgets at the right rate over 1e6 steps; 1 - 1.19e-7, the float32 next to
    1 - 1e-7, would be rejected."""
    amplitude = np.stack([np.ones((4, 32)), np.zeros((4, 32))])
    law = FlickerLaw(amplitude, FlickerTerms(np.array([10.0]), np.array([1.0])), np.inf)
    start = CellState({"flicker": np.full((1, 2, 4, 32), 30.0, np.float32)})
    mixing = np.ones((1, 1, 32), np.float32)
    noise = FlickerSource(law, VectorReads(np.ones((4, 32)), np.array([0]), ReadConfig(), mixing), np.uint64(5), start)
    z, out = np.ones((50_000, 4), np.float32), np.zeros((1, 1, 50_000, 32), np.float32)
    for call in range(20):
        noise.add(out, z, call * len(z))
    state, sd = noise.states["near"], np.sqrt(-np.expm1(-0.2))
    check_mean(state, 30 * np.exp(-0.1), sd)
    rejects(check_mean, state, 30 * np.exp(-0.119), sd)


# --- selectors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per", ["pair", "cell"])
@pytest.mark.parametrize("noise", [{"read_noise": {}}, {"read_noise": {"relative_sd": 0.3}}])
def test_selectors_have_the_moments_of_their_law(per, noise):
    """Threshold correlated over 1 us, divider, leakage, G_min, with fresh noise inside the gate and without."""
    check_covariances(*columns(30_000, {"programming": {}, "selector": GATE | {"per": per}} | noise))


def test_a_selector_passes_as_often_and_as_long_as_its_law():
    """A pair without noise shows its selector: p, and the correlation of xi at two lags."""
    array, u = columns(30_000, QUIET | {"selector": GATE}, rows=1)
    selector = array.law.selector
    weight = array.targets.gain[0] * (array.law.g_s[0, 0] - array.law.g_s[1, 0])
    conducts = (u - weight * selector.off[0]) / (weight * (selector.on - selector.off)[0])
    assert np.allclose(conducts, np.round(conducts), atol=1e-4)
    p = selector.probability[0]
    check_mean((conducts - p).mean(axis=(0, 1)), 0.0)
    rejects(check_mean, (conducts - 1.03 * p).mean(axis=(0, 1)), 0.0)
    pairs = ((2e-7, conducts[0], conducts[1]), (1e-6, conducts[0, :-1], conducts[0, 1:]))
    for lag_s, first, second in pairs:
        rho = ((first - p) * (second - p) / (p * (1 - p))).mean(axis=0)
        check_mean(rho - selector.correlation(lag_s)[0], 0.0)
        rejects(check_mean, rho - selector.correlation(1.1 * lag_s)[0], 0.0)


@pytest.mark.parametrize("per", ["pair", "cell"])
def test_gated_reads_have_the_law_of_the_reference(per):
    array, u = columns(20_000, {"selector": GATE | {"per": per}, "programming": {}}, rows=1)
    reference = CellReads(array.law, array.initial_state(), 2e-7, np.random.default_rng(1))
    cells = np.stack([reference.read() for _ in range(2)])
    seen = array.targets.gain[0] * (cells[:, 0, 0] - cells[:, 1, 0])
    for a, b in ((seen[0], u[0, 5]), (seen[1] - seen[0], u[1, 5] - u[0, 5])):
        assert stats.ks_2samp(a, b).pvalue > FALSE_ALARM
        assert stats.ks_2samp(a, 1.1 * b).pvalue < FALSE_ALARM


# --- every law drawn cell by cell ------------------------------------------------------------------------------------

ALL = {"selector": GATE | {"per": "cell"}, "telegraph": telegraph(6e-6, 3e-6), **WANDER}


def test_cell_by_cell_has_the_moments_of_a_law_with_everything():
    array = program(np.ones((30_000, 1)), device(programming={}, **ALL), seed=4, read=READ, age_s=10.0)
    u = added(source(CellByCellSource, array, 2), np.ones((20, 1), np.float32))[:, 0].astype(np.float64)
    check_covariances(array, u)


# --- all sources -----------------------------------------------------------------------------------------------------

LAWS = {
    "flicker": (FlickerSource, WANDER),
    "selector": (GatedSource, {"selector": GATE}),
    "selectors": (GatedSource, {"selector": GATE | {"per": "cell"}, "read_noise": {}}),
    "all": (CellByCellSource, ALL),
}
VECTORS = 150


@pytest.fixture(params=LAWS)
def made(request):
    """A maker of equal sources, with rows and tiles that fill no group of rows."""
    kind, law = LAWS[request.param]
    array = program(weights(37, 33), device(**law), read=READ, age_s=10.0, rows=14)
    mixing = np.random.default_rng(0).normal(size=(3, 2, 37)).astype(np.float32)
    return lambda: source(kind, array, mixing=mixing)


@pytest.mark.usefixtures("two_threads")
def test_bits_depend_neither_on_calls_nor_on_threads(made):
    z = states(VECTORS, 33)
    whole = added(made(), z)
    for cuts in ((75,), (1, 2, 64, 129)):
        assert np.array_equal(added(made(), z, cuts=cuts), whole)
    with one_thread():
        assert np.array_equal(added(made(), z), whole)
    assert not np.array_equal(added(made(), z, first=1), whole)


def test_states_are_all_that_reads_hand_on(made):
    z, noise = states(VECTORS, 33), made()
    whole = added(made(), z)
    added(noise, z[:70])
    saved = {name: values.copy() for name, values in noise.states.items()}
    restored = made()
    restored.states = saved
    assert np.array_equal(added(restored, z[70:], first=70), whole[:, :, 70:])


def test_row_tiles_add_up_and_reads_are_mixed(made):
    z = states(20, 33)
    tiles = added(made(), z, tiles=3)
    assert np.allclose(tiles.sum(axis=1), added(made(), z)[:, 0], atol=1e-4 * np.abs(tiles).max())
    assert np.all(tiles.std(axis=(2, 3)) > 0)
    noise = made()
    mixing, noise.mixing = noise.mixing, np.repeat(np.eye(2, dtype=np.float32)[:, :, None], 37, axis=2)
    mixed = np.einsum("srn,rtvn->stvn", mixing, added(noise, z, tiles=3))
    assert np.allclose(mixed, tiles, atol=1e-4 * np.abs(tiles).max())

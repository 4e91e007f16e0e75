"""Telegraph currents against exact laws of window means, and their bits against every way of cutting time."""

import numpy as np
import pytest
from scipy import stats
from support.cells.traps import trap_states
from support.laws import FALSE_ALARM, check_mean, check_rate, rejects
from support.threads import one_thread

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.slow_noise.cell_by_cell_source import CellByCellSource
from crossbar_nsm.array.telegraph.choice import CELLS_FROM, telegraph_source
from crossbar_nsm.array.telegraph.source import TelegraphSource
from crossbar_nsm.array.telegraph.tables import exact_steps
from crossbar_nsm.array.telegraph.walk import rest_of
from crossbar_nsm.array.vector_reads import VectorReads
from crossbar_nsm.engine.kernels.product import one_blas_thread
from device_models.errors import ConfigError
from device_models.parts.telegraph import Traps
from device_models.parts.windows import window_attenuation
from device_models.read_law import ReadLaw, TrapLaw
from device_models.reads import CellState

WINDOW_S = 1e-7
READ = ReadConfig(window_s=WINDOW_S, interval_s=1e-6, pair_interval_s=3e-7)
BOTH = np.eye(2, dtype=np.float32)
TILES = 32  # rows that are tiles by themselves, so that cells are seen one by one


def law_of(capture_s, emission_s, amplitude, rows, outputs):
    """Traps of given constants, one value per trap of every cell; G+ = 1 S, G- = 0."""
    shape = (len(capture_s), 2, rows, outputs)
    full = [np.broadcast_to(np.reshape(v, (-1, 1, 1, 1)), shape).astype(np.float32) for v in (capture_s, emission_s)]
    g_s = np.stack([np.ones((rows, outputs)), np.zeros((rows, outputs))]).astype(np.float32)
    d = np.broadcast_to(np.reshape(amplitude, (-1, 1, 1, 1)), shape).astype(np.float32)
    return ReadLaw(g_s, np.zeros_like(g_s), {"telegraph": TrapLaw(Traps(*full), d)})


def start(law, seed=1):
    """Stationary states."""
    q = law.traps.traps.occupancy
    return (np.random.default_rng(seed).random(q.shape) < q).astype(np.uint8)


def source_of(law, read=READ, mixing=BOTH, tile_starts=(0,), key=5, **settings):
    rows, outputs = law.g_s.shape[1:]
    mixing = np.repeat(np.float32(mixing)[:, :, None], outputs, axis=2)
    array = VectorReads(np.ones((rows, outputs)), np.array(tile_starts), read, mixing)
    return TelegraphSource(law, array, np.uint64(key), CellState({"telegraph": start(law)}), **settings)


def cell_by_cell(law, tile_starts, key=5):
    """The same law by the other path: every window of every trap by itself."""
    mixing = np.repeat(BOTH[:, :, None], law.g_s.shape[2], axis=2)
    array = VectorReads(np.ones(law.g_s.shape[1:]), np.array(tile_starts), READ, mixing)
    return CellByCellSource(law, array, (np.uint64(key),) * 4, CellState({"telegraph": start(law)}))


def reads_of(source, z, cuts=(), tiles=1, first=0):
    """out (slots, tiles, vectors, outputs) float32 of inputs z, in calls that end at `cuts`."""
    parts, ends = [], [*cuts, len(z)]
    with one_blas_thread():
        for low, high in zip([0, *cuts], ends, strict=True):
            out = np.zeros((len(source.mixing), tiles, high - low, source.mixing.shape[2]), np.float32)
            source.add(out, z[low:high], first + low)
            parts.append(out)
    return np.concatenate(parts, axis=2)


def single_cells(capture_s, emission_s, amplitude, outputs=6400, vectors=70, make=source_of, **settings):
    """Window means (2 reads, vectors, outputs) of independent single cells, and their law."""
    law = law_of(capture_s, emission_s, amplitude, TILES, outputs // TILES)
    source = make(law, tile_starts=range(TILES), **settings)
    u = reads_of(source, np.ones((vectors, TILES), np.float32), tiles=TILES)
    return by_cell(u).astype(np.float64), law.traps


def by_cell(u):
    """Reads (slots, tiles, vectors, outputs) of tiles of one row as (slots, vectors, cells)."""
    return np.swapaxes(u, 1, 2).reshape(u.shape[0], u.shape[2], -1)


@pytest.mark.parametrize("tau0_in_windows", [0.1, 1.0, 10.0, 1e5])
@pytest.mark.parametrize("occupancy", [0.5, 0.2])
def test_moments_of_one_trap(tau0_in_windows, occupancy):
    """Mean, variance, covariance of the two reads of a vector and of successive vectors, for traps ten times faster
    than a window to ten thousand times slower than the interval; cells are independent, time is not."""
    tau0_s, d = tau0_in_windows * WINDOW_S, 0.5
    u, traps = single_cells([tau0_s / occupancy], [tau0_s / (1 - occupancy)], [d], outputs=32_000, vectors=24)
    deviation = u - (1 - d * occupancy)
    means = deviation[0].mean(axis=0)
    check_mean(means, 0.0)
    rejects(check_mean, means + 0.02 * d, 0.0)
    variance = traps.factor_covariance(WINDOW_S, 0.0)[0, 0, 0]
    state_variance = d**2 * occupancy * (1 - occupancy)
    cases = {(0, 0, 0): 0.0, (0, 1, 0): 3e-7, (1, 0, 1): 7e-7, (0, 0, 1): 1e-6, (1, 1, 4): 4e-6}
    for (first, second, vectors), lag_s in cases.items():
        length = deviation.shape[1] - vectors
        products = (deviation[first, :length] * deviation[second, vectors:]).mean(axis=0)
        expected = variance if lag_s == 0 else traps.factor_covariance(WINDOW_S, lag_s)[0, 0, 0]
        check_mean(products, expected)
        rejects(check_mean, products, expected + 0.05 * state_variance)


@pytest.mark.parametrize("capture_s", [3e-7, 1e-5])
def test_occupancy_long_after_an_empty_start(capture_s):
    law = law_of([capture_s], [capture_s / 3], [0.5], 40, 1000)
    source = source_of(law)
    source.reset(CellState({"telegraph": np.zeros((1, 2, 40, 1000), np.uint8)}))
    reads_of(source, np.ones((64, 40), np.float32))
    captured = trap_states(source)
    check_rate(captured.sum(), captured.size, 0.25)
    rejects(check_rate, captured.sum(), captured.size, 0.2625)


def brute_force(capture_s, emission_s, amplitude, cells, seed=2):
    """Window means of prod_k (1 - d_k s_k) of independent cells, switch by switch in numpy."""
    rng, traps = np.random.default_rng(seed), len(capture_s)
    mean_s = np.array([capture_s, emission_s])
    q = mean_s[1] / mean_s.sum(axis=0)
    state = (rng.random((cells, traps)) < q).astype(int)
    due = rng.exponential(mean_s[state, np.arange(traps)])
    elapsed, total = np.zeros(cells), np.zeros(cells)
    while np.any(elapsed < WINDOW_S):
        k, rows = due.argmin(axis=1), np.arange(cells)
        until = np.minimum(due[rows, k], WINDOW_S)
        total += (until - elapsed) * np.prod(1 - np.array(amplitude) * state, axis=1)
        elapsed = until
        state[rows, k] = 1 - state[rows, k]
        due[rows, k] += rng.exponential(mean_s[state[rows, k], k])
    return total / WINDOW_S


def check_same_law(first, second):
    """Two samples; rounded, because windows without a switch are equal but for float32."""
    assert stats.ks_2samp(np.round(first, 5), np.round(second, 5)).pvalue > FALSE_ALARM


@pytest.mark.parametrize("capture_s", [[1e-7, 5e-8], [1e-6, 3e-8]])
def test_windows_in_which_two_traps_of_a_cell_switch(capture_s):
    """The exact mean of the product, in law against a reference that draws every switch; a slower trap is noticed."""
    emission_s, d = [5e-8, 2e-7], [0.5, 0.7]
    u, _ = single_cells(capture_s, emission_s, d, outputs=9600, vectors=65)
    for values in (u[0, 0], u[1, 64]):
        check_same_law(values, brute_force(capture_s, emission_s, d, 10_000))
        rejects(check_same_law, values, brute_force([1.5 * t for t in capture_s], emission_s, d, 10_000))


@pytest.mark.parametrize("tau0_in_windows", [0.3, 1.0, 100.0])
def test_events_and_cells_have_the_same_law(tau0_in_windows):
    """One trap: window means, also much later, and products of successive ones, by events and cell by cell."""
    times = [3 * tau0_in_windows * WINDOW_S], [1.5 * tau0_in_windows * WINDOW_S]
    events, _ = single_cells(*times, [0.5], outputs=64_000, vectors=18)
    cells, _ = single_cells(*times, [0.5], outputs=64_000, vectors=18, make=cell_by_cell, key=7)
    other, _ = single_cells([1.1 * times[0][0]], times[1], [0.5], outputs=64_000, vectors=18, make=cell_by_cell, key=8)
    for of in (lambda u: u[0, 0], lambda u: u[1, 17], lambda u: u[0, 15] * u[1, 15], lambda u: u[1, 15] * u[0, 16]):
        check_same_law(of(events), of(cells))
        rejects(check_same_law, of(events), of(other))


@pytest.mark.parametrize("rate", [0.01, 0.5, 8.0])
def test_switches_of_an_epoch_come_at_exponential_times(rate):
    """Cells that all begin free, seen in windows as long as the interval: when each is captured first, in vectors of
    the epoch, beside the exact chances; and the states at the end of the epoch."""
    cells, vectors = 320_000, 16
    read = ReadConfig(window_s=5e-7, interval_s=1e-6)
    capture_s, emission_s = vectors * 1e-6 / rate, vectors * 2e-6 / rate
    law = law_of([capture_s], [emission_s], [0.5], TILES, cells // TILES)
    source = source_of(law, read, [[1, 0]], range(TILES), vectors=vectors)
    source.reset(CellState({"telegraph": np.zeros((1, 2, TILES, cells // TILES), np.uint8)}))
    u = by_cell(reads_of(source, np.ones((vectors, TILES), np.float32), tiles=TILES))[0]
    tau0_s = 1 / (1 / capture_s + 1 / emission_s)
    middle = np.arange(vectors) * 1e-6
    free_at_start = 1 - 2 / 3 * -np.expm1(-middle / tau0_s)
    stays = free_at_start * np.exp(-read.window_s / capture_s)
    for n in (1, vectors // 2, vectors - 1):
        whole = int((u[n] == 1).sum())
        check_rate(whole, cells, stays[n])
        rejects(check_rate, whole, cells, stays[n] * (0.999 if rate < 0.1 else 0.98))
    captured = trap_states(source)[0]
    expected = 2 / 3 * -np.expm1(-rate * 1.5)
    check_rate(captured.sum(), 2 * cells, expected)
    rejects(check_rate, captured.sum(), 2 * cells, expected * (0.9 if rate < 0.1 else 0.97))


def varied_law(rows, outputs, traps=2, seed=3):
    """Cells that all differ, with traps from a hundredth of an interval to ten thousand intervals."""
    rng = np.random.default_rng(seed)
    shape = (traps, 2, rows, outputs)
    times = [np.exp(rng.uniform(np.log(1e-8), np.log(1e-2), shape)).astype(np.float32) for _ in range(2)]
    g_s = rng.uniform(0.1, 1, shape[1:]).astype(np.float32)
    return ReadLaw(
        g_s, 0 * g_s, {"telegraph": TrapLaw(Traps(*times), rng.uniform(0.05, 0.9, shape).astype(np.float32))}
    )


def inputs(vectors, rows, seed=4):
    """-1, 0 and +1."""
    return np.random.default_rng(seed).integers(-1, 2, (vectors, rows)).astype(np.float32)


@pytest.mark.parametrize("traps", [1, 2])
@pytest.mark.parametrize("cuts", [(1,), (15,), (16,), (64,), (100, 101), (10, 20, 128, 130)])
def test_any_cut_gives_the_same_bits(cuts, traps):
    law, z = varied_law(45, 21, traps), inputs(150, 45)
    whole = reads_of(source_of(law, tile_starts=(0, 20, 33)), z, tiles=3)
    assert np.array_equal(reads_of(source_of(law, tile_starts=(0, 20, 33)), z, cuts, tiles=3), whole)
    assert not np.array_equal(reads_of(source_of(law, tile_starts=(0, 20, 33), key=6), z, tiles=3), whole)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("traps", [1, 2])
def test_threads_do_not_change_bits(traps):
    law, z = varied_law(45, 170, traps), inputs(70, 45)
    whole = reads_of(source_of(law), z)
    with one_thread():
        assert np.array_equal(reads_of(source_of(law), z), whole)


@pytest.mark.parametrize("traps", [1, 2])
@pytest.mark.parametrize("stop", [64, 90])
def test_restored_states_go_on_bit_for_bit(stop, traps):
    law, z = varied_law(45, 21, traps), inputs(150, 45)
    source = source_of(law)
    reads_of(source, z[:stop])
    saved = {name: values.copy() for name, values in source.states.items()}
    rest = reads_of(source, z[stop:], first=stop)
    other = source_of(law)
    other.reset(CellState({"telegraph": np.zeros_like(start(law))}))
    other.restore(saved)
    assert np.array_equal(reads_of(other, z[stop:], first=stop), rest)
    source.reset(CellState({"telegraph": start(law)}))
    assert np.array_equal(reads_of(source, z), np.concatenate([reads_of(source_of(law), z[:stop]), rest], axis=2))


@pytest.mark.parametrize("traps", [1, 2])
def test_tiles_add_up_to_the_whole(traps):
    law, z = varied_law(45, 21, traps), inputs(70, 45)
    tiles = reads_of(source_of(law, tile_starts=(0, 20, 33)), z, tiles=3)
    whole = reads_of(source_of(law, tile_starts=(0, 20, 33)), z)
    assert np.allclose(tiles.sum(axis=1), whole[:, 0], atol=2e-5)
    z[:, 20:33] = 0
    assert np.all(reads_of(source_of(law, tile_starts=(0, 20, 33)), z, tiles=3)[:, 1] == 0)


@pytest.mark.parametrize("traps", [1, 2])
def test_mixed_reads_are_the_mixture_of_the_reads(traps):
    """Three slots at once: each read, and (1 + g) r1 - g r2."""
    law, z = varied_law(45, 21, traps), inputs(70, 45)
    u = reads_of(source_of(law, mixing=[[1, 0], [0, 1], [3, -2]]), z)
    assert np.allclose(u[2], 3 * u[0] - 2 * u[1], atol=5e-5)
    assert np.abs(u[0] - u[1]).max() > 0.1


@pytest.mark.parametrize("traps", [1, 2])
def test_cells_follow_their_own_states(traps):
    """Without switching, a read is the product of what the states leave, pair by pair and tile by tile."""
    law = varied_law(70, 37, traps)
    slow = np.full_like(law.traps.amplitude, 1e9)
    law = ReadLaw(law.g_s, law.sd_s, {"telegraph": TrapLaw(Traps(slow, slow), law.traps.amplitude)})
    z = inputs(5, 70)
    cells = law.g_s * np.prod(1 - law.traps.amplitude * start(law), axis=0)
    u = reads_of(source_of(law, tile_starts=(0, 64)), z, tiles=2)
    for tile, rows in enumerate((slice(0, 64), slice(64, 70))):
        assert np.allclose(u[:, tile], z[:, rows] @ (cells[0] - cells[1])[rows], atol=1e-4)


def test_slow_traps_are_frozen_and_slightly_faster_ones_are_not():
    """Probabilities of an epoch of 32 us beside 2^-32 = 2.3e-10."""
    for mean_s, frozen in ((1e6, True), (5e4, False)):
        source = source_of(law_of([mean_s], [mean_s], [0.5], 40, 20))
        assert np.all(source.tables.active == (not frozen))


def test_what_32_bits_leave_of_a_probability():
    for p in (1e-12, 0.3, 1 - 1e-12, 1.0):
        low = min(np.floor(p * 2**32), 2**32 - 1)
        assert (low + rest_of.py_func(p)) / 2**32 == pytest.approx(p, rel=1e-12)
        assert 0 <= rest_of.py_func(p) <= 1


def test_steps_add_without_rounding():
    """Any order of captures and releases comes back to the same weights, which are those of the cells to float32."""
    rng = np.random.default_rng(6)
    free = np.array([1, -1])[:, None, None] * np.exp(rng.uniform(-12, 3, (2, 30, 40)))
    captured = free * rng.uniform(0.05, 1, free.shape)
    whole, steps = exact_steps(free, captured)
    assert whole.dtype == steps.dtype == np.float32
    both = whole + steps[0] + steps[1]
    assert np.array_equal((both - steps[0]) - steps[1], whole)
    assert np.array_equal(((whole + steps[1]) + steps[0]), both)
    assert np.all(np.abs(both - captured.sum(axis=0)) <= 2.0**-23 * np.abs(free).max(axis=0))


@pytest.mark.parametrize("amplitude", [[0.5], [0.5, 0.3]])
def test_intervals_that_all_traps_forget_are_cut_short_and_have_the_same_law(amplitude):
    """Traps of 10 us read every 16 s would switch a million times in between. Reads are then independent: variance of
    single windows, none in common; and so they stay at exactly the interval to which they are cut."""
    traps, n = len(amplitude), 4000
    law = law_of([1e-5] * traps, [2e-5] * traps, amplitude, 1, 16)
    long = ReadConfig(window_s=WINDOW_S, interval_s=16.0, pair_interval_s=3e-7)
    source = source_of(law, long)
    assert source.clock.interval_s == pytest.approx(4e-7 + 40 * 2e-5 / 3)
    reads = reads_of(source, np.ones((n, 1), np.float32))[0, 0]  # (vectors, outputs)
    occupancy, d = 2 / 3, np.array(amplitude)
    mean = np.prod(1 - d * occupancy)
    shape = window_attenuation(np.array([2e-5 / 3]), WINDOW_S)[0]
    variance = np.prod((1 - d * occupancy) ** 2 + d**2 * occupancy * (1 - occupancy) * shape) - mean**2
    check_mean(reads.ravel(), mean)
    check_mean((reads[1:].ravel() - mean) * (reads[:-1].ravel() - mean), 0.0)
    check_mean((reads.ravel() - mean) ** 2, variance)


def test_switches_that_would_take_hours_are_refused_with_their_number():
    law = law_of([1e-5, 10.0], [1e-5, 10.0], [0.5, 0.5], 300, 300)
    with pytest.raises(ConfigError, match=r"traps would switch 2.9e\+11 times .*slow_noise to split"):
        source_of(law, ReadConfig(window_s=WINDOW_S, interval_s=16.0))


def test_fast_single_traps_are_read_cell_by_cell():
    """The path that is faster, and the same states by name; several traps per cell always go by events."""
    fast, slow = ([1e-6 / (rate * CELLS_FROM)] for rate in (1.1, 0.9))
    for times, traps, kind in ((fast, 1, CellByCellSource), (slow, 1, TelegraphSource), (fast, 2, TelegraphSource)):
        law = law_of(times * traps, times * traps, [0.5] * traps, 4, 5)
        array = VectorReads(np.ones((4, 5)), np.zeros(1, int), READ, np.repeat(BOTH[:, :, None], 5, axis=2))
        source = telegraph_source(law, array, np.uint64(5), CellState({"telegraph": start(law)}))
        assert type(source) is kind
        assert next(iter(source.states)) == "traps"

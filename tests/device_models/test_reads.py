"""Successive reads: the reference of all readers against the exact laws from read to read."""

import numpy as np
import pytest
from support.cells.devices import cells_at, device
from support.laws import check_mean, check_rate, check_variance, rejects

from device_models import CellReads, Cells, CellState, ReadConditions, Stream
from device_models.reads import BLOCK

TELEGRAPH = {
    "resistance_step": {"relative": 0.4},
    "capture_time_s": {"min_s": 1e-3, "max_s": 1e-3},
    "emission_time_s": {"min_s": 3e-3, "max_s": 3e-3},
    "traps_per_cell": 2,
}
Q, TAU0_S, D = 0.75, 0.75e-3, 0.4 / 1.4
G_S, N = 5e-6, 400_000


def reads_of(dev, cells, interval_s, seed=1, **read):
    law = dev.read_law(cells, ReadConditions(**read))
    return law, CellReads(law, dev.initial_state(law, Stream()), interval_s, np.random.default_rng(seed))


@pytest.mark.parametrize("lags", [1, 2])
def test_two_traps_mean_variance_and_covariance(lags):
    law, reads = reads_of(device(telegraph=TELEGRAPH), cells_at(G_S, N), 5e-4)
    first = reads.read() / G_S
    for _ in range(lags):
        later = reads.read() / G_S
    mean, v = 1 - D * Q, D**2 * Q * (1 - Q)
    for seen in (first, later):
        check_mean(seen, mean**2)
        rejects(check_mean, seen, 1.02 * mean**2)
        check_variance(seen, mean**2, (mean**2 + v) ** 2 - mean**4)
        rejects(check_variance, seen, mean**2, 1.03 * ((mean**2 + v) ** 2 - mean**4))
    rho = np.exp(-lags * 5e-4 / TAU0_S)
    covariance = (mean**2 + v * rho) ** 2 - mean**4
    products = (first - mean**2) * (later - mean**2)
    check_mean(products, covariance)
    rejects(check_mean, products, 1.06 * covariance)
    assert np.allclose(law.slow_covariance_s2(1e-12, lags * 5e-4) / G_S**2, covariance, rtol=1e-5)


def test_slow_traps_switch_as_often_as_their_times_say():
    """p = 2e-5 per read: 16 million chances to leave either state."""
    times = {"capture_time_s": {"min_s": 0.05, "max_s": 0.05}, "emission_time_s": {"min_s": 0.05, "max_s": 0.05}}
    dev = device(telegraph={**TELEGRAPH, **times, "traps_per_cell": 1})
    _, reads = reads_of(dev, cells_at(G_S, 1_000_000), 1e-6)
    reads.read()  # the first read is of the initial state
    for start in (0, 1):
        switched = 0
        for _ in range(8):
            reads.state.traps[:] = start
            reads.read()
            switched += np.sum(reads.state.traps != start)
        check_rate(switched, 8_000_000, 2e-5)
        rejects(check_rate, switched, 8_000_000, 3.5e-5)


class EvenUniforms:
    """The uniforms below 1e-6, evenly spaced; single precision ones are multiples of 2^-24, as numpy's are."""

    def random(self, size, dtype=np.float64):
        uniforms = (np.arange(size) + 0.5) / size * 1e-6
        return uniforms if dtype == np.float64 else (np.floor(uniforms * 2**24) / 2**24).astype(dtype)

    def standard_normal(self, size, dtype):
        return np.zeros(size, dtype)


def test_rare_switching_is_not_rounded_to_the_grid_of_single_precision():
    """p = 1e-7 per read is a tenth of the uniforms below 1e-6."""
    times = {"capture_time_s": {"min_s": 10.0, "max_s": 10.0}, "emission_time_s": {"min_s": 10.0, "max_s": 10.0}}
    _, reads = reads_of(device(telegraph={**TELEGRAPH, **times, "traps_per_cell": 1}), cells_at(G_S, 10_000), 1e-6)
    reads.read()
    reads.state.traps[:] = 0
    reads.rng = EvenUniforms()
    reads.read()
    assert abs(reads.state.traps.sum() - 1000) <= 2


def test_the_first_read_is_of_the_initial_state_and_the_state_moves_in_place():
    dev = device(telegraph=TELEGRAPH)
    law = dev.read_law(cells_at(G_S, 1000))
    state = dev.initial_state(law, Stream())
    before = state.copy()
    reads = CellReads(law, state, 1e-3, np.random.default_rng(0))
    seen = reads.read()
    assert np.array_equal(state.traps, before.traps)
    assert np.allclose(seen, G_S * np.prod(1 - law.traps.amplitude * before.traps, axis=0), rtol=1e-6, atol=0)
    reads.read()
    assert not np.array_equal(state.traps, before.traps)


def test_reads_without_time_between_them_share_their_states():
    parts = {"telegraph": TELEGRAPH, "flicker": {"relative": {"coefficient": 0.1}, "read_time_s": 1e-6},
             "selector": {"threshold": {"mean_v": 1.0, "sd_v": 0.1, "correlation_time_s": 1e-6}, "input_v": 1.0,
                          "on_conductance_s": 1e-3, "off_conductance_s": 0.0, "per": "cell"}}  # fmt: skip
    _, reads = reads_of(device(**parts), cells_at(G_S, 1000), 0.0, window_s=0.0, age_s=1.0)
    assert np.array_equal(reads.read(), reads.read())


def test_the_same_generator_gives_the_same_reads():
    parts = {"telegraph": TELEGRAPH, "read_noise": {"relative_sd": 0.1}}
    a, b, c = (reads_of(device(**parts), cells_at(G_S, 1000), 1e-3, seed)[1] for seed in (1, 1, 2))
    for _ in range(2):
        first, same, other = a.read(), b.read(), c.read()
        assert np.array_equal(first, same)
        assert not np.any(first == other)


@pytest.mark.parametrize("shape", [(BLOCK + 7,), (2, 3, 5)])
def test_blocks_do_not_show(shape):
    """Cells beyond the first block have noise, traps, wander and selectors of their own."""
    selector = {"keep_probability": 0.5, "per": "cell"}
    dev = device(telegraph=TELEGRAPH, flicker={"relative": {"coefficient": 0.1}, "read_time_s": 1e-6},
                 read_noise={"relative_sd": 0.1}, selector=selector)  # fmt: skip
    cells = Cells(np.full(shape, G_S), Stream())
    law = dev.read_law(cells, ReadConditions(age_s=1.0))
    reads = CellReads(law, dev.initial_state(law, Stream()), 1e-3, np.random.default_rng(1))
    for _ in range(2):
        seen = reads.read()
        assert seen.shape == shape
        kept = seen[seen != 0]
        assert len(np.unique(kept)) > 0.99 * len(kept)
    if len(shape) == 1:
        check_rate(len(kept), seen.size, 0.5)


def test_absent_states_are_none():
    law = device().read_law(cells_at(G_S, 2))
    assert device().initial_state(law, Stream()) == CellState()
    assert CellState().copy() == CellState()

"""Reads at given times, gaps among them, have the exact moments of the law."""

import numpy as np
import pytest
from support.cells.fits import a_device

from device_models import Cells, Stream, load_device
from device_models.fit.twins.simulation import Grid, conditions, reads_s

G_S, DT, CELLS = 5e-5, 1e-3, 40_000
TIMES = DT * np.array([0, 1, 2, 9, 10])


def nothing(_done, _total):
    pass


def simulated(device, time_s=TIMES, cells=CELLS):
    return reads_s(load_device(device), np.full(cells, G_S), Grid.of(time_s, DT), Stream(), nothing)


def test_traps_go_on_over_a_gap():
    """d 0.1, capture and emission 10 ms: covariance (d G)^2 / 4 exp(-lag / 5 ms), over the gap of 7 ms too."""
    ends = {"min_s": 0.01, "max_s": 0.01}
    device = a_device(telegraph={"resistance_step": {"relative": 1 / 9, "per_ohm": 0.0}, "capture_time_s": ends,
                                 "emission_time_s": ends, "traps_per_cell": 1})  # fmt: skip
    seen = simulated(device) - G_S * 0.95
    for first, second in ((0, 1), (2, 3), (3, 4), (0, 4)):
        exact = (0.1 * G_S) ** 2 / 4 * np.exp(-(TIMES[second] - TIMES[first]) / 5e-3)
        found = (seen[first] * seen[second]).mean()  # fmt: skip
        assert found == pytest.approx(exact, abs=4 * (0.1 * G_S) ** 2 / 4 / np.sqrt(CELLS))


def test_slow_noise_goes_on_over_a_gap():
    """sd of the change from read to read by the exact law of the terms; 4 standard errors."""
    device = load_device(a_device(flicker={"relative": {"coefficient": 0.01}, "read_time_s": 1e-4}))
    seen = simulated(device)
    terms = device.flicker.terms(DT - 1e-4)
    for first, second in ((0, 1), (2, 3), (3, 4)):
        change = terms.covariances(0.0).sum() - terms.covariances(TIMES[second] - TIMES[first]).sum()
        lacking = 1 - terms.grown(0.0)
        since = np.exp(-2 * TIMES[first] / terms.tau_s)
        kept = np.exp(-(TIMES[second] - TIMES[first]) / terms.tau_s)
        begun = (lacking * since * terms.of_start(0.0) * (1 - kept) ** 2).sum()
        exact = (0.01 * G_S) ** 2 * (2 * change - begun)
        found = (seen[second] - seen[first]).astype(float).var()
        assert found == pytest.approx(exact, rel=4 * np.sqrt(2 / CELLS))


def test_cells_age_from_the_level_at_the_first_read():
    drift = {"reference_time_s": 1.0, "exponent": {"mean": {"at_g_max": 0.1}}}
    time_s = 1 + 0.5 * np.arange(40)
    device = load_device(a_device(drift=drift))
    seen = reads_s(device, np.full(3, G_S), Grid.of(time_s, 0.5), Stream(), nothing)
    assert np.allclose(seen.T, G_S * time_s**-0.1, rtol=1e-3)


def test_a_grid_has_the_gaps_of_its_times():
    grid = Grid.of(np.array([3.0, 4.01, 4.99, 9.0]), 1.0)
    assert grid.steps.tolist() == [1, 1, 4]
    assert grid.time_s.tolist() == [3, 4, 5, 9]


@pytest.mark.parametrize("read_time_s", [1e-7, 1e-4, 5e-4, 1e-3, 1e-2])
def test_reads_see_slow_noise_up_to_half_their_rate(read_time_s):
    """Fresh noise holds what is faster: the exact sampled spectrum is A^2 / f, whatever cut the preset has within the
    interval; a cut that is slower stays one."""
    device = load_device(a_device(flicker={"relative": {"coefficient": 0.01}, "read_time_s": read_time_s}))
    law = device.read_law(Cells(np.full(1, G_S), Stream()), conditions(device, DT, 0.0)).flicker
    frequency = np.geomspace(1, 490, 40)
    sampled, _ = law.densities(np.full(1, G_S), np.ones(1), frequency, DT)
    share = sampled * frequency / (0.01 * G_S) ** 2
    assert share[0] == pytest.approx(1, abs=0.03)
    assert (abs(share - 1) < 0.23).all() == (read_time_s <= DT)

"""Fresh noise from successive differences: its interval against white noise, and what it leaves out."""

import numpy as np
from support.laws import check_rate, rejects

from benchmarks.fit_kinds import flicker
from device_models.fit.one_cell.fresh import alternation, fresh_noise, unseen_white
from device_models.fit.one_cell.gaussian import Colour, concentrated, fit_noise, noise_law, pivot_of

FREE = np.zeros(200, dtype=bool)


def white(seed, n=200):
    return np.random.default_rng(seed).standard_normal(n)


def test_intervals_hold_the_truth():
    """Without the changes' correlation, sqrt(1/2m) for sqrt(3/4m), intervals would hold it 89 times in 100."""
    held = sum(fresh_noise(white(seed), FREE).holds(1.0) for seed in range(2000))
    check_rate(held, 2000, 0.95)
    rejects(check_rate, held, 2000, 0.89)


def test_the_level_of_either_state_and_slow_jumps_do_not_count():
    y, captured = white(1, 4000), np.arange(4000) % 40 < 13
    clean = fresh_noise(y, np.zeros(4000, dtype=bool)).value
    assert np.isclose(fresh_noise(y - 50 * captured, captured).value, clean, rtol=0.03)
    assert np.isclose(fresh_noise(y - 50 * captured, np.zeros(4000, dtype=bool)).value, clean, rtol=0.03)
    assert np.isclose(fresh_noise(y + 3 * np.sin(np.arange(4000) / 100), captured).value, clean, rtol=0.03)


def test_too_few_changes_give_none():
    assert fresh_noise(white(1, 15), FREE[:15]) is None
    assert fresh_noise(white(1), np.arange(200) % 2 == 0) is None
    assert fresh_noise(np.ones(200), FREE) is None


def test_changes_over_gaps_do_not_count():
    """Bursts of 10 at levels a hundred sd apart; as changes of successive reads they would be a tenth of all."""
    y = white(2, 4000) + 100 * np.repeat(np.arange(400) % 2, 10)
    free, gaps = np.zeros(4000, dtype=bool), np.arange(9, 3999, 10)
    assert np.isclose(fresh_noise(y, free, gaps).value, 1, rtol=0.05)
    assert fresh_noise(y[:21], free[:21], np.arange(5, 15)) is None


def test_changes_that_are_mostly_zero_keep_their_jumps():
    y = np.where(np.arange(200) % 50 == 7, 1.0, 0.0)
    assert np.isclose(fresh_noise(y, FREE).value, np.sqrt(8 / 199 / 2))


def test_alternation_of_white_noise_is_chance():
    scores = white(0, 5000)
    assert alternation(scores) == []
    assert alternation(np.repeat(scores, 2)) == []
    assert "successive samples alternate" in alternation(np.column_stack([scores, -scores]).ravel())[0]


def test_white_noise_that_does_not_show_widens_the_interval():
    """The region of exponents and the bound of white noise against the likelihood on a grid of both."""
    rng, n = np.random.default_rng(4), 300
    y = flicker(n, 1.0, rng) + 0.5 * rng.standard_normal(n)
    y = (y - y.mean()) / y.std()
    time, level = np.arange(float(n)), np.ones((n, 1))
    fit = fit_noise(time, y, level, Colour("flicker", False))
    found = unseen_white(time, y, level, fit)

    exponents, ratios, both = np.arange(0.4, 1.6, 0.04), np.arange(-2, 8, 0.25), Colour("flicker", True)
    grid = [(a, r, *concentrated(time, y, level, both, np.array([a, r]))[:2]) for a in exponents for r in ratios]
    values = np.array([item[2] for item in grid])
    inside = values > max(values.max(), fit.log_likelihood) - 1.92
    whites = [noise_law(both, np.array(item[:2]), pivot_of(n), item[3]).white for item in grid]
    assert np.isclose(found.exponents.max(), max(np.array([item[0] for item in grid])[inside]), atol=0.06)
    assert np.isclose(found.exponents.min(), min(np.array([item[0] for item in grid])[inside]), atol=0.06)
    assert np.isclose(found.most, np.max(np.array(whites)[inside]), rtol=0.2)

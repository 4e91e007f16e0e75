"""A trap in slow noise: its path, and its rates over all paths."""

import numpy as np
from scipy.special import expit, logit

from benchmarks.fit_kinds import flicker, made
from device_models.fit.one_cell.gaussian import Colour, fit_noise
from device_models.fit.one_cell.traps.coloured_traps import around_all_paths, fit_coloured

RATES = (0.12, 0.25)


def fitted(step, n=1000):
    rng = np.random.default_rng(3)
    path, state = [], 0
    for u in rng.random(n):
        state = 1 - state if u < RATES[state] else state
        path.append(state)
    y = -step * np.array(path) + 0.7 * flicker(n, 1.0, rng) + rng.standard_normal(n)
    y = (y - y.mean()) / y.std()
    time, level = np.arange(float(n)), np.ones((n, 1))
    found = fit_coloured(time, y, level, fit_noise(time, y, level, Colour("flicker", True)))
    return np.array(path), found, around_all_paths(time, y, level, found)


def test_a_clear_path_is_found_and_its_rates_are_those_of_the_path():
    path, found, chain = fitted(12)
    assert (found.path == path).all()
    assert np.allclose(chain.theta[:2], logit(found.rates), atol=0.02)
    counts, rates = np.bincount(path[:-1]), np.array(found.rates)
    assert np.allclose(np.diag(chain.covariance)[:2], 1 / (counts * rates * (1 - rates)), rtol=0.05)


def test_rates_over_all_paths_are_nearer_the_truth_where_the_path_is_not_clear():
    """The likeliest path of this trace lacks a fifth of the switches: short stays, which the chain counts."""
    n, truth = 2000, made("trap + flicker + white", 2000, 83)
    y = (truth.g - truth.g.mean()) / truth.g.std()
    time, level = np.arange(float(n)), np.ones((n, 1))
    found = fit_coloured(time, y, level, fit_noise(time, y, level, Colour("flicker", True)))
    chain = around_all_paths(time, y, level, found)
    capture, emission = truth.known["capture"], truth.known["emission"]
    leaves = -np.expm1(-1 / capture - 1 / emission) / (capture + emission)
    true, of_path = logit([leaves * emission, leaves * capture]), logit(found.rates)
    assert np.abs(chain.theta[:2] - true).max() < 0.7 * np.abs(of_path - true).max()
    counts, rates = chain.posterior.sum(axis=0), expit(chain.theta[:2])
    assert np.all(np.diag(chain.covariance)[:2] > 1.02 / (counts * rates * (1 - rates)))

"""The hidden Markov likelihood: against the sum over all paths, its gradient, its starts, and its order of levels."""

import sys
from importlib import metadata
from itertools import pairwise, product
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import norm
from support.cells.traces import telegraph_trace

from device_models.errors import ProcessError
from device_models.fit.one_cell.traps import chains
from device_models.fit.one_cell.traps.chains import (
    Chain,
    apart_p,
    best_path,
    fit_one,
    fit_two,
    two_cluster_threshold,
    unpacked,
    value_and_gradient,
    with_covariance,
)

ONE = np.array([-2.0, -1.0, 1.0, -1.2, -0.5, -0.3])
TWO = np.array([-2.0, -1.0, -1.5, -0.5, 1.5, -0.5, 0.4, -1.5, -0.8])


def standardised(**made):
    g = telegraph_trace(3000, 1, **made).g_s
    return (g - g.mean()) / g.std()


def of_every_path(y, theta, traps):
    """ln p of the trace with each sequence of states."""
    matrix, levels, sds = unpacked(theta, traps)
    states = range(len(levels))
    return {
        path: -np.log(len(levels))
        + sum(np.log(matrix[a, b]) for a, b in pairwise(path))
        + sum(norm.logpdf(value, levels[s], sds[s]) for value, s in zip(y, path, strict=True))
        for path in product(states, repeat=len(y))
    }


@pytest.mark.parametrize(("theta", "traps"), [(ONE, 1), (TWO, 2)])
def test_the_likelihood_is_the_sum_over_all_paths(theta, traps):
    y = np.array([0.9, 1.2, -1.0, -0.4, 30.0])  # the last is far from all levels
    paths = of_every_path(y, theta, traps)
    value, gradient = value_and_gradient(y, theta, traps)
    assert np.isclose(value, np.logaddexp.reduce(list(paths.values())), rtol=1e-10)
    for k in range(len(theta)):
        shift = np.zeros(len(theta))
        shift[k] = 1e-5
        up, down = (value_and_gradient(y, theta + sign * shift, traps)[0] for sign in (1, -1))
        assert np.isclose(gradient[k], (up - down) / 2e-5, rtol=1e-5, atol=1e-6)


def test_the_best_path_is_the_likeliest_of_all():
    y = standardised()
    fit = fit_one(y)
    paths = of_every_path(y[:9], fit.theta, 1)
    assert tuple(best_path(y[:9], fit)) == max(paths, key=paths.get)


def test_two_cluster_threshold_lies_between_the_clusters():
    values = np.concatenate([np.linspace(0, 1, 50), np.linspace(9, 10, 200)])
    assert 1 < two_cluster_threshold(np.random.default_rng(0).permutation(values)) < 9


@pytest.mark.parametrize("sign", [1, -1])
def test_state_0_is_the_upper_level_and_turning_the_trace_over_swaps_the_states(sign):
    y = standardised()
    fit, turned = with_covariance(fit_one(sign * y), sign * y), with_covariance(fit_one(-sign * y), -sign * y)
    assert fit.levels[0] > fit.levels[1]
    swap = [1, 0, 3, 2, 5, 4]
    signs = np.array([1, 1, -1, -1, 1, 1])
    assert np.allclose(turned.theta, signs * fit.theta[swap], rtol=1e-3, atol=1e-3)
    errors, other = np.sqrt(np.diag(fit.covariance)), np.sqrt(np.diag(turned.covariance))
    assert np.allclose(other, errors[swap], rtol=1e-2)
    assert np.isclose(fit.log_likelihood, turned.log_likelihood, rtol=1e-6)


def test_the_larger_of_two_traps_comes_first_and_both_are_free_in_state_0():
    large = telegraph_trace(8000, 1, amplitude=0.2, noise=0.0, g_s=1.0).g_s
    small = telegraph_trace(8000, 2, amplitude=0.1, noise=0.0, g_s=1.0).g_s
    y = large * small + 0.02 * np.random.default_rng(0).standard_normal(8000)
    middle, scale = y.mean(), y.std()
    y = (y - middle) / scale
    fit = fit_two(y, fit_one(y))
    assert np.allclose(middle + scale * fit.levels, [1.0, 0.8, 0.9, 0.72], atol=0.005)


def test_one_value_only_has_no_two_states():
    assert fit_one(np.zeros(100)) is None


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 8])
def test_white_noise_gives_no_covariance_or_a_proper_one(seed):
    y = np.random.default_rng([60, seed]).standard_normal(60)
    y = (y - y.mean()) / y.std()
    covariance = with_covariance(fit_one(y), y).covariance
    assert covariance is None or np.all(np.diag(covariance) > 0)


def test_traps_that_switch_on_their_own_are_told_from_tied_ones():
    """The second trap captures only while the first is captured; levels of one defect look like that."""
    rng = np.random.default_rng(0)
    draws, noise = rng.random((2000, 2)), 0.3 * rng.standard_normal(2000)

    def p_of(tied):
        first, second, states = 0, 0, []
        for u, v in draws:
            second = 1 - second if v < (0.1 if first or not tied else 0.0) else second
            first = 1 - first if u < (0.0 if tied and second else 0.07) else first
            states.append([first, second])
        states = np.array(states)
        rates = [np.mean(s[1:][s[:-1] == side] != side) for s in states.T for side in (0, 1)]
        theta = np.concatenate([logit(rates), [0, -3, -1.5, -4.5], [np.log(0.3)]])
        return apart_p(Chain(2, theta, None, 0.0, np.zeros(0), np.zeros(0)), states @ [-3, -1.5] + noise)

    assert p_of(tied=False) > 0.01
    assert p_of(tied=True) < 1e-6


@pytest.mark.parametrize("other", [None, SimpleNamespace(forward_scaling=print, viterbi=print)])
def test_another_hmmlearn_is_one_line_that_names_it(monkeypatch, other):
    monkeypatch.setitem(sys.modules, "hmmlearn._hmmc", other)  # None: there is no such module
    chains.kernels.cache_clear()
    with pytest.raises(ProcessError) as caught:
        fit_one(standardised())
    problem = "import of hmmlearn._hmmc halted" if other is None else "(backward_scaling, compute_scaling_xi_sum)"
    assert str(caught.value).startswith(f"hmmlearn {metadata.version('hmmlearn')} lacks what fits of traps use of it")
    assert problem in str(caught.value)
    assert str(caught.value).endswith("pip install hmmlearn==0.3.3")
    assert "\n" not in str(caught.value)

"""The hidden Markov likelihood: its starts, and its order of levels."""

import numpy as np
import pytest
from support.cells.traces import telegraph_trace

from device_models.fit.one_cell.markov import fit_two_states, two_cluster_threshold


def standardised(**made):
    g = telegraph_trace(3000, 1, **made).g_s
    return (g - g.mean()) / g.std()


def test_two_cluster_threshold_lies_between_the_clusters():
    values = np.concatenate([np.linspace(0, 1, 50), np.linspace(9, 10, 200)])
    assert 1 < two_cluster_threshold(np.random.default_rng(0).permutation(values)) < 9


@pytest.mark.parametrize("sign", [1, -1])
def test_state_0_is_the_upper_level_and_turning_the_trace_over_swaps_the_states(sign):
    fit, turned = fit_two_states(sign * standardised()), fit_two_states(-sign * standardised())
    assert fit.parameters[2] > fit.parameters[3]
    swap = [1, 0, 3, 2, 5, 4]
    signs = np.array([1, 1, -1, -1, 1, 1])
    assert np.allclose(turned.parameters, signs * fit.parameters[swap], rtol=1e-3, atol=1e-3)
    errors, other = np.sqrt(np.diag(fit.covariance)), np.sqrt(np.diag(turned.covariance))
    assert np.allclose(other, errors[swap], rtol=1e-2)
    assert np.isclose(fit.log_likelihood, turned.log_likelihood, rtol=1e-6)


def test_one_value_only_has_no_two_states():
    assert fit_two_states(np.zeros(100)) is None


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 8])
def test_white_noise_gives_no_fit_or_one_with_proper_errors(seed):
    y = np.random.default_rng([60, seed]).standard_normal(60)
    fit = fit_two_states((y - y.mean()) / y.std())
    assert fit is None or np.all(np.diag(fit.covariance) > 0)

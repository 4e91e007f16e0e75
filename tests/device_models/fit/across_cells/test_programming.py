"""Error polynomials fitted back from drawn pairs: coverage, degree, goodness of fit."""

import numpy as np
import pytest
from support.laws import check_rate, rejects

from device_models.errors import ConfigError
from device_models.fit import Pairs
from device_models.fit.across_cells.programming import fit_programming
from device_models.fit.across_cells.programming_spread import likelihood

MILO = np.array([4.782e-6, -0.00911])
CUBIC = np.array([1.053e-6, 0.2374, -1.167e4, 1.536e8])  # Wan et al. 2022


def pairs(coefficients, n, seed, low=50e-6, high=225e-6, bias_s=0.0):
    rng = np.random.default_rng(seed)
    target = np.repeat(np.linspace(low, high, 16), -(-n // 16))[:n]
    sd = np.polynomial.polynomial.polyval(target, coefficients)
    return Pairs(target, target + bias_s + sd * rng.standard_normal(n), ("p.csv",))


def test_gradient_and_hessian():
    rng = np.random.default_rng(0)
    t, r, x = rng.random(30), rng.standard_normal(30), np.array([0.1, 1.0, 0.3, -0.2])
    _, gradient, hessian = likelihood(x, t, r)
    for k in range(4):
        step = np.eye(4)[k] * 1e-5
        up, down = likelihood(x + step, t, r), likelihood(x - step, t, r)
        assert np.isclose((up[0] - down[0]) / 2e-5, gradient[k], rtol=1e-6)
        assert np.allclose((up[1] - down[1]) / 2e-5, hessian[k], rtol=1e-5, atol=1e-6)


def test_intervals_hold_the_truth_as_often_as_they_say():
    """200 data sets of 800 pairs: 95 % of the intervals of each coefficient, of sd(G) and of the bias."""
    held = np.zeros(6)
    for seed in range(200):
        fit = fit_programming(pairs(MILO, 800, seed, bias_s=0.5e-6), degree=1)
        truths = [*MILO, 0.5e-6, *np.polynomial.polynomial.polyval(np.array(list(fit.sd_at)), MILO)]
        estimates = [*fit.coefficients_s, fit.bias_s, *fit.sd_at.values()]
        held += [estimate.holds(truth) for estimate, truth in zip(estimates, truths, strict=True)]
    for count in held:
        check_rate(count, 200, 0.95)
        rejects(check_rate, count, 200, 0.70)


def test_a_wrong_polynomial_is_rejected():
    """10,000 pairs: a 5 % wrong sd is outside every interval of sd(G), the right one inside."""
    fit = fit_programming(pairs(MILO, 10_000, 1))
    assert fit.degree == 1
    for g, estimate in fit.sd_at.items():
        truth = float(np.polynomial.polynomial.polyval(g, MILO))
        assert estimate.holds(truth)
        assert not estimate.holds(1.05 * truth)
        assert not estimate.holds(0.95 * truth)


def test_degree_by_bic_and_goodness_of_fit():
    cubic, g = pairs(CUBIC, 20_000, 3, 1e-6, 39e-6), np.array([1e-6, 20e-6, 39e-6])
    fit = fit_programming(cubic)
    assert fit.degree == 3
    assert min(fit.goodness_p, fit.spread_p) > 1e-3
    assert np.allclose(fit.sd_s(g) / np.polynomial.polynomial.polyval(g, CUBIC), 1, atol=0.05)
    constant = fit_programming(cubic, degree=0)
    assert constant.bic[0] > fit.bic[3] + 100
    assert constant.spread_p < 1e-6
    assert "misses the spread" in constant.warnings[-1]
    assert fit_programming(pairs([2e-6], 2000, 4)).degree == 0


def test_errors_that_are_not_normal_are_seen():
    drawn = pairs(MILO, 2000, 5)
    uniform = np.random.default_rng(0).uniform(-1, 1, 2000) * 5e-6
    assert "not normal" in fit_programming(Pairs(drawn.target_s, drawn.target_s + uniform, ("p.csv",))).warnings[0]


def test_tests_of_fit_give_no_false_alarm():
    """Share of p below 5 % over 300 right fits: at most that (shape), about that (spread)."""
    fits = [fit_programming(pairs(MILO, 200, seed), degree=1) for seed in range(300)]
    check_rate(sum(fit.spread_p < 0.05 for fit in fits), 300, 0.05)
    assert sum(fit.goodness_p < 0.05 for fit in fits) < 15


def test_the_bias_is_told():
    assert fit_programming(pairs(MILO, 2000, 5)).warnings == ()
    biased = fit_programming(pairs(MILO, 2000, 5, bias_s=1e-6))
    (line,) = biased.warnings
    assert "mean error 1" in line
    assert line.endswith("is not 0; the preset has it")
    assert biased.law == "quantile_table"
    assert np.allclose(biased.shape.error_s[:, 1], biased.bias_s.value)
    assert np.allclose(np.diff(biased.shape.error_s, axis=1)[:, 0], biased.sd_s(biased.shape.points_s))
    (small,) = fit_programming(pairs(MILO, 20_000, 5, bias_s=0.2e-6)).warnings
    assert small.endswith("the preset leaves it out: it is small")


def test_any_scale_of_conductance():
    small = pairs(MILO, 500, 6)
    scaled = Pairs(small.target_s * 1e-6, small.programmed_s * 1e-6, ("p.csv",))
    a, b = fit_programming(small), fit_programming(scaled)
    assert np.isclose(a.coefficients_s[0].value * 1e-6, b.coefficients_s[0].value, rtol=1e-6)
    assert np.isclose(a.coefficients_s[1].value, b.coefficients_s[1].value, rtol=1e-6)


@pytest.mark.parametrize(
    ("target", "programmed", "degree", "message"),
    [
        (np.arange(1, 10.0), np.arange(1, 10.0), None, "9 pairs of target and programmed; at least 10 are needed"),
        (np.arange(1, 21.0), np.full(20, 5e29), None, "a conductance of 5e+29 S: is a unit wrong"),
        (np.ones(20), np.arange(20.0), None, "every target is 1 S; measure two targets at least"),
        (np.arange(20.0), np.arange(20.0), None, "programmed - target is always 0 S; there is no error to fit"),
        (np.arange(20.0), np.arange(20.0) + 0.1, None, "programmed - target is always 0.1 S; there is no error to fit"),
        (np.arange(20.0) % 2, np.arange(20.0), 2, "degree 2: with 2 different targets 0 to 1 can be fitted"),
    ],
)
def test_refusals(target, programmed, degree, message):
    with pytest.raises(ConfigError) as caught:
        fit_programming(Pairs(target, programmed, ("p.csv",)), degree)
    assert str(caught.value).startswith("p.csv: ")
    assert message in str(caught.value)


def test_intervals_of_a_likelihood_without_a_peak_are_unknown():
    """Errors that follow the law too exactly: no warning of numpy, no interval made up."""
    target = np.linspace(1e-6, 1e-4, 60)
    programmed = target * np.where(np.arange(60) % 2, 1.1, 0.9)
    fit = fit_programming(Pairs(target, programmed, ("p.csv",)))
    assert fit.bias_s.interval_text() == "unknown"
    assert any("not known" in line for line in fit.warnings)


def step_like(seed, n=4000):
    """sd of 1 uS, 4 uS above 60 uS, within 2 uS from one to the other."""
    rng = np.random.default_rng(seed)
    target = np.repeat(np.linspace(5e-6, 100e-6, 32), n // 32)
    sd = 1e-6 + 3e-6 / (1 + np.exp(-(target - 60e-6) / 2e-6))
    return Pairs(target, target + sd * rng.standard_normal(target.size), ("p.csv",)), target, sd


def test_a_spread_that_no_polynomial_has_becomes_a_table():
    measured, target, sd = step_like(0)
    fit, cubic = fit_programming(measured), fit_programming(measured, degree=3)
    assert fit.law == "table"
    assert fit.degree is None
    assert min(fit.table_bic.values()) < min(fit.bic.values()) - 100
    assert np.median(np.abs(fit.sd_s(target) / sd - 1)) < 0.1
    assert fit.spread_p > cubic.spread_p
    assert "the polynomial misses the spread" in cubic.warnings[-1]
    for at in (20e-6, 85e-6):
        assert fit.sd_interval(at).low < np.interp(at, target, sd) < fit.sd_interval(at).high


def test_a_mean_error_that_changes_with_the_target_is_carried():
    measured = pairs([2e-6], 4000, 7)
    bent = Pairs(measured.target_s, measured.programmed_s + 0.02 * (measured.target_s - 140e-6), ("p.csv",))
    fit = fit_programming(bent)
    assert fit.law == "quantile_table"
    assert fit.bias_p < 1e-6
    middle = fit.shape.error_s[:, 1]
    assert np.allclose(middle, 0.02 * (fit.shape.points_s - 140e-6), atol=0.4e-6)
    assert np.allclose(fit.sd_s(fit.shape.points_s), 2e-6, rtol=0.05)
    assert any("the preset has them" in line for line in fit.warnings)

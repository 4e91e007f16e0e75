"""Partial moments of the three shapes against numerical integration of formulas written out again here."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from device_models.parts.programming_laws.spreads import LogNormalSpread, NormalSpread, StaircaseSpread

LOW_S, HIGH_S = 1e-6, 1e-4
INF = np.inf


def constant(value):
    return lambda target: np.full_like(target, value)


def staircase(curvature, sd, *, up, share=0.0):
    start, end = (LOW_S, HIGH_S) if up else (HIGH_S, LOW_S)
    return StaircaseSpread(start, end, curvature, sd, share)


def normal_g(target, z, sd):
    return max(0.0, target + sd * z)


def log_normal_g(target, z, sd):
    return target * np.exp(sd * z)


def staircase_g(target, z, curvature, sd, up):
    """G after x(target) + sd z of the pulses, written out for curvature 0 and more."""
    start, end = (LOW_S, HIGH_S) if up else (HIGH_S, LOW_S)
    share = (target - start) / (end - start)
    if curvature == 0:
        return start + (end - start) * min(1, max(0, share + (sd if up else -sd) * z))
    whole = 1 - math.exp(-curvature)
    x = -math.log(1 - share * whole) / curvature
    x = min(1, max(0, x + (sd if up else -sd) * z))
    return start + (end - start) * (1 - math.exp(-curvature * x)) / whole


SHAPES = {
    "normal": (NormalSpread(constant(2e-5)), lambda t, z: normal_g(t, z, 2e-5)),
    "log-normal": (LogNormalSpread(constant(0.3), constant(0.4)), lambda t, z: log_normal_g(t, z, 0.5)),
    **{
        f"staircase {curvature} {'up' if up else 'down'} {sd}": (
            staircase(curvature, sd, up=up),
            lambda t, z, c=curvature, u=up, s=sd: staircase_g(t, z, c, s, u),
        )
        for curvature, up, sd in [
            (0, True, 0.2), (0, False, 0.2), (3, True, 0.2), (3, False, 0.2), (3, True, 1.5), (20, False, 0.8),
        ]
    },
}  # fmt: skip
BOUNDS = [(-INF, INF), (-INF, 0.3), (-0.7, INF), (0.4, 0.4), (4.0, 6.0)] + [
    tuple(np.sort(np.random.default_rng(seed).normal(0, 1.5, 2))) for seed in range(4)
]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("target_s", [LOW_S, 3e-5, HIGH_S])
def test_partial_moments_against_numerical_integration(name, target_s):
    spread, conductance = SHAPES[name]
    target = np.full(len(BOUNDS), target_s)
    low, high = np.array(BOUNDS).T
    found = spread.partial_moments_s(target, low, high)
    grid, weights = np.polynomial.legendre.leggauss(40)
    for index, (a, b) in enumerate(BOUNDS):
        kinks = [a if np.isfinite(a) else -12, b if np.isfinite(b) else 12]
        kinks += [k for k in spread.latent(np.full(2, target_s), np.array([1e-300, LOW_S])) if np.isfinite(k)]
        kinks += [k for k in _ends(spread, target_s) if kinks[0] < k < kinks[1]]
        edges = np.unique(np.clip(np.r_[kinks, np.linspace(-12, 12, 25)], kinks[0], kinks[1]))
        z = (edges[:-1, None] + edges[1:, None]) / 2 + np.diff(edges)[:, None] / 2 * grid
        density = stats.norm.pdf(z) * weights * np.diff(edges)[:, None] / 2
        g = np.vectorize(lambda z: conductance(target_s, z), otypes=[float])(z)
        for power in range(3):
            expected = np.sum(g**power * density)
            scale = 1e-4**power
            assert abs(found[power][index] - expected) < 1e-9 * scale + 1e-7 * expected, (a, b, power)


def _ends(spread, target_s):
    """Where a staircase reaches its ends, a kink of G(z)."""
    if not isinstance(spread, StaircaseSpread):
        return []
    x = spread.position(np.array([target_s]))[0]
    return [-x / spread.sd, (1 - x) / spread.sd, x / spread.sd, -(1 - x) / spread.sd]


def test_the_integration_of_this_file_agrees_with_quad():
    """Both ways to integrate, once: E[G^2; -0.7 < z < 1.1] of the curved staircase."""
    spread, conductance = SHAPES["staircase 3 up 0.2"]
    expected = integrate.quad(lambda z: conductance(3e-5, z) ** 2 * stats.norm.pdf(z), -0.7, 1.1, epsabs=0)[0]
    found = spread.partial_moments_s(np.array([3e-5]), np.array([-0.7]), np.array([1.1]))[2][0]
    assert np.isclose(found, expected, rtol=1e-8, atol=0)
    wrong = staircase(3, 0.2 * 1.02, up=True).partial_moments_s(np.array([3e-5]), np.array([-0.7]), np.array([1.1]))
    assert not np.isclose(wrong[2][0], expected, rtol=1e-3, atol=0)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("target_s", [LOW_S, 3e-5, HIGH_S])
def test_conductance_rises_with_z_and_latent_is_its_inverse(name, target_s):
    spread, conductance = SHAPES[name]
    z = np.linspace(-3, 3, 61)
    target = np.full_like(z, target_s)
    g = spread.conductance_s(target, z)
    assert np.allclose(g, [conductance(target_s, value) for value in z], rtol=1e-7, atol=0)
    assert np.all(np.diff(g) >= 0)
    inside = (g > g.min()) & (g < g.max())
    assert np.allclose(spread.latent(target, g)[inside], z[inside], atol=1e-5)
    back = spread.conductance_s(target, np.clip(spread.latent(target, g), -50, 50))
    assert np.allclose(back, g, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    "spread",
    [NormalSpread(constant(0.0)), LogNormalSpread(constant(0.0), constant(0.0)),
     *(staircase(c, 0.0, up=up) for c in (0, 3) for up in (True, False))],
)  # fmt: skip
@pytest.mark.parametrize("target_s", [LOW_S, 3e-5, HIGH_S])
def test_without_spread_everything_is_at_the_target(spread, target_s):
    target, low, high = np.full(2, target_s), np.array([-INF, -0.5]), np.array([INF, 1.0])
    p = np.array([1.0, stats.norm.cdf(1) - stats.norm.cdf(-0.5)])
    for power, found in enumerate(spread.partial_moments_s(target, low, high)):
        assert np.allclose(found, p * target_s**power, rtol=1e-7, atol=0)
    assert np.allclose(spread.conductance_s(target, np.array([-9.0, 9.0])), target, rtol=1e-7, atol=0)
    around = np.array([target_s * 0.99, target_s * 1.01])
    assert np.array_equal(spread.latent(target, around), [-INF, INF])


@pytest.mark.parametrize("name", SHAPES)
def test_latent_beyond_what_can_be_reached(name):
    spread, _ = SHAPES[name]
    g = np.array([-1e-6, 0.0])
    assert np.all(spread.latent(np.full(2, 3e-5), g) == -INF)
    if name.startswith("staircase"):
        assert spread.latent(np.array([3e-5]), np.array([2 * HIGH_S]))[0] == INF
        assert spread.latent(np.array([3e-5]), np.array([LOW_S / 2]))[0] == -INF


def test_a_log_normal_target_of_zero_stays_there():
    spread = LogNormalSpread(constant(0.5), constant(0.0))
    assert np.array_equal(spread.latent(np.zeros(2), np.array([0.0, 1e-9])), [-INF, INF])
    assert np.all(spread.conductance_s(np.zeros(2), np.array([-1.0, 1.0])) == 0)


def test_share_that_is_constant_of_the_cell():
    target = np.array([1e-6, 1e-5])
    assert np.allclose(NormalSpread(constant(1.0), 0.3).device_share(target), 0.3)
    assert np.allclose(staircase(3, 0.1, up=True, share=0.2).device_share(target), 0.2)
    assert np.allclose(LogNormalSpread(constant(0.3), constant(0.4)).device_share(target), 0.16 / 0.25)
    assert np.all(LogNormalSpread(constant(0.0), constant(0.0)).device_share(target) == 0)


def test_slight_curvature_joins_the_straight_line():
    """Just above the curvature from which the exponential is used, its moments are those of the line."""
    ends = np.full(3, INF)
    target = np.array([LOW_S, 3e-5, HIGH_S])
    line, curved = (staircase(c, 0.05, up=True).partial_moments_s(target, -ends, ends) for c in (0.0, 1.1e-4))
    variance = [square - mean**2 for _, mean, square in (line, curved)]
    assert np.allclose(variance[0], variance[1], rtol=2e-3, atol=0)

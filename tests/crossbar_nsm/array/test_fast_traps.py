"""Fast traps as fresh normals: exact moments, and the stated error against windows of drawn switches."""

import numpy as np
import pytest
from support.cells.traps import window_means
from support.laws import check_mean, rejects

from crossbar_nsm.array.telegraph.fast_traps import FEWEST_CYCLES, without_fast_traps
from device_models.parts.telegraph import Traps
from device_models.read_law import ReadLaw, TrapLaw

WINDOW_S = 1e-7


def law_of(capture_s, emission_s, amplitude):
    times = [np.array(values, np.float32).reshape(-1, 1) for values in (capture_s, emission_s)]
    g_s = np.array([2.0], np.float32)
    return ReadLaw(
        g_s, np.array([0.1], np.float32), {"telegraph": TrapLaw(Traps(*times), np.array(amplitude).reshape(-1, 1))}
    )


def test_mean_and_variance_of_a_read_are_kept():
    law = law_of([1e-9, 2e-9], [2e-9, 1e-9], [0.5, 0.3])
    fresh = without_fast_traps(law, WINDOW_S, 20.0)
    assert fresh.traps is None
    assert fresh.mean_s() == pytest.approx(law.mean_s(), rel=1e-6)
    assert fresh.sd_s**2 == pytest.approx(law.sd_s**2 + law.slow_covariance_s2(WINDOW_S, 0.0), rel=1e-6)


def test_slow_traps_stay_beside_fast_ones():
    law = law_of([1e-10, 2e-6], [1e-10, 1e-6], [0.5, 0.3])
    part = without_fast_traps(law, WINDOW_S)
    assert np.array_equal(part.traps.amplitude.ravel(), [0.0, 0.3])
    assert part.traps.traps.tau0_s[0, 0] > 1e20
    assert part.mean_s() == pytest.approx(law.mean_s(), rel=1e-6)
    total = part.sd_s**2 + part.slow_covariance_s2(WINDOW_S, 0.0)
    assert total == pytest.approx(law.sd_s**2 + law.slow_covariance_s2(WINDOW_S, 0.0), rel=1e-3)


def test_a_law_without_fast_traps_is_left_alone():
    law = law_of([2e-6], [1e-6], [0.3])
    assert without_fast_traps(law, WINDOW_S) is law


@pytest.mark.parametrize("occupancy", [0.5, 0.2])
def test_stated_error_at_the_limit(occupancy):
    """Skewness and correlation of adjoining windows of a trap at the limit: as stated; no skewness is noticed."""
    v = occupancy * (1 - occupancy)
    tau0_s = WINDOW_S * v / FEWEST_CYCLES
    u = window_means(tau0_s / occupancy, tau0_s / (1 - occupancy), WINDOW_S, 2, 200_000)
    sd = np.sqrt(v * 2 * tau0_s / WINDOW_S * (1 - tau0_s / WINDOW_S))
    standard = (u - occupancy) / sd
    correlation = tau0_s / WINDOW_S / 2 * (1 + tau0_s / WINDOW_S)
    check_mean(standard[0] * standard[1], correlation)
    assert correlation < 1.1 / (8 * FEWEST_CYCLES)
    skewness = (1 - 2 * occupancy) * 3 / np.sqrt(2 * FEWEST_CYCLES)
    assert abs(np.mean(standard**3)) < skewness + 0.03
    if occupancy < 0.5:
        assert abs(np.mean(standard**3) - skewness) < 0.03
        rejects(check_mean, standard**3, 0.0)

"""Slope and level of spectra that are known."""

import numpy as np
import pytest

from device_models.fit.twins.spectra import FEWEST_READS, binned, decades, level, periodogram, slope

RNG = np.random.default_rng(0)


def test_white_noise():
    """Density 2 dt sd^2 at every frequency, slope 0."""
    frequency, density = periodogram(RNG.standard_normal((8192, 50)), 1e-3)
    assert density.shape == (len(frequency), 50)
    assert density.mean() == pytest.approx(2e-3, rel=0.02)
    assert slope(frequency, density).mean() == pytest.approx(0, abs=0.03)
    assert slope(frequency, density).std() < 0.1


def test_a_power_law():
    frequency = np.linspace(1, 500, 2000)
    density = frequency[:, None] ** np.array([-1.0, -1.5, 0.5])
    assert np.allclose(slope(frequency, density), [-1, -1.5, 0.5], atol=0.02)
    assert decades(frequency) == [(1.0, 10.0), (10.0, 100.0), (100.0, 1000.0)]
    assert level(frequency, density, (10.0, 100.0))[0] == pytest.approx(
        np.mean(1 / np.geomspace(10, 100, 400)), rel=0.1
    )


def test_bins_are_means():
    frequency, density = binned(np.arange(1.0, 101.0), np.arange(1.0, 101.0)[:, None])
    assert len(frequency) < 20
    assert density[0] == 1
    assert density[-1, 0] == pytest.approx(frequency[-1], rel=0.01)


def test_a_short_trace_has_none():
    frequency, density = periodogram(RNG.standard_normal((FEWEST_READS - 1, 3)), 1.0)
    assert len(frequency) == 0
    assert decades(frequency) == []
    assert density.shape == (0, 3)
    assert np.isnan(slope(frequency, density)).all()

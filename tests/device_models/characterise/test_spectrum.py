"""Simulated reads have the exact spectrum."""

import math

import pytest

from device_models import load_device
from device_models.characterise.spectrum import simulated_spectrum


def test_a_spectrum_without_folding_is_that_of_its_parts():
    """Reads ten times per correlation time: the continuous Lorentzians and the sampled law agree at low frequencies."""
    found = simulated_spectrum(load_device("fefet_selector_illustrative"), cells=4, reads=4096)
    slow = found.frequency_hz < 1e5
    assert sum(found.parts.values())[slow] == pytest.approx(found.exact[slow], rel=1e-6)
    p, tau = 0.5, 2e-7
    level = 4 * p * (1 - p) * (2 / math.pi) * sum(math.asin(math.exp(-k / 1000)) for k in range(15_000)) * tau / 1000
    assert found.exact[0] == pytest.approx(level, rel=0.05)

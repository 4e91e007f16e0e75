import numpy as np
import pytest

from device_models.parts.temperature import arrhenius


def test_one_at_the_reference_and_without_activation():
    assert arrhenius(0.8, 300.0) == 1
    assert arrhenius(0.0, 400.0) == 1


def test_half_an_electronvolt_over_sixty_kelvin():
    """k = 8.617333e-5 eV/K; times fall when it is hot and grow when it is cold."""
    assert np.isclose(arrhenius(0.5, 360.0), np.exp(0.5 / 8.617333e-5 * (1 / 360 - 1 / 300)), rtol=1e-6)
    assert not np.isclose(arrhenius(0.51, 360.0), arrhenius(0.5, 360.0), rtol=0.02)
    assert arrhenius(0.5, 360.0) < 0.05
    assert arrhenius(0.5, 250.0) > 20


@pytest.mark.parametrize("temperature_k", [4.0, 1e-3])
def test_cryogenic_temperatures_freeze_but_stay_finite(temperature_k):
    assert 1e20 < arrhenius(5.0, temperature_k) < 1e30

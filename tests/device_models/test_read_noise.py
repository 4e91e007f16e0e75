import numpy as np
import pytest
from pydantic import ValidationError

from device_models.conductance import ConductanceRange
from device_models.read_noise import ReadNoise

RANGE = ConductanceRange(g_min_s=1e-6, g_max_s=1e-4)
G = np.array([0.0, 1e-6, 1e-5, 1e-4])


def test_relative_noise_is_proportional():
    assert np.allclose(ReadNoise(relative_sd=0.05).sd_s(G, RANGE), 0.05 * G)


@pytest.mark.parametrize(
    ("exponent", "expected"), [(0.0, 0.02 * G), (-1.0, np.full(4, 2e-6)), (-0.5, 2e-4 * np.sqrt(G))]
)
def test_power_law(exponent, expected):
    noise = ReadNoise.model_validate({"law": {"relative_sd_at_g_max": 0.02, "exponent": exponent}})
    assert np.allclose(noise.sd_s(G, RANGE), expected)


def test_no_law_no_noise():
    assert np.all(ReadNoise().sd_s(G, RANGE) == 0)
    assert ReadNoise().scopes == {}
    assert ReadNoise(relative_sd=0.0).scopes == {}


def test_one_law_only():
    with pytest.raises(ValidationError, match="give one law only"):
        ReadNoise.model_validate({"relative_sd": 0.1, "law": {"relative_sd_at_g_max": 0.1, "exponent": 0}})

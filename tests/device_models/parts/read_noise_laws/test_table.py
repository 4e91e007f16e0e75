import numpy as np
import pytest

from device_models import load_device
from device_models.errors import ConfigError

RANGE = {"g_min_s": 1e-6, "g_max_s": 1e-4}


def noise(**law):
    return load_device({"conductance": RANGE, "read_noise": {"law": law}})


def test_table_is_straight_in_logarithms_and_proportional_beyond():
    dev = noise(name="table", conductance_s=[1e-6, 1e-4], read_sd_s=[1e-7, 4e-6])
    g = np.array([0.0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3])
    assert np.allclose(dev.read_noise.sd_s(g, dev.conductance), [0, 1e-8, 1e-7, np.sqrt(4e-13), 4e-6, 4e-5], rtol=1e-9)
    one = noise(name="table", conductance_s=[1e-5], read_sd_s=[1e-6])
    assert np.allclose(one.read_noise.sd_s(g, one.conductance), 0.1 * g)


def test_polynomial_is_as_written_and_proportional_beyond():
    dev = noise(name="polynomial", coefficients=[1e-8, 0.02, -50.0], valid_s=[1e-6, 1e-4])
    g = np.array([0.0, 5e-7, 1e-6, 3e-5, 1e-4, 2e-4])
    inside = 1e-8 + 0.02 * g - 50 * g**2
    expected = [0, inside[2] / 2, inside[2], inside[3], inside[4], 2 * inside[4]]
    assert np.allclose(dev.read_noise.sd_s(g, dev.conductance), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("law", "message"),
    [
        (
            {"name": "table", "conductance_s": [1e-6, 1e-5], "read_sd_s": [1e-7]},
            "read_sd_s: 1 entries, but 2 in",
        ),
        ({"name": "table", "conductance_s": [1e-5, 1e-6], "read_sd_s": [1e-7, 1e-7]}, "1e-06 after 1e-05"),
        ({"name": "table", "conductance_s": [1e-6], "read_sd_s": [1.0]}, "are both in siemens?"),
        ({"name": "polynomial", "coefficients": [1e-8], "valid_s": [2e-6, 1e-4]}, "outside the range"),
        ({"name": "polynomial", "coefficients": [1e-8], "valid_s": [0, 1e-4]}, "begin at the lowest measured cell"),
        ({"name": "polynomial", "coefficients": [-1e-8], "valid_s": [1e-6, 1e-4]}, "coefficients give a negative sd"),
    ],
)
def test_each_mistake_is_one_clear_line(law, message):
    with pytest.raises(ConfigError) as caught:
        noise(**law)
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)

"""The four questions: chip constants, programming, states in time, the law of a read; and the presets."""

import numpy as np
import pytest
import yaml
from support.laws import check_mean, rejects

from device_models import Device, Scope, Stream, load_device, preset_paths
from device_models.errors import ConfigError
from device_models.telegraph import step

TELEGRAPH = {
    "conductance": {"g_min_s": 1e-6, "g_max_s": 1e-5},
    "read_noise": {"relative_sd": 0.1},
    "telegraph": {
        "resistance_step": {"relative": 0.4},
        "capture_time_s": {"min_s": 1e-3, "max_s": 1e-3},
        "emission_time_s": {"min_s": 1e-3, "max_s": 1e-3},
        "traps_per_cell": 2,
    },
}


def test_moments_of_a_telegraph_cell_with_two_traps():
    device, n = Device.model_validate(TELEGRAPH), 100_000
    stream = Stream()
    constants = device.chip((n,), stream)
    g = np.full(n, 5e-6)
    law = device.read_law(g, constants)
    state = device.initial_state(constants, stream)
    seen = g * np.prod(1 - law.amplitude * state, axis=0)
    check_mean(seen, law.mean_s()[0], seen.std())
    rejects(check_mean, seen, 1.02 * law.mean_s()[0], seen.std())
    squares = (seen - law.mean_s()) ** 2
    check_mean(squares, law.telegraph_covariance_s2(1e-12, 0.0)[0], squares.std())
    later = step(state, 1e-3, np.random.default_rng(1).random(state.shape), constants.traps)
    then = g * np.prod(1 - law.amplitude * later, axis=0)
    products = (seen - law.mean_s()) * (then - law.mean_s())
    covariance = law.telegraph_covariance_s2(1e-12, 1e-3)[0]
    check_mean(products, covariance, products.std())
    rejects(check_mean, products, 1.2 * covariance, products.std())


def test_scope_chip_is_the_same_for_every_programming_and_new_on_another_chip():
    device = Device.model_validate(TELEGRAPH)
    a, b = (device.chip((100,), Stream()).traps.factor for _ in range(2))
    assert np.array_equal(a, b)
    other = device.chip((100,), Stream(chip=1))
    assert not np.array_equal(other.device_normals, device.chip((100,), Stream()).device_normals)


def test_every_effect_of_the_fullest_preset_declares_its_scope():
    scopes = load_device("rram_telegraph_illustrative").scopes
    assert set(scopes.values()) == set(Scope)


@pytest.mark.parametrize("name", preset_paths())
def test_every_number_of_a_preset_has_unit_source_and_provenance(name):
    device = load_device(name)
    data = yaml.safe_load(preset_paths()[name].read_text())
    data.pop("sources")
    numbers = set(_number_paths(data))
    assert numbers <= device.sources.keys(), "numbers without a source"
    assert device.sources.keys() <= numbers, "sources without a number"


def _number_paths(data, path=""):
    for key, value in data.items():
        here = f"{path}.{key}".lstrip(".")
        if isinstance(value, dict):
            yield from _number_paths(value, here)
        elif isinstance(value, (int, float, list)) or (isinstance(value, str) and "e-" in value and value[0].isdigit()):
            yield here


def test_overriding_a_number_takes_its_source_away():
    device = load_device({"preset": "rram_wan2022", "read_noise": {"relative_sd": 0.05}})
    assert "read_noise.relative_sd" not in device.sources
    assert "conductance.g_max_s" in device.sources


def test_overriding_a_law_replaces_its_alternatives():
    device = load_device({"preset": "rram_wan2022", "programming": {"relative_sd": 0.02}})
    assert device.programming.error_polynomial_s is None
    assert device.programming.relative_sd == 0.02


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("rram_wan22", "unknown device preset 'rram_wan22', did you mean rram_wan2022?"),
        ({"preset": "rram_wan2022", "read_noise": {"relativ_sd": 1}}, "unknown key, did you mean relative_sd?"),
        ({"conductance": {"g_min_s": -1e-6, "g_max_s": 1e-5}}, "greater than or equal to 0"),
        ("missing.yaml", "device missing.yaml: no such file"),
        ({"preset": None}, "expected a preset name"),
        (
            {"preset": "ideal", "programming": {"error_polynomial_s": {"coefficients": [1], "valid_s": [1, 0]}}},
            "must be",
        ),
        ({"preset": "ideal", "programming": {"set": {"cycle_sd": 1000}}}, "less than or equal to 5"),
        ({"preset": "ideal", "selector": {"keep_probability": 0.0}}, "greater than 0"),
    ],
)
def test_bad_devices(spec, message):
    with pytest.raises(ConfigError) as caught:
        load_device(spec)
    assert message in str(caught.value)

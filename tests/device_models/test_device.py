"""The device as a whole: scopes, order of the effects, presets, and mistakes; each law has a file of its own."""

import numpy as np
import pytest
import yaml
from support.cells.devices import cells_at, device, written

import device_models
from device_models import CellReads, Device, ReadConditions, Scope, Stream, load_device, preset_paths
from device_models.errors import ConfigError
from device_models.parts.programming import Programming
from device_models.parts.read_noise import ReadNoise

RANGE = {"g_min_s": 1e-6, "g_max_s": 1e-4}


def test_every_effect_of_the_fullest_preset_declares_its_scope():
    scopes = load_device("rram_telegraph_illustrative").scopes
    assert set(scopes.values()) == set(Scope)


@pytest.mark.parametrize("name", preset_paths())
def test_every_number_of_a_preset_has_unit_source_and_provenance(name):
    device = load_device(name)
    data = yaml.safe_load(preset_paths()[name].read_text())
    data.pop("sources")
    data.pop("references", None)
    numbers = set(_number_paths(data))
    assert numbers <= device.sources.keys(), "numbers without a source"
    assert device.sources.keys() <= numbers | {"read_noise.shape"}, "sources without a number"


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


def test_an_empty_section_over_a_preset_is_the_default():
    found = load_device({"preset": "rram_illustrative", "programming": {}, "read_noise": {}})
    assert (found.programming, found.read_noise) == (Programming(), ReadNoise())
    assert not any(key.startswith(("programming.", "read_noise.")) for key in found.sources)
    with pytest.raises(ConfigError, match=r"telegraph\.resistance_step: is missing"):
        load_device({"preset": "rram_telegraph_illustrative", "telegraph": {}})


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
            {"preset": "ideal", "programming": {"error_polynomial_s": {"coefficients": [1], "valid_s": [1e-5, 0]}}},
            "must be",
        ),
        ({"preset": "ideal", "programming": {"set": {"cycle_sd": 1000}}}, "less than or equal to 5"),
        ({"preset": "ideal", "selector": {"keep_probability": 0.0}}, "greater than 0"),
        ({"conductance": RANGE, "temperature_k": 0}, "temperature_k: input should be greater than 0, got 0"),
        ({"conductance": RANGE, "temperature_k": 2000}, "less than or equal to 1000, got 2000"),
        ({"conductance": RANGE, "famly": "pcm"}, "famly: unknown key, did you mean family?"),
        ({"conductance": RANGE, "family": "rrram"}, "family: no family is called 'rrram', did you mean rram?"),
        ({"conductance": RANGE, "family": ""}, "family: a family needs a name"),
        ({"conductance": RANGE, "family": "a\nb"}, "family: line ends and control characters are no part of a name"),
        ({"conductance": {**RANGE, "g_max_s": "1e-4 S"}}, "conductance.g_max_s: expected a number, got '1e-4 S'"),
        ({}, "conductance: is missing"),
    ],
)
def test_bad_devices(spec, message):
    with pytest.raises(ConfigError) as caught:
        load_device(spec)
    assert message in str(caught.value)
    assert len(caught.value.mistakes) == 1


def test_aging_is_relaxation_then_drift_then_retention():
    dev = device(
        relaxation={"mean_per_ln_s": -1e-6},
        drift={"reference_time_s": 1.0, "exponent": {"mean": {"at_g_max": 0.05}}},
        retention={"loss_per_decade": 0.1, "reference_time_s": 1.0},
    )
    age_s = np.exp(4.0)
    relaxed = 5e-5 - 4e-6
    drifted = relaxed * np.exp(-0.2)
    middle = 5.05e-5
    expected = middle + (drifted - middle) * (1 - 0.1 * np.log10(1 + age_s))
    assert np.allclose(dev.aged_s(cells_at(5e-5, 2), age_s), expected, rtol=1e-9, atol=0)
    assert np.all(dev.aged_s(cells_at(5e-5, 2), 0.0) == 5e-5)


def test_aging_does_not_touch_the_cells():
    dev = device(relaxation={"mean_per_ln_s": -1e-6})
    cells = cells_at(5e-5, 2)
    for age_s in (0.0, 10.0):
        dev.aged_s(cells, age_s)[:] = 0
        assert np.all(cells.g_s == 5e-5)


def test_a_device_without_parts_is_exact():
    dev = device()
    cells = written(dev, 5e-5, 3)
    law = dev.read_law(cells, ReadConditions(age_s=1e9))
    reads = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(0))
    assert np.all(reads.read() == 5e-5)
    assert dev.scopes == {}
    assert [float(m[0]) for m in dev.programming_moments_s(np.array([5e-5]))] == [5e-5, 0.0]


@pytest.mark.parametrize("part", ["relaxation", "drift", "retention", "flicker", "telegraph", "read_noise"])
def test_what_changes_with_time(part):
    times = {"min_s": 1e-3, "max_s": 1e-3}
    parts = {
        "relaxation": {"sd_at_1s_s": 1e-6},
        "drift": {"reference_time_s": 1.0, "exponent": {"mean": {"at_g_max": 0.05}}},
        "retention": {"loss_per_decade": 0.1, "reference_time_s": 1.0},
        "flicker": {"relative": {"coefficient": 0.1}, "read_time_s": 1e-6},
        "telegraph": {"resistance_step": {"relative": 0.1}, "capture_time_s": times, "emission_time_s": times},
        "read_noise": {"relative_sd": 0.1},
    }
    assert device(**{part: parts[part]}).changes_with_time == (part not in ("telegraph", "read_noise"))


def test_the_worst_target_of_an_array_is_named():
    with pytest.raises(ConfigError, match=r"device: cannot program a target of 0.0002 S; .* 1e-06 to 0.0001 S"):
        device().program(np.array([[5e-5, 2e-4], [1e-5, 3e-4]]), Stream())


@pytest.mark.parametrize("name", preset_paths())
def test_every_preset_can_be_programmed_aged_and_read(name):
    dev = load_device(name)
    g = np.linspace(dev.conductance.g_min_s, dev.conductance.g_max_s, 20).reshape(2, 10).astype(np.float32)
    cells = dev.program(g, Stream())
    law = dev.read_law(cells, ReadConditions(age_s=1e4))
    reads = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(0))
    for _ in range(2):
        assert np.all(np.isfinite(reads.read()))
    assert np.all(np.isfinite(law.pair_covariance_s2(1e-7, 1e-6)))
    assert np.all(dev.programming_moments_s(g.astype(float))[1] >= 0)
    assert Device.model_validate_json(dev.model_dump_json()) == dev


def test_the_table_of_contents_is_complete():
    for name in device_models.__all__:
        assert getattr(device_models, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = device_models.Nothing


@pytest.mark.parametrize("given", ["x", None, [[1e-5], [1e-5, 2e-5]], np.array([1e-5], complex), len])
def test_targets_that_are_no_numbers_are_refused_by_name(given):
    """numpy's TypeErrors about ufuncs came out."""
    rram = load_device("rram_illustrative")
    for call in (rram.error_sd_s, rram.programming_moments_s, lambda x: rram.program(x, Stream())):
        with pytest.raises(ConfigError, match=r"target_s=.*expected an array of real numbers"):
            call(given)
    with pytest.raises(ConfigError, match=r"stream=.*expected a Stream"):
        rram.program(np.array([1e-5]), given)
    with pytest.raises(ConfigError, match=r"cells=.*expected Cells"):
        rram.read_law(given)
    assert rram.program([1e-5, 2e-5], Stream()).g_s.shape == (2,)


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ("Fitted to a.csv. Not measured: drift (conductances stay), g_min (0 S). Warnings: x", "drift, g_min"),
        ("not measured: reads 2.5 ms apart.", "reads 2.5 ms apart"),
        ("Numbers of a paper, measured: all", ""),
        ("", ""),
    ],
)
def test_a_description_says_what_was_not_measured(description, told):
    assert device(description=description).not_measured == told

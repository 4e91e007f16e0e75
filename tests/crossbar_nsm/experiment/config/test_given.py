"""Configurations given in Python as mappings."""

import warnings
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from support.networks import dense_network

import crossbar_nsm as xb
from device_models import load_device
from device_models.errors import ConfigError

COMPARATOR, OFFSET, READ_NOISE = "neuron.comparator", "neuron.comparator.offset_sd_a", "device.read_noise.relative_sd"
NET = dense_network(30, 12, 4)
SAME = [
    {"device": "rram_illustrative", "neuron": {"scaling": "replica"}, "array": {"rows": 16, "cols": 16}},
    {"device": "rram_illustrative", "neuron.scaling": "replica", "array.rows": 16, "array.cols": 16},
    {"neuron.scaling": "replica", "array.rows": np.int64(16), "array": {"cols": 16}, "device": "rram_illustrative"},
    MappingProxyType({"device": load_device("rram_illustrative"), "array": {"rows": 16, "cols": 16},
                      "neuron.scaling": "replica"}),
]  # fmt: skip


@pytest.mark.parametrize("given", SAME)
def test_nested_and_dotted_keys_say_the_same(given, tmp_path):
    (tmp_path / "c.yaml").write_text(
        "device: rram_illustrative\nneuron: {scaling: replica}\narray: {rows: 16, cols: 16}\n"
    )
    assert xb.load_config(given) == xb.load_config(tmp_path / "c.yaml")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.filterwarnings("ignore", "the network carries no calibration images")
        chip = xb.map_network(NET, given)
    assert chip.config == xb.load_config(given)
    from_file = xb.map_network(NET, tmp_path / "c.yaml")
    assert (chip.sample(np.zeros((2, 30)), 5) == from_file.sample(np.zeros((2, 30)), 5)).all()


def test_a_dotted_key_is_laid_over_a_preset_as_an_override_is():
    config = xb.load_config({"device.read_noise.relative_sd": 0.02, "device": "rram_illustrative"})
    assert config == xb.load_config({"device": "rram_illustrative"}, "device.read_noise.relative_sd=0.02")


def test_dotted_keys_are_taken_in_every_section_and_under_a_device_that_is_given_whole():
    nested = {"device": "rram_illustrative", "neuron": {"comparator": {"noise_sd_a": 1e-7, "offset_sd_a": 1e-8}}}
    neuron = {"comparator.noise_sd_a": 1e-7, "comparator": {"offset_sd_a": 1e-8}}
    assert xb.load_config({"device": "rram_illustrative", "neuron": neuron}) == xb.load_config(nested)
    expected = xb.load_config({"device": "rram_illustrative"}, "device.read_noise.relative_sd=0.02")
    for device in (
        {"preset": "rram_illustrative", "read_noise.relative_sd": 0.02},
        {"preset": "rram_illustrative", "read_noise": {"relative_sd": 0.02}},
    ):
        assert xb.load_config({"device": device}) == expected
    whole = load_device("rram_illustrative")
    changed = xb.load_config({"device": whole, "device.read_noise.relative_sd": 0.02})
    assert changed.device.read_noise == expected.device.read_noise != whole.read_noise


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"neuron": {"scaling": "paired"}, "neuron.scaling": "none"}, "neuron.scaling"),
        ({"neuron.scaling": "none", "neuron": {"scaling": "paired"}}, "neuron.scaling"),
        ({"neuron.comparator": {"offset_sd_a": 1}, "neuron": {"comparator.offset_sd_a": 2}}, OFFSET),
        ({"neuron": {"comparator": {"noise_sd_a": 1}}, "neuron.comparator": {"offset_sd_a": 2}}, COMPARATOR),
        ({"sweep": {"array.rows": [1]}, "sweep.array.rows": [2]}, "sweep.array.rows"),
        ({"device.read_noise": {"relative_sd": 0.1}, READ_NOISE: 0.2}, READ_NOISE),
    ],
)  # fmt: skip
def test_a_value_that_is_given_twice_is_refused(given, key):
    with pytest.raises(ConfigError) as caught:
        xb.load_config({"device": "rram_illustrative"} | given)
    assert str(caught.value) == f"config: {key}: given twice, by a dotted key and another; leave one out"


def test_a_device_takes_dotted_keys_too():
    nested = load_device({"preset": "rram_wan2022", "read_noise": {"relative_sd": 0.1}})
    assert load_device({"preset": "rram_wan2022", "read_noise.relative_sd": 0.1}) == nested
    assert load_device(load_device("rram_wan2022"), "read_noise.relative_sd=0.1").read_noise == nested.read_noise
    device = load_device("rram_wan2022")
    assert load_device(device) is device
    with pytest.raises(ConfigError, match=r"^configuration: read_noise\.relative_s: unknown key, did you mean"):
        load_device({"preset": "rram_wan2022", "read_noise.relative_s": 0.1})


def test_tuning_takes_its_settings_as_a_dict():
    with pytest.raises(ConfigError, match=r"^settings: epochs: input should be greater than or equal to 1, got -1"):
        xb.tune({"device": "ideal"}, settings={"epochs": -1})
    with pytest.raises(ConfigError, match=r"^settings: epoch: unknown key, did you mean epochs\?"):
        xb.tune({"device": "ideal"}, settings={"epoch": 1})
    with pytest.raises(ConfigError, match=r"^settings=3: expected a TuningConfig or a dict of its settings"):
        xb.tune({"device": "ideal"}, settings=3)


def test_python_is_told_what_to_write_in_python():
    with pytest.raises(ConfigError, match=r"got 'rram_wan2022'; load_device gives it \(or load_config\(\{'device'"):
        xb.HardwareConfig(device="rram_wan2022")
    with pytest.raises(ConfigError, match=r"neuron: expected a section, \{key: value, \.\.\.\}, got 3"):
        xb.HardwareConfig(device=load_device("ideal"), neuron=3)
    with pytest.raises(ConfigError, match=r'expected text such as "evaluation\.images=20"'):
        xb.compare({"device": "ideal"}, {"evaluation.images": 20})
    with pytest.raises(TypeError, match=r"^compare\(\) got an unexpected keyword argument 'images'"):
        xb.compare({"device": "ideal"}, images=10)
    with pytest.raises(ConfigError, match=r'^rram_wan2022: a device, .*: \{"device": "rram_wan2022"\} in Python'):
        xb.map_network(NET, "rram_wan2022")


def test_a_sweep_may_be_an_array():
    values = np.array([0.01, 0.1])
    config = xb.load_config({"device": "ideal", "sweep": {"device.read_noise.relative_sd": values}})
    assert config.sweep == {"device.read_noise.relative_sd": [0.01, 0.1]}
    dotted = xb.load_config({"device": "ideal", "sweep.device.read_noise.relative_sd": values})
    assert dotted == config


def test_what_a_configuration_is_made_of_gives_it_back():
    config = xb.load_config("mnist_mlp_rram", "array.rows=64")
    assert xb.load_config(config.model_dump()) == xb.load_config(config.model_dump(mode="json")) == config


@pytest.mark.parametrize("function", [xb.compare, xb.budget, xb.ageing, xb.dry_run, xb.tune, xb.uncertainty, xb.run])
def test_every_function_takes_one_and_tells_its_mistakes(function):
    given = {"device": "rram_ilustrative", "neurn": {"scaling": "paired"}, "array": {"rows": -1}}
    with pytest.raises(ConfigError) as caught:
        function(given, "evaluation.images=5")
    lines = str(caught.value).splitlines()
    assert len(lines) >= 3
    assert all(line.startswith("config: ") for line in lines)
    assert "did you mean rram_illustrative?" in lines[0]
    assert any("neurn: unknown key, did you mean neuron?" in line for line in lines)


MISTAKES = [
    ({"device": "ideal", "neuron..scaling": "none"}, r"^config: key 'neuron\.\.scaling': expected a dotted key"),
    ({"device": "ideal", 3: "x"}, "^config: key 3: keys must be plain text"),
    ({"device": "ideal", "array.rows": "many"}, "^config: array.rows: expected a number, got 'many'"),
    ({"device": Path("nowhere.yaml")}, r"^config: device nowhere\.yaml: no such file"),
    ({}, "^config: device: is missing"),
    ([("device", "ideal")], "expected a configuration or the path of one, or a dict"),
]


@pytest.mark.parametrize(("given", "text"), MISTAKES, ids=[text for _, text in MISTAKES])
def test_a_mistake_is_one_line(given, text):
    with pytest.raises(ConfigError, match=text) as caught:
        xb.map_network(NET, given)
    assert len(str(caught.value)) < 300


def test_training_takes_one_too():
    with pytest.raises(ConfigError, match=r"^config: network: is missing"):
        xb.train({"output": "x"})


def test_a_setting_without_effect_is_told_at_the_users_line():
    with pytest.warns(UserWarning, match="^config: neuron.averaged_reads has no effect") as said:
        xb.map_network(NET, {"device": "rram_illustrative", "neuron.averaged_reads": 3})
    assert {Path(one.filename).name for one in said} == {Path(__file__).name}

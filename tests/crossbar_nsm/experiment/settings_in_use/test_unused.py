"""Settings without effect: noted where they are set, refused where they are swept."""

import json
import warnings
from pathlib import Path

import pytest
from support.cli import call
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.experiment.compare import compare, run
from crossbar_nsm.experiment.config.load import document_of, resolve
from crossbar_nsm.experiment.config.points import sweep_points
from crossbar_nsm.experiment.settings_in_use.small_network import small_networks
from crossbar_nsm.experiment.settings_in_use.unused import unused_settings
from crossbar_nsm.nsm.architecture import Architecture
from device_models.errors import ConfigError

ROOT = Path(__file__).parents[4]


@pytest.fixture
def study(tmp_path):
    return small_study(tmp_path)


def unused(path, *overrides):
    document = document_of(path, overrides)
    config = resolve(document)
    return {one.key: one for one in unused_settings(document, config, sweep_points(config) or [{}])}


@pytest.mark.parametrize(
    ("sweep", "words"),
    [
        ("array.adc.bits: [2, 4, 8]", ("array.output_layer: array or array.partial_sums: digital",)),
        ("array.adc: [{bits: 2}, {bits: 4}]", ("array.partial_sums: digital",)),
        ("neuron.mask_keep_probability: [0.3, 0.6]", ("neuron.scaling: row_mask", "here neuron.scaling: paired")),
        ("neuron.averaged_reads: [1, 8]", ("neuron.scaling: averaged",)),
        ("neuron.calibration_reads: [20, 40]", ("neuron.calibration: measured",)),
        ("read.slow_noise: [trajectory, split]", ("nothing asks for it in rram_illustrative/paired",)),
        ("device.temperature_k: {low: 300, high: 400, points: 3}", ("its 3 values would give the same rows",)),
        ("zip: [{array.adc.bits: [2, 4], array.adc.inl_lsb: [0, 0.5]}]", ("array.adc.bits", "array.adc.inl_lsb")),
    ],
)
def test_swept_without_effect_is_refused_before_anything_is_run(study, sweep, words):
    with pytest.raises(ConfigError) as caught:
        compare(study, f"sweep={{{sweep}}}")
    assert all(word in str(caught.value) for word in (*words, "has no effect"))
    assert all(len(line) < 400 for line in caught.value.mistakes)


@pytest.mark.parametrize(
    "overrides",
    [
        ("array.partial_sums=digital", "sweep={array.adc.bits: [2, 4]}"),
        ("sweep={array.partial_sums: [analog, digital], array.adc.bits: [2, 4]}",),  # at some of the points
        ("sweep={zip: [{read.interval_s: [1e-6, 1e-5], neuron.gain_bits: [4, 5]}]}",),  # rows of their own
        ("sweep={device.faults.stuck_on: [0, 1e-9]}",),  # too rare to be seen in a small network
        ("sweep={device.faults: [{stuck_on: 0}, {stuck_on: 1e-9}]}",),
        ("sweep={evaluation.samples: [5, 10]}",),
        ("sweep={array.conductances: [one.npz, other.npz]}", "evaluation.chips=1"),  # which no small network has
        ("sweep={layers.fc1.device: [rram_illustrative, rram_wan2022]}",),
        ("sweep={array.clipping: [none, least_error]}", "checkpoint=mnist_mlp"),  # of columns with many rows
        ("sweep={device.read_noise.relative_sd: [0.1, 0.1000001]}",),
    ],
)
def test_swept_with_an_effect_is_not(study, overrides):
    assert not unused(study, *overrides)


def test_what_is_set_is_noted_with_its_place(study):
    with pytest.warns(UserWarning, match=r"array.adc.bits=4: array.adc.bits has no effect: it counts with") as seen:
        result = compare(study, "sweep={}", "array.adc.bits=4", "neuron.gain_bits=5")
    assert len(seen) == 1
    assert [note for note in result.as_dict()["notes"] if "gain_bits" in note] == []
    assert len(result.notes) == 1
    study.write_text(study.read_text().replace("sweep:", "read: {pair_interval_s: 2e-7}\nsweep:"))
    assert unused(study)["read.pair_interval_s"].place == f"{study}:5"


def test_a_default_in_a_file_says_nothing_and_one_in_an_override_does(study):
    study.write_text(study.read_text().replace("sweep:", "array: {adc: {bits: 8}}\nsweep:"))
    assert not unused(study)
    assert list(unused(study, "array.adc.per=column")) == ["array.adc.per"]


def test_the_time_of_a_pass_is_a_result_but_no_row(study):
    assert not unused(study, "sweep={}", "read.interval_s=1e-5")
    assert list(unused(study, "sweep={read.interval_s: [1e-6, 1e-5]}")) == ["read.interval_s"]


def test_other_entrances(study, tmp_path, capsys):
    with pytest.warns(UserWarning, match="has no effect"):
        run(study, "sweep={}", "array.adc.bits=4")
    with pytest.raises(ConfigError, match="has no effect, so its 2 values"):
        xb.sweep(study, "sweep={array.adc.bits: [2, 4]}", out=tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()
    study.write_text(study.read_text().replace("sweep:", "array: {adc: {bits: 4}}\nsweep:"))
    with pytest.warns(UserWarning, match="array.adc.bits has no effect"):
        xb.map_network(xb.load_checkpoint(tmp_path / "net.safetensors"), study)
    code, out, err = call(capsys, "map", str(study), "--set", "sweep={}", "--json")
    assert (code, err.count("warning: ")) == (0, 1)
    assert json.loads(out)["rows"]
    assert call(capsys, "compare", str(study), "--set", "sweep={array.adc.bits: [2, 4]}")[0] == 2


def test_shipped_configurations_set_nothing_in_vain():
    paths = [*ROOT.glob("configs/mnist*.yaml"), *ROOT.glob("configs/studies/*.yaml")]
    assert len(paths) > 10
    assert {path.name: found for path in paths if (found := unused(path))} == {}


def test_a_probe_leaves_threads_warnings_and_draws_alone(study):
    import numba
    import numpy as np
    import torch

    before, filters = numba.get_num_threads(), list(warnings.filters)
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    states = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    assert unused(study, "array.adc.bits=4")
    assert numba.get_num_threads() == before
    assert list(warnings.filters) == filters
    assert (np.random.get_state()[1] == states[1]).all()  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), states[0])


def test_a_convolutional_network_is_cut_down_to_what_its_kernels_need():
    layers = [
        {"type": "conv", "name": "conv1", "inputs": 3, "outputs": 32, "kernel": 5, "padding": 2, "stride": 2},
        {"type": "average_pool", "name": "pool1", "size": 3, "stride": 2},
        {"type": "conv", "name": "conv2", "inputs": 32, "outputs": 64, "kernel": 3, "beta": "position"},
        {"type": "dense", "name": "fc1", "inputs": 64 * 25, "outputs": 512},
        {"type": "linear", "name": "out", "inputs": 512, "outputs": 10},
    ]
    whole = Architecture.model_validate({"layers": layers, "image": [3, 32, 32], "encoding": "real"})
    cut, many = small_networks(whole)
    assert [layer.type for layer in cut.net.architecture.layers] == [layer.type for layer in whole.layers]
    assert str(cut.net.architecture) == "2x13x13-3c5-a3-3c3-6-3"  # (13 - 1)/2 + 1 = 7 -> 3 -> 1
    assert str(many.net.architecture) == "1600-6-3"
    assert cut.net.architecture.encoding == "real"


def test_convolutions_ask_as_dense_layers_do():
    network = "checkpoint=mnist_cnn"
    path = ROOT / "configs/mnist_mlp_rram.yaml"
    assert list(unused(path, network, "array.clipping=none", "array.adc.bits=4")) == ["array.adc.bits"]


@pytest.mark.parametrize(
    ("setting", "start"),
    [
        ("array.dac.offset_sd_v=0.3", "array.dac.offset_sd_v=0.3 V is 1.5 times"),
        ("device.read_noise.window_s=1e-3", "device.read_noise.window_s=0.001 of rram_illustrative"),
    ],
)
def test_what_is_wrong_with_a_setting_is_said_once_though_small_networks_were_mapped_with_it(study, setting, start):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        compare(study, "sweep={}", setting)
    assert len([one for one in said if str(one.message).startswith(start)]) == 1

"""Cells without noise of their own: what is not known is not made up, and the user hears of it."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from support.cells.arrays import device
from support.cli import call
from support.networks import dense_network, images

from crossbar_nsm.experiment.studies.trial_result import LayerRecovery
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models import load_device

NET, X = dense_network(40, 30, 20, 4), images(12, 40)
QUIET = {"read_noise": {}}
WORDS = r"fc1, fc2 on .*: no noise that changes from pass to pass, so neurons are deterministic .*device.read_noise"


def hardware(dev, **sections):
    return HardwareConfig.model_validate({"device": dev, **sections})


@pytest.mark.parametrize("dev", [device(**QUIET), load_device("fefet_jerry2017")], ids=["no read noise", "preset"])
@pytest.mark.parametrize("scaling", ["none", "paired", "digital", "averaged", "replica"])
def test_no_circuit_amplifies_nothing(scaling, dev):
    with pytest.warns(UserWarning, match=WORDS) as seen:
        chip = MappedNetwork(NET, hardware(dev, neuron={"scaling": scaling}))
    assert len(seen) == 1
    assert len(str(seen[0].message)) < 300
    for found in chip.calibration.values():
        assert np.all(np.isinf(found.recovered_beta))
        assert np.all(np.isnan(found.recovered_c))
        assert np.all(np.isnan(found.normalisation_index))
        assert np.all(found.clipped)
        stored = LayerRecovery.of(found)
        assert np.all(np.isnan(stored.recovered_c))
    (first, second) = chip.sample(X, 2)
    assert np.array_equal(first, second)  # deterministic, as said


def test_reads_later_than_what_was_measured_are_warned_of():
    """Of relaxation that was measured up to 1e4 s."""
    table = {"time_s": [1.0, 1e4], "conductance_s": [1e-5], "normal_score": [-1, 1], "change": [[[-0.1, 0.1]]] * 2}
    dev = device(relaxation={"quantiles": table})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chip = MappedNetwork(NET, hardware(dev), age_s=1e4)
    with pytest.warns(UserWarning, match=r"relaxation was measured up to 2\.78 h after programming; cells read 1 day"):
        chip.at_age(86400.0)


@pytest.mark.parametrize("calibration", ["measured", "none"])
def test_no_calibration_makes_up_a_c(calibration):
    with pytest.warns(UserWarning, match="no noise"):
        chip = MappedNetwork(NET, hardware(device(**QUIET), neuron={"calibration": calibration}))
    assert np.all(np.isnan(chip.calibration["fc1"].recovered_c))


@pytest.mark.parametrize(
    ("dev", "sections"),
    [
        (device(**QUIET), {"neuron": {"scaling": "row_mask"}}),
        (device(**QUIET), {"neuron": {"scaling": "none", "comparator": {"noise_sd_a": 1e-7}}}),
        (device(), {"neuron": {"scaling": "paired"}}),
        (load_device("ideal_blank_out"), {}),
    ],
    ids=["mask", "comparator", "read noise", "selector"],
)
def test_other_noise_is_noise(dev, sections):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chip = MappedNetwork(NET, hardware(dev, **sections))
    for found in chip.calibration.values():
        assert np.all(np.isfinite(found.recovered_c))


def test_a_layer_with_a_quiet_device_is_named_alone():
    with pytest.warns(UserWarning, match="^fc2 on"):
        chip = MappedNetwork(NET, hardware(device(), layers={"fc2": {"device": device(**QUIET)}}))
    assert np.all(np.isfinite(chip.calibration["fc1"].recovered_c))


@pytest.mark.parametrize(
    "command",
    [
        ("map", "--plot", "out"), ("run",), ("compare",), ("timing", "--plot", "out"), ("budget", "--plot", "out"),
        ("tune", "--images", "20", "--train-on", "more.npz", "--epochs", "1"),
    ],
)  # fmt: skip
def test_commands_warn_and_print_json(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    save_checkpoint(NET, "net.safetensors")
    for name, seed in (("data", 1), ("more", 5)):
        np.savez(f"{name}.npz", x=images(40, 40, seed), y=np.arange(40) % 4)
    Path("c.yaml").write_text(
        "checkpoint: net.safetensors\ndataset: {name: data.npz}\ndevice: fefet_jerry2017\n"
        "neuron: {scaling: paired}\nevaluation: {samples: 3, images: 10}\n"
    )
    code, out, err = call(capsys, command[0], "c.yaml", *command[1:], "--json")
    assert code == 0, err
    assert json.loads(out, parse_constant=pytest.fail)
    assert "e+308" not in out
    assert err.count("warning: fc1, fc2 on fefet_jerry2017: no noise") == 1

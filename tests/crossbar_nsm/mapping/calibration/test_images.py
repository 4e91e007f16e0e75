"""Chips of a network without calibration images: said once, shown as unknown, mended by attaching some."""

import warnings

import numpy as np
import pytest
import torch
from support.networks import dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import load_device

UNKNOWN = ("offset", "direction_error", "recovered_c")


def blind_network():
    net = dense_network(40, 30, 20, 4)
    net.calibration_images = None
    return net


def mapped(net, device="rram_illustrative", **sections):
    """(chip, what was said)."""
    config = HardwareConfig.model_validate({"device": load_device(device), **sections})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        chip = MappedNetwork(net, config)
    return chip, [str(one.message) for one in said if "calibration images" in str(one.message)]


@pytest.mark.parametrize(
    ("neuron", "count"),
    [({}, 1), ({"scaling": "none"}, 1), ({"scaling": "paired"}, 1), ({"calibration": "none"}, 0)],
)
def test_one_warning_for_a_chip_of_several_layers(neuron, count):
    chip, said = mapped(blind_network(), neuron=neuron)
    assert len(said) == count
    for found in chip.calibration.values():
        assert all(np.isnan(getattr(found, name)).all() for name in UNKNOWN)
        assert np.isfinite(found.recovered_beta).all()


def test_no_warning_with_images_and_everything_is_known():
    chip, said = mapped(dense_network(40, 30, 20, 4))
    assert said == []
    for found in chip.calibration.values():
        assert all(np.isfinite(getattr(found, name)).all() for name in UNKNOWN)


@pytest.mark.parametrize("calibration", ["analytic", "measured"])
def test_attached_images_are_those_that_calibration_goes_by(calibration):
    net, reads = blind_network(), {"scaling": "paired", "calibration": calibration, "calibration_reads": 2}
    net.calibration_images = dense_network(40, 30, 20, 4).calibration_images
    chip, said = mapped(net, neuron=reads)
    expected, _ = mapped(dense_network(40, 30, 20, 4), neuron=reads)
    assert not any("carries no" in text for text in said)
    assert np.array_equal(chip.calibration["fc2"].gain, expected.calibration["fc2"].gain)
    assert torch.equal(chip.sample(images(3, 40), 4), expected.sample(images(3, 40), 4))


def test_settings_that_are_kept_need_no_images(tmp_path):
    chip, _ = mapped(blind_network(), device="pcm_joshi2020")
    chip.save(tmp_path / "chip.safetensors")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = load_chip(tmp_path / "chip.safetensors")
        older = chip.at_age(3600.0)
    assert np.isnan(again.calibration["fc1"].offset).all()
    assert np.array_equal(older.calibration["fc1"].gain, chip.calibration["fc1"].gain)
    with pytest.warns(UserWarning, match="carries no calibration images"):
        chip.at_age(3600.0, recalibrate=True)

"""A programmed chip later, with its settings kept or calibrated anew; other targets for the same cells."""

import numpy as np
import pytest
import torch
from support.cells.arrays import device
from support.networks import dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import load_device
from device_models.errors import MappingError

NET, X = dense_network(60, 40, 20, 4, beta=(0.7, 2.0)), images(40, 60)
YEAR_S = 3.156e7


def pcm(age_s=20.0, **neuron):
    config = {"device": load_device("pcm_nandakumar2019"), "read": {"slow_noise": "split"}, "neuron": neuron}
    return MappedNetwork(NET, HardwareConfig.model_validate(config), seed=2, chip=1, age_s=age_s)


def test_calibrated_anew_is_a_chip_that_was_calibrated_then():
    """Same cells, same draws: bit by bit the chip that was programmed by the same seed and calibrated at that age."""
    later = pcm().at_age(YEAR_S, recalibrate=True)
    assert torch.equal(later.sample(X, 4), pcm(YEAR_S).sample(X, 4))


def test_settings_kept_are_the_settings():
    """Drift is a gain: conductances fall, thresholds do not, so c grows, by about (year / 20 s)^nu, nu about 0.05 to
    0.1; beta stays within 15 %, for signal and noise fall together."""
    young = pcm(scaling="paired")
    old = young.at_age(YEAR_S)
    for name, before in young.calibration.items():
        after = old.calibration[name]
        assert np.array_equal(before.gain, after.gain)
        assert np.array_equal(before.threshold, after.threshold)
        assert before.clipped_count <= 1  # the product knows nothing of frozen noise: some betas are out of reach
        reached = ~before.clipped
        assert np.allclose(before.recovered_c[reached], before.trained_c[reached], atol=1e-6)
        large = np.abs(before.trained_c) > 0.2
        assert 1.5 < np.median(after.recovered_c[large] / before.trained_c[large]) < 3.5
        anew = young.at_age(YEAR_S, recalibrate=True).calibration[name]
        reached = ~anew.clipped
        assert np.allclose(anew.recovered_c[reached], anew.trained_c[reached], atol=1e-6)


def test_a_target_is_what_the_neurons_do():
    """beta halved, c moved: recovered as asked, in the layer asked for, without moving simulated time."""
    config = HardwareConfig.model_validate({"device": device()})
    chip = MappedNetwork(NET, config)
    chip.sample(X[:3], 2)
    asked = 0.5 * chip.calibration["fc1"].trained_beta, chip.calibration["fc1"].trained_c + 0.1
    chip.retarget({"fc1": asked})
    assert np.allclose(chip.calibration["fc1"].recovered_beta, asked[0], rtol=1e-5)
    assert np.allclose(chip.calibration["fc1"].recovered_c, asked[1], atol=1e-5)
    assert np.array_equal(chip.calibration["fc2"].trained_beta[:, 0], NET.layers["fc2"].beta.detach().numpy())
    assert chip.image_counter == 3
    before = {name: (c.trained_beta, c.trained_c) for name, c in MappedNetwork(NET, config).calibration.items()}
    chip.retarget(before)
    chip.reset()
    assert torch.equal(chip.sample(X, 3), MappedNetwork(NET, config).sample(X, 3))


def test_negative_beta_is_a_target_like_others():
    net = dense_network(60, 40, 4)
    with torch.no_grad():
        net.layers["fc1"].beta[:5] *= -1
    chip = MappedNetwork(net, HardwareConfig.model_validate({"device": device()}))
    found = chip.calibration["fc1"]
    assert np.all(found.recovered_beta[:5] < 0)
    assert np.allclose(found.recovered_beta, found.trained_beta, rtol=1e-5)
    chip.retarget({"fc1": (0.5 * found.trained_beta, found.trained_c)})
    assert np.allclose(chip.calibration["fc1"].recovered_beta, 0.5 * found.trained_beta, rtol=1e-5)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"fc9": (1.0, 0.0)}, "retarget: no layer 'fc9' with neurons; allowed: fc1, fc2"),
        ({"fc1": (np.ones(3), 0.0)}, "beta and c of layer fc1 must have 40 values each, or be single numbers"),
        ({"fc1": 1.0}, r"retarget: fc1=1\.0: expected \(beta, c\)"),
        ({"fc1": ("a", 0.0)}, "beta and c of layer fc1 must have 40 values each"),
        ({"fc1": (np.nan, 0.0)}, "beta and c of layer fc1 must be finite"),
        ({"fc1": (1e300, 0.0)}, r"beta and c of layer fc1 must be finite, and below 1e\+15 in size"),
        ({"fc1": (0.8, -1e15)}, r"beta and c of layer fc1 must be finite, and below 1e\+15 in size"),
        ({"fc1": (1e-5, 9e14)}, r"layer fc1 on device: .* thresholds reach .* too large to calculate with"),
        ({"fc1": (0.8, 0.1), "fc2": (np.ones(3), 0.0)}, "beta and c of layer fc2 must have"),
        ({"fc1": (0.8, 0.1), "fc2": (1e-5, 9e14)}, "layer fc2 on device: .* thresholds reach"),
    ],
)
def test_targets_that_do_not_fit(targets, message, tmp_path):
    """They are refused, and the chip is as it was: it could not be loaded after it was saved."""
    chip = MappedNetwork(NET, HardwareConfig.model_validate({"device": device()}))
    before = chip.save(tmp_path / "before.safetensors").read_bytes()
    with pytest.raises(MappingError, match=message):
        chip.retarget(targets)
    assert chip.save(tmp_path / "after.safetensors").read_bytes() == before


def test_converters_and_output_layer_keep_their_settings_too():
    """Drift makes currents smaller: ranges, gain and bias that are kept do not follow, those calibrated anew do."""
    array = {"output_layer": "array", "partial_sums": "digital", "rows": 16, "dac": {"offset_sd_v": 0.01}}
    config = {"device": load_device("pcm_nandakumar2019"), "read": {"slow_noise": "split"}, "array": array}
    young = MappedNetwork(NET, HardwareConfig.model_validate(config), age_s=20.0)
    kept, anew = young.at_age(YEAR_S), young.at_age(YEAR_S, recalibrate=True)
    for of_young, same, other in zip(*(_converter_settings(chip) for chip in (young, kept, anew)), strict=True):
        assert np.array_equal(of_young, same)
        assert not np.array_equal(of_young, other)


def _converter_settings(chip):
    hidden = [converter.lsb for layer in chip.hidden for converter in layer.converters.values()]
    return [*hidden, chip.output.adc.lsb, chip.output.gain, chip.output.bias]

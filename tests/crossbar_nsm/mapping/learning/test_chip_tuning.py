"""Tuning with the chip in the loop: forward on the chip, backward on its software twin, and nothing lost."""

import numpy as np
import pytest
import torch
from support.cells.arrays import device
from support.networks import conv, conv_network, dense_network, images, pool

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.learning.chip_tuning import TuningReport, _Twin, tune_chip
from crossbar_nsm.mapping.learning.tuning_config import TuningConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models.errors import DatasetError, TrainingError

CONV = conv_network(conv(4, 3), pool("max", 2), conv(5, 2, beta="position"), image=(1, 8, 8), beta=(-2.0, -0.7))


def programmed(net, scaling="paired", output="digital", offset_sd_a=0.0, dev=None):
    neuron = {"scaling": scaling, "comparator": {"offset_sd_a": offset_sd_a}}
    config = {"device": dev or device(), "neuron": neuron, "array": {"output_layer": output}}
    return MappedNetwork(net, HardwareConfig.model_validate(config), seed=3)


@pytest.mark.parametrize("output", ["digital", "array"])
@pytest.mark.parametrize("net", [dense_network(40, 30, 20, 3, beta=(0.7, 2.0)), CONV], ids=["dense", "conv"])
def test_the_forward_pass_is_the_chip_itself(net, output):
    """The same bits as a sample of the chip, with the same counters."""
    x, chip = images(7, net.architecture.inputs), programmed(net, output=output)
    expected = chip.sample(x, 1)[0]
    chip.reset()
    logits = _Twin(chip).logits(net.encode(x))
    torch.testing.assert_close(torch.softmax(logits.detach(), dim=1), expected, rtol=1e-5, atol=1e-6)
    assert chip.image_counter == 7
    logits.sum().backward()


def test_setting_what_is_set_changes_nothing():
    chip = programmed(CONV)
    before = {name: (c.gain, c.threshold) for name, c in chip.calibration.items()}
    _Twin(chip).set_chip()
    for name, (gain, threshold) in before.items():
        np.testing.assert_allclose(chip.calibration[name].gain, gain, rtol=1e-4)
        np.testing.assert_allclose(chip.calibration[name].threshold, threshold, rtol=1e-4, atol=1e-5)


def taught(scaling, **settings):
    """A chip, and images with the labels that the ideal network is surest of."""
    net = dense_network(40, 60, 40, 3, beta=(1.0, 2.0), seed=4)
    with torch.no_grad():
        net.output_layer.weight.mul_(4)
    x = images(1500, 40)
    return net, programmed(net, scaling, **settings), x, net.predict(x, 50).argmax(dim=1)


def nll(chip, x, labels):
    chip.reset()
    return torch.nn.functional.nll_loss(chip.predict(x, 20).log(), labels).item()


@pytest.mark.parametrize("scaling", ["none", "paired"])
def test_offsets_that_calibration_does_not_know_are_tuned_away(scaling):
    """Comparator offsets shift every threshold; with `none` only thresholds can be tuned."""
    _, chip, x, labels = taught(scaling, offset_sd_a=2e-5)
    train, test = slice(0, 1000), slice(1000, None)
    before = nll(chip, x[test], labels[test])
    seen = []
    report = tune_chip(
        chip, x[train], labels[train], TuningConfig(epochs=6, learning_rate=0.05), lambda *told: seen.append(told)
    )
    assert nll(chip, x[test], labels[test]) < 0.9 * before
    assert report.best.epoch > 0
    assert len(report.epochs) == 7
    assert seen[-1][:2] == (48, 48)


def test_a_chip_that_tuning_spoils_is_left_as_it_was():
    """With a learning rate far too large every epoch is worse: the settings are those of before."""
    _, chip, x, labels = taught("paired")
    before = {name: (c.gain.copy(), c.threshold.copy()) for name, c in chip.calibration.items()}
    report = tune_chip(chip, x[:200], labels[:200], TuningConfig(epochs=1, learning_rate=100.0))
    assert report.best.epoch == 0
    assert report.epochs[1].nll > report.epochs[0].nll
    for name, (gain, threshold) in before.items():
        np.testing.assert_array_equal(chip.calibration[name].gain, gain)
        np.testing.assert_array_equal(chip.calibration[name].threshold, threshold)


def test_beta_stays_within_what_the_circuit_reaches():
    _, chip, x, labels = taught("averaged")
    tune_chip(chip, x[:200], labels[:200], TuningConfig(epochs=1, learning_rate=3.0, held_out=0.1))
    twin = _Twin(chip)
    with torch.no_grad():
        for layer in twin.net.nsm_layers():
            layer.beta.fill_(1e3)
    twin.set_chip()
    for calibration in chip.calibration.values():
        assert (calibration.recovered_beta <= calibration.highest_beta * (1 + 1e-5)).all()
        np.testing.assert_allclose(calibration.recovered_beta, calibration.highest_beta, rtol=1e-3)


def test_labels_and_images_that_do_not_fit_are_named():
    _, chip, x, labels = taught("paired")
    with pytest.raises(DatasetError, match="1500 images and 20 labels"):
        tune_chip(chip, x, labels[:20])
    with pytest.raises(DatasetError, match="at least 10 images"):
        tune_chip(chip, x[:5], labels[:5])
    with pytest.raises(DatasetError, match="from 0 to 7, the network has 3 classes"):
        tune_chip(chip, x, torch.where(torch.arange(1500) == 3, 7, labels).clamp_min(0))


def test_a_loss_that_is_no_number_stops_the_tuning(monkeypatch):
    _, chip, x, labels = taught("paired")
    monkeypatch.setattr(_Twin, "logits", lambda _self, states: torch.full((len(states), 3), torch.nan))
    with pytest.raises(TrainingError, match="epoch 1: the loss is nan; lower the learning rate"):
        tune_chip(chip, x, labels)


def test_the_best_epoch_is_that_of_the_lowest_nll():
    from crossbar_nsm.mapping.learning.chip_tuning import TuningEpoch

    epochs = [TuningEpoch(0, 0.1, 0.5), TuningEpoch(1, 0.2, 0.3), TuningEpoch(2, 0.1, 0.4)]
    assert TuningReport(epochs).best.epoch == 1

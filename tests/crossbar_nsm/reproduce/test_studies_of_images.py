"""What the studies of the CNN measure: the tables' errors, kept probabilities, turned digits, places of the noise."""

import numpy as np
import pytest
from support.networks import conv, conv_network, dense, pool
from support.reproduction import small_cnn_config

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.experiment.metrics import wrong
from crossbar_nsm.nsm.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.reproduce.catalogue import reproduce
from crossbar_nsm.reproduce.measured import probabilities
from crossbar_nsm.reproduce.noise_place import firing_shares
from crossbar_nsm.reproduce.rotated_digits import turned
from crossbar_nsm.reproduce.study import Setting
from device_models.errors import ConfigError


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return small_cnn_config(tmp_path_factory.mktemp("patterns"))


@pytest.fixture(scope="module")
def table(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("table2")
    study, _ = reproduce("table2", config, out=folder)
    return study, folder


def test_errors_are_those_of_the_trained_networks_on_the_test_images(table, config):
    study, folder = table
    data = read_dataset(config.test.dataset)
    for name, places in (("bnsm", ("neuron", "synapse")), ("gnsm", ("neuron", "synapse")), ("bd", ("neuron",))):
        net = load_checkpoint(folder / "trained" / "cnn" / name / "best.safetensors")
        for place, prefix in zip(places, ("", "synapse_"), strict=False):
            probability = net.predict(data.images, config.test.samples, noise=place).numpy()
            assert study.numbers[name][f"{prefix}error"] == [wrong(probability, data.labels).mean()]
    assert "synapse_error" not in study.numbers["bd"]
    assert [row[0] for row in study.rows][:3] == ["bNSM", "gNSM", "dCNN"]
    assert all(len(row) == len(study.columns) for row in study.rows)


def test_networks_learn(table):
    study, _ = table
    for name in ("bnsm", "gnsm", "dcnn", "bn"):
        assert study.numbers[name]["error"][0] < 0.35, name  # chance is 2/3


def test_each_network_has_its_law_of_noise(table):
    _, folder = table
    laws = {name: load_checkpoint(folder / "trained" / "cnn" / name / "best.safetensors").architecture.noise.law
            for name in ("bnsm", "gnsm", "bnsm_long", "gnsm_long")}  # fmt: skip
    assert laws == {"bnsm": "bernoulli", "gnsm": "gaussian", "bnsm_long": "bernoulli", "gnsm_long": "gaussian"}


def test_probabilities_are_computed_once_for_the_same_and_anew_for_other_questions(config, tmp_path):
    asked = []

    def progress(label):
        asked.append(label)
        return lambda _done, _total, _note: None

    setting = Setting(config, tmp_path, progress)
    checkpoint = save_checkpoint(conv_network(conv(4, 3), pool("max", 2), dense(5)), tmp_path / "net.safetensors")
    x = np.random.default_rng(0).random((7, 6, 6), dtype=np.float32)
    first = probabilities(checkpoint, x, "neuron", 5, setting, "first")
    assert np.array_equal(probabilities(checkpoint, x, "neuron", 5, setting, "again"), first)
    assert asked == ["first"]
    for images, place, samples in ((x, "synapse", 5), (x, "neuron", 6), (x[::-1], "neuron", 5)):
        assert not np.array_equal(probabilities(checkpoint, images, place, samples, setting, "other"), first)
    (kept,) = [
        path for path in (tmp_path / "measured").iterdir() if np.array_equal(np.load(path)["probability"], first)
    ]
    kept.write_bytes(kept.read_bytes()[:-20])  # damaged: made again
    assert np.array_equal(probabilities(checkpoint, x, "neuron", 5, setting, "damaged"), first)
    assert asked[-1] == "damaged"


def test_digits_turn_counter_clockwise_about_their_centre():
    image = np.zeros((1, 5, 5), np.float32)
    image[0, 2, 4] = 1  # right of the centre
    assert np.argwhere(turned(image, 90)[0] > 0.5).tolist() == [[0, 2]]  # above it
    assert np.array_equal(turned(image, 0), image)
    assert np.allclose(turned(image, 180), image[:, ::-1, ::-1], atol=1e-6)


def test_units_fire_alike_and_maxima_of_shared_noise_less():
    """Under neuron noise the positions of a pool share the xi of overlapping patches; equal weights make it plain."""
    net = conv_network(conv(6, 5), pool("max", 2), dense(5), image=(1, 12, 12), noise={"law": "gaussian", "sigma": 1.0})
    image = np.random.default_rng(0).random((1, 12, 12), dtype=np.float32)
    for layer in net.nsm_layers():
        layer.weight.data.abs_()
        layer.beta.data.fill_(0.3)
    shares = firing_shares(net, image, seed=0)
    (units, maxima), (other_units, other_maxima) = shares["neuron"], shares["synapse"]
    assert np.abs(units - other_units).max() < 0.08  # 4.8 sd of a difference of two shares of 2,000 passes
    assert (other_maxima - maxima).mean() > 0.05
    p = other_units.reshape(6, 4, 2, 4, 2)
    independent = 1 - (1 - p).prod(axis=(2, 4)).ravel()
    assert np.abs(other_maxima - independent).max() < 0.08
    assert np.abs(maxima - independent).max() > 0.1


def test_a_network_without_a_pool_is_refused():
    net = conv_network(conv(4, 3), dense(5))
    with pytest.raises(ConfigError, match="has no convolution with a max_pool behind it"):
        firing_shares(net, np.zeros((1, 6, 6)), seed=0)

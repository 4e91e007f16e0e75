"""Grey levels that a network does not see: said once, where there are many; and that `encoding: real` keeps them, from
training to a chip."""

import warnings

import numpy as np
import pytest
from support.networks import dense_network

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.experiment.compare import compare
from crossbar_nsm.experiment.config.load import load_config, load_train_config
from crossbar_nsm.experiment.images.grey_levels import MOST_GREY, grey_share, warn_of_lost_grey
from crossbar_nsm.experiment.train import train

TRAIN = """\
network:
  encoding: {encoding}
  layers:
    - {{type: dense, name: fc1, inputs: 40, outputs: 60}}
    - {{type: linear, name: out, inputs: 60, outputs: 2}}
dataset: {{name: grey.npz, validation_images: 100}}
training: {{epochs: 12, batch_size: 50, learning_rate: 1e-2, noise_place: synapse, seed: 0}}
output: {encoding}
"""

EVALUATE = """\
checkpoint: {checkpoint}
dataset: {{name: grey.npz}}
device: rram_illustrative
neuron: {{scaling: paired}}
evaluation: {{samples: 20, chips: 1}}
"""
DRIVERS = "sweep: {array.dac.bits: [null, 4, 1]}"  # of no effect where inputs are +-1


@pytest.fixture
def grey(tmp_path, monkeypatch):
    """Two classes told by how far the pixels of each half are from 1/2; on which side they are is random."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 800)
    half = np.arange(40) < 20
    far = np.where(half == (y == 1)[:, None], 0.35, 0.1)
    x = (0.5 + far * np.where(rng.random((800, 40)) < 0.9, 1, -1)).astype(np.float32)
    np.savez("grey.npz", x_train=x[:600], y_train=y[:600], x_test=x[600:], y_test=y[600:])
    return tmp_path


def said(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
    return result, [str(entry.message) for entry in caught if "pixels are grey" in str(entry.message)]


def test_the_share_is_that_of_pixels_between_nearly_black_and_nearly_white():
    assert grey_share(np.array([[0, 0.05, 0.1, 0.11, 0.5, 0.89, 0.9, 1]])) == 3 / 8


def test_digits_are_silent_and_uniform_greys_are_not():
    digits = read_dataset("mnist5k", "test", None)
    assert 0.05 < grey_share(digits.images) < MOST_GREY
    net = dense_network(784, 8, 10)
    assert said(lambda: warn_of_lost_grey("mnist5k", digits, net.architecture))[1] == []
    noise = Dataset(np.random.default_rng(0).random((50, 784), np.float32), np.zeros(50, np.int64))
    (line,) = said(lambda: warn_of_lost_grey("x.npz", noise, net.architecture))[1]
    assert line.startswith("data set x.npz: 80 % of the pixels are grey (from 0.1 to 0.9), and of each network.")
    real = net.architecture.model_copy(update={"encoding": "real"})
    assert said(lambda: warn_of_lost_grey("x.npz", noise, real))[1] == []


def test_real_inputs_of_a_dense_layer_from_training_to_a_chip(grey):
    """What tells the classes is grey: a network that sees bits is near chance, one that sees grey levels is not, nor is
    its chip, with drivers of 4 bits; drivers of 1 bit make a network of bits of it."""
    errors = {}
    for encoding, lines in (("sign", 1), ("real", 0)):
        (grey / "train.yaml").write_text(TRAIN.format(encoding=encoding))
        result, told = said(lambda: train(load_train_config("train.yaml")))
        assert len(told) == lines
        settings = EVALUATE.format(checkpoint=result.checkpoint) + (DRIVERS if encoding == "real" else "")
        (grey / "evaluate.yaml").write_text(settings)
        comparison, told = said(lambda: compare(load_config("evaluate.yaml")))
        assert len(told) == lines
        errors[encoding] = [row.error for row in comparison.rows if row.name != "ideal_neuron"]
    ideal, any_voltage, four_bits, one_bit = errors["real"]
    assert max(ideal, any_voltage, four_bits) < 0.1
    assert one_bit > 0.3
    assert min(errors["sign"]) > 0.3

"""Early stopping on real digits: the promised agreement with the full run, and most passes saved."""

import numpy as np
import pytest
from support.networks import dense_network, images

from crossbar_nsm.datasets.catalogue import load_dataset
from crossbar_nsm.datasets.turned import turned
from crossbar_nsm.experiment.compare import compare, run
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.report.demo import demo_config


@pytest.fixture(scope="module")
def net():
    return load_checkpoint("mnist_mlp")


@pytest.fixture(scope="module")
def digits():
    """300 digits, half of them turned by 60 degrees (62 % error)."""
    images = load_dataset("mnist5k")[0][:300]
    return np.concatenate([images[:150], turned(images[150:], 60)])


@pytest.mark.parametrize("hardware", [False, True])
def test_decisions_on_digits_are_those_of_100_passes(net, digits, hardware):
    """At least 99 %, the promise, agree; many more samples are spent on what is hard to tell."""
    network = map_network(net, demo_config("sweep={}", "neuron.scaling=paired")) if hardware else net
    full = network.predict(digits, 100).argmax(dim=1).numpy()
    if hardware:
        network.reset()
    found = network.predict_until_sure(digits, 100, confidence=0.99)
    assert (found.probability.argmax(axis=1) == full).mean() >= 0.99
    assert found.samples[:150].mean() < 25
    assert 30 < found.samples[150:].mean() < 50


@pytest.fixture
def study(tmp_path):
    """A small network with clear logits."""
    net = dense_network(30, 20, 4)
    net.output_layer.weight.data *= 5
    save_checkpoint(net, tmp_path / "net.safetensors")
    np.savez(tmp_path / "data.npz", x=images(40, 30), y=np.arange(40) % 4)
    path = tmp_path / "c.yaml"
    path.write_text(
        f"checkpoint: {tmp_path}/net.safetensors\ndataset: {{name: {tmp_path}/data.npz}}\ndevice: rram_illustrative\n"
        "evaluation: {chips: 2, early_stopping: {confidence: 0.95, block: 5}}\n"
    )
    return path


def test_from_a_configuration(study):
    rows = compare(study).rows
    assert [row.samples for row in rows] == [100, 100, 100]
    assert all(10 <= row.samples_used < 90 for row in rows)
    assert run(study).rows[0].samples_used == rows[2].samples_used
    assert [row.samples_used for row in compare(study, "evaluation.early_stopping=null").rows] == [100, 100, 100]
    *_, whole, stopped = compare(study, "sweep={evaluation.early_stopping: [null, {block: 20}]}").rows
    assert whole.samples_used == 100
    assert 40 <= stopped.samples_used < 100
    assert load_config(study, "evaluation.early_stopping.block=20").evaluation.early_stopping.block == 20

"""The study of uncertainty: rows are those of compare, angles and other images reach every network, bad input."""

import json

import numpy as np
import pytest
from support.networks import dense_network

from crossbar_nsm.datasets.catalogue import load_dataset
from crossbar_nsm.datasets.fitted import fitted
from crossbar_nsm.datasets.turned import turned
from crossbar_nsm.experiment.compare import compare
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.experiment.uncertainty import uncertainty
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from device_models.errors import ConfigError, DatasetError


@pytest.fixture
def study(tmp_path):
    """A small network of images of 6 x 6, and others of 3 x 8 x 8."""
    save_checkpoint(dense_network(36, 20, 4), tmp_path / "net.safetensors")
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "data.npz", x=rng.random((30, 6, 6), dtype=np.float32), y=np.arange(30) % 4)
    np.savez(tmp_path / "other.npz", x=rng.random((20, 3, 8, 8), dtype=np.float32), y=np.zeros(20, int))
    path = tmp_path / "c.yaml"
    path.write_text(
        f"checkpoint: {tmp_path}/net.safetensors\ndataset: {{name: {tmp_path}/data.npz}}\ndevice: rram_illustrative\n"
        "evaluation: {samples: 12, chips: 2}\n"
    )
    return path


def test_rows_are_those_of_compare_and_images_those_that_were_asked_for(study):
    other = str(study.parent / "other.npz")
    result = uncertainty(study, angles_deg=[0, 90], other=other)
    rows = {row.name: row for row in compare(study).rows}
    for network in result.networks:
        ours, theirs = vars(network.row), vars(rows[network.row.name])
        assert ours | {"seconds": 0} == theirs | {"seconds": 0}
        assert network.reliability.count.sum() == 30 * network.row.chips
        assert network.turned[0].error == pytest.approx(network.row.error)
        assert network.turned[0].entropy == pytest.approx(network.row.entropy)
        assert network.turned[0].mutual_information == pytest.approx(network.row.mutual_information)
        assert 0 < network.row.mutual_information < network.row.entropy
    config, (x, _) = load_config(study), load_dataset(str(study.parent / "data.npz"))
    net = load_checkpoint(config.checkpoint)
    chips = [map_network(net, config, chip=number) for number in range(2)]
    turned_entropy = [chip.predict_uncertainty(turned(x, 90), 12).entropy.mean() for chip in chips]
    hardware = result.networks[1]
    assert hardware.turned[1].entropy == pytest.approx(np.mean(turned_entropy))
    for chip in chips:
        chip.reset()
    foreign = fitted(load_dataset(other)[0], (6, 6))
    assert np.array_equal(
        hardware.other_entropy, np.stack([chip.predict_uncertainty(foreign, 12).entropy for chip in chips])
    )
    assert set(hardware.auroc) == {"entropy", "mutual_information"}
    json.dumps(result.networks[0].turned[0].__dict__, allow_nan=False)


def test_early_stopping_reaches_both(study):
    result = uncertainty(study, "evaluation={samples: 60, early_stopping: {confidence: 0.9, block: 5}}", angles_deg=[0])
    for network in result.networks:
        assert 10 <= network.row.samples_used < 60
        assert network.auroc == {}


def test_flat_images_can_be_evaluated_but_not_turned(study):
    np.savez(study.parent / "data.npz", x=np.random.default_rng(0).random((30, 36)), y=np.arange(30) % 4)
    with pytest.raises(DatasetError, match=r"images of shape \(36,\) cannot be turned; store them as height x width"):
        uncertainty(study)
    with pytest.raises(DatasetError, match=r"images of shape \(36,\) cannot be fitted"):
        uncertainty(study, angles_deg=[0], other=str(study.parent / "other.npz"))
    assert len(uncertainty(study, angles_deg=[0]).networks) == 2


def test_one_setting_and_another_data_set(study):
    with pytest.raises(ConfigError, match="uncertainty evaluates one setting"):
        uncertainty(study, "sweep={neuron.scaling: [none, paired]}")
    with pytest.raises(ConfigError, match="is the data set itself"):
        uncertainty(study, other=str(study.parent / "data.npz"))
    with pytest.raises(DatasetError, match="unknown data set 'fashion'"):
        uncertainty(study, other="fashion")

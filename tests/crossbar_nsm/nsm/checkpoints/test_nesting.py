"""Where a network lies in what torch.save wrote."""

import re

import pytest
import torch
from safetensors.torch import save_file
from support.networks import BERNOULLI, dense_network
from support.state_dicts import SIZES, Own, load, same

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from device_models.errors import CheckpointError


@pytest.fixture
def net():
    return dense_network(*SIZES, noise=BERNOULLI)


def test_empty_files_and_single_layers_say_so_in_words(tmp_path, net):
    fc1 = {name: value for name, value in Own(net).state_dict().items() if name.startswith("fc1")}
    for content, message in (
        ({}, "expected a plain state_dict, a mapping from names to tensors, and it is empty"),
        ({"state_dict": {}, "epoch": 3}, "it holds 'state_dict', 'epoch', of which 'state_dict' is empty"),
        (torch.zeros(3), "expected a plain state_dict, a mapping from names to tensors; it is a Tensor"),
        (fc1, "holds one layer, 'fc1'; expected hidden layers and then one linear output layer"),
    ):
        torch.save(content, tmp_path / "net.pt")
        with pytest.raises(CheckpointError, match=re.escape(message)):
            load_checkpoint(tmp_path / "net.pt")
    save_file({}, tmp_path / "net.safetensors")
    with pytest.raises(CheckpointError, match="holds no tensors of layers; save the state_dict of a network"):
        load_checkpoint(tmp_path / "net.safetensors")


def test_a_mapping_for_each_layer_is_one_network(tmp_path, net):
    layers = {name: dict(layer.state_dict()) for name, layer in net.layers.items()}
    for content in (layers, {"params": layers, "epoch": 3}):
        torch.save(content, tmp_path / "net.pt")
        found, line = load(tmp_path / "net.pt")
        assert same(found, net)
    assert line == "read 'params'; left out 'epoch'"
    torch.save(layers | {"optimizer": {"lr": 0.1}}, tmp_path / "net.pt")
    assert load(tmp_path / "net.pt")[1] == "left out 'optimizer'"

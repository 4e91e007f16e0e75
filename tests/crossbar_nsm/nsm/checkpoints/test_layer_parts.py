"""Shapes of the tensors of a layer."""

import pytest
import torch
from support.networks import BERNOULLI, dense_network
from support.state_dicts import SIZES, Own, load, same

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.checkpoints.published import import_published
from crossbar_nsm.nsm.noise import BernoulliNoise
from device_models.errors import CheckpointError


@pytest.fixture
def net():
    return dense_network(*SIZES, noise=BERNOULLI)


def test_axes_of_length_1_are_taken_off_and_one_number_is_of_all_units(tmp_path, net):
    own = Own(net).state_dict()
    row, column = own["fc1.c"][None], own["fc1.beta"][:, None]
    shaped = own | {"fc1.beta": column, "fc1.c": row, "out.bias": own["out.bias"][None]}
    torch.save(shaped, tmp_path / "net.pt")
    found, line = load(tmp_path / "net.pt")
    assert line == ""
    assert same(found, net)
    for one in (torch.tensor(1.5), torch.tensor([1.5])):
        torch.save(own | {"fc1.beta": one}, tmp_path / "net.pt")
        found, line = load(tmp_path / "net.pt")
        assert line == "fc1.beta is one number for all units"
        assert found.layers["fc1"].beta.tolist() == [1.5] * 8
    torch.save(own | {"fc1.beta": torch.ones(4, 2)}, tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match=r"fc1.beta has shape \(4, 2\), the architecture needs \(8,\)"):
        load_checkpoint(tmp_path / "net.pt")


def test_transposed_weights_are_told_by_their_betas(tmp_path, net):
    own = Own(net).state_dict()
    state = {name: value.T.contiguous() if name.endswith("weight") else value for name, value in own.items()}
    torch.save(state, tmp_path / "net.pt")
    message = r"fc1.weight has shape \(20, 8\), but fc1.\w+ 8 entries; .*: save fc1.weight.T, of every"
    for read in (load_checkpoint, lambda path: import_published(path, BernoulliNoise())):
        with pytest.raises(CheckpointError, match=message):
            read(tmp_path / "net.pt")

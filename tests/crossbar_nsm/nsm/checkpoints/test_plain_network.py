"""Layers of a plain state_dict: which of them have a beta."""

import re

import pytest
import torch
from support.networks import BERNOULLI, dense_network
from support.state_dicts import SIZES, Own

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from device_models.errors import CheckpointError


@pytest.fixture
def net():
    return dense_network(*SIZES, noise=BERNOULLI)


def test_a_beta_that_is_missing_or_too_much_is_told_as_that(tmp_path, net):
    own = Own(net).state_dict()
    without = {name: value for name, value in own.items() if name != "fc2.beta"}
    for state, message in (
        (without, "layer 'fc2' has fc2.c but no fc2.beta"),
        ({name: value for name, value in without.items() if name != "fc2.c"}, "layer 'fc2' has no fc2.beta; only the"),
        (own | {"out.beta": torch.ones(3)}, "the last layer, 'out', has a beta; it must be linear"),
    ):
        torch.save(state, tmp_path / "net.pt")
        with pytest.raises(CheckpointError, match=re.escape(message)):
            load_checkpoint(tmp_path / "net.pt")

"""Weights that torch computes from other tensors."""

import re

import pytest
import torch
from support.networks import BERNOULLI, dense_network
from support.state_dicts import SIZES, Around, Own, load
from torch.nn.utils import prune

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from device_models.errors import CheckpointError


@pytest.fixture
def net():
    return dense_network(*SIZES, noise=BERNOULLI)


@pytest.mark.parametrize(
    ("change", "undo", "message"),
    [
        (
            lambda layer: torch.nn.utils.parametrizations.weight_norm(layer),
            lambda layer: torch.nn.utils.parametrize.remove_parametrizations(layer, "weight"),
            "a parametrization computes it from; call torch.nn.utils.parametrize.remove_parametrizations(layer, ",
        ),
        (
            lambda layer: prune.random_unstructured(layer, "weight", 0.1),
            lambda layer: prune.remove(layer, "weight"),
            "pruning computes it from; call torch.nn.utils.prune.remove(layer, 'weight') of each such layer",
        ),
        (
            lambda layer: torch.nn.utils.spectral_norm(layer),
            lambda layer: torch.nn.utils.remove_spectral_norm(layer),
            "spectral_norm computes it from; call torch.nn.utils.remove_spectral_norm(layer, 'weight')",
        ),
        (
            lambda layer: torch.nn.utils.weight_norm(layer),
            lambda layer: torch.nn.utils.remove_weight_norm(layer),
            "weight_norm computes it from; call torch.nn.utils.remove_weight_norm(layer, 'weight')",
        ),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_weights_that_torch_computes_say_what_to_call(tmp_path, net, change, undo, message):
    own = Own(net)
    change(own.fc1)
    for content in (own.state_dict(), {"net": own.state_dict()}, Around("model", own).state_dict()):
        torch.save(content, tmp_path / "net.pt")
        with pytest.raises(CheckpointError, match=re.escape(f"fc1.weight' is not stored itself, but what {message}")):
            load_checkpoint(tmp_path / "net.pt")
    undo(own.fc1)
    torch.save(own.state_dict(), tmp_path / "net.pt")
    assert torch.equal(load(tmp_path / "net.pt")[0].layers["fc1"].weight, own.fc1.weight)

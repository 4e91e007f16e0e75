"""Networks beside others, and beside what a training module holds besides."""

import re

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


def test_two_networks_side_by_side_are_told_apart(tmp_path, net):
    """As a student and its teacher in one module, ema_pytorch's copies, or an average beside the layers themselves."""
    own = Own(net).state_dict()
    more = {"initted": torch.tensor(True), "step": torch.tensor(3)}

    def under(name):
        return {f"{name}.{key}": value for key, value in own.items()}

    cases = {
        "2 networks, under 'model.' and under 'ema_model.'; ": under("model") | under("ema_model"),
        "2 networks, under 'a.student.' and under 'a.teacher.'; ": under("a.student") | under("a.teacher"),
        "2 networks, under 'online_model.' and under 'ema_model.'; ": more | under("online_model") | under("ema_model"),
        "2 networks, without a prefix and under 'ema.module.'; ": own | under("ema.module"),
        "3 networks, under 'x.' and under 'y.' and under 'z.'; ": under("x") | under("y") | under("z"),
    }
    for message, state in cases.items():
        for content in (state, {"state_dict": state, "epoch": 3}):
            torch.save(content, tmp_path / "net.pt")
            for read in (load_checkpoint, lambda path: import_published(path, BernoulliNoise())):
                with pytest.raises(CheckpointError, match=re.escape(message)) as caught:
                    read(tmp_path / "net.pt")
    advice = str(caught.value).rpartition("for example ")[2]
    torch.save(eval(advice, {"state": state}), tmp_path / "net.pt")
    assert same(load(tmp_path / "net.pt")[0], net)


def test_the_advice_for_nested_networks_is_of_the_one_beside_a_plain_one(tmp_path, net):
    own = Own(net).state_dict()
    torch.save(own | {f"ema.{key}": value for key, value in own.items()}, tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match=re.escape("{k.removeprefix('ema.'): v for k, v in ")):
        load_checkpoint(tmp_path / "net.pt")


BESIDE = {
    "averaged": {"initted": torch.tensor(True), "step": torch.tensor(3)},
    "normalised": {"mean": torch.ones(1, 3, 1, 1), "std": torch.ones(3)},
    "metrics": {"acc.tp": torch.zeros(3), "acc.fp": torch.zeros(3), "noise.sigma": torch.tensor(0.1)},
}


@pytest.mark.parametrize("prefix", ["", "model."])
@pytest.mark.parametrize("kind", BESIDE)
def test_what_is_no_layer_is_left_out_and_named(tmp_path, net, kind, prefix):
    own = {f"{prefix}{name}": value for name, value in Own(net).state_dict().items()}
    torch.save(own | BESIDE[kind], tmp_path / "net.pt")
    found, line = load(tmp_path / "net.pt")
    names = ", ".join(map(repr, BESIDE[kind]))
    assert line.startswith(f"left out as no part of a layer: {names} (scaling of images, say, is not done)")
    assert line.endswith("names without `model.`" if prefix else "is not done)")
    assert same(found, net)


def test_betas_under_names_of_their_own_are_not_left_out(tmp_path, net):
    own = {name: value for name, value in Own(net).state_dict().items() if not name.endswith(".beta")}
    torch.save(own | {"beta_1": torch.ones(8), "beta_2": torch.ones(6)}, tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match="tensor 'beta_1' belongs to no layer"):
        load_checkpoint(tmp_path / "net.pt")


def test_such_weights_in_a_flat_network_are_named_and_not_its_last_layer(tmp_path, net):
    torch.save(Own(net).state_dict() | {"criterion.weight": torch.ones(3)}, tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match=r"'criterion' has no two-dim.* without \(a loss, say\): criterion.wei"):
        load_checkpoint(tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match=r"criterion.weight has shape \(3,\), .*; delete what the network does"):
        import_published(tmp_path / "net.pt", BernoulliNoise())


def test_the_weights_of_classes_in_a_loss_are_left_out_beside_the_network_alone(tmp_path, net):
    own = {f"model.{name}": value for name, value in Own(net).state_dict().items()}
    torch.save(own | {"criterion.weight": torch.ones(3), "loss.ce.weight": torch.ones(3)}, tmp_path / "net.pt")
    found, line = load(tmp_path / "net.pt")
    assert "left out as no part of a layer: 'criterion.weight', 'loss.ce.weight' (" in line
    assert same(found, net)


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("norm", {"norm.weight": torch.ones(20)}),  # RMSNorm of the inputs
        ("norm", {"norm.weight": torch.ones(3), "norm.bias": torch.ones(3)}),
        ("norm", {"norm.running_mean": torch.ones(20), "norm.running_var": torch.ones(20)}),
        ("model_norm", {"model.norm.weight": torch.ones(3)}),
        ("head", {"head.weight": torch.ones(3, 3), "head.bias": torch.ones(3)}),
        ("act", {"act.weight": torch.ones(1)}),  # PReLU
    ],
)
def test_nothing_that_a_network_may_need_is_left_out(tmp_path, net, name, added):
    own = {f"model.{part}": value for part, value in Own(net).state_dict().items()}
    torch.save(own | added, tmp_path / "net.pt")
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "net.pt")

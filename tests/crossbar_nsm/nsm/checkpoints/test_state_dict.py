"""NSMs as people save them: written by torch itself, loaded to the same predictions."""

import argparse
import re
import warnings

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from support.networks import BERNOULLI, dense_network
from support.state_dicts import SIZES, Around, Own, Unit, load, said, same
from torch import nn
from torch.optim.swa_utils import AveragedModel

from crossbar_nsm.nsm.checkpoints.architecture import checkpoint_architecture
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.checkpoints.published import import_published
from crossbar_nsm.nsm.noise import BernoulliNoise
from device_models.errors import CheckpointError


class Compiled(nn.Module):
    """What torch.compile returns, as far as its state_dict goes (torch._dynamo.eval_frame.OptimizedModule)."""

    def __init__(self, module):
        super().__init__()
        self._modules["_orig_mod"] = module


def sequential(net):
    return nn.Sequential(Unit(net.layers["fc1"]), nn.Tanh(), Unit(net.layers["fc2"]), nn.Tanh(), Own(net).out)


def one_compiled_layer(net):
    own = Own(net)
    own.fc2 = Compiled(own.fc2)
    return own


def two_parts(net):
    whole, own = nn.Module(), Own(net)
    whole.features, whole.head = nn.Sequential(own.fc1, own.fc2), Around("out", own.out)
    return whole


@pytest.fixture
def net():
    return dense_network(*SIZES, noise=BERNOULLI)


WRAPPED = {
    "plain": (Own, ""),
    "compiled": (lambda net: Compiled(Own(net)), "names without `_orig_mod.`"),
    "one layer compiled": (one_compiled_layer, "names without `_orig_mod.`"),
    "parallel": (lambda net: nn.DataParallel(Own(net)), "names without `module.`"),
    "averaged": (lambda net: AveragedModel(Own(net)), "left out 'n_averaged'; names without `module.`"),
    "in another": (lambda net: Around("net", Own(net)), "names without `net.`"),
    "in a layer's name": (lambda net: Around("fc1", Around("network", Own(net))), "names without `fc1.network.`"),
    "all of it": (
        lambda net: Around("model", AveragedModel(nn.DataParallel(Compiled(Own(net))))),
        "left out 'model.n_averaged'; names without `_orig_mod.` and `module.` and `model.`",
    ),
    "by numbers": (sequential, "layers renamed: 0 is layer0, 2 is layer2, 4 is layer4"),
    "numbers in another": (
        lambda net: Around("model", Around("layers", sequential(net))),
        "names without `model.layers.`; layers renamed: 0 is layer0, 2 is layer2, 4 is layer4",
    ),
    "two parts": (
        lambda net: two_parts(net),
        "layers renamed: features.0 is features_0, features.1 is features_1, head.out is head_out",
    ),
}


@pytest.mark.parametrize("kind", WRAPPED)
def test_wrapped_networks_predict_as_the_plain_one(tmp_path, net, kind):
    wrap, expected = WRAPPED[kind]
    torch.save(wrap(net).state_dict(), tmp_path / "net.pt")
    found, line = load(tmp_path / "net.pt")
    assert line == expected
    assert same(found, net)
    assert not same(found, dense_network(*SIZES, seed=1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert checkpoint_architecture(tmp_path / "net.pt") == found.architecture


def test_a_really_compiled_network_has_the_prefix(net):
    """That `Compiled` stands for what torch.compile does; nothing is compiled before the first call."""
    assert torch.compile(Own(net)).state_dict().keys() == Compiled(Own(net)).state_dict().keys()


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model", "net", "network", "ema_state_dict"])
def test_a_network_in_a_larger_checkpoint(tmp_path, net, key):
    own = Own(net)
    optimizer = torch.optim.Adam(own.parameters())
    sum(parameter.square().sum() for parameter in own.parameters()).backward()
    optimizer.step()
    larger = {"epoch": 3, key: Own(net).state_dict(), "optimizer_state_dict": optimizer.state_dict(), "best": [0.1]}
    torch.save(larger, tmp_path / "net.pt")
    found, line = load(tmp_path / "net.pt")
    assert line == f"read '{key}'; left out 'epoch', 'optimizer_state_dict', 'best'"
    assert same(found, net)


def test_a_lightning_checkpoint(tmp_path, net):
    state = Around("model", Own(net)).state_dict()
    whole = {
        "epoch": 9, "global_step": 900, "pytorch-lightning_version": "2.5.0", "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {"ModelCheckpoint{'monitor': 'loss'}": {"best": 0.1}},
        "optimizer_states": [torch.optim.SGD(Own(net).parameters(), 0.1).state_dict()], "lr_schedulers": [],
        "hparams_name": "kwargs", "hyper_parameters": {"lr": 0.1, "widths": (8, 6)},
    }  # fmt: skip
    torch.save(whole, tmp_path / "epoch=9.ckpt")
    found, line = load(tmp_path / "epoch=9.ckpt")
    assert line.startswith("read 'state_dict'; left out 'epoch', 'global_step', 'pytorch-lightning_version', 'loops', ")
    assert line.endswith("and 3 more; names without `model.`")
    assert same(found, net)
    whole["hyper_parameters"] = argparse.Namespace(lr=0.1)
    torch.save(whole, tmp_path / "epoch=9.ckpt")
    with pytest.raises(CheckpointError, match=r"refused: it would make a argparse.Namespace; save the"):
        load_checkpoint(tmp_path / "epoch=9.ckpt")


def test_nested_twice_and_beside_things_that_are_no_tensors(tmp_path, net):
    state = Own(net).state_dict() | {"_extra_state": {"version": 2}}
    torch.save({"checkpoint": {"model": state, "step": 2}, "args": {"lr": 0.1}}, tmp_path / "net.pt")
    found, line = load(tmp_path / "net.pt")
    assert line == "read 'checkpoint' > 'model'; left out '_extra_state', 'args', 'step'"
    assert same(found, net)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"a": "b"}])
def test_safetensors_of_others(tmp_path, net, metadata):
    """Whose header does not keep the order of the layers."""
    path = tmp_path / "model.safetensors"
    save_file(AveragedModel(Own(net)).state_dict(), path, metadata)
    found, line = load(path)
    assert line == "left out 'n_averaged'; names without `module.`"
    assert same(found, net)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert checkpoint_architecture(path) == found.architecture


def test_safetensors_of_many_numbered_layers(tmp_path):
    """0, 10, 12, 2 is how the header sorts them."""
    net = dense_network(20, *[6] * 6, 3)
    state, layers = {}, list(net.layers.items())
    for index, (_, layer) in enumerate(layers):
        state |= {f"{2 * index}.{part}": value for part, value in layer.state_dict().items()}
    save_file(state, tmp_path / "model.safetensors")
    found, _ = load(tmp_path / "model.safetensors")
    assert [spec.name for spec in found.architecture.layers] == [f"layer{2 * index}" for index in range(7)]
    assert same(found, net)
    torch.save(dict(sorted(state.items())), tmp_path / "sorted.pt")
    assert same(load(tmp_path / "sorted.pt")[0], net)


def named(net, *names):
    return {
        f"{name}.{part}": value
        for name, layer in zip(names, net.layers.values(), strict=True)
        for part, value in layer.state_dict().items()
    }


def test_the_order_is_what_fits_or_else_is_asked_for(tmp_path, net):
    path = tmp_path / "model.safetensors"
    save_file(named(net, "last", "first", "classify"), path)
    found, _ = load(path)
    assert [spec.name for spec in found.architecture.layers] == ["last", "first", "classify"]
    assert same(found, net)
    square = dense_network(8, 8, 8, 3)
    save_file(named(square, "last", "first", "classify"), path)
    with pytest.raises(CheckpointError, match="the order of the layers classify, first, last is not in the file"):
        load_checkpoint(path)
    torch.save(named(square, "fc2", "fc1", "out"), tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match="is fc2, fc1, out in the file and by number fc1, fc2, out, and both fit"):
        load_checkpoint(tmp_path / "net.pt")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_read_as_float32(tmp_path, net, dtype):
    state = {name: value.to(dtype) for name, value in Own(net).state_dict().items()}
    torch.save(state, tmp_path / "net.pt")
    found, line = load(tmp_path / "net.pt")
    assert line == ""  # nothing is lost: each value is one of float32
    assert found.layers["fc1"].weight.dtype == torch.float32
    assert torch.equal(found.layers["fc1"].weight.to(dtype), state["fc1.weight"])


def test_what_is_rounded_is_said_and_what_overflows_is_refused(tmp_path, net):
    state = {name: value.double() for name, value in Own(net).state_dict().items()}
    state["fc1.beta"][0] = 1 / 3
    torch.save(state, tmp_path / "net.pt")
    found, line = load(tmp_path / "net.pt")
    assert line == "rounded from float64 to float32: fc1.beta"
    assert found.layers["fc1"].beta[0] == np.float32(1 / 3)
    state["fc1.beta"][0] = 1e300
    torch.save(state, tmp_path / "net.pt")
    with pytest.raises(CheckpointError, match=r"fc1.beta holds values up to 1e\+300, more than 1e\+15"):
        load_checkpoint(tmp_path / "net.pt")


def test_offsets_that_are_not_there_are_zero(tmp_path, net):
    state = {name: value for name, value in Own(net).state_dict().items() if name not in ("fc1.c", "out.bias")}
    torch.save(state, tmp_path / "net.pt")
    found, line = load(tmp_path / "net.pt")
    assert line == "fc1 has no c, so it is 0; out has no bias, so it is 0"
    assert not found.layers["fc1"].c.any()
    assert not found.output_layer.bias.any()


def test_one_warning_says_all_that_the_file_does_not(tmp_path, net):
    torch.save(Own(net).state_dict(), tmp_path / "net.pt")
    with said() as lines:
        found = load_checkpoint(tmp_path / "net.pt")
    (line,) = lines
    noise, seen, trained_on = line.removeprefix(f"{tmp_path}/net.pt: ").split("; ")
    assert noise.startswith("it does not say its noise: bernoulli")
    assert "first layer sees of a pixel x: +1 where x >= 1/2, else -1 is taken" in seen
    assert "crossbar-nsm import --encoding real: 2x - 1" in seen
    assert "mnist" not in trained_on  # which evaluated images may have nothing to do with
    assert max(map(len, (noise, seen, trained_on))) < 300
    pixels = torch.tensor([[0.49, 0.5, 0.51, 1.0] * 5])
    assert found.encode(pixels).tolist() == [[-1.0, 1.0, 1.0, 1.0] * 5]  # which is so


def with_bias(net):
    """c of the hidden layers under the name bias, and beta under its own."""
    return {re.sub(r"\.c$", ".bias", name): value for name, value in Own(net).state_dict().items()}


def test_a_bias_in_place_of_c_is_asked_about(tmp_path, net):
    torch.save(with_bias(net), tmp_path / "net.pt")
    for read in (load_checkpoint, lambda path: import_published(path, BernoulliNoise())):
        with pytest.raises(CheckpointError) as caught:
            read(tmp_path / "net.pt")
        text = str(caught.value)
        assert "layer 'fc1' has a `bias`: in P = 1/2 (1 + erf(beta w.z/|w| + c)) it may be c itself (`c`)" in text
        assert "be added to w.z (`paper`: c = bias/(|w| sqrt(2 v))" in text
        assert "(`code`: c = bias/sqrt(2 p (1-p)), in convolutions over |w| too)" in text
        assert text.endswith(
            "by --bias-convention of crossbar-nsm import (--out, --noise), or bias_convention= of import_published"
        )
        assert len(text) < 480


def test_each_convention_is_its_formula(tmp_path, net):
    """P from the raw tensors, under the names beta and bias."""
    state = with_bias(net)
    torch.save(state, tmp_path / "net.pt")
    bias, norm = state["fc1.bias"].double(), state["fc1.weight"].double().norm(dim=1)
    v = 0.3 * 0.7
    for convention, c in (("c", bias), ("paper", bias / (norm * (2 * v) ** 0.5)), ("code", bias / (2 * v) ** 0.5)):
        found = import_published(tmp_path / "net.pt", BernoulliNoise(keep_probability=0.3), convention)
        torch.testing.assert_close(found.layers["fc1"].c, c.float())
    found = import_published(tmp_path / "net.pt", BernoulliNoise(), "c")
    assert same(found, net)
    assert found.facts == {"imported_from": "net.pt", "bias_convention": "c"}


def test_a_file_that_says_c_needs_no_convention(tmp_path, net):
    torch.save(Own(net).state_dict(), tmp_path / "net.pt")
    found = import_published(tmp_path / "net.pt", BernoulliNoise())
    assert same(found, net)
    assert found.facts == {"imported_from": "net.pt"}


def test_both_c_and_a_bias_are_refused(tmp_path, net):
    torch.save(with_bias(net) | Own(net).state_dict(), tmp_path / "net.pt")
    for read in (load_checkpoint, lambda path: import_published(path, BernoulliNoise(), "c")):
        with pytest.raises(CheckpointError, match="has both c and bias"):
            read(tmp_path / "net.pt")


ORDINARY = {
    "2 linear layers": lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)),
    "1 convolution, batch normalisation and 1 linear layer": lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 2)
    ),
    "2 linear layers, recurrence and attention": lambda: nn.ModuleList(
        [nn.Linear(2, 2), nn.GRU(2, 2), nn.MultiheadAttention(2, 1)]
    ),
    "1 linear layer": lambda: nn.Linear(3, 2),
}


@pytest.mark.parametrize("looks", ORDINARY)
def test_an_ordinary_network_is_told_in_one_sentence(tmp_path, looks):
    torch.save(nn.DataParallel(ORDINARY[looks]()).state_dict(), tmp_path / "net.pt")
    for read in (load_checkpoint, lambda path: import_published(path, BernoulliNoise(), "c")):
        with pytest.raises(CheckpointError) as caught:
            read(tmp_path / "net.pt")
        assert str(caught.value).startswith(
            f"{tmp_path}/net.pt: has no beta, so it is not an NSM: it looks like an ordinary network of {looks}; train "
            "one of such layers with crossbar-nsm train"
        )


def test_what_is_not_clear_is_refused_in_words(tmp_path, net):
    own = Own(net).state_dict()
    cases = {
        "holds 2 networks: 'model' and 'ema'; save the one that is meant, for example torch.save": {
            "model": own, "ema": dict(own)
        },
        "two tensors are called fc1.weight (with and without a prefix)": own | {"module.fc1.weight": own["fc1.weight"]},
        "the layers 'a.b' and 'a_b' would both be called 'a_b'": {
            "a.b.weight": own["fc1.weight"], "a_b.weight": own["fc2.weight"], "a_b.beta": own["fc2.beta"]
        },
        "layer 'fc1' has tensors that are no NSM's: fc1.mask": own | {"fc1.mask": torch.ones(8)},
        "layer 'criterion' has no two-dimensional weight": own | {"criterion.weight": torch.ones(3)},
        "tensor 'weight' belongs to no layer": own | {"weight": torch.ones(3, 3)},
        "expected a plain state_dict, a mapping from names to tensors; it holds 'epoch'": {"epoch": 3},
        "expected a plain state_dict, a mapping from names to tensors; it is a list": list(own.values()),
    }  # fmt: skip
    for message, content in cases.items():
        torch.save(content, tmp_path / "net.pt")
        with pytest.raises(CheckpointError, match=re.escape(f"{tmp_path}/net.pt: {message}")) as caught:
            load_checkpoint(tmp_path / "net.pt")
        assert "\n" not in str(caught.value)


def test_a_checkpoint_of_this_program_needs_no_import(tmp_path, net):
    from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint

    path = save_checkpoint(net, tmp_path / "net.safetensors")
    with pytest.raises(CheckpointError, match="is a file of this program, and no state_dict; load it as it is"):
        import_published(path, BernoulliNoise())

"""Networks from elsewhere: state_dicts of any tensors, names and nesting, as .pt, .safetensors and .npz. What is
accepted computes finite probabilities, and its checkpoint is read back the same."""

import re
import tempfile
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st
from safetensors.torch import save_file
from support.hostile.fuzzing import fuzz, outcome
from support.hostile.tensors import formed, forms
from support.networks import dense_network, images
from support.published import published_state

from crossbar_nsm.nsm.checkpoints.checkpoint import checkpoint_tensors, load_checkpoint, save_checkpoint
from crossbar_nsm.nsm.checkpoints.published import import_published
from crossbar_nsm.nsm.noise import BernoulliNoise

NAMES = [
    "fc1.weight", "fc2.weight", "fc1.b", "x", "", "\n", "error: forged\nfc1.weight", "\x1b[2Jfc1.weight", "a" * 10_000,
    "module.fc1.weight", "layers.fc1.weight", "fc1.c", "fc1.bias", "fc1.beta", "0.weight", "n_averaged", "_orig_mod",
    "fc1.fc1.weight", ".weight", "fc1.", "\ud800.weight", 3,
    ("fc1", "weight"), "fc1.running_mean", "fc10.weight", "conv1.weight", "fc1.magnitude", "state_dict",
    "step", "acc.tp", "fc1.weight_g", "fc1.weight_orig", "fc1.weight_mask", "fc1.parametrizations.weight.original0",
]  # fmt: skip
NESTS = {
    "plain": lambda state: state,
    "state_dict": lambda state: {"state_dict": state},
    "twice": lambda state: {"state_dict": {"state_dict": state}},
    "with others": lambda state: {"state_dict": state, "epoch": 3, "x": torch.zeros(3)},
    "list": lambda state: list(state.values()),
    "module": lambda state: {f"module.{name}": value for name, value in state.items()},
    "both": lambda state: state | {f"module.{name}": value for name, value in state.items()},
    "reversed": lambda state: dict(reversed(state.items())),
    "wrapped": lambda state: {f"model._orig_mod.module.{name}": value for name, value in state.items()},
    "averaged": lambda state: {"n_averaged": torch.tensor(3)} | {f"module.{name}": v for name, v in state.items()},
    "numbers": lambda state: {_numbered(name): value for name, value in state.items()},
    "optimizer": lambda state: {"model": state, "optimizer": {"state": {0: {"step": torch.zeros(1)}}, "x": [1]}},
    "two": lambda state: {"model": state, "ema": dict(state)},
    "side by side": lambda state: {f"{top}.{name}": value for top in ("a", "b") for name, value in state.items()},
    "by layer": lambda state: _by_layer(state),
    "trained": lambda state: {f"model.{name}": v for name, v in state.items()} | {"loss.weight": torch.ones(3)},
    "itself": lambda state: _with_itself({"model": state}),
}


def _numbered(name: object) -> str:
    """fc1.weight as 1.weight."""
    return re.sub(r"^[a-z]+(\d)", r"\1", str(name))


def _by_layer(state: dict) -> dict:
    """A mapping for each layer."""
    layers: dict = {}
    for name, value in state.items():
        layer, _, part = str(name).rpartition(".")
        layers.setdefault(layer, {})[part] = value
    return layers


def _with_itself(checkpoint: dict) -> dict:
    checkpoint["self"] = checkpoint
    return checkpoint


change = st.fixed_dictionaries(
    {"place": st.integers(0, 99), "form": forms, "what": st.sampled_from(["form", "name", "drop", "copy", "share"]),
     "name": st.sampled_from(NAMES)}
)  # fmt: skip
changes = st.lists(change, max_size=2)


@cache
def _place() -> Path:
    return Path(tempfile.mkdtemp(prefix="imported"))


@cache
def _state(kind: str) -> dict:
    if kind == "dense":
        return published_state({"fc1": (6, 12), "fc2": (3, 6)}, {"fc1": (6,)})
    weights = {"conv1": (2, 1, 3, 3), "fc1": (4, 8), "fc2": (3, 4)}
    return published_state(weights, {"conv1": (2, 4, 4), "fc1": (4,)})


def _changed(state: dict, drawn: list[dict]) -> dict:
    state = dict(state)
    for one in drawn:
        if not state:
            break
        key = list(state)[one["place"] % len(state)]
        if one["what"] == "form" and isinstance(state[key], torch.Tensor):
            state[key] = formed(state[key], one["form"])
        elif one["what"] == "name":
            state[one["name"]] = state.pop(key)
        elif one["what"] == "drop":
            del state[key]
        elif one["what"] == "copy":
            state[one["name"]] = state[key]
        else:
            state[key] = state[list(state)[(one["place"] + 1) % len(state)]]
    return state


def _written(state: dict, nest: str, ending: str) -> Path:
    """The file; a form that its format cannot hold is written as .pt."""
    path = _place() / f"net.{ending}"
    try:
        if ending == "safetensors":
            save_file({name: value.contiguous() for name, value in state.items()}, path, {"a": "b"})
        elif ending == "npz":
            np.savez(path, **{name: np.asarray(value) for name, value in state.items()})
        else:
            torch.save(NESTS[nest](state), path)
    except Exception:  # of torch, numpy and safetensors
        torch.save(NESTS[nest](state), path)
    return path


def _use(net) -> None:
    x = images(2, net.architecture.inputs)
    probability = net.predict(x, 3)
    assert torch.isfinite(probability).all()
    again = load_checkpoint(save_checkpoint(net, _place() / "out.safetensors"))
    assert torch.equal(again.predict(x, 3), probability)


@fuzz(
    kind=st.sampled_from(["dense", "convolutions"]), drawn=changes, nest=st.sampled_from(sorted(NESTS)),
    ending=st.sampled_from(["pt", "safetensors", "npz"]), bias=st.sampled_from(["code", "paper"]),
    p=st.sampled_from([0.5, 1e-300, 1.0, 0.0, -1.0]),
)  # fmt: skip
def test_published_networks(kind, drawn, nest, ending, bias, p):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, about sparse and quantised tensors
        path = _written(_changed(_state(kind), drawn), nest, ending)
    outcome(lambda: _use(import_published(path, BernoulliNoise(keep_probability=0.5), bias, p)))


@fuzz(drawn=changes, nest=st.sampled_from(sorted(NESTS)), ending=st.sampled_from(["pt", "safetensors", "npz"]))
def test_state_dicts_of_checkpoints(drawn, nest, ending):
    net = dense_network(12, 6, 3)
    state = {name: value for name, value in checkpoint_tensors(net).items() if name != "calibration_images"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = _written(_changed(state, drawn), nest, ending)

    outcome(lambda: _use(load_checkpoint(path)))

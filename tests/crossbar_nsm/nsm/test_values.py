"""Networks that hold NaN, or lie where numpy does not read: refused wherever something is computed or kept of them."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from support.networks import BERNOULLI, dense_network, images

import crossbar_nsm as xb
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.values import problem_of
from device_models.errors import ConfigError

USES = {
    "predict": lambda net, path: net.predict(images(2, 20), 3),
    "sample": lambda net, path: net.sample(images(2, 20), 3, noise="neuron"),
    "until sure": lambda net, path: net.predict_until_sure(images(2, 20), 3),
    "layer_inputs": lambda net, path: net.layer_inputs(images(2, 20)),
    "substrates": lambda net, path: net.substrates(),
    "map_network": lambda net, path: xb.map_network(net, {"device": "ideal"}),
    "save_checkpoint": lambda net, path: xb.save_checkpoint(net, path / "net.safetensors"),
}


@pytest.fixture
def net():
    return dense_network(20, 8, 6, 3, noise=BERNOULLI)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", ["fc1.weight", "fc2.beta", "fc2.c", "out.weight", "out.bias"])
def test_one_nan_anywhere_is_named_by_whatever_uses_it(tmp_path, net, use, name):
    USES[use](net, tmp_path)
    kept = list(tmp_path.iterdir())
    for file in kept:
        file.unlink()
    net.state_dict()[f"layers.{name}"].view(-1)[1] = torch.nan
    with pytest.raises(ConfigError, match=re.escape(f"the network's {name} holds NaN or infinite values; nothing")):
        USES[use](net, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_network_of_another_method_too():
    layers = [{"name": "fc1", "inputs": 20, "outputs": 8}, {"type": "linear", "name": "out", "inputs": 8, "outputs": 3}]
    given = {"layers": [{"type": "dense"} | layers[0], layers[1]], "method": {"name": "relu"}}
    net = Network(Architecture.model_validate(given))
    net.reset_parameters(torch.Generator().manual_seed(0))
    assert torch.isfinite(net.predict(images(2, 20), 1)).all()
    net.layers["fc1"].weight.data[0, 0] = torch.inf
    with pytest.raises(ConfigError, match=r"fc1.weight holds NaN or infinite"):
        net.predict(images(2, 20), 1)


def test_nan_in_substrates_that_are_given(net):
    substrates = net.substrates()
    scaling = substrates["fc2"].scaling.copy()
    scaling[0] = np.nan
    with pytest.raises(ConfigError, match="substrates: the scaling of fc2 holds NaN"):
        net.predict(images(2, 20), 3, substrates=substrates | {"fc2": replace(substrates["fc2"], scaling=scaling)})


def test_what_no_checkpoint_may_hold_is_no_number_to_compute_with_either(tmp_path, net):
    net.layers["fc1"].weight.data[0, 0] = 2e15
    with pytest.raises(ConfigError, match=r"fc1.weight holds values up to 2e\+15, more than 1e\+15"):
        xb.save_checkpoint(net, tmp_path / "net.safetensors")


@pytest.mark.parametrize("use", USES)
def test_a_network_without_values_is_refused_in_a_line(tmp_path, net, use):
    with pytest.raises(ConfigError, match=r"holds no values \(it is on the meta device\)"):
        USES[use](net.to("meta"), tmp_path)


def test_numbers_that_numpy_does_not_have(net):
    with pytest.raises(ConfigError, match=r"holds torch.bfloat16, expected torch.float32: net.float\(\)"):
        net.bfloat16().predict(images(2, 20), 3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_each_bad_value_is_seen_wherever_it_is(dtype, value):
    for at in range(4):
        tensor = torch.tensor([-3.0, 0.0, 1.0, 2.0], dtype=dtype)
        assert problem_of(tensor) == ""
        tensor[at] = value
        assert problem_of(tensor) == "NaN or infinite values"

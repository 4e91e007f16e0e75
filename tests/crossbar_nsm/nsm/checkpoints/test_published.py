import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.special import erf
from support.networks import images, states
from support.published import changed, published_state, writer

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.nsm.checkpoints.published import import_published
from crossbar_nsm.nsm.noise import BernoulliNoise, GaussianNoise
from device_models.errors import CheckpointError, ConfigError

BERNOULLI = BernoulliNoise(keep_probability=0.3)
GAUSSIAN = GaussianNoise(sigma=0.7)


def dense_state(*sizes, bias=True):
    """fc1, fc2, ... of the given sizes and a plain last layer."""
    names = [f"fc{index}" for index in range(1, len(sizes))]
    weights = {name: (outputs, inputs) for name, (inputs, outputs) in zip(names, pairwise(sizes), strict=True)}
    return published_state(weights, {name: weights[name][:1] for name in names[:-1]}, bias)


@pytest.fixture
def write(tmp_path):
    return writer(tmp_path)


def imported_probability(net, name, z):
    """P(z = +1) that the imported layer gives, (batch, outputs)."""
    with torch.no_grad():
        return (1 + torch.erf(net.layers[name].argument(torch.from_numpy(z)))).numpy() / 2


def published_probability(state, name, z, bias_divisor):
    """P(z = +1) from the raw tensors; bias_divisor: of ||w||, (outputs)."""
    weight, beta, bias = (state[f"{name}.{part}"].double().numpy() for part in ("weight", "b", "bias"))
    norm = np.sqrt((weight**2).sum(axis=1))
    return (1 + erf(beta * (z @ weight.T) / norm + bias / bias_divisor(norm))) / 2


@pytest.mark.parametrize(
    ("noise", "convention", "p", "divisor"),
    [
        (BERNOULLI, "code", 0.5, lambda norm: math.sqrt(2 * 0.3 * 0.7)),
        (BERNOULLI, "paper", 0.5, lambda norm: norm * math.sqrt(2 * 0.3 * 0.7)),
        (GAUSSIAN, "code", 0.5, lambda norm: math.sqrt(2 * 0.5 * 0.5)),
        (GAUSSIAN, "code", 0.25, lambda norm: math.sqrt(2 * 0.25 * 0.75)),
        (GAUSSIAN, "paper", 0.25, lambda norm: norm * math.sqrt(2) * 0.7),
    ],
)
def test_imported_units_fire_as_published(write, noise, convention, p, divisor):
    state = dense_state(30, 12, 8, 4)
    net = import_published(write(state), noise, convention, p)
    assert net.architecture.noise == noise
    expected = {"imported_from": "net.pt", "bias_convention": convention}
    if convention == "code":
        expected["code_keep_probability"] = noise.mean if noise is BERNOULLI else p
    assert net.facts == expected
    for name, width in (("fc1", 30), ("fc2", 12)):
        z = states(20, width)
        expected = published_probability(state, name, z, divisor)
        np.testing.assert_allclose(imported_probability(net, name, z), expected, atol=1e-5)
    assert torch.equal(net.output_layer.weight, state["fc3.weight"])
    assert torch.equal(net.output_layer.bias, state["fc3.bias"])


def test_the_sampled_network_fires_as_published(write):
    """(w, a, b) of an exact Bernoulli simulation, from the raw tensors to firing rates."""
    state = dense_state(60, 1, 2)
    state["fc2.weight"], state["fc2.bias"] = torch.tensor([[0.0], [4.0]]), torch.zeros(2)
    state["fc1.b"] = state["fc1.magnitude"] = torch.tensor([0.8])
    net = import_published(write(state), BernoulliNoise(), "code")
    x = images(6, 60)
    fired = net.sample(x, 4000, xi="exact")[..., 1].gt(0.5).double().mean(dim=0).numpy()
    expected = published_probability(state, "fc1", np.where(x >= 0.5, 1.0, -1.0), lambda norm: math.sqrt(0.5))[:, 0]
    np.testing.assert_allclose(fired, expected, atol=0.04)


def test_what_is_imported_is_saved_and_loaded(write, tmp_path):
    net = import_published(write(dense_state(30, 12, 4)), GAUSSIAN, "paper")
    loaded = load_checkpoint(save_checkpoint(net, tmp_path / "net.safetensors"))
    x = images(5, 30)
    assert loaded.architecture == net.architecture
    assert loaded.facts == net.facts
    assert torch.equal(loaded.sample(x, 6), net.sample(x, 6))


def test_a_network_that_was_trained_on_grey_levels_predicts_as_published(write):
    """P = (1 + erf((beta w.z/|w| + c)/s))/2 of z = 2x - 1, s = |w*z|/|w| the share of noise that such inputs carry."""
    state = dense_state(30, 12, 4)
    net = import_published(write(state), GAUSSIAN, "paper", encoding="real")
    assert net.architecture.encoding == "real"
    x = images(5, 30)
    z = 2 * x.astype(np.float64) - 1
    weight, beta, bias = (state[f"fc1.{part}"].double().numpy() for part in ("weight", "b", "bias"))
    argument = (beta * (z @ weight.T) + bias / (math.sqrt(2) * 0.7)) / np.sqrt(z**2 @ weight.T**2)
    encoded = net.encode(x).numpy()
    np.testing.assert_allclose(imported_probability(net, "fc1", encoded), (1 + erf(argument)) / 2, atol=1e-5)
    np.testing.assert_allclose(encoded, z, atol=1e-6)
    assert import_published(write(state), GAUSSIAN, "paper").architecture.encoding == "sign"


def test_the_encoding_is_said_once_or_twice_the_same(write):
    layers = [{"type": "dense", "name": "fc1", "inputs": 30, "outputs": 12},
              {"type": "linear", "name": "fc2", "inputs": 12, "outputs": 4}]  # fmt: skip
    path = write(dense_state(30, 12, 4))

    def encoding(section, given):
        return import_published(path, BERNOULLI, "code", network=section, encoding=given).architecture.encoding

    said = {"layers": layers, "encoding": "real"}
    assert [encoding(said, None), encoding(said, "real"), encoding({"layers": layers}, "real")] == ["real"] * 3
    with pytest.raises(
        ConfigError, match=r"network: its encoding \(real\) is not the encoding to import with \(sign\)"
    ):
        encoding(said, "sign")
    with pytest.raises(ConfigError, match="encoding"):
        encoding(None, "grey")


@pytest.mark.parametrize("convention", ["code", "paper"])
def test_a_missing_bias_is_zero(write, convention):
    state = dense_state(30, 12, 4, bias=False)
    net = import_published(write(state), BERNOULLI, convention)
    assert not net.layers["fc1"].c.any()
    state["fc1.weight"][3] = 0  # nothing is divided by its norm
    import_published(write(state), BERNOULLI, convention)


@pytest.mark.parametrize("name", ["b", "magnitude"])
def test_one_name_of_beta_is_enough(write, name):
    state = dense_state(30, 12, 4)
    beta = state.pop(f"fc1.{name}")
    assert torch.equal(import_published(write(state), BERNOULLI, "code").layers["fc1"].beta, beta)


def test_prefixes_wrappers_and_parameters(write):
    state = dense_state(30, 12, 4)
    x = images(5, 30)
    expected = import_published(write(state), BERNOULLI, "code").sample(x, 6)
    for other in (
        {f"module.{name}": value for name, value in state.items()},
        {"state_dict": state, "epoch": 3},
        {name: torch.nn.Parameter(value.double()) for name, value in state.items()},
    ):
        net = import_published(write(other), BERNOULLI, "code")
        assert torch.equal(net.sample(x, 6), expected)
        assert all(parameter.is_leaf for parameter in net.parameters())


def rename(old, new):
    def change(state):
        for key in [key for key in state if key.startswith(old)]:
            state[new + key.removeprefix(old)] = state.pop(key)

    return change


def zero_row(state):
    state["fc1.weight"][3] = 0


def nan_in(key):
    def change(state):
        state[key] = state[key].clone()
        state[key][0] = math.nan

    return change


def beta_nan_under_both_names(state):
    state["fc1.b"] = state["fc1.magnitude"] = torch.full((12,), math.nan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed(fc1_magnitude=torch.ones(12)), "fc1.b and fc1.magnitude differ"),
        (changed(fc1_beta=torch.ones(12)), "fc1.beta and fc1.b differ"),
        (changed(fc1_running_mean=torch.ones(12)), "tensor 'fc1.running_mean' is not of the published layout"),
        (lambda state: state.update(weight=torch.ones(2, 2)), "tensor 'weight' belongs to no layer"),
        (lambda state: state.update({"module.fc1.b": torch.ones(12)}), "two tensors are called fc1.b"),
        (lambda state: state.clear(), "expected a plain state_dict, .* and it is empty"),
        (changed(fc2_weight=None, fc2_bias=None), "1 layers; expected hidden layers"),
        (changed(fc1_weight=None), "layer 'fc1' has no tensor fc1.weight"),
        (changed(fc1_b=None, fc1_magnitude=None), "has no beta, so it is not an NSM: .* of 2 linear layers"),
        (changed(fc2_b=torch.ones(4)), "layer 'fc2' is the last one and has a beta"),
        (changed(fc1_weight=torch.ones(12, 1, 5, 5)), "the beta of fc1 has no positions"),
        (changed(fc1_b=torch.ones(12, 24, 24)), "fc1.b has shape .12, 24, 24., the architecture needs .12,."),
        (changed(fc1_b=torch.ones(12, 2, 1)), "fc1.b has shape .12, 2, 1., the architecture needs .12,."),
        (changed(fc1_weight=torch.ones(12)), "fc1.weight has shape .12,., expected .outputs, inputs."),
        (changed(fc2_weight=torch.ones(4, 11)), "layer fc2 takes 11 inputs but fc1 has 12 outputs"),
        (changed(fc1_b=torch.ones(11)), "fc1.b has shape .11,., the architecture needs .12,."),
        (changed(fc1_bias=torch.ones(11)), "fc1.bias has shape .11,."),
        (changed(fc1_weight=torch.zeros(1).expand(12, 10**9)), "fc1.weight. says 48 GB, more than the file holds"),
        (nan_in("fc1.weight"), "fc1.weight holds NaN"),
        (nan_in("fc1.bias"), "fc1.bias holds NaN"),
        (nan_in("fc2.weight"), "fc2.weight holds NaN"),
        (beta_nan_under_both_names, "fc1.b holds NaN"),
        (changed(fc1_bias=torch.full((12,), math.inf)), "fc1.bias holds NaN or infinite"),
        (changed(fc1_bias=torch.ones(12, dtype=torch.complex64)), "fc1.bias must be a plain dense tensor"),
        (zero_row, "fc1.weight: row 3 is zero"),
    ],
)
def test_what_cannot_be_imported_is_one_line(write, change, message):
    state = dense_state(30, 12, 4)
    change(state)
    path = write(state)
    with pytest.raises(CheckpointError, match=message) as raised:
        import_published(path, BERNOULLI, "paper")
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [("fc1.", "features.0.", "features_0"), ("fc2.", "keys.", "layer_keys"), ("fc2.", "_out.", "layer_out")],
)
def test_names_that_no_layer_may_have_are_changed(write, old, new, name):
    state = dense_state(30, 12, 4)
    expected = import_published(write(state), BERNOULLI, "code")
    rename(old, new)(state)
    with pytest.warns(UserWarning, match=f"layers renamed: {new[:-1]} is {name}"):
        net = import_published(write(state), BERNOULLI, "code")
    assert name in net.layers
    for layer, given in zip(net.layers.values(), expected.layers.values(), strict=True):
        assert all(torch.equal(value, given.state_dict()[part]) for part, value in layer.state_dict().items())


def test_an_output_layer_at_the_front_and_without_bias(write):
    """Numbers say the order, and what fits."""
    state = dense_state(30, 12, 4)
    del state["fc2.bias"]
    for key in [key for key in state if key.startswith("fc1.")]:
        state[key] = state.pop(key)  # moves to the end
    net = import_published(write(state), BERNOULLI, "code")
    assert [spec.name for spec in net.architecture.layers] == ["fc1", "fc2"]
    assert not net.output_layer.bias.any()


class Published(torch.nn.Module):
    """Stands for a whole module of the published code."""

    built = 0

    def __init__(self):
        super().__init__()
        self.fc1 = torch.nn.Linear(3, 2)

    def __setstate__(self, state):
        type(self).built += 1
        super().__setstate__(state)


@pytest.mark.parametrize("wrap", [lambda module: module, lambda module: {"state_dict": module}])
def test_a_whole_module_is_refused_and_never_executed(write, wrap):
    path = write(wrap(Published()))
    with pytest.raises(CheckpointError, match="refused") as raised:
        import_published(path, BERNOULLI, "code")
    assert "\n" not in str(raised.value)
    assert Published.built == 0


def test_bad_arguments(write, tmp_path):
    path = write(dense_state(30, 12, 4))
    with pytest.raises(ConfigError, match="bias_convention='both': expected code or paper or c"):
        import_published(path, BERNOULLI, "both")
    with pytest.raises(ConfigError, match="keep_probability: input should be less than 1, got 1"):
        import_published(path, GAUSSIAN, "code", 1.0)
    for missing in (tmp_path / "gone.pt", tmp_path):
        with pytest.raises(CheckpointError, match="no such file"):
            import_published(missing, BERNOULLI, "code")

"""Convolutions of the authors' published code: laws from the raw tensors, and what shapes tell of the layers."""

import math

import numpy as np
import pytest
import torch
from support.networks import images, states
from support.published import changed, published_state, writer

from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.nsm.checkpoints.published import import_published
from crossbar_nsm.nsm.noise import BernoulliNoise, GaussianNoise
from device_models.errors import CheckpointError, ConfigError

BERNOULLI = BernoulliNoise(keep_probability=0.3)
GAUSSIAN = GaussianNoise(sigma=0.7)


def small_state(**changes):
    """14x14 images, 4 channels of 3x3, pool 2, 6 channels of 3x3, pool 2, 5 dense units, 3 classes."""
    weights = {"conv1": (4, 1, 3, 3), "conv2": (6, 4, 3, 3), "fc1": (5, 24), "fc2": (3, 5)}
    return published_state(weights, {"conv1": (4, 12, 12), "conv2": (6, 4, 4), "fc1": (5,)} | changes)


def conv(name, inputs, outputs, kernel, **more):
    return {"type": "conv", "name": name, "inputs": inputs, "outputs": outputs, "kernel": kernel} | more


def small_network(first=None, second=None, pool=None, **more):
    """The layers of `small_state`."""
    return {
        "image": [1, 14, 14],
        "layers": [
            conv("conv1", 1, 4, 3) | (first or {}),
            {"type": "max_pool", "name": "down1", "size": 2} | (pool or {}),
            conv("conv2", 4, 6, 3) | (second or {}),
            {"type": "max_pool", "name": "down2", "size": 2},
            {"type": "dense", "name": "fc1", "inputs": 24, "outputs": 5},
            {"type": "linear", "name": "fc2", "inputs": 5, "outputs": 3},
        ],
    } | more


@pytest.fixture
def write(tmp_path):
    return writer(tmp_path)


def windows(z, kernel, stride):
    """Patches of images (batch, channels, height, width): (batch, channels, rows, columns, kernel, kernel)."""
    return np.lib.stride_tricks.sliding_window_view(z, (kernel, kernel), (2, 3))[:, :, ::stride, ::stride]


def published_argument(state, name, z, bias_divisor):
    """What erf is applied to, from the raw tensors; bias_divisor: of ||w||."""
    weight, beta, bias = (state[f"{name}.{part}"].double().numpy() for part in ("weight", "b", "bias"))
    norm = np.sqrt((weight.reshape(len(weight), -1) ** 2).sum(axis=1))
    offset = bias / bias_divisor(norm)
    if weight.ndim == 2:
        return beta * (z @ weight.T) / norm + offset
    w_z = np.einsum("bcyxij,kcij->bkyx", windows(z, weight.shape[-1], 1), weight)
    beta = beta.reshape(len(weight), *(beta.shape[1:] or (1, 1)))
    return beta * w_z / norm[:, None, None] + offset[:, None, None]


def imported_argument(net, name, z):
    with torch.no_grad():
        return net.layers[name].argument(torch.from_numpy(z.astype(np.float32))).numpy()


def constant(p):
    return math.sqrt(2 * p * (1 - p))


@pytest.mark.parametrize(
    ("noise", "convention", "p", "conv_p", "dense", "convolution"),
    [
        (BERNOULLI, "code", 0.5, None, lambda norm: constant(0.3), lambda norm: norm * constant(0.3)),
        (BERNOULLI, "code", 0.5, 0.2, lambda norm: constant(0.3), lambda norm: norm * constant(0.2)),
        (BERNOULLI, "paper", 0.5, None, lambda norm: norm * constant(0.3), lambda norm: norm * constant(0.3)),
        (BERNOULLI, "paper", 0.5, 0.2, lambda norm: norm * constant(0.3), lambda norm: norm * constant(0.2)),
        (GAUSSIAN, "code", 0.4, None, lambda norm: constant(0.4), lambda norm: norm * constant(0.4)),
        (GAUSSIAN, "code", 0.4, 0.2, lambda norm: constant(0.4), lambda norm: norm * constant(0.2)),
        (GAUSSIAN, "paper", 0.4, None, *[lambda norm: norm * math.sqrt(2) * 0.7] * 2),
    ],
)
@pytest.mark.parametrize("given", [False, True])
def test_imported_units_fire_as_published(write, noise, convention, p, conv_p, dense, convolution, given):
    state = small_state()
    network = small_network() if given else None
    net = import_published(write(state), noise, convention, p, network, conv_p)
    assert net.architecture.noise == noise
    assert str(net.architecture) == "1x14x14-4c3-m2-6c3-m2-5-3"
    for name, shape, divisor in (
        ("conv1", (1, 14, 14), convolution), ("conv2", (4, 6, 6), convolution), ("fc1", (24,), dense),
    ):  # fmt: skip
        z = states(7, math.prod(shape)).reshape(7, *shape)
        expected = published_argument(state, name, z, divisor)
        np.testing.assert_allclose(imported_argument(net, name, z), expected, atol=2e-5)
    assert net.layers["conv1"].beta.shape == (4, 12, 12)
    assert torch.equal(net.output_layer.weight, state["fc2.weight"])


def published_network(state, x, divisors):
    """Class scores of a network without noise, where every unit takes the sign of its argument."""
    z = np.where(x.reshape(-1, 1, 14, 14) >= 0.5, 1.0, -1.0)
    for name, divisor in divisors.items():
        z = z.reshape(len(z), -1) if name.startswith("fc") else z
        z = np.where(published_argument(state, name, z, divisor) >= 0, 1.0, -1.0)
        z = windows(z, 2, 2).max(axis=(-2, -1)) if z.ndim == 4 else z
    return z @ state["fc2.weight"].double().numpy().T + state["fc2.bias"].double().numpy()


def test_the_whole_network_without_noise_is_the_published_one(write):
    """beta so large that the noise hardly matters: pooling, flattening and order of layers, end to end."""
    state = small_state()
    for name in ("conv1", "conv2", "fc1"):
        state[f"{name}.b"] = state[f"{name}.magnitude"] = state[f"{name}.b"] * 1e5
    x = images(40, 196)
    divisors = {"conv1": lambda norm: norm * constant(0.3), "conv2": lambda norm: norm * constant(0.3)}
    logits = published_network(state, x, divisors | {"fc1": lambda norm: constant(0.3)})
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    net = import_published(write(state), BERNOULLI, "code")
    for shape in ((40, 196), (40, 14, 14)):
        sampled = net.sample(x.reshape(shape), 2).numpy()
        assert (np.abs(sampled - expected).max(axis=2) < 1e-4).mean() > 0.97  # an argument within 1e-5 of 0 may flip


def test_the_published_networks_for_mnist(write):
    weights = {"conv1": (32, 1, 5, 5), "conv2": (64, 32, 5, 5), "fc1": (512, 1024), "fc2": (10, 512)}
    state = published_state(weights, {"conv1": (32, 24, 24), "conv2": (64, 8, 8), "fc1": (512,)})
    net = import_published(write(state), BernoulliNoise(), "code", conv_keep_probability=0.25)
    assert str(net.architecture) == "1x28x28-32c5-m2-64c5-m2-512-10"
    assert [spec.type for spec in net.architecture.layers] == [
        "conv",
        "max_pool",
        "conv",
        "max_pool",
        "dense",
        "linear",
    ]
    assert net.facts == {
        "imported_from": "net.pt", "bias_convention": "code", "code_keep_probability": 0.5, "pooling": "inferred",
        "conv_keep_probability": 0.25,
    }  # fmt: skip
    assert net.predict(images(2, 784), 3).shape == (2, 10)


def test_what_is_imported_is_saved_and_loaded(write, tmp_path):
    net = import_published(write(small_state()), GAUSSIAN, "paper")
    loaded = load_checkpoint(save_checkpoint(net, tmp_path / "net.safetensors"))
    x = images(5, 196)
    assert loaded.architecture == net.architecture
    assert loaded.facts == net.facts
    assert torch.equal(loaded.sample(x, 6), net.sample(x, 6))


@pytest.mark.parametrize("convention", ["code", "paper"])
def test_a_missing_bias_is_zero(write, convention):
    state = small_state()
    del state["conv1.bias"]
    state["conv1.weight"][3] = 0  # nothing is divided by its norm
    net = import_published(write(state), BERNOULLI, convention)
    assert net.layers["conv1"].c.shape == (4, 12, 12)
    assert not net.layers["conv1"].c.any()


@pytest.mark.parametrize("shape", [(4,), (4, 1, 1)])
@pytest.mark.parametrize("written", [{}, {"beta": "channel"}])
def test_one_beta_for_each_channel(write, shape, written):
    state = small_state(conv1=shape)
    network = small_network(written)
    net = import_published(write(state), BERNOULLI, "paper", network=network)
    assert net.architecture.layers[0].beta == "channel"
    assert net.architecture.layers[2].beta == "position"
    assert net.layers["conv1"].beta.shape == net.layers["conv1"].c.shape == (4,)
    z = states(7, 196).reshape(7, 1, 14, 14)
    expected = published_argument(state, "conv1", z, lambda norm: norm * constant(0.3))
    np.testing.assert_allclose(imported_argument(net, "conv1", z), expected, atol=2e-5)


def test_one_position_is_a_position_where_the_network_says_so(write):
    state = published_state({"conv1": (4, 1, 3, 3), "out": (2, 4)}, {"conv1": (4, 1, 1)})
    layers = [conv("conv1", 1, 4, 3, beta="position"), {"type": "linear", "name": "out", "inputs": 4, "outputs": 2}]
    net = import_published(write(state), BERNOULLI, "code", network={"image": [1, 3, 3], "layers": layers})
    assert net.layers["conv1"].beta.shape == net.layers["conv1"].c.shape == (4, 1, 1)


@pytest.mark.parametrize(
    ("weights", "betas", "text"),
    [
        ({"c": (2, 3, 3, 3), "out": (2, 72)}, {"c": (2, 6, 6)}, "3x8x8-2c3-2"),
        ({"c": (2, 1, 3, 3), "out": (2, 18)}, {"c": (2, 6, 6)}, "1x8x8-2c3-m2-2"),
        ({"c": (2, 1, 3, 3), "out": (2, 8)}, {"c": (2, 7, 7)}, "1x9x9-2c3-m3-2"),  # the last row and column are cut off
        ({"c": (2, 1, 3, 3), "out": (2, 12)}, {"c": (2, 4, 6)}, "1x6x8-2c3-m2-2"),
        ({"c": (2, 1, 1, 1), "d": (3, 2, 3, 3), "out": (2, 48)}, {"c": (2, 6, 6), "d": (3, 4, 4)}, "1x6x6-2c1-3c3-2"),
        (
            {"c": (2, 1, 3, 3), "d": (3, 2, 2, 2), "out": (2, 6)},
            {"c": (2, 9, 13), "d": (3, 1, 2)},
            "1x11x15-2c3-m4-3c2-2",
        ),
    ],
)
def test_what_shapes_tell(write, weights, betas, text):
    net = import_published(write(published_state(weights, betas)), BERNOULLI, "code")
    assert str(net.architecture) == text


@pytest.mark.parametrize(
    ("weights", "betas", "message"),
    [
        (
            {"c": (2, 1, 3, 3), "d": (3, 2, 2, 2), "out": (2, 3)},
            {"c": (2, 10, 10), "d": (3, 1, 2)},
            "no max-pool turns the 2x10x10 outputs of c into the 2x3 inputs of d",
        ),
        (
            {"c": (2, 1, 3, 3), "d": (3, 2, 3, 3), "out": (2, 3)},
            {"c": (2, 6, 6), "d": (3, 6, 6)},  # padding
            "no max-pool turns the 2x6x6 outputs of c into the 8x8 inputs of d",
        ),
        (
            {"c": (2, 1, 3, 3), "out": (2, 19)},
            {"c": (2, 6, 6)},
            "no max-pool turns the 2x6x6 outputs of c into the 19 inputs of out",
        ),
        (
            {"c": (2, 1, 3, 3), "out": (2, 8)},
            {"c": (2, 11, 11)},
            "the 2x11x11 outputs of c become the 8 inputs of out by max-pools of 4x4, 5x5",
        ),
        (
            {"c": (2, 1, 3, 3), "d": (3, 2, 1, 1), "out": (2, 12)},
            {"c": (2, 11, 11), "d": (3, 2, 2)},
            "the 2x11x11 outputs of c become the 2x2 inputs of d by max-pools of 4x4, 5x5",
        ),
        ({"c": (2, 1, 3, 3), "out": (2, 72)}, {"c": (2,)}, "the beta of c has no positions"),
        ({"c": (2, 1, 3, 3), "out": (2, 2)}, {"c": (2, 1, 1)}, "the beta of c has no positions"),
    ],
)
def test_what_shapes_do_not_tell_is_asked_for(write, weights, betas, message):
    path = write(published_state(weights, betas))
    with pytest.raises(CheckpointError, match=message) as raised:
        import_published(path, BERNOULLI, "code")
    assert str(raised.value).endswith("network=, or --network FILE.yaml, with `layers` and `image`")
    assert "\n" not in str(raised.value)


def test_an_ambiguous_network_is_imported_with_its_layers(write):
    path = write(published_state({"c": (2, 1, 3, 3), "out": (2, 8)}, {"c": (2, 11, 11)}))
    for size in (4, 5):
        layers = [
            conv("c", 1, 2, 3),
            {"type": "max_pool", "name": "pool", "size": size},
            {"type": "linear", "name": "out", "inputs": 8, "outputs": 2},
        ]
        net = import_published(path, BERNOULLI, "code", network={"image": [1, 13, 13], "layers": layers})
        assert str(net.architecture) == f"1x13x13-2c3-m{size}-2"
        assert net.facts["pooling"] == "given"


def test_the_network_may_be_an_architecture_with_padding_and_real_inputs(write):
    """Order and encoding are those of the network, whatever the order in the file."""
    weights = {"fc1": (5, 24), "out": (3, 5), "c": (4, 1, 3, 3), "d": (6, 4, 3, 3)}
    state = published_state(weights, {"c": (4, 14, 14), "d": (6, 4, 4), "fc1": (5,)})
    network = small_network(
        {"name": "c", "padding": 1}, {"name": "d"}, {"type": "average_pool", "stride": 2, "size": 3}, encoding="real"
    )
    network["layers"][-1]["name"] = "out"
    architecture = Architecture.model_validate(network)
    net = import_published(write(state), GAUSSIAN, "code", network=architecture)
    assert net.architecture.encoding == "real"
    assert net.architecture.noise == GAUSSIAN
    assert [spec.name for spec in net.architecture.layers] == ["c", "down1", "d", "down2", "fc1", "out"]
    assert torch.equal(net.layers["c"].beta, state["c.b"])
    assert net.predict(images(2, 196), 3).shape == (2, 3)


def zero_kernel(state):
    state["conv1.weight"][3] = 0


def dense_first(state):
    for key in [key for key in state if key.startswith("conv2.")]:
        state["x" + key] = state.pop(key)
    state["fc1.weight"] = torch.ones(5, 144)
    state["out.weight"], state["out.bias"] = torch.ones(2, 96), torch.ones(2)
    state["fc2.b"] = torch.ones(3)


BETA = torch.ones(4, 12, 12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed(conv1_weight=torch.ones(4, 1, 3, 3, 3)), "conv1.weight has shape .4, 1, 3, 3, 3., expected .outputs"),
        (changed(conv1_weight=torch.ones(4, 1, 3, 5)), "conv1.weight has shape .4, 1, 3, 5.; kernels must be square"),
        (changed(conv1_weight=None), "layer 'conv1' has no tensor conv1.weight"),
        (changed(conv1_b=None, conv1_magnitude=None), "layer 'conv1' has no tensor conv1.b"),
        (changed(conv1_magnitude=BETA), "conv1.b and conv1.magnitude differ"),
        (changed(conv1_b=torch.ones(5, 12, 12)), "conv1.b has shape .5, 12, 12., the architecture needs .4, 12, 12."),
        (changed(conv1_magnitude=BETA[:, :, :5]), "conv1.magnitude has shape .4, 12, 5., the architecture needs"),
        (changed(conv1_bias=torch.ones(5)), "conv1.bias has shape .5,., the architecture needs .4,."),
        (changed(conv1_bias=BETA), "conv1.bias has shape .4, 12, 12., the architecture needs .4,."),
        (changed(conv1_bias=torch.full((4,), math.nan)), "conv1.bias holds NaN"),
        (changed(conv2_weight=torch.ones(6, 3, 3, 3)), "layer conv2 takes 3 channels but pool1 has 4"),
        (changed(fc2_weight=torch.ones(3, 5, 1, 1)), "layer 'fc2' is the last one and a convolution"),
        (changed(fc2_b=torch.ones(3)), "layer 'fc2' is the last one and has a beta"),
        (dense_first, "layer 'xconv2' is a convolution behind 'fc2', a dense layer"),
        (zero_kernel, "conv1.weight: row 3 is zero"),
        (
            changed(conv1_b=torch.ones(1).expand(4, 10**6, 10**6), conv1_magnitude=None),
            "'conv1.b' says 16 TB, more than the file holds",
        ),
    ],
)
@pytest.mark.parametrize("convention", ["code", "paper"])
def test_what_cannot_be_imported_is_one_line(write, change, message, convention):
    state = small_state()
    change(state)
    path = write(state)
    with pytest.raises(CheckpointError, match=message) as raised:
        import_published(path, BERNOULLI, convention)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (small_network({"name": "c1"}), "has the layers conv1, conv2, fc1, fc2, but the network given has c1, conv2"),
        (
            small_network({"padding": 1}, image=[1, 14, 14]),
            "conv1.b has shape .4, 12, 12., the architecture needs .4, 14, 14.",
        ),
        (small_network({"beta": "channel"}), "conv1.b has shape .4, 12, 12., the architecture needs .4,."),
        (
            small_network({"kernel": 5, "padding": 1}),
            "conv1.weight has shape .4, 1, 3, 3., the architecture needs .4, 1, 5, 5.",
        ),
        (
            small_network({"outputs": 3}, {"inputs": 3}),
            "conv1.weight has shape .4, 1, 3, 3., the architecture needs .3",
        ),
    ],
)
def test_a_file_that_does_not_fit_the_network(write, network, message):
    path = write(small_state())
    with pytest.raises(CheckpointError, match=message) as raised:
        import_published(path, BERNOULLI, "code", network=network)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            small_network(pool={"size": 3}),
            "^network: configuration: layer fc1 takes 24 inputs but down2 has 6x1x1 = 6 outputs",
        ),
        (small_network(image=None), "^network: .*layer conv1 needs the size of the images"),
        (small_network(method="relu"), "^network: method relu has no beta"),
        (small_network(noise={"law": "gaussian"}), "^network: its noise .* is not the noise to import with"),
        (
            {"network": small_network({"padded": 1})},
            "^network: network.layers.0.padded: unknown key, did you mean padding",
        ),
        (7, "^network: expected the path of a YAML file or a mapping, got 7"),
    ],
)
def test_a_network_that_is_none(write, network, message):
    with pytest.raises(ConfigError, match=message) as raised:
        import_published(write(small_state()), BERNOULLI, "code", network=network)
    assert "\n" not in str(raised.value)


def test_the_noise_of_a_training_configuration_may_agree(write):
    network = {"network": small_network(noise={"law": "bernoulli", "keep_probability": 0.3}), "output": "runs/cnn"}
    net = import_published(write(small_state()), BERNOULLI, "code", network=network)
    assert net.architecture.noise == BERNOULLI


@pytest.mark.parametrize("p", [0, 1, math.nan])
def test_the_keep_probability_of_convolutions_is_one(write, p):
    with pytest.raises(ConfigError, match=r"keep_probability(: input should be|=nan: expected a number)"):
        import_published(write(small_state()), BERNOULLI, "code", conv_keep_probability=p)
    with pytest.raises(ConfigError, match="conv_keep_probability: gaussian noise has none"):
        import_published(write(small_state()), GAUSSIAN, "paper", conv_keep_probability=0.25)

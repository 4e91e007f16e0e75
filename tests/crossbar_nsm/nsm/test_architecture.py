import math

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from support.networks import conv, conv_architecture, images, pool
from support.networks import dense as dense_units

from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.draws import GeneratorDraws
from crossbar_nsm.nsm.methods.layer import HiddenLayer
from crossbar_nsm.nsm.network import Network
from device_models.errors import DatasetError

DRAWS = GeneratorDraws(torch.Generator().manual_seed(0))


def dense(name, inputs, outputs, kind="dense"):
    return {"type": kind, "name": name, "inputs": inputs, "outputs": outputs}


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([dense("a", 4, 3), dense("b", 2, 2, "linear")], "layer b takes 2 inputs but a has 3 outputs"),
        ([dense("a", 4, 3), dense("a", 3, 2, "linear")], "names must differ"),
        ([dense("a", 4, 3), dense("b", 3, 2)], "one linear output layer"),
        ([dense("a", 4, 3, "linear"), dense("b", 3, 2, "linear")], "one linear output layer"),
        ([dense("a b", 4, 3), dense("b", 3, 2, "linear")], "pattern"),
        ([dense(f"a{k}", 4, 4) for k in range(10**5)], "at most 1000 items"),
    ],
)
def test_layers_must_fit(layers, message):
    with pytest.raises(ValidationError, match=message):
        Architecture.model_validate({"layers": layers})


def test_sizes():
    net = Architecture.model_validate({"layers": [dense("a", 4, 3), dense("b", 3, 2, "linear")]})
    assert (net.inputs, net.classes) == (4, 2)


def conv_spec(name="conv", inputs=1, outputs=2, kernel=3, **more):
    return {"type": "conv", "name": name, "inputs": inputs, "outputs": outputs, "kernel": kernel, **more}


def pool_spec(name="pool", size=2, kind="max_pool", **more):
    return {"type": kind, "name": name, "size": size, **more}


OUT = dense("out", 8, 2, "linear")


@pytest.mark.parametrize(
    ("layers", "image", "message"),
    [
        ([conv_spec(inputs=3), OUT], (1, 4, 4), "layer conv takes 3 channels but the image has 1"),
        ([conv_spec("a"), conv_spec("b", inputs=3), OUT], (1, 8, 8), "layer b takes 3 channels but a has 2"),
        ([conv_spec(kernel=5), OUT], (1, 4, 9), r"layer conv is 5x5, larger than its inputs \(1x4x9 = 36\)"),
        ([conv_spec(padding=3), OUT], (1, 4, 4), "padding=3 leaves patches without inputs; allowed: 0 to 2"),
        ([conv_spec(padding=-1), OUT], (1, 4, 4), "padding"),
        ([conv_spec(stride=0), OUT], (1, 4, 4), "stride"),
        ([conv_spec(beta="image"), OUT], (1, 4, 4), "beta"),
        ([dense("fc", 16, 9), conv_spec(), OUT], (1, 4, 4), r"layer conv \(conv\) needs channels.* but fc has none"),
        ([dense("fc", 16, 9), pool_spec(), OUT], None, r"layer pool \(max_pool\) needs channels.* but fc has none"),
        ([conv_spec(), OUT], None, r"layer conv needs the size of the images: image: \[channels, height, width\]"),
        ([pool_spec(), dense("fc", 4, 8), OUT], None, "layer pool needs the size of the images"),
        ([pool_spec(), dense("out", 4, 2, "linear")], (1, 4, 4), "at least one hidden layer of type dense or conv"),
        ([pool_spec(size=5), dense("fc", 4, 8), OUT], (1, 4, 4), r"layer pool is 5x5, larger than its inputs"),
        ([conv_spec(), dense("fc", 9, 8), OUT], (1, 4, 4), "layer fc takes 9 inputs but conv has 2x2x2 = 8 outputs"),
        ([conv_spec(), dense("out", 4, 2, "linear")], (1, 4, 4), "layer out takes 4 inputs but conv has 2x2x2 = 8"),
        ([dense("fc", 15, 8), OUT], (1, 4, 4), "layer fc takes 15 inputs but the image has 1x4x4 = 16"),
        ([conv_spec(), OUT], (0, 4, 4), "image"),
        ([conv_spec(), OUT], (4, 4), "image"),
        ([conv_spec(outputs=60000, kernel=200), dense("out", 60000, 2, "linear")], (1, 200, 200), r"2.4e\+09 weights"),
        ([conv_spec(outputs=30000, kernel=1), dense("out", 108_000_000, 1, "linear")], (1, 60, 60),
         r"layer conv has 1.1e\+08 units"),
    ],
)  # fmt: skip
def test_images_layers_and_windows_must_fit(layers, image, message):
    given = {"layers": layers} if image is None else {"layers": layers, "image": image}
    with pytest.raises(ValidationError, match=message) as caught:
        Architecture.model_validate(given)
    assert len(caught.value.errors()) == 1
    assert "\n" not in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("layers", "image", "text", "shapes"),
    [
        ([conv(32, 5), pool("max", 2), conv(64, 5), pool("max", 2), dense_units(512)], (1, 28, 28),
         "1x28x28-32c5-m2-64c5-m2-512-10", [(32, 24, 24), (32, 12, 12), (64, 8, 8), (64, 4, 4), (512,), (10,)]),
        ([conv(4, 3, padding=1, stride=2), pool("average", 3, 2)], (2, 7, 10),
         "2x7x10-4c3-a3-10", [(4, 4, 5), (4, 1, 2), (10,)]),
        ([pool("max", 2, 3), conv(3, 2, padding=1)], (1, 8, 7),
         "1x8x7-m2-3c2-10", [(1, 3, 2), (3, 4, 3), (10,)]),
        ([conv(3, 4)], (2, 4, 4), "2x4x4-3c4-10", [(3, 1, 1), (10,)]),
        ([dense_units(7)], (2, 4, 4), "2x4x4-7-10", [(7,), (10,)]),
    ],
)  # fmt: skip
def test_shapes_follow_the_layers(layers, image, text, shapes):
    architecture = conv_architecture(*layers, image=image, classes=10)
    assert [place.outputs for place in architecture.placements()] == shapes
    assert [place.inputs for place in architecture.placements()] == [image, *shapes[:-1]]
    assert str(architecture) == text
    assert architecture.inputs == math.prod(image)
    assert Architecture.model_validate_json(architecture.model_dump_json()) == architecture
    states = Network(architecture).encode(torch.rand(2, *image))
    for name, layer in Network(architecture).layers.items():
        flat = states.flatten(1) if states.ndim > 2 and isinstance(layer, torch.nn.Linear) else states
        flat = flat.flatten(1) if name.startswith("fc") else flat
        states = layer(flat, "synapse", DRAWS) if isinstance(layer, HiddenLayer) else layer(flat)
        assert tuple(states.shape[1:]) == shapes.pop(0)


def kinds(*layers, **settings):
    places = list(conv_architecture(*layers, image=(1, 8, 8), **settings).placements())
    return [place.binary_inputs for place in places], [place.all_active for place in places]


def test_what_follows_an_average_or_real_pixels_has_real_inputs_and_padding_is_uneven():
    net = (conv(2, 3, padding=1), pool("max", 2), conv(2, 3), pool("average", 2), dense_units(3))
    assert kinds(*net) == ([True] * 4 + [False, True], [False, True, True, True, False, True])
    even = [False, True, True, True, False, True]
    assert kinds(*net, encoding="real") == ([False] + [True] * 3 + [False, True], even)
    pools = (pool("max", 2), pool("average", 2), pool("max", 2), conv(2, 1))
    assert kinds(*pools)[0] == [True, True, False, False, True]
    assert kinds(*pools, encoding="real")[0] == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("image", "fitting", "others"),
    [
        ((1, 4, 6), [(24,), (4, 6), (1, 4, 6), (4, 6, 1), (1, 24), (24, 1)],
         [(6, 4), (2, 12), (25,), (2, 4, 3), (1, 6, 4)]),
        ((3, 4, 6), [(72,), (3, 4, 6)], [(4, 6, 3), (12, 6), (6, 12), (3, 6, 4), (3, 24)]),
        ((1, 1, 5), [(5,), (1, 5), (1, 1, 5)], [(4,)]),
        (None, [(24,), (4, 6), (2, 3, 4)], [(4, 5)]),
    ],
)  # fmt: skip
def test_images_are_taken_flat_or_in_their_shape(image, fitting, others):
    if image is None:
        architecture = Architecture.model_validate({"layers": [dense("a", 24, 3), dense("b", 3, 2, "linear")]})
    else:
        architecture = conv_architecture(conv(2, 1), image=image)
    assert all(architecture.takes(shape) for shape in fitting)
    assert not any(architecture.takes(shape) for shape in others)
    net = Network(architecture)
    x = images(2, 24 if image is None else math.prod(image))
    flat = net.encode(x)
    assert all(torch.equal(net.encode(x.reshape(2, *shape)), flat) for shape in fitting)
    for shape in others:
        with pytest.raises(DatasetError, match="flat or image shaped"):
            net.encode(np.zeros((2, *shape)))


def test_the_encoding_is_the_sign_or_the_number():
    x = np.array([[0, 0.25, 0.5, 1]])
    expected = {"sign": [-1.0, -1.0, 1.0, 1.0], "real": [-1.0, -0.5, 0.0, 1.0]}
    for encoding, states in expected.items():
        net = Network(conv_architecture(conv(1, 1), image=(1, 2, 2), encoding=encoding))
        assert net.encode(x).flatten().tolist() == states


def test_signs_are_not_read_as_real_pixels():
    """2x - 1 of an image of +-1 would be -3."""
    net = Network(conv_architecture(conv(1, 1), image=(1, 2, 2), encoding="real"))
    with pytest.raises(DatasetError, match=r"outside \[0, 1\]"):
        net.encode(np.array([[-1.0, 1, 1, -1]]))


def test_memory_is_that_of_the_widest_states_inputs_included():
    assert conv_architecture(conv(4, 3), pool("max", 2), image=(1, 8, 8)).widest == 4 * 36
    assert conv_architecture(pool("max", 8), conv(4, 1), image=(3, 8, 8)).widest == 192

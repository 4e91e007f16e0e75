"""NSMs of somebody's own, as torch saves them, and what loading them says."""

import warnings
from contextlib import contextmanager

import torch
from torch import nn

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network
from support.networks import images

SIZES = (20, 8, 6, 3)


class Unit(nn.Module):
    """A layer of somebody's own NSM."""

    def __init__(self, layer):
        super().__init__()
        for name in ("weight", "beta", "c"):
            setattr(self, name, nn.Parameter(getattr(layer, name).detach().clone()))


class Own(nn.Module):
    """Somebody's own NSM, whose units have the parameters of `net`."""

    def __init__(self, net):
        super().__init__()
        self.fc1, self.fc2 = Unit(net.layers["fc1"]), Unit(net.layers["fc2"])
        self.out = nn.Linear(6, 3)
        self.out.load_state_dict(net.output_layer.state_dict())


class Around(nn.Module):
    """A module of which `module` is part, under `name`: a Lightning module, say."""

    def __init__(self, name, module):
        super().__init__()
        setattr(self, name, module)


@contextmanager
def said():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lines = []
        yield lines
    lines += [str(warning.message) for warning in caught]


LAW = (
    "it does not say its noise: bernoulli with keep_probability 0.5 is taken (crossbar-nsm import --noise sets another)"
    "; nor what its first layer sees of a pixel x: +1 where x >= 1/2, else -1 is taken (crossbar-nsm import --encoding "
    "real: 2x - 1); nor what it was trained on: evaluated images may be among that"
)


def load(path):
    """The network, and what was said of it in one line, besides its noise."""
    with said() as lines:
        net = load_checkpoint(path)
    (line,) = lines
    assert "\n" not in line
    assert line.startswith(f"{path}: ")
    assert line.endswith(LAW)
    return net, line.removeprefix(f"{path}: ").removesuffix(LAW).removesuffix("; ")


def same(found, net):
    """Whether two networks predict the same. Layers draw by their names, so `net` gets those of `found`."""
    specs = [spec.model_copy(update={"name": other.name})
             for spec, other in zip(net.architecture.layers, found.architecture.layers, strict=True)]  # fmt: skip
    expected = Network(net.architecture.model_copy(update={"layers": specs}))
    for layer, given in zip(expected.layers.values(), net.layers.values(), strict=True):
        layer.load_state_dict(given.state_dict())
    x = images(5, net.architecture.inputs)
    places = ("synapse", "neuron")
    return all(torch.equal(found.sample(x, 6, noise=place), expected.sample(x, 6, noise=place)) for place in places)

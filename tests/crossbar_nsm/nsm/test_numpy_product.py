"""Evaluation of images: same bits whatever the batch, the threads and the size of a chunk; every method."""

import numpy as np
import pytest
import torch
from support.firing import share_of_noise
from support.networks import GAUSSIAN, conv, conv_network, dense, images, pool
from support.threads import one_thread

from crossbar_nsm.engine.sampling import passes as passes_module
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.numpy_product import ActiveShare, numpy_product

LAYERS = (conv(6, 3, padding=1), pool("max", 2), conv(5, 2, beta="position"), pool("average", 2), dense(9))
KINDS = [("synapse", "erf"), ("synapse", "exact"), ("neuron", "erf")]
METHODS = ["nsm", "nsm_ste", "nsm_binconcrete", "bd", "wbd", "sn", "bn", "stnn", "relu", "tanh"]


def network(**settings) -> Network:
    return conv_network(*LAYERS, image=(2, 6, 6), **settings)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("encoding", ["sign", "real"])
@pytest.mark.parametrize(("noise", "xi"), KINDS)
def test_same_bits_for_any_batch_threads_and_chunk(noise, xi, encoding, monkeypatch):
    net, x = network(encoding=encoding), images(12, 72)
    whole = net.sample(x, 7, noise=noise, xi=xi, seed=3)
    assert whole.shape == (7, 12, 3)
    assert torch.equal(net.sample(x[:5], 7, noise=noise, xi=xi, seed=3), whole[:, :5])
    assert torch.equal(net.sample(x, 3, noise=noise, xi=xi, seed=3), whole[:3])
    assert not torch.equal(net.sample(x, 7, noise=noise, xi=xi, seed=4), whole)
    mean = net.predict(x, 7, noise=noise, xi=xi, seed=3)
    with one_thread():
        assert torch.equal(net.sample(x, 7, noise=noise, xi=xi, seed=3), whole)
    for states in (1, 5 * net.architecture.widest, 20 * net.architecture.widest):
        monkeypatch.setattr(passes_module, "MAX_STATES", states)
        assert torch.equal(net.sample(x, 7, noise=noise, xi=xi, seed=3), whole)
        assert torch.equal(net.predict(x, 7, noise=noise, xi=xi, seed=3), mean)


def test_chunks_change_no_input_of_a_layer(monkeypatch):
    net, x = network(), images(12, 72)
    whole = net.layer_inputs(x, seed=2)
    monkeypatch.setattr(passes_module, "MAX_STATES", 5 * net.architecture.widest)
    for name, inputs in net.layer_inputs(x, seed=2).items():
        assert np.array_equal(inputs, whole[name])


@pytest.mark.parametrize("method", METHODS[3:])
def test_other_methods_have_the_same_bits_for_any_batch_and_chunk(method, monkeypatch):
    net, x = network(method=method), images(12, 72)
    whole = net.sample(x, 5, seed=3)
    assert torch.equal(net.sample(x[:5], 5, seed=3), whole[:, :5])
    monkeypatch.setattr(passes_module, "MAX_STATES", 7 * net.architecture.widest)
    assert torch.allclose(net.sample(x, 5, seed=3), whole, atol=1e-6)  # torch's sums depend on the row of a block
    assert torch.equal(whole[0], whole[1]) == (method not in ("sn", "stnn"))
    assert torch.allclose(net.predict(x, 5, seed=3), whole.mean(dim=0), atol=1e-6)


@pytest.mark.parametrize("encoding", ["sign", "real"])
@pytest.mark.parametrize("layer", [conv(3, 3, padding=1), conv(2, 3, stride=2, padding=2), dense(4)], ids=str)
def test_products_and_shares_are_those_of_training(layer, encoding):
    net = conv_network(layer, image=(2, 5, 4), encoding=encoding)
    trained = next(net.nsm_layers())
    z = net.encode(images(3, 40))
    given = z if layer["type"] == "conv" else z.flatten(1)
    weight = trained.weight.detach().numpy().astype(float)
    w_z = trained.product(given, trained.weight).detach().flatten(1).numpy()
    flat = z.flatten(1).numpy()
    assert np.allclose(numpy_product(trained.place, weight)(flat), w_z, atol=1e-5)
    share = np.broadcast_to(ActiveShare(trained.place, weight)(flat), w_z.shape)
    expected = [share_of_noise(trained, one) for one in flat]
    assert np.allclose(share, expected, atol=1e-5)
    own = trained.active_share(given).detach().expand(3, *trained.place.outputs).flatten(1).numpy()
    assert np.allclose(own, expected, atol=1e-5)


def test_one_substrate_for_all_positions_or_one_for_each():
    """A beta per position whose values agree is a beta per channel."""
    shared = conv_network(conv(3, 3, padding=1), image=(1, 5, 5), noise=GAUSSIAN)
    own = conv_network(conv(3, 3, padding=1, beta="position"), image=(1, 5, 5), noise=GAUSSIAN)
    with torch.no_grad():
        source, target = next(shared.nsm_layers()), next(own.nsm_layers())
        target.weight.copy_(source.weight)
        for name in ("beta", "c"):
            getattr(target, name).copy_(getattr(source, name).view(3, 1, 1).expand(3, 5, 5))
        own.output_layer.load_state_dict(shared.output_layer.state_dict())
    x = images(6, 25)
    for noise, xi in KINDS:
        assert torch.equal(own.sample(x, 5, noise=noise, xi=xi), shared.sample(x, 5, noise=noise, xi=xi))
    with torch.no_grad():
        target.c[1, 2, 3] += 9
    assert not torch.equal(own.sample(x, 5), shared.sample(x, 5))

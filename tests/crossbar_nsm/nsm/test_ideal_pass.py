"""The ideal network: both noise laws, both places, exact masks; laws, invariances, reproducibility."""

import numpy as np
import pytest
import torch
from scipy.special import erf
from support.laws import check_mean, check_rate, rejects
from support.networks import BERNOULLI, GAUSSIAN, dense_network, images, states
from support.threads import one_thread

from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.nsm.ideal_pass import XiDraws
from device_models.errors import ConfigError, DatasetError

READS = 20_000


def fired_states(net, noise, xi, z):
    """States (reads, outputs) of the first layer for one input vector, over READS passes."""
    samples = np.arange(READS)
    zero = np.zeros(READS, np.int64)
    layers = net.ideal_pass(z, XiDraws(noise, xi, seed=1)).layers
    return layers["fc1"].fire(z, zero, Passes(0, 1, zero, zero, samples))


@pytest.mark.parametrize("noise", [GAUSSIAN, BERNOULLI])
@pytest.mark.parametrize(("place", "xi"), [("synapse", "erf"), ("synapse", "exact"), ("neuron", "erf")])
def test_firing_probability_is_the_erf_law(noise, place, xi):
    """Fan-in 400: for Bernoulli xi the law is a central limit, good to a few 1e-4 here."""
    net = dense_network(400, 12, 2, noise=noise)
    layer, z = next(net.nsm_layers()), states(1, 400)
    p = 0.5 * (1 + erf(layer.argument(torch.from_numpy(z)).detach().numpy()[0]))
    fired = (fired_states(net, place, xi, z) > 0).sum(axis=0)
    for count, probability in zip(fired, p, strict=True):
        check_rate(count, READS, probability)
        rejects(check_rate, count, READS, probability + 0.03 if probability < 0.5 else probability - 0.03)


def test_neuron_noise_correlates_outputs_and_synapse_noise_does_not():
    """Two neurons with the same weights share their xi under neuron noise, so they fire alike."""
    net = dense_network(300, 2, 2, noise=GAUSSIAN, beta=(1, 1), c=(0, 0))
    layer = next(net.nsm_layers())
    with torch.no_grad():
        layer.weight[1] = layer.weight[0]
    z = states(1, 300)
    neuron, synapse = (fired_states(net, place, "erf", z) for place in ("neuron", "synapse"))
    assert np.array_equal(neuron[:, 0], neuron[:, 1])
    product = synapse[:, 0] * synapse[:, 1]
    mean = erf(layer.argument(torch.from_numpy(z)).detach().numpy()[0, 0])
    check_mean(product, mean**2, np.sqrt(1 - mean**4))


def test_covariance_under_neuron_noise():
    """Cov(u_i, u_k) = v sum_j w_ij w_kj gives the joint firing of two zero-mean neurons: 1/4 + asin(rho)/(2 pi)."""
    net = dense_network(500, 2, 2, noise=GAUSSIAN, beta=(1, 1), c=(0, 0))
    layer, z = next(net.nsm_layers()), states(1, 500)
    with torch.no_grad():
        w = layer.weight
        w[1] = 0.6 * w[0] + 0.8 * w[1]
        w -= (w @ torch.from_numpy(z[0]))[:, None] * torch.from_numpy(z) / 500  # now w.z = 0
        rho = torch.nn.functional.cosine_similarity(w[0], w[1], dim=0).item()
    fired = fired_states(net, "neuron", "erf", z) > 0
    check_rate((fired[:, 0] & fired[:, 1]).sum(), READS, 0.25 + np.arcsin(rho) / (2 * np.pi))
    rejects(check_rate, (fired[:, 0] & fired[:, 1]).sum(), READS, 0.25)


def scaled(net, weight_factor, bias_factor):
    """The network whose substrate (w, a, b) has w and b multiplied: (w, beta, c) with c rescaled by b/||w||."""
    other = dense_network(400, 12, 2, noise=GAUSSIAN)
    other.load_state_dict(net.state_dict())
    with torch.no_grad():
        for layer in other.nsm_layers():
            layer.weight *= weight_factor
            layer.c *= bias_factor / weight_factor
    return other


def test_scaling_w_and_b_changes_nothing_scaling_w_alone_does():
    net = dense_network(400, 12, 2, noise=GAUSSIAN, c=(0.3, 0.5))
    x = images(5, 400)
    base = net.predict(x, 400)
    assert torch.allclose(scaled(net, 0.1, 0.1).predict(x, 400), base, atol=1e-6)
    assert (scaled(net, 0.1, 1.0).predict(x, 400) - base).abs().max() > 0.02


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize(("noise", "xi"), [("synapse", "erf"), ("synapse", "exact"), ("neuron", "erf")])
def test_same_bits_for_any_batch_and_any_threads(noise, xi):
    net, x = dense_network(50, 30, 20, 4), images(40, 50)
    whole = net.sample(x, 9, noise=noise, xi=xi, seed=3)
    assert whole.shape == (9, 40, 4)
    assert whole.dtype == torch.float32
    assert torch.equal(net.sample(x[:13], 9, noise=noise, xi=xi, seed=3), whole[:, :13])
    assert torch.equal(net.sample(x, 4, noise=noise, xi=xi, seed=3), whole[:4])
    assert torch.allclose(net.predict(x, 9, noise=noise, xi=xi, seed=3), whole.mean(dim=0), atol=1e-6)
    with one_thread():
        assert torch.equal(net.sample(x, 9, noise=noise, xi=xi, seed=3), whole)
    assert not torch.equal(net.sample(x, 9, noise=noise, xi=xi, seed=4), whole)


def test_purposes_and_kinds_never_share_draws():
    net, x = dense_network(50, 30, 20, 4), images(20, 50)
    kinds = XiDraws(seed=1), XiDraws(xi="exact", seed=1), XiDraws(seed=1, purpose="layer inputs")
    keys = [net.ideal_pass(x, draws).layers["fc1"].key for draws in kinds]
    assert len(set(keys)) == 3


def test_arrays_of_any_order_and_type_are_read():
    net, x = dense_network(36, 8, 3), images(4, 36)
    base = net.predict(x, 5)
    read_only = x.copy()
    read_only.setflags(write=False)
    for same in (x.tolist(), x.astype(">f8"), x[::-1][::-1], np.asfortranarray(x), read_only):
        assert torch.equal(net.predict(same, 5), base)


@pytest.mark.parametrize("settings", [{"noise": "bad"}, {"noise": "exact"}, {"noise": None}, {"xi": "bad"}])
def test_unknown_kinds_of_noise(settings):
    with pytest.raises(ConfigError, match=r"noise=.*: expected synapse or neuron|xi='bad': expected erf or exact"):
        dense_network(36, 8, 3).predict(images(1, 36), 1, **settings)


def test_inputs_may_be_unit_range_or_bipolar_flat_or_images():
    net, x = dense_network(36, 8, 3), images(4, 36)
    base = net.predict(x, 20)
    assert torch.equal(net.predict(x.reshape(4, 6, 6), 20), base)
    assert torch.equal(net.predict(np.where(2 * x - 1 >= 0, 1.0, -1.0), 20), base)
    assert torch.equal(net.predict(torch.from_numpy(x), 20), base)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((4, 35)), "36 pixels each"),
        (np.zeros((0, 36)), "one or more images"),
        (np.zeros(36), "36 pixels each"),
        (np.full((1, 36), np.nan), "NaN"),
        (np.full((1, 36), 255.0), "divide 8-bit images by 255"),
        ([["a"] * 36], "expected real numbers"),
        (None, "expected real numbers|one or more images"),
        ([[1, 2], [3]], "expected real numbers"),
        ([["0.5"] * 36], "expected real numbers"),
        (np.zeros((1, 36)) + 1j, "expected real numbers"),
        (np.zeros((1, 36), "datetime64[s]"), "expected real numbers"),
        (np.zeros((1, 36), object), "expected real numbers"),
        (np.ma.masked_equal(np.zeros((1, 36)), 0), "got masked numbers"),
        (torch.zeros((1, 36), dtype=torch.complex64), "expected real numbers"),
        (torch.zeros((1, 36)).to_sparse(), "expected real numbers"),
        (torch.zeros((1, 36), device="meta"), "expected real numbers"),
        ({"x": 1}, "expected real numbers"),
        (np.full((1, 36), 1e300), "divide 8-bit images by 255"),
    ],
)
def test_images_that_do_not_fit(bad, message):
    with pytest.raises(DatasetError, match=message):
        dense_network(36, 8, 3).predict(bad, 1)


@pytest.mark.parametrize("noise", ["synapse", "neuron"])
def test_uncertainty_of_the_mean_and_of_single_passes(noise):
    net, x = dense_network(30, 20, 12, 4), images(9, 30)
    passes = net.sample(x, 7, noise=noise).double()
    prediction = net.predict_uncertainty(x, 7, noise=noise)
    entropy = -(passes * passes.log()).sum(dim=2).mean(dim=0)
    mean = passes.mean(dim=0)
    assert np.allclose(prediction.mutual_information, -(mean * mean.log()).sum(dim=1) - entropy, atol=1e-6)
    assert np.array_equal(net.predict(x, 7, noise=noise).numpy(), prediction.probability)


@pytest.mark.parametrize("method", ["nsm", "sn"])
def test_an_image_that_stops_early_has_the_first_passes_of_a_full_run(method):
    net, x = dense_network(30, 20, 12, 4, method=method), images(9, 30)
    net.output_layer.weight.data *= 4
    every = net.sample(x, 60)
    found = net.predict_until_sure(x, 60, confidence=0.9, block=6)
    for image, count in enumerate(found.samples):
        assert np.allclose(found.probability[image], every[:count, image].mean(dim=0), atol=1e-6)
    assert found.samples.min() < 60


def test_a_network_without_noise_needs_one_pass():
    found = dense_network(30, 20, 4, method="relu").predict_until_sure(images(3, 30))
    assert found.samples.tolist() == [1, 1, 1]
    assert np.allclose(found.mutual_information, 0, atol=1e-6)

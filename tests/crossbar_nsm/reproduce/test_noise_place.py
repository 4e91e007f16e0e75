"""Neuron against synapse noise: the law of units and maxima, and the numbers of the study."""

import numpy as np
import pytest
from scipy.stats import binom
from support.networks import conv, conv_network, dense, pool

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.reproduce.catalogue import reproduce_paper
from crossbar_nsm.reproduce.noise_place import firing_shares, noise_place
from crossbar_nsm.reproduce.reproduction import RunContext
from device_models.errors import ConfigError


def positive(net):
    """The network with weights that make the noise of neighbouring units plainly common."""
    for layer in net.nsm_layers():
        layer.weight.data.abs_()
        layer.beta.data.fill_(0.3)
    return net


def test_units_fire_alike_and_maxima_of_shared_noise_less():
    """Under neuron noise the positions of a pool share the xi of overlapping patches; equal weights make it plain."""
    net = positive(
        conv_network(conv(6, 5), pool("max", 2), dense(5), image=(1, 12, 12), noise={"law": "gaussian", "sigma": 1.0})
    )
    image = np.random.default_rng(0).random((1, 12, 12), dtype=np.float32)
    shares = firing_shares(net, image, seed=0)
    (units, maxima), (other_units, other_maxima) = shares["neuron"], shares["synapse"]
    assert np.abs(units - other_units).max() < 0.08  # 4.8 sd of a difference of two shares of 2,000 passes
    assert (other_maxima - maxima).mean() > 0.05
    p = other_units.reshape(6, 4, 2, 4, 2)
    independent = 1 - (1 - p).prod(axis=(2, 4)).ravel()
    assert np.abs(other_maxima - independent).max() < 0.08
    assert np.abs(maxima - independent).max() > 0.1


def test_shares_are_those_of_the_trained_probability_wherever_the_convolution_stands():
    """erf's P of every unit of a convolution behind a pool, to 5 sd of a share of 2,000 passes."""
    net = conv_network(pool("max", 2), conv(6, 3), pool("max", 2), dense(5), image=(1, 12, 12))
    image = np.random.default_rng(1).random((1, 12, 12), dtype=np.float32)
    layer = dict(net.named_nsm_layers())[next(spec.name for spec in net.architecture.layers if spec.type == "conv")]
    pooled = net.encode(image).reshape(1, 6, 2, 6, 2).amax(dim=(2, 4)).reshape(1, 1, 6, 6)
    p = 0.5 + 0.5 * layer.argument(pooled).detach().erf().numpy().ravel()
    assert p.size == 6 * 4 * 4
    for place in ("neuron", "synapse"):
        units, maxima = firing_shares(net, image, seed=0)[place]
        assert (units.size, maxima.size) == (6 * 4 * 4, 6 * 2 * 2)
        assert np.abs((units - p) / np.sqrt(p * (1 - p) / 2000)).max() < 5


@pytest.mark.parametrize("layers", [(conv(4, 3), dense(5)), (pool("max", 2), conv(4, 2), dense(5))])
def test_a_network_without_a_pool_behind_a_convolution_is_refused(layers):
    with pytest.raises(ConfigError, match="has no convolution with a max_pool behind it"):
        firing_shares(conv_network(*layers), np.zeros((1, 6, 6)), seed=0)


@pytest.fixture(scope="module")
def study(cnn_config, cnn_folder):
    return reproduce_paper("noise_place", cnn_config, out=cnn_folder)[0]


def test_the_numbers_are_those_of_one_network_under_both(study, cnn_config, cnn_folder, cnn_data):
    """The network is that of the seed with the lower validation error."""
    net = checkpoint(cnn_folder, best_seed(cnn_folder, "gnsm_long"), "gnsm_long")
    labels, seed = cnn_data.labels, cnn_config.test.seed
    p = {place: net.predict(cnn_data.images, 20, noise=place, seed=seed).numpy() for place in ("neuron", "synapse")}
    wrong = {place: values.argmax(axis=1) != labels for place, values in p.items()}
    nll = {place: -np.log(values[np.arange(len(labels)), labels].astype(float)).mean() for place, values in p.items()}
    neuron, synapse = study.numbers["gnsm_long"]["neuron"], study.numbers["gnsm_long"]["synapse"]
    assert (neuron["error"], synapse["error"]) == (wrong["neuron"].mean(), wrong["synapse"].mean())
    assert (neuron["nll"], synapse["nll"]) == pytest.approx((nll["neuron"], nll["synapse"]))
    assert synapse["difference"] == pytest.approx(synapse["error"] - neuron["error"])
    assert synapse["rms"] == pytest.approx(np.sqrt(np.mean((p["synapse"] - p["neuron"]) ** 2)))
    worse, better = (wrong["synapse"] & ~wrong["neuron"]).sum(), (~wrong["synapse"] & wrong["neuron"]).sum()
    assert worse != better
    exact = min(1.0, 2 * binom.cdf(min(worse, better), worse + better, 0.5))  # McNemar
    assert synapse["mcnemar_p"] == pytest.approx(exact)
    shares = firing_shares(net, cnn_data.images[:1], seed)
    for place, numbers in (("neuron", neuron), ("synapse", synapse)):
        assert (numbers["units"], numbers["maxima"]) == pytest.approx([share.mean() for share in shares[place]])


def checkpoint(folder, seed, name):
    return load_checkpoint(folder / "trained" / "cnn" / name / f"seed_{seed}" / "best.safetensors")


def best_seed(folder, name):
    return int(np.argmin([checkpoint(folder, seed, name).facts["validation_error"] for seed in (0, 1)]))


def test_rows_say_what_the_numbers_say(study):
    numbers = study.numbers["gnsm_long"]
    neuron, synapse = study.rows[2:]
    assert neuron[:2] == ["gNSM", "neuron"]
    assert neuron[4:7] == [None, None, None]
    assert synapse == [
        "gNSM", "synapse", f"{100 * numbers['synapse']['error']:.2f}", f"{numbers['synapse']['nll']:.4f}",
        f"{100 * numbers['synapse']['difference']:+.2f}", f"{numbers['synapse']['mcnemar_p']:.2g}",
        f"{numbers['synapse']['rms']:.4f}", f"{numbers['synapse']['units']:.4f}", f"{numbers['synapse']['maxima']:.4f}",
    ]  # fmt: skip


def test_the_figure_shows_shares_under_synapse_noise_against_those_under_neuron_noise(cnn_config, cnn_folder, cnn_data):
    _, figure = noise_place(RunContext(cnn_config, cnn_folder, lambda _label: lambda _done, _total, _note: None))
    net = checkpoint(cnn_folder, best_seed(cnn_folder, "bnsm_long"), "bnsm_long")
    shares = firing_shares(net, cnn_data.images[:1], cnn_config.test.seed)
    for axes, index in zip(figure.axes, (0, 1), strict=True):
        _, points = axes.get_lines()
        assert np.array_equal(points.get_xdata(), shares["neuron"][index])
        assert np.array_equal(points.get_ydata(), shares["synapse"][index])

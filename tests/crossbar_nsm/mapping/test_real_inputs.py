"""Networks that see grey values, and layers behind average pools, on arrays: the trained law, drivers of few bits,
calibration, bits."""

import numpy as np
import pytest
import torch
from support.cells.arrays import device, telegraph
from support.firing import erf_law
from support.laws import check_rate, rejects
from support.networks import conv, conv_network, dense, images, pool

from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.mapping.calibration import exact_moments
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import load_device
from device_models.errors import MappingError

ALL_CONV = conv_network(
    conv(4, 3, padding=1), conv(4, 3, padding=1), pool("max", 2), conv(6, 3), conv(6, 1), pool("average", 2),
    image=(3, 8, 8), encoding="real",
)  # fmt: skip
BEHIND_AVERAGES = conv_network(
    conv(4, 3, beta="position"),
    pool("average", 2),
    conv(5, 2, padding=1),
    pool("average", 2),
    dense(8),
    image=(1, 8, 8),
)
for net in (ALL_CONV, BEHIND_AVERAGES):  # channels that resemble each other: noise they share makes them fire together
    with torch.no_grad():
        for layer in net.nsm_layers():
            layer.weight += 2 * layer.weight[:1].clone()
        net.output_layer.weight *= 4
NETS = {"all-conv": (ALL_CONV, images(3, 192)), "behind averages": (BEHIND_AVERAGES, images(3, 64))}
IDLE = device(programming={}, read_noise={"relative_sd": 0.2}, conductance={"g_min_s": 4e-5, "g_max_s": 1e-4})


def hardware(dev=None, **sections):
    return HardwareConfig.model_validate({"device": dev or load_device("ideal"), **sections})


def fired(layer, z, reads):
    """How often the units fire for one input z."""
    input_of = np.zeros(reads, int)
    with one_blas_thread():
        states = layer.fire(z[None], input_of, Passes(0, 1, input_of, input_of, np.arange(reads)))
    return (states > 0).sum(axis=0)


@pytest.mark.parametrize("engine", ["moments", "device"])
@pytest.mark.parametrize("name", NETS)
def test_ideal_cells_fire_as_software_does(name, engine):
    """P(z = +1) = 1/2 [1 + erf((beta t + c) / s)] of every unit of every layer; with s = 1 the check fails, where
    inputs are real or padded."""
    net, x = NETS[name]
    chip = MappedNetwork(net, hardware(neuron={"scaling": "digital"}, read={"engine": engine}), seed=1)
    seen, reads, wrong = net.layer_inputs(x, seed=0), 1500, []
    for mapped in chip.hidden:
        layer, z = net.layers[mapped.name], seen[mapped.name][0]
        count = fired(mapped, z, reads)
        for k, p in zip(count, erf_law(layer, z), strict=True):
            check_rate(k, reads, p)
        wrong.append((np.abs(count / reads - erf_law(layer, z, share=False)).max(), mapped.name))
    assert max(wrong)[0] > 0.1


def test_the_control_of_the_check_above():
    """A unit that fires 0.1 too often is noticed."""
    rejects(check_rate, 900, 1500, 0.5)


@pytest.mark.parametrize(("scaling", "noise"), [("digital", "synapse"), ("row_mask", "neuron")])
@pytest.mark.parametrize("name", NETS)
def test_networks_agree_with_software(name, scaling, noise):
    """Through all layers: mean class probabilities and their variance over passes, 5 sigma; the other place of the
    noise gives others."""
    net, x = NETS[name]
    dev = device(read_noise={}, programming={}) if scaling == "row_mask" else None
    samples, worst = 5000, {}
    chip = MappedNetwork(net, hardware(dev, neuron={"scaling": scaling})).sample(x, samples)
    for place in ("synapse", "neuron"):
        ideal = net.sample(x, samples, noise=place)
        differences = []
        for power in (1, 2):
            a, b = chip**power, ideal**power
            spread = ((a.var(dim=0) + b.var(dim=0)) / samples).sqrt()
            differences.append(((a.mean(dim=0) - b.mean(dim=0)) / spread).abs().max().item())
        worst[place] = max(differences)
    assert worst.pop(noise) < 5
    assert worst.popitem()[1] > 5


@pytest.mark.parametrize("case", ["moments", "telegraph", "converters"])
def test_same_bits_for_any_batch_and_from_a_file(case, tmp_path):
    sections = {
        "moments": {"array": {"dac": {"bits": 4, "offset_sd_v": 0.01}}},
        "telegraph": {"dev": device(telegraph=telegraph(5e-6, 5e-6)), "neuron": {"scaling": "row_mask"}},
        "converters": {"array": {"partial_sums": "digital", "rows": 16, "output_layer": "array", "dac": {"bits": 6}}},
    }[case]
    net, x = ALL_CONV, images(4, 192)
    config = hardware(sections.pop("dev", device()), **sections)
    chip = MappedNetwork(net, config)
    whole = chip.sample(x, 3)
    chip.reset()
    first = chip.sample(x[:1], 3)
    again = load_chip(chip.save(tmp_path / "chip.safetensors"))
    rest = chip.sample(x[1:], 3)
    assert torch.equal(torch.cat([first, rest], dim=1), whole)
    assert torch.equal(again.sample(x[1:], 3), rest)


@pytest.mark.parametrize("calibration", ["analytic", "measured"])
def test_drivers_of_few_bits_round_real_inputs(calibration):
    """Noise-free exact cells: decisions are signs of beta t + c of the rounded inputs. Zeros of the padding stay 0."""
    exact = device(read_noise={}, programming={})
    neuron = {"scaling": "none", "calibration": "none"}
    chip = MappedNetwork(ALL_CONV, hardware(exact, array={"dac": {"bits": 2}}, neuron=neuron))
    x = images(20, 192)
    levels = np.array([-1, -1 / 3, 1 / 3, 1])
    rounded = levels[np.abs((2 * x - 1)[..., None] - levels).argmin(axis=-1)]
    input_of = np.arange(20)
    z = (2 * x - 1).astype(np.float32)
    with one_blas_thread():
        states = chip.hidden[0].fire(z, input_of, Passes(0, 20, input_of, input_of, np.zeros(20, int)))
    layer = ALL_CONV.layers["conv1"]

    def signs(inputs):
        shaped = torch.from_numpy(inputs.astype(np.float32)).reshape(20, 3, 8, 8)
        u = torch.nn.functional.conv2d(shaped, layer.weight, padding=1)
        ratio = (layer.c / layer.beta * layer.weight.flatten(1).norm(dim=1)).detach()
        return (u + ratio[:, None, None] >= 0).flatten(1).numpy()

    assert np.mean((states > 0) == signs(rounded)) > 0.999
    assert np.mean((states > 0) == signs(2 * x - 1)) < 0.99
    fine = MappedNetwork(ALL_CONV, hardware(array={"dac": {"bits": 12}}, neuron={"calibration": calibration}))
    ideal = ALL_CONV.predict(x, 200)
    assert (fine.predict(x, 200) - ideal).abs().max() < 0.25


def test_noise_of_idle_cells_under_real_inputs_is_calibrated(monkeypatch):
    """Idle cells carry most of the noise, and more of it than trained weights where inputs are grey: measured and
    analytic gains agree; an analytic calibration at inputs +-1 does not."""
    net = conv_network(conv(12, 3, padding=1), dense(8), image=(3, 8, 8), encoding="real")
    with torch.no_grad():
        net.layers["conv1"].weight[:, 1:] *= 0.1
    net.calibration_images[:, :64] = 128 + net.calibration_images[:, :64] // 20 - 6  # grey where weights are large

    def gains(**neuron):
        return MappedNetwork(net, hardware(IDLE, neuron={"scaling": "digital", **neuron})).calibration["conv1"].gain

    measured = 1 + gains(calibration="measured", calibration_reads=40)
    assert np.allclose(1 + gains(), measured, rtol=0.03)
    monkeypatch.setattr(exact_moments, "_noise_share", lambda *_: 1.0)
    assert np.all(1 + gains() < 0.5 * measured)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        ({"dac": {"bits": 4}, "scale": "per_row"}, "layer conv1 sees real inputs, which array.dac.bits=4 rounds"),
        ({"dac": {"bits": 4, "inl_lsb": 1.0}}, "array.dac.inl_lsb=1 is simulated for inputs"),
    ],
)
def test_drivers_that_are_not_simulated_for_real_inputs_are_refused(array, message):
    with pytest.raises(MappingError, match=message) as error:
        MappedNetwork(ALL_CONV, hardware(array=array))
    assert "\n" not in str(error.value)
    signs = conv_network(conv(4, 3), dense(4), image=(1, 6, 6))
    MappedNetwork(signs, hardware(array=array))

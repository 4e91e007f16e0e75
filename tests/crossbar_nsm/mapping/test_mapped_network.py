"""A network on a chip: ideal device = software, readers agree end to end, bits, clock and state."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import erf
from support.cells.arrays import device, telegraph
from support.laws import check_mean, check_rate, rejects
from support.networks import conv, conv_network, dense, dense_network, images, pool
from support.threads import one_thread

from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import OBSERVATION_VECTOR, Passes
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.mappable import check_mappable
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.mapping.observation.erf_fit import fit_erf
from crossbar_nsm.mapping.observation.recovery import observe
from crossbar_nsm.mapping.output_layer import ArrayOutput
from crossbar_nsm.mapping.programming import LayerSite
from device_models import Cells, Stream, load_device
from device_models.errors import ConfigError, CrossbarError, MappingError


def hardware(dev="rram_illustrative", **sections):
    return HardwareConfig.model_validate({"device": load_device(dev) if isinstance(dev, str) else dev, **sections})


@pytest.mark.parametrize("preset", ["ideal", "ideal_blank_out"])
@pytest.mark.parametrize("scaling", ["digital", "paired"])
def test_ideal_cells_fire_as_software_does(preset, scaling):
    """P(z = +1) of every neuron of the first layer, both noise laws, every cell drawn. For blank-out with two reads a
    pair averages towards the ceiling beta = 1 (p = 1/2), so betas stay below; fan-in 300 keeps the central limit."""
    net = dense_network(300, 25, 3, beta=(0.5, 0.95))
    chip = MappedNetwork(net, hardware(preset, neuron={"scaling": scaling}, read={"engine": "device"}), seed=1)
    layer, reads = next(net.nsm_layers()), 6000
    seen = observe(chip, images(2, 300), reads)["fc1"]
    p = 0.5 * (1 + erf(layer.beta.detach().numpy() * seen.t + layer.c.detach().numpy()))
    for count, probability in zip(seen.fired.ravel(), p.ravel(), strict=True):
        check_rate(count, reads, probability)
    rejects(check_rate, seen.fired[0].sum(), 25 * reads, p[0].mean() + 0.01)


@pytest.mark.parametrize("scaling", ["none", "digital", "paired", "replica"])
def test_both_readers_give_the_same_class_probabilities(scaling):
    """Through all layers: mean class probabilities of 3,000 samples, 5-sigma limits from the samples themselves."""
    net, x = dense_network(60, 40, 30, 4), images(6, 60)
    moments, oracle = (
        MappedNetwork(net, hardware(neuron={"scaling": scaling}, read={"engine": engine})).sample(x, 3000)
        for engine in ("moments", "device")
    )
    assert not torch.equal(moments, oracle)
    spread = ((moments.var(dim=0) + oracle.var(dim=0)) / 3000).sqrt().clamp_min(1e-6)
    assert ((moments.mean(dim=0) - oracle.mean(dim=0)) / spread).abs().max() < 5
    for image in range(6):
        p = stats.ks_2samp(moments[:, image, 0].numpy(), oracle[:, image, 0].numpy()).pvalue
        assert p > 1e-6


def test_a_chip_is_read_and_calibrated_at_its_age():
    """PCM after an hour: conductances have drifted, calibration makes up for it, and age 0 is as programmed."""
    net, config = dense_network(60, 40, 4), hardware("pcm_nandakumar2019", read={"slow_noise": "split"})
    young, old = (MappedNetwork(net, config, age_s=age_s) for age_s in (0.0, 3600.0))
    for chip in (young, old):
        assert chip.engine == "moments, slow noise split"
    arrays = [chip.hidden[0].arrays["main"] for chip in (young, old)]
    assert np.array_equal(arrays[0].g_s, arrays[1].g_s)
    ratio = arrays[1].law.g_s[arrays[0].g_s > 1e-5] / arrays[0].g_s[arrays[0].g_s > 1e-5]
    assert 0.7 < np.median(ratio) < (3600 / 20) ** -0.045
    for chip in (young, old):
        calibration = chip.calibration["fc1"]
        reached = ~calibration.clipped
        assert np.allclose(calibration.recovered_beta[reached], calibration.trained_beta[reached])
    shape = {"rows": 16, "cols": 8, "output_layer": "array"}
    tiles = MappedNetwork(net, hardware("pcm_nandakumar2019", array=shape), age_s=100.0)
    assert tiles.output.arrays["main"].age_s == 100.0
    array = tiles.hidden[0].arrays["main"]
    first = Cells(array.g_s[:, :16, :4], array.stream.at(tile="0,0"))
    assert np.array_equal(array.law.g_s[:, :16, :4], array.device.aged_s(first, 100.0))


@pytest.mark.parametrize(("scaling", "spacing_s"), [("paired", 2e-7), ("none", 1e-6), ("replica", 1e-6)])
def test_1_over_f_noise_is_split_at_the_time_between_the_reads_that_are_combined(scaling, spacing_s):
    """Two reads of the same cells share what does not change between them, not what does not change between passes."""
    read = {"slow_noise": "split", "interval_s": 1e-6, "pair_interval_s": 2e-7}
    config = hardware("pcm_nandakumar2019", read=read, neuron={"scaling": scaling})
    array = MappedNetwork(dense_network(20, 5, 3), config, age_s=100.0).hidden[0].arrays["main"]
    whole = array.device.read_law(Cells(array.g_s, array.stream.at(tile="0,0")), config.read.conditions(100.0))
    fresh = whole.flicker.amplitude_s * np.sqrt(whole.flicker.terms.fresh(spacing_s))
    assert np.allclose(array.law.sd_s, fresh)


def test_the_age_of_a_configuration_reaches_the_cells():
    device = {"device": load_device("pcm_nandakumar2019")}
    config = ExperimentConfig.model_validate({**device, "evaluation": {"age_s": 1e5}, "read": {"slow_noise": "split"}})
    chip = map_network(dense_network(20, 5, 3), config)
    assert chip.age_s == chip.hidden[0].arrays["main"].age_s == 1e5
    assert MappedNetwork(chip.net, config).age_s == 0


def test_a_wrong_variance_fails_the_comparison_of_readers():
    """Class probabilities are a blunt instrument; tests/crossbar_nsm/array/test_readers.py notices 1 % of sd."""
    net, x = dense_network(60, 40, 30, 4), images(6, 60)
    config = hardware(neuron={"scaling": "paired"}, read={"engine": "moments"})
    chips = [MappedNetwork(net, config) for _ in range(2)]
    for layer in chips[1].hidden:
        layer.reads.variance *= 1.5**2
    a, b = (chip.sample(x, 3000) for chip in chips)
    spread = ((a.var(dim=0) + b.var(dim=0)) / 3000).sqrt().clamp_min(1e-6)
    assert ((a.mean(dim=0) - b.mean(dim=0)) / spread).abs().max() > 5


CASES = {
    "moments": hardware(),
    "device": hardware(read={"engine": "device"}),
    "comparator": hardware(neuron={"comparator": {"offset_sd_a": 1e-7, "noise_sd_a": 1e-7, "hysteresis_a": 1e-7}}),
    "selector": hardware("ideal_blank_out", neuron={"scaling": "digital"}),
    "telegraph": hardware(device(telegraph=telegraph(5e-6, 5e-6))),
    "row_mask": hardware(device(telegraph=telegraph(5e-6, 5e-6)), neuron={"scaling": "row_mask"}),
    "masked_sums": hardware(
        array={"partial_sums": "digital", "rows": 5, "adc": {"bits": 6}}, neuron={"scaling": "row_mask"}
    ),
    "array_output": hardware(array={"output_layer": "array", "rows": 5, "adc": {"per": "tile"}}),
    "digital_sums": hardware(array={"partial_sums": "digital", "rows": 5, "adc": {"bits": 5, "offset_sd_lsb": 1.0}}),
    "drivers": hardware(array={"scale": "per_row", "dac": {"bits": 5, "inl_lsb": 1.0, "offset_sd_v": 0.01}}),
}


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("case", CASES)
def test_same_seed_same_bits_for_any_batch_and_threads(case):
    net, x = dense_network(30, 20, 12, 4), images(17, 30)
    whole = MappedNetwork(net, CASES[case], seed=2).sample(x, 7)
    assert whole.shape == (7, 17, 4)
    assert whole.dtype == torch.float32
    chip = MappedNetwork(net, CASES[case], seed=2)
    assert torch.equal(torch.cat([chip.sample(x[:5], 7), chip.sample(x[5:], 7)], dim=1), whole)
    chip.reset()
    assert torch.allclose(chip.predict(x, 7), whole.mean(dim=0), atol=1e-6)
    with one_thread():
        assert torch.equal(MappedNetwork(net, CASES[case], seed=2).sample(x, 7), whole)
    for other in (MappedNetwork(net, CASES[case], seed=3), MappedNetwork(net, CASES[case], seed=2, chip=1)):
        assert not torch.equal(other.sample(x, 7), whole)


def test_time_goes_on_and_reset_goes_back():
    net, x = dense_network(30, 20, 4), images(3, 30)
    chip = MappedNetwork(net, CASES["telegraph"])
    first, second = chip.sample(x, 5), chip.sample(x, 5)
    assert not torch.equal(first, second)
    assert chip.image_counter == 6
    chip.reset()
    assert torch.equal(chip.sample(x, 5), first)


def test_slow_traps_repeat_from_sample_to_sample_in_input_major_order():
    """Traps of 1 s read every 1 us: all samples of an image see one state, so they agree; sample_major changes nothing
    then either, but with traps of 50 us the samples of an image lie far apart in time and differ."""
    net, x = dense_network(40, 20, 4, beta=(1, 1)), images(200, 40)

    def spread(trap_s, order):
        dev = device(read_noise={}, programming={}, telegraph=telegraph(trap_s, trap_s))
        config = hardware(dev, neuron={"scaling": "none"}, read={"order": order})
        return float(MappedNetwork(net, config).sample(x, 4).var(dim=0).mean())

    assert spread(1e3, "input_major") == 0.0
    assert spread(5e-5, "input_major") < 0.5 * spread(5e-5, "sample_major")


def test_auto_never_picks_a_wrong_reader_and_asking_for_one_is_refused():
    net = dense_network(30, 20, 4)
    assert MappedNetwork(net, CASES["moments"]).engine == "moments"
    assert MappedNetwork(net, CASES["selector"]).engine == "device"
    assert MappedNetwork(net, CASES["telegraph"]).engine == "device"
    for dev in ("ideal_blank_out", "rram_telegraph_illustrative"):
        with pytest.raises(ValueError, match=r"read\.engine: moments would be wrong for " + dev):
            hardware(dev, read={"engine": "moments"})


def test_negative_beta_is_programmed_as_the_negative_weights():
    net = dense_network(50, 20, 3)
    flipped = dense_network(50, 20, 3)
    with torch.no_grad():
        layer = next(flipped.nsm_layers())
        layer.beta *= -1
        layer.weight *= -1
    x = images(5, 50)
    config = hardware("ideal", neuron={"scaling": "digital"})
    a, b = (MappedNetwork(n, config).predict(x, 50) for n in (net, flipped))
    assert torch.equal(a, b)


def test_a_dead_neuron_fires_with_its_bias_alone():
    net = dense_network(50, 20, 3)
    with torch.no_grad():
        next(net.nsm_layers()).weight[0] = 0
    chip = MappedNetwork(net, hardware(device(programming={})))
    seen = observe(chip, images(2, 50), 5000)["fc1"]
    c = next(net.nsm_layers()).c[0].item()
    check_rate(seen.fired[:, 0].sum(), 10_000, 0.5 * (1 + erf(c)))


@pytest.mark.parametrize("scaling", ["none", "digital", "paired", "replica"])
def test_a_device_without_noise_is_the_deterministic_network(scaling):
    """No noise, no gain: every circuit leaves the programmed weights alone and decides by sign(beta t + c)."""
    net, x = dense_network(30, 20, 4), images(50, 30)
    exact = device(read_noise={"relative_sd": 0.0}, programming={})
    chip = MappedNetwork(net, hardware(exact, neuron={"scaling": scaling}))
    out = chip.sample(x, 6)
    assert torch.equal(out, out[:1].expand_as(out))
    assert np.all(np.isinf(chip.calibration["fc1"].recovered_beta))
    z = torch.where(next(net.nsm_layers()).argument(net.encode(x)) >= 0, 1.0, -1.0)
    assert torch.allclose(out[0], torch.softmax(net.output_layer(z), dim=1), atol=1e-5)


def test_output_layer_on_an_array_with_an_adc():
    """With exact cells and many bits it is the digital layer; with few bits it is not."""
    net, x = dense_network(50, 30, 4), images(8, 50)
    exact = device(programming={}, read_noise={}, conductance={"g_min_s": 0, "g_max_s": 1e-4})
    layers = {"out": {"device": exact}}
    digital = MappedNetwork(net, hardware()).predict(x, 40)
    fine, coarse = (
        MappedNetwork(
            net, hardware(layers=layers, array={"output_layer": "array", "adc": {"bits": bits, "range_factor": 3}})
        ).predict(x, 40)
        for bits in (20, 2)
    )
    assert torch.allclose(fine, digital, atol=1e-3)
    assert (coarse - digital).abs().max() > 0.02


@pytest.mark.parametrize("engine", ["moments", "device"])
def test_converters_per_row_tile_add_up_digitally(engine):
    """Many bits: the digital sum of converted partial currents is the converted sum. One noisy read either way: mean
    class probabilities agree within 5 sigma for any number of row tiles."""
    net, x = dense_network(50, 30, 4), images(4, 50)
    out = []
    for per, rows in (("column", 256), ("tile", 256), ("tile", 7)):
        array = {"output_layer": "array", "rows": rows, "adc": {"bits": 16, "per": per, "range_factor": 4}}
        config = hardware(device(programming={}), array=array, read={"engine": engine})
        out.append(MappedNetwork(net, config).sample(x, 2000))
    for other in out[1:]:
        spread = ((other.var(dim=0) + out[0].var(dim=0)) / 2000).sqrt()
        assert ((other.mean(dim=0) - out[0].mean(dim=0)) / spread).abs().max() < 5


def test_an_array_output_needs_calibration_images():
    net = dense_network(30, 20, 4)
    net.calibration_images = None
    with pytest.raises(MappingError, match="calibration images"):
        MappedNetwork(net, hardware(array={"output_layer": "array"}))


def test_unknown_layer_names_and_bad_samples():
    with pytest.raises(MappingError, match="no layer fc9; the network has fc1, out"):
        MappedNetwork(dense_network(30, 20, 4), hardware(layers={"fc9": {"device": load_device("ideal")}}))
    with pytest.raises(MappingError, match="out is computed digitally"):
        MappedNetwork(dense_network(30, 20, 4), hardware(layers={"out": {"device": load_device("ideal")}}))
    net = dense_network(30, 20, 4)
    with torch.no_grad():
        next(net.nsm_layers()).weight *= 1e30
    with pytest.raises(ConfigError, match=r"fc1.weight holds values up to .*e\+29, more than 1e\+15"):
        MappedNetwork(net, hardware())
    with pytest.raises(CrossbarError, match="expected a whole number from 1"):
        MappedNetwork(dense_network(30, 20, 4), hardware()).predict(images(2, 30), 0)


@pytest.mark.parametrize("faults", [{"stuck_on": 1.0}, {"stuck_off": 1.0}])
def test_an_array_of_stuck_cells_gives_chance_not_nan(faults):
    config = hardware(device(faults=faults), array={"output_layer": "array"})
    out = MappedNetwork(dense_network(30, 20, 4), config).sample(images(3, 30), 5)
    assert torch.isfinite(out).all()
    assert torch.allclose(out.sum(dim=2), torch.ones(5, 3), atol=1e-5)


def test_next_to_no_signal_is_not_amplified():
    """Columns in which less than a thousandth of the weights is left keep gain 1: noise / 1e-9 is no logit."""
    config = hardware(device(programming={}), array={"output_layer": "array"})
    chip = MappedNetwork(dense_network(30, 20, 4), config)
    g_s = chip.output.arrays["main"].g_s
    middle = g_s.mean(axis=0)
    faint = middle + 1e-9 * (g_s - middle)
    weight, bias = (p.detach().numpy() for p in chip.net.output_layer.parameters())
    output = ArrayOutput(weight, bias, LayerSite(config, Stream(), stored={"main": faint}), np.ones((1, 20)))
    assert np.all(output.gain == 1)
    halved = {"main": middle + 0.5 * (g_s - middle)}
    half = ArrayOutput(weight, bias, LayerSite(config, Stream(), stored=halved), np.ones((1, 20)))
    assert np.allclose(half.gain, 2, rtol=0.05)


def test_observing_never_uses_the_draws_of_an_evaluation(monkeypatch):
    chip = MappedNetwork(dense_network(30, 20, 4), hardware())
    counters = []
    fire = chip.hidden[0].fire
    monkeypatch.setattr(
        chip.hidden[0],
        "fire",
        lambda z, input_of, passes: (counters.append(passes.images), fire(z, input_of, passes))[1],
    )
    observe(chip, images(3, 30), 4)
    observed = np.concatenate(counters)
    counters.clear()
    chip.predict(images(3, 30), 4)
    assert not set(observed) & set(np.concatenate(counters))


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (conv_network(dense(5), image=(1, 6, 6), method="relu"), "method relu cannot be mapped: only NSM units"),
    ],
)
def test_networks_that_arrays_cannot_hold_are_refused(network, message):
    with pytest.raises(MappingError, match=message) as error:
        check_mappable(network.architecture)
    assert "\n" not in str(error.value)
    with pytest.raises(MappingError, match=message):
        MappedNetwork(network, HardwareConfig(device=load_device("ideal")))


def test_an_image_in_front_of_dense_layers_is_no_convolution():
    check_mappable(conv_network(dense(5), image=(1, 6, 6)).architecture)


# --- convolutions ----------------------------------------------------------------------------------------------------

CONV = conv_network(conv(4, 3, padding=1), pool("max", 2), conv(5, 2, beta="position"), dense(8), image=(1, 8, 6))


@pytest.mark.parametrize("engine", ["moments", "device"])
@pytest.mark.parametrize("scaling", ["paired", "digital", "averaged"])
def test_a_convolution_on_arrays_fires_with_the_trained_probability(engine, scaling):
    """beta and c of every channel or position, measured from decisions, padded borders included; a fit that takes
    borders for ordinary patches is seen."""
    device = load_device("rram_illustrative").model_copy(update={"programming": load_device("ideal").programming})
    config = hardware(device, neuron={"scaling": scaling, "averaged_reads": 4}, read={"engine": engine})
    chip = MappedNetwork(CONV, config)
    seen = observe(chip, images(30, 48), 60)
    for name, firing in seen.items():
        fit, layer = fit_erf(firing), CONV.layers[name]
        known = ~np.isnan(fit.beta) & ~chip.calibration[name].clipped.ravel()
        beta = layer.beta.detach().numpy().ravel()
        check_mean(((fit.beta - beta) / fit.beta_sd)[known] ** 2, 1.0, np.sqrt(2))
    border = replace(seen["conv1"], share=1.0)
    wrong, beta = fit_erf(border), CONV.layers["conv1"].beta.detach().numpy().ravel()
    rejects(check_mean, ((wrong.beta - beta) / wrong.beta_sd) ** 2, 1.0, np.sqrt(2))


def test_a_convolution_on_arrays_has_the_bits_of_any_batch_and_chip_file(tmp_path):
    chip, x = MappedNetwork(CONV, hardware()), images(7, 48)
    whole = chip.sample(x, 6)
    chip.reset()
    assert torch.equal(torch.cat([chip.sample(x[:2], 6), chip.sample(x[2:], 6)], dim=1), whole)
    again = load_chip(chip.save(tmp_path / "conv.safetensors"))
    assert torch.equal(again.sample(x, 3), chip.sample(x, 3))


@pytest.mark.parametrize("samples", [1, 3])
def test_images_may_lie_in_memory_as_they_like(samples):
    x = torch.from_numpy(images(40, 60))
    net = dense_network(60, 40, 30, 4)
    rows, columns = (MappedNetwork(net, hardware()).sample(y, samples) for y in (x, x.T.contiguous().T))
    assert torch.equal(rows, columns)


def test_measurements_and_evaluations_draw_slow_noise_of_their_own():
    """Counted from another vector on, traps switch at other times; from the same one, at the same times."""
    config = hardware(device(read_noise={}, telegraph=telegraph(2e-6, 2e-6)), neuron={"scaling": "none"})
    z, input_of = np.ones((1, 30), np.float32), np.zeros(200, int)
    passes = Passes(0, 1, input_of, input_of, np.arange(200))
    seen = []
    for vector in (0, OBSERVATION_VECTOR, 0):
        reads = MappedNetwork(dense_network(30, 20, 4), config).hidden[0].reads
        reads.begin_at(vector)
        with one_blas_thread():
            seen.append(reads.current(z, input_of, passes))
    assert np.array_equal(seen[0], seen[2])
    assert np.mean(seen[0][50:] == seen[1][50:]) < 0.05


@pytest.mark.parametrize("case", ["moments", "device", "array_output"])
def test_single_passes_have_the_entropy_that_is_told_beside_their_mean(case):
    net, x = dense_network(30, 20, 12, 4), images(9, 30)
    chip = MappedNetwork(net, CASES[case], seed=2)
    passes = chip.sample(x, 7).double()
    chip.reset()
    prediction = chip.predict_uncertainty(x, 7)
    assert chip.image_counter == 9
    entropy = -(passes * passes.log()).sum(dim=2).mean(dim=0)
    mean = passes.mean(dim=0)
    assert np.allclose(prediction.pass_entropy, entropy, atol=1e-6)
    assert np.allclose(prediction.mutual_information, -(mean * mean.log()).sum(dim=1) - entropy, atol=1e-6)
    chip.reset()
    assert np.array_equal(chip.predict(x, 7).numpy(), prediction.probability)


@pytest.mark.parametrize("case", ["moments", "device", "array_output"])
def test_without_memory_an_image_that_stops_early_has_the_first_passes_of_a_full_run(case):
    net, x = dense_network(30, 20, 12, 4), images(9, 30)
    net.output_layer.weight.data *= 4
    chip = MappedNetwork(net, CASES[case], seed=2)
    assert not chip.has_memory
    chip.predict(x[:2], 3)
    found = chip.predict_until_sure(x[2:], 60, confidence=0.9, block=6)
    assert chip.image_counter == 9
    chip.reset()
    every = chip.sample(x, 60)[:, 2:]
    for image, count in enumerate(found.samples):
        assert np.allclose(found.probability[image], every[:count, image].mean(dim=0), atol=1e-6)
    assert found.samples.min() < 60


@pytest.mark.parametrize("order", ["input_major", "sample_major"])
@pytest.mark.parametrize("case", ["telegraph", "comparator"])
def test_with_memory_fewer_passes_take_less_time(case, order):
    """With memory, the first image of a chip that reads image by image starts as in a full run; time goes on only while
    passes are made."""
    net, x = dense_network(30, 20, 4), images(5, 30)
    net.output_layer.weight.data *= 4
    read = CASES[case].read.model_copy(update={"order": order})
    chip = MappedNetwork(net, CASES[case].model_copy(update={"read": read}), seed=2)
    assert chip.has_memory
    found = chip.predict_until_sure(x, 60, confidence=0.9, block=6, effective_share=0.5)
    chip.reset()
    again = chip.predict_until_sure(x, 60, confidence=0.9, block=6, effective_share=0.5)
    assert np.array_equal(found.probability, again.probability)
    chip.reset()
    first = chip.sample(x, int(found.samples[0]))[:, 0].mean(dim=0)
    if order == "input_major":
        assert np.allclose(found.probability[0], first, atol=1e-6)
    assert found.samples.sum() < 5 * 60


def test_warnings_point_to_the_line_of_the_user():
    net = dense_network(30, 20, 4)
    net.calibration_images = None
    with pytest.warns(UserWarning, match="no calibration images") as said:
        MappedNetwork(net, hardware())
    assert {warning.filename for warning in said} == {__file__}

"""A designer's numbers against what follows from exported conductances, from sampled reads, and from registers."""

import numpy as np
import pytest
from scipy.stats import norm
from support.cells.arrays import device
from support.laws import check_normal_variance, check_variance, rejects
from support.networks import conv, conv_network, dense, dense_network, pool

from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import chunks
from crossbar_nsm.mapping.circuit.numbers import circuit_numbers
from crossbar_nsm.mapping.circuit.sizes import chip_image_time_s
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork

NET = dense_network(30, 12, 8, 4)
ONE_NEURON = dense_network(40, 1, 2)
CONV = conv_network(conv(5, 3, padding=1), pool("max", 2), dense(7), image=(2, 8, 6))
VOLTAGE_V = 0.3


def chip_of(net, neuron=None, array=None, dev=None, **read):
    config = {
        "device": dev or device(),
        "array": {"clipping": "none", **(array or {})},
        "neuron": neuron or {},
        "read": {"voltage_v": VOLTAGE_V, **read},
    }
    return MappedNetwork(net, HardwareConfig.model_validate(config))


def inputs_of(net, layer, seed=0):
    return net.layer_inputs(net.calibration_images.astype(np.float32) / 255, seed=seed)[layer].astype(np.float64)


def conductances(chip, tmp_path, layer):
    with np.load(chip.export_conductances(tmp_path / "g.npz")) as arrays:
        return arrays[f"{layer}/main"].astype(np.float64)


def test_currents_are_those_of_exported_conductances(tmp_path):
    """I = V sum_j z_j G_j of every line, for all 64 calibration images."""
    chip = chip_of(NET)
    for layer in ("fc1", "fc2"):
        numbers, g_s = circuit_numbers(chip)[layer], conductances(chip, tmp_path, layer)
        lines = [VOLTAGE_V * inputs_of(NET, layer) @ side for side in g_s]
        assert numbers.line.typical_a == pytest.approx(np.median(np.abs(lines)), rel=1e-5)
        assert numbers.line.largest_seen_a == pytest.approx(np.abs(lines).max(), rel=1e-5)
        assert numbers.line.largest_possible_a == pytest.approx(VOLTAGE_V * g_s.sum(axis=1).max(), rel=1e-5)
        pairs = lines[0] - lines[1]
        assert numbers.pair.typical_a == pytest.approx(np.median(np.abs(pairs)), rel=1e-5)
        assert numbers.pair.largest_seen_a == pytest.approx(np.abs(pairs).max(), rel=1e-5)
        assert numbers.pair.largest_possible_a == pytest.approx(VOLTAGE_V * np.abs(g_s[0] - g_s[1]).sum(axis=0).max())
        assert numbers.weight_a == pytest.approx(np.median(VOLTAGE_V * np.abs(g_s[0] - g_s[1])), rel=1e-5)
        assert numbers.vectors_shown == 64


def test_currents_of_a_convolution_are_those_of_its_patches(tmp_path):
    chip = chip_of(CONV)
    g_s = conductances(chip, tmp_path, "conv1").reshape(2, 2, 3, 3, 5)
    z = inputs_of(CONV, "conv1").reshape(-1, 2, 8, 6)
    patches = np.lib.stride_tricks.sliding_window_view(np.pad(z, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), (2, 3))
    lines = VOLTAGE_V * np.einsum("ncyxab,scabo->snyxo", patches, g_s)
    numbers = circuit_numbers(chip)["conv1"]
    assert numbers.line.typical_a == pytest.approx(np.median(np.abs(lines)), rel=1e-5)
    assert numbers.pair.largest_seen_a == pytest.approx(np.abs(lines[0] - lines[1]).max(), rel=1e-5)


def test_a_line_with_a_converter_is_that_of_one_row_tile(tmp_path):
    chip = chip_of(NET, array={"rows": 8, "partial_sums": "digital"})
    numbers, g_s = circuit_numbers(chip)["fc1"], conductances(chip, tmp_path, "fc1")
    z = inputs_of(NET, "fc1")
    tiles = [slice(start, start + 8) for start in range(0, 30, 8)]
    lines = [VOLTAGE_V * z[:, rows] @ side[rows] for rows in tiles for side in g_s]
    assert numbers.tiles_apart
    assert numbers.line.typical_a == pytest.approx(np.median(np.concatenate([np.abs(a).ravel() for a in lines])))
    assert numbers.line.largest_seen_a == pytest.approx(max(np.abs(a).max() for a in lines), rel=1e-5)


def test_rows_of_their_own_scale_are_driven_with_less(tmp_path):
    """The drive of a row is its largest weight over that of the layer."""
    chip = chip_of(NET, array={"scale": "per_row"})
    weight = NET.layers["fc1"].weight.detach().numpy().astype(np.float64)
    drive = np.abs(weight).max(axis=0) / np.abs(weight).max()
    lines = [VOLTAGE_V * (inputs_of(NET, "fc1") * drive) @ side for side in conductances(chip, tmp_path, "fc1")]
    numbers = circuit_numbers(chip)["fc1"]
    assert numbers.line.typical_a == pytest.approx(np.median(np.abs(lines)), rel=1e-5)


def amperes_per_weight(chip):
    """Of ONE_NEURON's only column, whose largest weight takes the whole range."""
    largest = np.abs(ONE_NEURON.layers["fc1"].weight.detach().numpy()).max()
    conductance = chip.config.device.conductance
    return VOLTAGE_V * (conductance.g_max_s - conductance.g_min_s) / largest


def sampled_u_a(chip, samples):
    """u of the first neuron for one input, in amperes: reads of every cell, combined as the circuit does."""
    z, reads = inputs_of(ONE_NEURON, "fc1")[:1].astype(np.float32), chip.hidden[0].reads
    with one_blas_thread():
        parts = [reads.current(z, passes.input_of, passes)[:, 0] for passes in chunks(1, samples, "input_major")]
    return np.concatenate(parts).astype(np.float64) * amperes_per_weight(chip)


@pytest.mark.parametrize("neuron", [{"scaling": "none"}, {"scaling": "paired"}, {"scaling": "replica"},
                                    {"scaling": "averaged", "averaged_reads": 3}])  # fmt: skip
def test_noise_of_u_is_that_of_sampled_reads(neuron):
    """False-alarm rate 1e-6; 2 % more sd is noticed."""
    chip = chip_of(ONE_NEURON, neuron, engine="device")
    numbers, u_a = circuit_numbers(chip)["fc1"], sampled_u_a(chip, 60_000)
    check_normal_variance(u_a, numbers.decision_noise.a**2)
    rejects(check_normal_variance, u_a, (1.02 * numbers.decision_noise.a) ** 2)
    if neuron["scaling"] == "none":
        assert numbers.read_noise == numbers.decision_noise
    else:
        alone = circuit_numbers(chip_of(ONE_NEURON, {"scaling": "none"}))["fc1"]
        assert numbers.read_noise.a == pytest.approx(alone.read_noise.a)


def test_noise_of_a_selector_counts():
    """Bernoulli noise of every pair; the variance of a bounded law, from the squares."""
    chip = chip_of(ONE_NEURON, {"scaling": "none"}, dev=device(selector={"keep_probability": 0.6}))
    numbers, u_a = circuit_numbers(chip)["fc1"], sampled_u_a(chip, 60_000)
    check_variance(u_a, u_a.mean(), numbers.decision_noise.a**2)
    rejects(check_variance, u_a, u_a.mean(), (1.03 * numbers.decision_noise.a) ** 2)


def test_sizes_are_ratios_of_currents():
    comparator = {"offset_sd_a": 3e-6, "noise_sd_a": 2e-6, "hysteresis_a": 1e-6}
    numbers = circuit_numbers(chip_of(ONE_NEURON, {"comparator": comparator}))["fc1"]
    for size, a in ((numbers.comparator.offset, 3e-6), (numbers.comparator.noise, 2e-6), (numbers.microampere, 1e-6),
                    (numbers.comparator.hysteresis, 1e-6)):  # fmt: skip
        assert size.a == a
        assert size.weights == pytest.approx(a / numbers.weight_a)
        assert size.noise_sds == pytest.approx(a / numbers.decision_noise.a)


def test_an_offset_of_one_sd_moves_c_and_probability():
    """u has its noise and that of the comparator: P = Phi(offset / sd) where it was 1/2, and c sqrt(2) sd is the
    threshold."""
    quiet = circuit_numbers(chip_of(ONE_NEURON))["fc1"].decision_noise.a
    given = {"offset_sd_a": 0.7 * quiet, "noise_sd_a": 0.5 * quiet}
    numbers = circuit_numbers(chip_of(ONE_NEURON, {"comparator": given, "calibration": "none"}))["fc1"]
    sd_a = np.hypot(numbers.decision_noise.a, given["noise_sd_a"])
    assert numbers.comparator.offset_in_c == pytest.approx(given["offset_sd_a"] / (np.sqrt(2) * sd_a))
    assert numbers.comparator.offset_in_probability == pytest.approx(norm.cdf(given["offset_sd_a"] / sd_a) - 0.5)


def test_the_step_of_an_output_layers_converter(tmp_path):
    """2 x 1.1 x the largest current of the calibration images over 2^6, in the median of the columns."""
    chip = chip_of(NET, array={"output_layer": "array", "adc": {"bits": 6}})
    numbers, g_s = circuit_numbers(chip)["out"], conductances(chip, tmp_path, "out")
    pairs_a = VOLTAGE_V * inputs_of(NET, "out") @ (g_s[0] - g_s[1])
    assert numbers.adc_step.a == pytest.approx(np.median(2 * 1.1 * np.abs(pairs_a).max(axis=0) / 2**6), rel=1e-5)
    assert numbers.adc_step.noise_sds == pytest.approx(numbers.adc_step.a / numbers.read_noise.a)
    assert numbers.decision_noise is None
    assert circuit_numbers(chip)["fc1"].adc_step is None


@pytest.mark.parametrize("neuron", [{"scaling": "none"}, {"scaling": "paired"}, {"scaling": "replica"}])
def test_what_a_converter_adds_is_the_error_of_rounded_reads(neuron):
    """Reads of every tile, drawn with numpy and rounded to a grid as wide as the step: sd of the error of u, to 3 %
    (its standard error is 0.5 %); the slope of P = Phi(u / sd) at 0."""
    chip = chip_of(ONE_NEURON, neuron, {"rows": 10, "partial_sums": "digital", "adc": {"bits": 6}})
    numbers, layer, rng = circuit_numbers(chip)["fc1"], chip.hidden[0], np.random.default_rng(0)
    gain = float(layer.setting.gain.ravel()[0])
    error_a = np.zeros(20_000)
    for k, c in enumerate([1.0] if neuron["scaling"] == "none" else [1 + gain, -gain]):
        converter = layer.converters["replica" if neuron["scaling"] == "replica" and k else "main"]
        for lsb in converter.lsb[:, 0].astype(float):
            read = rng.uniform(-20 * lsb, 20 * lsb, len(error_a))
            error_a += c * (np.round(read / lsb) * lsb - read) * amperes_per_weight(chip)
    assert numbers.adc_adds.a == pytest.approx(error_a.std(), rel=0.03)
    assert numbers.adc_adds.noise_sds == pytest.approx(numbers.adc_adds.a / numbers.decision_noise.a)
    both = np.hypot(numbers.decision_noise.a, error_a.std())
    slopes = [norm.pdf(0, scale=sd_a) for sd_a in (both, numbers.decision_noise.a)]
    assert numbers.adc_slope_share == pytest.approx(slopes[0] / slopes[1], rel=0.03)
    assert numbers.adc_range_a == pytest.approx(np.median(converter_range_a(chip)), rel=1e-6)
    assert numbers.adc_step.a == pytest.approx(2 * numbers.adc_range_a / 2**6, rel=1e-5)


def converter_range_a(chip):
    """Of the tiles' converters of ONE_NEURON's column."""
    return chip.hidden[0].converters["main"].full_scale[:, 0] * amperes_per_weight(chip)


def test_what_an_output_layers_converter_adds(tmp_path):
    """One conversion for every row tile of a class, beside the noise of a read of all; no probability is at stake."""
    chip = chip_of(NET, array={"rows": 4, "output_layer": "array", "adc": {"bits": 5, "per": "tile"}})
    numbers, g_s, z = circuit_numbers(chip)["out"], conductances(chip, tmp_path, "out"), inputs_of(NET, "out")
    tiles = [VOLTAGE_V * z[:, rows] @ (g_s[0] - g_s[1])[rows] for rows in (slice(0, 4), slice(4, 8))]
    lsb_a = [2 * 1.1 * np.abs(pairs_a).max(axis=0) / 2**5 for pairs_a in tiles]
    assert numbers.adc_adds.a == pytest.approx(np.median(np.hypot(*lsb_a) / np.sqrt(12)), rel=1e-5)
    assert numbers.adc_adds.noise_sds == pytest.approx(numbers.adc_adds.a / numbers.read_noise.a)
    assert numbers.adc_slope_share is None
    hidden = circuit_numbers(chip)["fc1"]
    assert hidden.adc_adds is hidden.adc_range_a is hidden.adc_slope_share is None


def test_steps_of_registers_are_those_between_their_values():
    chip = chip_of(dense_network(30, 200, 4), {"gain_bits": 3, "threshold_bits": 3})
    numbers, setting = circuit_numbers(chip)["fc1"], chip.hidden[0].setting
    weight_per_a = np.abs(chip.hidden[0].weight).max(axis=1) / (VOLTAGE_V * 9.5e-5)
    held_a = np.unique(np.round(setting.threshold.ravel() / weight_per_a * 1e12).astype(int)) * 1e-12
    assert numbers.registers.threshold_step.a == pytest.approx(np.diff(held_a).min(), rel=1e-4)
    assert len(held_a) == 8
    gains = np.unique(setting.gain.round(9))
    assert numbers.registers.gain_step == pytest.approx(np.diff(gains).min(), rel=1e-6)
    exact, gain = chip.hidden[0].exact, setting.gain.ravel()
    change = exact.beta(gain + numbers.registers.gain_step) / exact.beta(gain) - 1
    assert numbers.registers.gain_step_in_beta == pytest.approx(np.median(np.abs(change)))


def test_steps_of_levels_and_drivers():
    levels = {"g_min_s": 5e-6, "g_max_s": 1e-4, "levels": 20}
    array = {"scale": "per_row", "dac": {"bits": 4}}
    numbers = circuit_numbers(chip_of(NET, array=array, dev=device(conductance=levels)))["fc1"]
    assert numbers.weight_step.a == pytest.approx(VOLTAGE_V * 9.5e-5 / 19)
    assert numbers.dac_step_v == pytest.approx(2 * VOLTAGE_V / 15)
    assert numbers.dac_step.weights == pytest.approx(2 / 15)


def test_times_are_counted():
    """48 patches of conv1 2 us apart, four reads of 100 ns 300 ns apart; fc1 has one."""
    chip = chip_of(
        CONV, {"scaling": "averaged", "averaged_reads": 3}, window_s=1e-7, interval_s=2e-6, pair_interval_s=3e-7
    )
    layers = circuit_numbers(chip, samples=50)
    assert layers["conv1"].decision_time_s == pytest.approx(1e-6)
    assert layers["conv1"].pass_time_s == pytest.approx(96e-6)
    assert layers["conv1"].image_time_s == pytest.approx(50 * 96e-6)
    assert layers["fc1"].image_time_s == pytest.approx(50 * 2e-6)
    assert chip_image_time_s(layers, 50) == pytest.approx(50 * 96e-6 + 2e-6)


def test_without_images_currents_are_not_known_and_nothing_is_learned_of_the_chip():
    net = dense_network(30, 12, 4)
    net.calibration_images = None
    with pytest.warns(UserWarning, match="no calibration images"):
        chip = chip_of(net)
    before = chip.image_counter, chip.sample(np.zeros((1, 30)), 5)
    chip.reset()
    numbers = circuit_numbers(chip)["fc1"]
    assert numbers.vectors_shown == 0
    assert np.isnan([numbers.line.typical_a, numbers.line.largest_seen_a, numbers.pair.typical_a]).all()
    assert numbers.line.largest_possible_a > 0
    assert circuit_numbers(chip)["fc1"] == numbers
    assert (chip.sample(np.zeros((1, 30)), 5) == before[1]).all()


def test_noise_that_is_not_there_is_infinitely_small():
    with pytest.warns(UserWarning, match="no noise"):
        chip = chip_of(NET, {"comparator": {"offset_sd_a": 1e-6}}, dev=device(read_noise={}))
    numbers = circuit_numbers(chip)["fc1"]
    assert numbers.decision_noise.a == 0
    assert np.isnan(numbers.decision_noise.noise_sds)
    assert numbers.microampere.noise_sds == np.inf
    assert numbers.comparator.offset_in_probability == 0.5

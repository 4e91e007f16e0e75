"""Row drivers: levels one by one, voltages by hand, and the exact effect on reads."""

import numpy as np
import pytest
from support.cells.arrays import device, program, read_device, weights
from support.laws import check_mean, check_normal_variance, rejects
from support.networks import states

from crossbar_nsm.array.config import ArrayConfig, DacConfig, ReadConfig
from crossbar_nsm.array.dac import row_drivers
from crossbar_nsm.array.pair_targets import PairTargets
from device_models import Stream

VOLTAGE_V = 0.2
EXACT = {"programming": {}, "read_noise": {}}


def drivers(drive, seed=0, **config):
    """Drivers of rows whose nominal drive voltages are `drive` (rows) x VOLTAGE_V, for three outputs."""
    gain = np.repeat(np.asarray(drive, float)[:, None], 3, axis=1) * 7.0
    targets = PairTargets(np.zeros((2, *gain.shape)), gain, np.full(3, 7.0))
    return row_drivers(DacConfig(**config), VOLTAGE_V, targets, Stream(seed=seed))


def voltages(drive, **config):
    """Voltages (2, rows) over VOLTAGE_V that inputs +1 and -1 give."""
    made = drivers(drive, **config)
    return np.stack([made.factor[:, 0] * drive * (z + made.shift) for z in (1, -1)])


@pytest.mark.parametrize("scale", ["per_column", "per_row", "per_tile"])
@pytest.mark.parametrize("bits", [None, 24])
def test_ideal_drivers_change_nothing(scale, bits):
    weight = weights(10, 60)
    plain = program(weight, device(), scale=scale, rows=25)
    array = program(weight, device(), scale=scale, rows=25, dac={"bits": bits})
    assert array.targets.shift is None or not array.targets.shift.any()
    assert np.allclose(array.targets.gain, plain.targets.gain, rtol=1e-4 if bits else 0, atol=0)
    assert np.all(array.mean_offset() == 0)


def test_a_scale_per_column_uses_the_ends_of_the_range_alone():
    """Any number of bits and any nonlinearity leave full drives as they are."""
    array = program(weights(10, 60), device(), dac={"bits": 5, "inl_lsb": 3.0})
    assert array.targets.shift is None or not array.targets.shift.any()
    assert np.array_equal(array.targets.gain, program(weights(10, 60), device()).targets.gain)


@pytest.mark.parametrize("bits", [1, 2, 5, 8])
def test_drives_are_rounded_to_the_nearest_level(bits):
    drive = np.concatenate([np.random.default_rng(0).uniform(0.001, 1, 500), [1e-17, 1.0]])
    level = np.linspace(-1, 1, 2**bits)
    nearest = np.array([min(level, key=lambda each: (abs(each - d), -each)) for d in drive])
    assert np.allclose(voltages(drive, bits=bits), [nearest, -nearest], rtol=0, atol=1e-6)
    assert np.all(nearest > 0)


@pytest.mark.parametrize(("bits", "inl_lsb"), [(2, 0.9), (4, 1.5), (8, 20.0)])
def test_measured_nonlinearity_is_inl_lsb(bits, inl_lsb):
    """IEEE Std 1658, terminal-based: every level, less the line through the ends. Levels rise. Both signs occur."""
    level = np.linspace(-1, 1, 2**bits)
    positive = level[level > 0]
    for seed in range(10):
        for number, d in enumerate(positive):
            pair = voltages(np.array([d]), bits=bits, inl_lsb=inl_lsb, seed=seed)[:, 0]
            if number == 0:
                bow = (pair - [d, -d]) * (2**bits - 1) / 2
                assert np.allclose(np.abs(bow), inl_lsb, rtol=1e-4)
                assert bow[0] == pytest.approx(bow[1], rel=1e-4)
            outer = np.abs(pair - [d, -d]) * (2**bits - 1) / 2
            assert np.all(outer <= inl_lsb * (1 + 1e-4))
        assert np.allclose(pair, [1, -1])
    both = drivers(np.full(100, positive[0]), bits=bits, inl_lsb=inl_lsb).shift
    assert 20 < (both > 0).sum() < 80


def test_levels_of_one_driver_rise_just_below_the_largest_allowed_bow():
    level = np.linspace(-1, 1, 2**4)
    positive = level[level > 0]
    for seed in range(8):
        rows = [voltages(np.array([d]), bits=4, inl_lsb=3.99, seed=seed)[:, 0] for d in positive]
        plus, minus = np.array(rows).T
        assert np.all(np.diff(np.concatenate([minus[::-1], plus])) > 0)


def test_offsets_and_gains_follow_their_laws():
    """Independent normal constants of every driver; a variance 4 % off is noticed."""
    many = 50_000
    made = drivers(np.ones(many), offset_sd_v=2e-3, gain_sd=0.02)
    gain = made.factor[:, 0] - 1
    offset_v = made.shift * made.factor[:, 0] * VOLTAGE_V
    for values, sd in ((gain, 0.02), (offset_v, 2e-3)):
        check_mean(values, 0.0, sd)
        check_normal_variance(values, sd**2)
        rejects(check_normal_variance, values, 1.04 * sd**2)
    check_mean(gain * offset_v, 0.0)
    assert np.array_equal(made.factor[:, 0], made.factor[:, 2])
    assert not np.any(drivers(np.ones(many), seed=1, gain_sd=0.02).factor[:, 0] == made.factor[:, 0])


@pytest.mark.parametrize("scale", ["per_column", "per_row"])
def test_an_offset_shifts_the_mean_by_exactly_the_sum_of_offsets_times_weights(scale):
    """Noiseless cells, every one read: u(z) with offset - u(z) without = sum_j offset_j / voltage x column_scale_i
    (G+ - G-), the same for z and -z, and `mean_offset` says it. Not so for gain errors, which follow z."""
    weight, z = weights(8, 40), states(1, 40)
    plain = program(weight, device(**EXACT), scale=scale, rows=15)
    array = program(weight, device(**EXACT), scale=scale, rows=15, dac={"offset_sd_v": 0.01})
    offset_v = 0.01 * Stream().generator("dac_offset").standard_normal(40)
    difference_s = array.g_s[0] - array.g_s[1]
    expected = offset_v / VOLTAGE_V @ difference_s * array.targets.column_scale
    shifts = [read_device(array, x, 1)[0, 0] - read_device(plain, x, 1)[0, 0] for x in (z, -z)]
    assert np.abs(expected).max() > 0.1
    assert np.allclose(shifts, expected, atol=2e-5)
    assert np.allclose(array.mean_offset(), expected, atol=1e-6)
    uneven = program(weight, device(**EXACT), scale=scale, rows=15, dac={"gain_sd": 0.05})
    gain = 1 + 0.05 * Stream().generator("dac_gain").standard_normal(40)
    assert np.allclose(read_device(uneven, z, 1)[0, 0], z[0] * gain @ weight.T, atol=1e-4)


def test_mean_currents_are_those_of_the_voltages():
    """I_i = sum_j V_j (G+ - G-), V_j the nominal drive with offset, gain error and rounding."""
    dac = {"bits": 6, "inl_lsb": 1.0, "offset_sd_v": 0.004, "gain_sd": 0.03}
    array = program(weights(8, 40), device(**EXACT), scale="per_row", dac=dac)
    plain = program(weights(8, 40), device(**EXACT), scale="per_row")
    drive = (plain.targets.gain / plain.targets.column_scale)[:, 0]
    level, lsb = np.linspace(-1, 1, 64), 2 / 63
    q = level[np.abs(level - drive[:, None]).argmin(axis=1)]
    draw = {name: Stream().generator(f"dac_{name}") for name in ("gain", "offset", "bow")}
    up = np.where(draw["bow"].random(40) < 0.5, -1, 1)
    bow = up * lsb * (1 - q**2) / (1 - (1 / 63) ** 2)
    gain, offset_v = 1 + 0.03 * draw["gain"].standard_normal(40), 0.004 * draw["offset"].standard_normal(40)
    z = states(5, 40).astype(float)
    applied_v = gain * VOLTAGE_V * (z * q + bow) + offset_v
    expected = applied_v @ (array.g_s[0] - array.g_s[1])
    assert np.allclose(array.mean_currents_a(z, VOLTAGE_V), expected, rtol=1e-5, atol=1e-10)


def test_noise_follows_the_actual_drive():
    """Var[u] = sum_j sd_j^2 (z_j + shift_j)^2: with shifts it depends on the input, and the law without them fails."""
    array = program(weights(1, 4), device(programming={}), dac={"offset_sd_v": 0.05})
    z = -np.sign(array.targets.shift)[None].astype(np.float32)  # every row at its lower voltage
    driven = z + array.targets.shift
    per_pair = array.targets.gain**2 * (array.law.sd_s**2).sum(axis=0)
    u = read_device(array, z, 20_000)[0]
    standard = (u - driven @ array.mean_matrix()) / np.sqrt(driven[0] ** 2 @ per_pair)
    check_mean(standard, 0.0, 1.0)
    check_normal_variance(standard, 1.0)
    rejects(check_normal_variance, standard * np.sqrt((driven[0] ** 2 @ per_pair) / per_pair.sum(axis=0)), 1.0)


def test_voltages_scale_with_the_read_voltage():
    low = program(weights(3, 9), device(), dac={"offset_sd_v": 0.01}, read=ReadConfig(voltage_v=0.1))
    high = program(weights(3, 9), device(), dac={"offset_sd_v": 0.01}, read=ReadConfig(voltage_v=0.4))
    assert np.allclose(low.targets.shift, 4 * high.targets.shift)


def test_which_drivers_shift_inputs():
    for scale, dac, shifted in (
        ("per_column", {"bits": 4, "inl_lsb": 1.0, "gain_sd": 0.05}, False),
        ("per_row", {"bits": 4, "inl_lsb": 1.0}, True),
        ("per_column", {"offset_sd_v": 1e-3}, True),
    ):
        assert ArrayConfig.model_validate({"scale": scale, "dac": dac}).drive_is_shifted is shifted
        assert program(weights(3, 9), device(), scale=scale, dac=dac).targets.shift.any() == shifted

"""The ADC against its definitions: levels one by one, INL and offset measured from outside, rounding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from support.laws import check_mean, check_normal_variance, check_rate, check_variance, rejects

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.config import AdcConfig
from device_models import Stream

STREAM = Stream(seed=5, layer="fc1")


def adc(full_scale, stream=STREAM, **config) -> Adc:
    return Adc(AdcConfig(**config), np.atleast_2d(np.asarray(full_scale, float)), stream)


def converted(converter: Adc, u) -> np.ndarray:
    """Currents u (values) through every converter of one tile, (values, outputs)."""
    values = np.repeat(np.asarray(u, np.float32)[None, :, None], converter.lsb.shape[1], axis=2)
    return converter.sum_of_tiles(values)


def levels(bits, inl_lsb, offset_sd_lsb, shape, stream=STREAM) -> np.ndarray:
    """Transition levels (tiles, outputs, 2^bits - 1) in LSB, written down from their definition."""
    offset = offset_sd_lsb * stream.generator("adc_offset").standard_normal(shape)
    up = np.where(stream.generator("adc_bow").random(shape) < 0.5, -1, 1)
    straight = np.arange(1, 2**bits) - 2 ** (bits - 1)
    bow = np.zeros(len(straight)) if bits == 1 else inl_lsb * (1 - (straight / straight[-1]) ** 2)
    return straight + offset[..., None] + up[..., None] * bow


@pytest.mark.parametrize(
    ("bits", "inl_lsb"), [(1, 0.0), (2, 0.0), (2, 0.49), (3, 1.49), (8, 0.0), (8, 4.0), (12, 30.0)]
)
def test_codes_are_those_of_a_loop_over_the_levels(bits, inl_lsb):
    """Two tiles of three converters with ranges of their own, far beyond their ranges too; only currents within
    rounding of a level are left out."""
    full_scale = np.array([[1.0, 2.5, 0.3], [4.0, 1e-4, 1e4]])
    converter = adc(full_scale, bits=bits, inl_lsb=inl_lsb, offset_sd_lsb=0.7)
    lsb, half = 2 * full_scale / 2**bits, 2 ** (bits - 1)
    u = (np.random.default_rng(0).uniform(-1.6, 1.6, (2, 3000, 3)) * full_scale[:, None]).astype(np.float32)
    at = levels(bits, inl_lsb, 0.7, (2, 3))
    expected, clear = np.zeros((3000, 3)), np.ones((3000, 3), bool)
    for tile in range(2):
        for output in range(3):
            value = u[tile, :, output] / lsb[tile, output]
            passed = sum((value >= level).astype(int) for level in at[tile, output])
            expected[:, output] += (passed - half + 0.5) * lsb[tile, output]
            clear[:, output] &= np.abs(value[:, None] - at[tile, output]).min(axis=1) > 1e-6 * 2**bits
    assert clear.mean() > 0.9
    found = converter.sum_of_tiles(u)
    assert found.dtype == np.float32
    assert np.allclose(found[clear], expected[clear], rtol=1e-6, atol=1e-6 * full_scale.max() / 2**bits)


@given(st.integers(1, 12), st.floats(-0.999, 0.999))
def test_error_is_at_most_half_a_step_and_levels_are_counted(bits, value):
    converter = adc(2.0, bits=bits)
    assert abs(converted(converter, [2 * value])[0, 0] - 2 * value) <= 2.0 / 2**bits * (1 + 1e-5)
    assert len(np.unique(converted(converter, np.linspace(-2, 2, 20_000)))) == 2**bits


def test_currents_beyond_the_range_are_clipped():
    assert converted(adc(1.0, bits=3), [9.0, -9.0]).ravel().tolist() == [0.875, -0.875]
    bent = adc([1.0] * 8, bits=3, inl_lsb=1.4)
    assert np.array_equal(converted(bent, [1e9, -1e9]), [[0.875] * 8, [-0.875] * 8])


@pytest.mark.parametrize(("bits", "inl_lsb"), [(2, 0.499), (3, 1.499), (6, 15.4)])
def test_every_code_appears_in_rising_order_just_below_the_largest_allowed_bow(bits, inl_lsb):
    out = converted(adc([1.0] * 8, bits=bits, inl_lsb=inl_lsb), np.linspace(-1.5, 1.5, 200_001))
    assert np.all(np.diff(out, axis=0) >= 0)
    assert all(len(np.unique(column)) == 2**bits for column in out.T)


@pytest.mark.parametrize("offset_sd_lsb", [0.0, 3.0])
@pytest.mark.parametrize("inl_lsb", [0.0, 0.5, 3.0])
def test_measured_nonlinearity_is_inl_lsb(inl_lsb, offset_sd_lsb):
    """IEEE Std 1241, terminal-based: the levels found by a fine ramp, less the line through the first and last one.
    An offset is no nonlinearity."""
    converter = adc([2.0] * 40, bits=6, inl_lsb=inl_lsb, offset_sd_lsb=offset_sd_lsb)
    ramp = np.linspace(-2.6, 2.6, 200_001)
    out = converted(converter, ramp)
    extremes = []
    for column in out.T:
        found = ramp[1:][np.diff(column) > 0] / (2 * 2.0 / 64)
        assert len(found) == 63
        deviation = found - np.linspace(found[0], found[-1], 63)
        extremes.append(deviation[np.abs(deviation).argmax()])
    assert np.allclose(np.abs(extremes), inl_lsb, atol=2e-3)
    if inl_lsb:
        assert 8 < np.sum(np.array(extremes) > 0) < 32  # up or down with equal probability


def test_offset_follows_its_law():
    """One bit at x LSB: gives + where the offset is not above x, with probability Phi(x / sd)."""
    many = 50_000
    converter = adc(np.ones(many), bits=1, offset_sd_lsb=0.4)
    check_mean(converter.middle, 0.0, 0.4)
    check_normal_variance(converter.middle.ravel(), 0.16)
    rejects(check_normal_variance, converter.middle.ravel(), 0.4**2 * 1.04)
    plus = (converted(converter, [0.1]) > 0).sum()
    check_rate(plus, many, norm.cdf(0.1 / 0.4))
    rejects(check_rate, plus, many, norm.cdf(-0.1 / 0.4))


def test_constants_belong_to_the_converter():
    """The same on every use; of their own for each tile, output, layer and chip; offset and bow unrelated."""
    config = {"bits": 6, "inl_lsb": 1.0, "offset_sd_lsb": 1.0}
    one, again = (adc(np.ones((2, 500)), **config) for _ in range(2))
    assert np.array_equal(one.middle, again.middle)
    assert len(np.unique(one.middle)) == one.middle.size
    for other in (STREAM.at(chip=1), STREAM.at(layer="fc2"), STREAM.at(tile="replica ")):
        assert not np.any(adc(np.ones((2, 500)), other, **config).middle == one.middle)
    up = np.sign(one.curvature)
    check_mean(up * (one.middle - up), 0.0)


def test_rounding_has_the_variance_lsb_squared_over_12():
    """For a busy signal, with any bow: it moves levels, on the scale of many LSB. Negative control: 2 %."""
    u = np.random.default_rng(1).normal(size=200_000).astype(np.float32) * 0.3
    converter = adc(2.0, bits=7)
    error = (converted(converter, u)[:, 0] - u).astype(float)
    variance = (4 / 2**7) ** 2 / 12
    check_mean(error, 0.0, np.sqrt(variance))
    check_variance(error, 0.0, variance)
    rejects(check_variance, error, 0.0, 1.02 * variance)


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.25, 0.6])
def test_rounding_of_repeated_reads_has_its_own_variance(noise):
    """Noise (in LSB) and rounding together, in the mean over 40,000 inputs of 50 reads each; 6 % is noticed."""
    rng = np.random.default_rng(2)
    converter, lsb = adc([2.0] * 50, bits=5), 4 / 2**5
    x = rng.uniform(-1.5, 1.5, 40_000)
    reads = converted(converter, x)
    assert np.all(np.ptp(reads, axis=1) == 0)
    noisy = (x[:, None] + noise * lsb * rng.normal(size=(40_000, 50))).astype(np.float32)
    seen = converter.sum_of_tiles(noisy[None]).astype(float).var(axis=1, ddof=1)
    law = (noise * lsb) ** 2 + converter.rounding_variance(np.full((1, 50), (noise * lsb) ** 2))[0]
    if noise == 0:
        assert np.all(seen == 0)
        assert law == 0
        return
    check_mean(seen, law)
    rejects(check_mean, seen, 1.06 * law)
    assert (law - (noise * lsb) ** 2) / (lsb**2 / 12) == pytest.approx({0.1: 0.56, 0.25: 0.95, 0.6: 1}[noise], abs=0.01)


def test_rounding_adds_up_over_tiles():
    busy = np.ones((2, 1))
    assert np.allclose(adc([[2.0], [4.0]], bits=7).rounding_variance(busy), 5 * (4 / 2**7) ** 2 / 12)


def test_many_bits_are_no_converter():
    u = np.random.default_rng(2).uniform(-1, 1, 10_000).astype(np.float32)
    assert np.allclose(converted(adc(1.0, bits=24), u)[:, 0], u, atol=2.0**-23)


def test_one_bit_is_a_comparator():
    out = converted(adc(1.0, bits=1), [0.01, 0.0, -0.01])
    assert out.ravel().tolist() == [0.5, 0.5, -0.5]


def test_a_column_without_a_range_gives_nothing():
    """Zero or so small that float32 cannot hold its steps: no bias of half a step, no NaN, no infinity."""
    out = converted(adc([0.0, 1e-42, 1.0], bits=8, inl_lsb=1.0, offset_sd_lsb=1.0), [0.0, 1.0, -1e30])
    assert np.all(out[:, :2] == 0)
    assert np.all(out[:, 2] != 0)
    assert np.isfinite(out).all()

import numpy as np
import pytest
from numba import njit
from support.laws import check_mean, check_rate, rejects

from crossbar_nsm.engine.kernels.bernoulli_bits import WORD_BITS, fill_bits, threshold_planes
from crossbar_nsm.engine.kernels.lanes import four_words, seed_lanes

RNG = np.random.default_rng(0)


def draw(probability, count, key=3):
    """Bits (count, rows, outputs) of cells with these probabilities."""
    planes, digits = threshold_planes(probability)
    lanes = np.empty((4, probability.shape[1]), np.uint32)
    bits = np.empty((planes.shape[0], probability.shape[1]), np.uint32)
    out = []
    for sample in range(count):
        seed_lanes(lanes, 0, sample, 0, np.uint64(key))
        fill_bits(bits, planes, digits, lanes)
        row = (bits[:, None, :] >> np.arange(WORD_BITS, dtype=np.uint32)[:, None]) & 1
        out.append(row.reshape(-1, bits.shape[1])[: len(probability)])
    return np.array(out)


@njit
def words(lanes):
    out = np.empty((WORD_BITS, lanes.shape[1]), np.uint32)
    for step in range(0, WORD_BITS, 4):
        for lane in range(lanes.shape[1]):
            out[step, lane], out[step + 1, lane], out[step + 2, lane], out[step + 3, lane] = four_words(lanes, lane)
    return out


def test_a_bit_says_whether_a_32_bit_number_is_below_the_threshold():
    """Digit d of the number of row r is bit r of word d; first group of a counter, every cell its own p."""
    probability = RNG.random((32, 64))
    probability[:4, :4] = [[0, 1, 2.0**-32, 1 - 2.0**-32]] * 4
    for sample in range(20):
        lanes = np.empty((4, 64), np.uint32)
        seed_lanes(lanes, 0, sample, 0, np.uint64(3))
        digits = (words(lanes)[:, None, :].astype(np.uint64) >> np.arange(32, dtype=np.uint64)[:, None]) & np.uint64(1)
        number = (digits << np.arange(31, -1, -1, dtype=np.uint64)[:, None, None]).sum(axis=0)
        threshold = np.minimum(np.rint(probability * 2.0**32), 2.0**32 - 1)
        assert np.array_equal(draw(probability, sample + 1)[sample], number < threshold)


@pytest.mark.parametrize("p", [0.5, 0.25, 0.3, 0.987, 1e-3, 2.0**-12])
def test_common_probability(p):
    bits = draw(np.full((96, 512), p), 40)
    check_rate(bits.sum(), bits.size, p)
    rejects(check_rate, bits.sum(), bits.size, p * (1 + 8 / np.sqrt(p * bits.size)))


def test_every_cell_has_its_own_probability_and_cells_are_independent():
    probability = RNG.random((40, 48))
    bits = draw(probability, 4000)
    standard = (bits - probability) / np.sqrt(probability * (1 - probability))
    per_cell = standard.mean(axis=0) * np.sqrt(len(bits))
    check_mean(per_cell**2, 1.0, np.sqrt(2))
    check_mean(standard[:, 1:] * standard[:, :-1], 0.0, 1.0)
    check_mean(standard[:, :, 1:] * standard[:, :, :-1], 0.0, 1.0)
    check_mean(standard[1:] * standard[:-1], 0.0, 1.0)
    rejects(check_mean, standard * standard, 0.0, 1.0)
    swapped = (bits - probability[::-1]) / np.sqrt(probability * (1 - probability))
    rejects(check_mean, (swapped.mean(axis=0) * np.sqrt(len(bits))) ** 2, 1.0, np.sqrt(2))


def test_never_and_always():
    probability = np.repeat([[0.0], [1.0], [0.0], [1.0]], 16, axis=1)
    assert np.array_equal(draw(probability, 50), np.repeat(probability[None], 50, axis=0))


def test_few_digits_need_few_steps():
    _, digits = threshold_planes(np.repeat([[0.5], [0.0]] + [[0.0]] * 30 + [[0.3]], 16, axis=1))
    assert digits.tolist() == [4, 32]

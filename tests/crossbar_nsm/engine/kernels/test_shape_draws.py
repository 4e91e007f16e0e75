import numpy as np
import pytest
from numba import njit
from scipy import stats
from support.cells.shapes import HEAVY, SKEWED
from support.laws import check_law, rejects

from crossbar_nsm.engine.kernels import shape_draws
from crossbar_nsm.engine.kernels.lanes import LANES, four_words, seed_lanes
from crossbar_nsm.engine.kernels.vectors import load, multiply_add, pairs_at, pointer, store
from device_models.parts.read_noise_laws.shapes import LAPLACE, QuantileShape, half_lattice

WORDS = np.random.default_rng(2).integers(0, 2**32, 200_000, dtype=np.uint32)
WORDS[:8] = 0, 1, 2**24 + 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1


@njit
def numbers(entries, words):
    out = np.empty(words.size, np.float32)
    for k in range(words.size):
        out[k] = shape_draws.shaped_number(entries, words[k])
    return out


@njit
def exponentials(words):
    out = np.empty(words.size, np.float32)
    for k in range(words.size):
        out[k] = shape_draws.minus_log2(words[k])
    return out


@njit
def found_of_lanes(lanes, entries, found, number, place):
    """What the vectors of lanes find, (4, width)."""
    width = lanes.shape[1]
    shape_draws.fill_places(pointer(number, 0), pointer(place, 0), pointer(lanes, 0), width)
    for i in range(0, 4 * width, LANES):
        start, slope = pairs_at(pointer(entries, 0), pointer(number, 0), i)
        store(pointer(found, 0), i, multiply_add(slope, load(pointer(place, 0), i), start))


@njit
def words_of_lanes(lanes, words):
    for lane in range(lanes.shape[1]):
        words[0, lane], words[1, lane], words[2, lane], words[3, lane] = four_words(lanes, lane)


def test_exponential_numbers():
    exact = 32 - np.log2(WORDS.astype(float) // 2 * 2 + 1)
    assert np.abs(exponentials(WORDS) - exact).max() < 3e-6  # words are rounded to 24 bits
    check_law(exponentials(WORDS) * np.log(2), "expon")


def test_laplace_numbers_are_the_law():
    x = numbers(shape_draws.entries_of(LAPLACE), WORDS)
    check_law(x, stats.laplace(scale=np.sqrt(0.5)).cdf)
    rejects(check_law, x, "norm")


@pytest.mark.parametrize("points", [SKEWED, HEAVY], ids=["skewed", "heavy"])
def test_numbers_of_a_table_are_its_quantiles(points):
    """Word for word, against interpolation in float64; one by one, and 16 at a time."""
    shape = QuantileShape(**points).table
    entries = shape_draws.entries_of(shape)
    place = (WORDS.astype(np.int64) & (2**31 - 1)) | 1
    exact = np.where(WORDS >> 31, *(np.interp(place, half_lattice(), half) for half in shape.half_values[::-1]))
    assert np.abs(numbers(entries, WORDS) - exact).max() < 4e-6

    lanes, found = np.empty((4, 3 * LANES), np.uint32), np.empty((4, 3 * LANES), np.float32)
    seed_lanes(lanes, 1, 2, 3, np.uint64(4))
    again, words = lanes.copy(), np.empty_like(lanes)
    for _ in range(50):
        found_of_lanes(lanes, entries, found, np.empty_like(lanes), np.empty_like(found))
        words_of_lanes(again, words)
        assert np.array_equal(lanes, again)
        assert np.allclose(found.ravel(), numbers(entries, words.ravel()), atol=2e-6)

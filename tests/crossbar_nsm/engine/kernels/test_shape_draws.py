import numpy as np
import pytest
from numba import njit
from scipy import stats
from support.cells.shapes import HEAVY, SKEWED, STAIRS, STEPS, sum_cdf
from support.laws import check_law, rejects

from crossbar_nsm.engine.kernels import shape_draws
from crossbar_nsm.engine.kernels.lanes import LANES, four_words, seed_lanes
from crossbar_nsm.engine.kernels.vectors import load, multiply_add, pairs_at, pointer, store
from device_models.parts.read_noise_laws.shapes import LAPLACE, QuantileShape

WORDS = np.random.default_rng(2).integers(0, 2**32, 200_000, dtype=np.uint32)
WORDS[:8] = 0, 1, 2**24 + 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1


@njit
def numbers(entries, words):
    out = np.empty(words.size, np.float32)
    for k in range(words.size):
        out[k] = shape_draws.shaped_number(entries, words[k])
    return out


@njit(fastmath={"contract"})
def exponentials(words):
    out = np.empty(words.size, np.float32)
    for k in range(words.size):
        out[k] = shape_draws.minus_log2(words[k])
    return out


@njit
def exponentials_of_vectors(words):
    out = np.empty(words.size, np.float32)
    for k in range(0, words.size, LANES):
        store(pointer(out, 0), k, shape_draws.minus_log2_of(load(pointer(words, 0), k)))
    return out


@njit
def found_in_registers(lanes, columns, lines, found):
    """What the vectors of lanes draw by a transposed table of 32 columns, (4, width)."""
    width, rows, out = lanes.shape[1], pointer(columns, 0), pointer(found, 0)
    limits = shape_draws.columns_of(rows, 0)
    first = shape_draws.columns_of(rows, 1), shape_draws.columns_of(rows, 2)
    second = shape_draws.columns_of(rows, 3), shape_draws.columns_of(rows, 4)
    for i in range(0, width, LANES):
        (a, b, c, d), states = shape_draws.next_four(shape_draws.load_states(pointer(lanes, 0), i, width))
        store(out, i, shape_draws.numbers_of(a, limits, first, second))
        store(out, width + i, shape_draws.numbers_of(b, limits, first, second))
        store(out, 2 * width + i, shape_draws.numbers_of(c, limits, first, second))
        store(out, 3 * width + i, shape_draws.numbers_of(d, limits, first, second))
        shape_draws.store_states(pointer(lanes, 0), i, width, states)


@njit
def found_in_memory(lanes, columns, lines, found):
    """The same by a table of any size."""
    width, number, place = lanes.shape[1], np.empty_like(lanes), np.empty_like(found)
    shape_draws.fill_places(
        pointer(number, 0), pointer(place, 0), pointer(lanes, 0), width, pointer(columns, 0), columns.shape[1]
    )
    for i in range(0, 4 * width, LANES):
        start, slope = pairs_at(pointer(lines, 0), pointer(number, 0), i)
        store(pointer(found, 0), i, multiply_add(slope, load(pointer(place, 0), i), start))


@njit
def words_of_lanes(lanes, words):
    for lane in range(lanes.shape[1]):
        words[0, lane], words[1, lane], words[2, lane], words[3, lane] = four_words(lanes, lane)


def test_exponential_numbers():
    exact = 32 - np.log2(WORDS.astype(float) // 2 * 2 + 1)
    assert np.abs(exponentials(WORDS) - exact).max() < 3e-6  # words are rounded to 24 bits
    check_law(exponentials(WORDS) * np.log(2), "expon")
    assert len(WORDS) % LANES == 0
    assert np.array_equal(exponentials_of_vectors(WORDS), exponentials(WORDS))


def test_laplace_numbers_are_the_law():
    x = numbers(shape_draws.entries_of(LAPLACE), WORDS)
    check_law(x, stats.laplace(scale=np.sqrt(0.5)).cdf)
    rejects(check_law, x, "norm")


def exact_numbers(shape, words):
    """In float64, from where the words lie in their columns."""
    columns = len(shape.columns)
    column, place = words.astype(np.int64) % columns, words.astype(np.int64) // columns
    first, second = shape.columns[column].T
    count = np.diff(shape.words)[first]
    at = np.where(place < count, shape.words[first] + place, shape.words[second] + place - count)
    return np.interp(at + 0.5, shape.words, shape.values)


@pytest.mark.parametrize(
    ("points", "columns"),
    [(SKEWED, 32), (HEAVY, 32), (STEPS, 64), (STAIRS, 128)],
    ids=["skewed", "heavy", "steps", "stairs"],
)
def test_numbers_of_a_table_are_its_quantiles(points, columns):
    """Word for word, against interpolation in float64; one by one, and 16 at a time."""
    shape = QuantileShape(**points).table
    entries = shape_draws.entries_of(shape)
    assert len(entries) == columns
    edges = np.arange(len(entries), dtype=np.uint32)
    words = np.concatenate([WORDS, edges, edges + np.uint32(2**32 - len(entries)), limits_of(entries)])
    x = numbers(entries, words)
    assert np.abs(x - exact_numbers(shape, words)).max() < 4e-6
    if columns == 32:  # the others have steps
        check_law(x[: len(WORDS)], sum_cdf(shape, [1.0]))
        rejects(check_law, x[: len(WORDS)] + 0.01, sum_cdf(shape, [1.0]))

    lanes, found, words = (np.empty((4, 3 * LANES), kind) for kind in (np.uint32, np.float32, np.uint32))
    table = np.ascontiguousarray(entries.T), np.ascontiguousarray(entries[:, 1:])
    for way in (found_in_memory, found_in_registers)[: 2 if len(entries) == 32 else 1]:
        seed_lanes(lanes, 1, 2, 3, np.uint64(4))
        again = lanes.copy()
        for _ in range(50):
            way(lanes, *table, found)
            words_of_lanes(again, words)
            assert np.array_equal(lanes, again)
            assert np.allclose(found.ravel(), numbers(entries, words.ravel()), atol=2e-6)


def limits_of(entries):
    """The words at which columns go over to their second piece, and those before."""
    column = np.arange(len(entries), dtype=np.uint32)
    limit = entries[:, 0].copy().view(np.uint32) | column
    return np.concatenate([limit, limit - np.uint32(len(entries))])

import numpy as np
import pytest
from numba import njit
from scipy import stats
from support.laws import check_law, check_mean, check_normal_variance, check_rate, rejects

from crossbar_nsm.engine.kernels import counter_random

SAMPLES, IMAGES = np.arange(1000), np.full(1000, 7)


@njit
def philox(a, b, c, d, key):
    return counter_random.philox(a, b, c, d, key)


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [  # known answers of the reference implementation, Random123 1.14 (kat_vectors, philox4x32 10)
        ((0, 0, 0, 0), 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, 0xFFFFFFFFFFFFFFFF, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            0x299F31D0A4093822,
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_known_answers(counter, key, expected):
    assert tuple(int(word) for word in philox(*counter, np.uint64(key))) == expected


def test_normals_follow_the_normal_law():
    n = counter_random.normals(400, 0, SAMPLES, IMAGES, np.uint64(1)).astype(float)
    check_law(n, "norm")
    check_normal_variance(n, 1.0)
    rejects(check_normal_variance, n, 1.02)
    check_mean(n**3, 0.0, np.sqrt(15))
    check_mean(n**4, 3.0, np.sqrt(96))


def test_tails_are_there():
    n = counter_random.normals(4000, 0, SAMPLES, IMAGES, np.uint64(2))
    for limit in (3.0, 4.0, 4.5):
        check_rate(np.sum(np.abs(n) > limit), n.size, 2 * stats.norm.sf(limit))


@pytest.mark.parametrize("shift", [(0, 1), (0, 25), (1, 0), (1, 25)])
def test_draws_of_one_and_of_successive_passes_are_uncorrelated(shift):
    """Neighbours, and the four normals that share one counter (width 100: 25 apart)."""
    n = counter_random.normals(100, 0, SAMPLES, IMAGES, np.uint64(3)).astype(float)
    rows, columns = shift
    product = n[: len(n) - rows, : 100 - columns] * n[rows:, columns:]
    check_mean(product, 0.0, 1.0)


def test_counters_and_keys_give_different_draws_and_order_does_not_matter():
    base = counter_random.normals(8, 0, SAMPLES, IMAGES, np.uint64(1))
    again = counter_random.normals(8, 0, SAMPLES[::-1].copy(), IMAGES, np.uint64(1))[::-1]
    assert np.array_equal(base, again)
    for other in (
        counter_random.normals(8, 1, SAMPLES, IMAGES, np.uint64(1)),
        counter_random.normals(8, 0, SAMPLES, IMAGES + 1, np.uint64(1)),
        counter_random.normals(8, 0, SAMPLES, IMAGES, np.uint64(2)),
    ):
        assert not np.any(base == other)


def test_bernoulli_rate():
    draws = counter_random.bernoulli_draws(100, 0.3, 0, SAMPLES, IMAGES, np.uint64(4))
    check_rate(draws.sum(), draws.size, 0.3)
    rejects(check_rate, draws.sum(), draws.size, 0.31)
    assert counter_random.bernoulli_draws(10, 1.0, 0, SAMPLES, IMAGES, np.uint64(4)).min() == 1


def test_noise_is_added_to_the_mean_of_each_pass():
    mean, sd = np.array([[0.0, 10.0], [100.0, 110.0]], np.float32), np.array([[1.0, 0.0]], np.float32)
    input_of = np.array([0, 1, 1])
    out = counter_random.with_normal_noise(mean, input_of, sd, 0, SAMPLES[:3], IMAGES[:3], np.uint64(5))
    n = counter_random.normals(2, 0, SAMPLES[:3], IMAGES[:3], np.uint64(5))
    assert np.allclose(out[:, 0], mean[input_of, 0] + n[:, 0])
    assert np.array_equal(out[:, 1], mean[input_of, 1])

"""Convolution and pooling against torch, exact masks against their law."""

import numpy as np
import pytest
import torch
from support.laws import check_mean, check_rate, rejects
from support.threads import one_thread
from torch.nn import functional

from crossbar_nsm.engine.kernels.convolution import Window, convolution, masked_convolution, pooled
from crossbar_nsm.engine.kernels.product import one_blas_thread

WINDOWS = [  # channels, height, width, size, stride, padding
    (1, 1, 1, 1, 1, 0),
    (3, 6, 6, 3, 1, 0),
    (2, 5, 8, 3, 1, 1),
    (2, 8, 5, 3, 2, 1),
    (1, 7, 7, 3, 3, 2),
    (2, 6, 9, 2, 3, 1),
    (2, 4, 3, 5, 1, 1),  # larger than the image without its padding
    (1, 2, 2, 5, 2, 4),
    (3, 3, 4, 4, 2, 3),
    (1, 1, 6, 3, 1, 1),
    (1, 2, 1, 3, 3, 2),
    (4, 9, 10, 5, 2, 0),
    (2, 10, 4, 1, 2, 0),
]


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def as_images(z, window):
    return torch.from_numpy(z).double().view(len(z), window.channels, window.height, window.width)


@pytest.mark.parametrize("numbers", WINDOWS)
def test_is_torch_conv2d(numbers):
    window = Window(*numbers)
    z, matrix = random(4, window.channels * window.height * window.width), random(5, window.channels * window.size**2)
    weight = torch.from_numpy(matrix).double().view(5, window.channels, window.size, window.size)
    expected = functional.conv2d(as_images(z, window), weight, None, window.stride, window.padding)
    assert tuple(expected.shape[2:]) == window.positions
    assert np.allclose(convolution(z, matrix, window), expected.flatten(1).numpy(), atol=1e-5)


@pytest.mark.usefixtures("two_threads")
def test_same_bits_for_any_batch_and_threads():
    window = Window(3, 9, 7, 3, 2, 1)
    z, matrix = random(37, 3 * 63), random(8, 27)
    with one_blas_thread():
        whole = convolution(z, matrix, window)
        for part in (slice(0, 1), slice(5, 18), slice(36, 37)):
            assert np.array_equal(convolution(z[part], matrix, window), whole[part])
        with one_thread():
            assert np.array_equal(convolution(z, matrix, window), whole)


@pytest.mark.parametrize("maximum", [True, False])
@pytest.mark.parametrize(
    "numbers", [(1, 4, 4, 2, 2), (3, 7, 5, 2, 2), (2, 7, 8, 3, 2), (2, 6, 9, 2, 3), (1, 5, 5, 5, 1), (2, 4, 3, 1, 2)]
)
def test_pooling_is_torch_pooling(numbers, maximum):
    window = Window(*numbers)
    z = random(3, window.channels * window.height * window.width)
    pool = functional.max_pool2d if maximum else functional.avg_pool2d
    expected = pool(as_images(z, window), window.size, window.stride).flatten(1).numpy()
    assert np.allclose(pooled(z, window, maximum), expected, atol=1e-6)


PASSES = 20_000
MASKED = Window(2, 3, 4, 2, 2, 1)
KEEP = 0.3


def masked_sums(z, matrix, window=MASKED, keep=KEEP, key=7, passes=PASSES, input_of=None):
    input_of = np.zeros(passes, np.int64) if input_of is None else input_of
    samples = np.arange(passes)
    return masked_convolution(z, input_of, matrix, window, keep, (samples, input_of), np.uint64(key))


@pytest.fixture(scope="module")
def example():
    z, matrix = random(2, 24, seed=1), random(3, 8, seed=2)
    return z, matrix, masked_sums(z[:1], matrix).astype(float)


def test_mean_and_variance_of_a_sum_over_masks(example):
    """Mean p w.z, variance p (1-p) sum w^2 z^2, of every channel and position, borders included."""
    z, matrix, sums = example
    mean = KEEP * convolution(z[:1], matrix, MASKED)[0]
    variance = KEEP * (1 - KEEP) * convolution(z[:1] ** 2, matrix**2, MASKED)[0]
    assert (variance > 0).all()
    for unit in range(sums.shape[1]):
        check_mean(sums[:, unit], mean[unit])
        check_mean((sums[:, unit] - mean[unit]) ** 2, variance[unit])
        rejects(check_mean, (sums[:, unit] - mean[unit]) ** 2, 1.1 * variance[unit])
        rejects(check_mean, sums[:, unit], mean[unit] + 0.05 * np.sqrt(variance[unit]))


def test_positions_and_channels_have_masks_of_their_own(example):
    """The covariance of any two sums is zero."""
    z, matrix, sums = example
    deviation = sums - KEEP * convolution(z[:1], matrix, MASKED)[0]
    for one in range(sums.shape[1]):
        for other in range(one):
            check_mean(deviation[:, one] * deviation[:, other], 0.0)
    rejects(check_mean, deviation[:, 0] ** 2, 0.0)


def test_overlapping_patches_have_masks_of_their_own_too():
    """Every tap of an image of ones: the law of each sum is binomial, and neighbours are uncorrelated."""
    window = Window(1, 1, 4, 1, 1, 0)
    sums = masked_sums(np.ones((1, 4), np.float32), np.ones((2, 1), np.float32), window)
    assert set(np.unique(sums)) == {0.0, 1.0}
    for unit in range(8):
        check_rate(sums[:, unit].sum(), PASSES, KEEP)
        rejects(check_rate, sums[:, unit].sum(), PASSES, KEEP + 0.03)
    for one in range(8):
        for other in range(one):
            check_rate((sums[:, one] * sums[:, other]).sum(), PASSES, KEEP**2)
    wide = Window(1, 1, 4, 2, 1, 1)
    ones = masked_sums(np.ones((1, 4), np.float32), np.ones((1, 4), np.float32), wide).astype(float)
    deviation = ones - KEEP * convolution(np.ones((1, 4), np.float32), np.ones((1, 4), np.float32), wide)[0]
    for one in range(deviation.shape[1]):
        for other in range(one):
            check_mean(deviation[:, one] * deviation[:, other], 0.0)


@pytest.mark.usefixtures("two_threads")
def test_masks_have_the_same_bits_for_any_batch_and_threads(example):
    z, matrix, _ = example
    input_of = np.arange(40) % 2
    whole = masked_sums(z, matrix, passes=40, input_of=input_of)
    with one_thread():
        assert np.array_equal(masked_sums(z, matrix, passes=40, input_of=input_of), whole)
    assert np.array_equal(masked_sums(z, matrix, passes=9, input_of=input_of[:9]), whole[:9])
    assert not np.array_equal(masked_sums(z, matrix, passes=40, input_of=input_of, key=8), whole)

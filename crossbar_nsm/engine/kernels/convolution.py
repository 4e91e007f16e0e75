"""Convolution and pooling whose bits depend neither on the batch size nor on the number of threads.

Images lie flat, channels first, as the states of all layers do. Every image is one product of the weight matrix with
its own patches, by one BLAS thread inside numba's parallel loop (see `crossbar_nsm.engine.kernels.product`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.kernels.counter_random import WORDS, fill_words, u64
from crossbar_nsm.engine.kernels.kernel import kernel
from device_models.shown import shown

BLOCK_IMAGES = 16  # that share a buffer of patches: to allocate one for every image takes longer than to fill it


@shown
@dataclass(frozen=True)
class Window:
    """A square window of `size` that moves by `stride` over images (channels, height, width) with `padding` zeros on
    every side."""

    channels: int
    height: int
    width: int
    size: int
    stride: int
    padding: int = 0

    @property
    def positions(self) -> tuple[int, int]:
        """Rows and columns of positions."""
        rows, columns = ((n + 2 * self.padding - self.size) // self.stride + 1 for n in (self.height, self.width))
        return rows, columns

    @property
    def numbers(self) -> tuple[int, int, int, int, int, int]:
        return self.channels, self.height, self.width, self.size, self.stride, self.padding


def convolution(z: np.ndarray, matrix: np.ndarray, window: Window) -> np.ndarray:
    """z (images, channels height width), matrix (outputs, channels size size) to (images, outputs positions), all
    C-contiguous float32."""
    return _convolution(z, matrix, window.numbers, window.positions)


def masked_convolution(
    z: np.ndarray,
    input_of: np.ndarray,
    matrix: np.ndarray,
    window: Window,
    keep_probability: float,
    numbers: tuple[np.ndarray, np.ndarray],
    key: np.uint64,
) -> np.ndarray:
    """`convolution` of z[input_of[p]] in pass p, with a fresh Bernoulli mask for every weight, position and pass;
    numbers: sample and image of each pass (passes) int64, which count its draws."""
    return _masked_convolution(z, input_of, matrix, window.numbers, window.positions, keep_probability, *numbers, key)


def patches(z: np.ndarray, window: Window) -> np.ndarray:
    """What the window sees, position after position, (images positions, channels size size)."""
    return _patches(z, window.numbers, window.positions)


def pooled(z: np.ndarray, window: Window, maximum: bool) -> np.ndarray:
    """Maximum or mean over windows without padding, (images, channels positions)."""
    return _pooled(z, window.numbers, window.positions, maximum)


@njit
def fill_patches(patches, z, numbers, positions):
    """patches (channels size size positions), flat, of one flat image; zeros stay where the window hangs over.

    Indices are unsigned: numba then does not ask whether one is negative, which takes three quarters of the time.
    """
    if numbers[3] == 1 and numbers[4] == 1 and numbers[5] == 0:  # one pixel: the image itself
        for k in range(u64(patches.size)):
            patches[k] = z[k]
    elif numbers[4] == 1:
        _fill_from_shifted(patches, z, numbers, positions)
    else:
        _fill_tap_by_tap(patches, z, numbers, positions)


@njit
def _fill_from_shifted(patches, z, numbers, positions):
    """Stride 1: all taps of one channel and one dx are parts, each in one piece, of the same shifted channel."""
    channels, height, width, size, _, padding = numbers
    columns = u64(positions[1])
    count = u64(positions[0] * positions[1])
    shifted = np.zeros((height + 2 * padding) * positions[1], np.float32)
    for channel in range(channels):
        for dx in range(size):
            first, last = _inside(dx, width, 1, padding, positions[1])
            for y in range(height):
                source = u64((channel * height + y) * width + first + dx - padding)
                target = u64((y + padding) * positions[1])
                for px in range(u64(first)):
                    shifted[target + px] = 0
                for px in range(u64(max(0, last - first))):
                    shifted[target + u64(first) + px] = z[source + px]
                for px in range(u64(max(0, last)), columns):
                    shifted[target + px] = 0
            for dy in range(size):
                source, target = u64(dy) * columns, u64((channel * size + dy) * size + dx) * count
                for k in range(count):
                    patches[target + k] = shifted[source + k]


@njit
def _fill_tap_by_tap(patches, z, numbers, positions):
    channels, height, width, size, stride, padding = numbers
    step = u64(stride)
    for tap in range(channels * size * size):
        channel, dy, dx = tap // (size * size), tap // size % size, tap % size
        top, bottom = _inside(dy, height, stride, padding, positions[0])
        first, last = _inside(dx, width, stride, padding, positions[1])
        for py in range(top, bottom):
            line = channel * height + py * stride + dy - padding
            source = u64(line * width + first * stride + dx - padding)
            target = u64((tap * positions[0] + py) * positions[1] + first)
            for k in range(u64(max(0, last - first))):
                patches[target + k] = z[source + k * step]


@njit
def _inside(offset, length, stride, padding, positions):
    """First position, and the one behind the last, whose tap at `offset` lies inside the image."""
    return max(0, -((offset - padding) // stride)), min(positions, (length - 1 + padding - offset) // stride + 1)


@kernel(parallel=True)
def _convolution(z, matrix, numbers, positions):
    outputs, taps = matrix.shape
    count = positions[0] * positions[1]
    out = np.empty((z.shape[0], outputs * count), np.float32)
    for block in prange((z.shape[0] + BLOCK_IMAGES - 1) // BLOCK_IMAGES):
        flat = np.zeros(taps * count, np.float32)  # the padding stays 0 from image to image
        patches = flat.reshape(taps, count)
        for image in range(block * BLOCK_IMAGES, min(z.shape[0], (block + 1) * BLOCK_IMAGES)):
            fill_patches(flat, z[image], numbers, positions)
            np.dot(matrix, patches, out[image].reshape(outputs, count))
    return out


@kernel(parallel=True)
def _masked_convolution(z, input_of, matrix, numbers, positions, keep_probability, samples, images, key):
    outputs, taps = matrix.shape
    count = positions[0] * positions[1]
    padded = (outputs + WORDS - 1) // WORDS * WORDS
    limit = u64(round(keep_probability * 2.0**32))
    out = np.zeros((input_of.size, outputs * count), np.float32)
    for p in prange(input_of.size):
        flat = np.zeros(taps * count, np.float32)
        patches = flat.reshape(taps, count)
        fill_patches(flat, z[input_of[p]], numbers, positions)
        words = np.empty(padded, np.uint32)
        for position in range(count):
            for tap in range(taps):
                fill_words(words, position * taps + tap, samples[p], images[p], key)
                for i in range(outputs):
                    if u64(words[i]) < limit:
                        out[p, i * count + position] += matrix[i, tap] * patches[tap, position]
    return out


@kernel(parallel=True)
def _patches(z, numbers, positions):
    taps, count = numbers[0] * numbers[3] * numbers[3], positions[0] * positions[1]
    out = np.empty((z.shape[0] * count, taps), np.float32)
    for image in prange(z.shape[0]):
        flat = np.zeros(taps * count, np.float32)
        fill_patches(flat, z[image], numbers, positions)
        for position in range(count):
            for tap in range(taps):
                out[image * count + position, tap] = flat[tap * count + position]
    return out


@kernel(parallel=True)
def _pooled(z, numbers, positions, maximum):
    channels, height, width, size, stride, _ = numbers
    rows, columns = positions
    share = np.float32(1 / (size * size))
    out = np.empty((z.shape[0], channels * rows * columns), np.float32)
    for image in prange(z.shape[0]):
        source, result = z[image], out[image]
        for line in range(channels * rows):
            top = line // rows * height + line % rows * stride
            first = u64(line * columns)
            for tap in range(size * size):
                corner, step = u64((top + tap // size) * width + tap % size), u64(stride)
                if tap == 0:
                    for px in range(u64(columns)):
                        result[first + px] = source[corner + px * step]
                elif maximum:
                    for px in range(u64(columns)):
                        value, known = source[corner + px * step], result[first + px]
                        result[first + px] = value if value > known else known
                else:
                    for px in range(u64(columns)):
                        result[first + px] += source[corner + px * step]
            if not maximum:
                for px in range(u64(columns)):
                    result[first + px] *= share
    return out

"""What travels with a network: calibration images, and which images it was trained on."""

import numpy as np
import pytest
import torch
from support.networks import conv, conv_network, dense_network, images

from device_models.errors import DatasetError

PIXELS = np.rint(images(7, 30) * 255).astype(np.uint8)


@pytest.mark.parametrize(
    "given",
    [PIXELS, PIXELS / 255, (PIXELS / 255).astype(np.float32), torch.from_numpy(PIXELS), torch.from_numpy(PIXELS / 255)],
)
def test_calibration_images_are_kept_in_8_bits(given):
    net = dense_network(30, 20, 4)
    net.calibration_images = given
    assert net.calibration_images.dtype == np.uint8
    assert np.array_equal(net.calibration_images, PIXELS)


@pytest.mark.parametrize("given", [PIXELS % 2, 1.0 * (PIXELS % 2), 2.0 * (PIXELS % 2) - 1, PIXELS % 2 == 1])
def test_two_values_are_black_and_white(given):
    net = dense_network(30, 20, 4)
    net.calibration_images = given
    assert np.array_equal(net.calibration_images, 255 * (PIXELS % 2))


def test_every_pixel_stays_on_its_side_of_the_threshold():
    x = np.linspace(0, 1, 30_000, dtype=np.float32).reshape(-1, 30)
    net = dense_network(30, 20, 4)
    net.calibration_images = x
    assert torch.equal(net.encode(net.calibration_images / np.float32(255)), net.encode(x))


def test_image_shapes():
    net = conv_network(conv(2, 3), image=(2, 6, 6))
    x = images(5, 72)
    net.calibration_images = x.reshape(5, 2, 6, 6)
    assert np.array_equal(net.calibration_images, np.rint(255 * x))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (PIXELS[:, :29], r"calibration_images: images of shape \(7, 29\): expected a batch .* of 30 pixels"),
        (PIXELS[:0], "expected a batch of one or more images"),
        (PIXELS.astype(float), r"calibration_images: images hold NaN or values outside \[0, 1\]"),
        (np.full((3, 30), np.nan), "images hold NaN"),
        ("mnist", "calibration_images: images"),
        ([["a"] * 30], "expected real numbers in an array"),
        (np.full((3, 30), object()), "expected real numbers in an array"),
    ],
)
def test_images_that_the_network_does_not_take(given, message):
    net = dense_network(30, 20, 4)
    before = net.calibration_images
    with pytest.raises(DatasetError, match=message):
        net.calibration_images = given
    assert net.calibration_images is before


def test_another_set_of_images_shares_the_parameters():
    net = dense_network(30, 20, 4)
    before = net.calibration_images
    other = net.with_calibration_images(PIXELS)
    assert np.array_equal(other.calibration_images, PIXELS)
    assert net.calibration_images is before
    assert other.output_layer.weight is net.output_layer.weight
    assert torch.equal(other.predict(images(3, 30), 5), net.predict(images(3, 30), 5))


def test_training_images_are_recognised_in_any_order_and_form():
    net, seen = dense_network(30, 20, 4), images(50, 30)
    assert net.trained_on(seen) is None
    net.remember_training_images(seen[:30])
    net.remember_training_images(seen[20:40])
    assert net.trained_on(seen[::-1].astype(np.float64)).tolist() == [False] * 10 + [True] * 40
    assert len(net.training_digests) == 40
    assert not net.trained_on(images(50, 30, seed=2)).any()

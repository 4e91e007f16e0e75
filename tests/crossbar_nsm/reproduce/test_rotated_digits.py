"""Digits are turned as said, and the study's numbers are those of the networks on them."""

import numpy as np
import pytest

from crossbar_nsm.nsm.checkpoint import load_checkpoint
from crossbar_nsm.reproduce.catalogue import reproduce
from crossbar_nsm.reproduce.rotated_digits import turned
from device_models.errors import DatasetError


def test_digits_turn_counter_clockwise_about_their_centre():
    image = np.zeros((1, 5, 5), np.float32)
    image[0, 2, 4] = 1  # right of the centre
    assert np.argwhere(turned(image, 90)[0] > 0.5).tolist() == [[0, 2]]  # above it
    assert np.array_equal(turned(image, 0), image)
    assert np.allclose(turned(image, 180), image[:, ::-1, ::-1], atol=1e-6)


def test_every_channel_turns_by_itself_and_flat_images_do_not():
    image = np.zeros((1, 3, 5, 5), np.float32)
    image[0, 0, 2, 4] = 1
    assert np.argwhere(turned(image, 90)[0] > 0.5).tolist() == [[0, 0, 2]]
    with pytest.raises(DatasetError, match=r"images of shape \(784,\) cannot be turned"):
        turned(np.zeros((2, 784), np.float32), 90)


def test_interpolation_is_linear_and_the_outside_black():
    image = np.ones((1, 9, 9), np.float32)
    image[0, 4, 4] = 0.25
    half = turned(image, 45)[0]
    assert half[0, 0] == 0  # from outside
    assert half[4, 4] == pytest.approx(0.25)
    assert half.min() >= 0
    assert half.max() == pytest.approx(1.0)  # a cubic spline overshoots
    assert half[4, 5] == pytest.approx(turned(image, 45 + 360)[0, 4, 5])
    row, column = np.sin(np.pi / 4), np.cos(np.pi / 4)  # where (4, 5) came from, relative to the centre
    assert half[4, 5] == pytest.approx(1 - 0.75 * (1 - row) * (1 - column), abs=1e-6)


def test_the_numbers_are_those_of_the_networks(cnn_config, cnn_folder, cnn_data):
    study, _ = reproduce("rotated_digits", cnn_config, out=cnn_folder)
    rotation, labels = cnn_config.rotation, cnn_data.labels[: cnn_config.rotation.images]
    for name, columns in (("bnsm_long", slice(1, 4)), ("dcnn", slice(4, 7))):
        for index, angle in enumerate(rotation.angles_deg):
            images = turned(cnn_data.images[: rotation.images], angle)
            found = []
            for seed in (0, 1):  # the study takes the seed with the lower validation error
                net = load_checkpoint(cnn_folder / "trained" / "cnn" / name / f"seed_{seed}" / "best.safetensors")
                p = net.predict(images, rotation.samples, noise="neuron", seed=cnn_config.test.seed).numpy()
                p = p.astype(float)
                entropy = -np.sum(p * np.log(np.maximum(p, 1e-300)), axis=1).mean()
                error = np.mean(p.argmax(axis=1) != labels)
                nll = -np.log(p[np.arange(len(p)), labels]).mean()
                found.append((net.facts["validation_error"], entropy, error, nll))
            _, entropy, error, nll = min(found, key=lambda one: one[0])
            numbers = study.numbers[name]
            given = (numbers["entropy"][index], numbers["error"][index], numbers["nll"][index])
            assert given == pytest.approx((entropy, error, nll))
            assert study.rows[index][columns] == [f"{entropy:.3f}", f"{100 * error:.1f}", f"{nll:.3f}"]
    assert [row[0] for row in study.rows] == [f"{angle:g}" for angle in rotation.angles_deg]

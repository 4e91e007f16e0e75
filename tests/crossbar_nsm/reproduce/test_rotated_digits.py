"""The study's numbers are those of the networks on turned digits."""

import numpy as np
import pytest

from crossbar_nsm.datasets.turned import turned
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.reproduce.catalogue import reproduce_paper


def test_the_numbers_are_those_of_the_networks(cnn_config, cnn_folder, cnn_data):
    study, _ = reproduce_paper("rotated_digits", cnn_config, out=cnn_folder)
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

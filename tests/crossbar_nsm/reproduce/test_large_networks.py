"""The full-size networks of Tables 3 and 4, and of N-MNIST: a training step and an evaluation, from made files."""

import math

import numpy as np
import pytest
import torch
from support.datasets import AEDAT_HEADER, cifar, label_file, nmnist, packet, random_images, write_nmnist

from crossbar_nsm.experiment.train import train
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
from crossbar_nsm.reproduce.config import load_reproduce_config


def dvs_files(root):
    """One recording each of subjects 1 and 2 (training, every class once) and 24 (test, every class)."""
    folder = root / "dvs_gestures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for subject, classes in ((1, range(6)), (2, range(6, 11)), (24, range(11))):
        time = np.sort(rng.integers(0, 11 * 100_000, 4000))
        events = [(int(x), int(y), 1, int(t)) for x, y, t in zip(*rng.integers(0, 128, (2, 4000)), time, strict=True)]
        (folder / f"user{subject:02}_led.aedat").write_bytes(AEDAT_HEADER + packet(*events))
        gestures = [(number + 1, number * 100_000, (number + 1) * 100_000 - 1) for number in classes]
        (folder / f"user{subject:02}_led_labels.csv").write_text(label_file(*gestures))


def cifar_files(root):
    folder = root / "cifar10"
    folder.mkdir()
    for number in range(5):
        labels = (np.arange(4) + 2 * number) % 10  # of every class two
        (folder / f"data_batch_{number + 1}.bin").write_bytes(cifar(labels, random_images(4, 3, 32, 32)))
    (folder / "test_batch.bin").write_bytes(cifar(np.arange(10), random_images(10, 3, 32, 32)))


def nmnist_files(root):
    rng = np.random.default_rng(0)
    for part in ("Train", "Test"):
        recordings = {}
        for digit in range(10):
            events = [(int(x), int(y), 1, int(t)) for x, y, t in rng.integers(0, 34, (50, 3)) * [1, 1, 9000]]
            recordings[digit, digit + 1] = nmnist(*events)
        write_nmnist(root / "nmnist", part, recordings)


@pytest.mark.filterwarnings("ignore::UserWarning")  # that these are not the whole sets
@pytest.mark.parametrize(
    ("name", "files", "weights"),
    [
        # 9 (3 96 + 3 96^2 + 96 192 + 3 192^2) + 2 192^2 + 10 192 weights, and so on from the tables of the paper
        ("cifar10", cifar_files, 9 * (3 * 96 + 3 * 96**2 + 96 * 192 + 3 * 192**2) + 2 * 192**2 + 10 * 192),
        pytest.param(
            "dvs_gestures", dvs_files,
            9 * (6 * 96 + 2 * 96**2 + 96 * 192 + 2 * 192**2 + 192 * 256 + 3 * 256**2) + 2 * 256**2 + 11 * 256,
            marks=pytest.mark.slow,
        ),
        ("cnn_nmnist", nmnist_files, 25 * (10 * 32 + 32 * 64) + 1600 * 512 + 10 * 512),
    ],
)  # fmt: skip
def test_a_step_and_an_evaluation_of_the_full_network(name, files, weights, tmp_path):
    files(tmp_path)
    config = load_reproduce_config(name, f"dataset.root={tmp_path}", "dataset.validation_images=2", "test.samples=2")
    network = config.trained["bnsm"]
    training = network.training.model_copy(
        update={"epochs": 1, "batch_size": 4, "initialisation_images": 4, "validation_samples": 1, "averaging": 0.0}
    )
    network = network.model_copy(update={"training": training})
    result = train(config.training_run(network, 1, tmp_path / "run"))
    test = result.runs[0].test["best"]
    assert 0 < test["nll"] < math.inf
    net = load_checkpoint(result.checkpoint)
    tensors = dict(net.named_parameters())
    assert sum(value.numel() for key, value in tensors.items() if key.endswith("weight")) == weights
    assert all(bool(torch.isfinite(value).all()) for value in tensors.values())
    fresh = type(net)(net.architecture)
    fresh.reset_parameters(torch.Generator().manual_seed(training.seed))
    moved = [key for key, value in fresh.named_parameters() if not torch.equal(value, tensors[key])]
    assert len(moved) == len(tensors)  # every layer learnt

"""Training of convolutional networks by every method; resumed runs end with the same bits."""

import pytest
import torch
from support.networks import conv, conv_architecture, dense, pool

from crossbar_nsm.nsm.training.config import TrainingConfig
from crossbar_nsm.nsm.training.data import LabelledImages
from crossbar_nsm.nsm.training.trainer import Trainer

LAYERS = (conv(6, 3, padding=1), pool("max", 2), conv(8, 2, beta="position"), pool("average", 2), dense(12))
METHODS = [
    "nsm",
    "nsm_ste",
    "nsm_binconcrete",
    {"name": "nsm_binconcrete", "forward": "relaxed"},
    "bd",
    "wbd",
    "sn",
    "bn",
    "stnn",
    {"name": "relu", "batch_norm": True, "dropout": 0.2, "input_dropout": 0.1},
    "sigmoid",
    "tanh",
]


def bars(count, seed):
    """Horizontal bars, vertical bars and squares somewhere in noisy images 1x8x8."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (count,), generator=generator)
    places = torch.randint(0, 4, (count, 2), generator=generator)
    images = torch.rand(count, 1, 8, 8, generator=generator) * 0.55
    for image, label, (y, x) in zip(images, labels, places.tolist(), strict=True):
        height, width = ((1, 5), (5, 1), (3, 3))[label]
        image[0, y : y + height, x : x + width] += 0.45
    return LabelledImages(images, labels)


DATA = (bars(300, 1), bars(150, 2))


def trainer(method="nsm", encoding="sign", **settings):
    architecture = conv_architecture(*LAYERS, image=(1, 8, 8), method=method, encoding=encoding)
    given = {"epochs": 2, "batch_size": 30, "learning_rate": 0.01, "validation_samples": 3} | settings
    return Trainer(architecture, TrainingConfig.model_validate(given), *DATA)


@pytest.mark.parametrize("encoding", ["sign", "real"])
@pytest.mark.parametrize("method", METHODS, ids=str)
def test_every_method_trains_a_convolutional_network(method, encoding):
    """Every parameter moves and stays finite."""
    run = trainer(method, encoding, epochs=1)
    before = {name: value.clone() for name, value in run.net.named_parameters()}
    (report,) = run.epochs()
    assert 0 < report.loss < 5
    for name, value in run.net.named_parameters():
        assert torch.isfinite(value).all()
        assert not torch.equal(value, before[name]), name
    probability = run.last_network().predict(DATA[1].images, 3)
    assert torch.allclose(probability.sum(dim=1), torch.ones(150), atol=1e-5)


@pytest.mark.parametrize("place", ["neuron", "synapse"])
@pytest.mark.parametrize("encoding", ["sign", "real"])
def test_learns(encoding, place):
    run = trainer(encoding=encoding, noise_place=place, epochs=12)
    reports = list(run.epochs())
    assert reports[-1].loss < 0.85 * reports[0].loss
    best = run.best_network().predict(DATA[1].images, 30, noise=place).argmax(dim=1)
    assert (best != DATA[1].labels).float().mean() < 0.42  # 2/3 by chance, sd .04


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("nsm", {"averaging": 0.9, "input_flips": 0.05, "input_binarisation": "random"}),
        ("nsm", {"encoding": "real", "noise_place": "synapse"}),
        ({"name": "relu", "batch_norm": True, "dropout": 0.2}, {}),
    ],
    ids=str,
)
def test_stopped_and_resumed_ends_with_the_same_bits(tmp_path, method, settings):
    whole, first, second = (trainer(method, epochs=3, **settings) for _ in range(3))
    list(whole.epochs())
    next(first.epochs())
    first.save(tmp_path / "state.pt")
    second.resume(tmp_path / "state.pt")
    assert [report.epoch for report in second.epochs()] == [2, 3]
    ends = (whole.last_network().state_dict(), second.last_network().state_dict())
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    assert all(torch.equal(value, second.best[name]) for name, value in whole.best.items())

"""Probabilities are computed once for one question, and anew for every other and for damaged files."""

import numpy as np
import pytest
from support.networks import conv, conv_network, dense, pool

from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from crossbar_nsm.reproduce.measured import probabilities
from crossbar_nsm.reproduce.reproduction import RunContext
from device_models.files import reading
from device_models.files.signs import npz_bytes

IMAGES = np.random.default_rng(0).random((7, 6, 6), dtype=np.float32)


class Asker:
    """Asks for probabilities and keeps the labels of those that were computed."""

    def __init__(self, config, folder):
        self.config, self.folder, self.computed = config, folder, []
        self.checkpoint = save_checkpoint(
            conv_network(conv(4, 3), pool("max", 2), dense(5)), folder / "net.safetensors"
        )

    def __call__(self, label, images=IMAGES, place="neuron", samples=5, seed=5):
        test = self.config.test.model_copy(update={"seed": seed})
        config = self.config.model_copy(update={"test": test})
        context = RunContext(config, self.folder, self.progress)
        return probabilities(self.checkpoint, images, place, samples, context, label)

    def progress(self, label):
        self.computed.append(label)
        return lambda _done, _total, _note: None


@pytest.fixture
def ask(cnn_config, tmp_path):
    return Asker(cnn_config, tmp_path)


def test_they_are_those_of_the_network(ask):
    net = load_checkpoint(ask.checkpoint)
    assert np.array_equal(ask("neuron"), net.predict(IMAGES, 5, noise="neuron", seed=5).numpy())
    assert np.array_equal(ask("synapse", place="synapse"), net.predict(IMAGES, 5, noise="synapse", seed=5).numpy())


def test_the_same_question_is_answered_from_the_file(ask):
    first = ask("first")
    assert np.array_equal(ask("again"), first)
    assert ask.computed == ["first"]


@pytest.mark.parametrize(
    "other", [{"images": IMAGES[::-1]}, {"images": IMAGES[:6]}, {"place": "synapse"}, {"samples": 6}, {"seed": 6}]
)
def test_another_question_is_computed(ask, other):
    first = ask("first")
    assert not np.array_equal(ask("other", **other), first)
    assert ask.computed == ["first", "other"]


def test_another_network_is_computed(ask):
    first = ask("first")
    net = load_checkpoint(ask.checkpoint)
    net.output_layer.weight.data.mul_(3.0)
    save_checkpoint(net, ask.checkpoint)
    assert not np.array_equal(ask("other"), first)


def damage_end(content):
    return content[:-60]


def damage_start(content):
    return b"PK" + bytes(len(content))


def damage_inside(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [damage_end, damage_start, damage_inside, lambda _content: b""])
def test_a_damaged_file_is_made_again(ask, damage):
    first = ask("first")
    (kept,) = (ask.folder / "measured").iterdir()
    kept.write_bytes(damage(kept.read_bytes()))
    assert np.array_equal(ask("damaged"), first)
    assert ask.computed == ["first", "damaged"]
    assert np.array_equal(np.load(kept)["probability"], first)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p[:-1],
        lambda p: p * np.nan,
        lambda p: p.ravel(),
        lambda p: -p,
        lambda p: p / 2,
        lambda p: p > 0.5,
        lambda p: np.broadcast_to(p[:1], (2 * len(p), p.shape[1])),
    ],
)
def test_a_file_with_other_numbers_in_it_is_made_again(ask, change):
    first = ask("first")
    (kept,) = (ask.folder / "measured").iterdir()
    kept.write_bytes(npz_bytes("probabilities", {"probability": change(first)}))
    assert np.array_equal(ask("damaged"), first)
    assert ask.computed == ["first", "damaged"]


def test_a_file_of_another_program_or_kind_is_made_again(ask):
    first = ask("first")
    (kept,) = (ask.folder / "measured").iterdir()
    for content in (npz_bytes("trial", {"probability": first}), None):
        if content is None:
            np.savez(kept, probability=first)
        else:
            kept.write_bytes(content)
        assert np.array_equal(ask("damaged"), first)
    assert ask.computed == ["first", "damaged", "damaged"]


def test_a_file_that_unpacks_to_gigabytes_is_not_unpacked(ask, monkeypatch):
    first = ask("first")
    (kept,) = (ask.folder / "measured").iterdir()
    monkeypatch.setattr(reading, "FREE_BYTES", 10**6)
    kept.write_bytes(npz_bytes("probabilities", {"probability": np.zeros((2_000_000, 3))}))
    monkeypatch.setattr(np.lib.format, "read_array", lambda *_a, **_k: pytest.fail("was unpacked"))
    assert np.array_equal(ask("damaged"), first)
    assert ask.computed == ["first", "damaged"]

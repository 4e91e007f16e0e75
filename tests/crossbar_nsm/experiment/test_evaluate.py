"""One evaluation for all commands; evaluated images that a network was trained on are said to be."""

import warnings

import numpy as np
import pytest
from support.networks import black_and_white, dense_network
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models.files.document import Document

SEEN, NEW = black_and_white(30, 30, seed=3), black_and_white(50, 30, seed=4)


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = dense_network(30, 20, 4)
    net.remember_training_images(SEEN)
    save_checkpoint(net, "net.safetensors")
    for name, x in {"new": NEW, "mixed": np.concatenate([NEW, SEEN])[::-1], "seen": SEEN}.items():
        np.savez(f"{name}.npz", x=x, y=np.arange(len(x)) % 4)
    return {"checkpoint": "net.safetensors", "device": "rram_illustrative", "evaluation": {"samples": 2, "chips": 2}}


def said_of(call):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in said]


@pytest.mark.parametrize("command", [xb.compare, xb.run, xb.budget])
@pytest.mark.parametrize(
    ("name", "text"),
    [("new", None), ("mixed", "30 of 80 evaluated images were used in training"), ("seen", "30 of 30 evaluated")],
)
def test_training_error_is_not_taken_for_more(config, command, name, text):
    said = said_of(lambda: command(_resolved(config | {"dataset": {"name": f"{name}.npz"}})))
    assert [text in one for one in said] == ([] if text is None else [True])


def test_nothing_is_said_where_training_images_are_not_known(config):
    net = dense_network(30, 20, 4)
    save_checkpoint(net, "net.safetensors")
    assert said_of(lambda: xb.run(_resolved(config | {"dataset": {"name": "seen.npz"}}))) == []
    assert xb.load_checkpoint("mnist_mlp").training_digests is None


def _resolved(data):
    return resolve(Document(data))


def test_every_command_makes_the_same_row_of_the_same_trials(tmp_path):
    study = small_study(tmp_path, "neuron: {scaling: paired}")
    rows = [xb.run(study).rows[0], xb.compare(study).rows[-1]]
    rows.append(xb.uncertainty(study, angles_deg=()).networks[1].row)
    parts = [{key: vars(row)[key] for key in ("name", "error", "nll", "chip_sd", "mutual_information")} for row in rows]
    assert parts[0] == parts[1] == parts[2]
    assert rows[0].chips == 2

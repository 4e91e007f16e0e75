"""A quick run: small numbers, its own images, marked as no result."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.reproduce.config import PACKAGED, load_reproduce_config
from crossbar_nsm.reproduce.quick import MARK, images_of, marked, quick_config, write_images
from crossbar_nsm.reproduce.reproduction import Reproduction


@pytest.mark.parametrize("name", PACKAGED)
def test_every_packaged_configuration_has_a_quick_form(name, tmp_path):
    config = load_reproduce_config(name)
    quick, counts = quick_config(config, tmp_path), images_of(config)
    networks = [*quick.trained.values(), *quick.watched.values()]
    assert quick.layers == config.layers
    assert max(network.training.epochs for network in networks) <= 2
    assert quick.runs == 1
    assert (quick.dataset.validation_images, quick.dataset.exclude) == (counts.validation, None)
    assert 60 <= counts.training <= 1000
    for network in networks:
        quick.training_run(network, 1, tmp_path)  # all of it is allowed


def test_numbers_that_are_smaller_already_stay(tmp_path):
    config = load_reproduce_config("mlp", "trained.nsm.training.epochs=1", "test.samples=2", "robustness.row_sd=[0.5]")
    quick = quick_config(config, tmp_path)
    assert (quick.trained["nsm"].training.epochs, quick.test.samples, quick.robustness.row_sd) == (1, 2, [0.5])


def test_digits_come_with_the_package_and_no_image_is_trained_and_tested(tmp_path, monkeypatch):
    monkeypatch.delenv("CROSSBAR_NSM_DATA", raising=False)
    config = load_reproduce_config("mlp")
    write_images(config, tmp_path)
    name, counts = quick_config(config, tmp_path).dataset.name, images_of(config)
    training, test = read_dataset(name, "train"), read_dataset(name, "test")
    assert (len(training), len(test)) == (counts.training + counts.validation, counts.test)
    assert len(training.without(test)) == len(training)
    assert np.array_equal(np.unique(test.labels), np.arange(10))


def test_the_mark_is_on_table_words_numbers_and_figure():
    figure = Figure()
    study = marked(Reproduction("Table 9: x", ["a"], [["b"]], "Says.", {"a": [1]}), figure)
    assert study.title == f"{MARK}: Table 9: x"
    assert study.markdown().startswith(f"## {MARK}")
    assert "shows that all works and nothing of the networks" in study.says
    assert study.says.endswith("Says.")
    assert study.numbers == {"quick": True, "a": [1]}
    assert [text.get_text() for text in figure.texts] == [MARK]

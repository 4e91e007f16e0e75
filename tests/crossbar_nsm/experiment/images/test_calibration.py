"""Calibration images that a configuration names: never those that are evaluated, and part of a trial's identity."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from support.networks import black_and_white, dense_network, images

import crossbar_nsm as xb
from crossbar_nsm.datasets.image_digests import image_digests
from crossbar_nsm.experiment.config.checks.config_file import check_file
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.experiment.images.calibration import read_calibration_images
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models.errors import ConfigError, DatasetError

BLIND = "carries no calibration images"
TRAIN, TEST = black_and_white(300, 30, seed=3), black_and_white(40, 30, seed=4)


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = dense_network(30, 20, 4)
    net.calibration_images = None
    save_checkpoint(net, "net.safetensors")
    np.savez("whole.npz", x=TEST, y=np.arange(40) % 4)
    np.savez("parts.npz", x_train=TRAIN, y_train=np.arange(300) % 4, x_test=TEST, y_test=np.arange(40) % 4)
    np.savez("wider.npz", x=images(9, 31), y=np.arange(9) % 4)
    Path("c.yaml").write_text(
        "checkpoint: net.safetensors\ndataset: {name: parts.npz}\ndevice: rram_illustrative\n"
        "evaluation: {samples: 3, images: 20}\n"
    )
    return "c.yaml"


@pytest.mark.parametrize(
    ("source", "dataset", "pool"),
    [
        ("training", "parts.npz", TRAIN),
        ("parts.npz", "parts.npz", TRAIN),
        ("parts.npz", "whole.npz", TRAIN),
        ("training", "whole.npz", TEST[20:]),  # which are not evaluated
        ("whole.npz", "parts.npz", TEST[20:]),
    ],
)
def test_images_are_of_the_training_part_and_never_evaluated(config, source, dataset, pool):
    settings = load_config(config, f"calibration_images={source}", f"dataset.name={dataset}")
    found = image_digests(read_calibration_images(settings))
    assert np.isin(found, image_digests(pool)).all()
    assert len(found) == min(256, len(pool))
    chip = xb.map_network(xb.load_checkpoint("net.safetensors"), settings)
    assert np.array_equal(image_digests(chip.net.calibration_images / np.float32(255)), found)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("dataset.name=whole.npz", "evaluation.images=null"), "all 40 images of whole.npz are evaluated"),
        (("calibration_images=wider.npz",), r"calibration_images: images of shape \(9, 31\)"),
    ],
)
def test_images_that_do_not_serve(config, overrides, message):
    settings = load_config(config, "calibration_images=training", *overrides)
    with pytest.raises(DatasetError, match=message):
        xb.map_network(xb.load_checkpoint("net.safetensors"), settings)


def test_unknown_sources_are_named_before_anything_runs(config):
    with pytest.raises(DatasetError, match=r"calibration_images: unknown data set 'trainin'.*\(or training\)"):
        xb.compare(config, "calibration_images=trainin")
    (line,) = check_file(config, ["calibration_images=none.npz"])
    assert line.startswith("--set calibration_images=none.npz: calibration_images: data set none.npz: no such file")


def test_trials_are_named_by_the_content_of_the_images(config):
    def key(*overrides):
        return Trial(load_config(config, *overrides), "hardware").key

    keys = [key(), key("calibration_images=training"), key("calibration_images=whole.npz")]
    assert len(set(keys)) == 3
    np.savez("whole.npz", x=TEST[::-1], y=np.arange(40) % 4)
    assert key("calibration_images=whole.npz") not in keys
    ideal = {Trial(load_config(config, *o), "ideal_synapse").key for o in ((), ("calibration_images=training",))}
    assert len(ideal) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_says_it_once_and_keeps_it(config, workers):
    sweep = ("sweep={array.rows: [32, 64]}", "evaluation.chips=2")
    for _ in range(2):  # run, and found finished
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            results = xb.sweep(config, *sweep, out="out", workers=workers)
        assert sum(BLIND in str(one.message) for one in said) == 1
        assert [BLIND in text for text in results.warnings] == [True]
    assert [BLIND in text for text in xb.load_results("out").as_dict()["warnings"]] == [True]


def test_a_sweep_with_images_says_nothing(config):
    sweep = ("sweep={array.rows: [32, 64]}", "evaluation.chips=2", "calibration_images=training")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        results = xb.sweep(config, *sweep, out="seen", workers=1)
    assert [str(one.message) for one in said] == results.warnings == []


def test_one_measured_array_is_one_chip(config):
    xb.map_network(xb.load_checkpoint("net.safetensors"), config).export_conductances("g.npz")
    load_config(config, "array.conductances=g.npz")
    for more in (("evaluation.chips=4",), ("sweep={evaluation.chips: [1, 4]}",)):
        with pytest.raises(ConfigError, match=r"evaluation\.chips=4 with array\.conductances: one"):
            load_config(config, "array.conductances=g.npz", *more)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        rows = xb.compare(config, "sweep={array.conductances: [g.npz, null]}").rows
        xb.compare(config, "array.conductances=g.npz")
    assert [row.chips for row in rows] == [1, 1, 1, 1]
    assert not any("no effect" in str(one.message) for one in said)

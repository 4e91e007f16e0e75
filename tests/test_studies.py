"""The studies in configs/studies: each says what it asks, is without mistakes, and runs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from support.networks import dense_network

from crossbar_nsm.datasets.catalogue import load_dataset
from crossbar_nsm.experiment.config.overrides import with_overrides
from crossbar_nsm.experiment.config.sweep_section import sweep_factors
from crossbar_nsm.experiment.evaluate import run_trial
from crossbar_nsm.experiment.studies.study import plan
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models.catalogue import preset_paths
from device_models.files.document import load_document

ROOT = Path(__file__).parents[1]
STUDIES = sorted((ROOT / "configs/studies").glob("*.yaml"))
TINY = ("evaluation.images=20", "evaluation.samples=3", "evaluation.chips=1", "array.rows=16", "array.cols=16")


def of_each_study(test):
    return pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)(test)


def swept_values(sweep):
    """Values by key."""
    return {key: values for factor in sweep_factors(sweep)[0] for key, values in factor.values.items()}


def extreme_points(sweep):
    """A sweep of two points: every setting at its first value, and every setting at its last."""
    first, last = ({key: values[at] for key, values in swept_values(sweep).items()} for at in (0, -1))
    return {"zip": [{key: [first[key], last[key]] for key in first}]}


@pytest.fixture(scope="module")
def small_checkpoint(tmp_path_factory):
    """An untrained network that takes the data set of the studies, with calibration images."""
    net = dense_network(784, 20, 10)
    net.calibration_images = np.rint(255 * load_dataset("mnist5k")[0][-30:].reshape(30, 784)).astype(np.uint8)
    return save_checkpoint(net, tmp_path_factory.mktemp("network") / "small.safetensors")


@of_each_study
def test_a_study_says_what_it_asks_and_how_long_it_takes(path):
    head = re.match(r"(#.*\n)+", path.read_text(encoding="utf-8"))
    assert head is not None
    text = " ".join(line.removeprefix("# ") for line in head[0].splitlines())
    assert "?" in text
    assert re.search(r"About \d+ s on two cores\.", text)


@of_each_study
def test_a_study_is_without_mistakes_and_takes_devices_from_presets_alone(path):
    document = load_document(path)
    study = plan(document)
    assert study.points
    device, swept = document.data["device"], swept_values(study.config.sweep)
    names = [device if isinstance(device, str) else device["preset"], *swept.get("device", [])]
    assert set(names) <= preset_paths().keys()


@of_each_study
def test_the_ends_of_a_study_run(path, small_checkpoint):
    config = plan(load_document(path)).config
    sweep = json.dumps(extreme_points(config.sweep))
    overrides = [key for key in TINY if key.split("=")[0] not in swept_values(config.sweep)]
    document = with_overrides(load_document(path), [f"sweep={sweep}", f"checkpoint={small_checkpoint}", *overrides])
    study = plan(document)
    assert len(study.points) == 2
    for point in study.points:
        (chip,) = point.chips
        result = run_trial(chip)
        assert np.isfinite(result.prediction.probability).all()
        assert result.prediction.probability.shape == (20, 10)
        assert result.images_digest == run_trial(point.reference).images_digest

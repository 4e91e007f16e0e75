"""Edited trials whose digests were made anew: named, not believed, and run again, with the same table in the end."""

import json
import shutil
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from support.cli import call
from support.studies import small_study

from crossbar_nsm.engine.sampling.prediction import Prediction
from crossbar_nsm.experiment.studies.compare_runs import compare_runs
from crossbar_nsm.experiment.studies.folder.results_folder import load_results
from crossbar_nsm.experiment.studies.folder.trial_file import read_trial, write_trial
from crossbar_nsm.experiment.studies.sweep import sweep
from device_models.errors import CrossbarError

STOPPING = "evaluation.early_stopping={confidence: 0.9, block: 5}"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A study and its finished folders: of all images, and of 50 with early stopping."""
    place = tmp_path_factory.mktemp("made")
    study = small_study(place)
    sweep(study, out=place / "all", workers=1)
    sweep(study, "evaluation.images=50", STOPPING, out=place / "some", workers=1)
    return SimpleNamespace(study=study, all=place / "all", some=place / "some")


@pytest.fixture
def out(made, tmp_path):
    return shutil.copytree(made.all, tmp_path / "out")


def _manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def _chips(folder):
    """Files of the chips, point by point."""
    return [[folder / "trials" / f"{key}.npz" for key in point["chips"]] for point in _manifest(folder)["points"]]


def _software(folder):
    return [folder / "trials" / f"{key}.npz" for key in _manifest(folder)["ideal"].values()]


def _edit(path, change):
    write_trial(path, change(read_trial(path)))


def _predicting(result, change):
    parts = {name: change(value) for name, value in vars(result.prediction).items()}
    return replace(result, prediction=Prediction(**parts))


def _of_images(result, count):
    return replace(_predicting(result, lambda values: values[:count]), labels=result.labels[:count])


def _of_classes(result, count):
    probability = result.prediction.probability[:, :count] + np.float32(1e-3)
    probability /= probability.sum(axis=1, keepdims=True)
    prediction = Prediction(probability, 0 * result.prediction.pass_entropy, result.prediction.samples)
    return replace(result, prediction=prediction, labels=result.labels % count)


def _with_samples(result, samples):
    return replace(result, prediction=replace(result.prediction, samples=0 * result.prediction.samples + samples))


def _permuted(result):
    return replace(result, labels=result.labels[::-1].copy())


def _with_neurons(result, change):
    first = result.recovery["fc1"]
    shorter = type(first)(**{name: change(values) for name, values in vars(first).items()})
    return replace(result, recovery=result.recovery | {"fc1": shorter})


def _renamed(result):
    return replace(result, recovery=dict(zip(("fc1", "other"), result.recovery.values(), strict=True)))


EDITS = {
    "fewer images": (lambda old: _of_images(old, 25), "images 25, of other trials 60"),
    "one image": (lambda old: _of_images(old, 1), "images 1, of other trials 60"),
    "fewer classes": (lambda old: _of_classes(old, 3), "3 classes, the network has 4"),
    "one class": (lambda old: _of_classes(old, 1), "1 classes, the network has 4"),
    "more samples": (lambda old: _with_samples(old, 10**9), "1000000000 to 1000000000 samples, 20 were asked for"),
    "fewer samples": (lambda old: _with_samples(old, 19), "19 to 19 samples, 20 were asked for"),
    "permuted labels": (_permuted, "digest of labels .*, of other trials"),
    "no recovery": (lambda old: replace(old, recovery={}), "0 layers calibrated"),
    "an empty layer": (
        lambda old: _with_neurons(old, lambda v: v[:0]),
        "neurons fc1 0, fc2 12, the network has fc1 20",
    ),
    "another layer": (_renamed, "neurons fc1 20, other 12, the network has fc1 20, fc2 12"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_trial_is_named_and_runs_again(made, out, name):
    change, message = EDITS[name]
    path = _chips(out)[0][1]
    _edit(path, change)
    with pytest.warns(UserWarning, match=f"{path}: does not fit its study, its trial counts as not run .{message}"):
        found = load_results(out)
    assert (found.missing, list(found.points[0].chips), list(found.points[1].chips)) == (1, [0], [0, 1])
    _runs_again(made, out, 1)


def _runs_again(made, out, trials):
    ran = []
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sweep(made.study, out=out, workers=1, on_trial=lambda *told: ran.append(told[3]))
    assert len(ran) == trials + 1
    assert sum("does not fit" in str(one.message) for one in said) == trials
    assert (out / "results.parquet").read_bytes() == (made.all / "results.parquet").read_bytes()
    assert load_results(out).missing == 0


def test_software_with_what_only_hardware_has(made, out):
    path, recovery = _software(out)[1], read_trial(_chips(out)[0][0]).recovery
    _edit(path, lambda old: replace(old, recovery=recovery))
    with pytest.warns(UserWarning, match=f"{path}: does not fit .*2 layers calibrated, which is of hardware"):
        load_results(out)


def test_what_the_configuration_asks_for_outweighs_most_trials(made, tmp_path):
    out = shutil.copytree(made.some, tmp_path / "out")
    files = [path for point in _chips(out) for path in point]
    for path in files:
        _edit(path, lambda old: _of_images(old, 49))
    _edit(_software(out)[0], lambda old: _with_samples(old, 21))
    with pytest.warns(UserWarning, match="does not fit") as warned:
        found = load_results(out)
    said = {str(one.message) for one in warned}
    assert len(said) == found.missing == 5
    assert sum("49 images, 50 were asked for" in text for text in said) == 4


def test_with_early_stopping_fewer_samples_are_in_order(made, tmp_path):
    out = shutil.copytree(made.some, tmp_path / "out")
    assert read_trial(_chips(out)[0][0]).prediction.samples.min() < 20
    _edit(_chips(out)[0][0], lambda old: _with_samples(old, 15))
    assert load_results(out).missing == 0


def test_of_two_against_two_none_is_believed(made, out):
    """Which half was edited nothing tells."""
    chips = [path for point in _chips(out) for path in point]
    software = _software(out)
    for path in [*chips[:2], software[0]]:
        _edit(path, _permuted)
    with pytest.warns(UserWarning, match="digest of labels") as warned:
        assert load_results(out).missing == 6
    assert len(warned) == 6
    _runs_again(made, out, 6)


def test_without_the_network_most_trials_decide(made, out):
    """As long as the checkpoint is the one that the trials ran with, it does."""
    one, *others = [path for point in _chips(out) for path in point]
    _edit(one, _renamed)
    for path in others:
        _edit(path, _renamed)
    net = made.study.parent / "net.safetensors"
    with pytest.warns(UserWarning, match="the network has fc1 20"):
        assert load_results(out).missing == 4
    net.rename(net.with_suffix(".gone"))
    try:
        assert load_results(out).missing == 0
        _edit(one, lambda old: replace(old, recovery={"fc1": old.recovery["fc1"]}))
        with pytest.warns(UserWarning, match=r"neurons fc1 20, of other trials fc1 20, other 12"):
            assert load_results(out).missing == 1
    finally:
        net.with_suffix(".gone").rename(net)


def test_a_trial_under_the_key_of_another_is_a_copy(made, out):
    first, second = (point[0] for point in _chips(out))
    write_trial(first, read_trial(second))
    with pytest.warns(UserWarning, match="a copy of trial") as warned:
        assert load_results(out).missing == 2
    assert {str(one.message).split(":")[0] for one in warned} == {str(first), str(second)}
    _runs_again(made, out, 2)


class _Clock:
    """A millisecond goes by between two looks, all of one second."""

    def __init__(self):
        self.time = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self, _zone):
        self.time += timedelta(milliseconds=1)
        return self.time


def test_quick_trials_of_settings_with_the_same_results_are_no_copies(tmp_path, monkeypatch):
    """They take the same time, in the same second: of 26 trials of 25 ms this happened by chance."""
    monkeypatch.setattr("crossbar_nsm.experiment.evaluate.time", SimpleNamespace(perf_counter=lambda: 0.0))
    monkeypatch.setattr("crossbar_nsm.experiment.evaluate.datetime", _Clock())
    levels = "sweep={device.read_noise.relative_sd: [0.01, 0.02]}"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = sweep(small_study(tmp_path), levels, out=tmp_path / "out", workers=1)
    assert found.missing == 0
    assert [str(one.message) for one in said if "a copy" in str(one.message)] == []
    first, second = (point.probability for point in found.points)
    assert np.array_equal(first, second)  # or the test would tell nothing


def test_other_labels_under_the_same_images_are_not_paired(made, out):
    for path in (out / "trials").glob("*.npz"):
        _edit(path, _permuted)
    with pytest.raises(CrossbarError, match="the same images have other labels"):
        compare_runs(made.all, out)


@pytest.mark.parametrize("name", EDITS)
def test_no_command_ends_in_a_traceback(made, out, capsys, name, tmp_path):
    """The first one broke on two sizes of arrays. Pages, which take a second, are made after two of the edits: each
    trial counts as not run, so that all pages are of the same five."""
    change, _ = EDITS[name]
    _edit(_chips(out)[1][0], change)
    words = {
        "results": (), "results --chips --csv": (), "results --pairwise --json": (), "compare": (str(made.all),),
    }  # fmt: skip
    if name in ("fewer images", "another layer"):
        words["report"] = ("--no-budget", "--out", str(tmp_path / "page.html"))
    for command, more in words.items():
        head, *options = command.split()
        code, _, said = call(capsys, head, str(out), *more, *options)
        assert (code, len(said.splitlines()) >= 1) == (0, True), (command, said)
        assert "does not fit its study, its trial counts as not run" in said

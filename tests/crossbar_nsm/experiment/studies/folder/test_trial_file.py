"""A trial's file is its own, whole and as it was computed, or its trial runs again."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from support.trials import trial_result

from crossbar_nsm.experiment.studies.folder.trial_file import read_trial, write_trial
from crossbar_nsm.experiment.studies.trial_result import LayerRecovery
from device_models.files.digests import digest
from device_models.files.signs import npz_bytes, sign_of

KEY, OTHER = "0" * 24, "1" * 24
LABELS = np.arange(12) % 3


def _written(folder):
    neurons = np.linspace(0.5, 1, 5, dtype=np.float32)
    recovery = LayerRecovery(neurons, np.full_like(neurons, np.inf), neurons, neurons, neurons > 0.7)
    result = trial_result(np.random.default_rng(0), LABELS, 0.2)
    result.recovery["fc1"] = recovery
    path = folder / f"{KEY}.npz"
    write_trial(path, result)
    return path, result


def _arrays(path):
    with np.load(path) as file:
        return {name: np.asarray(file[name]) for name in file.files}


def test_what_was_written_is_read(tmp_path):
    path, result = _written(tmp_path)
    read = read_trial(path)
    np.testing.assert_array_equal(read.prediction.probability, result.prediction.probability)
    np.testing.assert_array_equal(read.labels, LABELS)
    np.testing.assert_array_equal(read.recovery["fc1"].recovered_beta, np.inf)
    assert read.host == result.host
    assert sign_of(path).kind == "trial"


def test_what_a_trial_did_not_keep_before_is_none(tmp_path):
    """Files of the same form without the arrays that were added since; with them they are read."""
    path, result = _written(tmp_path)
    before = read_trial(path).recovery["fc1"]
    assert (before.direction_error, before.frozen_share) == (None, None)
    shares = np.linspace(0, 1, 5, dtype=np.float32)
    result.recovery["fc1"] = replace(before, direction_error=shares, frozen_share=shares)
    write_trial(path, result)
    np.testing.assert_array_equal(read_trial(path).recovery["fc1"].frozen_share, shares)
    result.recovery["fc1"] = replace(before, frozen_share=shares[:3])
    write_trial(path, result)
    with pytest.warns(UserWarning, match="damaged"):
        assert read_trial(path) is None


def test_the_result_of_another_trial_is_not_believed(tmp_path):
    path, _ = _written(tmp_path)
    other = tmp_path / f"{OTHER}.npz"
    other.write_bytes(path.read_bytes())
    with pytest.warns(UserWarning, match=f"{OTHER}.npz: damaged, its trial .* is the result of another"):
        assert read_trial(other) is None


EDITS = {
    "labels": lambda old: np.zeros_like(old),
    "prediction.probability": lambda old: old[::-1],
    "recovery.0.clipped": lambda old: ~old,
    "about": lambda old: np.array(str(old).replace('"seconds": ', '"seconds": 1')),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_within_the_range_is_noticed(tmp_path, name):
    path, _ = _written(tmp_path)
    arrays = _arrays(path)
    path.write_bytes(npz_bytes("trial", arrays | {name: EDITS[name](arrays[name])}))
    with pytest.warns(UserWarning, match="not what this program wrote, edited perhaps"):
        assert read_trial(path) is None


IMPOSSIBLE = {
    "prediction.probability": [
        (lambda old: np.full_like(old, np.nan), "holds NaN"),
        (lambda old: old - 4, "allowed are 0 to"),
        (lambda old: old / 2, "do not add up to 1"),
        (lambda old: old[:, :0], "probability"),
        (lambda old: old.astype(int), "expected real numbers"),
    ],
    "prediction.samples": [(lambda old: 0 * old, "allowed are 1"), (lambda old: old[:3], "of shape")],
    "prediction.pass_entropy": [
        (lambda old: old - 1, "pass_entropy"),
        (lambda old: old + 50, "pass_entropy"),
        (lambda old: old + 1.09, "above that of the mean probabilities"),
    ],
    "recovery.0.trained_beta": [
        (lambda old: old * np.nan, "holds NaN"),
        (lambda old: np.full_like(old, np.inf), "holds NaN or infinite"),
    ],
    "labels": [(lambda old: old + 1, "labels: 1 to 3, allowed are 0 to 2"), (lambda old: old[1:], "labels")],
    "recovery.0.clipped": [(lambda old: old.astype(float), "expected true or false")],
    "recovery.0.recovered_c": [(lambda old: old[:2], "recovered_c")],
}


@pytest.mark.parametrize(("name", "number"), [(name, k) for name, all in IMPOSSIBLE.items() for k in range(len(all))])
def test_numbers_that_no_trial_has_are_refused(tmp_path, monkeypatch, name, number):
    """Even where the digest fits, as in files of a program that went wrong."""
    path, _ = _written(tmp_path)
    arrays, (change, message) = _arrays(path), IMPOSSIBLE[name][number]
    arrays[name] = change(arrays[name])
    about = str(arrays["about"])
    monkeypatch.setattr("crossbar_nsm.experiment.studies.folder.trial_file.digest", lambda _: "0" * 24)
    arrays["about"] = np.array(about[: about.rindex(":")] + f': "{"0" * 24}"}}')
    path.write_bytes(npz_bytes("trial", arrays))
    with pytest.warns(UserWarning, match=message):
        assert read_trial(path) is None


def test_two_layers_of_one_name_are_refused(tmp_path):
    """The last one took the place of the others."""
    path, _ = _written(tmp_path)
    arrays = _arrays(path)
    about = json.loads(str(arrays.pop("about"))) | {"layers": ["fc1", "fc1"]}
    arrays |= {name.replace(".0.", ".1."): array for name, array in arrays.items() if name.startswith("recovery")}
    about["digest"] = digest([{name: value for name, value in about.items() if name != "digest"}, arrays])
    path.write_bytes(npz_bytes("trial", arrays | {"about": np.array(json.dumps(about))}))
    with pytest.warns(UserWarning, match="two of its layers have the same name"):
        assert read_trial(path) is None


@pytest.mark.parametrize("name", ["about", "prediction.probability", "anything"])
def test_a_small_file_is_not_unpacked_to_what_no_trial_holds(tmp_path, name):
    """40 MB of zeros are 40 kB."""
    path, _ = _written(tmp_path)
    path.write_bytes(npz_bytes("trial", _arrays(path) | {name: np.zeros((1_000_000, 10), np.float32)}))
    with pytest.warns(UserWarning, match="would unpack to 40 MB, at most 33.6 MB are read"):
        assert read_trial(path) is None


def test_a_named_pipe_is_no_trial(tmp_path):
    os.mkfifo(tmp_path / f"{KEY}.npz")
    with pytest.warns(UserWarning, match="a named pipe, socket or device"):
        assert read_trial(tmp_path / f"{KEY}.npz") is None

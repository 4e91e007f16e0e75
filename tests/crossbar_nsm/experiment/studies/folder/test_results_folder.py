"""Folders that are damaged, edited, of another study or of another version; everything in this process."""

import dataclasses
import io
import json
import os
import pickle
import time

import numpy as np
import pytest
import yaml
from support.cli import call
from support.hostile.damage import signed
from support.hostile.unreadable import make_unreadable
from support.studies import small_study

from crossbar_nsm.experiment import evaluate
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.experiment.studies.executors import task
from crossbar_nsm.experiment.studies.folder.results_folder import load_results
from crossbar_nsm.experiment.studies.folder.trial_file import read_trial, write_trial
from crossbar_nsm.experiment.studies.sweep import sweep
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialFailure
from device_models import load_device
from device_models.errors import ConfigError, CrossbarError, DatasetError, FileError
from device_models.files.signs import npz_bytes
from device_models.files.writing import TEMPORARY

NONE, BOTH = "sweep={neuron.scaling: [none]}", "sweep={neuron.scaling: [none, paired]}"


@pytest.fixture
def study(tmp_path):
    return small_study(tmp_path)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


class Sweep:
    """Runs the study, and remembers how many trials ran."""

    def __init__(self, study, out):
        self.study, self.out, self.ran = study, out, []

    def __call__(self, *overrides, **options):
        self.ran.clear()
        return sweep(self.study, *overrides, out=self.out, workers=1, on_trial=self._count, **options)

    def _count(self, _done, _total, text, outcome):
        if outcome is not None:
            self.ran.append(text)

    @property
    def table(self):
        return (self.out / "results.parquet").read_bytes()

    @property
    def files(self):
        return sorted((self.out / "trials").glob("*.npz"))


@pytest.fixture
def run(study, out):
    return Sweep(study, out)


def _pickled(path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(path / "pwned"),)

    content = io.BytesIO()
    np.savez(content, about=np.array(Evil(), dtype=object), labels=np.array([Evil()], dtype=object))
    return content.getvalue()


def test_damaged_trials_run_again_and_are_never_unpickled(run, out, tmp_path):
    run()
    table, whole = run.table, run.files[0].read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    wrong_shape = io.BytesIO()
    with np.load(io.BytesIO(whole)) as arrays:
        np.savez(wrong_shape, **{name: arrays[name] for name in arrays} | {"labels": np.zeros(3, int)})
    damages = [b"", whole[:100], whole[:-30], bytes(flipped), wrong_shape.getvalue(), _pickled(tmp_path)]
    assert len(damages) == len(run.files)
    for path, damage in zip(run.files, damages, strict=True):
        path.write_bytes(damage)
    with pytest.warns(UserWarning, match="damaged, its trial counts as not run") as warned:
        run()
    assert len(run.ran) == len({str(one.message) for one in warned}) == 6
    assert run.table == table
    run.files[0].write_bytes(pickle.dumps({"a": 1}))
    with pytest.warns(UserWarning, match="damaged"):
        run()
    assert (len(run.ran), run.table) == (1, table)
    assert not (tmp_path / "pwned").exists()


def test_finished_trials_do_not_run_again(run):
    run()
    run()
    assert run.ran == []


def test_a_study_with_more_values_goes_on_and_one_with_others_is_refused(run, out):
    run(NONE)
    assert len(run.ran) == 4
    run(BOTH)
    assert len(run.ran) == 2
    table = run.table
    with pytest.raises(CrossbarError, match=r"belongs to another study \(2 of its 6 trials .*another --out, or"):
        run(NONE)
    assert run.table == table
    assert len(run(NONE, replace=True).rows) == 3
    assert run.ran == []
    run(BOTH, replace=True)
    assert (run.ran, run.table) == ([], table)


def test_another_study_takes_the_folder_over_in_the_middle(run, study, out):
    def replace_it(done, _total, _text, _outcome):
        if done == 3:
            sweep(study, NONE, out=out, workers=1, replace=True)

    with pytest.raises(CrossbarError, match="another sweep has replaced this study meanwhile"):
        sweep(study, out=out, workers=1, on_trial=replace_it)
    assert len(load_results(out).rows) == 3
    run(replace=True)
    assert run.ran == []


def test_two_sweeps_at_once_share_their_trials(run, study, out):
    others = []

    def second(done, _total, _text, _outcome):
        if done == 2:
            run()
            others.append(len(run.ran))

    results = sweep(study, out=out, workers=1, on_trial=second)
    assert others == [4]
    assert (len(results.rows), results.missing) == (4, 0)
    table = run.table
    run()
    assert (run.ran, run.table) == ([], table)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: "{", "manifest.json: damaged"),
        (lambda _: "[]", "manifest.json: damaged"),
        (lambda old: json.dumps({key: old[key] for key in old if key != "points"}), "damaged .*points"),
        (lambda old: json.dumps(old | {"points": [{}]}), "manifest.json: damaged"),
        (lambda old: json.dumps(old | {"points": 5}), "manifest.json: damaged"),
        (lambda old: json.dumps(old | {"ideal": {"a": "../../x"}}), "manifest.json: damaged"),
        (lambda old: json.dumps(old | {"format": "results 7"}), "holds 'results 7', this version reads"),
        (lambda old: json.dumps(old | {"crossbar_nsm": "9.9"}), "is not what this program wrote, edited perhaps"),
        (lambda old: json.dumps(old | {"seeds": [], "digest": None}), "is not what this program wrote, edited perhaps"),
        (
            lambda old: json.dumps(signed(old | {"crossbar_nsm": "9.9"})),
            "holds results of crossbar-nsm 9.9, this is 0.1.0",
        ),
    ],
)
def test_a_manifest_that_is_damaged_or_of_another_version(run, out, change, message):
    run(NONE)
    path = out / "manifest.json"
    path.write_text(change(json.loads(path.read_text())))
    with pytest.raises(CrossbarError, match=message) as caught:
        run(NONE)
    assert "\n" not in str(caught.value)
    if "0.1.0" not in message:
        with pytest.raises(CrossbarError, match=message):
            load_results(out)
    run(NONE, replace=True)
    assert run.ran == []
    assert len(load_results(out).rows) == 3


def test_a_configuration_edited_by_hand(run, out):
    run(NONE)
    path = out / "config.yaml"
    path.write_text(path.read_text().replace("samples: 20", "samples: 30"))
    with pytest.raises(CrossbarError, match=r"config.yaml: is not what `sweep` wrote, edited perhaps"):
        load_results(out)
    path.write_text("sweep: {")
    with pytest.raises(ConfigError, match=r"config\.yaml:1"):
        load_results(out)
    with pytest.raises(
        FileError, match=r"config\.yaml: is there, and not of this program; take another name, or delete"
    ):
        run(NONE)
    assert path.read_text() == "sweep: {"
    path.unlink()
    run(NONE)
    assert run.ran == []
    assert len(load_results(out).rows) == 3


def test_a_failing_trial_is_recorded_and_runs_again(run, study, out, monkeypatch, capsys):
    run_trial = evaluate.run_trial

    def fails(trial, *progress):
        if trial.chip == 1 or trial.what == "ideal_neuron":
            raise ZeroDivisionError("no\nluck")
        return run_trial(trial, *progress)

    monkeypatch.setattr(evaluate, "run_trial", fails)
    code, shown, said = call(capsys, "sweep", str(study), "--out", str(out), "--workers", "1")
    assert code == 1
    assert "[5/6] rram_illustrative/none chip 1: FAILED: ZeroDivisionError: no luck" in said
    assert "failed: ideal_neuron: ZeroDivisionError: no luck" in said
    assert said.count("failed: ") == 3
    assert "rram_illustrative/paired" in shown
    recorded = [json.loads(path.read_text()) for path in (out / "trials").glob("*.failed.json")]
    assert len(recorded) == 3
    assert all("in fails" in one["traceback"] and one["error"] == "ZeroDivisionError: no luck" for one in recorded)
    assert [set(point.failures) for point in load_results(out).points] == [{1}, {1}]
    monkeypatch.undo()
    results = run()
    assert len(run.ran) == 3
    assert results.failures == []
    assert list((out / "trials").glob("*.failed.json")) == []


def test_data_and_networks_that_are_missing_are_said_once(run, study, monkeypatch):
    monkeypatch.delenv("CROSSBAR_NSM_DATA", raising=False)
    with pytest.raises(DatasetError, match="data set mnist: no data folder given"):
        run("dataset.name=mnist")
    (study.parent / "data.npz").unlink()
    with pytest.raises(DatasetError, match="no such file"):
        run("dataset.name=" + str(study.parent / "data.npz"))
    assert run.ran == []


def test_another_commit_gets_a_warning(run, out, monkeypatch):
    commits = iter(["a" * 40, "a" * 40, "b" * 40])
    monkeypatch.setattr("crossbar_nsm.experiment.studies.folder.manifest.commit", lambda: next(commits))
    run(NONE)
    run(NONE)  # a warning here would stay unnoticed: see the last lines
    with pytest.warns(UserWarning, match="trials so far ran at commit aaaaaaaaaaaa, this is bbbbbbbbbbbb") as warned:
        run(NONE)
    assert len(warned) == 1


def test_a_full_disk_says_what_is_kept(run, out, monkeypatch):
    write, written = os.fdopen, []

    def full(handle, mode):
        written.extend([handle] if "w" in mode else [])
        if "w" in mode and len(written) > 5:  # manifest.json, config.yaml and three trials
            os.close(handle)
            raise OSError(28, "No space left on device")
        return write(handle, mode)

    monkeypatch.setattr("device_models.files.writing.os.fdopen", full)
    with pytest.raises(FileError, match=r"No space left on device\); 3 of 6 trials are finished and kept, the same"):
        run()
    monkeypatch.undo()
    assert list((out / "trials").glob(".*")) == []
    run()
    assert len(run.ran) == 3


def test_what_killed_sweeps_were_writing_is_removed_later(run, out):
    run(NONE)
    old, young = (out / "trials" / TEMPORARY.format(digit * 16) for digit in "01")
    ignore = out / "trials" / ".gitignore"
    for path in (old, young, ignore):
        path.touch()
    for path in (old, ignore):
        os.utime(path, (time.time() - 3600,) * 2)
    run(NONE)
    assert [path.exists() for path in (old, young, ignore)] == [False, True, True]


def test_points_are_read_as_they_ran(run, out, tmp_path, monkeypatch):
    """Whatever has become of the presets and files that swept settings name."""
    (tmp_path / "own").mkdir()
    ideal = yaml.safe_dump(load_device("ideal").model_dump(mode="json") | {"name": "own"})
    for name in ("one", "other"):
        (tmp_path / "own" / f"{name}.yaml").write_text(ideal.replace("own", name))
    monkeypatch.chdir(tmp_path / "own")
    made = run("sweep={device.preset: [rram_illustrative, ideal], evaluation.samples: [2]}")
    read = load_results(out)
    assert [point.name for point in read.points] == ["rram_illustrative/paired", "ideal/paired"]
    assert [point.name for point in made.points] == [point.name for point in read.points]

    run("sweep={device: [one.yaml, other.yaml], evaluation.samples: [2]}", replace=True)
    (tmp_path / "own" / "one.yaml").write_text(ideal.replace("own", "edited"))
    (tmp_path / "own" / "other.yaml").unlink()
    monkeypatch.chdir(tmp_path)
    read = load_results(out)
    assert [point.name for point in read.points] == ["one/paired", "other/paired"]
    assert read.swept["device"] == ["one.yaml", "other.yaml"]
    assert list(read.config.sweep) == ["device", "evaluation.samples"]


def test_a_file_that_changes_meanwhile_names_no_result(study, out, tmp_path):
    """Trials of a point would have other images, under the names of the ones that were planned."""
    data = tmp_path / "data.npz"
    before = data.read_bytes()

    def change(done, _total, _text, _outcome):
        if done == 3:
            with np.load(data) as arrays:
                x, y = arrays["x"], arrays["y"]
            np.savez(data, x=x[::-1], y=y[::-1])

    with pytest.raises(CrossbarError, match="has changed since the sweep started; finished trials are kept"):
        sweep(study, out=out, workers=1, on_trial=change)
    data.write_bytes(before)
    found = sweep(study, out=out, workers=1)
    results = [*found.ideal.values(), *(chip for point in found.points for chip in point.chips.values())]
    assert len({result.images_digest for result in results}) == 1


def test_measured_conductances_are_the_same_file_where_a_trial_runs(study, tmp_path):
    measured = tmp_path / "measured.csv"
    measured.write_text("where the sweep started")
    config = load_config(study, f"array.conductances={measured}", "evaluation.chips=1", "sweep={}")
    sent = task.Task.of(Trial(config, "hardware"))
    measured.write_text("elsewhere")
    outcome = task.run_task(sent)
    assert isinstance(outcome, TrialFailure)
    assert "measured.csv: on" in outcome.error


def test_results_on_different_images_are_not_mixed(run, out):
    """As of a data folder with other images under the same name."""
    run()
    path = out / "trials" / f"{json.loads((out / 'manifest.json').read_text())['points'][0]['chips'][1]}.npz"
    result = read_trial(path)
    write_trial(path, dataclasses.replace(result, images_digest="0" * 24))
    with pytest.raises(CrossbarError, match="some of its trials have seen other images"):
        load_results(out)


def test_a_trial_that_is_not_its_own_or_was_edited_is_named_and_runs_again(run):
    """Another point's result under its name, labels of zeros: both were believed."""
    run()
    table, (first, second, *_) = run.table, run.files
    with np.load(second) as arrays:
        edited = {name: arrays[name] for name in arrays.files}
    edited["labels"] = np.zeros_like(edited["labels"])
    first.write_bytes(second.read_bytes())
    second.write_bytes(npz_bytes("trial", edited))
    with pytest.warns(UserWarning, match="damaged, its trial counts as not run") as warned:
        run()
    texts = {str(one.message) for one in warned}
    assert any(str(first) in text and "result of another trial" in text for text in texts)
    assert any(str(second) in text and "edited perhaps" in text for text in texts)
    assert len(run.ran) == 2
    assert run.table == table


def test_an_edited_manifest_is_named(run, out):
    """Settings of another point made wrong rows without a word."""
    run(BOTH)
    path = out / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["points"][0]["settings"] = manifest["points"][1]["settings"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(CrossbarError, match=r"manifest\.json: is not what this program wrote, edited perhaps"):
        load_results(out)
    run(BOTH, replace=True)
    assert run.ran == []


def test_a_sweep_that_was_killed_before_its_manifest_goes_on(run, out):
    (out / "trials").mkdir(parents=True)
    (out / ".lock").touch()
    (out / TEMPORARY.format("0" * 16)).touch()
    assert len(run(NONE).rows) == 3


def test_a_manifest_that_is_lost_is_written_anew(run, out):
    run(NONE)
    (out / "manifest.json").unlink()
    run(NONE)
    assert run.ran == []


@pytest.mark.parametrize("name", ["trial", "config.yaml", "results.parquet", "manifest.json"])
def test_files_that_may_not_be_read_are_not_replaced(study, out, monkeypatch, name):
    run = Sweep(study, out)
    run(NONE)
    path = run.files[0] if name == "trial" else out / name
    content = path.read_bytes()
    with monkeypatch.context() as patch:
        make_unreadable(patch, path)
        for overrides in ((NONE,), (BOTH,)):
            with pytest.raises(FileError, match=rf"{path.name}: cannot be read \(Permission denied\)"):
                run(*overrides)
            assert run.ran == []
    assert path.read_bytes() == content


def test_a_table_in_the_way_is_found_before_trials_run(study, out):
    run = Sweep(study, out)
    run(NONE)
    (out / "results.parquet").unlink()
    (out / "results.parquet").symlink_to("elsewhere")
    with pytest.raises(FileError, match=r"results\.parquet: is a link"):
        run(BOTH)
    assert run.ran == []


def test_what_a_killed_sweep_left_at_the_top_is_removed(study, out):
    run = Sweep(study, out)
    run(NONE)
    left, other = out / TEMPORARY.format(16 * "0"), out / "notes.part"
    for path in (left, other):
        path.write_text("x")
        os.utime(path, (time.time() - 3600,) * 2)
    run(NONE)
    assert (left.exists(), other.exists()) == (False, True)

"""Where the paths in a configuration lead: beside the YAML, or from the working folder."""

import logging
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.networks import dense_network
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.datasets.folder import DATA_VARIABLE
from crossbar_nsm.experiment.config.checks.config_file import check_file
from crossbar_nsm.experiment.config.load import load_config, load_train_config
from crossbar_nsm.experiment.config.named_files import config_document, named_files
from crossbar_nsm.experiment.studies.study import in_place, plan
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from crossbar_nsm.report.citations import devices_of
from crossbar_nsm.reproduce.config import load_reproduce_config
from device_models.errors import DatasetError, FileError

DEVICE = "family: rram\nconductance: {g_min_s: 1e-6, g_max_s: 1e-4}\n"
TEXT = """\
checkpoint: net.safetensors
dataset: {name: data.npz, root: sets}
device: cells/mine.yaml
calibration_images: data.npz
layers: {fc1: {device: {preset: cells/mine.yaml}}}
sweep:
  array.conductances: [one.npz, two.npz]
  zip: [{device: [cells/mine.yaml, ideal], checkpoint: [net.safetensors, mnist_mlp]}]
"""


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A study in a folder of its own, and another one to work in."""
    study, work = tmp_path / "study", tmp_path / "work"
    for folder in (study / "cells", study / "sets", work):
        folder.mkdir(parents=True)
    save_checkpoint(dense_network(30, 20, 4), study / "net.safetensors")
    for name in ("data", "one", "two"):
        np.savez(study / f"{name}.npz", x=np.zeros((2, 30)), y=np.arange(2))
    (study / "cells" / "mine.yaml").write_text(DEVICE)
    (study / "c.yaml").write_text(TEXT)
    monkeypatch.chdir(work)
    return study, work


def found(path, *overrides):
    """Every path in a configuration, by its dotted place."""
    return {".".join(map(str, key)): value for key, value in named_files(config_document(path, overrides).data)}


BESIDE = {
    "checkpoint": "net.safetensors",
    "dataset.name": "data.npz",
    "dataset.root": "sets",
    "device": "cells/mine.yaml",
    "calibration_images": "data.npz",
    "layers.fc1.device.preset": "cells/mine.yaml",
    "sweep.array.conductances.0": "one.npz",
    "sweep.array.conductances.1": "two.npz",
    "sweep.zip.0.device.0": "cells/mine.yaml",
    "sweep.zip.0.checkpoint.0": "net.safetensors",
}


@pytest.mark.parametrize("absolute", [False, True])
def test_files_beside_the_yaml(folders, absolute):
    study, _ = folders
    path = study / "c.yaml" if absolute else Path("../study/c.yaml")
    assert found(path) == {key: str(path.parent / value) for key, value in BESIDE.items()}


def test_in_the_folder_of_the_yaml_everything_is_as_it_is_written(folders, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.chdir(folders[0])
    assert found("c.yaml") == found(folders[0] / "c.yaml") == BESIDE
    assert caplog.messages == []


def test_names_of_the_package_are_no_paths(folders):
    """Also where there are files of these names."""
    study, _ = folders
    (study / "mnist_mlp").write_text("")
    (study / "rram_illustrative").write_text("")
    (study / "c.yaml").write_text("checkpoint: mnist_mlp\ndevice: rram_illustrative\ncalibration_images: training\n")
    assert found("../study/c.yaml") == {}


def test_what_is_not_there_is_looked_for_in_the_working_folder(folders, caplog):
    caplog.set_level(logging.INFO)
    study, work = folders
    (study / "net.safetensors").rename(work / "net.safetensors")
    (study / "c.yaml").write_text("checkpoint: net.safetensors\ndataset: {name: data.npz}\ndevice: none.yaml\n")
    assert found("../study/c.yaml") == {
        "checkpoint": "net.safetensors", "dataset.name": "../study/data.npz", "device": "none.yaml",
    }  # fmt: skip
    assert caplog.messages == ["found beside ../study/c.yaml: data.npz; found in the working folder: net.safetensors"]


def test_where_both_are_there_the_one_beside_the_yaml_is_used_and_it_is_said(folders):
    study, work = folders
    (work / "data.npz").write_bytes(b"another")
    (study / "c.yaml").write_text("checkpoint: net.safetensors\ndataset: {name: data.npz}\n")
    said = r"study/c.yaml:2: data.npz is there twice, with other content, beside c.yaml and in the working folder"
    with pytest.warns(UserWarning, match=said):
        assert found("../study/c.yaml")["dataset.name"] == "../study/data.npz"
    (work / "data.npz").unlink()
    (work / "data.npz").symlink_to(study / "data.npz")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # one file under two names is no choice
        found("../study/c.yaml")
        (work / "data.npz").unlink()
        (work / "data.npz").write_bytes((study / "data.npz").read_bytes())
        found("../study/c.yaml")  # nor is a copy of the same content


def test_several_that_are_there_twice_are_one_line(folders):
    _, work = folders
    for name in ("data.npz", "one.npz"):
        (work / name).write_bytes(b"another")
    with pytest.warns(UserWarning, match="c.yaml:2: data.npz, one.npz are there twice, .*; those beside it") as said:
        found("../study/c.yaml")
    assert len(said) == 1


def test_endings_in_capitals_are_paths_too(folders):
    study, _ = folders
    (study / "data.npz").rename(study / "DATA.NPZ")
    (study / "c.yaml").write_text("dataset: {name: DATA.NPZ}\n")
    assert found("../study/c.yaml") == {"dataset.name": "../study/DATA.NPZ"}


def test_overrides_lead_from_the_working_folder(folders):
    study, work = folders
    (work / "net.safetensors").write_bytes((study / "net.safetensors").read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths = found("../study/c.yaml", "checkpoint=net.safetensors", "sweep={array.conductances: [one.npz]}")
    assert paths["checkpoint"] == "net.safetensors"
    assert paths["sweep.array.conductances.0"] == "one.npz"


def test_home_folders_in_a_yaml_and_in_overrides(folders, monkeypatch):
    study, work = folders
    monkeypatch.setenv("HOME", str(study))
    path = work / "h.yaml"
    path.write_text(
        "checkpoint: ~/net.safetensors\ndataset: {name: ~/data.npz, root: ~/sets}\ncalibration_images: ~/data.npz\n"
        "device: ~/cells/mine.yaml\narray: {conductances: ~/one.npz}\n"
    )
    config = load_config("h.yaml")
    assert config.checkpoint == f"{study}/net.safetensors"
    assert (config.dataset.name, config.dataset.root) == (f"{study}/data.npz", f"{study}/sets")
    assert (config.calibration_images, config.array.conductances) == (f"{study}/data.npz", f"{study}/one.npz")
    assert config.device.name == "mine"
    assert load_config("h.yaml", "dataset.name=~/two.npz").dataset.name == f"{study}/two.npz"
    assert not any("no such file" in line for line in check_file("h.yaml"))
    with pytest.raises(FileError, match="knows no user 'nobody-here-x'"):
        load_config("~nobody-here-x/c.yaml")


def test_every_command_takes_paths_of_the_home_folder(folders, monkeypatch, capsys):
    """`--data=~/x` is not expanded by shells, nor what stands in quotes."""
    study, work = folders
    monkeypatch.setenv("HOME", str(study))
    (study / "e.yaml").write_text("checkpoint: ~/net.safetensors\ndataset: {name: mnist}\ndevice: ideal\n")
    for words in (
        ["validate", "~/e.yaml", "--data=~/sets"],
        ["compare", "~/e.yaml", "--data", "~/sets"],
        ["validate", "~/e.yaml", "--set", "dataset.root=~/sets"],
        ["results", "~/sets"], ["report", "~/sets"], ["devices", "show", "~/none.yaml"], ["cite", "~/none.yaml"],
        ["import", "~/none.pt", "--noise", "bernoulli", "--bias-convention", "code", "--out", "~/o.safetensors"],
        ["devices", "fit", "~/none.csv"], ["--laws", "~/none.py", "check"],
        ["compare", "~/sets", "~/sets"], ["configs", "wires", "--out", "~/sets"],
    ):  # fmt: skip
        code, _, err = call(capsys, *words)
        assert code == 2
        assert str(study) in err, words
        assert "~" not in err, words
    monkeypatch.setenv(DATA_VARIABLE, "~/sets")
    for root in ("~/sets", None):
        with pytest.raises(DatasetError, match=f"below {study}/sets"):
            xb.load_dataset("mnist", root=root)
    assert list(work.iterdir()) == []


def test_training_and_reproduction(folders):
    study, _ = folders
    training = "training: {start_from: net.safetensors, epochs: 1}"
    layers = "[{type: dense, name: a, inputs: 30, outputs: 5}, {type: linear, name: b, inputs: 5, outputs: 4}]"
    (study / "t.yaml").write_text(
        f"network: {{layers: {layers}}}\n{training}\ndataset: {{name: data.npz, exclude: one.npz}}\n"
        "test: {dataset: two.npz}\nhardware: {device: cells/mine.yaml}\noutput: runs/x\n"
    )
    config = load_train_config("../study/t.yaml")
    assert config.training.start_from == "../study/net.safetensors"
    assert (config.dataset.name, config.dataset.exclude) == ("../study/data.npz", "../study/one.npz")
    assert (config.test.dataset, config.hardware.device.name) == ("../study/two.npz", "mine")
    assert config.output == "runs/x", "what is written goes to the working folder"
    (study / "r.yaml").write_text(
        f"name: x\nlayers: {layers}\ndataset: {{name: data.npz}}\n"
        f"trained: {{relu: {{method: {{name: relu}}, {training}}}}}\n"
    )
    trained = load_reproduce_config("../study/r.yaml").trained["relu"]
    assert trained.training.start_from == "../study/net.safetensors"


def test_devices_beside_the_yaml_are_cited(folders):
    (folders[0] / "c.yaml").write_text("device: cells/mine.yaml\n")
    assert [device.name for device in devices_of("../study/c.yaml")] == ["mine"]


def test_trials_are_the_same_from_every_folder(folders, monkeypatch):
    """Their names are made of what is in files, so that a sweep goes on from another folder."""
    study, _ = folders
    (study / "c.yaml").write_text(
        "checkpoint: net.safetensors\ndataset: {name: data.npz}\ndevice: cells/mine.yaml\n"
        "sweep: {array.conductances: [one.npz, two.npz]}\n"
    )
    np.savez(study / "two.npz", x=np.ones((2, 30)), y=np.arange(2))
    keys, saved = [], []
    for folder, path in ((study, "c.yaml"), (study.parent, "study/c.yaml"), (folders[1], study / "c.yaml")):
        monkeypatch.chdir(folder)
        planned = plan(config_document(path))
        keys.append([trial.key for trial in planned.trials])
        saved.append(in_place(planned.config).model_dump(mode="json"))
    assert keys[0] == keys[1] == keys[2]
    assert len(set(keys[0])) == 4
    assert saved[0] == saved[1] == saved[2]
    assert saved[0]["sweep"] == {"array.conductances": [f"{study}/one.npz", f"{study}/two.npz"]}
    assert saved[0]["checkpoint"] == f"{study}/net.safetensors"


def test_a_sweep_goes_on_from_another_folder(tmp_path, monkeypatch):
    path = small_study(tmp_path, "sweep: {checkpoint: [net.safetensors, other.safetensors]}")
    path.write_text(path.read_text().replace(f"{tmp_path}/", "").replace("chips: 2", "chips: 1"))
    save_checkpoint(dense_network(30, 20, 12, 4, seed=5), tmp_path / "other.safetensors")
    monkeypatch.chdir(tmp_path)
    first = xb.sweep("c.yaml", out=tmp_path / "run", workers=1)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    ran = []
    again = xb.sweep("../c.yaml", out="../run", workers=1, on_trial=lambda *told: ran.append(told[2]))
    assert ran == [""], "nothing is left to run"
    assert [row.nll for row in again.rows] == [row.nll for row in first.rows]
    assert [row.nll for row in xb.load_results("../run").rows] == [row.nll for row in first.rows]
    anew = xb.sweep(tmp_path / "run" / "config.yaml", out="../run", workers=1)
    assert [row.nll for row in anew.rows] == [row.nll for row in first.rows]
    xb.sweep("../c.yaml", out="copy", workers=1)
    pairs = xb.compare_runs("../run", "copy").pairs
    assert len(pairs) == 2, "points that name a file in other words belong together"
    assert os.getcwd().endswith("elsewhere")

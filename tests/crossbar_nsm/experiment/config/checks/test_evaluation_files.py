"""What `validate` says of the files that a configuration names, beside what the command itself says."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from support.datasets import cifar, random_images, write_idx
from support.networks import dense_network, images

from crossbar_nsm.datasets import catalogue
from crossbar_nsm.datasets.folder import DATA_VARIABLE
from crossbar_nsm.experiment.compare import run
from crossbar_nsm.experiment.config.checks import evaluation_files
from crossbar_nsm.experiment.config.checks.config_file import MOST_POINTS, check_file
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.experiment.map_network import map_network
from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from device_models.errors import CrossbarError

LABELS = np.arange(40) % 4
CONFIG = """checkpoint: net.safetensors
dataset:
  name: data.npz
device: rram_illustrative
array:
  rows: 64
evaluation:
  samples: 2
"""
REFUSED = {  # what is changed, and what both say
    "junk checkpoint": (["checkpoint=junk.safetensors"], "not a readable safetensors file"),
    "truncated checkpoint": (["checkpoint=cut.safetensors"], "not a readable safetensors file"),
    "chip as checkpoint": (["checkpoint=chip.safetensors"], "format 'crossbar-nsm chip"),
    "state as checkpoint": (["checkpoint=state.pt"], "expected a plain state_dict"),
    "network that is none": (["checkpoint=odd.safetensors"], "has no beta, so it is not an NSM: its tensors are no"),
    "pixels": (["dataset.name=wide.npz"], "images of 31 pixels, the network takes 30 pixels"),
    "labels": (["dataset.name=labels.npz"], "labels run from 2 to 5, but the output layer has 4 classes"),
    "NaN": (["dataset.name=nan.npz"], "x holds NaN or infinite values in"),
    "junk data": (["dataset.name=junk.npz"], "not a readable .npz file"),
    "no labels": (["dataset.name=no_y.npz"], "needs the arrays x and y"),
    "transposed": (["array.conductances=turned.npz"], "is it transposed?"),
    "another layer": (["array.conductances=layer.npz"], "no array conv9/main here"),
    "replica": (["array.conductances=replica.npz"], "no array fc1/replica here"),
    "negative": (["array.conductances=negative.npz"], "must be finite and not negative"),
    "siemens": (["array.conductances=siemens.npz"], "are they in siemens?"),
    "no cells": (["array.conductances=empty.npz"], "holds no conductances"),
    "junk cells": (["array.conductances=junk.npz"], "not a readable .npz file"),
    "folder of cells": (["array.conductances=folder"], "folder: is a folder; name the .npz or .csv file in it"),
    "calibration pixels": (["calibration_images=wide.npz"], "30 pixels"),
    "calibration junk": (["calibration_images=junk.npz"], "not a readable .npz file"),
    "all are evaluated": (["calibration_images=training"], "all 40 images of data.npz are evaluated"),
    "no layer": (["layers={fc9: {device: ideal}}"], "no layer fc9"),
    "digital layer": (["layers={out: {device: ideal}}"], "out is computed digitally"),
    "rows without conductance": (["array.r_row_ohm=1e9"], "nothing would reach the columns"),
    "drivers without conductance": (["array.r_driver_ohm=1e12"], "nothing would reach the columns"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A network, images, cells, and what is none of it."""
    path = tmp_path_factory.mktemp("named")
    x = images(40, 30)
    cells = np.full((2, 30, 20), 1e-5)
    arrays = {
        "data": {"x": x, "y": LABELS}, "wide": {"x": images(40, 31), "y": LABELS}, "no_y": {"x": x}, "empty": {},
        "labels": {"x": x, "y": LABELS + 2}, "nan": {"x": np.full_like(x, np.nan), "y": LABELS},
        "turned": {"fc1": cells.swapaxes(1, 2)}, "layer": {"conv9": cells}, "replica": {"fc1/replica": cells},
        "negative": {"fc1": -cells}, "siemens": {"fc1": 1e6 * cells}, "other": {"x": images(9, 30, 3), "y": LABELS[:9]},
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        for name, content in arrays.items():
            np.savez(f"{name}.npz", **content)
        whole = save_checkpoint(dense_network(30, 20, 12, 4), "net.safetensors").read_bytes()
        Path("cut.safetensors").write_bytes(whole[:-9])
        for name in ("junk.npz", "junk.safetensors"):
            Path(name).write_text("junk")
        Path("folder").mkdir()
        Path("c.yaml").write_text(CONFIG)
        map_network(load_checkpoint("net.safetensors"), load_config("c.yaml")).save("chip.safetensors")
        torch.save({"identity": {"x": "y"}, "net": {}}, "state.pt")
        from safetensors.torch import save_file

        save_file({"odd": torch.zeros(3)}, "odd.safetensors")
    return path


@pytest.fixture(autouse=True)
def there(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv(DATA_VARIABLE, raising=False)


@pytest.mark.parametrize("case", REFUSED)
def test_validate_says_what_run_says(case):
    settings, message = REFUSED[case]
    with pytest.raises(CrossbarError) as refused:
        run("c.yaml", *settings)
    assert message in str(refused.value)
    (line,) = check_file("c.yaml", settings)
    assert message in line
    assert line.startswith(f"--set {settings[0]}: ")


def test_named_sets_are_known_without_their_files():
    for name, shape in {"mnist": "1x28x28", "cifar10": "3x32x32", "nmnist": "10x34x34"}.items():
        for key in ("dataset.name", "calibration_images"):
            (line,) = check_file("c.yaml", [f"{key}={name}", "dataset.root=."])
            assert line.endswith(f"data set {name}: images of {shape} pixels, the network takes 30 pixels")


@pytest.mark.parametrize(
    "settings", [[], ["calibration_images=other.npz"], ["calibration_images=training", "evaluation.images=20"]]
)
def test_what_fits_is_without_mistake(settings):
    assert check_file("c.yaml", settings) == []


def test_every_mistake_at_once():
    settings = ["checkpoint=junk.safetensors", "dataset.name=no_y.npz", "calibration_images=junk.npz"]
    assert len(check_file("c.yaml", settings)) == 3
    settings = ["dataset.name=wide.npz", "calibration_images=wide.npz", "array.conductances=turned.npz"]
    assert len(check_file("c.yaml", [*settings, "layers.fc9.device=ideal"])) == 4


def test_points_of_a_sweep_are_looked_at_where_they_are_written():
    Path("sweep.yaml").write_text(
        f"{CONFIG}sweep:\n  dataset.name: [data.npz, labels.npz, wide.npz]\n  array.conductances: [turned.npz]\n"
    )
    found = check_file("sweep.yaml")
    assert [line.split(": ")[0] for line in found] == ["sweep.yaml:11", "sweep.yaml:10", "sweep.yaml:10"]
    assert "turned.npz: fc1/main has the shape" in found[0]
    assert "labels.npz: labels run from" in found[1]
    assert "wide.npz: images of 31" in found[2]


def test_a_mistake_of_one_point_names_it():
    np.savez("both.npz", fc1=np.full((2, 30, 20), 1e-5), **{"fc1/replica": np.full((2, 30, 20), 1e-5)})
    Path("s.yaml").write_text(f"{CONFIG}sweep: {{neuron.scaling: [replica, paired]}}\n")
    (line,) = check_file("s.yaml", ["array.conductances=both.npz"])
    assert line.endswith("the network has fc1/main, fc2/main (sweep: neuron.scaling=paired)")


def test_the_number_of_points_that_are_looked_at_is_bounded(monkeypatch):
    seen = []
    monkeypatch.setattr(evaluation_files, "measured_conductances", lambda *_: seen.append(1))
    Path("many.yaml").write_text(f"{CONFIG}sweep: {{array.rows: {list(range(2, 402, 2))}}}\n")
    assert check_file("many.yaml", ["array.conductances=turned.npz"]) == []
    assert len(seen) == MOST_POINTS


def test_large_files_are_known_by_their_headers(monkeypatch):
    monkeypatch.setattr(catalogue, "QUICK_BYTES", 10)
    monkeypatch.setattr(catalogue, "read_npz", lambda *_: pytest.fail("was read"))
    assert check_file("c.yaml", ["dataset.name=labels.npz"]) == []
    assert "has 40" in check_file("c.yaml", ["evaluation.images=41"])[0]
    assert "images of 31 pixels" in check_file("c.yaml", ["dataset.name=wide.npz"])[0]
    assert "needs the arrays x and y" in check_file("c.yaml", ["dataset.name=no_y.npz"])[0]


def test_images_of_the_data_folder_are_looked_for_and_read(tmp_path):
    save_checkpoint(dense_network(784, 5, 10), "mnist.safetensors")
    asked = ["checkpoint=mnist.safetensors", "dataset.name=mnist"]
    (line,) = check_file("c.yaml", asked)
    assert "data set mnist: no data folder given; use --data DIR" in line
    asked.append(f"dataset.root={tmp_path}")
    (line,) = check_file("c.yaml", asked)
    assert "no t10k-images-idx3-ubyte and no t10k-labels-idx1-ubyte, gzipped or not, in mnist or" in line
    write_idx(tmp_path / "mnist", "t10k", random_images(20, 28, 28), np.arange(20) % 10)
    assert check_file("c.yaml", asked) == []
    assert "21 images were asked for" in check_file("c.yaml", [*asked, "evaluation.images=21"])[0]
    assert "train-images" in check_file("c.yaml", [*asked, "calibration_images=training"])[0]


TRAINING = """network:
  layers: [{type: dense, name: fc1, inputs: 30, outputs: 20}, {type: linear, name: out, inputs: 20, outputs: 4}]
dataset: {name: data.npz, validation_images: 10}
training: {epochs: 1}
output: trained
"""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["dataset.name=mnist"], "data set mnist has images of 1x28x28, the network takes 30 pixels"),
        (["dataset.name=wide.npz"], "images of 31 pixels, the network takes 30 pixels"),
        (["dataset.name=labels.npz"], "labels run from 2 to 5"),
        (["dataset.exclude=mnist"], "data set mnist: no data folder given; use --data DIR"),
        (
            ["dataset.validation_images=40"],
            "leaves none of 40 images to train on; set it lower, to 4 say (training images of data.npz)",
        ),
        (["dataset.validation_images=40", "dataset.exclude=mnist5k"], "leaves none of 40 images to train on"),
        (["test.dataset=no_y.npz"], "needs the arrays x and y"),
        (["training.start_from=junk.safetensors"], "not a readable safetensors file"),
        (["training.start_from=net.safetensors"], "start_from: the trained network has other layers"),
        (["output=data.npz"], "data.npz: cannot be written, it is a file and a folder is needed"),
        (["output=data.npz/run"], "data.npz/run: cannot be written (Not a directory)"),
    ],
)
def test_a_training_configuration(folder, settings, message):
    Path("t.yaml").write_text(TRAINING)
    before = sorted(folder.iterdir())
    assert check_file("t.yaml") == []
    (line,) = check_file("t.yaml", settings)
    assert message in line
    assert line.startswith(f"--set {settings[0]}: ")
    assert sorted(folder.iterdir()) == before


def test_a_training_set_of_which_all_images_are_excluded(folder):
    """The mean of no pixels was taken first, and warned."""
    Path("t.yaml").write_text(TRAINING)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (line,) = check_file("t.yaml", ["dataset.exclude=data.npz"])
    assert "exclude=data.npz: holds all 40 training images of data.npz, so none is left to train on; exclude" in line


def test_a_training_set_that_is_there_only_in_part(tmp_path):
    layers = "{type: dense, name: a, inputs: 3072, outputs: 5}, {type: linear, name: o, inputs: 5, outputs: 10}"
    wide = f"network.layers=[{layers}]"
    Path("t.yaml").write_text(TRAINING)
    (tmp_path / "cifar10").mkdir()
    content = cifar(np.arange(20) % 10, random_images(20, 3, 32, 32))
    (tmp_path / "cifar10/data_batch_1.bin").write_bytes(content)
    with pytest.warns(UserWarning, match="20 of the 50000 train images"):
        (line,) = check_file("t.yaml", [wide, "dataset.name=cifar10", f"dataset.root={tmp_path}"])
    assert "test_batch.bin" in line

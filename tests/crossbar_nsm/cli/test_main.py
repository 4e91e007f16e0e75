"""The command line as a user meets it: output, exit codes, one clear line for every mistake, nothing half-written."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.datasets import cifar, random_images
from support.networks import black_and_white, dense_network

from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint

ONE = ("--set", "sweep={}")


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CROSSBAR_NSM_DATA", raising=False)
    save_checkpoint(dense_network(30, 20, 12, 4), "net.safetensors")
    np.savez("data.npz", x=black_and_white(40, 30), y=np.arange(40) % 4)
    Path("c.yaml").write_text(
        "checkpoint: net.safetensors\ndataset: {name: data.npz}\ndevice: rram_illustrative\n"
        "evaluation: {samples: 5}\nsweep: {neuron.scaling: [none, paired]}\n"
    )
    return tmp_path


def test_compare_prints_a_table_and_json(study, capsys):
    code, out, _ = call(capsys, "compare", "c.yaml")
    assert code == 0
    for text in ("ideal_synapse", "ideal_neuron", "rram_illustrative/none", "rram_illustrative/paired", "95 % Wilson"):
        assert text in out
    code, out, _ = call(capsys, "compare", "c.yaml", "--json", "--set", "evaluation.images=10")
    result = json.loads(out)
    assert code == 0
    assert {"name", "set", "error", "error_low", "error_high", "nll", "nll_low", "nll_high", "brier", "ece", "entropy",
            "difference", "mcnemar_p", "chip_sd", "images", "samples", "chips",
            "seconds"} <= result["rows"][0].keys()  # fmt: skip
    assert result["rows"][0]["images"] == 10
    assert result["config"]["device"]["name"] == "rram_illustrative"
    code, out, _ = call(capsys, "compare", "c.yaml", "--ideal-only", "--json")
    assert [row["name"] for row in json.loads(out)["rows"]] == ["ideal_synapse", "ideal_neuron"]


def test_map(study, capsys):
    code, out, _ = call(capsys, "map", "c.yaml", *ONE, "--out", "chip.safetensors")
    assert code == 0
    assert "cells used" in out
    assert "the chip takes a pass every 1 us" in out
    assert "recovered beta" in out
    assert (study / "chip.safetensors").exists()
    code, out, _ = call(
        capsys, "map", "c.yaml", *ONE, "--json", "--set", "array.rows=16", "--set", "array.output_layer=array"
    )
    layers, whole = json.loads(out)["rows"], json.loads(out)["chip"]
    assert [layer["tiles"] for layer in layers] == [2, 2, 1]
    assert (whole["tiles"], whole["cells_total"]) == (5, 5 * 16 * 256)
    assert whole["cells_used"] == sum(2 * layer["inputs"] * layer["outputs"] for layer in layers)
    assert layers[0]["beta_clipped"] == 0


def test_wires_from_the_command_line(study, capsys):
    wires = ["--set", "array.r_row_ohm=20", "--set", "array.r_col_ohm=10", "--set", "array.r_sense_ohm=5"]
    code, out, _ = call(capsys, "map", "c.yaml", *ONE, "--json", *wires, "--plot", "figures")
    assert code == 0
    found = json.loads(out)
    assert found["rows"][0]["reader"] == "moments, wires to first order"
    assert [Path(path).name for path in found["figures"]] == [
        f"{name}.{ending}" for name in ("calibration", "wires") for ending in ("png", "svg", "pdf")
    ]  # fmt: skip
    assert all(Path(path).is_file() for path in found["figures"])
    code, out, _ = call(capsys, "compare", "--hardware-only", "c.yaml", "--json", "--set", "sweep={}", *wires)
    assert code == 0
    assert json.loads(out)["rows"][0]["engine"] == "moments, wires to first order"


def test_a_noiseless_device_still_prints_json(study, capsys):
    code, out, _ = call(capsys, "map", "c.yaml", *ONE, "--json", "--set", "device.read_noise.relative_sd=0")
    assert code == 0
    assert json.loads(out)["rows"][0]["beta_recovered"] == ["inf"] * 3


def test_validate_lists_everything_and_exits_2(study, capsys):
    assert call(capsys, "validate", "c.yaml")[:2] == (0, "c.yaml: ok\n")
    Path("bad.yaml").write_text("device: ideal\nread: {windows_s: 1}\nneuron: {scaling: x}\n")
    code, _, err = call(capsys, "validate", "bad.yaml")
    assert code == 2
    assert [line.split(":")[2] for line in err.splitlines()] == ["2", "3"]
    Path("gone.yaml").write_text("checkpoint: nothing\ndevice: ideal\ndataset:\n  name: nowhere.npz\n")
    code, _, err = call(capsys, "validate", "gone.yaml")
    assert code == 2
    assert "error: gone.yaml:4: data set nowhere.npz: no such file" in err
    assert "error: gone.yaml:1: checkpoint nothing: no such file" in err
    code, _, err = call(capsys, "validate", "c.yaml", "--set", "layers.fc9.device=ideal")
    message = "--set layers.fc9.device=ideal: layers: no layer fc9; the network has fc1, fc2, out"
    assert (code, err) == (2, f"error: {message}\n")


def test_devices_and_schema(capsys):
    assert "rram_wan2022" in call(capsys, "devices")[1]
    presets = json.loads(call(capsys, "devices", "--json")[1])["rows"]
    assert {device["name"] for device in presets} >= {"ideal", "rram_milo2021"}
    assert "read" in json.loads(call(capsys, "schema")[1])["properties"]
    assert "network" in json.loads(call(capsys, "schema", "--training")[1])["properties"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "none.yaml"], "none.yaml: no such file"),
        (["compare", "c.yaml", "--set", "checkpoint=nothing"], "no such file, and no bundled checkpoint"),
        (["compare", "c.yaml", "--set", "device=rram_wan22"], "did you mean rram_wan2022?"),
        (["compare", "c.yaml", "--set", "read.windows_s=1"], "unknown key, did you mean window_s?"),
        (["compare", "c.yaml", "--set", "evaluation.samples=0"], "greater than or equal to 1"),
        (["compare", "c.yaml", "--set", "evaluation"], "expected dotted.key=value"),
        (["compare", "c.yaml", "--set", "dataset.name=mnist"], "use --data DIR"),
        (["compare", "c.yaml", "--set", "dataset.name=mnist", "--data", "."], "no t10k-images-idx3-ubyte"),
        (["compare", "c.yaml", "--set", "dataset.name=mnist5k"], "images of 28x28 pixels, the network takes 30 pixels"),
        (["compare", "c.yaml", "--set", "evaluation.images=41"], "41 images were asked for, the data set has 40"),
        (["compare", "c.yaml", "--set", "device.selector.keep_probability=0.5", "--set", "read.engine=moments"],
         "moments would be wrong"),
        (["map", "c.yaml", *ONE, "--out", "data.npz/chip.safetensors"], "cannot be written"),
        (["map", "c.yaml", *ONE, "--set", "array.r_row_ohm=-1"], "array.r_row_ohm"),
        (["train", "c.yaml"], "network: is missing"),
        (["compare", "c.yaml", "--ideal-only", "--hardware-only"], "leave nothing to evaluate; drop one of them"),
        (["map", "c.yaml"], "c.yaml:5: sweep: map evaluates one setting; use compare"),
        (["compare", "c.yaml", "--set", "device.read_nois.relative_sd=1"], "unknown key, did you mean read_noise?"),
        (["compare", "c.yaml", "--set", "device.read_noise.relativ_sd=1"], "unknown key, did you mean relative_sd?"),
        (["compare", "c.yaml", "--set", "device.conductance.g_min_s=0.01"],
         "--set device.conductance.g_min_s=0.01: device.conductance: g_min_s=0.01 must be below"),
        (["compare", "c.yaml", "--set", "read="], "expected a section, {key: value, ...}, got nothing"),
        (["compare", "c.yaml", "--set", "layers.fc9.device=ideal"], "no layer fc9"),
        (["compare", "c.yaml", "--set", "evaluation.seed=true"], "expected a number, got True"),
        (["compare", "c.yaml", "--set", "device=[1]"], "device"),
        (["demo", "--set", "checkpoint=net.pt", "--out", "figures"], "no such file"),
        (["demo", "--out", "data.npz"], "cannot be written"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_2(study, capsys, arguments, message):
    before = sorted(study.iterdir())
    code, _, err = call(capsys, *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert all(line.startswith("error: ") for line in err.splitlines())
    assert sorted(study.iterdir()) == before


def test_a_damaged_checkpoint_is_one_line(study, capsys):
    Path("net.safetensors").write_bytes(Path("net.safetensors").read_bytes()[:500])
    code, _, err = call(capsys, "compare", "c.yaml")
    assert (code, err.count("\n")) == (2, 1)
    assert "truncated: " in err


def test_train_writes_a_checkpoint_and_goes_on(study, capsys):
    Path("t.yaml").write_text(
        "network: {layers: [{type: dense, name: a, inputs: 30, outputs: 8}, "
        "{type: linear, name: b, inputs: 8, outputs: 4}]}\n"
        "dataset: {name: data.npz, validation_images: 10}\ntraining: {epochs: 2, batch_size: 10}\noutput: run\n"
    )
    code, out, _ = call(capsys, "train", "t.yaml")
    assert code == 0
    assert "epoch 2/2" in out
    assert Path("run/best.safetensors").exists()
    code, out, _ = call(capsys, "train", "t.yaml", "--json")
    result = json.loads(out)
    assert result["checkpoint"] == "run/best.safetensors"
    assert result["rows"][0]["epochs"] == 2
    assert Path(result["figures"][0]).exists()


def test_printing_commands_load_neither_torch_nor_numba():
    code = (
        "import sys\nfrom crossbar_nsm.cli.app import app\nimport crossbar_nsm, crossbar_nsm.experiment.config\n"
        "import crossbar_nsm.mapping.config, crossbar_nsm.nsm.training.config, device_models\n"
        "sys.exit('torch' in sys.modules or 'numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_validate_loads_nothing_that_only_calculates(study):
    code = (
        "import sys\nsys.argv = ['crossbar-nsm', 'validate', sys.argv[1]]\nfrom crossbar_nsm.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print({'torch', 'numba', 'matplotlib', *('scipy.' + m for m in ('special', 'stats', 'constants'))}"
        ".intersection(sys.modules))"
    )
    np.savez("g.npz", fc1=np.full((2, 30, 20), 1e-5))
    names = "array: {conductances: g.npz}\ncalibration_images: more.npz\n"
    np.savez("more.npz", x=black_and_white(60, 30, seed=3), y=np.arange(60) % 4)
    Path("n.yaml").write_text(Path("c.yaml").read_text() + names)
    for config in ("c.yaml", "n.yaml"):
        done = subprocess.run([sys.executable, "-c", code, config], check=True, capture_output=True, text=True)
        assert done.stdout.splitlines() == [f"{config}: ok", "set()"]


def test_a_warning_is_one_line_without_the_place_in_our_code(study, capsys):
    folder = study / "cifar10"
    folder.mkdir()
    for name in ("data_batch_1", "test_batch"):
        (folder / f"{name}.bin").write_bytes(cifar(np.arange(10), random_images(10, 3, 32, 32)))
    code, _, err = call(capsys, "compare", "c.yaml", "--data", str(study), "--set", "dataset.name=cifar10")
    assert code == 2
    warning, error = err.splitlines()
    assert warning.startswith(f"warning: data set cifar10: {folder} has 10 of the 10000 test images")
    assert error.startswith("error: ")


def test_a_file_name_that_cannot_be_looked_at_is_named(study, capsys):
    name = 300 * "a"
    code, _, err = call(capsys, "compare", "c.yaml", "--data", name, "--set", "dataset.name=cifar10")
    assert code == 2
    assert err.startswith(f"error: {name}")
    assert err.endswith(": File name too long\n")


def test_a_data_folder_may_have_any_name(study, capsys):
    code, _, err = call(capsys, "compare", "c.yaml", "--data", "a: {b", "--set", "dataset.name=cifar10")
    assert code == 2
    assert "a: {b/cifar10" in err


def test_tune_prints_before_and_after_and_saves_the_chip(study, capsys):
    np.savez("more.npz", x=black_and_white(80, 30, seed=5), y=np.arange(80) % 4)
    tune = ("tune", "c.yaml", "--images", "50", "--train-on", "more.npz", "--epochs", "1", "--set", "sweep={}")
    code, out, _ = call(capsys, *tune, "--out", "tuned.safetensors")
    assert code == 0
    assert "as calibrated" in out
    assert "kept: " in out
    assert Path("tuned.safetensors").exists()
    code, out, _ = call(capsys, *tune, "--json")
    result = json.loads(out)
    assert [epoch["epoch"] for epoch in result["epochs"]] == [0, 1]
    metrics = {"error", "nll", "brier", "ece", "entropy", "nll_capped"}
    before, after = result["rows"]
    assert metrics | {"name", "difference", "difference_low", "difference_high", "mcnemar_p"} == before.keys()
    assert (before["name"], before["difference"], after["name"]) == ("as calibrated", None, "tuned")
    assert after["difference"] == pytest.approx(after["error"] - before["error"])
    assert result["images"] == 40
    code, _, err = call(capsys, "tune", "c.yaml", *ONE)
    assert (code, err.count("\n")) == (2, 1)
    assert "data.npz has no training images of its own; name another with --train-on" in err
    code, _, err = call(capsys, "tune", "c.yaml", *ONE, "--train-on", "data.npz", "--images", "10")
    assert "data.npz has 0 that are not evaluated" in err

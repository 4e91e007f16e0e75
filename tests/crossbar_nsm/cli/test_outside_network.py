"""A new user's network, noisy wires, no images: the warning is seen, its advice followed, and the loss is gone."""

import json
from pathlib import Path

import pytest
from support.cli import call
from support.outside import write_outside_network

IMPORT = ("import", "net.pt", "--out", "net.safetensors", "--noise", "bernoulli", "--bias-convention", "code")
CONFIG = """\
checkpoint: net.safetensors
dataset: {name: data.npz}
device: rram_illustrative
array: {r_row_ohm: 5, r_col_ohm: 5}
neuron: {scaling: paired}
evaluation: {samples: 20}
"""
BLIND = "carries no calibration images"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_outside_network(tmp_path)
    Path("c.yaml").write_text(CONFIG)
    return tmp_path


def errors(capsys, *arguments):
    """(ideal error, hardware error, standard error) of a comparison."""
    code, out, err = call(capsys, "compare", "c.yaml", "--json", *arguments)
    assert code == 0
    ideal, _, hardware = json.loads(out)["rows"]
    return ideal["error"], hardware["error"], err


def test_the_warning_is_seen_its_advice_followed_and_the_loss_is_gone(folder, capsys):
    code, out, _ = call(capsys, *IMPORT)
    assert code == 0
    assert "calibration images: none, so chips are calibrated blind; --calibration-images attaches some" in out
    ideal, blind, said = errors(capsys)
    assert said.count(BLIND) == 1
    assert "set calibration_images: training" in said
    assert blind - ideal > 0.08
    ideal, hardware, said = errors(capsys, "--set", "calibration_images=training")
    assert said == ""
    assert hardware - ideal < 0.03


@pytest.mark.parametrize("calibration", ["analytic", "measured"])
def test_images_attached_on_import_travel_with_the_network(folder, capsys, calibration):
    code, out, _ = call(capsys, *IMPORT, "--calibration-images", "data.npz", "--json")
    assert code == 0
    assert json.loads(out)["calibration_images"] == 256
    ideal, hardware, said = errors(capsys, "--set", f"neuron.calibration={calibration}")
    assert said == ""
    assert hardware - ideal < 0.03


def test_measuring_without_images_says_what_to_do(folder, capsys):
    call(capsys, *IMPORT)
    code, _, err = call(capsys, "compare", "--hardware-only", "c.yaml", "--set", "neuron.calibration=measured")
    assert code == 2
    assert "measured needs calibration images" in err
    assert "set calibration_images: training" in err


def test_map_shows_what_is_not_known_as_unknown(folder, capsys):
    call(capsys, *IMPORT)
    code, out, err = call(capsys, "map", "c.yaml", "--json")
    assert code == 0
    assert err.count(BLIND) == 1
    layer = json.loads(out)["rows"][0]
    assert (layer["offset_rms"], layer["direction_error"]) == (None, None)
    code, out, _ = call(capsys, "map", "c.yaml")
    line = next(line for line in out.splitlines() if line.strip().startswith("fc1") and ".." in line)
    assert line.split("of 80")[1].split()[:2] == ["-", "-"]
    known = json.loads(call(capsys, "map", "c.yaml", "--json", "--set", "calibration_images=training")[1])["rows"][0]
    assert known["offset_rms"] > 0.1
    assert known["direction_error"] > 0.01

"""`crossbar-nsm uncertainty`: output, figures, angles, mistakes."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.networks import dense_network

from crossbar_nsm.cli.commands.hardware.uncertainty import angles_of
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models.errors import ConfigError


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_checkpoint(dense_network(36, 20, 4), "net.safetensors")
    rng = np.random.default_rng(0)
    np.savez("own.npz", x=rng.random((20, 6, 6), dtype=np.float32), y=np.arange(20) % 4)
    np.savez("other.npz", x=rng.random((20, 8, 8), dtype=np.float32), y=np.arange(20) % 4)
    Path("c.yaml").write_text(
        "checkpoint: net.safetensors\ndataset: {name: own.npz}\ndevice: rram_illustrative\nevaluation: {samples: 5}\n"
    )
    return tmp_path


def test_tables_figures_and_json(study, capsys):
    code, out, _ = call(capsys, "uncertainty", "c.yaml", "--angles", "0,90", "--other", "other.npz", "--plot", "out")
    assert code == 0
    for part in ("ideal_synapse", "rram_illustrative/paired", "90 deg", "AUROC", "out/reliability.png"):
        assert part in out
    assert len(list((study / "out").iterdir())) == 9
    code, out, _ = call(capsys, "uncertainty", "c.yaml", "--angles", "0", "--json", "--plot", "one")
    found = json.loads(out)
    assert code == 0
    assert [network["name"] for network in found["rows"]] == ["ideal_synapse", "rram_illustrative/paired"]
    first = found["rows"][0]
    assert {"error", "nll", "brier", "ece", "entropy", "mutual_information", "samples_used", "turned"} <= first.keys()
    assert first["auroc"] == {}
    assert sum(first["reliability"]["count"]) == 20
    bins = zip(*(first["reliability"][name] for name in ("accuracy_low", "accuracy", "accuracy_high")), strict=True)
    assert all(bin_ == (None, None, None) or bin_[0] < bin_[2] for bin_ in bins)
    assert [Path(path).name for path in found["figures"]] == [f"reliability.{end}" for end in ("png", "svg", "pdf")]


def test_one_line_for_a_mistake(study, capsys):
    for arguments, message in {
        ("--angles", "0,x"): "error: --angles 0,x: expected degrees such as 0,30,90 or 0,15,...,90",
        ("--other", "own.npz"): "error: other data set 'own.npz' is the data set itself",
        ("--set", "evaluation.early_stopping.confidence=2"): "input should be less than 1, got 2",
    }.items():
        code, out, err = call(capsys, "uncertainty", "c.yaml", *arguments)
        assert (code, out) == (2, "")
        assert message in err
        assert err.count("\n") == 1


def test_angles():
    assert angles_of("0,15,...,60") == [0, 15, 30, 45, 60]
    assert angles_of("0, 0.1, ..., 0.3") == pytest.approx([0, 0.1, 0.2, 0.3])
    assert angles_of("90,60,...,-10") == [90, 60, 30, 0]
    assert angles_of("-5,5") == [-5, 5]
    for wrong in ("", "0,...,90", "0,0,...,90", "0,-1,...,90", "0,1e-9,...,90", "nan", "0,15,30,...,90"):
        with pytest.raises(ConfigError, match="expected degrees"):
            angles_of(wrong)

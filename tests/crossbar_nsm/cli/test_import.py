"""`crossbar-nsm import` as a user meets it."""

import json
from pathlib import Path

import pytest
import torch
from support.cli import call

from crossbar_nsm.nsm.checkpoint import load_checkpoint

LAWS = ["--noise", "gaussian", "--bias-convention", "paper"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    beta = torch.tensor([2.0, 0.5, 1.0])
    torch.save(
        {"fc1.weight": torch.ones(3, 5), "fc1.bias": torch.ones(3), "fc1.b": beta, "fc1.magnitude": beta,
         "fc2.weight": torch.ones(2, 3), "fc2.bias": torch.zeros(2)},
        "published.pt",
    )  # fmt: skip
    return tmp_path


def test_import_prints_layers_and_saves(folder, capsys):
    arguments = ["published.pt", "--out", "net.safetensors", *LAWS, "--sigma", "0.8"]
    code, out, _ = call(capsys, "import", *arguments, "--json")
    assert code == 0
    assert json.loads(out) == {
        "checkpoint": "net.safetensors",
        "layers": [
            {"name": "fc1", "inputs": 5, "outputs": 3, "beta": [0.5, 1.0, 2.0]},
            {"name": "fc2", "inputs": 3, "outputs": 2, "beta": None},
        ],
    }
    net = load_checkpoint("net.safetensors")
    assert net.architecture.noise.sigma == 0.8
    assert net.facts["bias_convention"] == "paper"
    code, out, _ = call(capsys, "import", *arguments)
    assert code == 0
    assert "fc1: 5 -> 3, beta 0.5 / 1 / 2" in out
    assert "checkpoint: net.safetensors" in out


def test_keep_probability_is_of_the_noise_or_of_the_code(folder, capsys):
    for noise in ("bernoulli", "gaussian"):
        code, _, _ = call(
            capsys, "import", "published.pt", "--out", "net.safetensors", "--noise", noise, "--bias-convention", "code",
            "--keep-probability", "0.2",
        )  # fmt: skip
        assert code == 0
        c = load_checkpoint("net.safetensors").layers["fc1"].c
        torch.testing.assert_close(c.detach(), torch.full((3,), (2 * 0.2 * 0.8) ** -0.5))


@pytest.mark.parametrize("left_out", ["--noise", "--bias-convention", "--out"])
def test_what_the_file_does_not_say_must_be_said(folder, capsys, left_out):
    arguments = ["--out", "net.safetensors", *LAWS]
    index = arguments.index(left_out)
    code, _, err = call(capsys, "import", "published.pt", *arguments[:index], *arguments[index + 2 :])
    assert code == 2
    assert f"Missing option '{left_out}'" in err
    assert not Path("net.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["published.pt", "--keep-probability", "0"], "--keep-probability: keep_probability: input should be greater"),
        (["published.pt", "--sigma", "-1"], "--sigma: sigma: input should be greater than 0, got -1.0"),
        (["published.pt", "--sigma", "nan"], "--sigma: sigma: input should be a finite number"),
        (["notes.txt"], "notes.txt: not a plain state_dict"),
        (["gone.pt"], "gone.pt: no such file"),
        (["module.pt"], "module.pt: not a plain state_dict (it wants to run code on loading, which is refused"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(folder, capsys, arguments, message):
    Path("notes.txt").write_text("hello")
    torch.save(torch.nn.Linear(2, 2), "module.pt")
    code, _, err = call(capsys, "import", *arguments, "--out", "net.safetensors", *LAWS)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("error: ")
    assert message in err
    assert not Path("net.safetensors").exists()


def test_the_file_to_import_is_never_overwritten(folder, capsys):
    before = Path("published.pt").read_bytes()
    code, _, err = call(capsys, "import", "published.pt", "--out", "./published.pt", *LAWS)
    assert (code, err.count("\n")) == (2, 1)
    assert "is the file to import" in err
    assert Path("published.pt").read_bytes() == before

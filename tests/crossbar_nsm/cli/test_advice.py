"""What verdicts advise can be done as it is written, in the command that prints it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.networks import black_and_white, dense_network

import crossbar_nsm as xb
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint

ADVICE = r"evaluation\.\w+=[\d.]*\d"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A sweep `two` of two settings, of a network that is right in most images."""
    path = tmp_path_factory.mktemp("advice")
    net, images = dense_network(30, 20, 4), black_and_white(60, 30)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        patch.delenv("CROSSBAR_NSM_DATA", raising=False)
        save_checkpoint(net, "net.safetensors")
        np.savez("data.npz", x=images, y=net.predict(images, 50, noise="synapse").argmax(1).numpy())
        Path("c.yaml").write_text(
            "checkpoint: net.safetensors\ndataset: {name: data.npz}\ndevice: rram_illustrative\n"
            "evaluation: {samples: 5, chips: 1}\nneuron: {scaling: paired}\n"
        )
        Path("two.yaml").write_text(
            f"{Path('c.yaml').read_text()}sweep: {{device.read_noise.relative_sd: [0.05, 0.2]}}\n"
        )
        xb.sweep("two.yaml", out="two", workers=1)
    return path


@pytest.fixture
def runs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CROSSBAR_NSM_DATA", raising=False)


@pytest.mark.parametrize(
    "command",
    [("compare", "c.yaml"), ("sweep", "two.yaml", "--out", "two"), ("results", "two"), ("results", "two", "--pairwise"),
     ("budget", "c.yaml")],
)  # fmt: skip
def test_options_of_a_verdict_are_those_of_its_command(runs, capsys, command):
    told = " ".join(json.loads(call(capsys, *command, "--json")[1])["verdict"])
    options = set(re.findall(r"--[a-z]+", call(capsys, command[0], "--help")[1]))
    assert set(re.findall(r"--[a-z]+", told)) <= options
    assert re.search(ADVICE, told)
    xb.load_config("c.yaml", *re.findall(ADVICE, told))


def test_a_sweep_takes_a_margin_and_evaluates_nothing_again(runs, capsys):
    written = []
    for margin in (0.9, 0.8):
        code, out, _ = call(capsys, "sweep", "two.yaml", "--out", "within", "--margin", str(margin), "--workers", "1")
        assert code == 0
        assert f"equivalent within {100 * margin:g} points" in out
        written.append({path: path.stat().st_mtime_ns for path in Path("within/trials").iterdir()})
    assert written[0] == written[1]

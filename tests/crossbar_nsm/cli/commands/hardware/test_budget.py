"""`crossbar-nsm budget` as a user meets it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.networks import dense_network, images

from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net, x = dense_network(30, 20, 12, 4), images(40, 30)
    save_checkpoint(net, "net.safetensors")
    np.savez("data.npz", x=x, y=net.predict(x, 50, noise="synapse").argmax(1).numpy())  # nothing is told of guesses
    Path("c.yaml").write_text(
        "checkpoint: net.safetensors\ndataset: {name: data.npz}\ndevice: rram_illustrative\n"
        "evaluation: {samples: 5, chips: 2}\n"
    )


def test_tables_figures_and_json(study, capsys):
    code, out, _ = call(capsys, "budget", "c.yaml", "--plot", "figures")
    assert code == 0
    for text in (
        "ideal_software",
        "circuit",
        "set and reset variability",
        "hardware - software",
        "added to ideal cells",
    ):
        assert text in out
    drawn = {Path(line.removeprefix("Figure: ")).name for line in out.splitlines() if line.startswith("Figure: ")}
    assert drawn == {
        f"budget_{name}.{kind}" for name in ("waterfall", "single_effects") for kind in ("png", "svg", "pdf")
    }
    assert all((Path("figures") / name).is_file() for name in drawn)
    code, out, _ = call(capsys, "budget", "c.yaml", "--json", "--only", "g_min, programming")
    result = json.loads(out)
    assert code == 0
    assert [row["effect"] for row in result["rows"]] == [
        "ideal_software", "circuit", *3 * ["programming", "g_min"]
    ]  # fmt: skip
    assert result["rows"][2]["change"]["nll"].keys() == {"mean", "se", "low", "high"}
    assert result["total"].keys() == {"error", "nll", "ece"}
    assert result["effects"]["g_min"] == "idle cells that conduct"


def test_the_verdict_is_that_of_the_rows(study, capsys):
    """Every change that a sentence tells is that of a row, or the total."""
    for chips in (1, 2):
        settings = ("--set", f"evaluation.chips={chips}", "--set", "neuron.scaling=none")
        found = json.loads(call(capsys, "budget", "c.yaml", "--json", *settings)[1])
        assert call(capsys, "budget", "c.yaml", *settings)[1].endswith("\n".join([*found["verdict"], ""]))
        nll = [found["total"]["nll"], *(row["change"]["nll"] for row in found["rows"] if row["change"])]
        known = {
            tuple(None if one[end] is None else f"{one[end] + 0.0:+.4f}" for end in ("mean", "low", "high"))
            for one in nll
        }
        told = re.findall(r"([+-]0\.\d{4})(?: \(([+-][\d.]+) to ([+-][\d.]+)\))?", " ".join(found["verdict"]))
        assert told
        for one in told:
            assert tuple(end.replace("-0.0000", "+0.0000") or None for end in one) in known
        most = re.search(r"Most of that NLL, step by step: (\w+) .*?(\d+) %", " ".join(found["verdict"]))
        if most:
            share = next(row for row in found["rows"] if row["effect"] == most[1])["change"]["nll"]["mean"]
            assert int(most[2]) == round(100 * share / found["total"]["nll"]["mean"])


def test_a_device_without_any_noise_and_one_without_effects(study, capsys):
    code, out, _ = call(capsys, "budget", "c.yaml", "--json", "--set", "device.read_noise.relative_sd=0")
    assert code == 0
    rows = json.loads(out)["rows"]
    assert [row["beta_ratio"][0] for row in rows if row["effect"] == "read_noise"][:2] == ["inf", "inf"]
    assert rows[1]["beta_ratio"] == pytest.approx([1, 1, 1], abs=1e-5)
    code, out, _ = call(capsys, "budget", "c.yaml", "--set", "device=ideal", "--plot", "figures")
    assert code == 0
    assert "what each effect adds" not in out
    assert out.count("Figure: ") == 3


def test_mistakes_are_one_line_each(study, capsys):
    sweep = ("--set", "sweep={neuron.scaling: [none, paired]}")
    for arguments, text in (
        (sweep, "error: --set sweep={neuron.scaling: [none, paired]}: sweep: budget evaluates one setting; "),
        (("--only", "gmin"), "error: effect 'gmin': no such effect; did you mean g_min?"),
        (("--only", "wires"), "error: effect 'wires': not in this configuration, which has: programming, g_min"),
    ):
        code, _, err = call(capsys, "budget", "c.yaml", *arguments)
        assert code == 2
        assert err.startswith(text)
        assert len(err.splitlines()) == 1

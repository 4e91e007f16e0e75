"""What was refused leaves nothing behind; names of files do not steer the terminal."""

import os
from pathlib import Path

import pytest
from support.cli import call
from support.studies import small_study

TRAINING = """
network:
  layers: [{type: dense, name: fc1, inputs: 30, outputs: 6}, {type: linear, name: out, inputs: 6, outputs: 4}]
dataset: {name: data.npz, validation_images: 59}
output: deep/trained
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A small study, whose device does not age and whose images cannot be turned, and a training of one image."""
    small_study(tmp_path, "")
    monkeypatch.chdir(tmp_path)
    Path("t.yaml").write_text(TRAINING)
    Path("mine.csv").write_text("a,b\n1,2\n")
    Path("fig4.md").write_text("mine")
    Path("pairs.csv").write_text("target [uS],programmed [uS]\n" + "1,1.1\n2,2.1\n" * 3)


@pytest.mark.parametrize(
    "words",
    [
        ("train", "t.yaml"),
        ("reproduce", "table1", "--data", "none", "--out", "deep/new"),
        ("reproduce", "fig4", "--data", "none", "--out", "."),
        ("ageing", "c.yaml", "--plot", "deep/new"),
        ("uncertainty", "c.yaml", "--plot", "new"),
        ("map", "c.yaml", "--out", "chip.safetensors", "--conductances", "mine.csv"),
        ("devices", "fit", "pairs.csv", "--out", "mine/pairs.yaml", "--g-min-s", "-1"),
    ],
)
def test_what_is_refused_leaves_nothing(capsys, words):
    before = sorted(Path().rglob("*"))
    code, _, err = call(capsys, *words)
    assert (code, err.count("\n")) == (2, 1), err
    assert sorted(Path().rglob("*")) == before


def test_a_study_in_whose_way_a_file_is_trains_nothing(capsys):
    _, _, err = call(capsys, "reproduce", "fig4", "--data", "none", "--out", ".")
    assert err.startswith("error: fig4.md: is there, and not of this program")


def test_figures_of_a_fit_are_looked_at_before_its_preset_is_written(capsys):
    Path("out/devices").mkdir(parents=True)
    Path("out/devices/pairs").write_text("mine")
    lines = [f"{value},{value + 0.1 * (value % 3 - 1)}" for value in range(10, 60)]
    Path("pairs.csv").write_text("\n".join(["target [uS],programmed [uS]", *lines]))
    code, _, err = call(capsys, "devices", "fit", "pairs.csv")
    assert (code, os.listdir("out/devices")) == (2, ["pairs"]), err


@pytest.mark.parametrize("name", ["\x1b[2Jx", "x\nerror: forged", "x\u202ey"])
def test_names_of_files_do_not_steer_the_terminal(capsys, name):
    for words in (("map", "c.yaml", "--plot", name), ("timing", "c.yaml", "--plot", name)):
        code, out, err = call(capsys, *words)
        assert (code, err) == (0, "")
        assert not set("\x1b\u202e") & set(out)
        assert "\nerror:" not in out

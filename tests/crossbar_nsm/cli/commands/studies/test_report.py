"""`crossbar-nsm report`: a small study from sweep to page."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.networks import black_and_white, dense_network

import crossbar_nsm as xb
from crossbar_nsm.experiment.budget.file import load_budget, save_budget
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from crossbar_nsm.report import study_report
from crossbar_nsm.report.figures import drawings
from crossbar_nsm.report.study_report import base_configuration

NOT_DRAWN = b"<svg></svg>"  # drawing takes a second a page
STUDY = """
checkpoint: net.safetensors
dataset: {name: data.npz}
device: pcm_joshi2020
neuron: {scaling: paired}
array: {rows: 32, cols: 16, r_row_ohm: 1.0, r_col_ohm: 1.0}
read: {slow_noise: split}
evaluation: {samples: 5, chips: 2}
sweep: {neuron.scaling: [paired, replica]}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The folder of a finished sweep, as a relative path."""
    folder = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        save_checkpoint(dense_network(30, 20, 12, 4), "net.safetensors")
        np.savez("data.npz", x=black_and_white(40, 30), y=np.arange(40) % 4)
        Path("c.yaml").write_text(STUDY)
        xb.sweep("c.yaml", out="run", workers=1)
    return folder


@pytest.fixture(autouse=True)
def there(study, monkeypatch):
    monkeypatch.chdir(study)


FIGURES = {
    "error_of_all", "noise_needed_lowest_nll", "recovered_beta_lowest_nll", "reliability", "confusion_highest_nll",
    "conductances_lowest_nll", "wire_drop_highest_nll", "drift_pcm_joshi2020",
}  # fmt: skip


def test_one_file_with_every_figure(capsys):
    code, out, err = call(capsys, "report", "run", "--no-budget", "--json")
    assert code == 0, err
    html = Path("run/report.html").read_text(encoding="utf-8")
    made = json.loads(out)
    assert (made["report"], made["bytes"]) == ("run/report.html", len(html.encode()))
    assert made["rows"] == json.loads(call(capsys, "results", "run", "--json")[1])["rows"]
    assert "figures" not in made
    assert "<h1>run</h1>" in html
    assert "error budget (crossbar-nsm report FOLDER --budget)" in html
    assert set(re.findall(r'data-file="(\w+).svg"', html)) >= FIGURES


@pytest.mark.slow
def test_figures_in_files_of_their_own(capsys):
    into = ("--figures", "figures", "--out", "other.html")
    code, out, err = call(capsys, "report", "run", "--no-budget", *into, "--json")
    assert code == 0, err
    made = json.loads(out)["figures"]
    names = {Path(path).stem for path in made}
    assert names >= FIGURES
    assert sorted(made) == sorted(f"figures/{name}.{end}" for name in names for end in ("png", "svg", "pdf"))
    assert all(Path(path).stat().st_size > 1000 for path in made)


def test_the_budget_of_a_quick_study_is_made_and_kept_for_the_next_report(capsys, monkeypatch):
    monkeypatch.setattr(study_report, "QUICK_S", 1e9)
    monkeypatch.setattr(drawings, "figure_bytes", lambda *_: NOT_DRAWN)
    code, _, err = call(capsys, "report", "run", "--out", "budget.html")
    assert code == 0, err
    assert "hardware - software" in Path("budget.html").read_text()
    config = base_configuration(xb.load_results("run"))
    kept = load_budget(Path("run/budget.json"), config)
    assert kept is not None
    assert kept.config == config
    assert [row.effect for row in kept.view("ladder")][:2] == ["ideal_software", "circuit"]
    save_budget(Path("again.json"), kept)
    assert Path("again.json").read_bytes() == Path("run/budget.json").read_bytes()
    other = config.model_copy(update={"checkpoint": "mnist_mlp"})
    assert load_budget(Path("run/budget.json"), other) is None
    assert call(capsys, "report", "run", "--out", "budget.html", "--no-budget")[2] == ""
    save_budget(Path("run/budget.json"), replace(kept, config=other))
    code, _, err = call(capsys, "report", "run", "--out", "budget.html", "--no-budget")
    Path("run/budget.json").unlink()
    assert code == 0
    assert err.startswith("warning: run/budget.json: is of another configuration and left out of the report;")


def test_what_is_missing_costs_only_its_own_part(capsys):
    """An unfinished sweep whose checkpoint has gone: the report shows what is there, and says what is not."""
    chips = json.loads(Path("run/manifest.json").read_text())["points"][1]["chips"]
    gone = [Path("net.safetensors"), *(Path(f"run/trials/{key}.npz") for key in chips)]
    kept = [path.read_bytes() for path in gone]
    Path("run/budget.json").unlink(missing_ok=True)
    try:
        for path in gone:
            path.unlink()
        code, _, err = call(capsys, "report", "run", "--out", "part.html")
        asked, _, refusal = call(capsys, "report", "run", "--out", "part2.html", "--budget")
    finally:
        for path, content in zip(gone, kept, strict=True):
            path.write_bytes(content)
    assert code == 0, err
    html = Path("part.html").read_text()
    assert "This study is not finished: 2 trials without result or failure yet" in html
    assert "cells and wires of chips (checkpoint" in html
    assert "error budget (crossbar-nsm report FOLDER --budget)" in html
    assert (asked, refusal.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nothing"], "nothing: no results folder"),
        (["c.yaml"], "c.yaml"),
        (["run", "--out", "c.yaml/report.html"], "c.yaml"),
        (["run", "--figures", "c.yaml"], "c.yaml"),
    ],
)
def test_what_cannot_be_reported(capsys, arguments, problem):
    code, _, err = call(capsys, "report", *arguments)
    assert code == 2
    assert err.startswith("error: ")
    assert problem in err
    assert len(err.splitlines()) == 1


def test_a_budget_that_cannot_be_read_is_named(capsys):
    kept = Path("run/budget.json").read_bytes() if Path("run/budget.json").exists() else None
    Path("run/budget.json").write_text("{}")
    try:
        code, _, err = call(capsys, "report", "run")
    finally:
        Path("run/budget.json").unlink()
        if kept is not None:
            Path("run/budget.json").write_bytes(kept)
    assert code == 2
    assert "run/budget.json: damaged (its format is 'None'" in err


def test_a_figure_in_the_way_leaves_nothing_half_drawn(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(drawings, "figure_bytes", lambda *_: NOT_DRAWN)
    last = "confusion_highest_nll.pdf"
    (tmp_path / last).write_bytes(b"a figure of somebody else")
    before = Path("run/report.html").read_bytes() if Path("run/report.html").exists() else None
    code, _, err = call(capsys, "report", "run", "--no-budget", "--figures", str(tmp_path))
    assert (code, err.count("\n")) == (2, 1)
    assert f"{last}: is there, and not of this program" in err
    assert [path.name for path in tmp_path.iterdir()] == [last]
    assert (Path("run/report.html").read_bytes() if Path("run/report.html").exists() else None) == before


def test_a_budget_in_the_way_is_found_before_one_is_made(monkeypatch, capsys):
    path = Path("run/budget.json")
    path.unlink(missing_ok=True)
    path.symlink_to("elsewhere")
    monkeypatch.setattr(study_report, "take_apart", lambda *_a, **_k: pytest.fail("worked first"))
    code, _, err = call(capsys, "report", "run", "--budget")
    path.unlink()
    assert code == 2
    assert err == "error: run/budget.json: is a link, which is never replaced by a file; take another name\n"

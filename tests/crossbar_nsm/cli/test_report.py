"""`crossbar-nsm report`: a small study from sweep to page."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.networks import dense_network, images

import crossbar_nsm as xb
from crossbar_nsm.experiment.budget_file import load_budget, save_budget
from crossbar_nsm.nsm.checkpoint import save_checkpoint
from crossbar_nsm.report.study_report import base_configuration

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
        np.savez("data.npz", x=images(40, 30), y=np.arange(40) % 4)
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
    code, out, err = call(capsys, "report", "run", "--json")
    assert code == 0, err
    html = Path("run/report.html").read_text(encoding="utf-8")
    assert json.loads(out) == {"report": "run/report.html", "bytes": len(html.encode())}
    assert "<h1>run</h1>" in html
    assert "Not made; `crossbar-nsm report FOLDER --budget`" in html
    assert set(re.findall(r'data-file="(\w+).svg"', html)) >= FIGURES


@pytest.mark.slow
def test_figures_in_files_of_their_own(capsys):
    code, out, err = call(capsys, "report", "run", "--figures", "figures", "--out", "other.html", "--json")
    assert code == 0, err
    made = json.loads(out)["figures"]
    names = {Path(path).stem for path in made}
    assert names >= FIGURES
    assert sorted(made) == sorted(f"figures/{name}.{end}" for name in names for end in ("png", "svg", "pdf"))
    assert all(Path(path).stat().st_size > 1000 for path in made)


def test_the_budget_is_kept_for_the_next_report(capsys):
    code, _, err = call(capsys, "report", "run", "--budget", "--out", "budget.html")
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


def test_an_unfinished_sweep_is_reported_as_far_as_it_is(capsys):
    chips = json.loads(Path("run/manifest.json").read_text())["points"][1]["chips"]
    trials = [Path(f"run/trials/{key}.npz") for key in chips]
    kept = [trial.read_bytes() for trial in trials]
    try:
        for trial in trials:
            trial.unlink()
        assert call(capsys, "report", "run", "--out", "part.html")[0] == 0
    finally:
        for trial, content in zip(trials, kept, strict=True):
            trial.write_bytes(content)
    assert "This study is not finished: 2 trials have neither" in Path("part.html").read_text()


def test_a_checkpoint_that_is_gone_costs_only_the_chips(capsys):
    Path("net.safetensors").rename("moved")
    try:
        code, _, err = call(capsys, "report", "run", "--out", "gone.html")
    finally:
        Path("moved").rename("net.safetensors")
    assert code == 0, err
    assert "No chip to show: " in Path("gone.html").read_text()


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
    assert "run/budget.json: cannot be read" in err

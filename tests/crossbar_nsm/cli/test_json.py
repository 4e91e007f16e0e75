"""Every command with --json: what it prints is one JSON document, whether it works, fails or was not understood."""

import csv
import importlib
import io
import json
from pathlib import Path

import numpy as np
import polars
import pytest
import torch
import yaml
from support.cli import call
from support.hostile.command_lines import commands, options_of
from support.networks import dense_network, images
from support.reproduction import small_config

import crossbar_nsm as xb
from crossbar_nsm.cli.output import print_json
from crossbar_nsm.experiment import check as checks
from crossbar_nsm.experiment.self_test.result import CheckResult
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint

ONE = ("--set", "sweep={}")
PCM = ("--set", "device=pcm_joshi2020", "--set", "read.slow_noise=split")
CONFIG = """
checkpoint: net.safetensors
dataset: {name: data.npz}
device: rram_illustrative
evaluation: {samples: 3, images: 10}
sweep: {neuron.scaling: [none, paired]}
"""
TRAIN = """
network: {layers: [{type: dense, name: a, inputs: 36, outputs: 8}, {type: linear, name: b, inputs: 8, outputs: 4}]}
dataset: {name: data.npz, validation_images: 10}
training: {epochs: 1, batch_size: 10}
output: trained
"""
REPRODUCE = ("reproduce", "fig4", "--config", "small.yaml", "--set", "watch.runs=1")
WORKS = {
    "demo": ("demo", "--set", "checkpoint=net.safetensors", "--set", "dataset={name: data.npz}"),
    "train": ("train", "t.yaml"),
    "map": ("map", "c.yaml", *ONE),
    "tune": ("tune", "c.yaml", *ONE, "--images", "20", "--train-on", "more.npz", "--epochs", "1"),
    "import": ("import", "published.pt", "--out", "i.safetensors", "--noise", "gaussian", "--bias-convention", "paper"),
    "run": ("run", "c.yaml", *ONE),
    "compare": ("compare", "c.yaml", "--pairwise"),
    "sweep": ("sweep", "c.yaml", "--out", "again", "--workers", "1"),
    "results": ("results", "run"),
    "budget": ("budget", "c.yaml", *ONE, "--only", "g_min"),
    "uncertainty": ("uncertainty", "c.yaml", *ONE, "--angles", "0"),
    "ageing": ("ageing", "c.yaml", *ONE, *PCM, "--ages", "20,3600"),
    "timing": ("timing", "c.yaml", *ONE),
    "report": ("report", "run", "--no-budget"),
    "reproduce": REPRODUCE,
    "validate": ("validate", "c.yaml"),
    "check": ("check",),
    "doctor": ("doctor",),
    "docs": ("docs",),
    "init": ("init", "begun"),
    "configs": ("configs",),
    "schema": ("schema",),
    "cite": ("cite", "c.yaml"),
    "devices": ("devices",),
    "devices show": ("devices", "show", "rram_wan2022"),
    "devices fit": ("devices", "fit", "pairs.csv", "--no-plot"),
}
WITHOUT_CONFIG = {"init", "configs", "devices", "devices show", "devices fit", "cite", "import", "validate", "check",
                  "doctor", "docs"}  # fmt: skip
WITHOUT_TABLE = {"init", "configs", "import", "report", "validate", "schema", "cite", "doctor", "docs"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("json")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        patch.delenv("CROSSBAR_NSM_DATA", raising=False)
        save_checkpoint(dense_network(36, 12, 8, 4), "net.safetensors")
        for name, seed in (("data", 1), ("more", 5)):
            np.savez(f"{name}.npz", x=images(40, 36, seed).reshape(40, 6, 6), y=np.arange(40) % 4)
        Path("c.yaml").write_text(CONFIG)
        Path("t.yaml").write_text(TRAIN)
        Path("small.yaml").write_text(yaml.safe_dump(small_config(path).model_dump(mode="json")))
        _published("published.pt")
        _pairs("pairs.csv")
        xb.sweep("c.yaml", out="run", workers=1)
    return path


def _published(path):
    beta = torch.tensor([2.0, 0.5, 1.0])
    hidden = {"fc1.weight": torch.ones(3, 5), "fc1.bias": torch.ones(3), "fc1.b": beta, "fc1.magnitude": beta}
    torch.save(hidden | {"fc2.weight": torch.ones(2, 3), "fc2.bias": torch.zeros(2)}, path)


def _pairs(path):
    rng = np.random.default_rng(0)
    target = rng.uniform(5, 100, 300)
    programmed = target + (0.5 + 0.02 * target) * rng.standard_normal(300)
    polars.DataFrame({"target [uS]": target, "programmed [uS]": programmed}).write_csv(path)


@pytest.fixture(autouse=True)
def there(folder, monkeypatch):
    monkeypatch.chdir(folder)


@pytest.fixture(scope="module")
def results():
    """Of what takes seconds: forms of printing show the results of one run."""
    return {}


@pytest.fixture
def once(results, monkeypatch):
    for name in ("experiment.check.run_checks", "report.demo.run_demo", "reproduce.catalogue.reproduce_paper"):
        package, function = f"crossbar_nsm.{name}".rsplit(".", 1)
        run = getattr(importlib.import_module(package), function)

        def known(*given, run=run, name=name, **settings):
            if name not in results:
                results[name] = run(*given, **settings)
            return results[name]

        monkeypatch.setattr(f"crossbar_nsm.{name}", known)


def test_the_walk_leaves_no_command_out():
    assert set(WORKS) == set(commands())


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize("name", WORKS)
def test_what_a_command_prints_is_json_of_one_shape(capsys, name):
    code, out, err = call(capsys, *WORKS[name], "--json")
    assert code == 0, err
    found = json.loads(out, parse_constant=pytest.fail)
    assert "error" not in found
    if name == "schema":  # is JSON by itself
        assert "properties" in found
        return
    assert isinstance(found["config"], dict) is (name not in WITHOUT_CONFIG)
    assert name in WITHOUT_CONFIG or found["config"].keys() & {"dataset", "layers"}
    assert [type(row) for row in found["rows"]] == [dict] * len(found["rows"])
    assert bool(found["rows"]) is (name != "validate")


@pytest.mark.parametrize(
    "words",
    [
        ("sweep", "c.yaml", "--out", "run", "--workers", "1", "--dry-run"), ("results", "run", "--chips"),
        ("results", "run", "--pairwise"), ("compare", "run", "run"), ("compare", "c.yaml", "--ideal-only"),
    ],
)  # fmt: skip
def test_so_is_what_it_prints_with_other_options(capsys, words):
    code, out, err = call(capsys, *words, "--json")
    assert code == 0, err
    found = json.loads(out, parse_constant=pytest.fail)
    assert (found["config"] is None) is (words == ("compare", "run", "run"))
    assert found["rows"]
    assert all(isinstance(row, dict) for row in found["rows"])


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize("name", [name for name in WORKS if name not in WITHOUT_TABLE])
def test_a_table_is_csv_and_markdown_too(capsys, name):
    code, out, err = call(capsys, *WORKS[name], "--csv")
    assert code == 0, err
    names, *lines = csv.reader(io.StringIO(out))
    assert len(names) == len(set(names))
    assert lines
    assert {len(line) for line in lines} == {len(names)}
    assert not [cell for line in lines for cell in line if cell.startswith("{")]  # a mapping has columns
    code, out, err = call(capsys, *WORKS[name], "--markdown", "--wide")
    assert code == 0, err
    assert any(set(line) <= set("| -:") and "---" in line for line in out.splitlines())


def test_csv_has_every_digit_that_json_has(capsys):
    """And [lowest, median, highest] has columns."""
    rows = json.loads(call(capsys, *WORKS["map"], "--json")[1])["rows"]
    lines = list(csv.DictReader(io.StringIO(call(capsys, *WORKS["map"], "--csv")[1])))
    for row, line in zip(rows, lines, strict=True):
        ends = [float(line[f"beta_trained.{name}"]) for name in ("lowest", "median", "highest")]
        assert ends == row["beta_trained"]
        assert float(line["direction_error"]) == row["direction_error"]


def test_every_command_with_a_table_has_the_options_of_tables():
    wanted = {"--csv", "--markdown", "--wide", "--json"}
    lacking = {name: wanted - options_of(*name.split()).keys() for name in WORKS if name not in WITHOUT_TABLE}
    assert not {name: options for name, options in lacking.items() if options}


@pytest.mark.parametrize(
    "name", [name for name in WORKS if name not in ("check", "schema", "cite", "devices", "doctor", "init")]
)
def test_a_file_that_is_not_there_is_an_error_in_json(capsys, name):
    gone = ("gone.yaml", "--out", "i.safetensors", "--noise", "gaussian", "--bias-convention", "paper")
    arguments = {
        "demo": ("--set", "checkpoint=gone"), "reproduce": ("fig4", "--config", "gone.yaml"), "import": gone
    }.get(name, ("gone.yaml",))  # fmt: skip
    code, out, err = call(capsys, *name.split(), *arguments, "--json")
    assert code == 2
    _check_error(out, err)


@pytest.mark.parametrize("name", sorted(WORKS))
def test_words_that_no_command_knows_are_an_error_in_json(capsys, name):
    code, out, err = call(capsys, *WORKS[name], "--json", "--nonsense")
    assert code == 2
    error = json.loads(out)["error"]
    assert f"crossbar-nsm {name}: No such option: --nonsense" in error["message"]
    assert error["mistakes"] == [error["message"]]
    assert "No such option: --nonsense" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing",), "No such command"),
        (("compare",), "Missing argument"),
        (("report",), "Missing argument"),
        (("compare", "a", "b", "c"), "unexpected extra argument"),
        (("sweep", "c.yaml", "--workers", "two"), "--workers"),
        (("sweep", "c.yaml", "--workers", "0"), "--workers"),
        (("import", "f", "--noise", "x"), "--noise"),
        (("devices", "nothing"), "No such command"),
        (("devices", "show"), "Missing argument"),
        (("compare", "c.yaml", "--csv"), "at most one of"),
        (("devices", "--family", "x"), "--family"),
        (("devices", "--family", "x", "show", "ideal"), "options go behind"),
    ],
)
def test_usage_errors_are_objects(capsys, words, message):
    code, out, err = call(capsys, *words, "--json")
    assert code == 2
    assert message in json.loads(out)["error"]["message"]
    assert message in err


def test_all_mistakes_are_listed(capsys):
    Path("bad.yaml").write_text("device: ideal\nread: {windows_s: 1}\nneuron: {scaling: x}\n")
    _, _, lines = call(capsys, "compare", "bad.yaml")
    for command in ("compare", "validate"):
        code, out, err = call(capsys, command, "bad.yaml", "--json")
        assert (code, err) == (2, lines)
        _check_error(out, err)
        assert len(json.loads(out)["error"]["mistakes"]) == 2


def test_a_check_that_fails_is_an_error_beside_its_results(capsys, monkeypatch):
    results = [CheckResult("a", "1", "1", np.bool_(True)), CheckResult("b", "3", "2", np.bool_(False))]
    monkeypatch.setattr(checks, "run_checks", lambda progress: results)
    code, out, _ = call(capsys, "check", "--json")
    assert code == 1
    found = json.loads(out)
    assert [one["passed"] for one in found["rows"]] == [True, False]
    assert found["error"]["mistakes"] == ["b: measured 3, allowed 2"]
    assert call(capsys, "check")[0] == 1


def test_warnings_stay_on_standard_error(capsys, monkeypatch):
    def warn(progress):
        import warnings

        warnings.warn("careful", stacklevel=2)
        return [CheckResult("a", "1", "1", True)]

    monkeypatch.setattr(checks, "run_checks", warn)
    code, out, err = call(capsys, "check", "--json")
    assert (code, err) == (0, "warning: careful\n")
    assert json.loads(out)["rows"]


@pytest.mark.parametrize(("name", "place"), [("sweep", "studies.sweep.sweep"), ("train", "train.train")])
def test_a_command_that_is_interrupted_says_so(capsys, monkeypatch, name, place):
    def interrupt(*_arguments, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"crossbar_nsm.experiment.{place}", interrupt)
    code, out, err = call(capsys, *WORKS[name], "--json")
    assert code == 130
    assert err.startswith("stopped; ")
    assert json.loads(out)["error"]["message"] == err.strip()


def test_a_defect_of_this_program_is_an_object_too(capsys, monkeypatch):
    def defect(_progress):
        raise ZeroDivisionError("by 0")

    monkeypatch.setattr(checks, "run_checks", defect)
    with pytest.raises(ZeroDivisionError):
        call(capsys, "check", "--json")
    assert json.loads(capsys.readouterr().out)["error"]["message"] == "ZeroDivisionError: by 0"


@pytest.mark.parametrize("name", ["check", "map", "budget"])
def test_any_command_that_is_interrupted_says_so(capsys, monkeypatch, name):
    def interrupt(*_arguments, **_more):
        raise KeyboardInterrupt

    place = {"check": "check.run_checks", "map": "map_network.map_network", "budget": "budget.budget.budget"}[name]
    monkeypatch.setattr(f"crossbar_nsm.experiment.{place}", interrupt)
    code, out, err = call(capsys, *WORKS[name], "--json")
    assert (code, err) == (130, "stopped\n")
    assert json.loads(out)["error"]["message"] == "stopped"


def test_what_json_cannot_hold_is_said_otherwise(capsys):
    print_json(
        {
            1: np.float32(0.5), "flag": np.bool_(True), "many": np.array([1.0, np.nan, -np.inf]), "path": Path("a/b"),
            "torch": torch.tensor([1, 2]), "tuple": (np.int64(3), None, float("inf")),
        }
    )  # fmt: skip
    assert json.loads(capsys.readouterr().out) == {
        "1": 0.5, "flag": True, "many": [1.0, None, "-inf"], "path": "a/b", "torch": [1, 2], "tuple": [3, None, "inf"],
    }  # fmt: skip


def _check_error(out, err):
    """One object, with the lines that standard error has."""
    error = json.loads(out)["error"]
    assert error["mistakes"] == [line.removeprefix("error: ") for line in err.splitlines() if line.startswith("error")]
    assert error["message"] == "\n".join(error["mistakes"])

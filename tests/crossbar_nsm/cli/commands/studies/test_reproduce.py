import json
from pathlib import Path

import pytest
import yaml
from support.cli import call
from support.reproduction import small_config

from crossbar_nsm.datasets.folder import DATA_VARIABLE
from crossbar_nsm.reproduce.catalogue import ON_MNIST, STUDIES


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("small.yaml")
    path.write_text(yaml.safe_dump(small_config(tmp_path).model_dump(mode="json")))
    return str(path)


def test_writes_a_table_and_a_figure_and_says_where(config, capsys):
    arguments = ("reproduce", "fig4", "--config", config, "--out", "paper", "--set", "watch.runs=1")
    code, out, _ = call(capsys, *arguments)
    assert code == 0
    assert "growth of the weights" in out
    assert "Table: paper/fig4.md, figure: paper/fig4.png\n" in out
    assert out.index("watch nsm") < out.index("growth of the weights")  # the plan comes first
    code, out, _ = call(capsys, *arguments, "--json")
    result = json.loads(out)
    assert result["figures"] == [f"paper/fig4.{ending}" for ending in ("png", "svg", "pdf")]
    assert result["rows"][0]["network"] == "NSM"
    assert (result["config"]["name"], result["quick"]) == ("mlp", False)
    assert {(step["doing"], step["network"]) for step in result["plan"]} == {("reuse", "nsm"), ("reuse", "stnn")}


def test_stopped_it_says_what_is_kept(config, capsys, monkeypatch):
    def stop(*_given, **_settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("crossbar_nsm.reproduce.catalogue.reproduce_paper", stop)
    code, _, err = call(capsys, "reproduce", "fig4", "--config", config, "--out", "paper", "--set", "watch.runs=1")
    assert code == 130
    assert err == "stopped; trained networks are kept in paper: the same command goes on\n"


def test_without_a_study_all_are_listed_with_what_is_possible(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    code, out, _ = call(capsys, "reproduce", "--json")
    found = {row["name"]: row for row in json.loads(out)["rows"]}
    assert (code, found.keys()) == (0, STUDIES.keys())
    assert {name for name, row in found.items() if row["quick"]} == set(ON_MNIST)
    assert all("no data folder given; use --data DIR" in row["missing"] for row in found.values())
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (tmp_path / "mnist").mkdir(exist_ok=True)
        (tmp_path / "mnist" / f"{name}-ubyte").touch()
    found = json.loads(call(capsys, "reproduce", "--data", str(tmp_path), "--json")[1])["rows"]
    assert {row["name"] for row in found if row["missing"] is None} == set(ON_MNIST)
    code, out, _ = call(capsys, "reproduce", "--list")
    assert code == 0
    first = [line.split()[0] for line in out.splitlines() if line]
    assert [word for word in first if word in STUDIES] == list(STUDIES)


def test_a_dry_run_prints_the_plan_and_writes_nothing(config, tmp_path, capsys):
    before = sorted(tmp_path.iterdir())
    for more in ((), ("--quick",)):
        code, out, err = call(capsys, "reproduce", "fig4", "--config", config, "--dry-run", *more)
        assert (code, err, sorted(tmp_path.iterdir())) == (0, "", before)
        assert "watch stnn" in out
        assert "an estimate from a few batches measured here" in " ".join(out.split())
    code, out, err = call(capsys, "reproduce", "table4", "--quick", "--dry-run", "--data", ".")
    assert (code, err) == (0, "")
    assert "not possible now: data set dvs_gestures: " in " ".join(out.split())
    code, _, err = call(capsys, "reproduce", "table4", "--quick", "--data", ".")
    assert (code, err.count("\n")) == (2, 1)
    assert sorted(tmp_path.iterdir()) == before


def test_a_quick_run_needs_no_data_and_is_marked_everywhere(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    code, out, err = call(capsys, "reproduce", "fig4", "--quick", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["quick"] is True
    assert found["title"].startswith("QUICK RUN, NO RESULT: Fig. 4")
    folder = Path("out/paper/quick")
    assert [Path(path).parent for path in found["figures"]] == [folder] * 3
    assert sorted(Path("out/paper").iterdir()) == [folder]
    page = (folder / "fig4.md").read_text()
    assert page.startswith("## QUICK RUN, NO RESULT")
    assert "A quick run on a few images and epochs, which shows" in page
    assert json.loads((folder / "fig4.json").read_text())["numbers"]["quick"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--list", "fig4"), "STUDY: not for the list of studies, which takes --data alone"),
        (("--quick",), "--quick: not for the list of studies"),
    ],
)
def test_the_list_takes_nothing_else(capsys, arguments, message):
    code, out, err = call(capsys, "reproduce", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fig3",), "unknown study 'fig3'; did you mean"),
        (("fig4", "--set", "watch.runs=0"), "watch.runs: input should be greater than or equal to 1, got 0"),
        (("fig4", "--set", "dataset.name=gone.npz"), "data set gone.npz: no such file"),
        (("table1", "--set", "test.dataset=null"), "has no test images of its own; set test.dataset"),
        (("fig4", "--set", "watched.nsm.method=bd"), "watched.nsm: method bd, allowed: nsm"),
        (("fig4", "--out", "small.yaml"), "small.yaml"),
        (("all",), "all: runs every study of MNIST with its own configuration; leave --config out"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(config, capsys, arguments, message):
    code, _, err = call(capsys, "reproduce", *arguments[:1], "--config", config, *arguments[1:])
    assert code == 2
    assert message in err
    assert all(line.startswith("error: ") for line in err.splitlines())

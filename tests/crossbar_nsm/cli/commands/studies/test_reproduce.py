import json
from pathlib import Path

import pytest
import yaml
from support.cli import call
from support.reproduction import small_config


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
    assert "Table: paper/fig4.md, figure: paper/fig4.png" in out
    code, out, _ = call(capsys, *arguments, "--json")
    result = json.loads(out)
    assert result["figures"] == [f"paper/fig4.{ending}" for ending in ("png", "svg", "pdf")]
    assert result["rows"][0][0] == "NSM"


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

import json
from pathlib import Path

import pytest
import yaml
from support.cli import call

from crossbar_nsm.experiment.config.bundled import bundled_configs, description


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_all_are_listed_with_what_they_are(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = call(capsys, "configs")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == list(bundled_configs())
    rows = json.loads(call(capsys, "configs", "--json")[1])
    assert rows["config"] is None
    assert rows["rows"][0].keys() == {"name", "what"}
    assert {"name": "studies/wires", "what": "How large may a tile be?"} in rows["rows"]
    assert all(10 < len(description(path)) < 200 for path in bundled_configs().values())


def test_one_is_printed_to_copy(capsys):
    for name in ("studies/wires", "wires", "configs/studies/wires.yaml"):
        code, out, _ = call(capsys, "configs", name)
        assert code == 0
        assert out == bundled_configs()["studies/wires"].read_text()
    (row,) = json.loads(call(capsys, "configs", "wires", "--json")[1])["rows"]
    assert yaml.safe_load(row["text"]) == yaml.safe_load(out)


def test_one_is_written_and_never_over_a_file(capsys):
    assert call(capsys, "configs", "wires", "--out", "mine/w.yaml")[:2] == (0, "written: mine/w.yaml\n")
    assert Path("mine/w.yaml").read_text() == bundled_configs()["studies/wires"].read_text()
    Path("mine/w.yaml").write_text("mine\n")
    code, _, err = call(capsys, "configs", "wires", "--out", "mine/w.yaml")
    assert (code, Path("mine/w.yaml").read_text()) == (2, "mine\n")
    assert "mine/w.yaml: is there" in err
    assert "--out: writes one configuration" in call(capsys, "configs", "--out", "x.yaml")[2]


def test_names_that_are_near_are_listed(capsys):
    code, _, err = call(capsys, "configs", "mnist_mlp_ram")
    assert code == 2
    assert "with a name like that: mnist_mlp_rram, mnist_mlp_pcm, mnist_mlp_telegraph" in err
    assert "`crossbar-nsm configs` lists" in call(capsys, "configs", "xyz")[2]

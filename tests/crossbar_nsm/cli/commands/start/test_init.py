import json
from pathlib import Path

import pytest
from support.cli import call

FILES = ["START_HERE.md", "measurements.csv", "my_chip.yaml", "study.yaml"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_it_writes_the_files_and_says_what_to_type(capsys):
    code, out, err = call(capsys, "init", "my first")
    assert (code, err) == (0, "")
    assert sorted(path.name for path in Path("my first").iterdir()) == FILES
    assert out.splitlines()[:4] == [f"written: my first/{name}" for name in FILES]
    typed = [line.strip() for line in out.splitlines() if line.startswith("    ")]
    assert typed[0] == "cd 'my first'"
    assert typed[1] == "crossbar-nsm devices fit measurements.csv --out my_device.yaml"
    assert len(typed) == 5
    rows = json.loads(call(capsys, "init", "my first", "--json")[1])
    assert rows["rows"] == [{"file": f"my first/{name}"} for name in FILES]
    assert rows["commands"] == typed


def test_nobody_is_sent_into_the_folder_where_they_are(capsys):
    code, out, _ = call(capsys, "init", ".")
    assert code == 0
    assert Path("my_chip.yaml").exists()
    assert "cd " not in out


def test_a_file_in_the_way_stays_and_nothing_is_written(capsys):
    Path("mine").mkdir()
    Path("mine/study.yaml").write_text("mine\n")
    code, out, err = call(capsys, "init", "mine")
    assert (code, out) == (2, "")
    assert "mine/study.yaml: is there, and not as it is copied; nothing was written, take another folder" in err
    assert [path.name for path in Path("mine").iterdir()] == ["study.yaml"]
    assert Path("mine/study.yaml").read_text() == "mine\n"


def test_no_link_is_followed_and_no_file_taken_for_a_folder(capsys):
    Path("elsewhere.yaml").write_text("mine\n")
    Path("mine").mkdir()
    Path("mine/study.yaml").symlink_to("../elsewhere.yaml")
    assert call(capsys, "init", "mine")[0] == 2
    assert call(capsys, "init", "elsewhere.yaml")[0] == 2
    assert call(capsys, "init", "")[0] == 2
    assert Path("elsewhere.yaml").read_text() == "mine\n"
    assert sorted(path.name for path in Path().iterdir()) == ["elsewhere.yaml", "mine"]

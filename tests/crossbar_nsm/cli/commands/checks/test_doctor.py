"""`crossbar-nsm doctor`: what a bug report needs, and what to mend."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from support.cli import call
from support.processes import ROOT

from crossbar_nsm.cli.doctor import computing
from crossbar_nsm.cli.doctor.part import without_home
from crossbar_nsm.cli.doctor.places import data_folder, folders
from crossbar_nsm.cli.doctor.versions import versions
from crossbar_nsm.engine.kernels import kept, kernel


def test_it_says_what_is_installed_and_where(capsys):
    code, out, _ = call(capsys, "doctor")
    assert code == 0, out
    assert re.findall(r"^(\w+):$", out, re.MULTILINE) == [
        "Versions", "Threads", "Kernels", "Accelerator", "Data", "Folders", "Terminal", "Findings",
    ]  # fmt: skip
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for requirement in needed:
        name = re.match(r"[\w-]+", requirement)[0]
        assert re.search(rf"^  {name} +\d", out, re.MULTILINE), name


def test_json_has_the_same(capsys):
    code, out, _ = call(capsys, "doctor", "--json")
    found = json.loads(out)
    assert code == 0
    assert {"part": "Folders", "name": "current", "value": without_home(str(Path.cwd()))} in found["rows"]
    assert "error" not in found


def test_a_variable_that_cannot_be_used_is_broken(capsys, monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "0")
    code, out, _ = call(capsys, "doctor")
    assert code == 1
    assert "broken: NUMBA_NUM_THREADS=0 in the environment: expected a whole number" in out
    assert "Kernels:" not in out  # numba does not start with it
    code, out, _ = call(capsys, "doctor", "--json")
    assert (code, json.loads(out)["error"]["page"]) == (1, "report_a_bug")


def test_what_is_missing_or_old_is_broken(monkeypatch):
    monkeypatch.setattr(
        "crossbar_nsm.cli.doctor.versions.requires",
        lambda _name: ["numpy>=999", "no-such-package>=1", "scipy>=1", "x; extra == 'dev'"],
    )
    old, gone = sorted(finding.text for finding in versions().findings)[::-1]
    assert re.fullmatch(r"numpy \S+ is older than this version needs; pip install --upgrade 'numpy>=999'", old)
    assert gone == "no-such-package is not installed; pip install 'no-such-package>=1'"


def test_a_cache_that_cannot_be_written_is_told_with_the_fix(monkeypatch):
    monkeypatch.setattr(kernel, "kernel_folder", lambda: None)
    (finding,) = computing.kernels().findings
    assert "kernels are compiled anew at each start; set NUMBA_CACHE_DIR" in finding.text
    assert not finding.broken


def test_kernels_of_another_processor_are_told_apart(monkeypatch, tmp_path):
    from numba.core.registry import cpu_target

    _, name, features = cpu_target.target_context.codegen().magic_tuple()
    (tmp_path / "a.nbi").write_bytes(f"..{name}..{features}..".encode())
    (tmp_path / "b.nbi").write_bytes(b"..another processor..")
    (tmp_path / "a.1.nbc").write_bytes(bytes(100))
    monkeypatch.setattr(kernel, "kernel_folder", lambda: tmp_path)
    found = kept.kept_kernels()
    assert (found.kernels, found.here) == (2, 1)
    assert found.size_bytes > 100
    (tmp_path / "a.nbi").unlink()
    (finding,) = computing.kernels().findings
    assert "compiled on another processor" in finding.text


def test_folders_that_cannot_be_written_are_told(monkeypatch, tmp_path):
    monkeypatch.setattr("crossbar_nsm.cli.doctor.places._is_writable", lambda folder: False)
    assert [finding.broken for finding in folders().findings] == [False, True]


def test_a_data_folder_that_is_not_there_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("CROSSBAR_NSM_DATA", str(tmp_path / "gone"))
    (finding,) = data_folder().findings
    assert finding.text.endswith("no such folder; correct or unset it")
    (tmp_path / "gone/mnist").mkdir(parents=True)
    assert data_folder().facts["in it"] == ["mnist"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [("/home/me/x", "~/x"), ("in /home/me", "in ~"), ("/home/meyer", "/home/meyer"), (["/home/me/a"], ["~/a"]), (3, 3)],
)
def test_the_name_of_the_home_folder_is_not_told(given, shown, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert without_home(given) == shown

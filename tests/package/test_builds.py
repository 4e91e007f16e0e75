"""Wheel and sdist are the same bytes wherever they are built, and the sdist holds all that the wheel needs."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from support.processes import ROOT

from crossbar_nsm.cli.pages import doc_page

UNTRACKED = shutil.ignore_patterns(
    ".git", ".venv", "out", "runs", "build", "dist", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info"
)


def built(tree: Path, folder: Path, umask: int = 0o022) -> tuple[Path, Path]:
    """Wheel and sdist of the tree in `tree`."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder],
        cwd=tree, check=True, capture_output=True, timeout=300, umask=umask,
        env={key: value for key, value in os.environ.items() if key not in ("SOURCE_DATE_EPOCH", "PYTHONHASHSEED")},
    )  # fmt: skip
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return built(ROOT, tmp_path_factory.mktemp("ours"))


def unpacked(sdist: Path, folder: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return tree


def test_another_folder_another_day_and_other_rights_give_the_same_bytes(ours, tmp_path):
    """A copy without git, in which files were written in another order, long ago, and may be read by their owner
    alone."""
    tree = tmp_path / "a clone"
    shutil.copytree(ROOT, tree, ignore=UNTRACKED)
    for path in sorted(tree.rglob("*"), reverse=True):
        os.utime(path, (1e9, 1e9))
        path.chmod(0o700 if path.is_dir() or os.access(path, os.X_OK) else 0o600)
    theirs = built(tree, tmp_path / "built", umask=0o077)
    for one, other in zip(ours, theirs, strict=True):
        assert one.name == other.name
        assert one.read_bytes() == other.read_bytes()


def test_an_edit_shows(ours, tmp_path):
    """The negative control of the comparison."""
    tree = unpacked(ours[1], tmp_path / "sdist")
    with (tree / "crossbar_nsm" / "__init__.py").open("a") as file:
        file.write("\n")
    wheel, sdist = built(tree, tmp_path / "built")
    assert wheel.read_bytes() != ours[0].read_bytes()
    assert sdist.read_bytes() != ours[1].read_bytes()


def test_the_sdist_builds_the_same_wheel_and_itself(ours, tmp_path):
    tree = unpacked(ours[1], tmp_path / "sdist")
    wheel, sdist = built(tree, tmp_path / "built")
    assert wheel.read_bytes() == ours[0].read_bytes()
    assert sdist.read_bytes() == ours[1].read_bytes()


def test_the_sdist_holds_what_a_contributor_needs(ours):
    with tarfile.open(ours[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "Makefile", "constraints.txt",
        "docs/conf.py", "tests/conftest.py", "benchmarks/__main__.py", ".ci/run",
    } <= names  # fmt: skip
    assert [name for name in names if "__pycache__" in name or name.startswith(("out/", ".venv", ".git/"))] == []


def test_the_page_of_an_index_is_the_readme_without_what_leads_nowhere_there(ours):
    """Links to pages are the commands that print them, other relative links words; relative pictures are gone, absolute
    links stay."""
    with zipfile.ZipFile(ours[0]) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        headers, _, page = archive.read(name).decode().partition("\n\n")
    assert "Description-Content-Type: text/markdown" in headers
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", page)
    assert targets == [target for target in re.findall(r"\]\(([^)]+)\)", readme) if re.match(r"\w+:", target)]
    assert "![" not in page
    pages = [name for name in re.findall(r"\]\(docs/(?:\w+/)?(\w+)\.md\)", readme) if name != "index"]
    assert pages
    assert [name for name in pages if f"(`crossbar-nsm docs {name}`)" not in page or not doc_page(name).text] == []
    assert page.count("```") == readme.count("```") > 0
    assert re.findall("^#.*", page, re.MULTILINE) == re.findall("^#.*", readme, re.MULTILINE)

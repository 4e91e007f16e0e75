"""What is said of the software in several places is the same in all: CITATION.cff, `crossbar-nsm cite`, the package's
metadata, the changelog, and the tag of a release."""

import re
import subprocess
import tomllib

import pytest
import yaml
from support.cli import call
from support.processes import ROOT

from crossbar_nsm import __version__

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def cited(capsys):
    """Entries that `cite` prints, by key."""
    code, out, _ = call(capsys, "cite")
    assert code == 0
    return dict(re.findall(r"^@\w+\{(\w+),\n(.*?)^\}$", out, re.DOTALL | re.MULTILINE))


def field(entry: str, name: str) -> str:
    (value,) = re.findall(rf"^  {name} = \{{(.*)\}},?$", entry, re.MULTILINE)
    return value.removeprefix("{").removesuffix("}")


def test_citation_and_cite_name_the_same_software(cited):
    entry = cited["crossbar_nsm"]
    assert field(entry, "title") == CITATION["title"] == PROJECT["name"]
    assert [field(entry, "author")] == [author["name"] for author in CITATION["authors"]]
    assert field(entry, "note") == f"Software, version {CITATION['version']}"
    assert CITATION["version"] == __version__
    assert str(CITATION.get("date-released", field(entry, "year")))[:4] == field(entry, "year")


def test_citation_and_changelog_name_the_same_day():
    """That of the newest release, or none while it is in work."""
    (day,) = re.findall(rf"^## {re.escape(__version__)} - (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert str(CITATION.get("date-released", "unreleased")) == day


def test_citation_and_cite_name_the_same_paper(cited):
    entry, (paper,) = cited["detorakis2019"], CITATION["references"]
    assert field(entry, "title") == paper["title"]
    assert field(entry, "year") == str(paper["year"])
    assert field(entry, "booktitle") == paper["collection-title"]
    assert paper["url"] == f"https://arxiv.org/abs/{field(entry, 'eprint')}"
    names = [f"{author['family-names']}, {author['given-names']}" for author in paper["authors"]]
    assert field(entry, "author") == " and ".join(names)


def test_citation_and_metadata_agree():
    assert CITATION["license"] == PROJECT["license"]
    assert CITATION["keywords"] == PROJECT["keywords"]
    assert [author["name"] for author in CITATION["authors"]] == [author["name"] for author in PROJECT["authors"]]
    assert "version" in PROJECT["dynamic"]


def test_the_changelog_begins_with_this_version():
    """A heading for each release with its day; that of the version in work says `unreleased`."""
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - (\d{4}-\d\d-\d\d|unreleased)", heading) for heading in headings)
    assert headings[0].startswith(f"{__version__} - ")
    assert [heading for heading in headings[1:] if heading.endswith("unreleased")] == []


def test_a_tagged_commit_has_the_version_of_its_tag():
    """`v1.2.3`; nothing to compare without git, or on a commit without a tag."""
    said = subprocess.run(["git", "tag", "--points-at", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    tags = {tag for tag in said.stdout.split() if re.fullmatch(r"v\d.*", tag)}
    assert tags <= {f"v{__version__}"}

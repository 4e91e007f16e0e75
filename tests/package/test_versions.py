"""The versions with which this one is tested are among those that `pyproject.toml` allows."""

import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.processes import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pinned() -> dict[str, str]:
    """Versions of constraints.txt by name."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / "constraints.txt").read_text().splitlines())
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def required() -> list[Requirement]:
    extras = [text for texts in PROJECT["optional-dependencies"].values() for text in texts]
    return [Requirement(text) for text in (*PROJECT["dependencies"], *extras) if not text.startswith(PROJECT["name"])]


def test_every_dependency_is_pinned_to_a_version_that_is_allowed():
    versions = pinned()
    missing = {str(of) for of in required() if canonicalize_name(of.name) not in versions}
    assert missing == set()
    assert [str(of) for of in required() if versions[canonicalize_name(of.name)] not in of.specifier] == []


def test_every_dependency_of_users_says_its_lowest_version():
    """Which `make test-package` installs."""
    for text in PROJECT["dependencies"]:
        assert [one.operator for one in Requirement(text).specifier] == [">="], text

"""Versions of Python, of this package and of what it needs."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import crossbar_nsm
from crossbar_nsm.cli.doctor.part import Finding, Part

NAME = "crossbar-nsm"


def versions() -> Part:
    """By the metadata of what is installed; nothing of it is imported."""
    found: dict[str, str | None] = {}
    findings = []
    for requirement in _requirements():
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        try:
            installed = found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
            findings.append(Finding(f"{name} is not installed; pip install '{requirement}'", broken=True))
            continue
        if not _fits(requirement, installed):
            fix = f"pip install --upgrade '{requirement}'"
            findings.append(Finding(f"{name} {installed} is older than this version needs; {fix}", broken=True))
    facts = {
        NAME: f"{crossbar_nsm.__version__} in {Path(crossbar_nsm.__file__).parent}",
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "platform": platform.platform(),
        "processor": platform.machine(),
        **found,
    }
    return Part("Versions", facts, findings)


def _requirements() -> list[str]:
    """Of the installed package, those of extras left out; none where it runs from its source, not installed."""
    try:
        given = requires(NAME) or []
    except PackageNotFoundError:
        given = []
    return [one.partition(";")[0].strip() for one in given if "extra ==" not in one]


def _fits(requirement: str, installed: str) -> bool:
    from packaging.requirements import Requirement  # comes with matplotlib

    return Requirement(requirement).specifier.contains(installed, prereleases=True)

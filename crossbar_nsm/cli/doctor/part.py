"""A part of what the doctor finds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finding:
    """What is not as it should be, and the fix; broken: something does not work, and is not only slow or missing."""

    text: str
    broken: bool = False


@dataclass(frozen=True)
class Part:
    """facts: by what they are called; a list is several lines, None is shown as `-`."""

    title: str
    facts: Mapping[str, Any]
    findings: list[Finding] = field(default_factory=list)


def without_home(value: Any) -> Any:
    """Text, paths, lists and mappings with the user's home folder as ~: its name may be a person's."""
    if isinstance(value, Mapping):
        return {key: without_home(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [without_home(entry) for entry in value]
    if isinstance(value, (str, Path)):
        text, home = str(value), str(Path.home())
        return text if home == "/" else re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text)
    return value

"""Commands of any words: exit codes 0, 1 and 2, never a traceback, a word for each refusal, and no line in another's
name."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import Any

from device_models.errors import ConfigError
from support.cli import captured


@dataclass(frozen=True)
class Said:
    """What a command has printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Of --json."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        return self.out + self.err


def said(*arguments: Any) -> Said:
    """What a command says, warnings included."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        found = Said(*captured(*map(str, arguments)))
    assert found.code in (0, 1, 2), found
    assert "Traceback" not in found.words, found.words
    assert "\x1b" not in found.words, found.words
    if found.code:
        assert found.words.strip(), "refused without a word"
    return found


def called(*arguments: Any) -> Said:
    """The same; raises ConfigError with what a refusal says."""
    found = said(*arguments)
    if found.code:
        lines = [line for line in found.err.splitlines() if line.startswith("error: ")]
        raise ConfigError(lines or "usage")
    return found

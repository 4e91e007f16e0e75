"""What a check of the self-test says."""

from __future__ import annotations

from dataclasses import dataclass

SIGMAS = 5.0


@dataclass(frozen=True)
class CheckResult:
    name: str
    measured: str
    allowed: str
    passed: bool

"""The table of the self-test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crossbar_nsm.report.tables.terminal import TextTable, make_table

if TYPE_CHECKING:
    from crossbar_nsm.experiment.check import CheckResult


def checks_table(results: Sequence[CheckResult]) -> TextTable:
    """The self-test: what was measured, what is allowed, pass or fail."""
    lines = [[result.name, result.measured, result.allowed, "pass" if result.passed else "FAIL"] for result in results]
    passed = sum(result.passed for result in results)
    caption = "measured: off the exact value or law; sigma: standard errors"
    columns = ["check", "measured", "allowed", ""]
    return make_table(f"self-test: {passed} of {len(results)} passed", columns, lines, caption)

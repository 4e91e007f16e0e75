"""Results are ratios (see `test_speed`), and name neither machine nor commit."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    machine_info.clear()


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_commit_info(commit_info: dict[str, Any]) -> None:
    commit_info.clear()


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_scale_unit() -> tuple[str, float]:
    return "reference", 1.0  # an s is appended

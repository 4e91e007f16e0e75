"""Variables of the environment that numba, OpenMP and others read: what they cannot use ends there in a traceback, in a
crash of the process, or in nothing but a line that nobody asked for. So they are looked at before numba is imported."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from itertools import permutations

from device_models.errors import ProcessError, quoted
from device_models.imports import check_variable

LAYERS = ("tbb", "omp", "workqueue")
ORDERS = {" ".join(order) for order in permutations(LAYERS)}
MOST_THREADS = 1024  # numba starts all of them, and crashes with a million
_COUNT = "a whole number from 1"

RULES: dict[str, tuple[Callable[[str], bool], str]] = {
    "NUMBA_NUM_THREADS": (lambda given: _whole(given) and int(given) <= MOST_THREADS, f"{_COUNT} to {MOST_THREADS}"),
    "NUMBA_THREADING_LAYER": (
        lambda given: given in ("default", "safe", "threadsafe", "forksafe", *LAYERS),
        f"default or {' or '.join(LAYERS)}",
    ),
    "NUMBA_THREADING_LAYER_PRIORITY": (lambda given: given in ORDERS, f"{' '.join(LAYERS)}, in any order"),
    "NUMBA_DISABLE_JIT": (lambda given: given in ("", "0"), "0, as kernels are nothing until they are compiled"),
    "NUMBA_CPU_FEATURES": (
        lambda given: re.fullmatch(r"([+-][\w.-]+(,|$))*", given) is not None, "names with + or - in front, and commas",
    ),
    "OMP_NUM_THREADS": (lambda given: all(map(_whole, given.split(","))), f"{_COUNT}, or several with commas"),
    "GOMP_CPU_AFFINITY": (
        lambda given: re.fullmatch(r"[0-9\s,:-]+", given) is not None, "numbers of cores, such as 0-3",
    ),
    "POLARS_MAX_THREADS": (lambda given: _whole(given), _COUNT),
    "LOKY_MAX_CPU_COUNT": (lambda given: _whole(given), _COUNT),
}  # fmt: skip


def check_environment() -> None:
    """Raises ProcessError, naming variable and fix, for one that a library cannot use."""
    for name, (fits, expected) in RULES.items():
        given = os.environ.get(name)
        if given is not None and not fits(given):
            raise ProcessError(f"{name}={quoted(given)[1:-1]} in the environment: expected {expected}; unset it")
    check_variable("TORCH_LOGS", "torch")


def _whole(text: str) -> bool:
    """Whether `text` is a whole number from 1."""
    return re.fullmatch(r"\s*0*[1-9][0-9]{0,9}\s*", text, re.ASCII) is not None

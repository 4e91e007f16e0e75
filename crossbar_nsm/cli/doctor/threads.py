"""Cores, and variables of the environment that say how they are used."""

from __future__ import annotations

import os

from crossbar_nsm.cli.doctor.part import Finding, Part
from device_models.errors import ProcessError

DO = {
    "NUMBA_NUM_THREADS": "the most threads that kernels may use",
    "NUMBA_THREADING_LAYER": "which library starts the kernels' threads",
    "NUMBA_THREADING_LAYER_PRIORITY": "which of these libraries is tried first",
    "NUMBA_DISABLE_JIT": "whether kernels are compiled",
    "NUMBA_CPU_FEATURES": "instructions that kernels are compiled for",
    "NUMBA_CPU_NAME": "the processor that kernels are compiled for",
    "OMP_NUM_THREADS": "threads of torch and of products of matrices",
    "OPENBLAS_NUM_THREADS": "threads of numpy's products",
    "MKL_NUM_THREADS": "threads of products of libraries built with MKL",
    "OMP_WAIT_POLICY": "whether threads that wait sleep (passive) or hold their core (active)",
    "GOMP_SPINCOUNT": "how long a thread that waits holds its core; 10000 unless it is set",
    "GOMP_CPU_AFFINITY": "cores that threads are bound to",
    "LOKY_MAX_CPU_COUNT": "cores that a sweep takes at most",
    "POLARS_MAX_THREADS": "threads of tables",
}


def threads() -> Part:
    """Loads neither torch nor numba, which may end at what is found here."""
    findings = []
    try:
        from crossbar_nsm.engine.environment import check_environment  # refuses it in the same way when it is loaded

        check_environment()
    except ProcessError as error:
        findings.append(Finding(str(error), broken=True))
    names = sorted(DO.keys() & os.environ.keys())
    facts = {
        "cores of this machine": os.cpu_count(),
        "cores of this process": _own_cores(),
        "variables": [f"{name}={os.environ[name]}: {DO[name]}" for name in names]
        or "none that concerns threads is set",
    }
    return Part("Threads", facts, findings)


def _own_cores() -> int:
    """By affinity and container."""
    from loky import cpu_count

    return int(cpu_count())

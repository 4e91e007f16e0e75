"""A trial on its way to another process: plain data out, a result or the reason of a failure back."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crossbar_nsm.experiment.config import ExperimentConfig
from crossbar_nsm.experiment.study import in_place
from crossbar_nsm.experiment.trial import Trial, TrialFailure, TrialResult, What, run_trial
from device_models.errors import CrossbarError
from device_models.laws import law_files, load_laws

Outcome = TrialResult | TrialFailure


@dataclass(frozen=True)
class Task:
    """laws: the files of users' laws, which are loaded first. threads: what numba and BLAS may use (None: as it is)."""

    config: dict[str, Any]
    what: What
    chip: int
    laws: tuple[str, ...]
    threads: int | None

    @classmethod
    def of(cls, trial: Trial, threads: int | None = None) -> Task:
        laws = tuple(str(path) for path in law_files())
        return cls(in_place(trial.config).model_dump(), trial.what, trial.chip, laws, threads)


def run_task(task: Task) -> Outcome:
    """Run a trial; whatever goes wrong in it is its outcome."""
    try:
        if task.threads is not None:
            _use_threads(task.threads)
        _load_laws(task.laws)
        return run_trial(Trial(ExperimentConfig.model_validate(task.config), task.what, task.chip))
    except CrossbarError as error:
        return TrialFailure("; ".join(str(error).splitlines()))
    except Exception as error:
        return TrialFailure(f"{type(error).__name__}: {' '.join(str(error).split())}", traceback.format_exc())


@lru_cache(maxsize=1)
def _use_threads(threads: int) -> None:
    import numba
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(threads)
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
    threadpool_limits(threads)


@lru_cache(maxsize=1)
def _load_laws(paths: tuple[str, ...]) -> None:
    for path in paths:
        load_laws(path)

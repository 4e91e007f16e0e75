"""A trial on its way to another process: plain data out, a result or the reason of a failure back."""

from __future__ import annotations

import platform
import traceback
import warnings
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from crossbar_nsm.datasets.catalogue import check_name
from crossbar_nsm.engine.threads import use_threads
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.file_digest import file_digest
from crossbar_nsm.experiment.studies.study import in_place
from crossbar_nsm.experiment.studies.trial import Trial, What
from crossbar_nsm.experiment.studies.trial_result import TrialFailure, TrialResult
from crossbar_nsm.nsm.bundled import find_checkpoint
from device_models.errors import CrossbarError
from device_models.files.archives import is_npz
from device_models.laws import law_files, load_laws

Outcome = TrialResult | TrialFailure
Outcomes = Generator[tuple[Trial, Outcome], None, None]  # what an executor gives, as trials end


@dataclass(frozen=True)
class Task:
    """laws: the files of users' laws, which are loaded first. digests: of the files that the trial reads, by name: they
    must be the same where it runs. threads: what numba and BLAS may use (None: as it is)."""

    config: dict[str, Any]
    what: What
    chip: int
    laws: tuple[str, ...]
    digests: dict[str, str]
    threads: int | None

    @classmethod
    def of(cls, trial: Trial, threads: int | None = None) -> Task:
        laws = tuple(str(path) for path in law_files())
        config = in_place(trial.config)
        digests = {name: file_digest(path) for name, path in _files(config, laws).items()}
        return cls(config.model_dump(), trial.what, trial.chip, laws, digests, threads)


def run_task(task: Task) -> Outcome:
    """Run a trial; whatever goes wrong in it is its outcome. Loads torch."""
    from crossbar_nsm.experiment.evaluate import run_trial

    try:
        if task.threads is not None:
            use_threads(task.threads)
        _load_laws(task.laws, tuple(task.digests.get(path) for path in task.laws))
        config = ExperimentConfig.model_validate(task.config)
        for name, path in _files(config, task.laws).items():
            if file_digest(path) != task.digests[name]:
                raise CrossbarError(f"{path}: on {platform.node()} this is another file than where the sweep started")
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", UserWarning)
            result = run_trial(Trial(config, task.what, task.chip))
        return replace(result, warnings=_texts(said))
    except CrossbarError as error:
        return TrialFailure("; ".join(str(error).splitlines()))
    except Exception as error:
        return TrialFailure(f"{type(error).__name__}: {' '.join(str(error).split())}", traceback.format_exc())


def _texts(said: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """Warnings to a user, which travel with the result, each once; others are passed on."""
    for one in said:
        if not issubclass(one.category, UserWarning):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    return tuple(dict.fromkeys(str(one.message) for one in said if issubclass(one.category, UserWarning)))


def _files(config: ExperimentConfig, laws: tuple[str, ...]) -> dict[str, Path]:
    """Files that a trial reads, by name; without the data folder, whose files are many and well known."""
    files = {path: Path(path) for path in laws} | {config.checkpoint: find_checkpoint(config.checkpoint)}
    for name in (config.dataset.name, config.calibration_images or ""):
        if is_npz(name):
            check_name(name)
            files[name] = Path(name)
    if config.array.conductances is not None:
        files[config.array.conductances] = Path(config.array.conductances)
    return files


@lru_cache(maxsize=1)
def _load_laws(paths: tuple[str, ...], _digests: tuple[str | None, ...]) -> None:
    """Once for every content of the files: a worker of a cluster lives longer than that of a file."""
    for path in paths:
        load_laws(path)

"""The files of a study's trials: a result each, or why it has none."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from crossbar_nsm.experiment.studies.folder.agreement import misfits
from crossbar_nsm.experiment.studies.folder.manifest import now
from crossbar_nsm.experiment.studies.folder.trial_file import read_trial, write_trial
from crossbar_nsm.experiment.studies.study import Study
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialFailure, TrialResult
from device_models.errors import RecordError
from device_models.files.reading import read_bytes
from device_models.files.writing import write_text

MOST_LETTERS = 450  # of what a file says is wrong
MOST_FAILURE_BYTES = 2**20


class TrialFiles:
    """Those in the folder at `path`, `<key>.npz` and `<key>.failed.json`."""

    def __init__(self, path: Path):
        self.path = path
        self._unfit: set[str] = set()

    def finished(self, study: Study) -> int:
        """How many trials of a study have a file that may hold their result."""
        with suppress(OSError):
            keys = {trial.key for trial in study.trials} - self._unfit
            return sum(self._trial_path(key).exists() for key in keys)
        return 0

    def result(self, key: str) -> TrialResult | None:
        """The result of a trial, if it has one that can be read, and `results` has not found that it does not fit."""
        return None if key in self._unfit else read_trial(self._trial_path(key))

    def results(self, trials: Mapping[str, Trial]) -> dict[str, TrialResult]:
        """Results of the trials of a study, by key; what cannot be read, or does not fit the study or the others, is
        warned of and counts as not run."""
        read = {key: read_trial(self._trial_path(key)) for key in trials}
        readable = {key: result for key, result in read.items() if result is not None}
        misfit = misfits(trials, readable)
        for key, why in misfit.items():
            path = self._trial_path(key)
            warnings.warn(f"{path}: does not fit its study, its trial counts as not run ({why})", stacklevel=2)
        self._unfit = set(misfit)
        return {key: result for key, result in readable.items() if key not in misfit}

    def failure(self, key: str) -> str | None:
        """Why a trial failed when it ran last, if it did."""
        try:
            path = self._failure_path(key)
            record = json.loads(read_bytes(path, RecordError, MOST_FAILURE_BYTES))
            return str(record["error"])[:MOST_LETTERS]
        except (RecordError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def store(self, trial: Trial, outcome: TrialResult | TrialFailure) -> None:
        """Keep the outcome of a trial. Raises FileError when it cannot be written."""
        if isinstance(outcome, TrialFailure):
            text = json.dumps(asdict(outcome) | {"ended": now()}, indent=1)
            write_text(self._failure_path(trial.key), text, owned=True)
        else:
            write_trial(self._trial_path(trial.key), outcome)
            self._unfit.discard(trial.key)
            self._failure_path(trial.key).unlink(missing_ok=True)

    def _trial_path(self, key: str) -> Path:
        return self.path / f"{key}.npz"

    def _failure_path(self, key: str) -> Path:
        return self.path / f"{key}.failed.json"

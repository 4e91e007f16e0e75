"""The folder of a sweep.

config.yaml: the resolved configuration; manifest.json: points (settings as they were swept, and what they change in
config.yaml, so that files and presets that settings name are not asked again), trials, versions, hosts and times;
results.parquet: the table, once every trial has ended; trials/<key>.npz: the result of a trial, named after all it
depends on, written as a whole or not at all; trials/<key>.failed.json: why a trial has none.

A sweep that was stopped finds what it finished; trials that failed are run again. A folder belongs to one study: the
same one, or one that has all of its trials and more, goes on in it, another one is refused, and so is a folder in which
other files are.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.studies.folder.agreement import strangers
from crossbar_nsm.experiment.studies.folder.assembly import assembled, trials_of
from crossbar_nsm.experiment.studies.folder.manifest import VERSION, Manifest, now
from crossbar_nsm.experiment.studies.folder.results_place import (
    CONFIG,
    KIND,
    MANIFEST,
    RESULTS,
    TRIALS,
    check_names,
    check_place,
)
from crossbar_nsm.experiment.studies.folder.study_manifest import manifest_of, with_changes
from crossbar_nsm.experiment.studies.folder.trial_files import MOST_LETTERS, TrialFiles
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.study import Study, in_place
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialResult
from device_models.checks.arguments import a_path, checked
from device_models.errors import ConfigError, CrossbarError, RecordError, explained_by
from device_models.files.document import Document, load_document
from device_models.files.records import format_of, read_record, write_record
from device_models.files.signs import sealed, sign
from device_models.files.writing import locked, make_folder, output_path, remove_leftovers, write_text
from device_models.laws import law_files

FORM = 4
FORMAT = sign(KIND, FORM)


class ResultsFolder:
    """The folder at `path`, which need not exist yet."""

    def __init__(self, path: str | Path):
        self.path = output_path(path)
        self.trials = TrialFiles(self.path / TRIALS)

    def claim(self, study: Study, where: str, replace: bool = False) -> None:
        """Make this the folder of `study`, or go on in it. where: see `manifest.session`; replace: take it over from
        another study, whose trials stay. Raises FileError when it cannot be written or holds other files,
        CrossbarError when it is of another version or belongs to another study."""
        check_place(self.path)
        make_folder(self.path)
        with locked(self.path, wait=True):
            make_folder(self.trials.path)
            for folder in (self.path, self.trials.path):
                remove_leftovers(folder)
            old = self._old_manifest(study, replace)
            check_names(self.path)
            document = in_place(study.config).model_dump(mode="json")
            config = sealed(f"# {FORMAT}\n" + yaml.safe_dump(document, sort_keys=False))
            manifest = manifest_of(study, document, _digest(config), old, where)
            _warn_of_another_commit(self.path, manifest["sessions"])
            self._write_manifest(manifest)  # first: from now on the folder is that of a study
            write_text(self._config_path, config)

    def _old_manifest(self, study: Study, replace: bool) -> Manifest | None:
        """What the manifest says so far; None without one."""
        if not self._manifest_path.exists():
            return None
        try:
            old = self._manifest()
        except CrossbarError as error:
            if replace:
                return None
            raise CrossbarError(f"{error}; --replace writes a new one (finished trials stay)") from None
        if not replace:
            self._check_owner(old, {trial.key for trial in study.trials})
        return old

    def _check_owner(self, old: Manifest, keys: set[str]) -> None:
        if old.crossbar_nsm != VERSION:
            raise CrossbarError(
                f"{self.path}: holds results of crossbar-nsm {old.crossbar_nsm}, this is {VERSION}; take another "
                "--out, or that version"
            )
        gone = [key for key in old.keys if key not in keys]
        if gone:
            raise CrossbarError(
                f"{self.path}: belongs to another study ({len(gone)} of its {len(old.keys)} trials are not in "
                "this one); take another --out, or --replace it (finished trials stay)"
            )

    def check_still_of(self, study: Study) -> None:
        """Raises CrossbarError when another sweep has replaced the study of this folder."""
        if {trial.key for trial in study.trials} - set(self._manifest().keys):
            raise CrossbarError(
                f"{self.path}: another sweep has replaced this study meanwhile; finished trials are kept, the same "
                "command with --replace goes on"
            )

    def load(self) -> Results:
        """What the folder holds. Raises CrossbarError when it is no results folder, or one of another version."""
        return self._load(self._manifest())[0]

    def _load(self, manifest: Manifest) -> tuple[Results, dict[str, TrialResult]]:
        """The results of the study, and of its trials by key."""
        unread = [path for path in manifest.laws if Path(path) not in law_files()]
        try:
            document = self._document(manifest)
            base = self._changed(document, [])
            configs = [self._changed(document, entry.changes) for entry in manifest.points]
        except ConfigError as error:
            mistakes = [line[:MOST_LETTERS] for line in error.mistakes]
            if unread:
                laws = f"{self.path}: it may need the laws of {', '.join(unread)}"[:MOST_LETTERS]
                mistakes.append(f"{laws}: read them with --laws FILE.py")
            raise ConfigError(mistakes) from None
        trials = trials_of(manifest, base, configs)
        by_key = self.trials.results(trials)
        self._check_images(trials, by_key)
        failures = {key: self.trials.failure(key) for key in manifest.keys if key not in by_key}
        failed = {key: why for key, why in failures.items() if why is not None}
        config = base.model_copy(update={"sweep": document.data.get("sweep", {})})
        return assembled(manifest, config, configs, by_key, failed), by_key

    def finish(self) -> Results:
        """Write the table, and into the manifest when and where every trial ran."""
        from crossbar_nsm.experiment.studies.folder.parquet import write_parquet

        with locked(self.path, wait=True):
            manifest = self._manifest()
            results, by_key = self._load(manifest)
            write_parquet(self.path / RESULTS, results.table())
            trials = {key: self._run_of(key, by_key.get(key)) for key in manifest.keys}
            self._write_manifest(results.manifest | {"finished": now(), "trials": trials})
        return results

    def _run_of(self, key: str, result: TrialResult | None) -> dict[str, Any]:
        if result is None:
            return {"failed": self.trials.failure(key)}
        return {"host": result.host, "started": result.started, "seconds": result.seconds}

    def _document(self, manifest: Manifest) -> Document:
        """config.yaml, which must be what the manifest was written for."""
        document = load_document(self._config_path)
        if _digest(self._config_path.read_text(encoding="utf-8")) != manifest.config:
            raise CrossbarError(
                f"{self._config_path}: is not what `sweep` wrote, edited perhaps; results belong to the configuration "
                "that they were made with: run the same sweep again, which writes it anew"
            )
        return document

    def _check_images(self, trials: Mapping[str, Trial], results: Mapping[str, TrialResult]) -> None:
        """Raises CrossbarError where results that are compared image by image have seen different images: trials are
        named after their data set, not after what the data folder had under that name."""
        if odd := strangers(trials, results):
            some = ", ".join(odd[:2]) + (", ..." if len(odd) > 2 else "")
            raise CrossbarError(
                f"{self.path}: some of its trials have seen other images than those they are compared with ({some}): "
                "the data set in the data folder (dataset.root, --data) was another one; take another --out"
            )

    def _changed(self, document: Document, changes: list[Any]) -> ExperimentConfig:
        """config.yaml without its sweep, with the changes of a point."""
        try:
            data = with_changes(document.data, changes)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise CrossbarError(f"{self._manifest_path}: damaged ({type(error).__name__}: {error})") from None
        return resolve(Document(data, document.where))

    def _manifest(self) -> Manifest:
        if not self._manifest_path.exists():
            raise RecordError(f"{self.path}: no results folder (it has no manifest.json); `sweep` makes one").see(
                "run_a_study"
            )
        given = format_of(self._manifest_path)
        if given is not None and given != FORMAT:
            raise RecordError(
                f"{self.path}: holds {given!r}, this version reads {FORMAT!r}; use the version of crossbar-nsm that "
                "wrote it, or another folder"
            )
        return read_record(self._manifest_path, KIND, FORM, Manifest)

    def _write_manifest(self, manifest: dict[str, Any]) -> None:
        write_record(self._manifest_path, KIND, FORM, manifest, owned=True)

    @property
    def _config_path(self) -> Path:
        return self.path / CONFIG

    @property
    def _manifest_path(self) -> Path:
        return self.path / MANIFEST


@explained_by("run_a_study")
@checked(folder=a_path)
def load_results(folder: str | Path) -> Results:
    """What a sweep has left in its folder, finished or not. Raises CrossbarError when there is nothing to read."""
    return ResultsFolder(folder).load()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _warn_of_another_commit(folder: Path, sessions: list[dict[str, Any]]) -> None:
    """The version of the package names trials; within one version, results of two commits may differ."""
    last, this = ([None, None] + [session.get("commit") for session in sessions])[-2:]
    if last and this and last != this:
        warnings.warn(
            f"{folder}: trials so far ran at commit {last[:12]}, this is {this[:12]}; take another --out where results "
            "may differ",
            stacklevel=2,
        )

"""The folder of a sweep.

config.yaml: the resolved configuration; manifest.json: points, trials, versions, hosts and times; results.parquet: the
table, once every trial has ended; trials/<key>.npz: the result of a trial, named after all it depends on, written as a
whole or not at all; trials/<key>.failed.json: why a trial has none.

A sweep that was stopped finds what it finished; trials that failed are run again. A folder belongs to one study: the
same one, or one that has all of its trials and more, goes on in it, another one is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from crossbar_nsm.experiment.config import at_point, resolve
from crossbar_nsm.experiment.manifest import VERSION, now, session
from crossbar_nsm.experiment.results import PointResults, Results
from crossbar_nsm.experiment.study import Point, Study, in_place
from crossbar_nsm.experiment.trial import Trial, TrialFailure, TrialResult
from crossbar_nsm.experiment.trial_file import read_trial, write_trial
from device_models.document import load_document
from device_models.errors import CrossbarError
from device_models.files import check_folder, locked, write_text

FORMAT = "crossbar-nsm results 1"


class ResultsFolder:
    """The folder at `path`, which need not exist yet."""

    def __init__(self, path: str | Path):
        self.path = Path(path)

    def claim(self, study: Study, where: str, replace: bool = False) -> None:
        """Make this the folder of `study`, or go on in it. where: see `manifest.session`; replace: take it over from
        another study, whose trials stay. Raises CrossbarError when it cannot be written, is of another version, or
        belongs to another study."""
        check_folder(self.path / "trials")
        with locked(self.path, wait=True):
            old = self._manifest() if self._manifest_path.exists() else {}
            if old and not replace:
                self._check_owner(old, {trial.key for trial in study.trials})
            manifest = {
                "format": FORMAT,
                "crossbar_nsm": VERSION,
                "created": old.get("created", now()),
                "seeds": sorted({trial.config.evaluation.seed for trial in study.trials}),
                "ideal": {name: trial.key for name, trial in study.ideal.items()},
                "points": [_point_entry(point) for point in study.points],
                "sessions": [*old.get("sessions", []), session(where)],
            }
            document = in_place(study.config).model_dump(mode="json")
            write_text(self.path / "config.yaml", yaml.safe_dump(document, sort_keys=False))
            self._write_manifest(manifest)

    def _check_owner(self, old: dict[str, Any], keys: set[str]) -> None:
        if old["crossbar_nsm"] != VERSION:
            raise CrossbarError(
                f"{self.path}: holds results of crossbar-nsm {old['crossbar_nsm']}, this is {VERSION}; take another "
                "--out, or that version"
            )
        gone = [key for key in _keys(old) if key not in keys]
        if gone:
            raise CrossbarError(
                f"{self.path}: belongs to another study ({len(gone)} of its {len(list(_keys(old)))} trials are not in "
                "this one); take another --out, or --replace it (finished trials stay)"
            )

    def result(self, key: str) -> TrialResult | None:
        """The result of a trial, if it has one that can be read."""
        return read_trial(self._trial_path(key))

    def failure(self, key: str) -> str | None:
        """Why a trial failed when it ran last, if it did."""
        try:
            return str(json.loads(self._failure_path(key).read_text(encoding="utf-8"))["error"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def store(self, trial: Trial, outcome: TrialResult | TrialFailure) -> None:
        """Keep the outcome of a trial. Raises CrossbarError when it cannot be written."""
        if isinstance(outcome, TrialFailure):
            write_text(self._failure_path(trial.key), json.dumps(asdict(outcome) | {"ended": now()}, indent=1))
        else:
            write_trial(self._trial_path(trial.key), outcome)
            self._failure_path(trial.key).unlink(missing_ok=True)

    def load(self) -> Results:
        """What the folder holds. Raises CrossbarError when it is no results folder, or one of another version."""
        manifest = self._manifest()
        document = load_document(self.path / "config.yaml")
        config = resolve(document)
        found = {key: self.result(key) for key in _keys(manifest)}
        results = {key: result for key, result in found.items() if result is not None}
        failed = {key: error for key in found.keys() - results.keys() if (error := self.failure(key)) is not None}
        points = []
        for entry in manifest["points"]:
            chips = dict(enumerate(entry["chips"]))
            points.append(
                PointResults(
                    settings=entry["settings"],
                    config=at_point(document, entry["settings"]),
                    chips={chip: results[key] for chip, key in chips.items() if key in results},
                    failures={chip: failed[key] for chip, key in chips.items() if key in failed},
                    reference=results.get(entry["reference"]),
                )
            )
        ideal = {name: results[key] for name, key in manifest["ideal"].items() if key in results}
        return Results(config, points, ideal, manifest, missing=len(found) - len(results) - len(failed))

    def finish(self) -> Results:
        """Write the table, and into the manifest when and where every trial ran."""
        from crossbar_nsm.experiment.results_table import write_parquet

        with locked(self.path, wait=True):
            results = self.load()
            write_parquet(self.path / "results.parquet", results.table())
            trials = {key: self._run_of(key) for key in _keys(results.manifest)}
            self._write_manifest(results.manifest | {"finished": now(), "trials": trials})
        return results

    def _run_of(self, key: str) -> dict[str, Any]:
        result = self.result(key)
        if result is None:
            return {"failed": self.failure(key)}
        return {"host": result.host, "started": result.started, "seconds": result.seconds}

    def _manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads(self._manifest_path.read_text(encoding="utf-8"))
            given = manifest["format"]
        except FileNotFoundError:
            raise CrossbarError(
                f"{self.path}: no results folder (it has no manifest.json); `sweep` makes one"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CrossbarError(f"{self._manifest_path}: cannot be read ({error})") from None
        if given != FORMAT:
            raise CrossbarError(
                f"{self.path}: holds {given!r}, this version reads {FORMAT!r}; use the version of crossbar-nsm that "
                f"wrote it ({manifest.get('crossbar_nsm', 'unknown')}), or another folder"
            )
        return dict(manifest)

    def _write_manifest(self, manifest: dict[str, Any]) -> None:
        write_text(self._manifest_path, json.dumps(manifest, indent=1))

    @property
    def _manifest_path(self) -> Path:
        return self.path / "manifest.json"

    def _trial_path(self, key: str) -> Path:
        return self.path / "trials" / f"{key}.npz"

    def _failure_path(self, key: str) -> Path:
        return self.path / "trials" / f"{key}.failed.json"


def load_results(folder: str | Path) -> Results:
    """What a sweep has left in its folder, finished or not. Raises CrossbarError when there is nothing to read."""
    return ResultsFolder(folder).load()


def _point_entry(point: Point) -> dict[str, Any]:
    chips = [trial.key for trial in point.chips]
    return {"name": point.name, "settings": point.settings, "reference": point.reference.key, "chips": chips}


def _keys(manifest: dict[str, Any]) -> Iterator[str]:
    """Every trial of a manifest once."""
    keys = [*manifest["ideal"].values()]
    for point in manifest["points"]:
        keys += [point["reference"], *point["chips"]]
    yield from dict.fromkeys(keys)

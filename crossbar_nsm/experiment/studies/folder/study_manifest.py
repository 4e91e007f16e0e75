"""What is written of a study: its trials, and what each of its points changes in the configuration."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from crossbar_nsm.experiment.studies.folder.manifest import VERSION, Manifest, now, session
from crossbar_nsm.experiment.studies.study import Point, Study, in_place
from crossbar_nsm.experiment.user_files import user_files
from device_models.files.document import Path_


def manifest_of(
    study: Study, document: dict[str, Any], digest: str, old: Manifest | None, where: str
) -> dict[str, Any]:
    """document: the configuration of the study, as config.yaml has it, and digest: of that file. old: what the manifest
    said before (None: nothing); where: see `session`."""
    sessions = [] if old is None else [one.model_dump() for one in old.sessions]
    return {
        "crossbar_nsm": VERSION,
        "config": digest,
        "created": now() if old is None else old.created,
        "seeds": sorted({trial.config.evaluation.seed for trial in study.trials}),
        "ideal": {name: trial.key for name, trial in study.ideal.items()},
        "points": [_point_entry(point, document) for point in study.points],
        "laws": sorted({str(path) for point in study.points for path in user_files(point.config)}),
        "sessions": [*sessions, session(where)],
    }


def _point_entry(point: Point, base: dict[str, Any]) -> dict[str, Any]:
    chips = [trial.key for trial in point.chips]
    changes = list(_changes(base | {"sweep": {}}, in_place(point.config).model_dump(mode="json")))
    ours = {"name": point.name, "settings": point.settings, "changes": changes}
    return ours | {"reference": point.reference.key, "chips": chips}


def _changes(before: dict[str, Any], after: dict[str, Any], path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Where two configurations of the same keys differ, and what is there in the second."""
    for key, value in after.items():
        here, old = (*path, key), before[key]
        if isinstance(value, dict) and isinstance(old, dict) and value.keys() == old.keys():
            yield from _changes(old, value, here)
        elif value != old:
            yield here, value


def with_changes(config: dict[str, Any], changes: list[Any]) -> dict[str, Any]:
    """The configuration of a point: `config` without its sweep, with the changes of the point. Raises KeyError,
    IndexError, TypeError or ValueError where it lacks what they change."""
    data = {**copy.deepcopy(config), "sweep": {}}
    for path, value in changes:
        section = data
        for key in path[:-1]:
            section = section[key]
        section[path[-1]] = value
    return data

"""The look for settings without effect in a process of its own, which a user's law may end."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.settings_in_use.unused import Unused, unused_settings
from crossbar_nsm.experiment.studies.executors.processes import in_one_process
from device_models.files.document import Document
from device_models.laws import law_files, load_laws
from device_models.warning import warn


def unused_apart(document: Document, _config: ExperimentConfig, points: Sequence[dict[str, Any]]) -> list[Unused]:
    """As `unused_settings`; none, with a warning, when the process of the look dies."""
    try:
        return in_one_process(_unused, law_files(), document, points)
    except BrokenExecutor:
        files = ", ".join(map(str, law_files()))
        warn(f"settings without effect were not looked for: the process of the look died, in a law of {files} perhaps")
        return []


def _unused(laws: Sequence[Path], document: Document, points: Sequence[dict[str, Any]]) -> list[Unused]:
    for path in laws:
        load_laws(path)
    return list(unused_settings(document, resolve(document), points))

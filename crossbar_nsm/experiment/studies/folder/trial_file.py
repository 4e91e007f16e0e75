"""A trial's result as an .npz file: arrays by name, the rest as JSON text in the array `about`. Never pickled.

A file belongs to one trial, the one that it is named after, and says so itself; a digest over all that it holds tells
what was edited from what was computed.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.engine.sampling.prediction import Prediction, entropy
from crossbar_nsm.experiment.studies.folder.manifest import Key
from crossbar_nsm.experiment.studies.trial_result import LayerRecovery, TrialResult
from device_models.checks.arrays import SUM_TOLERANCE, checked_array, checked_probability
from device_models.errors import ConfigError
from device_models.files.digests import digest
from device_models.files.document import Document
from device_models.files.json_text import read_json
from device_models.files.reading import open_regular
from device_models.files.signs import npz_arrays, npz_bytes
from device_models.files.writing import write_bytes
from device_models.schema import NonNegative, Schema, validate

KIND = "trial"
MOST_SAMPLES = 1_000_000_000
FREE_BYTES = 2**25  # that any trial may unpack to: half a million images of ten classes
MOST_RATIO = 50  # of larger ones: what chips compute is noise, which packs to little less than its size


class About(Schema):
    """What is no array: see `TrialResult`. key: of the trial. layers: names of `recovery`. digest: over all else."""

    key: Key
    images_digest: str
    engine: str
    seconds: NonNegative
    host: str
    started: str
    layers: list[str]
    warnings: list[str]
    digest: str


OF_RESULT = ("images_digest", "engine", "seconds", "host", "started")


def write_trial(path: Path, result: TrialResult) -> None:
    """Write `path`, `<key of the trial>.npz`, as a whole or not at all. Raises FileError when that cannot be done."""
    arrays = {f"prediction.{field.name}": getattr(result.prediction, field.name) for field in fields(Prediction)}
    arrays |= {
        f"recovery.{index}.{name}": _short(values)
        for index, layer in enumerate(result.recovery.values())
        for name, values in layer.arrays.items()
    }
    arrays["labels"] = result.labels
    about = {name: getattr(result, name) for name in OF_RESULT}
    about |= {"key": path.stem, "layers": list(result.recovery), "warnings": list(result.warnings)}
    about["digest"] = digest([about, arrays])
    content = {"about": np.array(json.dumps(about)), **arrays}
    write_bytes(path, npz_bytes(KIND, content), owned=True)


def _short(values: np.ndarray) -> np.ndarray:
    """Numbers of single precision, which says what calibration recovered."""
    return values.astype(np.float32) if values.dtype.kind == "f" else values


def read_trial(path: Path) -> TrialResult | None:
    """The result in a file; None, with a warning, for one that is damaged (a disk may have lost its end), was edited or
    belongs to another trial. Raises FileError for one that may not be read."""
    if not path.exists():
        return None
    if path.is_file():
        open_regular(path).close()
    try:
        most = max(FREE_BYTES, MOST_RATIO * path.stat().st_size)
        return _result(path.stem, npz_arrays(path, KIND, most))
    except Exception as error:  # numpy and JSON have many ways of saying that something is not what it was
        why = " ".join(str(error).removeprefix(f"{path}: ").split())[:200] or type(error).__name__
        warnings.warn(f"{path}: damaged, its trial counts as not run ({why})", stacklevel=2)
        return None


def _result(key: str, arrays: dict[str, np.ndarray]) -> TrialResult:
    """Raises ValueError, KeyError or ConfigError for anything but a whole result of this trial."""
    told = read_json(str(arrays.pop("about")))
    about = _about(told)
    if about.key != key:
        raise ValueError(f"it is the result of another trial, {about.key}")
    if told.pop("digest") != digest([told, arrays]):
        raise ValueError("it is not what this program wrote, edited perhaps")
    if len(set(about.layers)) < len(about.layers):
        raise ValueError("two of its layers have the same name")
    prediction = _prediction(arrays)
    images, classes = prediction.probability.shape
    return TrialResult(
        prediction,
        checked_array("labels", arrays["labels"], "iu", (images,), 0, classes - 1),
        recovery={name: _recovery(arrays, f"recovery.{index}") for index, name in enumerate(about.layers)},
        warnings=tuple(about.warnings),
        **{name: getattr(about, name) for name in OF_RESULT},
    )


def _about(about: Any) -> About:
    try:
        return validate(About, Document(about, {(): "about"}))
    except ConfigError as error:
        raise ValueError(error.mistakes[0]) from None


def _prediction(arrays: Mapping[str, np.ndarray]) -> Prediction:
    def part(name: str, kind: str, shape: tuple[int | None, ...], low: float, high: float) -> np.ndarray:
        return checked_array(name, arrays[f"prediction.{name}"], kind, shape, low, high)

    probability = checked_probability("probability", arrays["prediction.probability"])
    images, classes = probability.shape
    most = math.log(classes) + SUM_TOLERANCE
    pass_entropy = part("pass_entropy", "f", (images,), -SUM_TOLERANCE, most)
    if (pass_entropy > entropy(probability) + SUM_TOLERANCE).any():
        raise ValueError("pass_entropy: above that of the mean probabilities, which no passes have together")
    return Prediction(probability, pass_entropy, part("samples", "iu", (images,), 1, MOST_SAMPLES))


def _recovery(arrays: Mapping[str, np.ndarray], name: str) -> LayerRecovery:
    """Of one layer; what a circuit without noise gives back may be infinite (beta) and unknown (c: NaN)."""
    neurons = len(arrays[f"{name}.trained_beta"])
    known = [field.name for field in fields(LayerRecovery) if f"{name}.{field.name}" in arrays or _must_be(field)]
    return LayerRecovery(
        **{
            part: checked_array(
                f"{name}.{part}",
                arrays[f"{name}.{part}"],
                "b" if part == "clipped" else "f",
                (neurons,),
                finite=part.startswith("trained"),
            )
            for part in known
        }
    )


def _must_be(field: Field[Any]) -> bool:
    """Not so what files that were written before do not have."""
    return field.default is MISSING

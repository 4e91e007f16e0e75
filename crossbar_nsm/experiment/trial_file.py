"""A trial's result as an .npz file: arrays by name, the rest as JSON text in the array `about`. Never pickled."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np

from crossbar_nsm.engine.prediction import Prediction
from crossbar_nsm.experiment.trial import LayerRecovery, TrialResult
from device_models.files import write_bytes

ABOUT = ("images_digest", "engine", "seconds", "host", "started")


def write_trial(path: Path, result: TrialResult) -> None:
    """Write `path` as a whole or not at all. Raises FileError when that cannot be done."""
    about = {name: getattr(result, name) for name in ABOUT} | {"layers": list(result.recovery)}
    about["warnings"] = list(result.warnings)
    arrays = {f"prediction.{field.name}": getattr(result.prediction, field.name) for field in fields(Prediction)}
    arrays |= {
        f"recovery.{index}.{field.name}": getattr(layer, field.name)
        for index, layer in enumerate(result.recovery.values())
        for field in fields(LayerRecovery)
    }
    content = io.BytesIO()
    np.savez_compressed(content, about=np.array(json.dumps(about)), labels=result.labels, **arrays)
    write_bytes(path, content.getvalue())


def read_trial(path: Path) -> TrialResult | None:
    """The result in a file; None, with a warning, for one that is damaged (a disk may have lost its end)."""
    if not path.exists():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _result(arrays)
    except Exception as error:  # zip, zlib, numpy and JSON have many ways of saying that a file is not what it was
        why = " ".join(str(error).split()) or type(error).__name__
        warnings.warn(f"{path}: damaged, its trial counts as not run ({why})", stacklevel=2)
        return None


def _result(arrays: Mapping[str, np.ndarray]) -> TrialResult:
    about = json.loads(str(arrays["about"]))
    prediction = Prediction(*(arrays[f"prediction.{field.name}"] for field in fields(Prediction)))
    recovery = {
        name: LayerRecovery(*(arrays[f"recovery.{index}.{field.name}"] for field in fields(LayerRecovery)))
        for index, name in enumerate(about["layers"])
    }
    labels, (images, _classes) = arrays["labels"], prediction.probability.shape
    if labels.shape != (images,):
        raise ValueError(f"{images} predictions, labels of shape {labels.shape}")
    said = tuple(map(str, about.get("warnings", ())))
    return TrialResult(prediction, labels, recovery=recovery, warnings=said, **{name: about[name] for name in ABOUT})

"""A trial's result as an .npz file: arrays by name, the rest as JSON text in the array `about`. Never pickled."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np

from crossbar_nsm.engine.prediction import Prediction
from crossbar_nsm.experiment.trial import LayerRecovery, TrialResult
from device_models.files import write_bytes

ABOUT = ("images_digest", "engine", "seconds", "host", "started")


def write_trial(path: Path, result: TrialResult) -> None:
    """Write `path` as a whole or not at all. Raises CrossbarError when that cannot be done."""
    about = {name: getattr(result, name) for name in ABOUT} | {"layers": list(result.recovery)}
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
    """The result in a file; None when there is none, or none that can be read (a disk may have lost its end)."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            prediction = Prediction(*(arrays[f"prediction.{field.name}"] for field in fields(Prediction)))
            recovery = {
                name: LayerRecovery(*(arrays[f"recovery.{index}.{field.name}"] for field in fields(LayerRecovery)))
                for index, name in enumerate(about.pop("layers"))
            }
            return TrialResult(prediction, arrays["labels"], recovery=recovery, **about)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None

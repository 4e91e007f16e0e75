"""One trial: one chip, or ideal software, on the images of one point of a sweep. Planning trials loads no torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.file_digest import file_digest
from crossbar_nsm.experiment.studies.folder.manifest import VERSION
from crossbar_nsm.experiment.user_files import image_files, user_files
from crossbar_nsm.nsm.bundled import find_checkpoint
from device_models.files.archives import is_npz

What = Literal["hardware", "ideal_synapse", "ideal_neuron"]
NOT_OF_A_TRIAL: Any = {
    "sweep": True,
    "dataset": {"root"},
    "evaluation": {"chips", "margin"},
}  # change no number of a chip
OF_IDEAL_SOFTWARE: Any = {"checkpoint": True, "dataset": {"name"}, "evaluation": {"images", "samples", "seed",
                     "early_stopping"}}  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """What is evaluated: `config` is one point, without sweep; chip is the number of the chip (0 for software)."""

    config: ExperimentConfig
    what: What
    chip: int = 0

    @cached_property
    def key(self) -> str:
        """Digest of all that the result depends on: the resolved configuration, the contents of the files it names
        (checkpoint, .npz, conductances, users' laws, circuits and data sets), the chip and the version of this package.
        The name of the trial's file."""
        if self.what == "hardware":
            settings = self.config.model_dump(mode="json", exclude=NOT_OF_A_TRIAL)
        else:
            settings = self.config.model_dump(mode="json", include=OF_IDEAL_SOFTWARE)
        settings["checkpoint"] = file_digest(find_checkpoint(self.config.checkpoint))
        if is_npz(self.config.dataset.name):
            settings["dataset"]["name"] = file_digest(Path(self.config.dataset.name))
        if self.what == "hardware":
            settings["laws"] = [file_digest(path) for path in user_files(self.config)]
            if is_npz(self.config.calibration_images or ""):
                settings["calibration_images"] = file_digest(Path(str(self.config.calibration_images)))
            if self.config.array.conductances is not None:
                settings["array"]["conductances"] = file_digest(Path(self.config.array.conductances))
        elif image_files(self.config):
            settings["laws"] = [file_digest(path) for path in image_files(self.config)]
        identity = {"version": VERSION, "what": self.what, "chip": self.chip, "config": settings}
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:24]

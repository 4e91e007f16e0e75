"""Networks trained to the end, or taken from the folder where an earlier command trained them."""

from __future__ import annotations

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.experiment.train import TrainingResult, final_test_images, train
from crossbar_nsm.reproduce.study import Setting
from device_models.errors import DatasetError


def trained(name: str, setting: Setting) -> TrainingResult:
    """All runs of network `name`; what is already trained is not trained again, what was stopped goes on."""
    config = setting.config
    run = config.training_run(config.trained[name], config.runs, setting.folder / "trained" / name)
    return train(run, progress=lambda label: setting.progress(f"{name}, {label}"))


def images_to_test(setting: Setting) -> Dataset:
    """The test images; raises DatasetError, before anything is trained, when the configuration names none."""
    data = final_test_images(setting.config.training_run(setting.config.trained["nsm"], 1, setting.folder))
    if data is None:
        raise DatasetError(f"data set {setting.config.dataset.name} has no test images of its own; set test.dataset")
    return data

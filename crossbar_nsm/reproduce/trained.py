"""Networks trained to the end, or taken from the folder where an earlier command trained them."""

from __future__ import annotations

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.experiment.train import TrainingResult, final_test_images, train
from crossbar_nsm.reproduce.study import Setting
from device_models.errors import DatasetError


def trained(name: str, setting: Setting) -> TrainingResult:
    """All runs of network `name`; what is already trained is not trained again, what was stopped goes on."""
    config, network = setting.config, setting.config.trained[name]
    if network.start is not None:
        start = str(trained(network.start, setting).checkpoint)
        network = network.model_copy(update={"training": network.training.model_copy(update={"start_from": start})})
    run = config.training_run(network, config.runs, setting.folder / "trained" / config.name / name)
    return train(run, progress=lambda label: setting.progress(f"{name}, {label}"))


def images_to_test(setting: Setting) -> Dataset:
    """The test images; raises DatasetError, before anything is trained, when the configuration names none."""
    data = final_test_images(
        setting.config.training_run(next(iter(setting.config.trained.values())), 1, setting.folder)
    )
    if data is None:
        raise DatasetError(f"data set {setting.config.dataset.name} has no test images of its own; set test.dataset")
    return data

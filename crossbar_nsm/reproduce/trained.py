"""Networks trained to the end, or taken from the folder where an earlier command trained them."""

from __future__ import annotations

from pathlib import Path

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.experiment.images.training import final_test_images
from crossbar_nsm.experiment.train import train
from crossbar_nsm.experiment.training.training_result import TrainingResult
from crossbar_nsm.reproduce.reproduction import RunContext
from device_models.errors import DatasetError


def trained(name: str, context: RunContext, tested: bool = True) -> TrainingResult:
    """All runs of network `name`; what is already trained is not trained again, what was stopped goes on.

    tested: whether the training's own test has all the passes of the configuration, or one, where the study measures
    for itself (`crossbar_nsm.reproduce.measured`).
    """
    config, network = context.config, context.config.trained[name]
    if network.start is not None:
        start = str(trained(network.start, context, tested).checkpoint)
        network = network.model_copy(update={"training": network.training.model_copy(update={"start_from": start})})
    run = config.training_run(network, config.runs, folder_of(name, context))
    if not tested:
        run = run.model_copy(update={"test": run.test.model_copy(update={"samples": 1})})
    return train(run, progress=lambda label: context.progress(f"{name}, {label}"))


def folder_of(name: str, context: RunContext) -> Path:
    """Of the runs of network `name`."""
    return context.folder / "trained" / context.config.name / name


def images_to_test(context: RunContext) -> Dataset:
    """The test images; raises DatasetError, before anything is trained, when the configuration names none."""
    data = final_test_images(
        context.config.training_run(next(iter(context.config.trained.values())), 1, context.folder)
    )
    if data is None:
        raise DatasetError(f"data set {context.config.dataset.name} has no test images of its own; set test.dataset")
    return data

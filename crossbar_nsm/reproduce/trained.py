"""Networks trained to the end, or taken from the folder where an earlier command trained them."""

from __future__ import annotations

from crossbar_nsm.experiment.train import TrainingResult, train
from crossbar_nsm.nsm.checkpoint import load_checkpoint
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.reproduce.study import Setting


def trained(name: str, setting: Setting) -> TrainingResult:
    """All runs of network `name`; what is already trained is not trained again, what was stopped goes on."""
    config = setting.config
    run = config.training_run(config.trained[name], config.runs, setting.folder / "trained" / name)
    return train(run, progress=lambda label: setting.progress(f"{name}, {label}"))


def networks(name: str, setting: Setting) -> list[Network]:
    """The best network of every run of `name`."""
    return [load_checkpoint(run.checkpoint) for run in trained(name, setting).runs]

"""Trials on an existing Dask cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crossbar_nsm.experiment.executors.task import Outcome
from crossbar_nsm.experiment.trial import Trial


def on_cluster(trials: Iterable[Trial], address: str) -> Iterator[tuple[Trial, Outcome]]:
    """As many trials at a time as the workers of the scheduler at `address` have room for."""
    raise NotImplementedError

"""Trials on an existing Dask cluster.

Only plain data goes over the wire: results need no file system that the workers share, but checkpoint, data set and
files of laws must have the same path there. A worker runs one trial at a time, with as many threads inside as it has: a
lock keeps a worker of several threads from running two, which numba's threads do not survive. No trial waits on a
worker that is busy, so that the death of a worker puts suspicion only on the trial that it ran.
"""

from __future__ import annotations

import pickle
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from crossbar_nsm.experiment.studies.executors.dask_connection import connected
from crossbar_nsm.experiment.studies.executors.task import Outcome, Outcomes, Task, run_task
from crossbar_nsm.experiment.studies.folder.manifest import VERSION
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialFailure
from device_models.errors import CrossbarError

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK_S = 1.0  # how often workers that come and go are looked at
_ONE_TRIAL = threading.Lock()


def on_cluster(trials: Iterable[Trial], address: str) -> Outcomes:
    """As many trials at a time as the scheduler at `address` has workers.

    Raises CrossbarError when nobody answers there, when the scheduler is lost, and when a worker cannot run trials.
    """
    with connected(address) as client:
        yield from _Cluster(client, address).run(iter(trials))


class _Cluster:
    def __init__(self, client: Client, address: str):
        self.client, self.address = client, address
        self.running: dict[Future, Trial] = {}
        self.waits = False

    def run(self, waiting: Iterator[Trial]) -> Outcomes:
        """Every trial, in the order in which they end."""
        from distributed import wait

        while True:
            more = self._submit(waiting)
            if not (self.running or more):
                return
            if not self.running:
                self._say_that_it_waits()
                continue
            try:
                with self.client.as_current():
                    ended = wait(list(self.running), timeout=LOOK_S, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue
            except Exception:  # a scheduler that is lost cancels all futures
                raise self._lost() from None
            found = [(self.running.pop(future), future) for future in ended]
            self._submit(waiting)  # before results are stored, so that no worker is idle meanwhile
            for trial, future in found:
                yield trial, self._outcome(future)

    def _submit(self, waiting: Iterator[Trial]) -> bool:
        """As many trials as there are workers (the scheduler gives them to idle ones); whether more may follow."""
        for _ in range(self._workers() - len(self.running)):
            trial = next(waiting, None)
            if trial is None:
                return False
            task, name = pickle.dumps(Task.of(trial)), f"{trial.what}-{trial.key}-{uuid4().hex[:8]}"
            try:
                self.running[self.client.submit(_remote(), VERSION, task, key=name, pure=False)] = trial
            except Exception:
                raise self._lost() from None
        return True

    def _workers(self) -> int:
        if self.client.status != "running":
            raise self._lost()
        try:
            return len(self.client.nthreads())
        except Exception:
            raise self._lost() from None

    def _say_that_it_waits(self) -> None:
        if not self.waits:
            warnings.warn(f"cluster {self.address} has no worker yet; waiting for one", stacklevel=2)
        self.waits = True
        time.sleep(LOOK_S)

    def _outcome(self, future: Future) -> Outcome:
        from distributed import KilledWorker

        if future.status not in ("finished", "error"):
            raise self._lost()
        try:
            answer = future.result()
        except KilledWorker as error:
            return TrialFailure(f"{error.allowed_failures + 1} workers died while they ran it, out of memory perhaps")
        except Exception as error:
            if self.client.status != "running":
                raise self._lost() from None
            raise CrossbarError(
                f"cluster {self.address}: a worker cannot run trials ({type(error).__name__}: "
                f"{' '.join(str(error).split())}); it needs the same Python and crossbar-nsm {VERSION} as this machine"
            ) from None
        if isinstance(answer, str):
            raise CrossbarError(f"cluster {self.address}: {answer}; finished trials are kept").see("run_on_a_cluster")
        outcome: Outcome = pickle.loads(answer)
        return outcome

    def _lost(self) -> CrossbarError:
        return CrossbarError(
            f"cluster {self.address}: the connection to the scheduler is lost; finished trials are kept, the same "
            "command goes on with a scheduler that runs"
        )


def run_on_worker(version: str, task: bytes) -> bytes | str:
    """A pickled outcome, or why this worker must not run trials of a sweep with `version` of this package."""
    from distributed import get_worker

    worker = get_worker()
    if version != VERSION:
        return f"worker {worker.address} has crossbar-nsm {VERSION}, this is {version}; install {version} there"
    with _ONE_TRIAL:
        return pickle.dumps(run_task(replace(pickle.loads(task), threads=worker.state.nthreads)))


def _remote() -> Callable[[str, bytes], bytes | str]:
    """A function that is sent as code, not by its name: scheduler and workers need not have this package to read it."""

    def run(version: str, task: bytes) -> bytes | str:
        try:
            from crossbar_nsm.experiment.studies.executors.dask_cluster import run_on_worker as found
        except ImportError as error:
            from distributed import get_worker

            where = get_worker().address
            return f"worker {where} cannot import crossbar_nsm ({error}); install crossbar-nsm {version} there"
        return found(version, task)

    return run

"""Trials in several processes of this machine, each with its share of the cores.

A process that dies (out of memory, killed) takes no result of the others with it: what was under way is run again, one
trial at a time, and the trial during which the process dies once more is the one that failed.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import ParamSpec, TypeVar

from loky import cpu_count
from loky.process_executor import ProcessPoolExecutor

from crossbar_nsm.experiment.studies.executors.task import Outcome, Outcomes, Task, run_task
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialFailure

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
WATCH_S = 0.5
KEPT_ALIVE = {"LOKY_MAX_MEMORY_LEAK_SIZE": "1e18"}  # a network and its images in memory are no leak
DEAD = "its process died, out of memory perhaps (fewer --workers need less)"
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def cores() -> int:
    """Cores that this process may use."""
    return int(cpu_count())


def in_this_process(trials: Iterable[Trial]) -> Outcomes:
    """One trial after the other."""
    for trial in trials:
        yield trial, run_task(replace(Task.of(trial), laws=()))  # which this process has loaded


def in_processes(trials: Iterable[Trial], workers: int, threads: int | None = None) -> Outcomes:
    """As many trials at a time as there are workers. threads: inside each (default: its share of the cores)."""
    waiting, threads = iter(trials), threads or max(1, cores() // workers)
    while True:
        suspects: list[Trial] = []
        yield from _until_one_dies(waiting, workers, threads, suspects)
        if not suspects:
            return
        for trial in suspects:
            dead: list[Trial] = []
            yield from _until_one_dies(iter([trial]), 1, threads, dead)
            if dead:
                yield trial, TrialFailure(DEAD)


def in_one_process(
    function: Callable[Arguments, Answer], *arguments: Arguments.args, **more: Arguments.kwargs
) -> Answer:
    """What a function gives in a process of its own. Raises BrokenExecutor when that dies."""
    pool = _pool(1, 1)
    try:
        with _deaf_to_interrupts():
            future = pool.submit(function, *arguments, **more)
        answer: Answer = future.result()
        return answer
    finally:
        pool.shutdown(wait=True, kill_workers=True)


def _pool(workers: int, threads: int) -> ProcessPoolExecutor:
    environment = dict.fromkeys(THREAD_VARIABLES, str(threads)) | KEPT_ALIVE
    return ProcessPoolExecutor(workers, env=environment, initializer=_follow_parent, initargs=(os.getpid(),))


def _until_one_dies(waiting: Iterator[Trial], workers: int, threads: int, suspects: list[Trial]) -> Outcomes:
    """Run trials until none is left; when a process dies, those under way are put into `suspects`."""
    pool = _pool(workers, threads)
    running: dict[Future[Outcome], Trial] = {}
    try:
        while True:
            while len(running) <= workers and not suspects:  # one more than run, so that none waits for its next
                trial = next(waiting, None)
                if trial is None:
                    break
                try:
                    with _deaf_to_interrupts():
                        running[pool.submit(run_task, Task.of(trial, threads))] = trial
                except BrokenExecutor:  # since its last result
                    suspects.append(trial)
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                trial = running.pop(future)
                try:
                    outcome = future.result()
                except BrokenExecutor:
                    suspects.append(trial)
                else:
                    yield trial, outcome
    finally:
        pool.shutdown(wait=True, kill_workers=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """A process started inside leaves Ctrl-C to its parent, from its first moment on: the mask is inherited. In this
    process, Ctrl-C takes effect afterwards."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _follow_parent(parent: int) -> None:
    """A worker ends when its parent has ended, even if that was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()

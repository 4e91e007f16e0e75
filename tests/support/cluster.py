"""A Dask cluster of real processes on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DASK = [sys.executable, "-m", "dask"]
QUIET = ["--no-dashboard", "--host", "127.0.0.1"]


class Cluster:
    """A scheduler; `workers` are processes, which can be killed."""

    def __init__(self, folder: Path):  # also where its processes run: not where the package may lie
        self.file, self.folder = folder / "scheduler.json", folder
        self.workers: list[subprocess.Popen] = []
        self.scheduler = self._start("scheduler", *QUIET, "--port", "0", "--scheduler-file", str(self.file))

    def start_worker(self, *options: str, threads: int = 1, name: str = "", **environment: str) -> subprocess.Popen:
        """One worker; it connects a second or two later."""
        name = name or f"worker{len(self.workers)}"
        options = (*QUIET, "--nthreads", str(threads), "--local-directory", str(self.folder), "--name", name, *options)
        worker = self._start("worker", self.address, *options, **environment)
        self.workers.append(worker)
        return worker

    @property
    def address(self) -> str:
        """tcp://127.0.0.1:port, once the scheduler listens."""
        for _ in range(600):
            with suppress(OSError, ValueError):  # not there yet, or half of it
                return json.loads(self.file.read_text())["address"]
            time.sleep(0.1)
        raise AssertionError("the scheduler did not start")

    def wait_for_workers(self, count: int) -> None:
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)

    def _start(self, what: str, *options: str, **environment: str) -> subprocess.Popen:
        log = (self.folder / f"{what}{len(self.workers)}.log").open("w")
        return subprocess.Popen(
            [*DASK, what, *options],
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env=os.environ | environment,
            start_new_session=True,
        )

    def stop(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A scheduler without workers in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    started = Cluster(folder)
    try:
        yield started
    finally:
        started.stop()

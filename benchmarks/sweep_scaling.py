"""How much faster two single-threaded workers finish the trials of a study than one.

    python -m benchmarks.sweep_scaling

Each run is a process pool of its own with one thread per worker, start-up told apart: the clock runs from the first
finished trial of warm workers to the last. At least 60 s of trial work with one worker; the machine must be calm.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from crossbar_nsm.experiment.config.load import document_of
from crossbar_nsm.experiment.studies.executors import processes
from crossbar_nsm.experiment.studies.study import plan
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialFailure
from device_models.number_text import counted

STUDY = Path(__file__).parent.parent / "configs" / "studies" / "read_noise.yaml"


def seconds(warm_up: Sequence[Trial], trials: Sequence[Trial], workers: int) -> tuple[float, float, float]:
    """(start-up, wall time of `trials`, sum of the times of their results), with one thread in each of the workers."""
    started, taken, work_s = time.perf_counter(), [], 0.0

    def in_turn() -> Iterator[Trial]:
        yield from warm_up
        yield from trials

    for done, (_, outcome) in enumerate(processes.in_processes(in_turn(), workers, threads=1), start=1):
        if isinstance(outcome, TrialFailure):
            raise SystemExit(f"a trial failed: {outcome.error}")
        if done == len(warm_up):
            taken.append(time.perf_counter())
        work_s += outcome.seconds if done > len(warm_up) else 0.0
    taken.append(time.perf_counter())
    return taken[0] - started, taken[1] - taken[0], work_s


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.sweep_scaling", description=__doc__)
    parser.add_argument("--config", type=Path, default=STUDY)
    parser.add_argument("--chips", type=int, default=15, help="per point: enough for a minute of work (default: 15)")
    given = parser.parse_args()
    study = plan(document_of(given.config, (f"evaluation.chips={given.chips}",)))
    trials = [trial for trial in study.trials if trial.what == "hardware"]
    warm_up, measured = trials[:4], trials[4:]
    walls = {}
    for workers in (1, 2):
        start_s, walls[workers], work_s = seconds(warm_up, measured, workers)
        done = f"{walls[workers]:.1f} s for {len(measured)} trials ({work_s:.1f} s of work)"
        print(f"{counted(workers, 'worker')}: {done}, start-up {start_s:.1f} s", flush=True)
    print(f"two workers are {walls[1] / walls[2]:.2f} times as fast (required: 1.8 over 60 s or more)")


if __name__ == "__main__":
    main()

"""What a sweep would run, and an estimate of how long it takes.

A trial takes what mapping takes, and a time for each image. A few points, spread over the sweep, are measured: mapping
by itself, then predictions on two numbers of images, whose difference tells the time per image from what a call takes.
The other points take as long per image as the measured one nearest in order. Where a chip of a point is finished
already, the point takes what that took. An estimate: as if the processes shared nothing but the work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.engine.threads import using_threads
from crossbar_nsm.experiment.config.evaluation import DatasetConfig, ExperimentConfig
from crossbar_nsm.experiment.config.load import ConfigLike, document_of
from crossbar_nsm.experiment.settings_in_use.unused import check_settings
from crossbar_nsm.experiment.split_hint import suggest_split
from crossbar_nsm.experiment.studies.executors.processes import cores
from crossbar_nsm.experiment.studies.folder.results_folder import ResultsFolder
from crossbar_nsm.experiment.studies.study import plan
from crossbar_nsm.experiment.studies.sweep import WORKERS
from crossbar_nsm.experiment.studies.trial import Trial
from device_models.checks.arguments import a_function, a_path, an_override, checked, optional, path_or
from device_models.files.frames import frame
from device_models.numerics import usual_numerics
from device_models.shown import shown

if TYPE_CHECKING:
    import polars

    from crossbar_nsm.datasets.dataset import Dataset

MEASURED_POINTS = 5
FEW, MORE = 500, 10_000  # passes of the two predictions, about
LONG_S = 1.0  # a first prediction that takes so long needs no second
IMPORTS_S = 6.0  # of the sweep itself and of a worker, one after the other; the rest of a start is measured

Told = Callable[[int, int], None]


@shown
@dataclass(frozen=True)
class PlannedPoint:
    """settings: swept key -> value. finished: how many of its chips have a result. trial_s: estimate for one
    chip."""

    name: str
    settings: dict[str, Any]
    chips: int
    finished: int
    trial_s: float


@shown
@dataclass(frozen=True)
class DryRun:
    """config: with its sweep. software: trials of ideal software. remaining_s: estimate for what is not finished, on
    `workers` processes."""

    config: ExperimentConfig
    points: list[PlannedPoint]
    software: int
    software_finished: int
    trials: int
    finished: int
    workers: int
    remaining_s: float

    def as_dict(self) -> dict[str, Any]:
        """What `sweep --dry-run --json` prints."""
        counts = {name: value for name, value in vars(self).items() if name not in ("config", "points")}
        return {
            "config": self.config.model_dump(mode="json"), "rows": [asdict(point) for point in self.points], **counts
        }  # fmt: skip

    def table(self) -> polars.DataFrame:
        """One row per point."""
        return frame(asdict(point) for point in self.points)


@checked(
    config=path_or(ExperimentConfig), overrides=an_override, out=optional(a_path), workers=optional(WORKERS),
    progress=a_function,
)  # fmt: skip
@usual_numerics()
def dry_run(
    config: ConfigLike,
    *overrides: str,
    out: str | Path | None = None,
    workers: int | None = None,
    progress: Told = lambda _done, _total: None,
) -> DryRun:
    """Plan a sweep and measure a few of its points; nothing is written.

    out: a folder whose finished trials count. workers: processes (default: one per core). progress(done, total) counts
    measured points. Raises what `sweep` raises before its trials run, and what a measured trial raises.
    """
    document = document_of(config, overrides)
    study = plan(document)
    check_settings(document, study.config, [point.settings for point in study.points])
    known = {}
    if out is not None:
        finished = ResultsFolder(out).trials.results({trial.key: trial for trial in study.trials})
        known = {key: result.seconds for key, result in finished.items()}
    missing = [trial for trial in study.trials if trial.key not in known]
    software = [trial for trial in study.trials if trial.what != "hardware"]
    groups = [[trial] for trial in software] + [list(point.chips) for point in study.points]
    suggest_split(missing)
    count = workers or cores()
    with using_threads(max(1, cores() // count)):  # as in each of the processes
        seconds, start_s = _seconds_per_trial(groups, known, progress)
    work_s = {trial.key: one for group, one in zip(groups, seconds, strict=True) for trial in group}
    return DryRun(
        config=study.config,
        points=[
            PlannedPoint(point.name, point.settings, len(point.chips), sum(t.key in known for t in point.chips), one)
            for point, one in zip(study.points, seconds[len(software) :], strict=True)
        ],
        software=len(software),
        software_finished=sum(trial.key in known for trial in software),
        trials=len(study.trials),
        finished=len(known),
        workers=count,
        remaining_s=_remaining_s([work_s[trial.key] for trial in missing], count, start_s),
    )


def _remaining_s(seconds: Sequence[float], workers: int, start_s: float) -> float:
    """Trials go to whichever process is free first."""
    if not seconds:
        return 0.0
    busy_s = [start_s] * workers
    for one in seconds:
        busy_s[int(np.argmin(busy_s))] += one
    return max(busy_s)


def _seconds_per_trial(
    groups: Sequence[Sequence[Trial]], known: dict[str, float], progress: Told
) -> tuple[list[float], float]:
    """For each group of like trials, the time of one; and the time that a process takes to start."""
    start_s = IMPORTS_S
    times = [[known[trial.key] for trial in group if trial.key in known] for group in groups]
    cost: dict[int, tuple[float, float]] = {}
    for kind in (True, False):  # hardware, software
        unknown = [n for n, group in enumerate(groups) if not times[n] and (group[0].what == "hardware") is kind]
        picks = np.linspace(0, len(unknown) - 1, min(MEASURED_POINTS, len(unknown))).round().astype(int)
        measured = dict.fromkeys(unknown[pick] for pick in picks)
        for done, number in enumerate(measured):
            if not done:
                progress(0, len(measured))
                start_s += _seconds_of_first(groups[number][0])
            cost[number] = _cost(groups[number][0])
            progress(done + 1, len(measured))
        for number in unknown:
            cost[number] = cost[min(measured, key=lambda one: abs(one - number))]
    seconds = [
        float(np.median(times[number])) if times[number] else _time_of(group[0], *cost[number])
        for number, group in enumerate(groups)
    ]
    return seconds, start_s


def _seconds_of_first(trial: Trial) -> float:
    """What the first trial of a process takes more than another: it reads images and loads or compiles kernels."""
    times = []
    for _ in range(2):
        started = time.perf_counter()
        _cost(trial)
        times.append(time.perf_counter() - started)
    return max(times[0] - times[1], 0.0)


def _time_of(trial: Trial, mapping_s: float, pass_s: float) -> float:
    evaluation = trial.config.evaluation
    images = len(_data(trial.config.dataset)) if evaluation.images is None else evaluation.images
    return mapping_s + images * evaluation.samples * pass_s


def _cost(trial: Trial) -> tuple[float, float]:
    """Seconds of mapping (0 for software) and of a pass, with as many samples per image as the trial has."""
    from crossbar_nsm.experiment.evaluate import TrialNetwork, network_of

    config, samples = trial.config, trial.config.evaluation.samples
    net, images, started = network_of(config), _data(config.dataset).images, time.perf_counter()
    network = TrialNetwork(trial, net)
    mapping_s = time.perf_counter() - started if trial.what == "hardware" else 0.0

    def seconds(count: int) -> float:
        started = time.perf_counter()
        network.predict(images[:count], lambda _done, _total: None)
        return time.perf_counter() - started

    few, more = (min(len(images), max(least, passes // samples)) for least, passes in ((2, FEW), (4, MORE)))
    first_s = seconds(few)
    if first_s > LONG_S or more == few:
        return mapping_s, first_s / (few * samples)
    return mapping_s, max(seconds(more) - first_s, 0.0) / ((more - few) * samples)


def _data(config: DatasetConfig) -> Dataset:
    return _read(config.name, config.root)


@lru_cache(maxsize=1)
def _read(name: str, root: str | None) -> Dataset:
    return read_dataset(name, "test", root)

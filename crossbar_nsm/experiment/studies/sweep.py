"""A study in a folder: its trials run where there is room for them, and what is finished is never lost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import ConfigLike, document_of
from crossbar_nsm.experiment.images.calibration import check_calibration_images
from crossbar_nsm.experiment.settings_in_use.own_process import unused_apart
from crossbar_nsm.experiment.settings_in_use.unused import check_settings
from crossbar_nsm.experiment.split_hint import suggest_split
from crossbar_nsm.experiment.studies.executors.processes import cores, in_processes, in_this_process
from crossbar_nsm.experiment.studies.executors.task import Outcome, Outcomes
from crossbar_nsm.experiment.studies.folder.results_folder import ResultsFolder
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.experiment.studies.study import Study, plan
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialFailure
from crossbar_nsm.experiment.user_files import known_here_alone, user_files
from device_models.checks.arguments import (
    a_flag,
    a_function,
    a_path,
    a_text,
    an_override,
    checked,
    optional,
    path_or,
    whole_number,
)
from device_models.errors import ConfigError, CrossbarError, FileError, explained_by
from device_models.imports import uninterrupted
from device_models.numerics import usual_numerics
from device_models.warning import warn

Executor = Callable[[Iterable[Trial]], Outcomes]
WORKERS = whole_number(1, 10_000)
OnTrial = Callable[[int, int, str, Outcome | None], None]


@explained_by("run_a_study")
@checked(
    config=path_or(ExperimentConfig), overrides=an_override, out=a_path, workers=optional(WORKERS),
    cluster=optional(a_text), replace=a_flag, on_trial=a_function,
)  # fmt: skip
@usual_numerics()
def sweep(
    config: ConfigLike,
    *overrides: str,
    out: str | Path,
    workers: int | None = None,
    cluster: str | None = None,
    replace: bool = False,
    on_trial: OnTrial = lambda _done, _total, _text, _outcome: None,
) -> Results:
    """Run every trial of a configuration that the folder `out` has no result of, and write its table.

    workers: processes on this machine (default: one per core; 1: this process alone). cluster: address of a Dask
    scheduler that takes their place. replace: take `out` over from another study. on_trial(done, total, text, outcome)
    is called at the start (text "", outcome None) and after each trial. A trial that fails is recorded and the others
    go on: see `Results.failures`. Raises ConfigError for mistakes, DatasetError for data
    that are not there, CrossbarError when `out` cannot be used and FileError when it cannot be written (any more).
    """
    document = document_of(config, overrides)
    study, folder = plan(document), ResultsFolder(out)
    _load_packages()
    _check_laws(study)
    run, where = _executor(workers, cluster)
    apart = run is not in_this_process and any(user_files(point.config) for point in study.points)
    points = [point.settings for point in study.points]
    check_settings(document, study.config, points, look=unused_apart if apart else None)
    missing = _missing(study, folder)
    if cluster is None:
        _check_data(missing.values())
        suggest_split(trial for trial in missing.values() if not (apart and user_files(trial.config)))
    elif missing:
        from crossbar_nsm.experiment.studies.executors.dask_connection import check_scheduler

        check_scheduler(cluster)
    with _telling_what_is_finished(folder, study):
        folder.claim(study, where, replace)
        said = _run(study, missing, folder, run, on_trial)
        folder.check_still_of(study)
        results = folder.finish()
        _say(text for text in results.warnings if text not in said)  # of trials that ran before
        return results


def _run(study: Study, missing: dict[str, Trial], folder: ResultsFolder, run: Executor, on_trial: OnTrial) -> set[str]:
    """Run what is missing, and keep it; the warnings of these trials, each said once."""
    texts, total, said = study.texts, len(study.trials), set[str]()
    on_trial(total - len(missing), total, "", None)
    if not missing:
        return said
    with closing(run(_still_missing(missing, folder))) as outcomes:
        for trial, outcome in outcomes:
            folder.trials.store(trial, outcome)
            del missing[trial.key]
            new = [] if isinstance(outcome, TrialFailure) else [text for text in outcome.warnings if text not in said]
            _say(new)
            said.update(new)
            on_trial(total - len(missing), total, texts[trial.key], outcome)
    return said


def _say(texts: Iterable[str]) -> None:
    for text in texts:
        warn(text)


def _check_laws(study: Study) -> None:
    """Raises ConfigError for laws, circuits and data sets that results and other processes could not tell apart from
    others of their name."""
    unknown = set().union(*(known_here_alone(point.config) for point in study.points))
    if unknown:
        raise ConfigError(
            f"{', '.join(sorted(unknown))}: registered in a running program, and a sweep must know its file; put "
            "it into one that device_models.laws.load_laws reads (on the command line: --laws FILE.py)"
        ).see("write_a_law")


def _check_data(trials: Collection[Trial]) -> None:
    """Raises DatasetError for a data set that is not there, before every trial fails for want of it."""
    for dataset in {trial.config.dataset.model_dump_json(): trial.config.dataset for trial in trials}.values():
        if dataset.name != "mnist5k":  # comes with the installation
            read_dataset(dataset.name, "test", dataset.root)
    sources = {trial.config.calibration_images: trial.config for trial in trials if trial.what == "hardware"}
    check_calibration_images(sources.values())


@contextmanager
def _telling_what_is_finished(folder: ResultsFolder, study: Study) -> Iterator[None]:
    try:
        yield
    except FileError as error:
        if not (finished := folder.trials.finished(study)):
            raise
        said = f"{finished} of {len(study.trials)} trials are finished and kept"
        raise FileError(f"{error}; {said}, the same command goes on when that is mended") from None


def _load_packages() -> None:
    """What the end of a sweep needs, before its work starts."""
    with uninterrupted():
        import crossbar_nsm.experiment.studies.results_table  # noqa: F401


def _missing(study: Study, folder: ResultsFolder) -> dict[str, Trial]:
    trials = {trial.key: trial for trial in study.trials}
    finished = folder.trials.results(trials)
    return {key: trial for key, trial in trials.items() if key not in finished}


def _still_missing(missing: dict[str, Trial], folder: ResultsFolder) -> Iterator[Trial]:
    """Every trial when its turn comes, unless another sweep in the same folder has finished it meanwhile. Raises
    CrossbarError when a file that a trial is named after is no longer what it was: results would bear a wrong name."""
    for key, trial in list(missing.items()):
        if folder.trials.result(key) is None:
            if replace(trial).key != key:
                raise CrossbarError(
                    "a file of this study (checkpoint, data, conductances or laws) has changed since the sweep "
                    "started; finished trials are kept: with the file as it was, the same command goes on"
                )
            yield trial
        else:
            del missing[key]


def _executor(workers: int | None, cluster: str | None) -> tuple[Executor, str]:
    """What runs trials, and its name in the manifest."""
    if cluster is not None:
        from crossbar_nsm.experiment.studies.executors.dask_cluster import on_cluster
        from crossbar_nsm.experiment.studies.executors.dask_connection import host_and_port

        host_and_port(cluster)  # before anything is written
        return lambda trials: on_cluster(trials, cluster), f"cluster {cluster}"
    count = cores() if workers is None else workers
    if count == 1:
        return in_this_process, "1 process"
    return lambda trials: in_processes(trials, count), f"{count} processes"

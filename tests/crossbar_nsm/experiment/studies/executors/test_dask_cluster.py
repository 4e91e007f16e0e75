"""A real scheduler and real workers, as processes on this machine."""

import os
import signal
import socket
import time
import warnings
from contextlib import nullcontext

import distributed
import pytest
from support.cluster import cluster
from support.studies import small_study, troubled_study

from crossbar_nsm.experiment.config.load import document_of
from crossbar_nsm.experiment.studies.executors import dask_cluster, dask_connection
from crossbar_nsm.experiment.studies.executors.dask_cluster import on_cluster
from crossbar_nsm.experiment.studies.study import plan
from crossbar_nsm.experiment.studies.sweep import sweep
from device_models.errors import CrossbarError
from device_models.laws import load_laws

SWEEP = "sweep={device.read_noise.relative_sd: [0.01, 0.02, 0.05], neuron.scaling: [none, paired]}"
MANY = ("evaluation.samples=600", SWEEP)  # 14 trials


def _table(out):
    return (out / "results.parquet").read_bytes()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("tcp://127.0.0.1:9", r"no Dask scheduler answers there \(.*refused\); start one with `dask scheduler`"),
        ("tcp://nobody.invalid:8786", "no Dask scheduler answers there"),
        ("nonsense", "'nonsense': expected the address of a Dask scheduler, such as tcp://host:8786"),
        ("", "expected the address of a Dask scheduler"),
        ("tcp://127.0.0.1:99999", "expected the address of a Dask scheduler"),
        ("http://127.0.0.1:80", "expected the address of a Dask scheduler"),
    ],
)
def test_an_address_where_no_scheduler_is(address, message, capfd):
    started = time.monotonic()
    with pytest.raises(CrossbarError, match=message) as caught:
        next(on_cluster([], address))
    assert time.monotonic() - started < 10
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:9"])
def test_without_a_scheduler_nothing_is_written(tmp_path, address):
    study = small_study(tmp_path)
    with pytest.raises(CrossbarError, match="scheduler"):
        sweep(study, out=tmp_path / "out", cluster=address)
    assert not (tmp_path / "out").exists()


class LostClient:
    """Of a scheduler that goes away while trials run: what waits for them is told of cancelled futures."""

    status = "running"

    def __init__(self, lost_at):
        self.lost_at = lost_at

    def nthreads(self):
        return {"tcp://worker": 1}

    def as_current(self):
        return nullcontext()

    def submit(self, *_arguments, **_more):
        if self.lost_at == "submit":
            raise RuntimeError("[<Future: cancelled>, <Future: cancelled>]")
        return object()


@pytest.mark.parametrize("lost_at", ["submit", "wait"])
def test_a_scheduler_that_goes_away_is_said_in_words(tmp_path, monkeypatch, lost_at):
    def wait(*_arguments, **_more):
        raise distributed.client.FuturesCancelledError([])

    monkeypatch.setattr(distributed, "wait", wait)
    trials = plan(document_of(small_study(tmp_path), ())).trials
    running = dask_cluster._Cluster(LostClient(lost_at), "tcp://gone:1").run(iter(trials))
    with pytest.raises(CrossbarError, match="connection to the scheduler is lost; finished trials are kept, the same"):
        next(running)


def test_a_listener_that_is_no_scheduler(capfd, monkeypatch):
    monkeypatch.setattr(dask_connection, "CONNECT_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(CrossbarError, match="no Dask scheduler answers there"):
            next(on_cluster([], f"tcp://127.0.0.1:{silent.getsockname()[1]}"))
    assert time.monotonic() - started < 4
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:cluster .* has no worker yet")
def test_a_worker_is_killed_in_the_middle(tmp_path, capfd):
    """With four threads: only one trial at a time runs there. The other one comes late, and has a nanny."""
    study, out = small_study(tmp_path), tmp_path / "out"
    sweep(study, *MANY, out=tmp_path / "reference", workers=1)
    done = []

    def kill_in_the_middle(finished, total, _text, outcome):
        done.append(finished)
        if finished == 2 and outcome is not None:
            others.start_worker()
        if finished == 4:
            os.kill(first.pid, signal.SIGKILL)
        assert total == 14

    with cluster(tmp_path / "cluster") as others:
        first = others.start_worker("--no-nanny", threads=4)
        results = sweep(study, *MANY, out=out, cluster=others.address, on_trial=kill_in_the_middle)
    assert done == list(range(15))
    assert results.failures == []
    assert _table(out) == _table(tmp_path / "reference")
    assert results.manifest["sessions"][0]["where"].startswith("cluster tcp://")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_workers_that_cannot_run_trials_and_a_scheduler_that_dies(tmp_path, capfd):
    study, out = small_study(tmp_path), tmp_path / "out"
    absent, other = tmp_path / "absent", tmp_path / "other"
    (absent / "crossbar_nsm").mkdir(parents=True)
    (absent / "crossbar_nsm" / "__init__.py").write_text("raise ModuleNotFoundError('No module named crossbar_nsm')")
    (other / "crossbar_nsm-9.9.dist-info").mkdir(parents=True)
    (other / "crossbar_nsm-9.9.dist-info" / "METADATA").write_text("Name: crossbar-nsm\nVersion: 9.9\n")
    before = os.environ.get("PYTHONPATH", "")
    with cluster(tmp_path / "cluster") as machines:
        for path, message in ((absent, "cannot import crossbar_nsm .*; install crossbar-nsm 0.1.0 there"),
                              (other, "has crossbar-nsm 9.9, this is 0.1.0; install 0.1.0 there")):  # fmt: skip
            worker = machines.start_worker("--no-nanny", PYTHONPATH=f"{path}{os.pathsep}{before}")
            waits = pytest.warns(UserWarning, match="has no worker yet; waiting for one")
            with waits, pytest.raises(CrossbarError, match=message):
                sweep(study, out=out, cluster=machines.address)
            worker.kill()
            worker.wait()

        def lose_the_scheduler(finished, *_):
            if finished == 2:
                machines.scheduler.kill()

        machines.start_worker("--no-nanny")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(CrossbarError, match="connection to the scheduler is lost; finished trials are kept"):
                sweep(study, *MANY, out=out, cluster=machines.address, on_trial=lose_the_scheduler, replace=True)
        with pytest.raises(CrossbarError, match="no Dask scheduler answers"):
            next(on_cluster([], machines.address))
    assert 2 <= len(list((out / "trials").glob("*.npz"))) < 14
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:cluster .* has no worker yet")
def test_a_trial_that_kills_every_worker(tmp_path):
    """Nannies start the workers anew; files that differ on a worker are no results either."""
    study, laws, orders = troubled_study(tmp_path, "die", chips=1)
    load_laws(laws)
    with cluster(tmp_path / "cluster") as machines:
        machines.start_worker()
        machines.start_worker()
        results = sweep(study, out=tmp_path / "out", cluster=machines.address)
        assert len(results.failures) == 2
        assert all("4 workers died while they ran it" in line for line in results.failures)
        assert (len(results.rows), results.missing) == (4, 0)
        orders.write_text("")
        results = sweep(study, out=tmp_path / "out", cluster=machines.address)
    assert results.failures == []
    sweep(study, out=tmp_path / "reference", workers=1)
    assert _table(tmp_path / "out") == _table(tmp_path / "reference")


def test_slurm_through_dask_jobqueue_as_the_readme_has_it():
    jobqueue = pytest.importorskip("dask_jobqueue")
    with jobqueue.SLURMCluster(
        cores=1, processes=1, memory="4GB", walltime="04:00:00", job_script_prologue=["export NUMBA_NUM_THREADS=1"]
    ) as slurm:
        script = slurm.job_script()
    assert "export NUMBA_NUM_THREADS=1" in script
    assert "#SBATCH --cpus-per-task=1" in script
    assert "--nthreads 1" in script

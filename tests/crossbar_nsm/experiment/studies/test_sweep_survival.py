"""Real sweep processes that are killed, interrupted, or find no room; the table is always that of one that was not."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import psutil
import pytest
from support.cli import call
from support.own_laws import laws_of_its_own
from support.studies import small_study, troubled_study

from crossbar_nsm.experiment.studies.folder.results_folder import load_results
from crossbar_nsm.experiment.studies.study import plan
from crossbar_nsm.experiment.studies.sweep import sweep
from device_models.errors import ConfigError, FileError
from device_models.files.document import load_document
from device_models.laws import ReadNoiseLaw, load_laws, register

COMMAND = [sys.executable, "-c", "from crossbar_nsm.cli.main import main; main()"]
LEVELS = "sweep={device.read_noise.relative_sd: [0.01, 0.02, 0.05, 0.1], neuron.scaling: [none, paired]}"
SIZE = ("evaluation.samples=600", "evaluation.chips=3")  # 26 trials of a tenth of a second


UNUSED = """
from device_models.laws import ReadNoiseLaw, register

@register("no_device_uses_it")
class NoDeviceUsesIt(ReadNoiseLaw):
    def sd_s(self, g_s, conductance):
        return 0.05 * g_s
"""


class Running:
    """A sweep in a process group of its own, with two workers."""

    def __init__(self, study, out, *overrides, laws=()):
        settings = [part for override in overrides for part in ("--set", override)]
        front = [part for path in laws for part in ("--laws", str(path))]
        command = [*COMMAND, *front, "sweep", str(study), "--out", str(out), "--workers", "2", *settings]
        self.out = out
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    @property
    def finished(self):
        """Number of trials that have a result."""
        return len(list((self.out / "trials").glob("[0-9a-f]*.npz")))

    def wait_for(self, count):
        """Until `count` trials are finished, or the sweep has ended."""
        while self.finished < count and self.process.poll() is None:
            time.sleep(0.005)

    def children(self):
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self, group=True):
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def end(self):
        """(exit code, standard error)."""
        said = self.process.communicate(timeout=120)[1]
        return self.process.returncode, said


def _table(out):
    return (out / "results.parquet").read_bytes()


def _uninterrupted(study, out, *overrides):
    sweep(study, *overrides, out=out, workers=1)
    return _table(out)


def _killed_while_running(study, out, moments, rng):
    """Start the sweep anew after each kill, at a random instant after `moments` trials were finished; how many were
    finished when it died."""
    found = []
    for moment in moments:
        running = Running(study, out, LEVELS, *SIZE)
        running.wait_for(moment)
        time.sleep(rng.random() * 0.15)
        running.kill(group=rng.random() < 0.5)
        found.append(running.finished)
    return found


@pytest.mark.slow
def test_killed_with_all_its_workers_and_alone(tmp_path):
    study, out = small_study(tmp_path), tmp_path / "out"
    expected = _uninterrupted(study, tmp_path / "reference", LEVELS, *SIZE)
    running = Running(study, out, LEVELS, *SIZE)
    running.wait_for(3)
    running.kill()
    first = running.finished
    running = Running(study, out, LEVELS, *SIZE)
    running.wait_for(first + 3)
    workers = running.children()
    assert len(workers) >= 2
    running.kill(group=False)
    assert 3 <= first < running.finished < 26
    _, alive = psutil.wait_procs(workers, timeout=2)
    assert alive == []
    assert _uninterrupted(study, out, LEVELS, *SIZE) == expected


@pytest.mark.slow
def test_twenty_kills_at_random_moments(tmp_path):
    """Spread over the run by the number of finished trials: four runs, each killed five times."""
    rng, total = random.Random(8), 26
    study = small_study(tmp_path)
    expected = _uninterrupted(study, tmp_path / "reference", LEVELS, *SIZE)
    moments = []
    for run in range(4):
        out = tmp_path / f"run{run}"
        planned = sorted(rng.sample(range(1, total - 3), 5))
        moments += _killed_while_running(study, out, planned, rng)
        assert _uninterrupted(study, out, LEVELS, *SIZE) == expected
    print("finished trials when killed:", moments, "of", total)
    assert len(moments) == 20
    assert sum(0 < moment < total for moment in moments) >= 15


@pytest.mark.slow
def test_a_worker_that_is_killed_has_its_trial_run_again(tmp_path):
    study, out = small_study(tmp_path), tmp_path / "out"
    expected = _uninterrupted(study, tmp_path / "reference", LEVELS, *SIZE)
    running = Running(study, out, LEVELS, *SIZE)
    running.wait_for(4)
    for worker in _busy(running.children()):
        worker.kill()
    code, said = running.end()
    assert (code, _table(out)) == (0, expected), said
    assert "Traceback" not in said


def _busy(children):
    """The worker that calculates: it has used most time."""
    return sorted(children, key=lambda child: sum(child.cpu_times()[:2]))[-1:]


@pytest.mark.slow
def test_a_trial_that_kills_its_process_each_time_fails_alone(tmp_path):
    study, laws, orders = troubled_study(tmp_path, "die", chips=1)
    out = tmp_path / "out"
    code, said = Running(study, out, laws=[laws]).end()
    assert (code, said.count("failed: ")) == (1, 2), said
    assert "its process died, out of memory perhaps" in said
    assert "Traceback" not in said
    assert len(list((out / "trials").glob("*.npz"))) == 4
    orders.write_text("")
    code, said = Running(study, out, laws=[laws]).end()
    assert (code, said.count("failed: ")) == (0, 0), said


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [None, 0.0, 0.5, 1.5])
def test_an_interrupt_ends_in_one_line(tmp_path, after_s):
    """As the terminal does it: every process of the group gets the signal, some while they still start."""
    study, laws, _ = troubled_study(tmp_path, "wait 0.2", chips=4)
    running = Running(study, tmp_path / "out", laws=[laws])
    if after_s is None:
        running.wait_for(4)
    else:
        while not (running.out / "manifest.json").exists():
            time.sleep(0.005)
        time.sleep(after_s)
    os.killpg(running.process.pid, signal.SIGINT)
    code, said = running.end()
    assert code == 130, said
    assert "stopped; finished trials are kept in" in said
    assert "Traceback" not in said


@contextmanager
def _mounted(folder, options):
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this needs the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_full_and_then_has_room(tmp_path):
    study, disk = small_study(tmp_path), tmp_path / "disk"
    settings = ("evaluation.chips=12",)
    with _mounted(disk, "size=200k"):
        with pytest.raises(FileError, match=r"No space left on device\); \d+ of 26 trials are finished and kept"):
            sweep(study, *settings, out=disk / "out", workers=1)
        kept = len(list((disk / "out" / "trials").glob("*.npz")))
        assert 5 < kept < 26
        subprocess.run(["mount", "-o", "remount,size=10m", str(disk)], check=True)
        before = []
        sweep(study, *settings, out=disk / "out", workers=1, on_trial=lambda done, *_: before.append(done))
        assert before[0] >= kept - 1
        assert _table(disk / "out") == _uninterrupted(study, tmp_path / "reference", *settings)


def test_a_folder_that_became_read_only(tmp_path):
    study, disk = small_study(tmp_path), tmp_path / "disk"
    with _mounted(disk, "size=2m"):
        sweep(study, "neuron.scaling=none", "sweep={neuron.scaling: [none]}", out=disk / "out", workers=1)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(FileError, match=r"\(Read-only file system\); 4 of 6 trials are finished and kept"):
            sweep(study, out=disk / "out", workers=1)
        assert len(load_results(disk / "out").rows) == 3
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        assert sweep(study, out=disk / "out", workers=1).missing == 0


def test_laws_are_part_of_what_a_trial_depends_on(tmp_path):
    study, laws, _ = troubled_study(tmp_path, "", chips=1)
    load_laws(laws)
    sweep(study, out=tmp_path / "out", workers=1)
    laws.write_text(laws.read_text().replace("return self.relative_sd", "return 2 * self.relative_sd"))
    load_laws(laws)
    ran = []
    sweep(study, out=tmp_path / "out", workers=1, replace=True, on_trial=lambda done, *_: ran.append(done))
    assert ran[0] == 2  # ideal software


def test_results_with_laws_say_which_file_they_need(tmp_path, capsys):
    study, laws, _ = troubled_study(tmp_path, "", chips=1)
    out, with_laws = str(tmp_path / "out"), ("--laws", str(laws))
    with laws_of_its_own():
        code, _, said = call(capsys, *with_laws, "sweep", str(study), "--out", out, "--workers", "1")
        assert code == 0, said
    code, _, said = call(capsys, "results", out)
    assert code == 2
    assert f"{laws}: read them with --laws FILE.py" in said
    assert call(capsys, *with_laws, "results", out)[0] == 0


def test_a_law_of_a_running_program_is_refused(tmp_path):
    """Results could not tell it from another of its name, and other processes do not know it."""

    @register("of_this_program")
    class OfThisProgram(ReadNoiseLaw):
        def sd_s(self, g_s, conductance):
            return 0.05 * g_s

    study = small_study(tmp_path, "sweep: {device.read_noise.law: [{name: of_this_program}]}")
    with pytest.raises(ConfigError, match="law of_this_program: registered in a running program"):
        sweep(study, out=tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_laws_that_no_device_uses_change_no_name(tmp_path):
    study = small_study(tmp_path)
    before = [trial.key for trial in plan(load_document(study)).trials]
    laws = tmp_path / "unused.py"
    laws.write_text(UNUSED)
    load_laws(laws)
    assert [trial.key for trial in plan(load_document(study)).trials] == before

import json

import pytest
from support.cli import call
from support.studies import small_study

from crossbar_nsm.experiment.studies import dry_run as module
from crossbar_nsm.experiment.studies.dry_run import dry_run
from crossbar_nsm.experiment.studies.sweep import sweep
from device_models.errors import DatasetError

FULL = ("evaluation.samples=8000", "evaluation.chips=2")


@pytest.fixture
def study(tmp_path):
    return small_study(tmp_path)


def test_the_plan_counts_what_is_finished_and_writes_nothing(study, tmp_path, capsys):
    out = tmp_path / "out"
    code, shown, _ = call(capsys, "sweep", str(study), "--out", str(out), "--dry-run")
    assert code == 0
    assert "6 of 6 trials to run" in shown
    assert "rram_illustrative/paired" in shown
    assert not out.exists()
    sweep(study, "sweep={neuron.scaling: [none]}", out=out, workers=1)
    files = sorted(out.rglob("*"))
    code, shown, _ = call(capsys, "sweep", str(study), "--out", str(out), "--dry-run", "--json", "--workers", "3")
    plan = json.loads(shown)
    assert (plan["trials"], plan["finished"], plan["workers"], plan["software_finished"]) == (6, 4, 3, 2)
    assert [(point["chips"], point["finished"]) for point in plan["rows"]] == [(2, 2), (2, 0)]
    assert sorted(out.rglob("*")) == files


def test_finished_trials_need_no_measuring(study, tmp_path, monkeypatch):
    sweep(study, out=tmp_path / "out", workers=1)
    monkeypatch.setattr(module, "_cost", None)
    plan = dry_run(study, out=tmp_path / "out")
    assert (plan.remaining_s, plan.finished) == (0.0, 6)


def test_the_estimate_adds_up_what_mapping_and_passes_take(study, monkeypatch):
    """60 images x 100 samples: hardware 2 s + 6,000 passes of 1 ms, software passes alone; 8 s of start."""
    monkeypatch.setattr(module, "_cost", lambda trial: (2.0 if trial.what == "hardware" else 0.0, 1e-3))
    monkeypatch.setattr(module, "_seconds_of_first", lambda _trial: 1.0)
    monkeypatch.setattr(module, "IMPORTS_S", 6.0)
    plan = dry_run(study, "evaluation.samples=100", "evaluation.chips=3", workers=1)
    assert [point.trial_s for point in plan.points] == pytest.approx([8.0, 8.0])
    assert plan.remaining_s == pytest.approx(6 + 2 * 1 + 2 * 6 + 6 * 8)


@pytest.mark.slow
def test_the_estimate_is_that_of_the_trials(study, tmp_path):
    """Within a factor of two and a half, as other processes may run beside it."""
    plan = dry_run(study, *FULL)
    results = sweep(study, *FULL, out=tmp_path / "out", workers=1)
    for planned, point in zip(plan.points, results.points, strict=True):
        assert 0.4 < planned.trial_s / point.chips[1].seconds < 2.5


def test_more_workers_take_less_and_the_longest_trial_counts():
    assert module._remaining_s([4.0, 1.0, 1.0, 1.0], 2, 0.0) == 4.0
    assert module._remaining_s([1.0] * 10, 2, 3.0) == 8.0
    assert module._remaining_s([], 2, 3.0) == 0.0


def test_what_a_sweep_refuses_is_refused(study, capsys):
    with pytest.raises(DatasetError):
        dry_run(study, "dataset.name=nothing.npz")
    code, _, said = call(capsys, "sweep", str(study), "--dry-run", "--cluster", "tcp://127.0.0.1:9")
    assert (code, said.count("\n")) == (2, 1)

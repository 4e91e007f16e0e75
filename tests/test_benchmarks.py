"""The benchmarks run, on toy sizes, and judge what they measured."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import device_training, evaluation
from benchmarks.__main__ import WORKLOADS, main
from benchmarks.measure import Timing, Way, in_turns
from benchmarks.memory import peak_gb
from benchmarks.workloads.drawing import lane_normals_only
from benchmarks.workloads.rows import Row, Target, table

ROOT = Path(__file__).parents[1]


def test_quick_benchmarks_print_a_table_and_write_json(capsys, tmp_path):
    main(["--quick", "--only", "W1,W3,telegraph,wires", "--json", str(tmp_path / "bench.json")])
    printed = capsys.readouterr().out
    rows = json.loads((tmp_path / "bench.json").read_text())["rows"]
    assert {row["workload"] for row in rows} == {"W1", "W3", "telegraph", "wires"}
    for row in rows:
        assert row["what"] in printed
        assert row["value"] is None or row["value"] >= 0


def test_an_unknown_workload_is_refused_with_those_that_exist(capsys):
    with pytest.raises(SystemExit):
        main(["--only", "W9"])
    assert ", ".join(WORKLOADS) in capsys.readouterr().err


def test_an_evaluation_reports_time_and_memory():
    found = evaluation.measure("mlp", "moments", 3, 2)
    assert found["seconds"] > 0
    assert 0.05 < found["peak_gb"] < 10


def test_peak_memory_is_that_of_the_process_alone():
    held = np.ones(40_000_000)  # 0.32 GB in this process
    code = "from benchmarks.memory import peak_gb; print(peak_gb())"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert 0.001 < float(child.stdout) < 0.1
    assert peak_gb() > held.nbytes / 1e9


def test_the_floor_draws_every_normal():
    """Each of 4,000 passes sums 2,000 standard normals, rounded up to 2,048; its variance is known to 2.2 %, and 5 of
    those happen once in 10^6."""
    sums = lane_normals_only(4000, 2000, np.uint64(7))
    assert sums.var() / 2048 == pytest.approx(1, abs=5 * 0.0224)
    assert len(np.unique(sums)) == 4000


def test_ways_take_turns():
    calls = []
    times = in_turns({name: Way(lambda name=name: calls.append(name)) for name in "ab"}, turns=3, least_s=0.0)
    assert "".join(calls) == "aabb" + "ab" * 3
    assert [len(timing.turns) for timing in times.values()] == [3, 3]


def test_a_ratio_is_taken_within_each_turn():
    slowing = np.array([1.0, 2.0, 50.0])
    assert Timing(2 * slowing).over(Timing(slowing)) == 2


@pytest.mark.parametrize(("ratio", "verdict"), [(0.9, "pass"), (1.0, "pass"), (1.1, "MISS"), (None, "-")])
def test_targets_are_judged(ratio, verdict):
    row = Row("W1", "ours", 1.0, "ms", ratio=ratio, to="theirs", target=Target(1.0))
    assert table([row]).splitlines()[2].split()[-1] == verdict
    assert table([row], judge=False).splitlines()[2].split()[-1] == "-"


def test_paired_differences_have_intervals_over_images_and_over_chips():
    """Images that are hard on both sides do not widen the interval; with 5 chips Student's factor is 2.776."""
    rng = np.random.default_rng(0)
    before = rng.exponential(size=(5, 400)) * 10
    shift = 0.3 + 0.1 * np.array([-2, -1, 0, 1, 2])[:, None] + 0.01 * rng.normal(size=400)
    found = device_training.difference(before + shift, before)
    assert abs(found["mean"] - 0.3) < 0.005
    low, high = found["over_chips"]
    assert abs((high - low) / 2 - 2.776 * 0.1 * np.sqrt(2.5 / 5)) < 1e-3
    low, high = found["over_images"]
    assert abs((high - low) / 2 - 1.96 * 0.01 / 20) < 2e-4
    probability = np.array([[[0.9, 0.1], [0.2, 0.8]]])
    losses = device_training.losses(probability, np.array([0, 0]))
    np.testing.assert_allclose(losses["error"], [[0, 1]])
    np.testing.assert_allclose(losses["nll"], -np.log([[0.9, 0.2]]))

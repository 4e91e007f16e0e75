"""Speed relative to a reference that is measured in the same turn, compared with the ratios of an earlier version.

    make bench-compare         # fails where a median ratio grew by more than half
    make bench-record          # stores the ratios of this version in benchmarks/results/ratios.json

One round is one turn: the reference, then ours. The clock that pytest-benchmark reads advances by the ratio of the two,
so 1 in its tables means as long as the reference, on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.measure import Way, in_turns, ours
from benchmarks.networks import images, mapped
from benchmarks.workloads import cnn, mlp
from benchmarks.workloads.arrays import (
    CONDUCTANCE,
    GAUSSIAN,
    SHAPES,
    Decisions,
    Reads,
    bernoulli,
    shaped,
    telegraph,
    torch_product,
)
from benchmarks.workloads.drawing import lane_normals_only
from benchmarks.workloads.wire_resistance import SEVERITY, conductances
from device_models.errors import MappingError
from device_models.streams import Stream

SIZE, VECTORS, ROUNDS = 512, 256, 15


elapsed = [0.0]


def clock() -> float:
    """How many references everything so far took."""
    return elapsed[0]


pytestmark = pytest.mark.benchmark(timer=clock)


@pytest.fixture
def against(benchmark: Any) -> Callable[[Way, Way], None]:
    """Benchmark one way against a reference."""

    def compare(mine: Way, reference: Way) -> None:
        def turn() -> None:
            times = in_turns({"reference": reference, "mine": mine}, turns=1)
            elapsed[0] += times["mine"].over(times["reference"])

        benchmark.pedantic(turn, rounds=ROUNDS, warmup_rounds=1)

    return compare


def test_decisions_against_the_torch_product(against):
    against(ours(Decisions(SIZE, VECTORS)), torch_product(SIZE, VECTORS))


def test_every_cell_against_one_normal_per_pair(against):
    key = Stream().key("benchmark")
    against(ours(Reads(GAUSSIAN, SIZE, 16, "device")), ours(lambda: lane_normals_only(16, SIZE**2, key)))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_cell_of_another_shape_against_every_normal_cell(against, shape):
    against(ours(Reads(shaped(SHAPES[shape]), SIZE, 16, "device")), ours(Reads(GAUSSIAN, SIZE, 16, "device")))


@pytest.mark.parametrize("p", [0.3, 0.5])
def test_selectors_against_one_normal_per_pair(against, p):
    key = Stream().key("benchmark")
    against(ours(Reads(bernoulli(p), SIZE, 16)), ours(lambda: lane_normals_only(16, SIZE**2, key)))


def test_telegraph_noise_against_the_torch_product(against):
    against(ours(Reads(telegraph(1e-3), SIZE, 16)), torch_product(SIZE, 16))


def test_evaluating_the_mlp_against_torch_products(against):
    chip, x = mapped("mlp"), images(200)
    against(Way(lambda: chip.predict(x, 50)), mlp.torch_products(200, 50))


def test_evaluating_the_cnn_against_torch_products(against):
    try:
        chip = mapped("cnn")
    except MappingError:
        pytest.skip("convolutions cannot be mapped")
    x = images(5)
    against(Way(lambda: chip.predict(x, 40)), cnn.torch_products(200))


@pytest.mark.parametrize("severity", SEVERITY)
@pytest.mark.parametrize("what", ["vector", "matrix"])
def test_wire_resistance_against_a_dense_solution(against, what, severity):
    solver = pytest.importorskip("crossbar_nsm.array.wires.line_solver")
    transfer = pytest.importorskip("crossbar_nsm.array.wires.transfer")
    g_s, r_ohm, v = conductances(256), SEVERITY[severity] / CONDUCTANCE["g_max_s"], np.full((1, 256), 0.2)
    dense = np.random.default_rng(0).standard_normal((512, 512))
    runs = {
        "vector": lambda: solver.column_currents(v, g_s, r_ohm, r_ohm),
        "matrix": lambda: transfer.transfer_matrix(g_s, r_ohm, r_ohm),
    }
    against(ours(runs[what]), ours(lambda: np.linalg.inv(dense)))

"""Wire resistance: column currents of one vector, and the matrix that gives those of all vectors, to 1e-8.

mild and harsh: a wire segment has 1e-5 and 1e-4 of the least resistance of a cell.
"""

from __future__ import annotations

import numpy as np

from benchmarks.measure import Way, in_turns, ours
from benchmarks.workloads.arrays import CONDUCTANCE
from benchmarks.workloads.effort import Effort
from benchmarks.workloads.peers import badcrossbar_currents
from benchmarks.workloads.rows import Row, Target

SEVERITY = {"mild": 1e-5, "harsh": 1e-4}
VECTOR_MS, MATRIX_MS = {256: 3.0, 512: 20.0}, {256: 350.0, 512: 3000.0}


def rows(effort: Effort) -> list[Row]:
    """Every size, mild and harsh."""
    try:
        from crossbar_nsm.array.wires.line_solver import column_currents
        from crossbar_nsm.array.wires.transfer import transfer_matrix
    except ModuleNotFoundError:
        return [Row.absent("wires", "one vector, transfer matrix", "this version has no wire resistance")]
    found = []
    for size in effort.wires:
        for name, relative in SEVERITY.items():
            g_s, r_ohm = conductances(size), relative / CONDUCTANCE["g_max_s"]
            v = 0.2 * np.random.default_rng(2).choice([-1.0, 1.0], size)
            ways = {
                "vector": ours(lambda: column_currents(v[None], g_s, r_ohm, r_ohm)),  # noqa: B023
                "matrix": ours(lambda: transfer_matrix(g_s, r_ohm, r_ohm)),  # noqa: B023
            }
            peer = badcrossbar_currents(v, g_s, r_ohm) if size <= 128 or name == "mild" else None
            times = in_turns(ways, effort.turns, effort.least_s)
            error = _error(column_currents(v[None], g_s, r_ohm, r_ohm)[0], v @ transfer_matrix(g_s, r_ohm, r_ohm))
            what = f"{size} {name}"
            found += [
                Row.timed("wires", f"{what}, vector", times["vector"], target=_target(VECTOR_MS, size)),
                Row.timed("wires", f"{what}, transfer matrix", times["matrix"], target=_target(MATRIX_MS, size)),
                Row("wires", f"{what}, vector against matrix", error, "relative", target=Target(1e-8, "value"),
                    note="largest difference of a current over the largest current"),
            ]  # fmt: skip
            if peer is not None:
                both = in_turns({"peer": Way(peer), "vector": ways["vector"]}, min(effort.turns, 3), effort.least_s)
                found.append(Row.timed("wires", f"{what}, badcrossbar, vector", both["peer"], "ms",
                                       ("vector", both["vector"]), note="exact, draws nothing"))  # fmt: skip
    return found


def conductances(size: int) -> np.ndarray:
    """Cells anywhere in the device's range, (rows, cols) [S]."""
    return np.random.default_rng(0).uniform(CONDUCTANCE["g_min_s"], CONDUCTANCE["g_max_s"], (size, size))


def _target(limits: dict[int, float], size: int) -> Target | None:
    return Target(limits[size], "value") if size in limits else None


def _error(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.abs(found - exact).max() / np.abs(exact).max())

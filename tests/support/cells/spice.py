"""Arrays with wires as ngspice decks, and the column currents that ngspice finds for them.

PYTHONPATH=tests python -m support.cells.spice --write      # renews the stored outputs
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crossbar_nsm.array.wires.parameters import Wires

STORED = Path(__file__).parents[2] / "crossbar_nsm" / "array" / "wires" / "ngspice"
OPTIONS = ".options reltol=1e-12 abstol=1e-20 vntol=1e-15 gmin=1e-20"


@dataclass(frozen=True)
class Case:
    """A random array, one random vector of row voltages, and its wires."""

    name: str
    rows: int
    cols: int
    wires: Wires
    open_share: float = 0.0

    def circuit(self) -> tuple[np.ndarray, np.ndarray]:
        """g_s (rows, cols) [S], 0 for open cells, and v (rows) [V]."""
        rng = np.random.default_rng([self.rows, self.cols])
        g_s = 1e-4 * rng.random((self.rows, self.cols)) + 1e-7
        if self.open_share:
            g_s[rng.random(g_s.shape) < self.open_share] = 0.0
            g_s[self.rows // 2], g_s[:, self.cols // 3] = 0.0, 0.0
        return g_s, 2 * rng.random(self.rows) - 1


CASES = [
    Case("one_cell", 1, 1, Wires(3.0, 5.0, 7.0, 11.0)),
    Case("one_row", 1, 13, Wires(40.0, 9.0)),
    Case("one_column", 11, 1, Wires(9.0, 40.0)),
    Case("square", 8, 8, Wires(1.0, 1.0)),
    Case("wide", 5, 17, Wires(20.0, 3.0, 50.0, 10.0)),
    Case("tall", 19, 6, Wires(2.0, 30.0, 5.0, 90.0)),
    Case("open_cells", 9, 10, Wires(10.0, 20.0), open_share=0.3),
    Case("resistive_rows", 9, 12, Wires(100.0, 0.1)),
    Case("resistive_columns", 12, 9, Wires(0.1, 100.0)),
    Case("perfect_rows", 7, 9, Wires(0.0, 50.0)),
    Case("perfect_columns", 9, 7, Wires(50.0, 0.0)),
    Case("driver_and_sense_only", 6, 7, Wires(0.0, 0.0, 300.0, 200.0)),
    Case("more_wire_than_cell", 16, 24, Wires(1e4, 2e4)),
]


def deck(case: Case) -> str:
    """The circuit for ngspice: every node by name, no resistor where there is no resistance or no cell."""
    (g_s, v), wires = case.circuit(), case.wires
    lines, last_row = [f"* {case.name}", OPTIONS], case.rows - 1

    def resistor(name: str, a: str, b: str, ohm: float) -> None:
        """Between two nodes; a perfect wire is a source of 0 V."""
        lines.append(f"R{name} {a} {b} {float(ohm)!r}" if ohm else f"V{name} {a} {b} 0")

    for i in range(case.rows):
        lines.append(f"Vdrive{i} in{i} 0 {float(v[i])!r}")
        resistor(f"driver{i}", f"in{i}", f"left{i}", wires.r_driver_ohm)
        for j in range(case.cols):
            resistor(f"row{i}_{j}", f"w{i}_{j - 1}" if j else f"left{i}", f"w{i}_{j}", wires.r_row_ohm)
            below = f"b{i + 1}_{j}" if i < last_row else f"bottom{j}"
            resistor(f"col{i}_{j}", f"b{i}_{j}", below, wires.r_col_ohm)
            if g_s[i, j] > 0:
                resistor(f"cell{i}_{j}", f"w{i}_{j}", f"b{i}_{j}", 1 / g_s[i, j])
    for j in range(case.cols):
        resistor(f"sense{j}", f"bottom{j}", f"out{j}", wires.r_sense_ohm)
        lines.append(f"Vout{j} out{j} 0 0")
    prints = [f"print vout{j}#branch" for j in range(case.cols)]
    return "\n".join([*lines, ".control", "set numdgt=15", "op", *prints, ".endc", ".end", ""])


def run_ngspice(case: Case) -> np.ndarray:
    """Column currents (cols) [A] of an operating point."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "array.cir"
        path.write_text(deck(case))
        done = subprocess.run(["ngspice", "-b", str(path)], capture_output=True, text=True, check=False)
    found = dict(re.findall(r"vout(\d+)#branch = (\S+)", done.stdout))
    if len(found) != case.cols:
        raise RuntimeError(f"ngspice found {len(found)} of {case.cols} currents: {done.stdout[-500:]}{done.stderr}")
    return np.array([float(found[str(j)]) for j in range(case.cols)])


def stored(case: Case) -> np.ndarray:
    """Column currents (cols) [A] that ngspice gave when the outputs were written."""
    text = (STORED / f"{case.name}.txt").read_text()
    return np.array([float(line) for line in text.splitlines() if not line.startswith("#")])


def write(case: Case) -> None:
    version = re.search(r"ngspice-\S+", subprocess.run(["ngspice", "-v"], capture_output=True, text=True).stdout)
    head = [f"# {case.name}: {case.rows} x {case.cols} cells, {case.wires}", f"# column currents in A, {version[0]}"]
    STORED.mkdir(exist_ok=True)
    values = [f"{current:.15e}" for current in run_ngspice(case)]
    (STORED / f"{case.name}.txt").write_text("\n".join([*head, *values, ""]))


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    for one in CASES:
        write(one)

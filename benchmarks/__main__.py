"""Command line: measure, print the table, write JSON and figures."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numba
import torch

import benchmarks
from benchmarks import evaluation
from benchmarks.workloads import bernoulli, cnn, layer, mlp, random_numbers, stored, telegraph, wire_resistance
from benchmarks.workloads.effort import FULL, QUICK, Effort
from benchmarks.workloads.rows import Row, table

WORKLOADS: dict[str, Callable[[Effort], list[Row]]] = {
    "W1": layer.rows,
    "bernoulli": bernoulli.rows,
    "telegraph": telegraph.rows,
    "W2": mlp.rows,
    "W3": cnn.rows,
    "wires": wire_resistance.rows,
    "random": random_numbers.rows,
    "evaluation": evaluation.rows,
}


def conditions() -> dict[str, Any]:
    """What the figures depend on, without naming the machine."""
    packages = ("numpy", "scipy", "numba", "torch")
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "architecture": platform.machine(),
        "torch_threads": torch.get_num_threads(),
        "numba_threads": numba.config.NUMBA_NUM_THREADS,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=benchmarks.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(WORKLOADS), help="workloads, comma-separated (default: all)")
    parser.add_argument("--quick", action="store_true", help="toy sizes; nothing is judged")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all rows")
    parser.add_argument("--figures", type=Path, metavar="FOLDER", help="measure and draw scaling curves, too")
    given = parser.parse_args(arguments)
    chosen = given.only.split(",")
    unknown = [name for name in chosen if name not in WORKLOADS]
    if unknown:
        parser.error(f"--only: no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    effort = QUICK if given.quick else FULL
    rows = [row for name in chosen for row in WORKLOADS[name](effort)]
    print(", ".join(f"{name} {value}" for name, value in conditions().items()), end="\n\n")
    print(table(rows, judge=not given.quick), stored.text(), sep="\n\n")
    result: dict[str, Any] = {"conditions": conditions(), "quick": given.quick, "rows": [row.as_json() for row in rows]}
    if given.figures is not None:
        from benchmarks.workloads import scaling

        result["scaling"] = scaling.draw(given.figures, effort)
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

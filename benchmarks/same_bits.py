"""Whether two commits compute the same numbers, bit for bit: for a change that should move code and nothing else.

    python -m benchmarks.same_bits --out before.json          # at the commit before (4 minutes on one core)
    python -m benchmarks.same_bits --against before.json      # at the commit after; exit code 1 if anything differs

Every case of `benchmarks.same_bits_cases` evaluates a few images and keeps what a user can get of it: probabilities,
what calibration did, rows, tables. For each of these the file holds a SHA-256 of its bytes, and its first numbers for
people to look at. What exists only after is named and no difference. Both must be run on one machine with the same
versions of numpy, torch and numba: digests say nothing across machines. `--only` takes cases by the beginning of their
names. A commit that has no such module yet is measured with copies of the two files in its `benchmarks` folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.same_bits_cases import CASES

Record = dict[str, dict[str, Any]]
NO_RESULT = {"config", "seconds", "folder", "checkpoint"}  # parts of results that hold paths or times


def main(arguments: list[str] | None = None) -> int:
    """Measure, write and compare; the exit code."""
    parser = argparse.ArgumentParser(description="Record digests of results, and compare them with another commit's.")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write what was found")
    parser.add_argument("--against", type=Path, metavar="FILE.json", help="say what differs from this file")
    parser.add_argument("--only", metavar="NAME,...", help=f"cases by the beginning of their names: {', '.join(CASES)}")
    given = parser.parse_args(arguments)
    wanted = tuple(given.only.split(",")) if given.only else ("",)
    found = measure(wanted)
    if given.out is not None:
        given.out.write_text(json.dumps(found, indent=1) + "\n")
    if given.against is None:
        return 0
    before = json.loads(given.against.read_text())
    different = differences({name: entry for name, entry in before.items() if name.startswith(wanted)}, found)
    added = sorted(found.keys() - before.keys())
    print("\n".join(different) or f"{len(found) - len(added)} results are the same")
    if added:
        print(f"only after: {', '.join(added)}")
    return 1 if different else 0


def measure(wanted: tuple[str, ...] = ("",)) -> Record:
    """Digest and head of every result of the cases whose names begin with one of `wanted`; times go to stderr."""
    record: Record = {}
    for name, case in CASES.items():
        if not name.startswith(wanted):
            continue
        started = time.perf_counter()
        with TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record |= {key: entry(value) for key, value in flat(case(Path(folder)), name).items()}
        print(f"{name}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    return record


def flat(value: Any, name: str) -> dict[str, Any]:
    """Leaves of nested mappings by their path; lists of mappings become one list for every key."""
    if isinstance(value, Mapping):
        parts = [flat(part, f"{name}/{key}") for key, part in value.items() if key not in NO_RESULT]
        return {key: leaf for part in parts for key, leaf in part.items()}
    if isinstance(value, (list, tuple)) and value and all(isinstance(item, Mapping) for item in value):
        columns: dict[str, Any] = {}
        for item in value:
            for key, leaf in flat(item, name).items():
                columns.setdefault(key, []).append(leaf)
        return columns
    return {name: value}


def entry(value: Any) -> dict[str, Any]:
    """SHA-256 of an array's type, shape and bytes, of anything else's JSON; and the first three numbers or letters."""
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        data = f"{value.dtype.str}{value.shape}".encode() + np.ascontiguousarray(value).tobytes()
        return {"digest": hashlib.sha256(data).hexdigest(), "head": _head(value)}
    text = json.dumps(value, default=lambda part: np.asarray(part).tolist())
    return {"digest": hashlib.sha256(text.encode()).hexdigest(), "head": _head(value)}


def _head(value: Any) -> list[Any]:
    try:
        numbers = np.asarray(value, dtype=np.float64).ravel()[:3]
    except (TypeError, ValueError):  # texts, or rows without a value
        return [str(value)[:60]]
    return [f"{number:.6g}" for number in numbers]


def differences(before: Record, after: Record) -> list[str]:
    """One line for each result of `before` that `after` does not have, or has otherwise."""
    lines = []
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            lines.append(f"{name}: is missing")
        elif new["digest"] != old["digest"]:
            lines.append(f"{name}: differs, {old['head']} -> {new['head']}")
    return lines


if __name__ == "__main__":
    sys.exit(main())

"""The excerpts of other people's measurements that come with the package, made from their whole files.

    python -m benchmarks.excerpts DIR

DIR holds `rram_a_read_traces_400hz.tsv.gz`, `rram_a_bake.tsv.gz` and `rram_b_relaxation.tsv.gz` (MIT licence, A. Levy)
and `reram_gong2022_pulse_response.csv` (MIT licence, IBM: gong_et_al.csv of aihwkit); see
device_models/presets/measured/README.md, which says what each excerpt leaves out. `python -m
device_models.fit.bundled` makes the presets of them.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
import polars as pl

EXCERPTS = Path("device_models/presets/measured")
RATE_HZ, FIRST_READ, LAST_READ = 400, 80_000, 100_000  # 200 s to 250 s: by then the three cells have settled
RANGES = 32
G_MAX_US = {"a": 240, "b": 128}
EVERY_BLOCK = 12  # one of so many blocks of cells: an excerpt of 40 KB
BATCH_C = 180  # of technology A's bakes, whose cells read before the bake are taken


def main(folder: Path) -> None:
    EXCERPTS.mkdir(parents=True, exist_ok=True)
    _write("levy_a_reads", _reads(folder / "rram_a_read_traces_400hz.tsv.gz"))
    bakes = pl.read_csv(folder / "rram_a_bake.tsv.gz", separator="\t")
    _write("levy_a_bakes", _baked(bakes.filter(in_excerpt(pl.col("addr")))))
    bake = bakes.filter((pl.col("temp_C") == BATCH_C) & (pl.col("addr") // RANGES % 8 == 0))
    _write("levy_a_written", _written(bake["addr"].to_numpy(), bake["g_before_S"].to_numpy(), G_MAX_US["a"]))
    relaxation = pl.read_csv(folder / "rram_b_relaxation.tsv.gz", separator="\t")
    half = relaxation.filter(pl.col("addr") // RANGES % 2 == 0)
    _write("levy_b_written", _written(half["addr"].to_numpy(), half["g_S@0s"].to_numpy(), G_MAX_US["b"]))
    _write("levy_b_relaxation", half.write_csv(separator="\t").splitlines(), ".tsv")
    pulses = (folder / "reram_gong2022_pulse_response.csv").read_text().splitlines()
    _write("gong_pulses", ["up,down", *pulses])


def _reads(path: Path) -> list[str]:
    """Three cells, a column each, in nS, as many digits as the instrument resolves."""
    with gzip.open(path, "rt") as file:
        rows = [np.array(line.split("\t"), float) for line in file]
    cells = [f"cell {int(row[0])} [nS]" for row in rows]
    times = np.arange(FIRST_READ, LAST_READ) / RATE_HZ
    values = [1e9 * row[1:][FIRST_READ:LAST_READ] for row in rows]
    lines = [",".join(["time [s]", *cells])]
    return lines + [f"{t:.4f},{','.join(f'{v:.0f}' for v in at)}" for t, *at in zip(times, *values, strict=True)]


def in_excerpt(address: pl.Expr) -> pl.Expr:
    """Which cells of technology A's bakes are in the excerpt, by their address: whole blocks of all ranges."""
    return address // RANGES % EVERY_BLOCK == 0


def _baked(bakes: pl.DataFrame) -> list[str]:
    """Cells before and after each bake."""
    rows = bakes.select("temp_C", "g_before_S", "g_after_S", "t_after_s").rows()
    numbers = [f"{temp},{1e6 * before:.4g},{1e6 * after:.4g},{time}" for temp, before, after, time in rows]
    return ["temperature [C],before [uS],after [uS],time [s]", *numbers]


def _written(address: np.ndarray, g_s: np.ndarray, g_max_us: float) -> list[str]:
    """Middle of each cell's range, its address modulo 32 of 32 equal ranges, and what the cell reads."""
    middle = (address % RANGES + 0.5) * g_max_us / RANGES
    pairs = zip(middle, 1e6 * g_s, strict=True)
    return ["target [uS],programmed [uS]", *(f"{target:.4g},{g:.4g}" for target, g in pairs)]


def _write(name: str, lines: list[str], ending: str = ".csv") -> None:
    path = EXCERPTS / f"{name}{ending}.gz"
    path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode(), mtime=0))
    print(f"{path}: {len(lines) - 1} rows, {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

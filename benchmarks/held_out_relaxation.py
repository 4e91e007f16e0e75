"""Does `rram_levy_b`, fitted to half of the cells of technology B, hold for the other half?

    python -m benchmarks.held_out_relaxation DIR

DIR holds `rram_b_relaxation.tsv.gz` (see device_models/presets/measured/README.md). Percentiles of ln G and of its
change since the first read, measured and by the preset from the same first reads; how far apart, in per cent of the
distance of the outer two.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.excerpts import RANGES
from device_models import load_device

PERCENTILES = (5, 25, 50, 75, 95)
DRAWS = 20  # of every cell


def main(folder: Path) -> None:
    whole = pl.read_csv(folder / "rram_b_relaxation.tsv.gz", separator="\t")
    others = whole.filter(pl.col("addr") // RANGES % 2 == 1).drop("addr")
    relaxation, rng = load_device("rram_levy_b").relaxation, np.random.default_rng(0)
    first, worst = others["g_S@0s"].to_numpy(), 0.0
    for name in others.columns[1:]:
        age_s, g_s = float(name.split("@")[1].removesuffix("s")), others[name].cast(float).to_numpy()
        read = np.isfinite(g_s) & (g_s > 0) & (first > 0)
        from_s = np.repeat(first[read], DRAWS)
        drawn_s = relaxation.relaxed(from_s, age_s, rng.standard_normal(len(from_s)))
        for what, measured, simulated in (
            ("ln G", np.log(g_s[read]), np.log(drawn_s)),
            ("change", np.log(g_s[read] / first[read]), np.log(drawn_s / from_s)),
        ):
            points, ours = (np.percentile(values, PERCENTILES) for values in (measured, simulated))
            apart = 100 * (ours - points) / (points[-1] - points[0])
            worst = max(worst, float(np.abs(apart).max()))
            print(f"{age_s:8g} s  {what:6}  {int(read.sum())} cells  " + " ".join(f"{each:+5.1f}" for each in apart))
    print(f"worst: {worst:.1f} %")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

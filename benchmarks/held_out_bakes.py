"""Do bakes of some cells of technology A tell what the others do at each temperature?

    python -m benchmarks.held_out_bakes DIR

DIR holds `rram_a_bake.tsv.gz` (see device_models/presets/measured/README.md). Once `devices fit` is given every other
block of cells, of all ranges of conductance; then `rram_levy_a` stands, which is made of the excerpt. Percentiles of
ln G after the bake and of its change, of cells that were not fitted, measured and by the device from the same
conductances before, at the time and temperature of the bake; how far apart, in per cent of the distance of the outer
two.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.excerpts import RANGES, in_excerpt
from device_models import Cells, Stream, load_device
from device_models.fit import fit_files

PERCENTILES = (5, 25, 50, 75, 95)
DRAWS = 5  # of every cell


def main(folder: Path) -> None:
    bakes = pl.read_csv(folder / "rram_a_bake.tsv.gz", separator="\t")
    half = pl.col("addr") // RANGES % 2 == 0
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "half.tsv"
        bakes.filter(half).write_csv(path, separator="\t")
        fitted = fit_files([path]).preset()
    compare("half of the cells", fitted, bakes.filter(~half))
    compare("rram_levy_a", {"preset": "rram_levy_a"}, bakes.filter(~in_excerpt(pl.col("addr"))))


def compare(name: str, device: dict[str, Any], others: pl.DataFrame) -> None:
    """Print how far apart cells are, at each temperature, from those of the device."""
    worst = 0.0
    for (temperature_c,), cells in others.group_by("temp_C", maintain_order=True):
        before, after = cells["g_before_S"].to_numpy(), cells["g_after_S"].to_numpy()
        age_s = float(np.median(cells["t_after_s"].to_numpy()))
        baked = load_device({**device, "temperature_k": float(str(temperature_c)) + 273.15})
        start = Cells(np.repeat(before, DRAWS), Stream())
        drawn = baked.aged_s(start, age_s)
        for what, measured, simulated in (
            ("ln G", np.log(after), np.log(drawn)),
            ("change", np.log(after / before), np.log(drawn / start.g_s)),
        ):
            points, ours = (np.percentile(values, PERCENTILES) for values in (measured, simulated))
            apart = 100 * (ours - points) / (points[-1] - points[0])
            worst = max(worst, float(np.abs(apart).max()))
            errors = " ".join(f"{each:+5.1f}" for each in apart)
            print(f"{name}  {temperature_c} C  {age_s:g} s  {what:6}  {len(after)} cells  {errors}")
    print(f"{name}: worst: {worst:.1f} %")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

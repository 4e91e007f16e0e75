"""The table of a study as a parquet file of its results folder."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from crossbar_nsm.experiment.studies.folder.results_place import TABLE
from device_models.files.signs import sign
from device_models.files.writing import write_bytes


def write_parquet(path: Path, table: pl.DataFrame) -> None:
    """Write `path`, in the results folder, as a whole or not at all."""
    content = io.BytesIO()
    table.write_parquet(content, metadata={"format": sign(TABLE)})
    write_bytes(path, content.getvalue())

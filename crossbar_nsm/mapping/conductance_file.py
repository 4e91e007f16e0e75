"""Conductances of programmed arrays, out of the simulator and into it: .npz or .csv.

.npz: one array `<layer>/<array>` of shape (2, rows, columns) in siemens, first the cells of the plus column, then those
of the minus column; rows are inputs, columns outputs, array is `main` or (circuit replica) `replica`. .csv: a line for
each cell, `layer,array,side,row,column,conductance [S]`, side plus or minus, rows and columns counted from 0; the unit
of the header counts (uS, nS, kohm ...). What a file leaves out is programmed as without it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from device_models.errors import MappingError
from device_models.files import write_bytes, write_text
from device_models.fit.units import read_header

FIELDS = ("layer", "array", "side", "row", "column")
HEADER = (*FIELDS, "conductance [S]")
SIDES = ("plus", "minus")
Named = dict[str, dict[str, np.ndarray]]  # conductances [S] by layer and array


def write_conductances(path: str | Path, arrays: Iterable[tuple[str, str, Crossbar]]) -> Path:
    """Write (layer, array, crossbar) as programmed; the ending chooses the form. Raises MappingError for another."""
    path = Path(path)
    named = {f"{layer}/{array}": crossbar.g_s for layer, array, crossbar in arrays}
    if path.suffix == ".npz":
        content = io.BytesIO()
        np.savez_compressed(content, **named)  # type: ignore[arg-type]
        return write_bytes(path, content.getvalue())
    if path.suffix != ".csv":
        raise MappingError(f"{path}: conductances are written as .npz or .csv")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for name, g_s in named.items():
        layer, array = name.split("/")
        for (side, row, column), value in np.ndenumerate(g_s):
            writer.writerow((layer, array, SIDES[side], row, column, repr(float(value))))
    return write_text(path, text.getvalue())


def read_conductances(path: str | Path, shapes: dict[str, dict[str, tuple[int, ...]]]) -> Named:
    """Measured conductances [S] by layer and array. shapes: what the network has, (2, rows, columns) each.

    Raises MappingError, naming the place, for files that cannot be read, arrays that the network does not have, wrong
    shapes, missing or repeated cells, and conductances that are not finite or negative.
    """
    path = Path(path)
    if not path.is_file():
        raise MappingError(f"{path}: no such file")
    if path.suffix not in (".npz", ".csv"):
        raise MappingError(f"{path}: conductances are read from .npz or .csv")
    named = dict(_read_npz(path) if path.suffix == ".npz" else _read_csv(path, shapes))
    if not named:
        raise MappingError(f"{path}: holds no conductances")
    result: Named = {}
    for (layer, array), g_s in named.items():
        shape = _known(path, shapes, layer, array)
        if g_s.shape != shape:
            raise MappingError(f"{path}: {layer}/{array} has the shape {g_s.shape}, the network's array {shape}")
        if not (np.isfinite(g_s).all() and (g_s >= 0).all()):
            raise MappingError(f"{path}: the conductances of {layer}/{array} must be finite and not negative")
        result.setdefault(layer, {})[array] = g_s
    return result


def _known(path: Path, shapes: dict[str, dict[str, tuple[int, ...]]], layer: str, array: str) -> tuple[int, ...]:
    if array not in shapes.get(layer, {}):
        known = ", ".join(f"{name}/{which}" for name, arrays in shapes.items() for which in arrays)
        raise MappingError(f"{path}: no array {layer}/{array} here; the network has {known}")
    return shapes[layer][array]


def _read_npz(path: Path) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            for name in file.files:
                layer, _, array = name.partition("/")
                values = np.asarray(file[name])
                if values.dtype.kind not in "fiu":
                    raise MappingError(f"{path}: {name} holds {values.dtype}, not numbers")
                yield (layer, array or "main"), values.astype(np.float64)
    except MappingError:
        raise
    except Exception as error:  # numpy, zipfile and zlib all have their own
        raise MappingError(f"{path}: not a readable .npz file ({error})") from None


def _read_csv(
    path: Path, shapes: dict[str, dict[str, tuple[int, ...]]]
) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    arrays: dict[tuple[str, str], np.ndarray] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = [text.strip() for text in next(rows, [])]
            unit = _conductance_column(path, header)
            for fields in rows:
                if fields:
                    place = f"{path}:{rows.line_num}"
                    _put(arrays, path, place, shapes, dict(zip(header, fields, strict=False)), header, unit)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MappingError(f"{path}: not a readable .csv file ({error})") from None
    for (layer, array), g_s in arrays.items():
        missing = np.argwhere(np.isnan(g_s))
        if len(missing):
            side, row, column = missing[0]
            raise MappingError(
                f"{path}: {len(missing)} cells of {layer}/{array} are missing, the first is {SIDES[side]}, row {row}, "
                f"column {column}"
            )
    yield from arrays.items()


def _conductance_column(path: Path, header: list[str]) -> Any:
    """The unit of the one column of conductances; raises for a header of other columns."""
    others = [text for text in header if text not in FIELDS]
    missing = [field for field in FIELDS if field not in header]
    if missing or len(others) != 1:
        raise MappingError(f"{path}:1: expected the columns {','.join(HEADER)}; got {','.join(header) or 'none'}")
    column = read_header(others[0], f"{path}:1")
    if column.name != "conductance":
        raise MappingError(f"{path}:1: column `{others[0]}` should be `conductance [S]`")
    return column


def _put(
    arrays: dict[tuple[str, str], np.ndarray],
    path: Path,
    place: str,
    shapes: dict[str, dict[str, tuple[int, ...]]],
    given: dict[str, str],
    header: list[str],
    unit: Any,
) -> None:
    """One line of a table into its array (NaN where nothing was put yet)."""
    if len(given) != len(header):
        raise MappingError(f"{place}: {len(given)} values in a table of {len(header)} columns")
    name = given["layer"].strip(), given["array"].strip()
    shape = _known(path, shapes, *name)
    array = arrays.setdefault(name, np.full(shape, np.nan))
    value = next(text for key, text in given.items() if key not in FIELDS)
    try:
        index = SIDES.index(given["side"].strip()), int(given["row"]), int(given["column"])
        number = unit.si(float(value))
    except ValueError:
        raise MappingError(f"{place}: expected plus or minus, two whole numbers and a conductance") from None
    if not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
        raise MappingError(f"{place}: row {index[1]}, column {index[2]} is outside {name[0]}/{name[1]}, {shape[1:]}")
    if not np.isnan(array[index]):
        raise MappingError(f"{place}: this cell was given before")
    if not number >= 0 or not np.isfinite(number):
        raise MappingError(f"{place}: {value} is not a conductance: finite and not negative")
    array[index] = number

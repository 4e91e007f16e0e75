"""Conductances of programmed arrays, out of the simulator and into it: .npz or .csv.

.npz: one array `<layer>/<array>` of shape (2, rows, columns) in siemens, first the cells of the plus column, then those
of the minus column; rows are inputs, columns outputs, array is `main` or (circuit replica) `replica`. .csv: a line for
each cell, `layer,array,side,row,column,conductance [S]`, side plus or minus, rows and columns counted from 0; the unit
of the header counts (uS, nS, kohm ...). What a file leaves out is programmed as without it.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from device_models.archives import read_arrays
from device_models.errors import MappingError, quoted
from device_models.files import write_bytes, write_text
from device_models.fit.units import Column, read_header
from device_models.signs import npz_bytes

FIELDS = ("layer", "array", "side", "row", "column")
HEADER = (*FIELDS, "conductance [S]")
SIDES = ("plus", "minus")
Named = dict[str, dict[str, np.ndarray]]  # conductances [S] by layer and array
Shapes = dict[str, dict[str, tuple[int, ...]]]


def write_conductances(path: str | Path, arrays: Iterable[tuple[str, str, Crossbar]]) -> Path:
    """Write (layer, array, crossbar) as programmed; the ending chooses the form. Raises MappingError for another, and
    FileError where another file is in the way: any other .csv, which cannot say whose it is."""
    path = Path(path)
    named = {f"{layer}/{array}": crossbar.g_s for layer, array, crossbar in arrays}
    if path.suffix == ".npz":
        return write_bytes(path, npz_bytes("conductances", named))
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


def read_conductances(path: str | Path, shapes: Shapes) -> Named:
    """Measured conductances [S] by layer and array. shapes: what the network has, (2, rows, columns) each.

    Raises MappingError, naming the place, for files that cannot be read, arrays that the network does not have, wrong
    shapes, missing or repeated cells, and conductances that are not finite or negative.
    """
    path = check_conductance_file(path)
    result: Named = {}
    for (layer, array), g_s in _read_npz(path) if path.suffix == ".npz" else _read_csv(path, shapes):
        if array in result.get(layer, {}):
            raise MappingError(f"{path}: {layer}/{array} is given twice ({layer} is short for {layer}/main)")
        shape = _known(path, shapes, layer, array)
        if g_s.shape != shape:
            hint = "; is it transposed?" if g_s.shape == (2, *shape[:0:-1]) else ""
            raise MappingError(f"{path}: {layer}/{array} has the shape {g_s.shape}, the network's array {shape}{hint}")
        if not (np.isfinite(g_s).all() and (g_s >= 0).all()):
            raise MappingError(f"{path}: the conductances of {layer}/{array} must be finite and not negative")
        result.setdefault(layer, {})[array] = g_s
    if not result:
        raise MappingError(f"{path}: holds no conductances")
    return result


def check_conductance_file(path: str | Path) -> Path:
    """`path`, a file of conductances by its name. Raises MappingError when it is none, or not there."""
    path = Path(path)
    if not os.path.isfile(path):
        raise MappingError(f"{path}: no such file")
    if path.suffix not in (".npz", ".csv"):
        raise MappingError(f"{path}: conductances are read from .npz or .csv")
    return path


def _known(path: Path, shapes: Shapes, layer: str, array: str) -> tuple[int, ...]:
    if array not in shapes.get(layer, {}):
        known = ", ".join([f"{name}/{which}" for name, arrays in shapes.items() for which in arrays][:12])
        raise MappingError(f"{path}: no array {layer}/{array} here; the network has {known}")
    return shapes[layer][array]


def _read_npz(path: Path) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    for name, values in read_arrays(path, MappingError).items():
        layer, _, array = name.partition("/")
        if values.dtype.kind not in "fiu":
            raise MappingError(f"{path}: {quoted(name)} holds {quoted(str(values.dtype))}, not numbers")
        yield (layer, array or "main"), values.astype(np.float64)


def _read_csv(path: Path, shapes: Shapes) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    unit, columns = _table(path)
    names = np.char.add(np.char.add(columns["layer"], "/"), columns["array"])
    side = np.select([columns["side"] == which for which in SIDES], [0, 1], default=-1)
    if (side < 0).any():
        raise MappingError(
            f"{_line(path, side < 0)}: side {quoted(str(columns['side'][side < 0][0]))}: expected plus or minus"
        )
    row, column = (_numbers(path, columns[name], int, "a whole number") for name in ("row", "column"))
    value = _numbers(path, columns["conductance"], float, "a number")
    with np.errstate(divide="ignore", invalid="ignore"):
        g_s = 1 / (value * unit.factor) if unit.resistance else value * unit.factor
    wrong = ~(np.isfinite(g_s) & (g_s >= 0))
    if wrong.any():
        given = columns["conductance"][wrong][0]
        raise MappingError(f"{_line(path, wrong)}: {given} is not a conductance: finite and not negative")
    for name in dict.fromkeys(names.tolist()):
        layer, array = name.split("/", 1)
        chosen = names == name
        cells = np.stack([side, row, column])[:, chosen]
        lines = np.flatnonzero(chosen)
        yield (layer, array), _placed(path, name, _known(path, shapes, layer, array), cells, g_s[chosen], lines)


def _table(path: Path) -> tuple[Column, dict[str, np.ndarray]]:
    """The unit of the conductances, and the columns as text; raises for a header of other columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [[field.strip() for field in row] for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MappingError(f"{path}: not a readable .csv file ({error})") from None
    header = rows[0] if rows else []
    others = [text for text in header if text not in FIELDS]
    if set(FIELDS) - set(header) or len(others) != 1:
        raise MappingError(f"{path}:1: expected the columns {','.join(HEADER)}; got {','.join(header) or 'none'}")
    unit = read_header(others[0], f"{path}:1")
    if unit.name != "conductance":
        raise MappingError(f"{path}:1: column `{others[0]}` should be `conductance [S]`")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise MappingError(f"{path}:{number}: {len(row)} values in a table of {len(header)} columns")
    names = ["conductance" if text not in FIELDS else text for text in header]
    table = np.array(rows[1:], dtype=str).reshape(-1, len(header)).T
    return unit, dict(zip(names, table, strict=True))


def _numbers(path: Path, texts: np.ndarray, kind: type, what: str) -> np.ndarray:
    try:
        return texts.astype(kind)
    except ValueError:
        wrong = next(k for k, text in enumerate(texts) if not _is(kind, text))
        raise MappingError(f"{path}:{wrong + 2}: {quoted(str(texts[wrong]))} is not {what}") from None


def _is(kind: type, text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _placed(
    path: Path, name: str, shape: tuple[int, ...], cells: np.ndarray, g_s: np.ndarray, lines: np.ndarray
) -> np.ndarray:
    """One array, filled; cells (3, n): side, row and column of each value; lines: its place in the file."""
    outside = ((cells < 0) | (cells >= np.array(shape)[:, None])).any(axis=0)
    if outside.any():
        _, row, column = cells[:, outside][:, 0]
        line = lines[outside][0] + 2
        raise MappingError(f"{path}:{line}: row {row}, column {column} is outside {name}, {shape[1:]}")
    flat = np.ravel_multi_index(tuple(cells), shape)
    _, first = np.unique(flat, return_index=True)
    if len(first) < len(flat):
        again = np.setdiff1d(np.arange(len(flat)), first)[0]
        raise MappingError(f"{path}:{lines[again] + 2}: this cell was given before")
    array = np.full(shape, np.nan)
    array.flat[flat] = g_s
    missing = np.argwhere(np.isnan(array))
    if len(missing):
        side, row, column = missing[0]
        raise MappingError(
            f"{path}: {len(missing)} cells of {name} are missing, the first is {SIDES[side]}, row {row}, "
            f"column {column}"
        )
    return array


def _line(path: Path, wrong: np.ndarray) -> str:
    """Place of the first line that is wrong (blank lines are not counted)."""
    return f"{path}:{int(np.argmax(wrong)) + 2}"

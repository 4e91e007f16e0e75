"""Conductances of programmed arrays, out of the simulator and into it: .npz or .csv (any other ending is read as that).

.npz: one array `<layer>/<array>` of shape (2, rows, columns) in siemens, first the cells of the plus column, then those
of the minus column; rows are inputs, columns outputs, array is `main` or (circuit replica) `replica`. .csv: a line for
each cell, `layer,array,side,row,column,conductance [S]`, side plus or minus (+ or -), rows and columns counted from 0,
in any unit and style that `devices fit` reads: resistances, semicolons or tabs, decimal commas; without a column
`array`, of the main array. What a file leaves out is programmed as without it.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crossbar_nsm.array.operand import MAIN
from device_models.errors import MappingError, explained_by, quoted
from device_models.files.archives import is_npz, read_arrays
from device_models.files.signs import npz_bytes
from device_models.files.table_text import is_index, is_number
from device_models.files.writing import check_distinct, check_output, write_bytes, write_text
from device_models.fit.measurements.delimited import DelimitedTable
from device_models.fit.measurements.headings import read_header
from device_models.fit.measurements.missing import lost
from device_models.warning import note

if TYPE_CHECKING:
    from crossbar_nsm.array.crossbar import Crossbar

FIELDS = ("layer", "array", "side", "row", "column")
HEADER = (*FIELDS, "conductance [S]")
OTHER_NAMES = {"col": "column"}
SIDES = ("plus", "minus")
SIGNS = {"+": "plus", "-": "minus", "\u2212": "minus"}
KIND = "conductances"
Named = dict[str, dict[str, np.ndarray]]  # conductances [S] by layer and array
Shapes = dict[str, dict[str, tuple[int, ...]]]


def write_conductances(
    path: str | Path, arrays: Iterable[tuple[str, str, Crossbar]], measured: str | None = None
) -> Path:
    """Write (layer, array, crossbar) as programmed; the ending chooses the form. Raises what `check_conductance_output`
    does, and FileError where any other .csv is in the way, which cannot say whose it is."""
    path = check_conductance_output(path, measured)
    named = {f"{layer}/{array}": crossbar.g_s for layer, array, crossbar in arrays}
    if is_npz(path):
        return write_bytes(path, npz_bytes(KIND, named))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for name, g_s in named.items():
        layer, array = name.split("/")
        for (side, row, column), value in np.ndenumerate(g_s):
            writer.writerow((layer, array, SIDES[side], row, column, repr(float(value))))
    return write_text(path, text.getvalue())


@explained_by("exchange_conductances")
def check_conductance_output(path: str | Path, measured: str | None = None) -> Path:
    """`path`, a name to write conductances to. Raises MappingError for another ending, and FileError where another file
    is in the way: that of `measured` ones, which were read, or any but conductances (a .csv is looked at when there is
    something to write)."""
    path = Path(path)
    if path.suffix.lower() not in (".npz", ".csv"):
        raise MappingError(f"{path}: conductances are written as .npz or .csv")
    read = None if measured is None else Path(measured)
    check_distinct({"array.conductances": read, "the conductances to write": path})
    return check_output(path, KIND) if is_npz(path) else path


@explained_by("exchange_conductances")
def read_conductances(path: str | Path, shapes: Shapes) -> Named:
    """Measured conductances [S] by layer and array. shapes: what the network has, (2, rows, columns) each.

    Raises MappingError, naming the place, for files that cannot be read, arrays that the network does not have, wrong
    shapes, missing or repeated cells, and conductances that are not finite or negative.
    """
    path = check_conductance_file(path)
    result: Named = {}
    for (layer, array), g_s in _read_npz(path) if is_npz(path) else _read_csv(path, shapes):
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


@explained_by("exchange_conductances")
def check_conductance_file(path: str | Path) -> Path:
    """`path`, a file of conductances by its name. Raises MappingError when it is none, or not there."""
    path = Path(path)
    if os.path.isdir(path):
        raise MappingError(f"{path}: is a folder; name the .npz or .csv file in it")
    if not os.path.isfile(path):
        raise MappingError(f"{path}: no such file")
    return path


def _known(place: str | Path, shapes: Shapes, layer: str, array: str) -> tuple[int, ...]:
    if array not in shapes.get(layer, {}):
        known = ", ".join([f"{name}/{which}" for name, arrays in shapes.items() for which in arrays][:12])
        raise MappingError(f"{place}: no array {quoted(f'{layer}/{array}')[1:-1]} here; the network has {known}")
    return shapes[layer][array]


def _read_npz(path: Path) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    for name, values in read_arrays(path, MappingError).items():
        layer, _, array = name.partition("/")
        if values.dtype.kind not in "fiu":
            raise MappingError(f"{path}: {quoted(name)} holds {quoted(str(values.dtype))}, not numbers")
        yield (layer, array or MAIN), values.astype(np.float64)


def _read_csv(path: Path, shapes: Shapes) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    lines = DelimitedTable(path, MappingError, f"the columns {','.join(HEADER)}")
    table = _Table(path, shapes, lines.place, lines.header)
    for number, cells in lines.rows([table.columns[-1]]):
        table.add(f"{path}:{number}", cells)
    named = dict(table.complete())
    if named:
        of_arrays, count = ", ".join("/".join(name) for name in named), sum(g_s.size for g_s in named.values())
        note(f"{path}: {count} cells of {of_arrays}, from column `{table.unit.header}`; {lines.style}")
    yield from named.items()


class _Table:
    """Arrays that are filled cell by cell. Raises MappingError for a header of other columns."""

    def __init__(self, path: Path, shapes: Shapes, place: str, header: list[str]):
        self.path, self.shapes = path, shapes
        self.arrays: Named = {}
        names = [OTHER_NAMES.get(text.lower(), text.lower()) for text in header]
        others = [k for k, name in enumerate(names) if name not in FIELDS]
        absent = [name for name in FIELDS if name not in names and name != "array"]
        if absent or len(others) != 1 or len(set(names)) < len(names):
            why = f" (no `{absent[0]}`)" if absent else ""
            got = quoted(",".join(header), 160) if header else "none"
            raise MappingError(f"{place}: expected the columns {','.join(HEADER)}{why}; got {got}")
        self.unit = read_header(header[others[0]], place)
        if self.unit.name != "conductance":
            raise MappingError(f"{place}: column `{self.unit.header}` should be `conductance [S]`")
        self.width = len(names)
        self.columns = [names.index(name) if name in names else self.width for name in FIELDS] + others

    def add(self, place: str, cells: list[str]) -> None:
        """One cell of one array; raises MappingError, with its place, for what is none."""
        if len(cells) != self.width:
            raise MappingError(f"{place}: {len(cells)} values in a table of {self.width} columns")
        layer, name, side, row, column, value = ([*cells, MAIN][k] for k in self.columns)
        side = SIGNS.get(side, side.lower())
        array = self._array(place, layer, name)
        if side not in SIDES:
            raise MappingError(f"{place}: side {quoted(side)}: expected plus or minus (+ or -)")
        at = SIDES.index(side), _index(place, row), _index(place, column)
        if at[1] >= array.shape[1] or at[2] >= array.shape[2]:
            raise MappingError(f"{place}: row {row}, column {column} is outside {layer}/{name}, {array.shape[1:]}")
        if not math.isnan(array[at]):
            raise MappingError(f"{place}: this cell was given before")
        array[at] = self._conductance(place, value)

    def complete(self) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
        """The arrays, by layer and name; raises MappingError where a cell was not given."""
        for layer, arrays in self.arrays.items():
            for name, array in arrays.items():
                missing = np.argwhere(np.isnan(array))
                if len(missing):
                    side, row, column = missing[0]
                    raise MappingError(
                        f"{self.path}: {len(missing)} cells of {layer}/{name} are missing, the first is {SIDES[side]}, "
                        f"row {row}, column {column}"
                    )
                yield (layer, name), array

    def _array(self, place: str, layer: str, name: str) -> np.ndarray:
        found = self.arrays.get(layer, {}).get(name)
        if found is None:
            found = np.full(_known(place, self.shapes, layer, name), np.nan)
            self.arrays.setdefault(layer, {})[name] = found
        return found

    def _conductance(self, place: str, text: str) -> float:
        if reason := lost(text):
            raise MappingError(f"{place}: {reason}; every cell of an array needs a conductance")
        if not is_number(text):
            raise MappingError(f"{place}: {quoted(text)} is not a number")
        value = self.unit.si(float(text))
        if not (math.isfinite(value) and value >= 0):
            raise MappingError(f"{place}: {text[:40]} is not a conductance: finite and not negative")
        return value


def _index(place: str, text: str) -> int:
    if not is_index(text):
        raise MappingError(f"{place}: {quoted(text)} is not a whole number from 0")
    return int(text)

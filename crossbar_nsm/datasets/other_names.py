"""An .npz file whose arrays have other names than ours: what is in it, and the line that renames them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from crossbar_nsm.datasets.labels import label_fix
from device_models.errors import DatasetError
from device_models.files.archives import Header, read_headers

MOST_NAMED = 8


def what_is_there(path: Path, names: list[str]) -> str:
    """The arrays of a file by name and shape, and how those that can be images and labels are renamed."""
    headers: dict[str, Header] = {}
    for name in names[:MOST_NAMED]:
        with suppress(DatasetError):  # of an array that cannot be read, Python objects say
            headers |= read_headers(path, DatasetError, wanted=[name])
    if not headers:
        return "it has none that can be read"
    shown = ", ".join(f"{name} {shape}" for name, (shape, _) in headers.items())
    more = f" and {len(names) - len(headers)} more" if len(names) > len(headers) else ""
    half = {"x_train", "x_test"} & headers.keys()  # is no whole data set
    return f"it has {shown}{more}{'' if half else _renaming(path, headers)}"


def _renaming(path: Path, headers: Mapping[str, Header]) -> str:
    parts = {part: {n: header for n, header in headers.items() if part in n.lower()} for part in ("train", "test")}
    found = [text for part, inside in parts.items() if (text := _pair(inside, f"_{part}"))]
    arrays = ", ".join(found) if len(found) == len(parts) else _pair(headers, "")
    return f": d = np.load({path.name!r}); np.savez('new.npz', {arrays})" if arrays else ""


def _pair(headers: Mapping[str, Header], ending: str) -> str:
    """Of the arrays that can be images the one with most sides, and labels for as many; empty where there are none."""
    images = [name for name, (shape, kind) in headers.items() if len(shape) in (2, 3, 4) and kind.kind in "buif"]
    x = max(images, key=lambda name: (len(headers[name][0]), headers[name][0][1:]), default="")
    fixes = {n: label_fix(*headers[n], headers[x][0][0]) for n in headers if x and n != x}
    y = min((n for n, fix in fixes.items() if fix), key=lambda name: len(headers[name][0]), default="")
    labels = fixes[y].format(f"d['{y}']") if y else ""
    return f"x{ending}=d['{x}'], y{ending}={labels}" if y else ""

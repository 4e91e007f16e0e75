"""One look for all figures, and saving them as PNG, SVG and PDF.

Figures are made without pyplot, so that neither the session's backend nor its open figures matter or change.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from device_models.checks.arguments import a_flag, a_path, a_text, checked, each, instance_of, one_of
from device_models.errors import quoted
from device_models.files.signs import sealed, sign
from device_models.files.writing import check_folder, check_output, write_bytes
from device_models.numerics import usual_numerics
from device_models.warning import warn

COLUMN_INCH = 3.5  # width of a column of a two-column paper
LAYER_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]  # Okabe and Ito, colour-blind safe
GREY = "#666666"
DOTS_PER_INCH = 200
FORMATS = ("png", "svg", "pdf")
MOST_VECTOR_POINTS, FEW_POINTS = 1500, 100
GLYPH = re.compile(r"Glyph (\d+) .* missing from")
OURS = sign("figure")
METADATA = {
    "png": {"Software": OURS},
    "pdf": {"Creator": OURS, "CreationDate": None},
    "svg": {"Creator": OURS, "Date": None},
}
RC: dict[Any, Any] = {
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "pdf.fonttype": 42,
}


def check_figures(folder: str | Path, *names: str) -> None:
    """Raises FileError, before work is spent on them, where figures of these names cannot be saved."""
    check_folder(folder)
    for path in figure_files(folder, *names):
        check_output(path, "figure")


def figure_files(folder: str | Path, *names: str) -> list[Path]:
    """Where `save_figure` saves figures of these names."""
    return [Path(folder) / f"{name}.{ending}" for name in names for ending in FORMATS]


@contextmanager
def look() -> Iterator[None]:
    """Context in which figures are drawn: matplotlib's own settings and ours, whatever the session has."""
    with usual_numerics(), matplotlib.style.context(RC, after_reset=True):
        yield


class ShownFigure(Figure):
    """A figure that a notebook shows, as it is saved; without pyplot matplotlib leaves that to the figure."""

    def _repr_png_(self) -> bytes:
        return figure_bytes(self, "png")

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        """That of matplotlib; letters that its font lacks, each of which it warns of several times, are told once."""
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            super().savefig(*args, **kwargs)
        texts = [str(one.message) for one in said]
        missing = dict.fromkeys(chr(int(found[1])) for text in texts if (found := GLYPH.match(text)))
        if missing:
            letters = "".join(missing)
            warn(f"{quoted(letters)}: letters that matplotlib's font lacks are boxes in the figure")
        for one, text in zip(said, texts, strict=True):
            if not GLYPH.match(text):
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


def subplots(rows: int = 1, columns: int = 1, *, figsize: tuple[float, float], **grid: Any) -> tuple[Figure, Any]:
    """As that of pyplot: a figure and its axes, in a constrained layout; grid: see `Figure.subplots`."""
    figure = ShownFigure(figsize=figsize, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, **grid)


@checked(
    figure=instance_of(Figure, of="a figure of matplotlib"), folder=a_path, name=a_text,
    formats=each(one_of(FORMATS), least=1), owned=a_flag,
)  # fmt: skip
def save_figure(
    figure: Figure, folder: str | Path, name: str, formats: Sequence[str] = FORMATS, owned: bool = False
) -> list[Path]:
    """Write folder/name.png, .svg and .pdf, the same bytes for the same figure. Raises FileError where another file is
    in the way (owned: the folder is known to hold none).

    Letters are outlines in SVG, so that every browser shows them alike. Crowds of points and images are pixels in SVG
    and PDF; pixels are 200 to the inch.
    """
    contents = {ending: figure_bytes(figure, ending) for ending in formats}
    return [write_bytes(Path(folder) / f"{name}.{ending}", content, owned) for ending, content in contents.items()]


def figure_bytes(figure: Figure, ending: str) -> bytes:
    """The figure as a file: png, svg or pdf."""
    _rasterize_crowds(figure)
    _names_are_no_formulas(figure)
    content = io.BytesIO()
    with look(), matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "crossbar-nsm"}):
        figure.savefig(content, format=ending, dpi=DOTS_PER_INCH, bbox_inches="tight", metadata=METADATA[ending])
    return sealed(content.getvalue().decode()).encode() if ending == "svg" else content.getvalue()


def _names_are_no_formulas(figure: Figure) -> None:
    """A dollar in the name of a device is a dollar; numbers on axes, which matplotlib sets as formulas, stay."""
    for text in figure.findobj(Text):
        if isinstance(text, Text) and "$" in text.get_text() and "\\mathdefault" not in text.get_text():
            text.set_parse_math(False)


def _rasterize_crowds(figure: Figure) -> None:
    """Marks everything with many points as pixels once all points of the figure are more than MOST_VECTOR_POINTS."""
    counts: list[tuple[Artist, int]] = []
    for artist in figure.findobj():
        if isinstance(artist, Line2D) and artist.get_marker() not in ("None", "none", "", " ", None):
            counts.append((artist, np.size(artist.get_xdata())))
        elif isinstance(artist, PathCollection):
            counts.append((artist, len(artist.get_offsets())))  # type: ignore[arg-type]
        elif isinstance(artist, QuadMesh):
            counts.append((artist, np.size(artist.get_array())))  # type: ignore[arg-type]
    if sum(count for _, count in counts) > MOST_VECTOR_POINTS:
        for artist, count in counts:
            artist.set_rasterized(count > FEW_POINTS)


def plain_log_axis(axis: Axis, limits: tuple[float, float], unit: str = "") -> None:
    """Ticks as plain numbers, more of them over a short range."""
    subs = (1.0,) if limits[1] / limits[0] > 300 else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axis.set_major_formatter(FuncFormatter(partial(_plain_number, unit)))
    axis.set_minor_formatter(NullFormatter())


def _plain_number(unit: str, value: float, _position: int | None) -> str:
    return f"{value:g}{unit}"

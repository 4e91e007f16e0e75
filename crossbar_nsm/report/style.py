"""One look for all figures, and saving them as PNG and PDF."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from device_models.files import write_bytes

matplotlib.use("Agg")

COLUMN_INCH = 3.5  # width of a column of a two-column paper
LAYER_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]  # Okabe and Ito, colour-blind safe
GREY = "#666666"
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


def save_figure(figure: Figure, folder: str | Path, name: str, formats: tuple[str, ...] = ("png", "pdf")) -> list[Path]:
    """Write folder/name.png and .pdf (PNG at 200 dots per inch)."""
    paths = []
    for ending in formats:
        path = Path(folder) / f"{name}.{ending}"
        content = io.BytesIO()
        metadata = {"CreationDate": None} if ending == "pdf" else None
        figure.savefig(content, format=ending, dpi=200, bbox_inches="tight", metadata=metadata)
        paths.append(write_bytes(path, content.getvalue()))
    return paths


def plain_log_axis(axis: Axis, limits: tuple[float, float], unit: str = "") -> None:
    """Ticks as plain numbers, more of them over a short range."""
    subs = (1.0,) if limits[1] / limits[0] > 300 else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}{unit}"))
    axis.set_minor_formatter(NullFormatter())

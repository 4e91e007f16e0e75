"""Figures on their way into a page, and into files of their own where a folder is given."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from crossbar_nsm.report.page.parts import PageFigure
from crossbar_nsm.report.style import figure_bytes, save_figure

WIDE = 1.8  # times its height: several panels in a row
LARGEST_SVG_BYTES = 400_000  # beyond it a figure is shown as pixels, a tenth of that


class Drawings:
    """folder: also save every figure there, as PNG, SVG and PDF. paths: of those files."""

    def __init__(self, folder: str | Path | None = None):
        self.folder = folder
        self.paths: list[Path] = []

    def add(self, name: str, figure: Figure, caption: str) -> PageFigure:
        """The figure as part of a page; name: of its files."""
        if self.folder is not None:
            self.paths += save_figure(figure, self.folder, name)
        width, height = figure.get_size_inches()
        svg = figure_bytes(figure, "svg")
        image = svg.decode() if len(svg) <= LARGEST_SVG_BYTES else figure_bytes(figure, "png")
        return PageFigure(name, image, caption, wide=bool(width > WIDE * height))

"""Figures on their way into a page, and into files of their own where a folder is given."""

from __future__ import annotations

import re
from pathlib import Path

from matplotlib.figure import Figure

from crossbar_nsm.report.figures.style import check_figures, figure_bytes, figure_files
from crossbar_nsm.report.page.parts import PageFigure
from device_models.files.writing import write_bytes

WIDE = 1.8  # times its height: several panels in a row
LARGEST_SVG_BYTES = 400_000  # beyond it a figure is shown as pixels, a tenth of that


class Drawings:
    """folder: `save` writes every figure there, as PNG, SVG and PDF. paths: of those files."""

    def __init__(self, folder: str | Path | None = None):
        self.folder = folder
        self._files: dict[Path, bytes] = {}

    @property
    def paths(self) -> list[Path]:
        return list(self._files)

    def save(self) -> None:
        """Write what was drawn, once all of it is: a file that is in the way of one figure is found before."""
        for path, content in self._files.items():
            write_bytes(path, content)

    def add(self, name: str, figure: Figure, caption: str) -> PageFigure:
        """The figure as part of a page; name: of its files, in which what is no part of a plain file name (a `/` of a
        device, say) becomes `_`. Raises FileError where they cannot be saved."""
        name = re.sub(r"[^\w.-]+", "_", name)
        if self.folder is not None:
            check_figures(self.folder, name)
            self._files |= {path: figure_bytes(figure, path.suffix[1:]) for path in figure_files(self.folder, name)}
        width, height = figure.get_size_inches()
        svg = figure_bytes(figure, "svg")
        image = svg.decode() if len(svg) <= LARGEST_SVG_BYTES else figure_bytes(figure, "png")
        return PageFigure(name, image, caption, wide=bool(width > WIDE * height))

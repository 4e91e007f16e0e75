"""The look of the documentation's pictures: a card with a light and a dark look. The SVG follows the reader's, the PNG
is light."""

from __future__ import annotations

import io
import re
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from crossbar_nsm.report.figures.style import look

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
# light, dark
CARD, INK, FAINT = ("#fbfcfd", "#1b1f24"), ("#1f2933", "#e6e9ed"), ("#5b6875", "#a3adb8")
LINE, BLUE, ORANGE = ("#d5dbe1", "#3b444e"), ("#0072b2", "#56b4e9"), ("#d55e00", "#ff9142")
GREEN, PALE = ("#009e73", "#2ec4a0"), ("#eef3f7", "#262d35")
PAIRS_OF_COLOURS = (CARD, INK, FAINT, LINE, BLUE, ORANGE, GREEN, PALE)


def c(colour: tuple[str, str]) -> str:
    """As it is drawn: in the light look."""
    return colour[0]


def card(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height))
    figure.add_artist(
        FancyBboxPatch(
            (0.004, 0.012),
            0.992,
            0.976,
            boxstyle="round,pad=0,rounding_size=0.012",
            mutation_aspect=width / height,
            facecolor=c(CARD),
            edgecolor=c(LINE),
            lw=1,
            transform=figure.transFigure,
            zorder=-5,
        )
    )
    return figure


def arrow(figure: Figure, start: float, end: float, at: float) -> None:
    figure.add_artist(
        FancyArrowPatch(
            (start, at),
            (end, at),
            arrowstyle="-|>",
            mutation_scale=11,
            color=c(FAINT),
            lw=1.2,
            transform=figure.transFigure,
        )
    )


def blank(figure: Figure, where: tuple[float, float, float, float]) -> Axes:
    axes = figure.add_axes(where, facecolor="none")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def says(figure: Figure, left: float, at: float, *lines: str, colour=FAINT, size: float = 10.5) -> None:
    figure.text(left, at, "\n".join(lines), color=c(colour), fontsize=size, va="top", linespacing=1.35)


def both_looks(svg: str) -> str:
    """An SVG whose colours are those of the reader's look, dark or light."""
    rules = [
        f'[style*="{kind}: {light}"]{{{kind}:{dark}!important}}'
        for light, dark in PAIRS_OF_COLOURS
        for kind in ("fill", "stroke")
    ]
    style = "<style>@media (prefers-color-scheme: dark){" + "".join(rules) + "}</style>"
    return re.sub(r"(<svg[^>]*>)", rf"\1\n {style}", svg, count=1)


def svg_of(figure: Figure, title: str) -> str:
    """The same text for the same figure."""
    out = io.StringIO()
    with look(), matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "crossbar-nsm"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Title": title}, facecolor="none")
    return both_looks(out.getvalue())


def save(figure: Figure, name: str, title: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    with look():
        figure.savefig(PICTURES / f"{name}.png", dpi=150, facecolor="none", metadata={"Title": title})
    (PICTURES / f"{name}.svg").write_text(svg_of(figure, title), encoding="utf-8")

"""Formulas as MathML, which browsers draw by themselves: the site needs neither a network nor a script for them."""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

TWO_DIGITS = re.compile(r"(\\[td]?frac)(\d)(\d)")  # which docutils takes for one number, LaTeX for two


def mathml(formula: str, displayed: bool) -> str:
    """`formula`, in LaTeX as GitHub shows it, where < and > must be commands."""
    digits_apart = TWO_DIGITS.sub(r"\1{\2}{\3}", formula)
    return tex2mathml(digits_apart.replace(r"\lt", "<").replace(r"\gt", ">"), as_block=displayed)


def inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(mathml(node.astext(), displayed=False))
    raise nodes.SkipNode


def displayed(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(f'<div class="math">{mathml(node.astext(), displayed=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

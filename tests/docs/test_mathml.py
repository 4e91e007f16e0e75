"""Formulas of the site."""

import importlib.util
import re

import pytest
from support.processes import ROOT

SPEC = importlib.util.spec_from_file_location("mathml", ROOT / "docs" / "extensions" / "mathml.py")
MODULE = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MODULE)


@pytest.mark.parametrize("formula", [r"\frac12 [1]", r"\tfrac12 [1]", r"\tfrac{1}{2} [1]"])
def test_a_fraction_of_two_digits_is_what_latex_takes_it_for(formula):
    said = re.sub(r"\s+", "", MODULE.mathml(formula, displayed=False))
    assert re.search(r"<mfrac[^>]*><mn>1</mn><mn>2</mn></mfrac>", said)


def test_comparisons_may_be_commands():
    assert "&lt;" in MODULE.mathml(r"a \lt b", displayed=True)

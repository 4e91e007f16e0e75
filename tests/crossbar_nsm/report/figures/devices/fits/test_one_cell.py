"""What is drawn of one cell is its trace, the laws that were tried, and what the chosen one leaves."""

from dataclasses import replace

import numpy as np
import pytest
from support.cells.fits import a_trace_fit

from crossbar_nsm.report.figures import candidate_laws
from crossbar_nsm.report.figures.devices.fits.one_cell import MOST_POINTS, thinned

G_S = 2e-5 * (1 + 0.01 * np.random.default_rng(0).standard_normal(400))


@pytest.fixture(scope="module")
def fit():
    return a_trace_fit(G_S)


def labelled(axes):
    return {line.get_label(): line.get_xydata() for line in axes.get_lines()}


def test_every_law_is_drawn_over_trace_and_spectrum(fit):
    trace, spectrum, _, _ = candidate_laws(fit).axes
    assert set(labelled(trace)) == {"measured", "white", "flicker + white"}
    assert np.allclose(labelled(trace)["measured"][:, 1], 1e6 * G_S)
    drawn = labelled(spectrum)
    assert set(drawn) == {"measured", "white, p = 0.4", "flicker + white, p = 1e-05"}
    assert np.allclose(drawn["measured"][:, 1], fit.spectrum.measured)
    assert np.allclose(drawn["flicker + white, p = 1e-05"][:, 1], fit.candidates[1].density)


def test_residuals_and_their_quantiles(fit):
    _, _, rest, quantiles = candidate_laws(fit).axes
    assert np.allclose(rest.get_lines()[1].get_ydata(), 1e6 * (G_S - G_S.mean()))
    normal, points = (line.get_xydata() for line in quantiles.get_lines())
    assert np.allclose(normal[:, 0], normal[:, 1])
    assert points[0, 1] == pytest.approx((G_S.min() - G_S.mean()) / G_S.std())
    assert np.corrcoef(points.T)[0, 1] > 0.99


def test_what_no_law_explains_stands_in_the_title(fit):
    figure = candidate_laws(replace(fit, unexplained="a bend"))
    assert figure.get_suptitle() == "Cell c1: white at 20 uS; a part is explained by no law"


def test_without_a_spectrum(fit):
    assert "no spectrum" in candidate_laws(replace(fit, spectrum=None)).axes[1].texts[0].get_text()


def test_long_traces_are_drawn_with_their_range():
    values = np.sin(np.arange(100_000.0))
    time, drawn = thinned(np.arange(100_000.0), values)
    assert len(time) == len(drawn) == MOST_POINTS
    assert drawn.min() == values[: len(values) // (MOST_POINTS // 2) * (MOST_POINTS // 2)].min()
    assert time[0] == 0

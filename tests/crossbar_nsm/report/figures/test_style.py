"""Files of figures: small, and the same bytes for the same figure."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from crossbar_nsm.report.figures.style import MOST_VECTOR_POINTS, RC, look, save_figure, subplots


def scatter(points: int):
    with plt.rc_context(rc=RC):
        figure, axes = plt.subplots()
        axes.plot(*np.random.default_rng(0).normal(size=(2, points)), ".", label="some µS")
        axes.legend()
        plt.close(figure)
    return figure


def test_three_formats_with_the_same_bytes_each_time(tmp_path):
    once = save_figure(scatter(50), tmp_path / "new", "some")
    again = save_figure(scatter(50), tmp_path / "again", "some")
    assert [path.suffix for path in once] == [".png", ".svg", ".pdf"]
    contents = [path.read_bytes() for path in once]
    assert contents == [path.read_bytes() for path in again]
    assert contents[0][:8] == b"\x89PNG\r\n\x1a\n"
    assert contents[2][:5] == b"%PDF-"
    assert b"<svg" in contents[1]
    assert b"<text" not in contents[1]  # letters are outlines
    assert b"<image" not in contents[1]  # few points are drawn one by one


def test_letters_that_the_font_lacks_are_told_once(tmp_path):
    with look():
        figure, axes = subplots(figsize=(3, 2))
    axes.set_title("\u6df1\u5ea6")
    axes.set_xlabel("\u5668 and time (s)")
    for save in (lambda: save_figure(figure, tmp_path, "a"), lambda: figure.savefig(tmp_path / "b.png")):
        with pytest.warns(UserWarning, match="letters that matplotlib's font lacks are boxes") as said:
            save()
        assert len({str(one.message) for one in said}) == 1
        assert all(letter in str(said[0].message) for letter in "\u6df1\u5ea6\u5668")
        assert {one.filename for one in said} == {__file__}


@pytest.mark.parametrize("points", [MOST_VECTOR_POINTS + 1, 30_000])
def test_crowds_of_points_are_pixels(tmp_path, points):
    (path,) = save_figure(scatter(points), tmp_path, "many", ("svg",))
    assert b"<image" in path.read_bytes()
    assert path.stat().st_size < 200_000


def test_a_dollar_in_a_name_is_no_formula(tmp_path):
    with plt.rc_context(rc=RC):
        figure, axes = plt.subplots(layout="constrained")
        axes.set_yticks([0, 1], ["5 $ and $\\frac$", "plain"])
        axes.set_title("$\\frac$")
        axes.set_xscale("log")
        axes.set_xlim(0.001, 10)
        plt.close(figure)
    assert len(save_figure(figure, tmp_path, "some")) == 3
    powers = [tick.label1 for tick in axes.xaxis.get_major_ticks()]
    assert any("$" in text.get_text() for text in powers)
    assert all(text.get_parse_math() for text in powers)


def test_labels_of_neighbouring_panels_do_not_overlap():
    with look():
        figure, panels = subplots(1, 3, figsize=(8, 3))
        for axes in panels:
            axes.plot([0, 1], [0.05, 0.06])
            axes.set_ylabel("NLL (nats)")
        figure.canvas.draw()
        boxes = [axes.get_tightbbox() for axes in panels]
    assert not any(one.overlaps(other) for one, other in pairwise(boxes))

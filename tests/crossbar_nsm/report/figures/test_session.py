"""Figures in a session with settings of its own: the same bytes, and nothing of the session changes."""

import matplotlib
import matplotlib.style
import numpy as np
import pytest
from matplotlib import pyplot
from support.processes import ROOT, run_program

from crossbar_nsm.report.figures.devices.laws import read_noise
from crossbar_nsm.report.figures.style import figure_bytes, look, subplots
from device_models import load_device


def drawn():
    figure = read_noise(load_device("rram_illustrative"))
    return [figure_bytes(figure, ending) for ending in ("png", "svg", "pdf")]


@pytest.fixture(scope="module")
def usual():
    with matplotlib.style.context("default", after_reset=True):
        return drawn()


@pytest.mark.parametrize("settings", [
    {"text.usetex": True, "font.family": "serif"},
    {"axes.prop_cycle": matplotlib.cycler(color=["r"]), "figure.dpi": 300, "savefig.facecolor": "blue"},
    {"axes.titlesize": 30, "lines.linewidth": 9, "figure.constrained_layout.use": True, "toolbar": "None"},
])  # fmt: skip
def test_settings_of_matplotlib_change_no_figure(settings, usual):
    with matplotlib.rc_context(settings):
        before, open_figures = dict(matplotlib.rcParams), pyplot.get_fignums()
        assert drawn() == usual
        assert dict(matplotlib.rcParams) == before
        assert pyplot.get_fignums() == open_figures


def test_numpy_that_raises_changes_no_figure(usual):
    with np.errstate(all="raise"):
        assert drawn() == usual


def test_an_error_while_drawing_leaves_the_settings():
    before = dict(matplotlib.rcParams)
    with pytest.raises(ValueError, match="figsize"), look():
        subplots(figsize="none")
    assert dict(matplotlib.rcParams) == before


def test_importing_figures_chooses_no_backend():
    program = """
import matplotlib
before = matplotlib.rcParams._get("backend")
import crossbar_nsm.report.study_report, crossbar_nsm.reproduce.catalogue, crossbar_nsm.report.demo, sys
assert matplotlib.rcParams._get("backend") is before
print("matplotlib.pyplot" in sys.modules)
"""
    assert run_program(program) == ["False"]


def test_the_backend_of_a_notebook_does_not_stop_a_command(tmp_path):
    """A notebook's kernel hands its backend on, which need not be installed where the command is."""
    program = "from crossbar_nsm.cli.main import main; main()"
    shown = ("devices", "show", "ideal", "--plot", "--out", str(tmp_path))
    run_program(program, *shown, MPLBACKEND="module://a_notebook.backend_inline")
    assert list(tmp_path.glob("*.png"))
    program = """
from crossbar_nsm.cli.main import main
try:
    main()
finally:
    import matplotlib
    print(matplotlib.get_backend())
"""
    assert run_program(program, "--version", MPLBACKEND="nonsense")[-1].lower() == "agg"


def test_no_figure_is_made_with_pyplot():
    sources = [path for name in ("crossbar_nsm", "benchmarks") for path in (ROOT / name).rglob("*.py")]
    assert len(sources) > 300
    assert not [path for path in sources if "pyplot as" in path.read_text() or "import pyplot" in path.read_text()]

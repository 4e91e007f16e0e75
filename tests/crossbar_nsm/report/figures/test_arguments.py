"""Figures say what they take; none is drawn of what is no number."""

import inspect
import pickle

import numpy as np
import pytest
from matplotlib.figure import Figure
from support.cells.fits import a_trace_fit
from support.networks import dense_network, images
from support.results import fake_results

import crossbar_nsm as xb
from crossbar_nsm.mapping.observation.erf_fit import ErfFit, Firing
from device_models import load_device
from device_models.errors import ConfigError, CrossbarError

F = xb.figures
NOISE = "device.read_noise.relative_sd"
WRONG = [None, 3, "nothing", b"", [], {}, (), object(), np.nan, np.zeros(0), [None], {"fc1": None}, {1: 2}, xb]


@pytest.fixture(scope="module")
def net():
    return dense_network(36, 12, 4)


@pytest.fixture(scope="module")
def chip(net):
    return xb.map_network(net, {"device": "rram_illustrative"})


@pytest.fixture(scope="module")
def results():
    return fake_results({NOISE: [0.01, 0.05], "device.programming.relative_sd": [0.0, 0.1]}, chips=1, images=40)


@pytest.fixture(scope="module")
def right(chip, results):
    """One argument of each kind, by the parameter's name."""
    return {
        "results": results, "key": NOISE, "key_x": NOISE, "key_y": "device.programming.relative_sd", "chip": chip,
        "device": "rram_illustrative", "devices": ["rram_illustrative"], "betas": {"fc1": [1.0]}, "title": "timing",
        "layers": xb.timing(chip, 10, with_curves=True), "probability": np.eye(4), "labels": np.arange(4),
        "point": results.points[0], "figure": Figure(), "folder": "nowhere", "name": "a", "chips": {"a": chip},
        "fits": {"a": {"fc1": ErfFit(*np.ones((3, 12)))}}, "firing": {"fc1": Firing(*np.zeros((2, 30, 12)), 1)},
        "traces": [a_trace_fit(1e-5 + 1e-7 * np.arange(300.0))],
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in dir(F) if not name.startswith("_")])
def test_every_argument_of_every_figure_is_checked(name, right):
    """A wrong one, all others right where a test has them; nothing but the package's own error, which names it."""
    parameters = inspect.signature(getattr(F, name)).parameters.values()
    needed = {p.name: right.get(p.name) for p in parameters if p.default is inspect.Parameter.empty}
    for parameter in parameters:
        optional = parameter.default is not inspect.Parameter.empty
        for value in (value for value in WRONG if not (optional and value is parameter.default)):
            if isinstance(value, str) and parameter.name in ("title", "name", "folder"):
                continue
            with pytest.raises(CrossbarError) as raised:
                getattr(F, name)(**needed | {parameter.name: value})
            named = "nothing" if isinstance(value, str) else "" if isinstance(value, dict) else parameter.name
            assert named in str(raised.value), (parameter, value)


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda chip, _: F.effective_samples_against_interval(xb.timing(chip, 5), "t"), r"timing\(chip, with_curves=T"),
        (lambda _, results: F.against_parameter(results, NOISE, "accuracy"), "measure='accuracy': expected error or"),
        (lambda _, results: F.device_comparison(results, "accuracy"), "measure='accuracy': expected error or nll"),
        (lambda _, results: F.heat_map(results, NOISE, "a", "ece"), "measure='ece': expected error or nll"),
        (lambda chip, _: F.wire_drop(chip.net), "expected a programmed chip, as map_network gives it"),
        (lambda _, __: F.against_parameter("nowhere/at_all", NOISE), "nowhere/at_all"),
        (lambda _, __: F.save_figure(Figure(), "nowhere", "n", formats="png"), "formats='png': expected a list of 1"),
        (lambda _, __: F.save_figure(Figure(), "nowhere", "n", formats=("jpg",)), "'jpg': expected png or svg or pdf"),
        (lambda _, __: F.noise_needed("rram_wan2022", {"fc1": [np.nan, 1.0]}), r"betas\['fc1'\]=\[nan, 1.0\]: expect"),
        (lambda _, __: F.noise_needed("rram_wan2022", {}), r"betas=\{\}: expected a mapping of one or more names"),
        (lambda _, __: F.noise_of_devices([]), r"devices=\[\]: expected a list of 1 to"),
        (lambda _, __: F.read_noise("rram_wan"), "unknown device preset 'rram_wan'"),
        (lambda _, __: F.confusion_matrix(np.eye(3), [0, 1, 3]), "expected 3 whole numbers from 0 to 2"),
        (lambda _, __: F.confusion_matrix(np.eye(3), [0, 1]), "expected 3 whole numbers from 0 to 2"),
        (lambda _, __: F.confusion_matrix(np.eye(3), [0, 1, 2], ["a"]), "classes: 1 names for 3 classes"),
    ],
)  # fmt: skip
def test_what_was_given_and_what_to_give(chip, results, draw, said):
    with pytest.raises(ConfigError, match=said) if "nowhere/" not in said else pytest.raises(CrossbarError, match=said):
        draw(chip, results)


def test_decisions_of_other_neurons(chip):
    t = np.zeros((3, 5))
    with pytest.raises(ConfigError, match="firing: fc1 has 5 neurons, 12 on the chip"):
        F.activation_probability(chip, {"fc1": Firing(t, t, 1)})
    few = np.zeros((1, 12))
    with pytest.raises(ConfigError, match="in no bin are 20 decisions"):
        F.activation_probability(chip, {"fc1": Firing(few, few, 1)})


def test_devices_by_name_file_and_mapping(tmp_path):
    """They draw what the device itself gives."""
    device = load_device("pcm_joshi2020")
    for draw in (F.read_noise, F.drift, F.programming_error):
        title = draw(device).axes[0].get_title()
        assert title.startswith("pcm_joshi2020")
        assert draw("pcm_joshi2020").axes[0].get_title() == title
        assert draw({"preset": "pcm_joshi2020"}).axes[0].get_title() == title
    assert F.noise_of_devices([device, "rram_wan2022"]).axes[0].get_xticklabels()[1].get_text() == "rram_wan2022"


def test_one_chip_as_predict_gives_it(net, chip):
    x = images(6, 36)
    one, labels = chip.predict(x, 5), np.arange(6) % 4
    shown = [F.confusion_matrix(given, labels).axes[0] for given in (one, one.numpy()[None])]
    assert shown[0].get_title() == shown[1].get_title()
    assert [text.get_text() for text in shown[0].texts] == [text.get_text() for text in shown[1].texts] != []


def test_figures_can_be_pickled(chip, results):
    for figure in (
        F.drift("pcm_joshi2020"), F.noise_of_devices(["rram_wan2022"]), F.against_parameter(results, NOISE),
        F.effective_samples_against_interval(xb.timing(chip, 10, with_curves=True), "t"), F.calibrated_neurons(chip),
        F.heat_map(results, NOISE, "device.programming.relative_sd"),
    ):  # fmt: skip
        again = pickle.loads(pickle.dumps(figure))
        assert len(again.axes) == len(figure.axes)

"""What figures of a sweep draw are the numbers of its results."""

import warnings

import numpy as np
import pytest
from matplotlib.colors import to_hex
from support.results import fake_results

from crossbar_nsm.report.figures.comparison import device_comparison
from crossbar_nsm.report.figures.heat_maps import heat_map
from crossbar_nsm.report.figures.style import save_figure
from crossbar_nsm.report.figures.sweep import LINE_COLOURS, MOST_LINES, against_parameter
from crossbar_nsm.report.points.groups import point_groups
from crossbar_nsm.statistics.intervals import mean_interval
from crossbar_nsm.statistics.metrics import label_nll, measure
from device_models.errors import ConfigError

NOISE, SCALING = "device.read_noise.relative_sd", "neuron.scaling"
PROGRAMMING = "device.programming.relative_sd"
LEVELS = [0.005, 0.01, 0.05, 0.2]
DEVICES = ["rram_wan2022", "pcm_nandakumar2019", "fefet_selector_illustrative", "rram_telegraph_illustrative"]


@pytest.fixture(scope="module")
def results():
    return fake_results({NOISE: LEVELS, SCALING: ["none", "paired"]}, failed=[(3, 0), (6, 0), (6, 1), (6, 2)])


def drawn(axes, label):
    """x, y, low and high of the error bars that belong to a label."""
    (container,) = [found for found in axes.containers if found.get_label() == label]
    line, _, (bars,) = container.lines
    low, high = np.array([segment[:, 1] for segment in bars.get_segments()]).T
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata()), low, high


def of_scaling(results, scaling):
    return [point for point in results.points if point.settings[SCALING] == scaling]


@pytest.mark.parametrize("scaling", ["none", "paired"])
def test_error_is_that_of_the_rows_with_wilson_bars(results, scaling):
    axes = against_parameter(results, NOISE).axes[0]
    rows = [point.row for point in of_scaling(results, scaling) if point.row is not None]
    x, y, low, high = drawn(axes, scaling)
    assert x == pytest.approx([100 * row.set[NOISE] for row in rows])
    assert y == pytest.approx([100 * row.error for row in rows])
    assert (low, high) == (
        pytest.approx([100 * row.error_low for row in rows]), pytest.approx([100 * row.error_high for row in rows])
    )  # fmt: skip
    others = [point.row.error for point in results.points if point.settings[SCALING] != scaling and point.row]
    assert y[0] != pytest.approx(100 * others[0])  # a line with the other circuit's numbers would be seen
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("device.read_noise.relative_sd (%)", "error (%)")
    assert axes.get_xscale() == "log"
    bottom, top = axes.get_ylim()
    assert bottom <= min(low)
    assert top >= max(high)


def test_nll_has_the_normal_interval_over_images_of_the_mean_over_chips(results):
    axes = against_parameter(results, NOISE, "nll").axes[0]
    _, y, low, high = drawn(axes, "paired")
    point = of_scaling(results, "paired")[0]
    rows = [point.row for point in of_scaling(results, "paired") if point.row is not None]
    assert low.tolist() == pytest.approx([row.nll_low for row in rows])
    assert high.tolist() == pytest.approx([row.nll_high for row in rows])
    nll = np.stack([label_nll(chip.prediction.probability, chip.labels) for chip in point.chips.values()])
    assert y[0] == pytest.approx(nll.mean())
    assert (low[0], high[0]) == pytest.approx(mean_interval(nll.mean(axis=0, keepdims=True)))
    assert high[0] - low[0] < np.ptp(mean_interval(nll))  # that of images and chips is wider


def test_band_is_the_range_over_chips(results):
    axes = against_parameter(results, NOISE).axes[0]
    (band,) = [shown for shown in axes.collections if shown.get_alpha() == 0.18
               and to_hex(shown.get_facecolor()[0]) == LINE_COLOURS[1].lower()]  # fmt: skip
    corners = band.get_paths()[0].vertices
    for point in of_scaling(results, "paired"):
        errors = [100 * measure(chip.prediction.probability, chip.labels).error for chip in point.chips.values()]
        here = corners[np.isclose(corners[:, 0], 100 * point.settings[NOISE]), 1]
        assert (here.min(), here.max()) == pytest.approx((min(errors), max(errors)))


def test_ideal_software_stands_beside_the_chips(results):
    axes = against_parameter(results, NOISE).axes[0]
    lines = {line.get_label(): line.get_ydata()[0] for line in axes.lines}
    for row in results.rows[:2]:
        assert lines[row.name] == pytest.approx(100 * row.error)


def test_failures_are_marked_and_counted(results):
    figure = against_parameter(results, NOISE)
    (cross,) = [line for line in figure.axes[0].lines if line.get_label() == "_failed"]
    assert cross.get_xdata()[0] == pytest.approx(20)
    assert figure.get_supxlabel().endswith("4 of 24 chips failed")
    assert len(drawn(figure.axes[0], "none")[0]) == 3
    whole = against_parameter(fake_results({NOISE: LEVELS}), NOISE)
    assert "failed" not in whole.get_supxlabel()


def test_references_that_differ_are_drawn_for_every_line():
    results = fake_results({NOISE: LEVELS, "evaluation.samples": [1, 100]})
    axes = against_parameter(results, NOISE).axes[0]
    dashed = [line for line in axes.lines if line.get_label() == "_ideal_synapse"]
    assert [line.get_ydata()[0] for line in dashed] == pytest.approx(
        [100 * measure(p.reference.prediction.probability, p.reference.labels).error for p in results.points[:2]]
    )
    assert "ideal_neuron" not in {line.get_label() for line in axes.lines}  # it has other samples
    axes = against_parameter(results, "evaluation.samples").axes[0]
    (level,) = [line for line in axes.lines if line.get_label() == "ideal_synapse"]
    assert level.get_xdata().tolist() == [1, 100]


def test_of_many_combinations_the_best_the_worst_and_some_between_are_shown():
    scalings = ["none", "paired", "averaged"]
    results = fake_results({SCALING: scalings, PROGRAMMING: [0.01, 0.02, 0.03, 0.04], NOISE: [0.05, 0.1]}, images=60)
    figure = against_parameter(results, NOISE)
    groups = point_groups(results, NOISE)
    mean = {group.label: np.mean([point.row.error for point in group.points]) for group in groups}
    labels = [container.get_label() for container in figure.axes[0].containers]
    assert len(labels) == MOST_LINES
    assert {min(mean, key=mean.get), max(mean, key=mean.get)} <= set(labels)
    assert figure.legends[0].get_title().get_text().startswith("8 of 12 combinations")


def test_parameters_zipped_with_the_axis_make_no_lines_of_their_own():
    results = fake_results({NOISE: [0.01, 0.05], PROGRAMMING: [0.01, 0.05]})
    zipped = type(results)(**{**vars(results), "points": [results.points[0], results.points[3]]})
    assert len(point_groups(results, NOISE)) == 2
    assert [group.label for group in point_groups(zipped, NOISE)] == [""]


@pytest.mark.parametrize("draw", [against_parameter, lambda results, key: heat_map(results, SCALING, key)])
def test_a_key_that_is_not_swept_is_refused(results, draw):
    with pytest.raises(ConfigError, match=r"array.rows is not swept; swept are device.read_noise.relative_sd, neuron"):
        draw(results, "array.rows")


def test_heat_map_prints_the_mean_of_every_point(results):
    axes = heat_map(results, NOISE, SCALING).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["none", "paired"]
    shown = np.asarray(axes.images[0].get_array().filled(np.nan))
    for point in results.points:
        row, column = ["none", "paired"].index(point.settings[SCALING]), LEVELS.index(point.settings[NOISE])
        expected = np.nan if point.row is None else 100 * point.row.error
        assert shown[row, column] == pytest.approx(expected, nan_ok=True)
    assert f"{shown[1, 0]:#.3g}".rstrip(".") in {text.get_text() for text in axes.texts}
    (cross,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (3, 0)


def test_heat_map_has_a_panel_for_each_of_at_most_four_combinations():
    results = fake_results(
        {NOISE: [0.01, 0.05], PROGRAMMING: [0, 0.01], SCALING: ["none", "paired", "averaged"],
         "read.interval_s": [1e-6, 1e-5]}, chips=1, images=60,
    )  # fmt: skip
    figure = heat_map(results, NOISE, PROGRAMMING, "nll")
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert len(panels) == 4
    assert {(axes.images[0].norm.vmin, axes.images[0].norm.vmax) for axes in panels} == {
        (panels[0].images[0].norm.vmin, panels[0].images[0].norm.vmax)
    }
    assert figure.get_suptitle().endswith("4 of 6 combinations")
    with pytest.raises(ConfigError, match="over itself"):
        heat_map(results, NOISE, NOISE)


def test_devices_beside_each_other():
    results = fake_results({"device": DEVICES, SCALING: ["none", "paired"]}, failed=[(2, 0), (2, 1), (2, 2)])
    axes = device_comparison(results).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == [point.name for point in results.points]
    dots = {int(c.lines[0].get_ydata()[0]): c.lines[0].get_xdata()[0] for c in axes.containers}
    assert dots == pytest.approx({k: 100 * p.row.error for k, p in enumerate(results.points) if p.row is not None})
    ticks = [line for line in axes.lines if line.get_marker() == "|" and len(line.get_xdata()) == 3]
    assert len(ticks) == 7
    assert next(line for line in axes.lines if line.get_label() == "ideal_synapse").get_xdata()[0] == pytest.approx(
        100 * results.rows[0].error
    )


CASES = {
    "no other key, one chip": ({NOISE: LEVELS}, 1, NOISE, PROGRAMMING),
    "one value": ({NOISE: [0.05], SCALING: ["paired"]}, 2, NOISE, SCALING),
    "zero": ({NOISE: [0, *LEVELS], SCALING: ["none", "paired"]}, 3, NOISE, SCALING),
    "names": ({"device": DEVICES, NOISE: [0.01, 0.05], SCALING: ["none", "paired"]}, 2, "device", NOISE),
    "samples": ({"evaluation.samples": [1, 5, 100], SCALING: ["none", "paired"]}, 2, "evaluation.samples", SCALING),
}


@pytest.mark.parametrize("case", CASES)
def test_all_kinds_of_sweeps_are_drawn_without_a_warning_in_small_files(tmp_path, case):
    swept, chips, x, y = CASES[case]
    results = fake_results(swept, chips, images=100, failed=[(0, 0)])
    figures = {"error": against_parameter(results, x), "nll": against_parameter(results, x, "nll")}
    figures["comparison"] = device_comparison(results, "nll")
    if y in swept:
        figures["map"] = heat_map(results, x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, figure in figures.items():
            (path,) = save_figure(figure, tmp_path, name, ("svg",))
            assert path.stat().st_size < 200_000

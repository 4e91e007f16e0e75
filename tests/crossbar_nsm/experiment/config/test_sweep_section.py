import json
import math
from itertools import pairwise

import pytest

from crossbar_nsm.cli.main import main
from crossbar_nsm.experiment.config.checks.config_file import check_file
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import load_config, resolve
from crossbar_nsm.experiment.config.points import at_point, sweep_points
from crossbar_nsm.experiment.config.sweep_range import MOST_POINTS, Range
from device_models.errors import ConfigError
from device_models.files.document import Document, load_document


def write(tmp_path, text):
    path = tmp_path / "c.yaml"
    path.write_text("device: rram_illustrative\n" + text)
    return path


def points(tmp_path, text, *overrides):
    return sweep_points(load_config(write(tmp_path, text), *overrides))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"low": 0.005, "high": 0.2, "points": 6}, [0.005, 0.0104564, 0.0218672, 0.0457305, 0.0956352, 0.2]),
        ({"low": 1, "high": 1000, "points": 4}, [1, 10, 100, 1000]),
        ({"low": 0, "high": 1, "points": 5, "spacing": "linear"}, [0, 0.25, 0.5, 0.75, 1]),
        ({"low": -2, "high": 1, "points": 3, "spacing": "linear"}, [-2, -0.5, 1]),
        ({"low": 1e-9, "high": 0.123456789012, "points": 2}, [1e-9, 0.123456789012]),
    ],
)
def test_a_range_has_exact_ends_and_six_digits_between(given, expected):
    values = Range.model_validate(given).values()
    assert values == expected
    assert [type(value) for value in values] == [type(value) for value in expected]


def test_a_log_range_is_even_in_the_logarithm():
    values = Range(low=3e-7, high=2e-2, points=40).values()
    steps = [math.log(second / first) for first, second in pairwise(values)]
    assert steps == pytest.approx([math.log(2e-2 / 3e-7) / 39] * 39, rel=1e-4)


def test_lists_ranges_and_groups_make_a_grid_as_written_the_last_fastest(tmp_path):
    text = (
        "sweep:\n  neuron.scaling: [none, paired]\n"
        "  zip: [{array.rows: [64, 128], array.cols: {low: 32, high: 64, points: 2}}, {read.voltage_v: [0.1, 0.2]}]\n"
        "  evaluation.samples: {low: 1, high: 100, points: 3}\n"
    )
    found = points(tmp_path, text)
    assert len(found) == 2 * 2 * 2 * 3
    assert found[:4] == [
        {
            "neuron.scaling": "none",
            "array.rows": 64,
            "array.cols": 32,
            "read.voltage_v": voltage,
            "evaluation.samples": n,
        }
        for voltage, n in ((0.1, 1), (0.1, 10), (0.1, 100), (0.2, 1))
    ]
    document = load_document(tmp_path / "c.yaml")
    last = at_point(document, found[-1])
    assert (last.array.rows, last.array.cols, last.evaluation.samples) == (128, 64, 100)
    assert last.sweep == {}
    assert points(tmp_path, "") == []


def test_a_configuration_with_every_kind_of_factor_survives_being_dumped(tmp_path):
    path = write(
        tmp_path,
        "sweep:\n  read.window_s: {low: 1.0e-8, high: 1.0e-7, points: 3}\n"
        "  zip: [{array.rows: [4, 8], array.cols: [8, 4]}]\n",
    )
    config = load_config(path)
    for dumped in (config.model_dump(), json.loads(config.model_dump_json())):
        again = resolve(Document(dumped))
        assert again == config
        assert sweep_points(again) == sweep_points(config)


def test_overrides_of_a_sweep(tmp_path):
    text = "sweep: {read.voltage_v: [0.1, 0.2], array.rows: {low: 4, high: 16, points: 3}}\n"
    voltages = points(tmp_path, text, "sweep.read.voltage_v=[0.3]")
    assert [list(point.values()) for point in voltages] == [[0.3, 4], [0.3, 8], [0.3, 16]]  # keys keep their order
    ranged = points(tmp_path, text, "sweep.read.voltage_v={low: 0.1, high: 0.3, points: 3, spacing: linear}")
    assert [list(point.values()) for point in ranged][::3] == [[0.1, 4], [0.2, 4], [0.3, 4]]
    assert points(tmp_path, text, "sweep.array.rows=[1]") == [
        {"read.voltage_v": v, "array.rows": 1} for v in (0.1, 0.2)
    ]
    moved = points(tmp_path, text, "sweep={}", "sweep.zip=[{array.rows: [2, 4], array.cols: [8, 6]}]")
    assert moved == [{"array.rows": 2, "array.cols": 8}, {"array.rows": 4, "array.cols": 6}]
    assert points(tmp_path, text, "sweep={}") == []
    with pytest.raises(ConfigError) as caught:
        points(tmp_path, text, "sweep.zip=[{array.rows: [2, 4], array.cols: [8, 6, 4]}]")
    assert caught.value.mistakes == [
        "--set sweep.zip=[{array.rows: [2, 4], array.cols: [8, 6, 4]}]: sweep.zip.0.array.rows: array.rows is swept "
        "twice; leave it out here or there",
        "--set sweep.zip=[{array.rows: [2, 4], array.cols: [8, 6, 4]}]: sweep.zip.0: keys of a group move together and "
        "need as many values each; array.rows has 2, array.cols has 3",
    ]


def test_every_mistake_of_the_section_at_once_with_its_line(tmp_path):
    path = write(
        tmp_path,
        "read: {windows_s: 1}\n"
        "sweep:\n"
        "  array.rows: []\n"
        "  array.cols: 4\n"
        "  read.voltage_v: [0.1, 0.2, 0.1]\n"
        "  neuron.scaling: [none, paired]\n"
        "  read.window_s: {low: 1, high: 0.1, points: 3}\n"
        "  read.interval_s:\n    low: 0\n    high: 1\n    points: 3\n"
        "  read.pair_interval_s:\n    low: 1\n    highest: 2\n    points: 1\n"
        "  evaluation.seed: {low: 1, high: 1.0000001, points: 9}\n"
        "  sweep.x: [1]\n"
        "  device.read_nois.relative_sd: [0.1, 0.2]\n"
        "  zip:\n"
        "    - {}\n"
        "    - {evaluation.chips: [1, 2], evaluation.samples: [1, 2, 3]}\n"
        "    - {neuron.scaling: [none, paired], evaluation.images: [1, 2]}\n"
        "    - [1]\n"
        "    - {array.pairing: [balanced, balanced], array.scale: [per_row, per_row]}\n"
        "    - {array.r_row_ohm: [1, 2, 1], array.r_col_ohm: [1, 1, 2]}\n",
    )
    groups = "expected groups of keys, [{key: values, other key: values}], got"
    values = "expected a list of values, or a range {low: .., high: .., points: ..}, got"
    expected = [
        "2: read.windows_s: unknown key, did you mean window_s?",
        f"4: sweep.array.rows: {values} []",
        f"5: sweep.array.cols: {values} 4",
        "6: sweep.read.voltage_v: read.voltage_v=0.1 is given twice",
        "8: sweep.read.window_s: low=1 must be below high=0.1",
        "10: sweep.read.interval_s: low=0 has no logarithm; give a low above 0, or spacing: linear",
        "13: sweep.read.pair_interval_s: high: is missing",
        "16: sweep.read.pair_interval_s: points: input should be greater than or equal to 2, got 1",
        "15: sweep.read.pair_interval_s: highest: unknown key, did you mean high?",
        "17: sweep.evaluation.seed: points=9 lie closer than 6 digits can tell apart; give fewer",
        "18: sweep.sweep.x: 'sweep.x' cannot be swept",
        f"21: sweep.zip.0: {groups} {{}}",
        "22: sweep.zip.1: keys of a group move together and need as many values each; evaluation.chips has 2, "
        "evaluation.samples has 3",
        "23: sweep.zip.2.neuron.scaling: neuron.scaling is swept twice; leave it out here or there",
        f"24: sweep.zip.3: {groups} [1]",
        "25: sweep.zip.4: array.pairing=balanced, array.scale=per_row is given twice",
        "19: device.read_nois: unknown key, did you mean read_noise?",
    ]
    assert check_file(path) == [f"{path}:{line}" for line in expected]


@pytest.mark.parametrize("given", ["{array.rows: [1, 2], array.cols: [2, 4]}", "[]", "3"])
def test_zip_is_a_list_of_groups(tmp_path, given):
    (line,) = check_file(write(tmp_path, f"sweep: {{zip: {given}}}\n"))
    assert "c.yaml:2: sweep.zip: expected groups of keys, [{key: values, other key: values}], got " in line


def test_a_section_that_is_no_mapping(tmp_path):
    assert check_file(write(tmp_path, "sweep: [1, 2]\n")) == [
        f"{tmp_path}/c.yaml:2: sweep: expected a section, {{key: value, ...}}, got [1, 2]; fill it or leave it out"
    ]


def test_a_mistake_at_some_points_is_named_once_with_what_these_share(tmp_path):
    text = "sweep:\n  neuron.scaling: [none, paired, pared]\n  read.window_s: [1.0e-7, -1, 1.0e-6]\n"
    path = write(tmp_path, text)
    assert check_file(path) == [
        f"{path}:4: read.window_s: input should be greater than 0, got -1 (sweep: read.window_s=-1)",
        f"{path}:4: read: interval_s=1e-06 leaves no room for two reads (pair_interval_s + window_s = 2e-06) "
        "(sweep: read.window_s=1e-06)",
        f"{path}:3: neuron.scaling: no circuit is called 'pared'; did you mean paired? (one of your own is registered "
        "in a file that --laws names) (sweep: neuron.scaling=pared)",
    ]
    together = "sweep:\n  read.interval_s: [1.0e-6, 2.0e-6, 1.0e-7]\n  read.window_s: [1.0e-7, 1.0e-6]\n"
    path = write(tmp_path, together)
    assert check_file(path)[0].endswith("(sweep: read.interval_s=1e-06, read.window_s=1e-06)")
    assert len(check_file(path)) == 3


def test_a_mistake_at_points_that_share_too_little_is_named_at_the_first_of_them(tmp_path):
    text = "sweep:\n  array.scale: [per_column, per_tile]\n  array.dac.offset_sd_v: [0, 0.001, 0.002]\n"
    (line,) = check_file(write(tmp_path, text))
    assert "c.yaml:3: array: scale: per_tile gives every tile drivers of its own" in line
    assert line.endswith(" (sweep: array.scale=per_tile, array.dac.offset_sd_v=0.001; and 1 more)")


def test_a_section_and_keys_inside_it_may_both_be_swept(tmp_path):
    text = "sweep:\n  device.read_noise.relative_sd: [0.1, 0.2]\n  device: [rram_wan2022, rram_milo2021]\n"
    found = points(tmp_path, text)
    config = at_point(load_document(tmp_path / "c.yaml"), found[1])
    assert (config.device.name, config.device.read_noise.relative_sd) == ("rram_milo2021", 0.1)


def test_values_that_differ_only_in_how_they_are_written_are_the_same(tmp_path):
    assert "is given twice" in check_file(write(tmp_path, "sweep: {evaluation.samples: [1, 1.0]}\n"))[0]
    stopping = "{evaluation.early_stopping: [null, {block: 5, confidence: 0.9}, {confidence: 0.9, block: 5}]}"
    assert "is given twice" in check_file(write(tmp_path, f"sweep: {stopping}\n"))[0]
    assert points(tmp_path, "sweep: {device.read_noise.thermal: [false, true]}\n") != []


def test_more_points_than_anyone_runs_are_refused(tmp_path):
    half = "{low: 1, high: 1000000, points: 400}"
    (line,) = check_file(write(tmp_path, f"sweep: {{read.voltage_v: {half}, array.r_row_ohm: {half}}}\n"))
    assert line.endswith(f"sweep: 400 x 400 points are more than {MOST_POINTS}; give fewer values")


def test_python_users_see_the_same_mistakes():
    with pytest.raises(ValueError, match=r"low=2 must be below high=1"):
        ExperimentConfig(device={"conductance": {"g_min_s": 0, "g_max_s": 1e-4}},
                         sweep={"array.rows": {"low": 2, "high": 1, "points": 3}})  # fmt: skip


def test_the_schema_shows_lists_ranges_and_groups(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["crossbar-nsm", "schema"])
    with pytest.raises(SystemExit):
        main()
    sweep = json.loads(capsys.readouterr().out)["properties"]["sweep"]
    array, ranged = sweep["additionalProperties"]["anyOf"]
    assert array["type"] == "array"
    assert set(ranged["properties"]) == {"low", "high", "points", "spacing"}
    assert sweep["properties"]["zip"]["items"]["additionalProperties"] == sweep["additionalProperties"]


def test_data_folders_are_no_setting():
    """Results do not tell the same data set in two places apart."""
    for sweep in ({"dataset.root": ["a", "b"]}, {"dataset": [{"name": "mnist", "root": "a"}, {"name": "mnist"}]}):
        with pytest.raises(ConfigError, match="it cannot be swept; sweep dataset"):
            resolve(Document({"device": "ideal", "sweep": sweep}))

from crossbar_nsm.report.tables.swept_columns import SweptColumns

WITH_NOISE = {"preset": "rram_wan2022", "read_noise": {"relative_sd": 0.2}}
POINTS = [
    ("rram_milo2021/none", {"device": "rram_milo2021", "neuron.scaling": "none", "evaluation.age_s": 86_400}),
    ("rram_wan2022/none", {"device": WITH_NOISE, "neuron.scaling": "none", "evaluation.samples": 10}),
]


def test_settings_have_a_column_unless_the_name_says_them():
    swept = SweptColumns.of(POINTS, ["network", "samples"])
    assert swept.columns == ["device", "age", "evaluation.samples"]
    assert swept.legend == {"age": "setting evaluation.age_s"}
    assert swept.cells(*POINTS[0]) == ["", "1 day", ""]
    assert swept.cells(*POINTS[1]) == ["rram_wan2022 with read_noise.relative_sd=0.2", "", "10"]
    assert swept.label(*POINTS[0]) == "rram_milo2021/none, age=1 day"
    assert swept.cells("ideal_synapse", {}) == ["", "", ""]


def test_as_much_of_a_key_as_tells_it_from_others():
    settings = {"device.read_noise.relative_sd": 0.05, "layers.fc1.device": "ideal", "layers.fc2.device": "ideal"}
    assert SweptColumns.of([("a/none", settings)]).columns == ["read_noise.relative_sd", "fc1.device", "fc2.device"]


def test_settings_that_move_together_have_a_leader():
    grid = [
        {"read.interval_s": interval_s, "read.pair_interval_s": interval_s / 10, "array.rows": rows}
        for interval_s in (1e-6, 1e-4)
        for rows in (32, 64)
    ]
    points = [("ideal_synapse", {}), *(("a/none", one) for one in grid)]
    assert SweptColumns.of(points).followers == ("pair_interval",)
    assert SweptColumns.of(points[:-1]).followers == ("pair_interval",)  # an unfinished study
    random = [("a/none", {"array.rows": 32 + one, "array.columns": 99 - one}) for one in range(4)]
    assert SweptColumns.of(random).followers == ()  # no value is there twice: nothing is known of the next one

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

"""What results say beside their rows."""

import json

import pytest
from support.cli import call
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.report.sections.summary import summary

OPEN = "device.description='Fitted to a.csv. Not measured: drift (conductances stay), g_min (0 S). Warnings: x'"
NOTE = "not measured of rram_illustrative, so perfect or assumed there unless you set it: drift, g_min"


@pytest.fixture
def study(tmp_path):
    return small_study(tmp_path)


def test_what_was_not_measured_of_a_device_stands_beside_every_form_of_the_results(study, tmp_path, capsys):
    folder = str(tmp_path / "out")
    for command in (
        ("compare", str(study), "--set", OPEN),
        ("sweep", str(study), "--set", OPEN, "--out", folder, "--workers", "1"),
        ("results", folder),
    ):
        code, out, _ = call(capsys, *command)
        assert code == 0
        assert " ".join(out.split()).count(NOTE) == 1
    assert json.loads(call(capsys, "results", folder, "--json")[1])["notes"] == [NOTE]
    assert f"N{NOTE[1:]}." in summary(xb.load_results(folder)).paragraphs


def test_nothing_is_said_of_other_devices_nor_of_ideal_software(study):
    assert xb.compare(study).notes == []
    assert xb.compare(study, OPEN, ideal_only=True).notes == []

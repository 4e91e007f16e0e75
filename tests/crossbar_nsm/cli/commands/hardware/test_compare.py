"""Comparisons on the command line: margins, pairs, finished runs, and what they print."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.cli import call
from support.networks import black_and_white, dense_network
from support.verdicts import check_verdict

import crossbar_nsm as xb
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models.errors import ConfigError, CrossbarError

ONE_NOISE, TWO_NOISES = (f"sweep={{device.read_noise.relative_sd: {values}}}" for values in ([0.2], [0.05, 0.2]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Runs `few` and `many` on the same images with another circuit, `others` on other images, `wider` with other
    classes, `unlike` with another swept key."""
    path = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        patch.delenv("CROSSBAR_NSM_DATA", raising=False)
        for classes in (4, 5):
            save_checkpoint(dense_network(30, 20, classes), f"net{classes}.safetensors")
        np.savez("data.npz", x=black_and_white(60, 30), y=np.arange(60) % 4)
        Path("c.yaml").write_text(
            "checkpoint: net4.safetensors\ndataset: {name: data.npz}\ndevice: rram_illustrative\n"
            "evaluation: {samples: 5, chips: 2}\n"
        )
        sweep("few", TWO_NOISES, "neuron.scaling=none")
        sweep("many", "sweep={device.read_noise.relative_sd: [0.2, 0.3], neuron.scaling: [none, paired]}")
        sweep("others", ONE_NOISE, "evaluation.images=40")
        sweep("wider", ONE_NOISE, "checkpoint=net5.safetensors")
        sweep("unlike", "sweep={array.rows: [32, 64]}")
    return path


def sweep(out, *overrides):
    from crossbar_nsm.experiment.studies.sweep import sweep as run_sweep

    run_sweep("c.yaml", *overrides, out=out, workers=1)


@pytest.fixture
def runs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CROSSBAR_NSM_DATA", raising=False)


def test_a_margin_gives_a_verdict_and_changes_nothing_else(runs, capsys):
    without, wide, narrow = (
        json.loads(call(capsys, "compare", "c.yaml", "--json", *margin)[1])["rows"][2]
        for margin in ((), ("--margin", "0.9"), ("--set", "evaluation.margin=0.001"))
    )
    assert (without["margin"], without["equivalent"]) == (None, None)
    assert (wide["margin"], wide["equivalent"], wide["verdict"]) == (0.9, True, "equivalent within 90 points")
    assert (narrow["margin"], narrow["equivalent"]) == (0.001, False)
    judged = {"margin", "equivalent", "verdict", "seconds"}
    assert {key: value for key, value in wide.items() if key not in judged} == {
        key: value for key, value in without.items() if key not in judged
    }
    assert "equivalent within 90 points" in call(capsys, "compare", "c.yaml", "--margin", "0.9")[1]
    code, _, err = call(capsys, "compare", "c.yaml", "--margin", "2")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "evaluation.margin: input should be less than 1" in err


def test_devices_side_by_side_and_two_by_two(runs, capsys):
    devices = "sweep={device: [rram_wan2022, {preset: rram_illustrative, read_noise: {relative_sd: 0.2}}, ideal]}"
    code, out, _ = call(capsys, "compare", "c.yaml", "--pairwise", "--set", devices)
    assert code == 0
    assert "rram_illustrative/paired, device=rram_illustrative with read_noise.relative_sd=0.2" in out
    assert "rram_wan2022/paired, device" not in out
    assert "Holm p" in out
    result = json.loads(call(capsys, "compare", "c.yaml", "--pairwise", "--json", "--set", devices)[1])
    assert [(pair["first"], pair["second"]) for pair in result["pairs"]] == [
        ("rram_wan2022/paired", "rram_illustrative/paired"),
        ("rram_wan2022/paired", "ideal/paired"),
        ("rram_illustrative/paired", "ideal/paired"),
    ]
    rows = {row["name"]: row for row in result["rows"]}
    first = result["pairs"][0]
    difference = rows["rram_illustrative/paired"]["error"] - rows["rram_wan2022/paired"]["error"]
    assert first["difference"] == pytest.approx(difference, abs=1e-12)
    assert first["mcnemar_p"] <= first["holm_p"] <= 1


def test_exports(runs, capsys):
    sweep = ("--set", TWO_NOISES)
    _, text, _ = call(capsys, "compare", "c.yaml", "--csv", *sweep)
    rows = list(csv.DictReader(io.StringIO(text)))
    full = json.loads(call(capsys, "compare", "c.yaml", "--json", *sweep)[1])["rows"]
    assert [row["device.read_noise.relative_sd"] for row in rows] == ["", "", "0.05", "0.2"]
    assert [float(row["nll"]) for row in rows] == [row["nll"] for row in full]
    _, text, _ = call(capsys, "compare", "--hardware-only", "c.yaml", "--markdown")
    assert text.count("\n| ") == 3  # names, rule, one row
    code, out, err = call(capsys, "compare", "c.yaml", "--csv", "--markdown")
    assert (code, out) == (2, "")
    assert err == "error: --csv --markdown: at most one of --json, --csv and --markdown; leave the others out\n"


def test_hardware_alone_has_the_rows_that_it_has_beside_software(runs, capsys):
    sweep, both = ("--set", TWO_NOISES), {}
    for row in json.loads(call(capsys, "compare", "c.yaml", "--json", *sweep)[1])["rows"]:
        both[row["name"], str(row["set"])] = row
    code, out, err = call(capsys, "compare", "c.yaml", "--hardware-only", "--json", *sweep)
    alone = json.loads(out)["rows"]
    assert (code, err, len(alone)) == (0, "", 2)
    for row in alone:
        beside = both[row["name"], str(row["set"])]
        assert [row[key] for key in ("error", "nll", "chip_sd", "chips")] == [
            beside[key] for key in ("error", "nll", "chip_sd", "chips")
        ]
        assert (row["difference"], row["mcnemar_p"]) == (None, None)
        assert beside["difference"] is not None


def test_a_verdict_without_software_says_so(runs, capsys):
    (single, _) = json.loads(
        call(capsys, "compare", "c.yaml", "--hardware-only", "--json", "--set", "evaluation.chips=1")[1]
    )["verdict"]
    assert single.endswith("; no ideal software beside it.")
    sweep = "sweep={neuron.scaling: [none, paired], device.read_noise.relative_sd: [0.1, 0.2]}"
    several = json.loads(call(capsys, "compare", "c.yaml", "--hardware-only", "--json", "--set", sweep)[1])["verdict"]
    assert several[1] == "There is no ideal software beside these settings."


def test_run_is_an_old_name(runs, capsys):
    _, table, _ = call(capsys, "compare", "c.yaml", "--hardware-only")
    code, out, err = call(capsys, "run", "c.yaml")
    assert (code, out) == (0, table)
    assert err == "note: run is now called compare --hardware-only; the old name goes on working\n"
    new, old = xb.compare("c.yaml", hardware_only=True), xb.run("c.yaml")
    assert [row.nll for row in new.rows] == [row.nll for row in old.rows]
    assert [row.name for row in new.rows] == ["rram_illustrative/paired"]
    with pytest.raises(ConfigError, match="ideal_only and hardware_only: leave nothing to evaluate"):
        xb.compare("c.yaml", ideal_only=True, hardware_only=True)


def test_two_runs_are_paired_by_image(runs, capsys):
    code, out, _ = call(capsys, "compare", "few", "many", "--margin", "0.5")
    assert code == 0
    for text in ("many less few", "McNemar p", "verdict", "left out: few: rram_illustrative/none", "no partner"):
        assert text in out
    result = json.loads(call(capsys, "compare", "few", "many", "--json")[1])
    assert result["verdict"][0] == "Error differs significantly in none of 2 pairs (5 %, corrected for 2 comparisons)."
    assert result["verdict"][0] in out
    none, paired = result["rows"]
    assert (none["paired"], none["images"], none["chips"], none["mcnemar_p"]) == (True, 60, 2, 1.0)
    assert (none["difference"], none["nll_difference"]) == (0, 0)  # the same setting, the same bits
    rows = [json.loads(call(capsys, "results", run, "--json")[1])["rows"] for run in ("few", "many")]
    assert paired["second_set"] == {"device.read_noise.relative_sd": 0.2, "neuron.scaling": "paired"}
    assert paired["nll_difference"] == pytest.approx(rows[1][3]["nll"] - rows[0][3]["nll"], abs=1e-9)


def test_two_runs_in_python(runs):
    found = xb.compare_runs("few", "many", margin=0.5)
    assert [one.compared.margin for one in found.pairs] == [0.5, 0.5]
    assert xb.compare_runs("few", "many").pairs[0].compared.equivalent is None
    assert len(found.left_out) == 3
    for margin in ("9", None, [], b"m"):
        with pytest.raises(CrossbarError, match=r"margin=.*expected a fraction"):
            xb.load_results("few").with_margin(margin)
    with_margin = xb.load_results("few").with_margin(np.float32(0.5))
    assert with_margin.as_dict()["config"]["evaluation"]["margin"] == 0.5


def test_runs_on_other_images_are_two_samples(runs, capsys):
    code, out, _ = call(capsys, "compare", "few", "others")
    assert code == 0
    assert "40 unpaired" in out
    (pair,) = json.loads(call(capsys, "compare", "few", "others", "--json")[1])["rows"]
    assert (pair["paired"], pair["mcnemar_p"], pair["holm_p"]) == (False, None, None)
    assert pair["combined_low"] < pair["difference"] < pair["combined_high"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("few", "nowhere"), "nowhere: no results folder"),
        (("few",), "few: is a folder; give a configuration, or the folders of two runs"),
        (("few", "many", "--pairwise", "--set", "a=1"), "--set, --pairwise: not for two finished runs"),
        (("few", "many", "--hardware-only"), "--hardware-only: not for two finished runs"),
        (("few", "many", "--margin", "-1"), "margin=-1: expected a fraction of error between 0 and 1"),
        (("others", "wider"), "4 and 5 classes cannot be compared"),
        (("few", "unlike"), "few sweeps device.read_noise.relative_sd, unlike array.rows: no common key"),
        (("c.yaml", "--pairwise", "--ideal-only"), "--pairwise: is about hardware settings"),
    ],
)
def test_what_cannot_be_compared_is_one_line(runs, capsys, arguments, says):
    code, out, err = call(capsys, "compare", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert says in err


def test_results_of_a_folder_end_in_its_verdict(runs, capsys):
    for run in ("few", "many"):
        results = xb.load_results(run)
        check_verdict(results, results.verdict)
        assert json.loads(call(capsys, "results", run, "--json")[1])["verdict"] == results.verdict
        assert call(capsys, "results", run)[1].endswith("\n".join([*results.verdict, ""]))


def test_results_of_a_folder(runs, capsys):
    code, out, _ = call(capsys, "results", "few", "--margin", "0.9")
    assert code == 0
    for text in ("ideal_synapse", "relative_sd: setting device.read_noise.relative_sd", "equivalent within 90"):
        assert text in out
    assert re.search(r"^rram_illustrative/none +0\.05 ", out, re.MULTILINE)
    assert "missing" not in out
    chips = json.loads(call(capsys, "results", "few", "--chips", "--json")[1])["rows"]
    assert [row["chip"] for row in chips] == [None, None, 0, 1, 0, 1]
    assert "chip by chip" in call(capsys, "results", "few", "--chips")[1]
    assert call(capsys, "results", "many", "--pairwise", "--csv")[1].count("\n") == 7  # names, pairs of four points
    found, without = (json.loads(call(capsys, "results", "many", *more, "--json")[1]) for more in (["--pairwise"], []))
    assert (len(found["pairs"]), found["rows"], "pairs" in without) == (6, without["rows"], False)  # as of compare
    assert found["verdict"][: len(without["verdict"])] == without["verdict"] != found["verdict"]
    for arguments, says in (
        (("few", "--chips", "--pairwise"), "--chips: shows single chips"),
        (("others", "--pairwise"), "--pairwise: needs two points"),
        (("few", "--margin", "nan"), "margin=nan: expected a fraction"),
        (("c.yaml",), "c.yaml"),
    ):
        code, out, err = call(capsys, "results", *arguments)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert says in err


def test_an_unfinished_run_says_so(runs, capsys, tmp_path):
    import shutil

    shutil.copytree("few", tmp_path / "part")
    manifest = json.loads((tmp_path / "part" / "manifest.json").read_text())
    (tmp_path / "part" / "trials" / f"{manifest['points'][0]['chips'][1]}.npz").unlink()
    code, out, _ = call(capsys, "results", str(tmp_path / "part"))
    assert code == 0
    assert "1 trial missing: the same sweep goes on" in out
    assert "\nNot finished: 1 trial without result; what follows is of the others.\n" in out
    code, out, err = call(capsys, "results", str(tmp_path / "part"), "--csv")
    assert (code, out.count("\n")) == (0, 5)
    assert "1 trial missing" in err
    found = json.loads(call(capsys, "compare", str(tmp_path / "part"), "few", "--json")[1])
    assert (found["rows"][0]["chips"], found["rows"][0]["difference"]) == (1, 0)
    assert [line.rpartition(": ")[2] for line in found["left_out"]] == ["no result of chip 1"]
    assert "part: rram_illustrative/none" in call(capsys, "compare", "few", str(tmp_path / "part"), "--csv")[2]
    for trial in (tmp_path / "part" / "trials").glob("*.npz"):
        trial.unlink()
    code, _, err = call(capsys, "results", str(tmp_path / "part"))
    assert (code, len(err.splitlines())) == (2, 1)
    assert "none of its trials has a result yet" in err


def test_a_margin_is_no_other_trial(runs):
    from crossbar_nsm.experiment.config.load import load_config
    from crossbar_nsm.experiment.studies.trial import Trial

    with_margin, without, other = (
        Trial(load_config("c.yaml", *overrides), "hardware").key
        for overrides in (["evaluation.margin=0.01"], [], ["evaluation.seed=1"])
    )
    assert with_margin == without != other


def test_points_without_a_common_chip_do_not_hide_the_others(runs, tmp_path):
    """A chip failed in one run, another one in the other."""
    for name, chip in (("one", 0), ("two", 1)):
        shutil.copytree("few", tmp_path / name)
        manifest = json.loads((tmp_path / name / "manifest.json").read_text())
        (tmp_path / name / "trials" / f"{manifest['points'][0]['chips'][chip]}.npz").unlink()
    found = xb.compare_runs(tmp_path / "one", tmp_path / "two")
    assert [pair.first_set for pair in found.pairs] == [{"device.read_noise.relative_sd": 0.2}]
    (line,) = found.left_out
    assert line.endswith("relative_sd=0.05: no chip has a result in both")

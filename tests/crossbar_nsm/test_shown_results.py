"""Every object that the public functions give: a short repr, a short table in a notebook, and its rows as a table."""

import html
import inspect
import re
import warnings
from collections.abc import Iterator, Mapping

import numpy as np
import polars
import pytest
from support.cells.traces import telegraph_trace
from support.networks import images
from support.reproduction import small_config
from support.studies import small_study

import crossbar_nsm as xb
from crossbar_nsm.reproduce.reproduction import Reproduction
from device_models import CellReads, ReadConditions, Stream, load_device
from device_models.fit import fit_files, twin
from device_models.shown import is_shown

OURS = ("crossbar_nsm", "device_models")
MOST = 2000  # characters of text
NOTHING_TO_HOLD = {
    "save_checkpoint",
    "load_dataset",
    "register_circuit",
    "register_dataset",
}  # these give a path, and arrays
TABLES = {
    "ageing", "budget", "chip", "compare", "compare_runs", "dry_run", "fit", "load_results",
    "plan_reproduction", "reproduce_paper", "run",
    "sweep", "timing", "train", "tune", "twin", "uncertainty",
}  # fmt: skip


def made(folder) -> dict[str, object]:
    """What each public function gives, on a small network; the functions of device_models too."""
    fit = fitted(folder)
    study = small_study(folder, "sweep: {neuron.scaling: [none, paired]}")
    x = images(60, 30).reshape(60, 5, 6)
    labels = np.load(folder / "data.npz")["y"]
    np.savez(folder / "shaped.npz", x=x, y=labels)
    np.savez(folder / "other.npz", x=images(80, 30, seed=9).reshape(80, 5, 6), y=np.arange(80) % 4)
    few = ("evaluation.samples=3", "evaluation.images=20", f"dataset.name={folder}/shaped.npz", "sweep={}")
    net = xb.load_checkpoint(folder / "net.safetensors")
    chip = xb.map_network(net, {"device": "rram_illustrative", "neuron.scaling": "paired"})
    with_traps = xb.map_network(net, {"device": "rram_telegraph_illustrative", "neuron.scaling": "paired"})
    chip.save(folder / "chip.safetensors")
    runs = [xb.sweep(study, "evaluation.samples=3", out=folder / name, workers=1) for name in "ab"]
    training = {
        "network.layers": [
            {"type": "dense", "name": "fc1", "inputs": 30, "outputs": 12},
            {"type": "linear", "name": "out", "inputs": 12, "outputs": 4},
        ],
        "dataset": {"name": folder / "shaped.npz", "validation_images": 20},
        "training": {"epochs": 1, "batch_size": 20, "calibration_images": 8},
        "output": folder / "run",
    }
    return {
        "ageing": xb.ageing(study, *few, "device=pcm_joshi2020", ages_s=[20, 2e4]),
        "budget": xb.budget(study, *few),
        "chip": chip,
        "circuit_numbers": xb.circuit_numbers(chip),
        "compare": xb.compare(study, "evaluation.samples=3", pairwise=True),
        "compare_runs": xb.compare_runs(folder / "a", folder / "b"),
        "dry_run": xb.dry_run(study, "evaluation.samples=3", workers=1),
        "load_checkpoint": net,
        "load_chip": xb.load_chip(folder / "chip.safetensors"),
        "load_config": xb.load_config(study),
        "load_device": load_device("rram_wan2022"),
        "load_results": xb.load_results(folder / "a"),
        "map_network": chip,
        "paper_studies": xb.paper_studies(),
        "plan_reproduction": xb.plan_reproduction("fig4", small_config(folder), out=folder / "paper"),
        "reproduce_paper": Reproduction("a title", ["x", "y"], [["a", 1.5], [None, 2.5]], "It says so."),
        "run": xb.run(study, *few),
        "sweep": runs[0],
        "timing": xb.timing(with_traps, samples=20, with_curves=True),
        "train": xb.train(training),
        "tune": xb.tune(study, *few, train_on=f"{folder}/other.npz", images=40, settings=xb.TuningConfig(epochs=1)),
        "uncertainty": xb.uncertainty(study, *few, angles_deg=[0, 45], other=f"{folder}/other.npz"),
        "write_report": xb.Report(folder / "a" / "report.html", [], runs[0]),
        "fit": fit,
        "twin": twin(fit),
        "write_fit_report": xb.FitReport(folder / "page.html", twin(fit)),
        "predictions": [net.predict_uncertainty(x, 3), chip.predict_until_sure(x, 20), chip.calibration],
        "cells": cells(),
        "configurations": [xb.TuningConfig(), small_config(folder), xb.Dataset(x, labels), net.substrates()],
    }


def fitted(folder):
    """Of pairs, and of traces of three cells."""
    target = np.repeat(np.linspace(5, 100, 20), 50)
    programmed = np.maximum(target * (1 + 0.02 * np.random.default_rng(0).standard_normal(target.size)), 0)
    pairs = [f"{t},{p}\n" for t, p in zip(target, programmed, strict=True)]
    (folder / "pairs.csv").write_text("target [uS],programmed [uS]\n" + "".join(pairs))
    rows = []
    for cell in range(3):
        trace = telegraph_trace(300, cell, amplitude=0.0, g_s=(20 + cell) * 1e-6)
        rows += [f"c{cell},{t},{1e6 * g}\n" for t, g in zip(trace.time_s, trace.g_s, strict=True)]
    (folder / "traces.csv").write_text("cell,time [s],conductance [uS]\n" + "".join(rows))
    return fit_files([folder / "pairs.csv", folder / "traces.csv"])


def cells():
    """All that reads of one device are made of."""
    device, stream = load_device("fefet_selector_illustrative"), Stream(seed=1)
    other = load_device("rram_telegraph_illustrative", "flicker={read_time_s: 1e-6, relative: {coefficient: 0.01}}")
    found = [device, other]
    for one in (device, other):
        programmed = one.program(np.full((40, 50), one.conductance.g_max_s), stream)
        law = one.read_law(programmed, ReadConditions())
        state = one.initial_state(law, stream)
        found += [programmed, law, state, CellReads(law, state, 1e-6, stream.generator("reads"))]
    return found


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return made(tmp_path_factory.mktemp("shown"))


def objects(value, seen: set[int]) -> Iterator[object]:
    """Every object of this project's classes in another one, itself included."""
    if id(value) in seen or isinstance(value, (str, bytes, type, np.ndarray)) or callable(getattr(value, "mro", None)):
        return
    seen.add(id(value))
    if type(value).__module__.partition(".")[0] in OURS:
        yield value
        inside = [entry for name, entry in vars(value).items() if not name.startswith("_")]
    elif isinstance(value, Mapping):
        inside = list(value.values())
    else:
        inside = list(value) if isinstance(value, (list, tuple)) else []
    if isinstance(value, Mapping):
        inside += list(value.values())
    for entry in inside:
        yield from objects(entry, seen)


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def test_every_public_function_is_among_them(results):
    functions = {name for name in xb.__all__ if inspect.isfunction(getattr(xb, name))}
    assert functions - NOTHING_TO_HOLD - {"import_published"} <= set(results)  # which gives a network


def test_all_that_is_in_them_is_short_to_read(results):
    found = {}
    for one in objects(results, set()):
        found.setdefault(type(one), []).append(one)
    kinds = {kind for kind in found if hasattr(kind, "__dataclass_fields__") or hasattr(kind, "model_fields")}
    assert len(kinds) > 70
    inside_only = {f"{kind.__module__}.{kind.__name__}" for kind in kinds if not is_shown(found[kind][0])}
    assert not inside_only, "\n".join(sorted(inside_only))
    for kind in found:
        for one in found[kind][:20]:
            assert len(repr(one)) <= MOST, kind
            if not hasattr(one, "table"):  # which print shows whole
                assert len(str(one)) <= MOST, kind
            if is_shown(one):
                assert 0 < len(text_of(one._repr_html_())) <= MOST, kind


def test_each_result_is_a_table_of_its_rows(results):
    with_table = {name for name, one in results.items() if callable(getattr(one, "table", None))}
    assert with_table >= TABLES
    for name in TABLES:
        table = results[name].table()
        assert isinstance(table, polars.DataFrame), name
        assert len(table) > 0, name
    assert results["compare"].table()["name"].to_list() == [row.name for row in results["compare"].rows]
    assert results["compare"].table()["neuron.scaling"].to_list() == [None, None, "none", "paired"]
    assert results["timing"].table()["layer"].to_list() == ["fc1", "fc2"]
    assert results["chip"].table()["layer"].to_list() == ["fc1", "fc2"]
    assert results["tune"].table()["name"].to_list() == ["as calibrated", "tuned"]
    assert results["reproduce_paper"].table()["x"].to_list() == ["a", None]
    assert results["train"].table()["epochs"].to_list() == [1]
    assert results["dry_run"].table()["neuron.scaling"].to_list() == ["none", "paired"]
    assert set(results["ageing"].table()["age_s"]) == {20.0, 2e4}


def test_timing_is_a_mapping_as_before(results):
    timing = results["timing"]
    assert isinstance(timing, dict)
    assert list(timing) == ["fc1", "fc2"]
    assert timing == dict(timing)
    assert timing["fc1"].layer == "fc1"


def test_a_page_says_what_the_terminal_says(results):
    page = text_of(results["compare"]._repr_html_())
    for row in results["compare"].rows:
        assert row.name in page
        assert f"{100 * row.error:.2f}" in page
    assert "fc1" in text_of(results["chip"]._repr_html_())
    assert "rram_wan2022" in text_of(results["load_device"]._repr_html_())

"""What examples of the pages say of themselves: numbers of points, networks, methods, files that they quote."""

import re
from typing import get_args

import pytest
from support.blocks import blocks, plain_data
from support.processes import ROOT

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import load_train_config
from crossbar_nsm.experiment.config.points import sweep_points
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.methods.config import NSM_METHODS, Method
from crossbar_nsm.reproduce.planning.overview import paper_studies
from device_models.catalogue import load_device

HOW_TO = ROOT / "docs/how_to"


def text_of(page: str) -> str:
    return (HOW_TO / page).read_text(encoding="utf-8")


def examples(page: str, section: str) -> list:
    """YAML blocks of a page that begin with `section`, as plain data."""
    found = [block for block in blocks(HOW_TO / page) if block.language == "yaml"]
    return [plain_data(block.code, str(block)) for block in found if block.code.startswith(f"{section}:")]


def rows(page: str, heading: str) -> list[list[str]]:
    """Cells of the table whose first column is called so."""
    table = text_of(page).partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_example_of_a_sweep_has_the_points_that_the_text_says():
    (swept,) = examples("run_a_study.md", "sweep")
    config = ExperimentConfig.model_validate({"device": load_device("rram_illustrative"), **swept})
    assert len(sweep_points(config)) == 6 * 2 * 3
    assert "these are 6 x 2 x 3 points" in text_of("run_a_study.md")


def test_every_study_of_the_package_is_listed_with_its_points_and_chips():
    listed = {name.strip("`"): size for name, _asks, size, _time in rows("run_a_study.md", "study")}
    shipped = {}
    for path in (ROOT / "configs/studies").glob("*.yaml"):
        values = plain_data(path.read_text(encoding="utf-8"), path.name)
        config = ExperimentConfig.model_validate({**values, "device": load_device(values["device"])})
        shipped[path.stem] = f"{len(sweep_points(config))} x {config.evaluation.chips}"
    assert listed == shipped


def test_the_training_examples_are_networks():
    example, convolution = examples("train_a_network.md", "network")
    assert load_train_config(example).output == "runs/small"
    assert str(Architecture.model_validate(convolution["network"])) == "1x28x28-32c5-m2-512-10"


def test_every_method_of_the_page_exists_and_no_other():
    named = {name for method, *_ in rows("train_a_network.md", "method") for name in re.findall(r"`(\w+)`", method)}
    known = set()
    for method in get_args(get_args(Method)[0]):
        known |= set(get_args(method.model_fields["name"].annotation))
    assert named == known


def test_the_methods_that_can_be_mapped_are_named():
    sentence = re.search(r"Only ([^.]*) give networks that can be programmed", text_of("train_a_network.md"))
    assert set(re.findall(r"`(\w+)`", sentence[1])) == set(NSM_METHODS)


def test_the_example_of_training_for_a_device_is_that_of_the_shipped_configuration():
    (shown,) = examples("train_for_a_device.md", "hardware")
    path = ROOT / "configs/train_mnist_mlp_for_rram_replica.yaml"
    shipped = plain_data(path.read_text(encoding="utf-8"), path.name)
    assert shown["hardware"] == shipped["hardware"]
    assert shown["training"].items() <= shipped["training"].items()


def test_every_study_of_the_paper_is_listed():
    listed = {name.strip("`"): (shows, data) for name, shows, data, *_ in rows("reproduce_the_paper.md", "study")}
    assert listed == {study.name: (study.shows, study.dataset) for study in paper_studies()}


@pytest.mark.parametrize(
    ("page", "results"), [("recovery.md", "recovery/RESULTS.md"), ("paper.md", "paper/RESULTS.md")]
)
def test_numbers_of_a_result_page_are_those_of_the_results_that_it_sums_up(page, results):
    """Every number with two decimals or more in a table of the page stands in the results, too."""
    source = (ROOT / "benchmarks" / results).read_text(encoding="utf-8")
    text = (ROOT / "docs/results" / page).read_text(encoding="utf-8")
    table = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    numbers = set(re.findall(r"\d*\.\d{2,}", table))
    assert len(numbers) > 15
    assert {number for number in numbers if number not in source} == set()

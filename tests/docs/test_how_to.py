"""What how-to pages and the reference of files say in tables, beside what the code has."""

import re
from pathlib import Path
from typing import get_args

import pytest
from support.blocks import blocks, plain_data

from crossbar_nsm.array.config import ArrayConfig
from crossbar_nsm.cli.failure import INTERRUPTED
from crossbar_nsm.experiment.config.sweep_range import MOST_POINTS
from crossbar_nsm.experiment.config.sweep_section import MOST_KEYS
from crossbar_nsm.experiment.training.run_folder import FILES
from crossbar_nsm.mapping.files.saved_chip import FORMAT as CHIP
from crossbar_nsm.neuron.config import NeuronConfig
from crossbar_nsm.neuron.scalings import BuiltIn
from crossbar_nsm.nsm.checkpoints.bias_convention import BiasConvention
from crossbar_nsm.nsm.checkpoints.header import FORMAT as CHECKPOINT
from device_models.catalogue import load_device, preset_paths
from device_models.device import Provenance
from device_models.files import archives, reading, table_text, yaml_text
from device_models.fit.across_cells.programming import FEWEST_PAIRS
from device_models.fit.kinds import Kind
from device_models.fit.measurements.body import MOST_ROWS, MOST_VALUES
from device_models.fit.measurements.found import MOST_COLUMNS, WIDEST_LINE
from device_models.fit.measurements.table import MOST_CELLS
from device_models.fit.one_cell.prepared import FEWEST_SAMPLES, MOST_SAMPLES

DOCS = Path(__file__).parents[2] / "docs"


def page(name):
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def first_column(text, heading):
    """What stands as code in the first cells of the table whose first heading is `heading`."""
    table = text[text.index(f"| {heading} |") :].split("\n\n")[0]
    return [name for row in table.splitlines()[2:] for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


def test_the_list_of_how_to_pages_leads_to_each_and_shows_them_in_the_same_order():
    text = page("how_to/index")
    linked = re.findall(r"\]\((\w+)\.md\)", text)
    in_trees = [name for tree in re.findall(r"```\{toctree\}(.*?)```", text, re.DOTALL) for name in tree.split()]
    in_trees = [name for name in in_trees if name in linked]  # without captions and options
    assert linked == in_trees
    assert {path.stem for path in (DOCS / "how_to").glob("*.md")} - {"index"} <= set(linked)


def test_every_circuit_and_every_calibration_is_in_the_tables_and_no_other():
    text = page("how_to/choose_a_circuit")
    circuits = [name for name in first_column(text, "`neuron.scaling`") if "." not in name]
    assert sorted(circuits) == sorted(get_args(BuiltIn))
    assert sorted(first_column(text, "value")) == sorted(get_args(NeuronConfig.model_fields["calibration"].annotation))


def test_every_preset_is_in_the_table_of_families_under_its_own():
    text = page("how_to/describe_a_device")
    table = text[text.index("| family |") :].split("\n\n")[0].splitlines()[2:]
    found, base = {}, ""
    for row in table:
        family, names = row.strip("| ").split(" | ")
        for name in re.findall(r"`(\w+)`", names):
            base = base if name.startswith("_") else name  # endings in brackets belong to the name in front
            found[base + name.removeprefix(base)] = family
    assert sorted(found) == sorted(preset_paths())
    for name, family in found.items():
        assert family == "ideal" or load_device(name).family == family.lower()


@pytest.mark.parametrize(
    ("name", "heading", "allowed"),
    [
        ("how_to/describe_a_device", "`provenance`", get_args(Provenance)),
        ("how_to/use_your_network", "`--bias-convention`", get_args(BiasConvention)),
        ("how_to/fit_measurements", "option", [f"--kind {kind}" for kind in get_args(Kind)]),
    ],
)
def test_a_table_of_choices_has_all_that_there_are(name, heading, allowed):
    assert sorted(first_column(page(name), heading)) == sorted(allowed)


def test_the_example_of_an_array_converts_in_every_place():
    (block,) = [block for block in blocks(DOCS / "how_to/add_wires_and_converters.md") if block.language == "yaml"]
    array = ArrayConfig.model_validate(plain_data(block.code, "page")["array"])
    assert (array.partial_sums, array.output_layer, array.adc.bits, array.dac.bits) == ("digital", "array", 8, 6)


def test_forms_of_files_are_those_that_are_written():
    text = page("reference/files")
    assert f"`format: {CHECKPOINT}`" in text
    assert f"`{CHIP}`" in text
    run = text[text.index("## Training runs") : text.index("## Figures and pages")]
    assert set(FILES) <= set(first_column(run, "in the folder"))


def test_sizes_of_files_are_those_that_are_checked():
    text = page("reference/files")

    def grouped(number):
        return f"{number:,}"

    for said in (
        f"{grouped(yaml_text.MAX_NODES)} values, {yaml_text.MOST_DEPTH} levels",
        f"{grouped(MOST_POINTS)} points, {MOST_KEYS} keys",
        f"{grouped(MOST_ROWS)} rows, {reading.size_text(table_text.MOST_BYTES)}",
        reading.size_text(reading.MOST_BYTES),
        f"{reading.size_text(reading.FREE_BYTES)}, or {reading.MOST_RATIO} times its size up to "
        f"{reading.size_text(reading.MOST_UNPACKED)}",
        f"{grouped(archives.MOST_MEMBERS)} members",
        f"{grouped(table_text.MOST_LINES)} lines of {grouped(table_text.LONGEST_LINE)} characters at most",
        f"{grouped(table_text.MOST_LINES)} lines, {grouped(MOST_VALUES)} numbers, {grouped(MOST_COLUMNS)} columns, "
        f"{grouped(WIDEST_LINE)} characters in a line, {reading.size_text(table_text.MOST_BYTES)}",
        f"{grouped(MOST_CELLS)} cells; a cell's noise needs {FEWEST_SAMPLES}",
        f"at most {grouped(MOST_SAMPLES)}, programming needs {FEWEST_PAIRS} pairs",
    ):
        assert said in " ".join(text.split()), said


def test_exit_codes_are_those_of_the_program():
    codes = re.findall(r"^\| (\d+) \|", page("reference/output"), re.MULTILINE)
    assert codes == ["0", "1", "2", str(INTERRUPTED)]

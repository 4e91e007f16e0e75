"""`crossbar-nsm map`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from crossbar_nsm.cli.options import (
    ConfigPath,
    Csv,
    Data,
    Json,
    Markdown,
    Overrides,
    Wide,
    check_plot,
    to_write,
    with_data,
)
from crossbar_nsm.cli.output import form_of, print_as, say

if TYPE_CHECKING:
    from crossbar_nsm.mapping.mapped_network import MappedNetwork


def map_network(
    config: ConfigPath,
    overrides: Overrides = None,
    data: Data = None,
    out: Annotated[Path | None, to_write("CHIP.safetensors", "also save the programmed chip")] = None,
    conductances: Annotated[
        Path | None, to_write("FILE", "also write the programmed conductances (.npz or .csv)")
    ] = None,
    plot: Annotated[Path | None, to_write("DIR", "also draw the calibration, and what wires take")] = None,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Program one chip; show tiles, cells, time and recovered beta.

    One row per layer: tiles, cells, reads and time of a pass; beta as trained and as recovered, and what is clipped;
    currents of bit lines, and steps and errors of converters and comparators beside a weight and the neurons' noise.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.experiment.map_network import map_network as program
    from crossbar_nsm.experiment.single_point import single_point
    from crossbar_nsm.mapping.circuit.numbers import circuit_numbers
    from crossbar_nsm.mapping.circuit.sizes import chip_image_time_s
    from crossbar_nsm.mapping.files.conductance_file import check_conductance_output
    from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint
    from crossbar_nsm.report.tables.circuit import circuit_tables, with_circuit
    from crossbar_nsm.report.tables.mapping import calibration_table, chip_row, mapping_rows, mapping_table
    from device_models.files.writing import check_output

    settings = single_point(config, tuple(with_data(overrides, data)), "map")
    check_plot(plot, "calibration", "wires", beside={"--out": out, "--conductances": conductances})
    if out is not None:
        check_output(out, "chip")
    if conductances is not None:
        check_conductance_output(conductances, settings.array.conductances)
    chip = program(load_checkpoint(settings.checkpoint), settings)
    if conductances is not None:
        chip.export_conductances(conductances)
    if out is not None:
        chip.save(out)
    figures = [] if plot is None else _draw(chip, plot)
    samples = settings.evaluation.samples
    circuit = circuit_numbers(chip, samples)
    rows, drawn = with_circuit(mapping_rows(chip), circuit), {} if plot is None else {"figures": figures}
    of_chip = chip_row(chip) | {"samples": samples, "image_time_s": chip_image_time_s(circuit, samples)}
    whole = {"config": settings.model_dump(mode="json"), "rows": rows, "chip": of_chip} | drawn
    print_as(form, whole, rows, [mapping_table(chip), calibration_table(chip), *circuit_tables(circuit, samples)], wide)
    if form == "table":
        for path in figures:
            say(f"Figure: {path}")


def _draw(chip: MappedNetwork, folder: Path) -> list[Path]:
    """What calibration did, and the wire drop where wires have a resistance."""
    from crossbar_nsm.report.figures.calibration import calibrated_neurons
    from crossbar_nsm.report.figures.style import save_figure
    from crossbar_nsm.report.figures.wires import wire_drop

    figures = save_figure(calibrated_neurons(chip), folder, "calibration")
    return figures if chip.config.array.wires.perfect else figures + save_figure(wire_drop(chip), folder, "wires")

"""The table of chips over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.statistics.metrics import capped_note
from device_models.number_text import number

if TYPE_CHECKING:
    from crossbar_nsm.experiment.ageing import ChipAgeing


def ageing_table(result: ChipAgeing) -> TextTable:
    """One line per age and kind of settings; error in per cent, times in seconds."""
    first = result.rows[0]
    title = f"{result.config.device.name}/{result.config.neuron.scaling}, {first.images} images x {first.samples} "
    title += f"samples, {first.chips} chip(s); ideal software: error {100 * result.ideal.error:.2f} %, "
    title += f"NLL {result.ideal.nll:.4f}"
    left = {gain.age_s: f"{gain.ratio:.2f} (at most {gain.upper:.2f})" for gain in result.gains}
    columns = [
        "age",
        "settings",
        "error %",
        "NLL",
        "excess NLL",
        "95 %",
        "ECE",
        "beta/trained",
        "|c - trained|",
        "left",
    ]
    lines = [
        [
            f"{row.age_s:g} s",
            "calibrated anew" if row.recalibrated else "kept",
            f"{100 * row.error:.2f}",
            f"{row.nll:.4f}",
            f"{row.excess_nll:+.4f}",
            f"{row.excess_nll_low:+.4f} to {row.excess_nll_high:+.4f}",
            f"{row.ece:.4f}",
            f"{row.beta_ratio:.3f}",
            number(row.c_error, ".3f"),
            left.get(row.age_s, "") if row.recalibrated else "",
        ]
        for row in result.rows
    ]
    caption = "left: excess NLL calibrated anew / kept, and its upper 95 % bound"
    note = capped_note((result.ideal.nll_capped, *(row.nll_capped for row in result.rows)), first.images)
    return make_table(title, columns, lines, "\n".join(filter(None, (caption, note))))

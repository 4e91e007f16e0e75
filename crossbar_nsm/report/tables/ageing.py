"""The table of chips over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.statistics.metrics import capped_note
from device_models.number_text import counted, number, time_text

if TYPE_CHECKING:
    from crossbar_nsm.experiment.ageing import ChipAgeing, Gain

LEGEND = {
    "settings": "gains and thresholds, of the first age or calibrated anew",
    "excess NLL": "over ideal software, nats",
    "95 %": "of it, over images and chips",
    "left": "excess NLL calibrated anew / kept, and its upper 95 % bound; -: kept is not significantly above 0",
}
DROP = ["ECE", "beta/trained", "|c - trained|", "left", "95 %"]


def ageing_table(result: ChipAgeing) -> TextTable:
    """One line per age and kind of settings; error in per cent."""
    first = result.rows[0]
    title = f"{result.config.device.name}/{result.config.neuron.scaling}, {counted(first.images, 'image')} x "
    title += f"{counted(first.samples, 'sample')}, {counted(first.chips, 'chip')}; ideal software: error "
    title += f"{100 * result.ideal.error:.2f} %, NLL {result.ideal.nll:.4f}"
    left = {gain.age_s: _left(gain) for gain in result.gains}
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
            time_text(row.age_s, 2),
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
    note = capped_note((result.ideal.nll_capped, *(row.nll_capped for row in result.rows)), first.images)
    return make_table(title, columns, lines, note, drop=DROP, legend=LEGEND).left_aligned(["settings"])


def _left(gain: Gain) -> str:
    return "-" if gain.ratio is None else f"{gain.ratio:.2f} (at most {gain.upper:.2f})"

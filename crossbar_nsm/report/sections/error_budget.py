"""What each non-ideality costs at the base configuration."""

from __future__ import annotations

from crossbar_nsm.experiment.budget.budget import Budget
from crossbar_nsm.report.figures.budget import single_effects, waterfall
from crossbar_nsm.report.figures.drawings import Drawings
from crossbar_nsm.report.page.condensing import condensed
from crossbar_nsm.report.page.parts import LeftOut, Section
from crossbar_nsm.report.page.table import from_terminal
from crossbar_nsm.report.tables.budget import ladder_table
from device_models.number_text import counted


def error_budget(budget: Budget | None, drawings: Drawings) -> Section | LeftOut:
    """The ladder from ideal software to the hardware as figure and table."""
    if budget is None:
        return LeftOut("error budget", "crossbar-nsm report FOLDER --budget")
    figures = [drawings.add("budget_waterfall", waterfall(budget), "Changes add up from top to bottom.")]
    if budget.effects:
        text = "What each effect adds to ideal cells, and to the rest of the hardware."
        figures.append(drawings.add("budget_single_effects", single_effects(budget), text))
    config = budget.config
    text = (
        f"{config.device.name}/{config.neuron.scaling}, the base configuration: {counted(budget.images, 'image')} x "
        f"{counted(budget.samples, 'sample')}, {counted(budget.chips, 'chip')}."
    )
    return Section("Error budget", (text,), tuple(figures), (condensed(from_terminal(ladder_table(budget))),))

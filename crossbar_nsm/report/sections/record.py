"""The record behind the numbers: every trial, the configuration, versions and hosts, sources of devices' numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.studies.results import Results
from crossbar_nsm.report.citations import citations
from crossbar_nsm.report.page.condensing import condensed
from crossbar_nsm.report.page.parts import Listing, Section
from crossbar_nsm.report.page.table import PageTable, TableCell, Value
from crossbar_nsm.report.points.swept_parameter import SweptParameter, swept_parameters
from crossbar_nsm.report.points.words import named_parameters, short_names
from crossbar_nsm.report.sections.summary import heading, setting
from crossbar_nsm.report.tables.devices import numbers_table
from device_models import Device
from device_models.characterise.numbers import given
from device_models.errors import ConfigError
from device_models.number_text import duration_text

FRACTIONS = ("error", "difference", "clipped")  # shown in per cent
ALWAYS = ("error %", "nll")  # in the table, even where all rows have the same
OUTCOMES = (
    *ALWAYS, "brier", "ece", "entropy", "mutual_information", "difference %", "mcnemar_p", "beta_ratio", "clipped %",
)  # fmt: skip
COMMIT = 12  # characters tell commits apart


def trials(results: Results) -> Section | None:
    """The table of the folder, one row per point and chip; None before there is any."""
    table = results.table()
    if table.is_empty():
        return None
    swept = swept_parameters(results.swept)
    named = {parameter.key for parameter in named_parameters(results)}
    said = [name for name in ("seed", "samples") if f"evaluation.{name}" in swept]
    present = [name for name in table.columns[1:] if name in named or name not in (*swept, *said)]
    names = short_names(results)
    columns = [names.heading, *(_trial_heading(name, swept, present) for name in present)]
    lines = [
        [names[network], *(_trial_cell(name, value, swept) for name, value in zip(present, row, strict=True))]
        for network, *row in table.select("network", *present).iter_rows()
    ]
    text = "One row for each chip of each point, ideal software first; the same table is in results.parquet."
    apart = [row for row, entries in enumerate(table.select("chip", "error").iter_rows()) if None in entries]
    keep = ALWAYS if table.height > len(apart) + 1 else OUTCOMES
    trials = condensed(PageTable.of(columns, lines, note=names.note, leading=1 + len(named)), keep, apart)
    return Section("All trials", (text,), tables=(trials,))


def _trial_heading(name: str, swept: dict[str, SweptParameter], others: Sequence[str]) -> str:
    if name in swept:
        return heading(swept[name], others)
    return f"{name} %" if name in FRACTIONS else name


def _trial_cell(name: str, value: Any, swept: dict[str, SweptParameter]) -> Value:
    if name in swept and (swept[name].numeric or swept[name].is_time) and value is not None:
        return setting(swept[name], {name: value})
    if value is None or isinstance(value, (str, int)):
        return value
    return TableCell(f"{100 * value:.2f}", value) if name in FRACTIONS else TableCell(f"{value:.4g}", value)


def configuration(results: Results) -> Section:
    """What differs from the defaults, as YAML."""
    text = (
        "Everything that is not at its default, the device without its sources (below). The folder's config.yaml has "
        "every value."
    )
    return Section("Configuration", (text,), listings=(Listing("config.yaml", minimal_yaml(results.config)),))


def minimal_yaml(config: ExperimentConfig) -> str:
    """YAML that gives `config` back, but for the sources of its devices' numbers."""
    sources: Any = {"sources", "description"}
    layers: Any = {name: {"device": sources} for name in config.layers}
    data = config.model_dump(mode="json", exclude_defaults=True, exclude={"device": sources, "layers": layers})
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)


def versions(results: Results) -> Section:
    """Where, when and with what the trials ran."""
    lines = [
        [
            session.get("started", ""),
            session.get("host", ""),
            session.get("where", ""),
            session.get("crossbar_nsm", ""),
            (session.get("commit") or "")[:COMMIT],
            ", ".join(f"{name} {version}" for name, version in session.get("packages", {}).items()),
        ]
        for session in results.manifest.get("sessions", [])
    ]
    software = [*results.ideal.values(), *(point.reference for point in results.points if point.reference is not None)]
    once = {id(trial): trial for trial in software}.values()
    done = [trial for point in results.points for trial in point.chips.values()] + list(once)
    hosts = sorted({trial.host for trial in done})
    seconds = sum(trial.seconds for trial in done)
    text = f"{len(done)} trials took {duration_text(seconds)} of computing on {', '.join(hosts) or 'no host'}."
    columns = ["started", "host", "ran on", "crossbar-nsm", "commit", "packages"]
    return Section("Versions", (text,), tables=(condensed(PageTable.of(columns, lines)),) if lines else ())


def page_versions(results: Results) -> dict[str, str]:
    """Of the last session, for the footer."""
    last: dict[str, Any] = results.manifest.get("sessions", [{}])[-1]
    own = {"crossbar-nsm": str(last.get("crossbar_nsm", results.manifest.get("crossbar_nsm", "")))}
    python = {"Python": str(last["python"])} if "python" in last else {}
    return own | python | {str(name): str(version) for name, version in last.get("packages", {}).items()}


def sources(results: Results) -> Section:
    """Every number of every device with its source, and what to cite."""
    devices = list({device.name: device for device in _devices(results)}.values())
    tables = tuple(map(_sources_table, devices))
    try:
        bibtex = "\n\n".join(entry.bibtex for entry in citations(devices))
    except ConfigError as error:  # a reference of a device of one's own that nobody can look up
        return Section("Sources of the devices' numbers", (str(error),), tables=tables)
    text = "As configured, before what was swept is set. Numbers without a source were given by the user."
    return Section("Sources of the devices' numbers", (text,), tables=tables, listings=(Listing("To cite", bibtex),))


def _devices(results: Results) -> list[Device]:
    """Of the points, then of the base configuration, which wins where names are equal."""
    of_points = [device for point in results.points for device in point.config.devices]
    return [*of_points, *results.config.devices] if "device" not in results.swept else of_points


def _without_defaults(device: Device) -> Device:
    """The same device, told without values that are at their defaults: a resolved configuration has them all."""
    return Device.model_validate(device.model_dump(mode="json", exclude_defaults=True))


def _sources_table(device: Device) -> PageTable:
    """Every number that has a source or is not at its default."""
    table, texts = numbers_table(device)
    written = {key for key, _ in given(_without_defaults(device))}
    by_number = {f"[{number}]": text for number, (_, text) in enumerate(texts, start=1)}
    *plain, numbers = [list(map(str, column.cells)) for column in table.columns]
    lines = [
        (*row, by_number.get(number, ""))
        for *row, number in zip(*plain, numbers, strict=True)
        if number or row[0] in written
    ]
    columns = [str(column.header) for column in table.columns]
    return condensed(PageTable.of(columns, lines, f"{device.name} ({device.family})"))

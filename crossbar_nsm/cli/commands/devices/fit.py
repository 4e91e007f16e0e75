"""`crossbar-nsm devices fit`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossbar_nsm.cli.options import Csv, Json, Markdown, Wide, to_write
from crossbar_nsm.cli.output import Form, form_of, print_as, say, say_text

if TYPE_CHECKING:
    from crossbar_nsm.report.fit_report import FitReport
    from device_models.fit import FitResult, Measurements

MOST_WARNINGS = 20
WHY_SPLIT = (
    "These cells have traps: split draws their slow noise for a whole read at a time, not cell by cell, which takes "
    "seconds in place of minutes; what it neglects: crossbar-nsm docs slow_noise"
)
WHY_REPORT = (
    "Is it the right law? --report page.html shows every law that was tried, and the preset simulated as measured."
)
Report = Annotated[
    Path | None, to_write("FILE.html", "also write a page: data, laws, and the preset simulated beside the data")
]
Files = Annotated[list[Path], typer.Argument(help="measurements, tables as text (also .gz)", metavar="FILE...")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PART=COLUMN,...",
        help='which column is what: "time [ms]=1,current [nA]=3"; also headings; of one file: "FILE: ...", repeatable',
    ),
]
KindOf = Annotated[str, typer.Option(help="of the traces: auto, reads (noise), retention (drift) or both; pulses")]
Interval = Annotated[str | None, typer.Option(metavar="TIME", help="between reads, of files without times: 1ms")]
ReadVoltage = Annotated[str | None, typer.Option(metavar="VOLTS", help="of the reads, for currents; or which to keep")]
OneCell = Annotated[str, typer.Option("--cells", metavar="WHERE", help="a cell in each of columns or rows, or auto")]
Ends = Annotated[
    str | None, typer.Option("--range", metavar="LOW,HIGH", help="of normalised pulse responses: 1uS,100uS")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="print what was understood of the files, and end")]


def fit(
    files: Files,
    out: Annotated[Path | None, to_write("FILE.yaml", "preset to write (default: out/devices/NAME.yaml)")] = None,
    name: Annotated[str | None, typer.Option(help="of the device (default: of --out, or the first file)")] = None,
    family: Annotated[str, typer.Option(help="rram, fefet, pcm, or one of your own")] = "rram",
    g_min_s: Annotated[float | None, typer.Option(help="lower end of the range [S]")] = None,
    g_max_s: Annotated[float | None, typer.Option(help="upper end of the range [S]")] = None,
    levels: Annotated[int | None, typer.Option(help="evenly spaced levels")] = None,
    degree: Annotated[int | None, typer.Option(help="of the error polynomial (default: chosen by BIC)")] = None,
    kind: KindOf = "auto",
    columns: Columns = None,
    interval: Interval = None,
    read_voltage: ReadVoltage = None,
    cells: OneCell = "auto",
    ends: Ends = None,
    dry_run: DryRun = False,
    report: Report = None,
    plot: Annotated[bool, typer.Option(help="draw measurements and fit beside the preset")] = True,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    wide: Wide = False,
) -> None:
    """Fit a device to your measurements and write it as a preset.

    Numbers have 95 % intervals; figures show the fit over the data.

    Columns, with units: `target [uS], programmed [uS]` for programming errors; `time [s], conductance [uS]` and
    optionally `cell` for traces: reads at a common interval give read and telegraph noise, times over decades drift,
    and --kind says which where the times leave it open; `up [uS], down [uS]` for pulse responses. Resistances,
    currents, tables with a column or a row for each cell are read as well; what was understood is printed first, and
    alone with --dry-run.
    """
    form = form_of(as_json, as_csv, as_markdown)
    from crossbar_nsm.cli.progress import progress_bars
    from device_models.fit import fit_files
    from device_models.fit.kinds import check_kind

    check_kind(kind, "--kind")
    family, name = _family(family), name or (files[0] if out is None else out).stem
    out = out or Path("out") / "devices" / f"{name}.yaml"
    if not dry_run:
        _check_outputs(out, plot, report)
    said = {"cells": cells, "interval": interval, "read_voltage": read_voltage, "kind": kind, "ends": ends}
    measured = _read(files, columns, said, form == "table")
    if dry_run:
        _end_dry_run(measured, form)
        return
    with progress_bars(form != "table") as bars:
        result = fit_files(
            measured, name=name, family=family, g_min_s=g_min_s, g_max_s=g_max_s, levels=levels, degree=degree,
            kind=kind, progress=bars("traces"),  # type: ignore[arg-type]
        )  # fmt: skip
    _write(result, out, plot, report, form, wide)


def _end_dry_run(measured: Measurements, form: Form) -> None:
    """What was understood in the form that was asked for (a table prints it while reading), and what to look at."""
    from crossbar_nsm.report.tables.terminal import make_table

    _warn(measured.notes)
    if form != "table":
        rows = [{"understood": line} for line in measured.understood]
        table = make_table("", ["understood"], [[line] for line in measured.understood])
        whole = {"config": None, "rows": rows, "understood": measured.understood, "notes": measured.notes}
        print_as(form, whole, rows, [table])


def _family(family: str) -> str:
    from device_models.errors import ConfigError
    from device_models.family import family_name

    try:
        return family_name(family)
    except ValueError as error:
        raise ConfigError(f"--family: {error}") from None


def _read(files: list[Path], columns: list[str] | None, said: dict[str, str | None], show: bool) -> Measurements:
    """The measurements, and what was understood of them printed where it is to be shown. said: the other options that
    tell how to read."""
    from device_models.fit import read_files
    from device_models.fit.measurements.layout import seconds, volts
    from device_models.fit.measurements.pulses.words import conductance_range

    interval, read_voltage, ends = said["interval"], said["read_voltage"], said["ends"]
    measured = read_files(
        files,
        columns=_columns(files, columns or []),
        interval_s=None if interval is None else seconds(interval),
        read_voltage_v=None if read_voltage is None else volts(read_voltage),
        cells=said["cells"],  # type: ignore[arg-type]
        kind=said["kind"] or "auto",
        range_s=None if ends is None else conductance_range(ends),
    )
    for line in measured.understood if show else ():
        say(line)
    return measured


def _columns(files: list[Path], columns: list[str]) -> str | dict[str, str] | None:
    """What was said of the columns, by file where it begins with the name of one."""
    from device_models.errors import ConfigError

    names = {path.name for path in files} | {str(path) for path in files}
    of_file = [text.partition(":") for text in columns]
    if columns and all(name.strip() in names for name, _, _ in of_file):
        return {Path(name.strip()).name: said.strip() for name, _, said in of_file}
    if len(columns) > 1:
        raise ConfigError('--columns: given several times; begin each with its file, as "reads.csv: time [s]=1,..."')
    return columns[0] if columns else None


def _write(result: FitResult, out: Path, plot: bool, report: Path | None, form: Form, wide: bool) -> None:
    """Write the preset, its figures and the report, print the numbers."""
    from crossbar_nsm.report.tables.fit import fit_rows, fit_sentences, fit_table
    from device_models.fit import write_preset

    write_preset(result, out)
    made = None if report is None else _report(result, report, form)
    written = [out, *(_draw(result, out) if plot else []), *([made.path] if made else [])]
    _warn(result.warnings)
    rows = fit_rows(result)
    for line in result.assumed if form == "table" else ():
        say(line)
    whole = {"config": None, "rows": rows} | result.as_dict() | {"written": written}
    whole |= {"twin": made.twin.as_dict()} if made else {}
    print_as(form, whole, rows, [fit_table(result, each_cell=wide)], wide)
    if form == "table":
        say_text([*fit_sentences(result), *(made.verdict if made else [])])
        print()
        _say_end(result, written)


def _draw(result: FitResult, out: Path) -> list[Path]:
    from crossbar_nsm.report.figures.devices.fit import draw_fit

    return draw_fit(result, out.parent / out.stem)


def _report(result: FitResult, path: Path, form: Form) -> FitReport:
    from crossbar_nsm.cli.progress import progress_bars
    from crossbar_nsm.report.fit_report import write_fit_report

    with progress_bars(form != "table") as bars:
        return write_fit_report(result, path, progress=bars)


def _say_end(result: FitResult, written: Sequence[Path]) -> None:
    """What was written, the preset first, and the command that uses it."""
    for path in written:
        say(str(path))
    trapped = any(fit.telegraph for fit in result.traces)
    settings = [f"device={written[0]}", *(["read.slow_noise=split"] if trapped else [])]
    given = " ".join(f"--set {shlex.quote(setting)}" for setting in settings)
    if not any(path.suffix == ".html" for path in written):
        print()
        say_text([WHY_REPORT])
    print("\nNext, a network on these cells:\n")
    say(f"    crossbar-nsm compare mnist_mlp_rram {given}")
    if trapped:
        print()
        say_text([WHY_SPLIT])


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings[:MOST_WARNINGS]:
        say(f"warning: {warning}", sys.stderr)
    if len(warnings) > MOST_WARNINGS:
        print(f"warning: {len(warnings) - MOST_WARNINGS} more: see --json", file=sys.stderr)


def _check_outputs(out: Path, plot: bool, report: Path | None) -> None:
    """Raises FileError, before any work, where the preset, its figures or the report cannot be written."""
    from device_models.fit.preset import check_preset_output

    check_preset_output(out)
    if report is not None:
        from crossbar_nsm.report.fit_report import check_report_output

        check_report_output(report)
    if plot:
        from crossbar_nsm.report.figures.devices.fit import FIGURES
        from crossbar_nsm.report.figures.style import check_figures

        check_figures(out.parent / out.stem, *FIGURES)

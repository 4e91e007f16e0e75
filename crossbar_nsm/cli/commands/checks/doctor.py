"""`crossbar-nsm doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from crossbar_nsm.cli.failure import error_object
from crossbar_nsm.cli.options import Json
from crossbar_nsm.cli.output import print_json, say

if TYPE_CHECKING:
    from crossbar_nsm.cli.doctor.part import Finding, Part


def doctor(as_json: Json = False) -> None:
    """Show versions, threads, caches and folders, for a bug report.

    With what is not as it should be, and how to mend it. Nothing in it tells who you are, but for the names of folders
    below your home. Exit code 1 where something is broken.
    """
    from crossbar_nsm.cli.doctor.part import without_home

    parts = _parts()
    findings = [finding for part in parts for finding in part.findings]
    broken = [without_home(finding.text) for finding in findings if finding.broken]
    if as_json:
        rows = [
            {"part": part.title, "name": name, "value": value} for part in parts for name, value in part.facts.items()
        ]
        said = [{"text": finding.text, "broken": finding.broken} for finding in findings]
        whole: Any = {"config": None, "rows": without_home(rows), "findings": without_home(said)}
        print_json(whole | error_object(broken, "report_a_bug"))
    else:
        for part in parts:
            _print(part)
        _print_findings(findings)
    if broken:
        raise typer.Exit(1)


def _parts() -> list[Part]:
    """Kernels are looked at where the environment lets numba start."""
    from crossbar_nsm.cli.doctor.computing import accelerator, kernels
    from crossbar_nsm.cli.doctor.places import data_folder, folders, terminal
    from crossbar_nsm.cli.doctor.threads import threads
    from crossbar_nsm.cli.doctor.versions import versions

    of_threads = threads()
    computing = [] if of_threads.findings else [kernels(), accelerator()]
    return [versions(), of_threads, *computing, data_folder(), folders(), terminal()]


def _print(part: Part) -> None:
    from crossbar_nsm.cli.doctor.part import without_home

    print(f"{part.title}:")
    width = max(map(len, part.facts), default=0) + 2
    for name, value in part.facts.items():
        first, *others = [without_home(one) for one in value] if isinstance(value, list) and value else [value]
        say(f"  {name.ljust(width)}{'-' if first is None else without_home(first)}")
        for other in others:
            say(" " * (width + 2) + str(other))


def _print_findings(findings: list[Finding]) -> None:
    from crossbar_nsm.cli.doctor.part import without_home

    print("Findings:")
    for finding in findings:
        say(f"  {'broken: ' if finding.broken else ''}{without_home(finding.text)}")
    if not findings:
        print("  none: all is as it should be")

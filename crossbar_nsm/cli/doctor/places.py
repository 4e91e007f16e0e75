"""Folders that are read and written, and the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from crossbar_nsm.cli.doctor.part import Finding, Part

DATA = "CROSSBAR_NSM_DATA"


def data_folder() -> Part:
    """Where data sets are looked for without --data."""
    given = os.environ.get(DATA)
    if given is None:
        how = "not set: --data DIR names one; mnist5k comes with the package"
        return Part("Data", {DATA: how})
    folder = Path(given).expanduser()
    if not folder.is_dir():
        return Part("Data", {DATA: folder}, [Finding(f"{DATA}={folder}: no such folder; correct or unset it")])
    return Part("Data", {DATA: folder, "in it": sorted(path.name for path in folder.iterdir() if path.is_dir())})


def folders() -> Part:
    """Whether commands can write where they are called, and Python its temporary files."""
    facts, findings = {}, []
    for name, folder, fix, broken in [
        ("current", Path.cwd(), "results go to another folder with --out, or change to one of yours", False),
        ("temporary", _temporary(), "set TMPDIR to a folder that can be written", True),
    ]:
        writable = folder is not None and _is_writable(folder)
        facts[name] = f"{folder or 'none'}{'' if writable else ' (cannot be written)'}"
        if not writable:
            findings.append(Finding(f"the {name} folder cannot be written; {fix}", broken))
    return Part("Folders", facts, findings)


def terminal() -> Part:
    """Width and encoding of what is printed."""
    from crossbar_nsm.report.tables.terminal import terminal_width

    width, encoding = terminal_width(), sys.stdout.encoding
    facts = {
        "width": "no terminal: tables are printed whole" if width is None else width,
        "encoding": encoding,
        "TERM": os.environ.get("TERM"),
    }
    findings = []
    if (encoding or "").lower().replace("-", "") != "utf8":
        text = f"the encoding of the terminal is {encoding}: signs such as \u00b1 may not be shown; set PYTHONUTF8=1"
        findings.append(Finding(text))
    return Part("Terminal", facts, findings)


def _temporary() -> Path | None:
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:  # no folder for temporary files is usable
        return None


def _is_writable(folder: Path) -> bool:
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True

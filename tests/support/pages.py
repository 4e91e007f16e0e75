"""A page of every kind of content, with text that a careless template would run."""

from __future__ import annotations

import base64

from crossbar_nsm.report.page.parts import Listing, Page, PageFigure, Section
from crossbar_nsm.report.page.table import PageTable, TableCell

HOSTILE = '</script><img src="x" onerror="alert(1)"><script>alert(2)</script>"\'&{{ 7 * 7 }}'
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10" width="200" height="100">'
    '<defs><clipPath id="p1"><rect width="{width}" height="10"/></clipPath></defs>'
    '<rect width="20" height="10" fill="{colour}" clip-path="url(#p1)"/></svg>'
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg=="
)
ERRORS = [9.5, 10.25, 1.5, None, 2.0, 30.0, 0.75, 4.0, float("inf"), 5.0]  # per cent; one chip has failed
WIDE = PageTable.of(
    ["network", "level", *(f"column {number}" for number in range(16))],
    [[f"{name}_of_which_there_is_none/paired", level, *range(1000, 1016)] for level, name in enumerate("abc")],
    leading=2, even=True,
)  # fmt: skip
TALL = PageTable.of(["key", "value"], [[f"key {number}", number] for number in range(45)])


def sample_page() -> Page:
    """Three figures, two of them with the same ids inside; a table that can be filtered and one that is too short."""
    lines = [
        [
            f"chip {number}",
            TableCell("" if error is None else f"{error:.2f} [{error - 1:.2f}, {error + 1:.2f}]", error),
            note,
        ]
        for number, (error, note) in enumerate(zip(ERRORS, "abcdefghij", strict=True))
    ]
    figures = (
        PageFigure("first", SVG.format(width=20, colour="#0072b2"), "A blue figure."),
        PageFigure("second", SVG.format(width=5, colour="#d55e00"), "A red figure.", alt="red on the left quarter"),
        PageFigure("third", PNG, "One pixel."),
    )
    return Page(
        f"Study {HOSTILE}",
        "a page for tests",
        (
            Section(
                "Summary", ("What was found.",), tables=(PageTable.of(["chip", "error %", "note"], lines, "Chips"),)
            ),
            Section("Figures", figures=figures),
            Section("Tall", tables=(TALL,)),
            Section("Wide", tables=(WIDE,)),
            Section("Short", tables=(PageTable.of(["key", HOSTILE], [["a", HOSTILE], ["b", "x" * 200]]),)),
            Section("Configuration", listings=(Listing("Resolved", f"name: {HOSTILE}\nlong: {'y' * 300}"),)),
        ),
        notices=(f"Not finished {HOSTILE}",),
        versions={"crossbar-nsm": "0.1.0", "numpy": HOSTILE},
    )

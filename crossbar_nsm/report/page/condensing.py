"""Tables without the columns that say nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from crossbar_nsm.report.page.table import PageTable


def condensed(table: PageTable, keep: Collection[str] = (), apart: Collection[int] = ()) -> PageTable:
    """The same table without empty columns, and without those that are the same in every row: these the note names.

    keep: headings of columns that stay unless they are empty, as the first column does. apart: numbers of
    rows of another kind (ideal software among chips), which may be empty where the others agree.
    """
    shown, same = [0], []
    others = [index for index in range(len(table.rows)) if index not in apart]
    for index, heading in enumerate(table.columns[1:], start=1):
        texts = [row[index].text for row in table.rows]
        distinct = set(filter(None, texts))
        if len(distinct) == 1 and len(texts) > 1 and all(texts[row] for row in others) and heading not in keep:
            same.append(_named(heading, *distinct))
        elif distinct:
            shown.append(index)
    return replace(
        table,
        columns=tuple(table.columns[index] for index in shown),
        rows=tuple(tuple(row[index] for index in shown) for row in table.rows),
        note="\n".join(filter(None, [f"The same in every row: {'; '.join(same)}." if same else "", table.note])),
        leading=sum(index < table.leading for index in shown),
    )


def _named(heading: str, text: str) -> str:
    """The unit behind the number: `error 1.40 %`."""
    return f"{heading.removesuffix(' %')} {text}{' %' if heading.endswith(' %') else ''}"

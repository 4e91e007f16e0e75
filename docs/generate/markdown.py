"""Markdown of what the code says: docstrings, which are plain text, and tables."""

import inspect
import re
from collections.abc import Iterable, Sequence
from textwrap import wrap

WIDTH = 120
MADE = "<!-- made from the code by `make reference`: change it there -->"
POINTER = re.compile(r"docs/(\w+)\.md(#[\w-]+)?")
CODE = re.compile(r"(`[^`]*`)")
LIST_BEGINS = re.compile(r"([-+*#>=]|\d+[.)])(?= |$)")


def page(title: str, *parts: str) -> str:
    """A whole page: what made it, the title, and its parts with a blank line between them."""
    return "\n\n".join([MADE, f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def prose(text: str | None) -> str:
    """A docstring: paragraphs in whole lines, lists and indented formulas as they are."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(text or ""))
    return "\n\n".join(block if block.startswith("    ") else _block(block) for block in blocks if block)


def _block(block: str) -> str:
    """A paragraph, or the entries of a list behind one, each in whole lines."""
    parts: list[str] = []
    for line in block.splitlines():
        if line.startswith("- ") or re.match(r"\d\. ", line) or not parts:
            parts.append(line)
        else:
            parts[-1] += f" {line.strip()}"
    lines = [_lines(part) for part in parts]
    listed = [bool(re.match(r"- |\d\. ", part)) for part in parts]
    return "".join(
        f"{'' if index == 0 else chr(10) if listed[index - 1] else chr(10) * 2}{text}"
        for index, text in enumerate(lines)
    )


def _lines(part: str) -> str:
    marker = re.match(r"- +|\d\. +", part)
    begin = marker[0] if marker else ""
    return begin + paragraph(part[len(begin) :], len(begin))


def paragraph(text: str, indent: int = 0) -> str:
    """`text` in lines of the page's width, none of which begins like an entry of a list; `indent`: of all but the
    first."""
    lines = wrap(inline(text), WIDTH - indent - 1, break_long_words=False, break_on_hyphens=False)
    kept = [lines[0], *(LIST_BEGINS.sub(r"\\\1", line, count=1) if LIST_BEGINS.match(line) else line
                        for line in lines[1:])] if lines else []  # fmt: skip
    return f"\n{' ' * indent}".join(kept)


def inline(text: str) -> str:
    """Plain text with code between backticks: pointers to pages become links, and nothing is taken for HTML."""
    pieces = CODE.split(" ".join(text.split()))
    return "".join(piece if piece.startswith("`") else _plain(piece) for piece in pieces)


def _plain(text: str) -> str:
    text = re.sub(r"<(?=\w|/)", r"\\<", text).replace("*", r"\*")
    return POINTER.sub(lambda found: f"[{found[1]}](../{found[1]}.md{found[2] or ''})", text)


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown; empty without lines."""
    rows = [[cell.replace("|", r"\|").replace("\n", " ") for cell in line] for line in lines]
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows)) if rows else ""


def code(text: object) -> str:
    return f"`{text}`"


def in_words(parts: Sequence[str], last: str = "or") -> str:
    """a, b or c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"

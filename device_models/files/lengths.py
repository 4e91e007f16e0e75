"""Files that are longer or shorter than they say: the wrong one of the two sends people to look in the wrong place."""

from __future__ import annotations


def length_problem(size: int, needed: int, says: str = "its header says") -> str:
    """How many of `size` bytes are too many, or missing."""
    if size > needed:
        return f"{_bytes(size - needed)} more than {says}: something is appended, or its header is wrong"
    return f"truncated: {_bytes(needed - size)} fewer than {says}"


def records_problem(size: int, record: int, what: str) -> str:
    """What is wrong with `size` bytes that should be whole records, `what` each (`events of 5 bytes`)."""
    if not size:
        return "is empty"
    whole, over = divmod(size, record)
    counted = f"{_bytes(over)} more than {whole} {what}, {record - over} fewer than {whole + 1}"
    return f"{counted}: truncated, or something is appended"


def _bytes(count: int) -> str:
    return f"{count} byte{'' if count == 1 else 's'}"

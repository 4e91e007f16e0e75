"""Numbers and lists in the words of a verdict."""

from __future__ import annotations

from collections.abc import Sequence

from device_models.number_text import signed

NLL = "NLL (misfit of probabilities)"  # where a verdict speaks of it first
LONGEST = 240  # characters of a sentence that lists


def per_cent(fraction: float, digits: int = 2) -> str:
    return f"{100 * fraction:.{digits}f} %"


def points_text(difference: float) -> str:
    """`0.10 points less`, of a difference of error, a fraction."""
    size = f"{abs(100 * difference):.2f} points"
    return f"{size} less" if difference < 0 else f"{size} more"


def signed_points(difference: float) -> str:
    """`-0.10`, of a difference of error, a fraction."""
    return signed(100 * difference, 2)


def of_all(number: int, all_of_them: int) -> str:
    """`none of 6`, `2 of 6`, `all 6`."""
    if number == all_of_them:
        return f"all {all_of_them}"
    return f"{number or 'none'} of {all_of_them}"


def listed(head: str, clauses: Sequence[str]) -> str:
    """`head: clause; clause.`, and how many more there are where it would be too long."""
    sentence, more = head, list(clauses)
    while more and (sentence == head or len(sentence) + len(more[0]) < LONGEST):
        sentence += (": " if sentence == head else "; ") + more.pop(0)
    return f"{sentence}; and {len(more)} more." if more else f"{sentence}."

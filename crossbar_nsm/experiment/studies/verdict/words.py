"""Numbers and lists in the words of a verdict."""

from __future__ import annotations

from collections.abc import Sequence

from device_models.number_text import counted, signed

NLL = "NLL (misfit of probabilities)"  # where a verdict speaks of it first
WIDE = 0.01  # of a difference of error
NO_PROOF = f"not significant is no proof of equality: evaluation.margin={WIDE:g} asks for that within 1 point"
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


def is_significant(direction: float) -> str:
    return "significant" if direction else "not significant"


def both_significant(of_error: int, of_nll: int) -> str:
    """Of a difference of error and one of NLL."""
    if bool(of_error) == bool(of_nll):
        return "both significant" if of_error else "neither significant"
    return "significant in error alone" if of_error else "significant in NLL alone"


def within(margin: float) -> str:
    """`within 1 point`, of a fraction."""
    return f"within {counted(100 * margin, 'point')}"


def on_chips(most: int) -> str:
    """What one chip tells is told of that chip."""
    return " on this chip" if most == 1 else ""


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

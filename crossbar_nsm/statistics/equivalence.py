"""Is the error the same within a stated margin? Two one-sided tests (TOST; Schuirmann 1987) at 5 % each: equivalent if
the whole 90 % interval lies within +-margin. What is shown neither equal nor different is undecided."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

from device_models.errors import ConfigError, quoted
from device_models.number_text import counted


@dataclass(frozen=True)
class Equivalence:
    """equivalent: shown at 5 % to differ by less than the margin, in whichever direction (None without margin).
    verdict: "equivalent within ... points"; else "worse" or "better" where the 95 % interval has 0 outside; else
    "undecided"."""

    equivalent: bool | None
    verdict: str


def equivalence(interval90: tuple[float, float], interval95: tuple[float, float], margin: float | None) -> Equivalence:
    """Intervals of a difference of error, fractions; margin: fraction (None: only worse, better or undecided)."""
    equivalent = None if margin is None else -margin < interval90[0] and interval90[1] < margin
    if equivalent and margin is not None:
        return Equivalence(True, f"equivalent within {counted(100 * margin, 'point')}")
    low, high = interval95
    return Equivalence(equivalent, "worse" if low > 0 else "better" if high < 0 else "undecided")


def checked_margin(margin: float) -> float:
    """As Python's number. Raises ConfigError for what is no fraction."""
    if not isinstance(margin, numbers.Real) or not 0 < margin < 1:
        given = f"{margin:g}" if isinstance(margin, float) else quoted(margin)
        raise ConfigError(f"margin={given}: expected a fraction of error between 0 and 1, 0.005 for half a point").see(
            "compare_settings"
        )
    return float(margin)

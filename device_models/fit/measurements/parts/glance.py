"""What the first rows of a table look like, column by column: for messages, and for tables that are no reads at all.

Nothing is taken for a part by its looks; they only say what to write in --columns.
"""

from __future__ import annotations

import numpy as np

from device_models.files.table_text import is_number
from device_models.fit.measurements.found import COLUMNS_LOOKED_AT, Found
from device_models.fit.measurements.parts.model import Place, shown
from device_models.fit.measurements.words import words_of

FEWEST, FEWEST_OF_SWEEP = 3, 10  # rows that tell anything
SWEEP = 0.2  # range of voltages over their median, from which they are no reads at one voltage
STEPS = 8  # different voltages, from which they are a sweep rather than reads and pulses
KINDS_OF_CELLS = {"resistance": (1e2, 1e13), "conductance": (1e-13, 0.1)}  # how large they are, in ohm and S
SAME = 1 / 30  # ratio within which medians of columns are alike
LONG_LINE, MOST_IN_A_READ = COLUMNS_LOOKED_AT, 8  # values of a line; of a read
ALIKE = 0.8  # share of values
GUESSED = 12  # columns
PULSES, CYCLES = {"pulse", "pulses", "npulse", "npulses"}, {"cycle", "cycles"}


def numbers(found: Found, k: Place) -> np.ndarray:
    """The numbers of a column in the first rows, NaN for what is none."""
    texts = [row[k] for row in found.sample if k < len(row)]
    if found.delimiter != ",":
        texts = [text.replace(",", ".") for text in texts]
    return np.array([float(text) if is_number(text) else np.nan for text in texts])


def looks(found: Found, k: Place) -> str:
    """`1 to 64, counting`, or `3.7e+03 to 9.7e+03`."""
    values = numbers(found, k)
    some = values[np.isfinite(values)]
    if 2 * some.size < len(values) or not some.size:
        word = next((row[k] for row in found.sample if k < len(row) and row[k]), "")
        return f"words such as `{word[:20]}`" if word else "blank"
    low, high = float(some.min()), float(some.max())
    if low == high:
        return f"{low:g} throughout" if len(some) > 1 else f"{low:g}"
    if set(some) == {0.0, 1.0}:
        return "0 or 1"
    steps = np.diff(some)
    way = ", counting" if counts(some) else ", rising" if len(some) >= FEWEST and np.all(steps > 0) else ""
    return f"{low:.3g} to {high:.3g}{way}"


def whole(found: Found, k: Place) -> bool:
    """Whether the numbers of a column are whole, as names of cells are."""
    values = numbers(found, k)
    some = values[np.isfinite(values)]
    return bool(np.all(some == np.round(some)))


def counts(values: np.ndarray) -> bool:
    """Whether numbers are whole and rise by the same step, if at all, as addresses and cycles do."""
    steps = np.diff(values)
    rise = steps[steps != 0]
    return len(values) >= FEWEST and bool(np.all(values == np.round(values)) and rise.size and np.all(rise == rise[0]))


def likely_parts(found: Found) -> dict[Place, str]:
    """What to suggest for the columns of a table without a heading: times, and the first that may be a cell's."""
    likely: dict[Place, str] = {}
    for k in range(min(found.width, GUESSED)):
        values = numbers(found, k)
        some = values[np.isfinite(values)]
        if not some.size:
            if k == 0:
                likely[k] = "cell"
        elif len(some) >= FEWEST and np.all(np.diff(some) > 0) and "time" not in likely.values() and found.width > 1:
            likely[k] = "time"
        elif not {*KINDS_OF_CELLS} & set(likely.values()) and (kind := kind_by_size(found, k)):
            likely[k] = kind
    return likely


def kind_by_size(found: Found, k: Place) -> str:
    """Whether the numbers of a column are as large as those of cells in ohm, or in S; nothing for others."""
    values = numbers(found, k)
    some = values[np.isfinite(values)]
    if not some.size or some.min() < 0 or (found.width > 1 and np.all(some == np.round(some))):
        return ""
    return next((kind for kind, (low, high) in KINDS_OF_CELLS.items() if low < np.median(some) < high), "")


def alike_from(found: Found) -> Place:
    """From which column on each is about as large as the next, as the reads of a cell in each row are."""
    last = min(found.width, COLUMNS_LOOKED_AT) - 1
    middles = [
        abs(float(np.nanmedian(v))) if np.isfinite(v := numbers(found, k)).any() else 0.0 for k in range(last + 1)
    ]
    first = last
    while first and 0 < SAME * middles[first] < middles[first - 1] < middles[first] / SAME:
        first -= 1
    return first


def period(found: Found) -> int:
    """After how many values a table of one line comes again in its orders of magnitude, as what an instrument answers
    for a whole buffer does: voltage, current, time, and so on; 0 for other tables."""
    if len(found.sample) != 1 or found.width < LONG_LINE:
        return 0
    values = np.abs([float(numbers(found, k)[0]) for k in range(COLUMNS_LOOKED_AT)])
    size = np.log(np.where(values > 0, values, 1.0))
    far = np.log(1 / SAME)
    for length in range(2, MOST_IN_A_READ + 1):
        alike = np.abs(size[length:] - size[:-length]) < far
        if found.width % length == 0 and alike.mean() > ALIKE and np.ptp(size[length : 2 * length]) > far:
            return length
    return 0


def _middle(values: np.ndarray) -> float:
    """The median of what is finite, 0 where nothing is, or numbers are whole."""
    some = np.abs(values[np.isfinite(values)])
    return float(np.median(some)) if some.size and np.any(some != np.round(some)) else 0.0


def sweep(found: Found, k: Place) -> str:
    """`goes from 0 to 1 in 101 steps` for a column of voltages that is no read's, nothing for one that is."""
    values = numbers(found, k)
    values = values[np.isfinite(values)]
    if len(values) < FEWEST_OF_SWEEP:
        return ""
    low, high = np.quantile(np.abs(values), (0.02, 0.98))
    steps = len(np.unique(np.round(values, 3 - int(np.floor(np.log10(max(abs(high), 1e-12)))))))
    if high - low <= SWEEP * float(np.median(np.abs(values))) or steps < STEPS:
        return ""
    return f"goes from {values.min():.3g} to {values.max():.3g} in {steps} steps"


def programmed_between(found: Found) -> str:
    """Which column tells that cells were programmed between rows: of pulses that change, or of cycles that count."""
    for k, heading in enumerate(found.headings[:COLUMNS_LOOKED_AT]):
        words, values = set(words_of(heading.text)), numbers(found, k)
        changes = len(values) >= FEWEST_OF_SWEEP and len(set(values[np.isfinite(values)])) > 1
        if changes and (words & PULSES or (words & CYCLES and counts(values) and len(set(values)) == len(values))):
            return f"column {shown(found, k)} changes from row to row"
    return ""


def one_row_each(found: Found, at: list[Place]) -> bool:
    """Whether every row in sight has a name of its own in the columns `at`."""
    names = [tuple(row[k] for k in at) for row in found.sample if max(at) < len(row)]
    return len(names) >= FEWEST and len(set(names)) == len(names)


def few_different(found: Found, k: Place) -> bool:
    """Whether a column may name cells: words, or few different whole numbers, in the rows in sight."""
    texts = {row[k] for row in found.sample if k < len(row)}
    return bool(texts) and whole(found, k) and len(texts) <= max(1, len(found.sample) // 2)

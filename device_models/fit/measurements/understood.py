"""What a file was taken for, in lines that somebody who made the file can check."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from device_models.fit.measurements.found import DELIMITERS
from device_models.fit.measurements.layout import Layout
from device_models.fit.measurements.parts.model import Parts, shown
from device_models.fit.measurements.samples import Samples, tally

NAMED = 4  # columns of one part that are named
UNUSED = 8


def understood_of(samples: Samples, layout: Layout, times_s: Sequence[np.ndarray]) -> list[str]:
    """Lines of one file, each with its name. times_s: of every trace [s]."""
    lines = [_form(samples), *_columns(samples, layout)]
    if times_s:
        lines.append(_cells(samples, times_s))
    if samples.target_s is not None:
        lines.append(f"{_many(len(samples.target_s), 'pair')} of target and programmed conductance")
    lines += samples.said
    if samples.dropped:
        lines.append(f"dropped: {tally(samples.dropped)}")
    lines += _unused(samples.parts)
    return [f"{samples.path.name}: {line}" for line in lines]


def _form(samples: Samples) -> str:
    found, body = samples.body.found, samples.body
    words = [_many(len(body.lines), "row"), f"columns parted by {DELIMITERS[found.delimiter]}"]
    if found.width == 1:
        words = [words[0], "one column"]
    words += [f"decimal {body.decimals}", *found.text.said]
    if found.headings:
        above = f", below {_many(found.above, 'line')} passed over" if found.above else ""
        words.append(f"heading in line {found.line}{above}")
    else:
        words.append("no heading")
    return ", ".join(words)


def _columns(samples: Samples, layout: Layout) -> list[str]:
    parts, lines = samples.parts, []
    pair = [(name.replace("_", " "), [k]) for name, k in parts.of_pair.items()]
    named = [*pair, ("time", [*parts.time, *dict.fromkeys(parts.times.values())]), ("conductance", parts.measured)]
    for name, at in named:
        if at:
            lines.append(f"{name}: {_where(samples, at)}{_how(samples, at[0], name, layout)}")
    if parts.measured and not (parts.time or parts.times):
        if layout.interval_s is not None and not any(
            samples.body.found.headings[k].at_s is not None for k in parts.measured if samples.body.found.headings
        ):
            lines.append(f"time: none in the file, a read every {layout.interval_s:g} s as given")
        else:
            lines.append(f"time: in the heading, {', '.join(f'{t:g}' for t in parts.times_s[:8])} s")
    lines += _before_and_after(samples)
    if layout.interval_s is not None and (parts.time or parts.times):
        lines.append("the interval is not used, as there are times")
    return lines


def _before_and_after(samples: Samples) -> list[str]:
    """When the first and the second of two reads were, where a row has a read before and one after."""
    found, parts = samples.body.found, samples.parts
    if parts.cells != "rows" or not parts.times:
        return []
    before, after = (shown(found, k) for k in parts.measured)
    return [f"column {before} is taken at 0 s, column {after} at the time of its row"]


def _where(samples: Samples, at: Sequence[int]) -> str:
    found = samples.body.found
    if len(at) > NAMED:
        return f"{len(at)} columns, {shown(found, at[0])} to {shown(found, at[-1])}"
    return f"column{'s' if len(at) > 1 else ''} {', '.join(shown(found, k) for k in at)}"


def _how(samples: Samples, k: int, name: str, layout: Layout) -> str:
    """In which unit, and what is made of it."""
    parts = samples.parts
    heading = parts.headings[k]
    if k in parts.time and parts.moments:
        return ", dates and clocks"
    unit = f", in {heading.said}"
    if heading.kind == "resistance":
        return f"{unit}, as 1/R"
    if heading.kind != "current":
        return unit
    if k not in parts.voltage:
        return f"{unit}, over {abs(layout.read_voltage_v or 0):g} V as given"
    at = parts.voltage[k]
    return f"{unit}, over the voltage in column {shown(samples.body.found, at)}, in {parts.headings[at].said}"


def _cells(samples: Samples, times_s: Sequence[np.ndarray]) -> str:
    counts = [len(time) for time in times_s]
    many = f"{min(counts):,}" if min(counts) == max(counts) else f"{min(counts):,} to {max(counts):,}"
    steps = np.concatenate([np.diff(time) for time in times_s[:100]])
    first, last = min(time[0] for time in times_s), max(time[-1] for time in times_s)
    step = f", {np.median(steps):.4g} s apart (median)" if steps.size else ""
    return f"{_many(len(times_s), 'cell')} of {many} samples, {first:.4g} to {last:.4g} s{step}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _unused(parts: Parts) -> list[str]:
    if not parts.unused:
        return []
    told = [f"{name} ({why})" if why else name for name, why in list(parts.unused.items())[:UNUSED]]
    more = len(parts.unused) - len(told)
    return [
        f"not used: column{'s' if len(parts.unused) > 1 else ''} {', '.join(told)}"
        + (f" and {more} more" if more else "")
    ]

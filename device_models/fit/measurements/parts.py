"""Which column plays which part: headings, and what the user said, to times, conductances and the names of cells.

One row is a read or a programming; or each column is a cell; or each row is, with the times of its reads in the
heading. Where headings leave it open the file is refused with the option that says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from device_models.errors import ConfigError, quoted
from device_models.files.table_text import is_number
from device_models.fit.measurements.clock import is_moment
from device_models.fit.measurements.found import DELIMITERS, Found
from device_models.fit.measurements.headings import MEASURED, NO_UNIT, OF_NUMBERS, Heading
from device_models.fit.measurements.layout import IN_HEADING, Layout, Named
from device_models.fit.measurements.units import read_unit
from device_models.fit.measurements.words import HIGH, LOW, STATES, words_of

Place = int  # of a column, from 0
PRINTED = 12  # names of columns in a message
WIDE = 6  # columns without a heading, from which they may be the reads of a cell in each row
PLURAL = {"conductance": "conductances", "resistance": "resistances", "current": "currents"}


@dataclass
class Parts:
    """Columns by part. cells: how a table is read, `long`, `columns` or `rows`. headings: of the columns that are used.

    measured: columns of conductances (resistances, currents); of_pair: target and programmed by name. time: of each
    row, in a date and a clock where there are two; times: columns of times beside single measured ones; times_s: of
    each measured column, where a row is a cell. moments: whether times are dates. voltage: beside each current. names,
    runs: what tells cells apart, always or at need; called: these in words. unused: columns that play no part, and why.
    """

    headings: dict[Place, Heading] = field(default_factory=dict)
    cells: str = "long"
    time: tuple[Place, ...] = ()
    times: dict[Place, Place] = field(default_factory=dict)
    measured: list[Place] = field(default_factory=list)
    voltage: dict[Place, Place] = field(default_factory=dict)
    of_pair: dict[str, Place] = field(default_factory=dict)
    names: list[Place] = field(default_factory=list)
    runs: list[Place] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    moments: bool = False
    unused: dict[str, str] = field(default_factory=dict)
    called: dict[Place, str] = field(default_factory=dict)

    @property
    def numbers(self) -> set[Place]:
        """Columns that hold numbers."""
        times = () if self.moments else self.time
        return {*times, *self.times.values(), *self.measured, *self.voltage.values(), *self.of_pair.values()}


def find_parts(found: Found, layout: Layout) -> Parts:
    """Raises ConfigError, with file, line and the option that mends it, where a part is missing or could be several."""
    return _Chooser(found, layout).parts()


def shown(found: Found, k: Place) -> str:
    """`3 \\`current [nA]\\``, or `3` in a table without headings."""
    text = found.headings[k].text if found.headings else ""
    return f"{k + 1} `{text}`" if text else str(k + 1)


class _Chooser:
    def __init__(self, found: Found, layout: Layout):
        self.found, self.layout = found, layout
        self.chosen: dict[Place, Heading] = {}
        self.times_in_heading: Heading | None = None
        self.made = Parts()

    def parts(self) -> Parts:
        self.chosen = self._given() if self.layout.columns else dict(enumerate(self.found.headings))
        if not self.chosen:
            raise self._refused(f"no heading above the numbers{self._scale()}", self._form() + self._in_rows())
        made = self.made
        self._pair_parts()
        before, after = self._of("before"), self._of("after")
        timed = [k for k in self._of("measured") if self.chosen[k].at_s is not None]
        if self.layout.cells == "rows" or (self.layout.cells == "auto" and len(timed) > 1) or self.times_in_heading:
            self._rows(timed)
        elif len(before) == len(after) == 1 and not made.of_pair:
            self._before_and_after(before[0], after[0])
        else:
            self._columns()
        made.names = [k for role in ("cell", "address") for k in self._of(role)]
        made.runs = self._of("run")
        if made.cells == "columns":
            made.names, made.runs = [], []
        if not made.measured and "programmed" not in made.of_pair:
            raise self._nothing()
        self._finish()
        return made

    # what the user said

    def _given(self) -> dict[Place, Heading]:
        chosen: dict[Place, Heading] = {}
        for named in self.layout.columns:
            if named.heading == IN_HEADING and named.part.role == "time":
                self.times_in_heading = named.part
                continue
            for k in self._where(named):
                if k in chosen:
                    raise ConfigError(f"{self.found.place}: --columns: column {k + 1} is given twice")
                chosen[k] = self._merged(named.part, k)
        return chosen

    def _where(self, named: Named) -> Sequence[Place]:
        width = self.found.width
        if not named.heading:
            last = width if named.last is None else named.last
            if max(named.first, last) > width:
                here = f"the table has {width} columns (parted by {DELIMITERS[self.found.delimiter]})"
                raise ConfigError(f"{self.found.place}: --columns: no column {max(named.first, last)}; {here}")
            return range(named.first - 1, last)
        texts = [heading.text for heading in self.found.headings]
        bare = [text.split("[")[0].split("(")[0].strip().lower() for text in texts]
        at = [k for k, text in enumerate(texts) if text == named.heading]
        at = at or [k for k, text in enumerate(texts) if text.lower() == named.heading.lower()]
        at = at or [k for k, text in enumerate(bare) if text == named.heading.lower()]
        if len(at) != 1:
            what = f"{len(at)} columns are" if at else "no column is"
            there = f"; there are {_listed(texts)}" if texts else "; the table has no heading, give numbers from 1"
            raise ConfigError(f"{self.found.place}: --columns: {what} called {quoted(named.heading)}{there}")
        return at

    def _merged(self, part: Heading, k: Place) -> Heading:
        """A part as the user named it, with the unit that they left to the file's heading."""
        own = self.found.headings[k] if self.found.headings else Heading("")
        merged = replace(
            part,
            text=own.text or part.text,
            at_s=own.at_s,
            stem=own.stem,
            numbered=own.numbered or part.numbered,
            again=own.again,
        )
        if part.unit is not None or own.unit is None or part.role not in OF_NUMBERS:
            return merged
        if own.unit.kind != part.kind and not {own.unit.kind, part.kind} <= {"conductance", "resistance"}:
            return merged
        return replace(merged, unit=own.unit, kind=own.unit.kind, log10=own.log10 or part.log10, problem="")

    # pairs

    def _pair_parts(self) -> None:
        pair = self.made.of_pair
        for role in ("target", "target_low", "target_high", "programmed"):
            at = self._of(role)
            if len(at) > 1:
                raise self._several(at, role)
            if at:
                pair[role] = at[0]
        if "target" in pair:
            for window in ("target_low", "target_high"):
                if window in pair:
                    self._unused(pair.pop(window), "targets have a column of their own")
        if ("target_low" in pair) != ("target_high" in pair):
            only = pair.get("target_low", pair.get("target_high", 0))
            raise self._refused(f"column {shown(self.found, only)} is one end of a window of targets", "give both ends")
        measured = self._of("measured")
        aimed = bool({"target", "target_low"} & set(pair))
        timed = bool(self._of("time")) or sum(self.chosen[k].at_s is not None for k in measured) > 1
        if aimed and "programmed" not in pair and not timed and len(measured) == 1:
            pair["programmed"] = measured[0]
            self.chosen[measured[0]] = replace(self.chosen[measured[0]], role="programmed")
        elif aimed and "programmed" not in pair and timed and measured:
            for role in [*pair]:
                self._unused(
                    pair.pop(role), 'reads over time are fitted; as pairs: --columns "target=..,programmed=.."'
                )
        elif "programmed" in pair and not aimed and timed and not measured:
            k = pair.pop("programmed")
            self.chosen[k] = replace(self.chosen[k], role="measured")
        after = self._of("after")
        if aimed and pair and "programmed" not in pair and not measured and len(after) == 1:
            pair["programmed"] = after[0]
            self.chosen[after[0]] = replace(self.chosen[after[0]], role="programmed")
        if aimed and pair and "programmed" not in pair and len(measured) > 1:
            raise self._refused(
                f"{len(measured)} columns beside a target: {', '.join(shown(self.found, k) for k in measured[:4])}",
                f'say which was programmed, as --columns "{self._pair_option(measured[0])}"',
            )
        if aimed and pair and "programmed" not in pair:
            raise self._refused("`target` needs a column `programmed`, with its unit, beside it", self._form())
        if "programmed" in pair and not aimed:
            raise self._refused("`programmed` needs a column `target`, with its unit, beside it", self._form())

    def _pair_option(self, programmed: Place) -> str:
        return ",".join(f"{role}={k + 1}" for role, k in [*self.made.of_pair.items(), ("programmed", programmed)])

    # traces

    def _rows(self, timed: list[Place]) -> None:
        """A cell in each row; times in the heading, or at an interval."""
        made = self.made
        made.cells = "rows"
        made.measured = timed or self._of("measured")
        kind = self._of_one_kind(made.measured)
        if self.times_in_heading is not None:
            made.times_s = [self._time_in(k, self.times_in_heading) for k in kind]
        elif timed:
            made.times_s = [self.chosen[k].at_s or 0.0 for k in kind]
        elif self.layout.interval_s is not None:
            made.times_s = [self.layout.interval_s * n for n in range(len(kind))]
        elif kind:
            raise self._refused(
                f"{len(kind)} reads in each row and no times", "say how far apart they are, as --interval 1ms"
            )
        made.measured = kind

    def _time_in(self, k: Place, part: Heading) -> float:
        text = self.found.headings[k].text if self.found.headings else ""
        digits = "".join(text.split()).strip("tTsS=@_")
        if part.unit is None or not is_number(digits):
            why = f"heading {quoted(text)} of column {k + 1} is no time" if part.unit else "`time=heading` has no unit"
            raise self._refused(why, 'write --columns "time [UNIT]=heading,..."')
        return float(digits) * part.unit.factor

    def _before_and_after(self, before: Place, after: Place) -> None:
        time = self._of("time")
        if len(time) != 1:
            raise self._refused(
                f"columns {shown(self.found, before)} and {shown(self.found, after)}, and no time between them",
                "add a column such as `time after [s]`, or say what they are: "
                f'--columns "target={before + 1},programmed={after + 1}"',
            )
        self.made.cells, self.made.measured = "rows", [before, after]
        self.made.times, self.made.times_s = {after: time[0]}, [0.0, 0.0]

    def _columns(self) -> None:
        """A read in each row, of one cell or of a cell in each column."""
        made = self.made
        measured = self._of_one_kind(self._of("measured"))
        wide = len(measured) > 1
        if wide and not (self.layout.cells == "columns" or self._alike(measured)):
            self._refuse_states(measured)
            each = "or --cells columns if each is a cell" if self.layout.cells == "auto" else ""
            raise self._several(measured, PLURAL[self.chosen[measured[0]].kind], each)
        made.cells, made.measured = "columns" if wide else "long", measured
        times = self._of("time")
        if not measured:
            if times and not made.of_pair:
                there = f"; there are {_listed([heading.text for heading in self.found.headings])}"
                problem = f"`time` needs a column `conductance`, or another that is measured, beside it{there}"
                raise self._refused(problem, self._form())
            for k in times:
                self._unused(k, "")
            return
        if wide and len(times) > 1 and len(times) == len(measured):
            numbered = {self.chosen[k].numbered: k for k in times}
            if all(self.chosen[k].numbered in numbered for k in measured):
                made.times = {k: numbered[self.chosen[k].numbered] for k in measured}
                return
        made.time = self._time(times)
        if not made.time and made.of_pair:
            self.made.measured = []
            for k in measured:
                self._unused(k, "no times beside it")
        elif not made.time and self.layout.interval_s is None:
            raise self._no_times(measured)

    def _refuse_states(self, measured: list[Place]) -> None:
        """Raises ConfigError for windows of targets, and for two states of a cell, that are not called so."""
        words = {k: set(words_of(self.chosen[k].text)) for k in measured}
        low, high = ([k for k in measured if ends & words[k]] for ends in (LOW, HIGH))
        others = [k for k in measured if k not in (*low, *high)]
        if len(low) == len(high) == len(others) == 1:
            pair = f"target_low={low[0] + 1},target_high={high[0] + 1},programmed={others[0] + 1}"
            names = ", ".join(shown(self.found, k) for k in measured)
            problem = f"columns {names} are a window and what came of it, it seems"
            raise self._refused(problem, f'say so, as --columns "{pair}"')
        if not self._of("time") and len(measured) == 2 and all(STATES & of for of in words.values()):
            names = " and ".join(shown(self.found, k) for k in measured)
            problem = f"columns {names} are two states of a cell, with neither times nor targets"
            raise self._refused(
                problem,
                "a programming error needs what was aimed at: write a row for each state, with columns `target` and "
                "`programmed`",
            )

    def _time(self, times: list[Place]) -> tuple[Place, ...]:
        if len(times) < 2:
            return tuple(times)
        dates = [k for k in times if "date" in words_of(self.chosen[k].text) and self.chosen[k].unit is None]
        clocks = [k for k in times if self.chosen[k].unit is None and k not in dates]
        with_unit = [k for k in times if not self.chosen[k].problem]
        if len(with_unit) == 1:
            kept: tuple[Place, ...] = (with_unit[0],)
        elif len(dates) == len(clocks) == 1 and not with_unit and self._is_moment(dates[0]):
            kept = (dates[0], clocks[0])
        else:
            raise self._several(times, "time")
        for k in times:
            if k not in kept:
                self._unused(k, "another column of time is used")
        return kept

    def _of_one_kind(self, measured: list[Place]) -> list[Place]:
        """Of conductances, resistances and currents side by side, those of the kind that needs the least."""
        ready = [k for k in measured if not self.chosen[k].problem] or measured
        kind = next((kind for kind in MEASURED if any(self.chosen[k].kind == kind for k in ready)), "")
        kept = [k for k in ready if self.chosen[k].kind == kind]
        for k in set(measured) - set(kept):
            self._unused(k, f"{PLURAL[kind]} are used")
        return kept

    def _alike(self, measured: list[Place]) -> bool:
        """Whether columns have names that tell cells apart: of one stem with other numbers, or called cells."""
        headings = [self.chosen[k] for k in measured]
        if any(h.again for h in headings):  # each with its time: x, y, x, y
            return all(h.again for h in headings) and len(self._of("time")) == len(measured)
        numbered = len({h.stem for h in headings}) == 1 and len({h.numbered for h in headings}) == len(headings)
        called = {"cell", "device", "dut", "channel", "ch", "memristor"}
        return numbered or all(called & set(words_of(h.text)) for h in headings)

    # checks

    def _finish(self) -> None:
        made = self.made
        used = [*made.time, *made.times.values(), *made.measured, *made.of_pair.values()]
        made.moments = bool(made.time) and self._is_moment(made.time[0])
        currents = [k for k in (*made.measured, *made.of_pair.values()) if self.chosen[k].kind == "current"]
        made.voltage = self._voltages(currents)
        used += [k for k in made.voltage.values() if k not in used]
        clocks = set(made.time) if made.moments else set()
        missing = [k for k in used if self.chosen[k].problem and k not in clocks]
        for k in missing:
            if self.chosen[k].problem != NO_UNIT:
                raise ConfigError(f"{self.found.place}: {self._column(k)}{self.chosen[k].problem}")
        if missing:
            raise self._refused(f"{self._column(missing[0])} has no unit", self._form(used))
        if currents and not made.voltage and self.layout.read_voltage_v is None:
            raise self._refused(
                f"{self._column(currents[0])} is a current and there is no voltage",
                "give that of the reads, as --read-voltage 0.1 (in V)",
            )
        played = {*used, *made.names, *made.runs}
        made.headings = {k: self.chosen[k] for k in sorted(played)}
        made.called = {k: self._called(k) for k in (*made.names, *made.runs)}
        for k in range(self.found.width):
            if k not in played:
                self._unused(k, "")

    def _voltages(self, currents: list[Place]) -> dict[Place, Place]:
        """The column of voltage beside each current: of its number, or the only one."""
        volts = self._of("voltage")
        if not currents or not volts:
            return {}
        numbered = {self.chosen[k].numbered: k for k in volts}
        if len(volts) == 1:
            return dict.fromkeys(currents, volts[0])
        if len(numbered) == len(volts) and all(self.chosen[k].numbered in numbered for k in currents):
            return {k: numbered[self.chosen[k].numbered] for k in currents}
        read = [k for k in volts if "read" in words_of(self.chosen[k].text)]
        if len(read) == 1:
            return dict.fromkeys(currents, read[0])
        if self.layout.read_voltage_v is not None:
            return {}
        raise self._several(volts, "voltage", "or --read-voltage 0.1 (in V)")

    def _is_moment(self, k: Place) -> bool:
        return k < len(self.found.first) and is_moment(self.found.first[k])

    def _of(self, role: str) -> list[Place]:
        return [k for k, heading in self.chosen.items() if heading.role == role]

    def _unused(self, k: Place, why: str) -> None:
        self.made.unused.setdefault(shown(self.found, k), why)

    # messages

    def _scale(self) -> str:
        """A doubt about numbers without a heading that look as if they had been divided by their range."""
        numbers = [float(text) for text in self.found.first if is_number(text)]
        if numbers and min(numbers) < 0 and max(map(abs, numbers)) <= 2:
            return " (of both signs and about 1: normalised? of pulse responses say --kind pulses --range 1uS,100uS)"
        return ""

    def _in_rows(self) -> str:
        numbers = [float(text) for text in self.found.first[1:] if is_number(text)]
        if len(numbers) == self.found.width - 1 > 1 and all(a < b for a, b in pairwise(numbers)):
            return '; or, with times above the reads, --columns "cell=1,conductance [UNIT]=2-,time [UNIT]=heading"'
        if self.found.width < WIDE:
            return ""
        first = self.found.first[0] if self.found.first else ""
        named = "cell=1,conductance [UNIT]=2-" if first.isdigit() or not is_number(first) else "conductance [UNIT]=1-"
        return (
            f'; or, with the reads of a cell in each row, --cells rows --interval 1ms --columns "{named}" (a map of an '
            "array, one number for each cell, has no errors to fit: crossbar-nsm docs exchange_conductances)"
        )

    def _called(self, k: Place) -> str:
        text = self.chosen[k].text
        return f"`{text}`" if self.found.headings else f"column {k + 1}"

    def _column(self, k: Place) -> str:
        return f"column {self._called(k)}" if self.found.headings else self._called(k)

    def _form(self, used: Sequence[Place] = ()) -> str:
        """The option that says what columns are, with the units that are known."""
        if not used and self.made.of_pair:
            return 'say what the columns are, as --columns "target [UNIT]=1,programmed [UNIT]=2" (numbers, or headings)'
        if not used:
            return (
                'say what the columns are, as --columns "time [UNIT]=1,current [UNIT]=2" (numbers from 1, or headings)'
            )
        parts = []
        for k in dict.fromkeys(used):
            heading = self.chosen[k]
            role = heading.kind if heading.role in ("measured", "before", "after") else heading.role
            unit = heading.unit.text if heading.unit and not heading.problem else self._beside(k)
            parts.append(f"{role} [{unit}]={k + 1}")
        more = ",..." if len(parts) > 6 else ""
        said = ",".join(parts[:6]) + more
        return f'{"say it in place of UNIT:" if "UNIT" in said else "say so, as"} --columns "{said}"'

    def _beside(self, k: Place) -> str:
        """The unit that the first row has in a column behind `k`, `UNIT` where it has none."""
        text = self.found.first[k + 1] if k + 1 < len(self.found.first) else ""
        unit = read_unit(text) if text and not is_number(text) else None
        return unit.text if unit and unit.kind in (self.chosen[k].kind, *MEASURED) else "UNIT"

    def _refused(self, problem: str, fix: str) -> ConfigError:
        return ConfigError(f"{self.found.place}: {problem}; {fix}")

    def _several(self, at: Sequence[Place], what: str, otherwise: str = "") -> ConfigError:
        names = ", ".join(shown(self.found, k) for k in at[:4]) + (", ..." if len(at) > 4 else "")
        role = self.chosen[at[0]].kind if self.chosen[at[0]].role == "measured" else self.chosen[at[0]].role
        others = [k for k in self._of("time")[:1] if k not in at]
        parts = ",".join([*(f"time={k + 1}" for k in others), f"{role}={at[0] + 1}"])
        which = f'say which, as --columns "{parts}"' + (f", {otherwise}" if otherwise else "")
        return self._refused(f"{len(at)} columns of {what}: {names}", which)

    def _no_times(self, measured: list[Place]) -> ConfigError:
        fix = "say how far apart the reads are, as --interval 1ms"
        if self.found.width > len(measured) and not self.layout.columns:
            role = self.chosen[measured[0]].kind
            fix += f', or which column they are in, as --columns "time [UNIT]=..,{role}={measured[0] + 1}"'
        counted = [
            k for k in self.chosen if {"level", "levels", "state", "states"} & set(words_of(self.chosen[k].text))
        ]
        if counted:
            named = f"no column of times, and {self._column(counted[0])} has levels"
            return self._refused(named, f"pairs need `target`, a conductance, in its place; or, of reads, {fix}")
        return self._refused("no column of times", fix)

    def _nothing(self) -> ConfigError:
        texts = [heading.text for heading in self.found.headings]
        return self._refused(f"nothing measured in the columns {_listed(texts)}", self._form())


def _listed(texts: Sequence[str]) -> str:
    names = ", ".join(f"`{text[:40]}`" for text in texts[:PRINTED])
    return names + (f" and {len(texts) - PRINTED} more" if len(texts) > PRINTED else "")

"""Which column plays which part: headings, and what the user said, to times, conductances and the names of cells."""

from __future__ import annotations

from dataclasses import replace

from device_models.errors import ConfigError, quoted
from device_models.files.table_text import is_number
from device_models.fit.measurements.clock import is_moment
from device_models.fit.measurements.found import Found
from device_models.fit.measurements.headings import MEASURED, NO_UNIT, Heading
from device_models.fit.measurements.layout import Layout
from device_models.fit.measurements.parts.given import Given, given_parts
from device_models.fit.measurements.parts.glance import programmed_between, sweep
from device_models.fit.measurements.parts.model import Parts, Place, listed, shown
from device_models.fit.measurements.parts.refusals import PROGRAMMED, Refusals
from device_models.fit.measurements.words import HIGH, LOW, STATES, kind_of, words_of

PLURAL = {"conductance": "conductances", "resistance": "resistances", "current": "currents"}


def find_parts(found: Found, layout: Layout) -> Parts:
    """Raises ConfigError, with file, line and the option that mends it, where a part is missing or could be several."""
    return _Chooser(found, layout).parts()


class _Chooser:
    def __init__(self, found: Found, layout: Layout):
        self.found, self.layout, self.made = found, layout, Parts()
        given = given_parts(found, layout) if layout.columns else Given(dict(enumerate(found.headings)))
        self.chosen, self.times_in_heading = given.chosen, given.times_in_heading
        self.say = Refusals(found, layout, self.chosen, self.made.of_pair)

    def parts(self) -> Parts:
        if not self.chosen:
            raise self.say.no_heading()
        made = self.made
        self._pair_parts()
        self._refuse_sweeps()
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
            raise self.say.nothing()
        if made.measured and (why := programmed_between(self.found)):
            made.doubts.append(f"{self.found.path.name}: {why}: {PROGRAMMED}")
        if self.found.uneven and made.cells != "rows":
            raise self.say.uneven()
        self._finish()
        return made

    # pairs

    def _pair_parts(self) -> None:
        pair = self.made.of_pair
        for role in ("target", "target_low", "target_high", "programmed"):
            at = self._of(role)
            if len(at) > 1:
                raise self.say.several(at, role)
            if at:
                pair[role] = at[0]
        if "target" in pair:
            for window in ("target_low", "target_high"):
                if window in pair:
                    self._unused(pair.pop(window), "targets have a column of their own")
        if ("target_low" in pair) != ("target_high" in pair):
            only = pair.get("target_low", pair.get("target_high", 0))
            raise self.say.refused(
                f"column {shown(self.found, only)} is one end of a window of targets", "give both ends"
            )
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
            raise self.say.refused(
                f"{len(measured)} columns beside a target: {', '.join(shown(self.found, k) for k in measured[:4])}",
                f'say which was programmed, as --columns "{self._pair_option(measured[0])}"',
            )
        if aimed and pair and "programmed" not in pair:
            raise self.say.refused("`target` needs a column `programmed`, with its unit, beside it", self.say.form())
        if "programmed" in pair and not aimed:
            raise self.say.refused("`programmed` needs a column `target`, with its unit, beside it", self.say.form())

    def _pair_option(self, programmed: Place) -> str:
        return ",".join(f"{role}={k + 1}" for role, k in [*self.made.of_pair.items(), ("programmed", programmed)])

    # traces

    def _refuse_sweeps(self) -> None:
        """Raises ConfigError where the voltage beside what was measured is a sweep's, and nobody said which reads to
        keep."""
        volts = self._of("voltage")
        if volts and not (self.made.of_pair or any(self._of(role) for role in ("measured", "before", "after"))):
            raise self.say.voltages_alone(volts)
        if self.layout.read_voltage_v is not None or self.made.of_pair:
            return
        for k in volts:
            if steps := sweep(self.found, k):
                raise self.say.sweep(k, steps)

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
            raise self.say.refused(
                f"{len(kind)} reads in each row and no times", "say how far apart they are, as --interval 1ms"
            )
        made.measured = kind

    def _time_in(self, k: Place, part: Heading) -> float:
        text = self.found.headings[k].text if self.found.headings else ""
        digits = "".join(text.split()).strip("tTsS=@_")
        if part.unit is None or not is_number(digits):
            why = f"heading {quoted(text)} of column {k + 1} is no time" if part.unit else "`time=heading` has no unit"
            raise self.say.refused(why, 'write --columns "time [UNIT]=heading,..."')
        return float(digits) * part.unit.factor

    def _before_and_after(self, before: Place, after: Place) -> None:
        time = self._of("time")
        if len(time) != 1:
            raise self.say.refused(
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
            each = self.say.each_a_cell(measured) if self.layout.cells == "auto" else ""
            raise self.say.several(measured, PLURAL[self.chosen[measured[0]].kind], each)
        made.cells, made.measured = "columns" if wide else "long", measured
        times = self._of("time")
        if not measured:
            if times and not made.of_pair:
                there = f"; there are {listed([heading.text for heading in self.found.headings])}"
                problem = f"`time` needs a column `conductance`, or another that is measured, beside it{there}"
                raise self.say.refused(problem, self.say.form())
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
            raise self.say.no_times(measured)

    def _refuse_states(self, measured: list[Place]) -> None:
        """Raises ConfigError for windows of targets, and for two states of a cell, that are not called so."""
        words = {k: set(words_of(self.chosen[k].text)) for k in measured}
        low, high = ([k for k in measured if ends & words[k]] for ends in (LOW, HIGH))
        others = [k for k in measured if k not in (*low, *high)]
        if len(low) == len(high) == len(others) == 1:
            pair = f"target_low={low[0] + 1},target_high={high[0] + 1},programmed={others[0] + 1}"
            names = ", ".join(shown(self.found, k) for k in measured)
            problem = f"columns {names} are a window and what came of it, it seems"
            raise self.say.refused(problem, f'say so, as --columns "{pair}"')
        if not self._of("time") and len(measured) == 2 and all(STATES & of for of in words.values()):
            names = " and ".join(shown(self.found, k) for k in measured)
            problem = f"columns {names} are two states of a cell, with neither times nor targets"
            raise self.say.refused(
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
            raise self.say.several(times, "time")
        for k in times:
            if k not in kept:
                self._unused(k, "another column of time is used")
        return kept

    def _of_one_kind(self, measured: list[Place]) -> list[Place]:
        """Of conductances, resistances and currents side by side, those of the kind that needs the least."""
        ready = [k for k in measured if not self.chosen[k].problem]
        ready = ready or [k for k in measured if kind_of(words_of(self.chosen[k].text))] or measured
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
        kept = self.layout.read_voltage_v is not None  # which reads of resistances, too
        made.voltage = self._voltages(made.measured if kept and not currents else currents)
        self._doubt_sweeps()
        used += [k for k in made.voltage.values() if k not in used]
        clocks = set(made.time) if made.moments else set()
        missing = [k for k in used if self.chosen[k].problem and k not in clocks]
        for k in missing:
            if self.chosen[k].problem != NO_UNIT:
                raise ConfigError(f"{self.found.place}: {self.say.column(k)}{self.chosen[k].problem}")
        if missing:
            raise self.say.refused(f"{self.say.column(missing[0])} has no unit", self.say.form(used))
        if currents and not made.voltage and self.layout.read_voltage_v is None:
            raise self.say.refused(
                f"{self.say.column(currents[0])} is a current and there is no voltage",
                "give that of the reads, as --read-voltage 0.1 (in V)",
            )
        played = {*used, *made.names, *made.runs}
        made.headings = {k: self.chosen[k] for k in sorted(played)}
        made.called = {k: self.say.called(k) for k in (*made.names, *made.runs)}
        for k in range(self.found.width):
            if k not in played:
                self._unused(k, "")

    def _doubt_sweeps(self) -> None:
        """A warning where a voltage that nobody named in --columns is a sweep's."""
        for k, heading in enumerate(self.found.headings):
            if heading.role == "voltage" and k not in self.chosen and (steps := sweep(self.found, k)):
                fix = f"add voltage={k + 1} to --columns, and --read-voltage for the reads to keep"
                self.made.doubts.append(
                    f"{self.found.path.name}: column {shown(self.found, k)} {steps}, as a sweep does: {fix}"
                )

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
        raise self.say.several(volts, "voltage", "or --read-voltage 0.1 (in V)")

    def _is_moment(self, k: Place) -> bool:
        return k < len(self.found.first) and is_moment(self.found.first[k])

    def _of(self, role: str) -> list[Place]:
        return [k for k, heading in self.chosen.items() if heading.role == role]

    def _unused(self, k: Place, why: str) -> None:
        self.made.unused.setdefault(shown(self.found, k), why)

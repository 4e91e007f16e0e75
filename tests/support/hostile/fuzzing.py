"""Hostile inputs at an entrance: each is accepted, or refused by this package's own error, in bounded time and memory.

A target is a function of hypothesis strategies that hands one input to `outcome`. `fuzz` makes two tests of it: a quick
one for `make test`, and a long one (marked slow) for `make test-slow`.
"""

from __future__ import annotations

import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from device_models.errors import CrossbarError

QUICK, LONG = 40, 1500  # cases of a target
MOST_SECONDS = 10.0  # of computing, so that other work on the machine counts for nothing
MOST_WAITING = 6  # times as long in all
MOST_BYTES = 2 * 2**30
LONGEST_LINE = 500  # characters of a refusal

Outcome = str  # "accepted" or "refused"


class TooLong(Exception):
    """Of the bound on time: no OSError, which a program catches."""


@dataclass
class Tally:
    """What became of a target's inputs. seconds: of the longest; grown: bytes by which one made this process larger, at
    most."""

    cases: int = 0
    refused: int = 0
    accepted: int = 0
    seconds: float = 0.0
    grown: int = 0


TALLIES: dict[str, Tally] = {}
_current = Tally()


Target = Callable[..., Any]


def fuzz(long: int = LONG, quick: int = QUICK, **strategies: Any) -> Callable[[Target], Target]:
    """Make quick and long tests of a target whose arguments these strategies draw; always the same cases."""

    def decorate(target: Target) -> Target:
        sizes = [pytest.param(quick, id="quick"), pytest.param(long, id="long", marks=pytest.mark.slow)]

        @pytest.mark.parametrize("cases", sizes)
        def test(cases: int) -> None:
            global _current
            _current = TALLIES.setdefault(f"{target.__module__.rpartition('.')[2]}: {target.__name__}", Tally())
            quiet = settings(
                max_examples=cases, derandomize=True, deadline=None, database=None,
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            quiet(given(**strategies)(target))()

        test.__name__, test.__doc__ = target.__name__, target.__doc__
        return test

    return decorate


def outcome(call: Callable[[], Any]) -> Outcome:
    """What became of one input. Fails for any other exception than the package's own, for a refusal without a word or
    with too many, and for more than MOST_SECONDS or MOST_BYTES."""
    before, started, refusal = _peak_bytes(), time.process_time(), None
    try:
        with _alarm(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except CrossbarError as error:
        refusal = str(error)
    taken, grown = time.process_time() - started, _peak_bytes() - before
    _count(refusal is None, taken, grown)
    assert taken < MOST_SECONDS, f"took {taken:.1f} s"
    assert grown < MOST_BYTES, f"took {grown / 2**30:.1f} GiB"
    if refusal is None:
        return "accepted"
    _check_words(refusal)
    return "refused"


def _count(accepted: bool, taken: float, grown: int) -> None:
    _current.cases += 1
    _current.accepted += accepted
    _current.refused += not accepted
    _current.seconds, _current.grown = max(_current.seconds, taken), max(_current.grown, grown)


def table() -> list[str]:
    """A line for each target that has run."""
    lines = ["target, cases, refused, accepted, longest [s of computing], largest growth [MB]"]
    for name, tally in sorted(TALLIES.items()):
        of_all = f"{tally.cases}, {tally.refused}, {tally.accepted}"
        lines.append(f"{name}, {of_all}, {tally.seconds:.1f}, {tally.grown / 2**20:.0f}")
    total = sum(tally.cases for tally in TALLIES.values())
    return [*lines, f"all, {total}, peak of the process {_peak_bytes() / 2**20:.0f} MB"]


def _check_words(refusal: str) -> None:
    lines = refusal.split("\n")
    assert all(lines), f"refused without a word: {refusal[:200]!r}"
    longest = max(map(len, lines))
    assert longest <= LONGEST_LINE, f"a refusal of {longest} characters: {lines[0][:200]}"


@contextmanager
def _alarm() -> Iterator[None]:
    def late(*_: Any) -> None:
        raise TooLong(f"more than {MOST_SECONDS:g} s")

    clocks = {signal.ITIMER_PROF: (signal.SIGPROF, 1), signal.ITIMER_REAL: (signal.SIGALRM, MOST_WAITING)}
    old = {number: signal.signal(number, late) for number, _ in clocks.values()}
    for clock, (_, times) in clocks.items():
        signal.setitimer(clock, times * MOST_SECONDS)
    try:
        yield
    finally:
        for clock, (number, _) in clocks.items():
            signal.setitimer(clock, 0)
            signal.signal(number, old[number])


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak

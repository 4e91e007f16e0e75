"""The verdict of settings compared two by two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crossbar_nsm.experiment.config.settings_text import label
from crossbar_nsm.experiment.studies.verdict.shown import LEVEL
from crossbar_nsm.experiment.studies.verdict.words import (
    NO_PROOF,
    is_significant,
    listed,
    of_all,
    points_text,
    signed_points,
    within,
)
from device_models.number_text import counted, signed

if TYPE_CHECKING:
    from crossbar_nsm.experiment.studies.pairs import Pair


def pairs_verdict(pairs: Sequence[Pair], runs: tuple[str, str] = ("", "")) -> list[str]:
    """Which pairs differ in error: on the same images by Holm's p, on different ones by their interval. None
    without pairs. runs: names of two runs, of which the first and the second of every pair are."""
    if len(pairs) < 2:
        return [_single(pair, runs) for pair in pairs]
    differ = sorted(filter(_differs, pairs), key=lambda one: -abs(one.compared.difference))
    apart = sum(_nll_is_apart(one) for one in pairs)
    nll = f"NLL differs significantly in {of_all(apart, len(pairs))} pairs (95 % intervals, of each pair by itself)."
    head = f"Error differs significantly in {of_all(len(differ), len(pairs))} pairs ({_test(pairs)})"
    return [listed(head, [_difference(one, runs) for one in differ]), nll, *_same(pairs), *_margin(pairs)]


def _single(pair: Pair, runs: tuple[str, str]) -> str:
    compared = pair.compared
    if pair.same_results and compared.margin is None:
        return f"The same results: {' and '.join(_names(pair, runs))}."
    low, high = _interval(pair)
    of_error = f"95 % interval {signed_points(low)} to {signed_points(high)}: {is_significant(_differs(pair))}"
    nll = f"NLL {signed(compared.nll_difference, 4)} ({is_significant(_nll_is_apart(pair))})"
    if compared.margin is None:
        open_ = "" if _differs(pair) else f"; {NO_PROOF}"
        return f"{_difference(pair, runs)} ({of_error}); {nll}{open_}."
    equal = "Equal" if compared.equivalent else "Equality not established"
    return f"{equal} {within(compared.margin)} of error: {_difference(pair, runs)} ({of_error}); {nll}."


def _difference(pair: Pair, runs: tuple[str, str]) -> str:
    first, second = _names(pair, runs)
    if pair.compared.difference == 0:
        return f"{second} has the same error as {first}"
    return f"{second} has {points_text(pair.compared.difference)} error than {first}"


def _names(pair: Pair, runs: tuple[str, str]) -> list[str]:
    settings = ((pair.first, pair.first_set), (pair.second, pair.second_set))
    return [_in_run(label(*one).replace("  ", " with "), run) for one, run in zip(settings, runs, strict=True)]


def _in_run(name: str, run: str) -> str:
    return f"{name} in {run}" if run else name


def _differs(pair: Pair) -> bool:
    if pair.holm_p is not None:
        return pair.holm_p < LEVEL
    low, high = _interval(pair)
    return not low <= 0 <= high


def _interval(pair: Pair) -> tuple[float, float]:
    """Of these chips, or of any chip where images differ."""
    compared = pair.compared
    if compared.difference_low is not None and compared.difference_high is not None:
        return compared.difference_low, compared.difference_high
    assert compared.combined_low is not None
    assert compared.combined_high is not None
    return compared.combined_low, compared.combined_high


def _nll_is_apart(pair: Pair) -> bool:
    low, high = pair.compared.nll_difference_low, pair.compared.nll_difference_high
    return low is not None and high is not None and not low <= 0 <= high


def _test(pairs: Sequence[Pair]) -> str:
    tested = [pair.paired for pair in pairs]
    corrected = f"5 %, corrected for {counted(sum(tested), 'comparison')}"
    if all(tested):
        return corrected
    return f"{corrected}, or 95 % intervals where images differ" if any(tested) else "95 % intervals, images differ"


def _same(pairs: Sequence[Pair]) -> list[str]:
    same = sum(pair.same_results for pair in pairs)
    return [f"The same results in {of_all(same, len(pairs))} pairs."] if same else []


def _margin(pairs: Sequence[Pair]) -> list[str]:
    margin = pairs[0].compared.margin
    if margin is None:
        return []
    equal = sum(bool(pair.compared.equivalent) for pair in pairs)
    return [f"Equal {within(margin)} of error: {of_all(equal, len(pairs))} pairs."]

"""For which values of a swept parameter settings are good enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crossbar_nsm.experiment.config.settings_text import value_text
from crossbar_nsm.experiment.config.sweep_section import Factor, sweep_factors
from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.words import listed

NAMED = 3  # values that are no numbers


def along_line(
    head: str, settings: Sequence[Setting], sweep: Mapping[str, Any], good: Callable[[Setting], bool]
) -> list[str]:
    """`head` along the longest factor: for every combination of the others, for which of its values settings are
    `good`. No sentence where all are, or none is."""
    factors = sweep_factors(sweep)[0]
    judged = [(setting, good(setting)) for setting in settings]
    if not factors or len({is_good for _, is_good in judged}) == 1:
        return []
    axis = max(factors, key=lambda factor: (_numeric(factor), len(factor)))
    key = _leading(axis)
    others = [_leading(factor) for factor in factors if factor is not axis]
    groups: dict[str, list[tuple[Setting, bool]]] = {}
    for setting, is_good in judged:
        name = ", ".join(_of_group(other, setting.point.settings[other]) for other in others)
        groups.setdefault(name, []).append((setting, is_good))
    where = _numbers_where if _numeric(axis) else _names_where
    by_clause: dict[str, list[str]] = {}
    for name, group in groups.items():
        by_clause.setdefault(where(key, group), []).append(name)
    clauses = [f"{' and '.join(names)}: {clause}" if others else clause for clause, names in by_clause.items()]
    return [listed(f"{head}, along {key}", clauses)]


def _leading(factor: Factor) -> str:
    """The key that stands for all that move together."""
    return next(iter(factor.values))


def _numeric(factor: Factor) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in factor.values[_leading(factor)])


def _of_group(key: str, value: Any) -> str:
    """Names speak for themselves."""
    return value if isinstance(value, str) else f"{key.rpartition('.')[2]}={value_text(value)}"


def _numbers_where(key: str, group: list[tuple[Setting, bool]]) -> str:
    """`up to 2 (worse at 5, NLL 1.19 times software's)`."""
    ordered = sorted(group, key=lambda one: float(one[0].point.settings[key]))
    values, goods = [_value(setting, key) for setting, _ in ordered], [is_good for _, is_good in ordered]
    if len(set(goods)) == 1:
        return "at every value" if goods[0] else "at no value"
    first, last = goods.index(True), len(goods) - 1 - goods[::-1].index(True)
    if not all(goods[first : last + 1]):
        return f"at {goods.count(True)} of {len(goods)} values"
    lost = "; ".join(_lost(key, ordered[index][0]) for index in (first - 1, last + 1) if 0 <= index < len(ordered))
    if first == 0:
        return f"up to {values[last]} ({lost})"
    return f"from {values[first]} {'on' if last + 1 == len(values) else f'to {values[last]}'} ({lost})"


def _lost(key: str, setting: Setting) -> str:
    text = f"worse at {_value(setting, key)}"
    return text if setting.nll_ratio is None else f"{text}, NLL {setting.nll_ratio:.2f} times software's"


def _names_where(key: str, group: list[tuple[Setting, bool]]) -> str:
    yes, no = ([_value(setting, key) for setting, good in group if good is wanted] for wanted in (True, False))
    if not yes or not no:
        return "at every value" if yes else "at no value"
    if len(yes) <= NAMED:
        return f"at {', '.join(yes)}"
    return f"at all but {', '.join(no)}" if len(no) <= NAMED else f"at {len(yes)} of {len(group)} values"


def _value(setting: Setting, key: str) -> str:
    return value_text(setting.point.settings[key])

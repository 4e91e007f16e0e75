"""For which values of a swept parameter settings are good enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crossbar_nsm.experiment.config.settings_text import setting_text, value_text
from crossbar_nsm.experiment.config.sweep_section import Factor, sweep_factors
from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.words import listed

NAMED = 8  # values in a clause,
ROOM = 120  # and characters of theirs

Judged = tuple[Setting, bool]
Group = tuple[str, ...]


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
    key, others = _leading(axis), [_leading(factor) for factor in factors if factor is not axis]
    where = _numbers_where if _numeric(axis) else _names_where
    clauses = _distinct({rest: where(key, group) for rest, group in _groups(judged, others).items()}, others)
    by_clause: dict[str, list[str]] = {}
    for group, clause in clauses.items():
        by_clause.setdefault(clause, []).append("/".join(text for text in group if text))
    texts = [f"{', '.join(names)}: {clause}" if names != [""] else clause for clause, names in by_clause.items()]
    return [listed(f"{head}, along {key}", texts)]


def _groups(judged: Sequence[Judged], others: Sequence[str]) -> dict[Group, list[Judged]]:
    """By what the others are set to, in words."""
    groups: dict[Group, list[Judged]] = {}
    for setting, is_good in judged:
        group = tuple(_of_group(key, setting.point.settings[key]) for key in others)
        groups.setdefault(group, []).append((setting, is_good))
    return groups


def _distinct(clauses: dict[Group, str], others: Sequence[str]) -> dict[Group, str]:
    """Without the settings that make no difference to any clause."""
    for index in range(len(others)):
        shorter: dict[Group, set[str]] = {}
        for group, clause in clauses.items():
            shorter.setdefault((*group[:index], "", *group[index + 1 :]), set()).add(clause)
        if all(len(same) == 1 for same in shorter.values()):
            clauses = {group: same.pop() for group, same in shorter.items()}
    return clauses


def _leading(factor: Factor) -> str:
    """The key that stands for all that move together."""
    return next(iter(factor.values))


def _numeric(factor: Factor) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in factor.values[_leading(factor)])


def _of_group(key: str, value: Any) -> str:
    """Names speak for themselves, but for `none`."""
    speaks = isinstance(value, str) and value != "none"
    return value_text(value) if speaks else setting_text(key.rpartition(".")[2], value)


def _numbers_where(key: str, group: list[Judged]) -> str:
    """`up to 2, worse from 5 up`; `at 4 alone` where no limit fits both the judgements and NLL."""
    ordered = sorted(group, key=lambda one: float(one[0].point.settings[key]))
    values, goods = [_value(setting, key) for setting, _ in ordered], [is_good for _, is_good in ordered]
    yes, no = _sides(values, goods)
    if not yes or not no:
        return "at every value" if yes else "at no value"
    if not _has_limit(ordered):
        return f"at {', '.join(yes)} alone" if _fit(yes) else _named(yes, no)
    first, last = values.index(yes[0]), values.index(yes[-1])
    if first == 0:
        return f"up to {values[last]}, worse from {values[last + 1]} up"
    if last + 1 == len(values):
        return f"from {values[first]} up, worse from {values[first - 1]} down"
    return f"{f'at {yes[0]}' if first == last else f'from {yes[0]} to {yes[-1]}'}, worse beyond"


def _has_limit(ordered: list[Judged]) -> bool:
    """Whether the good ones are neighbours, and every other is worse than each of them. A difference may also be
    significant because its interval is narrow: such a value is not worse than one whose larger difference is not."""
    goods = [is_good for _, is_good in ordered]
    first, last = goods.index(True), len(goods) - 1 - goods[::-1].index(True)
    nll, others = ([setting.row.nll for setting, is_good in ordered if is_good is wanted] for wanted in (True, False))
    return all(goods[first : last + 1]) and max(nll) < min(others)


def _names_where(key: str, group: list[Judged]) -> str:
    yes, no = _sides([_value(setting, key) for setting, _ in group], [is_good for _, is_good in group])
    return _named(yes, no) if yes and no else "at every value" if yes else "at no value"


def _named(yes: list[str], no: list[str]) -> str:
    """By the fewer; how many where neither can be named."""
    if _fit(yes) and (len(yes) <= len(no) or not _fit(no)):
        return f"at {', '.join(yes)}"
    return f"at all but {', '.join(no)}" if _fit(no) else f"at {len(yes)} of {len(yes) + len(no)} values"


def _fit(values: list[str]) -> bool:
    return len(values) <= NAMED and len(", ".join(values)) <= ROOM


def _sides(values: list[str], goods: list[bool]) -> tuple[list[str], list[str]]:
    """The values of the good ones, and those of the others."""
    judged = list(zip(values, goods, strict=True))
    return [value for value, is_good in judged if is_good], [value for value, is_good in judged if not is_good]


def _value(setting: Setting, key: str) -> str:
    return value_text(setting.point.settings[key], key)

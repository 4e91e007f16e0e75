"""Settings that have no effect: a key that a user has set and that nothing asks for is told, one that is swept refused.

One rule for all keys: a small network is mapped as configured and then with other values of the key, and where nothing
changes the key is not in the path. Where one choice elsewhere would bring it in, that is found in the same way. A key
counts as used when it is at any point of a sweep; rows that are alike at some points are told of behind the results
(`crossbar_nsm.experiment.studies.alike_rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.sweep_section import Factor, path_of, sweep_factors
from crossbar_nsm.experiment.settings_in_use.other_values import field_of, leaves
from device_models.errors import ConfigError, explained_by
from device_models.files.document import Document
from device_models.warning import warn

if TYPE_CHECKING:
    from crossbar_nsm.experiment.settings_in_use.judge import Judge

OF_A_CHIP = ("device", "array", "read", "neuron", "layers")
OF_AN_EVALUATION = ("age_s", "calibrated_at_s", "early_stopping", "seed")
WORDS = ("preset", "name", "family", "description", "references", "sources")
WHOLES = ("conductances", "device")  # at the end of a key: measured cells, all that a device is
LIMITS = ("valid_s", "highest_ohm")  # of a law: what lies beyond is refused, nothing else


@dataclass(frozen=True)
class Unused:
    """A key without effect: where it was written, whether it is swept, and what it would count with."""

    key: str
    place: str
    swept: int
    remedy: str
    certain: bool

    @property
    def text(self) -> str:
        """One line."""
        rows = f", so its {self.swept} values would give the same rows" if self.swept else ""
        return f"{self.place}: {self.key} has no effect{rows}: {self.remedy}"


Look = Callable[[Document, ExperimentConfig, Sequence[dict[str, Any]]], Iterable[Unused]]


@explained_by("configuration")
def check_settings(
    document: Document, config: ExperimentConfig, points: Sequence[dict[str, Any]] = ({},), look: Look | None = None
) -> list[str]:
    """Warn of settings without effect, and say which. config: of the document; points: what its sweep sets. look: what
    finds them (None: `unused_settings`).

    Raises ConfigError with one line for every swept key that has no effect.
    """
    unused = list((look or unused_settings)(document, config, points))
    refused = [one.text for one in unused if one.swept and one.certain]
    if refused:
        raise ConfigError(refused)
    notes = [one.text for one in unused]
    for note in notes:
        warn(note)
    return notes


def unused_settings(document: Document, config: ExperimentConfig, points: Sequence[dict[str, Any]]) -> Iterator[Unused]:
    """Every key that was set or swept and is used at no point."""
    factors = sweep_factors(config.sweep)[0]
    swept = {key: values for factor in factors for key, values in factor.values.items()}
    given = [key for key in _set_keys(document) if _judged(key) and key not in swept]
    if not points or not (given or any(map(_judged, swept))):
        return
    from crossbar_nsm.experiment.settings_in_use.judge import Judge

    judge = Judge(document, swept)
    for factor in factors:
        yield from _unused_factor(judge, document, config, factor, points)
    for key in given:
        if not judge.uses_any(key, points, (), with_times=True):
            yield Unused(key, document.place(tuple(key.split("."))), 0, judge.remedy(key, points[0]), True)


def _unused_factor(
    judge: Judge, document: Document, config: ExperimentConfig, factor: Factor, points: Sequence[dict[str, Any]]
) -> Iterator[Unused]:
    """The keys of a factor none of which has an effect; those that move together give rows of their own if one has."""
    others = _without(points, factor.values)
    for key, values in factor.values.items():
        if not _judged(key) or judge.uses_any(key, others, values, with_times=False):
            return
    for key, values in factor.values.items():
        place = document.place(("sweep", *path_of(config.sweep, key)))
        yield Unused(key, place, len(values), judge.remedy(key, points[0]), judge.sees_all(others))


def _judged(key: str) -> bool:
    """Whether a key is one thing about a chip, and says more than a word: not which images are taken and how often, or
    which cells altogether."""
    first, *rest = key.split(".")
    about_a_chip = first in OF_A_CHIP or (first == "evaluation" and bool(rest) and rest[0] in OF_AN_EVALUATION)
    return about_a_chip and bool(rest) and rest[-1] not in WHOLES and not {*WORDS, *LIMITS} & set(rest)


def _without(points: Sequence[dict[str, Any]], keys: Collection[str]) -> list[dict[str, Any]]:
    """One point for each setting of the other swept keys."""
    others: dict[str, dict[str, Any]] = {}
    for point in points:
        others.setdefault(repr({name: value for name, value in point.items() if name not in keys}), point)
    return list(others.values())


def _set_keys(document: Document) -> list[str]:
    """Dotted keys of what was written: all that an override sets, and of what else was, what could be left out and says
    more than the default."""
    keys = []
    for path, value in leaves(document.data, ()):
        key, place = ".".join(map(str, path)), document.place(path)
        field = field_of(ExperimentConfig, key)
        written = bool(document.where) or path[0] not in ("device", "layers")  # a whole device is a preset's, unwritten
        needed = field is not None and (field.is_required() or field.get_default() == value)
        if path[0] != "sweep" and written and (place.startswith("--set") or not needed):
            keys.append(key)
    return keys

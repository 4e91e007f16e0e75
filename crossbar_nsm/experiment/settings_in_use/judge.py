"""Whether a key of a configuration is in the path of a point, and what would bring it there. Loads torch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.points import at_point
from crossbar_nsm.experiment.settings_in_use.other_values import choices, field_of, leaves, other_values
from crossbar_nsm.experiment.settings_in_use.probe import Fingerprint, Probe
from device_models.errors import ConfigError
from device_models.files.document import Document

MOST_POINTS = 48
SHOWN = 3
TRIES = 2  # other values of a key, beside every choice that could bring it in


class Judge:
    """Whether keys are used, by what a probe makes of other values."""

    def __init__(self, document: Document, swept: Mapping[str, list[Any]]):
        self._document, self._probe, self._swept = document, Probe(), swept

    def sees_all(self, points: Sequence[dict[str, Any]]) -> bool:
        """Whether every one of the points is looked at, or a sample of them."""
        return len(points) <= MOST_POINTS

    def uses_any(self, key: str, points: Sequence[dict[str, Any]], values: Sequence[Any], with_times: bool) -> bool:
        """Whether a key, or one inside the sections that are its values, is used at one of the points. values: to be
        tried first. with_times: whether the time of a pass is a result, too."""
        several = points if self.sees_all(points) else random.Random(0).sample(list(points), MOST_POINTS)
        inside = [leaves(value, (key,)) for value in values if isinstance(value, dict)]
        keys = [key, *dict.fromkeys(".".join(map(str, path)) for leaves in inside for path, _ in leaves)]
        return any(self.verdict(one, settings, values, with_times) is not False for settings in several for one in keys)

    def verdict(
        self, key: str, settings: dict[str, Any], values: Sequence[Any] = (), with_times: bool = False
    ) -> bool | None:
        """Whether results change with a key at a point; None where nothing can be said: other values are refused."""
        here, used = self._fingerprint(settings), None
        if here is None:
            return None
        for changed in self._changed(key, settings, values):
            if not here.same_as(changed) or (with_times and here.time_s != changed.time_s):
                return True
            used = False
        return used

    def _changed(self, key: str, settings: dict[str, Any], values: Sequence[Any]) -> Iterator[Fingerprint]:
        """Fingerprints with other values of a key, as far as they are allowed."""
        value = _value(at_point(self._document, settings), key)
        for other in other_values(ExperimentConfig, key, value, values):
            fingerprint = self._fingerprint({**settings, key: other})
            if fingerprint is not None:
                yield fingerprint

    def _fingerprint(self, settings: dict[str, Any]) -> Fingerprint | None:
        try:
            return self._probe.fingerprint(at_point(self._document, settings))
        except ConfigError:
            return None

    def remedy(self, key: str, settings: dict[str, Any]) -> str:
        """What would make a key count that has no effect, or that nothing here does."""
        config, switches = at_point(self._document, settings), self.counts_with(key, settings)
        if not switches:
            return f"nothing asks for it in {config.hardware_name} with these settings"
        there = " or ".join(f"{switch}: {', '.join(words[:SHOWN])}" for switch, words in list(switches.items())[:SHOWN])
        here = ", ".join(f"{switch}: {_value(config, switch)}" for switch in list(switches)[:SHOWN])
        return f"it counts with {there} (here {here})"

    def counts_with(self, key: str, settings: dict[str, Any]) -> dict[str, list[str]]:
        """The choices elsewhere, by the key that has them, with any of which a key counts that has no effect."""
        config = at_point(self._document, settings)
        switches: dict[str, list[str]] = {}
        for switch, choice in _switches():
            if switch != key and choice != _value(config, switch) and self._counts_with(key, settings, switch, choice):
                switches.setdefault(switch, []).append(choice)
        return switches

    def _counts_with(self, key: str, settings: dict[str, Any], switch: str, choice: str) -> bool:
        with_it = {**settings, switch: choice}
        fingerprint = self._fingerprint(with_it)
        if fingerprint is None:
            return False
        few = islice(self._changed(key, with_it, self._swept.get(key, ())), TRIES)
        return any(not fingerprint.same_as(changed, at_a_glance=True) for changed in few)


def _switches() -> Iterator[tuple[str, str]]:
    """Every choice of words that circuits and their reads have, (dotted key, word); engines give the same results."""
    for section in ("array", "neuron", "read"):
        inner = field_of(ExperimentConfig, section)
        assert inner is not None
        for name, field in inner.annotation.model_fields.items():  # type: ignore[union-attr]
            for word in choices(field) if name != "engine" else []:
                yield f"{section}.{name}", word


def _value(config: ExperimentConfig, key: str) -> Any:
    """What a configuration has at a dotted key; None where it has no such section."""
    value: Any = config
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return value

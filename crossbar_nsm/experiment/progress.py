"""How far commands are, told to whoever shows it."""

from __future__ import annotations

from collections.abc import Callable

from crossbar_nsm.engine.sampling.passes import Progress

ProgressOf = Callable[[str], Progress]  # a description in, a callback for (done, total) passes out
StepProgress = Callable[[int, int, str], None]  # (done, total, what to say) in updates
StepProgressOf = Callable[[str], StepProgress]


def no_progress(_label: str) -> Progress:
    return lambda _done, _total: None

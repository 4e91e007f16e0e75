"""Ideal software that does no better than a guess: nothing is claimed beside it."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.words import of_all, per_cent
from crossbar_nsm.statistics.chance import chance_error


def guessing_lines(settings: Sequence[Setting]) -> list[str]:
    """None where ideal software does better for every setting."""
    guessing = [setting for setting in settings if setting.software_guesses]
    if not guessing:
        return []
    software = guessing[0].software
    assert software is not None
    share = "" if len(guessing) == len(settings) else f" for {of_all(len(guessing), len(settings))} settings"
    errors = sorted({per_cent(setting.row.error) for setting in settings}, key=lambda text: float(text[:-2]))
    return [
        software_guesses(software.error, guessing[0].classes, share),
        f"Hardware has {' to '.join([errors[0], *errors[1:][-1:]])} error; beside a guess nothing is claimed.",
    ]


def software_guesses(error: float, classes: int, share: str = "") -> str:
    """share: of settings for which it does, in words."""
    found = f"{per_cent(error)} error; {per_cent(chance_error(classes), 0)} is chance"
    return (
        f"Ideal software itself is no better than a guess{share} ({found}): are the images in [0, 1] with the polarity "
        "and scale of the training images?"
    )

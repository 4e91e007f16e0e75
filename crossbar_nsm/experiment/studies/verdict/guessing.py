"""Ideal software that does no better than a guess: nothing is claimed beside it."""

from __future__ import annotations

from collections.abc import Sequence

from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.words import of_all, per_cent
from crossbar_nsm.statistics.chance import can_tell_from_chance, chance_error, worse_than_chance
from device_models.number_text import counted


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
        software_guesses(software.error, software.images, guessing[0].classes, share),
        f"Hardware has {' to '.join([errors[0], *errors[1:][-1:]])} error; beside a guess nothing is claimed.",
    ]


def software_guesses(error: float, images: int, classes: int, share: str = "") -> str:
    """share: of settings for which it does, in words."""
    found = f"{share} ({per_cent(error)} error; {per_cent(chance_error(classes), 0)} is chance)"
    if worse_than_chance(error, images, classes):
        return (
            f"Ideal software itself is worse than a guess{found}: are labels shifted or in another order than in "
            "training (they count from 0), or images inverted?"
        )
    return (
        f"Ideal software itself is no better than a guess{found}: are the labels those of training (from 0, in the "
        "same order), and the images in [0, 1] with its polarity, scale and orientation?"
    )


def too_few_line(images: int, classes: int) -> list[str]:
    """None where so many images can tell."""
    if can_tell_from_chance(images, classes):
        return []
    return [f"{counted(images, 'image')} cannot tell whether ideal software is better than a guess."]


def too_few_lines(settings: Sequence[Setting]) -> list[str]:
    """Of the first setting of which that is so."""
    return next(
        (line for one in settings if one.software is not None and (line := too_few_line(one.row.images, one.classes))),
        [],
    )

"""Warnings that point to the user's line, however many functions of this project lie between."""

from __future__ import annotations

import sys
import warnings

BETWEEN = ("crossbar_nsm", "device_models", "contextlib")  # which decorates some of their functions


def warn(text: str) -> None:
    """Warn at the nearest line outside this project that led here."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in BETWEEN:
        level, frame = level + 1, frame.f_back
    warnings.warn(text, stacklevel=level)

"""The backend that the environment names for matplotlib, which cannot be imported at all with an unknown one."""

from __future__ import annotations

import os

from device_models.errors import ProcessError, quoted


def check_backend() -> None:
    """Raises ProcessError where MPLBACKEND names none. No figure here is made with it, but matplotlib looks at it."""
    given = os.environ.get("MPLBACKEND")
    if not given:
        return
    try:
        import matplotlib  # noqa: F401
    except ValueError:
        problem = f"MPLBACKEND={quoted(given)[1:-1]} in the environment: matplotlib knows none of that name; unset it"
        raise ProcessError(problem) from None

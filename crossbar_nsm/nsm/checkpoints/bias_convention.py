"""What the bias of a hidden layer may be in a file that does not say it. Loads no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from device_models.errors import CheckpointError, quoted

BiasConvention = Literal["code", "paper", "c"]
FORMULAS = (
    "in P = 1/2 (1 + erf(beta w.z/|w| + c)) it may be c itself (`c`), be added to w.z (`paper`: c = bias/(|w| "
    "sqrt(2 v)), v the variance of the noise), or enter as in the published code (`code`: c = bias/sqrt(2 p (1-p)), in "
    "convolutions over |w| too)"
)


def ambiguous_bias(path: Path, layer: str) -> CheckpointError:
    """The error for a hidden layer whose offset is called bias, where nobody has said what that is."""
    return CheckpointError(
        f"{path}: layer {quoted(layer, 30)} has a `bias`: {FORMULAS}; choose by "
        "--bias-convention of crossbar-nsm import (--out, --noise), or bias_convention= of import_published"
    )

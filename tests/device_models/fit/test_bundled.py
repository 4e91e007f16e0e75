"""The presets made of measurements are what the fit makes of them today."""

import numpy as np
import pytest
import yaml

from device_models.catalogue import PRESETS
from device_models.fit.bundled import BUNDLED, MEASURED

TOLERANCE = 1e-3  # of optimisers on other machines


def differences(made, kept, place=""):
    """Places where two device files differ: in texts, in keys, in numbers by more than the tolerance."""
    if isinstance(made, dict) and isinstance(kept, dict):
        for key in made.keys() | kept.keys():
            yield from differences(made.get(key), kept.get(key), f"{place}.{key}")
    elif isinstance(made, list) and isinstance(kept, list) and len(made) == len(kept):
        for k, (one, other) in enumerate(zip(made, kept, strict=True)):
            yield from differences(one, other, f"{place}[{k}]")
    elif isinstance(made, float) and isinstance(kept, (int, float)):
        if not np.isclose(made, kept, rtol=TOLERANCE, atol=0):
            yield place, made, kept
    elif made != kept:
        yield place, made, kept


@pytest.mark.parametrize(
    "bundled",
    [pytest.param(one, marks=pytest.mark.slow if one.name == "rram_levy_a" else (), id=one.name) for one in BUNDLED],
)
def test_presets_are_what_is_fitted(bundled):
    made = yaml.safe_load(bundled.text())
    kept = yaml.safe_load((PRESETS / f"{bundled.name}.yaml").read_text())
    texts = {"description", "sources"}  # which round what the numbers hold
    assert made.keys() == kept.keys()
    assert not list(differences(*({k: v for k, v in one.items() if k not in texts} for one in (made, kept))))
    assert made["sources"].keys() == kept["sources"].keys()
    made["conductance"]["g_max_s"] *= 1.01
    assert [place for place, *_ in differences(made["conductance"], kept["conductance"])] == [".g_max_s"]


def test_the_notice_lies_beside_the_measurements():
    assert "Copyright (c) 2021 Akash Levy" in (MEASURED / "LICENSE").read_text()
    assert "IBM" in (MEASURED / "LICENSE-aihwkit").read_text()
    named = (MEASURED / "README.md").read_text()
    assert {path.name for path in MEASURED.glob("*.gz")} == {file for one in BUNDLED for file in one.files}
    assert all(f"`{file}`" in named for one in BUNDLED for file in one.files)

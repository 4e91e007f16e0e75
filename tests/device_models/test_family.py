"""Families: any name, known ones in any letters, misspelt ones asked about."""

import pytest
from support.cells.devices import device

from device_models.family import FAMILIES, NOT_MISSPELT, family_name


@pytest.mark.parametrize("family", FAMILIES)
def test_known_families_stay_and_are_known_in_any_letters(family):
    assert family_name(family) == family_name(family.upper()) == family
    assert device(family=family).model_dump()["family"] == family
    assert family_name("FeFET") == "fefet"


@pytest.mark.parametrize("family", ["mtj", "MTJ", "magnetic tunnel junction", "ecram", "flash", "memristor"])
def test_a_family_of_ones_own_is_as_it_was_written(family):
    assert family_name(family) == device(family=family).family == family


@pytest.mark.parametrize("family", sorted(NOT_MISSPELT))
def test_memories_one_letter_away_are_not_taken_for_misspelt(family):
    assert family_name(family) == family


@pytest.mark.parametrize(
    ("given", "meant"),
    [("RRRAM", "rram"), ("reram", "rram"), ("rran", "rram"), ("fefte", "fefet"), ("fe-fet", "fefet"), ("pmc", "pcm")],
)
def test_a_misspelt_known_family_is_asked_about(given, meant):
    with pytest.raises(ValueError, match=rf"no family is called '{given}', did you mean {meant}\?"):
        family_name(given)

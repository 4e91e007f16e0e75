"""More than this machine has is refused before it is taken."""

import pytest

from device_models.checks import memory
from device_models.checks.memory import check_memory, memory_bytes
from device_models.errors import MappingError


def test_what_fits_is_in_order():
    check_memory(memory_bytes(), "this", MappingError)


def test_what_does_not_fit_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(memory, "memory_bytes", lambda: 16 * 10**9)
    with pytest.raises(MappingError, match=r"^images would take 2.5 TB of memory; this machine has 16 GB$"):
        check_memory(2_500 * 10**9, "images", MappingError)


def test_a_container_has_less(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "CONTAINER", tmp_path / "memory.max")
    whole = memory_bytes()
    (tmp_path / "memory.max").write_text("1000000\n")
    assert memory_bytes() == 1_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_bytes() == whole

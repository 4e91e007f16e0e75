"""When a random effect is drawn. Every effect of a device declares one of these."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """chip: once per cell for the life of the chip (device to device). programming: anew each time the cell is
    written (cycle to cycle). time: a state that evolves between reads. read: fresh on every vector read."""

    CHIP = "chip"
    PROGRAMMING = "programming"
    TIME = "time"
    READ = "read"

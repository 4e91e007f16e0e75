"""Figures of other simulators that were measured on another machine: quoted beside the table, in no ratio of it."""

from __future__ import annotations

CROSSSIM_NS_PER_WEIGHT = 31.0
BADCROSSBAR_MS = {64: 20.0, 128: 125.0, 256: 670.0, 512: 4820.0}

FIGURES = (
    "W1  CrossSim 3.2.0                        2070 ms, 31 ns per weight, 1.8 GB; draws every device",
    "W1  aihwkit 1.2.0, additive | PCM_READ    5.7-11 | 32-38 ms; one normal per output",
    "W1  MemIntelli, fresh per vector          5590 ms",
    "W1  authors' NSM layers (software)        2.9-4.1 ms; noise per input",
    "W2  CrossSim | aihwkit additive, PCM_READ 1269 | 3.6-5.5, 19-23 s",
    "W2  authors' NSM layers (software)        2.2-3.5 s",
    "W3  CrossSim | aihwkit additive, PCM_READ 124 | 0.8-1.4, 2.4-3.4 s",
    "W3  authors' NSM layers (software)        0.31-0.35 s",
    "wires, 256x256, one vector                CrossSim 12.6 ms mild, 167 ms harsh (4e-4 accurate); badcrossbar 670 ms",
    "wires, 512x512, one vector                CrossSim 784 ms mild; badcrossbar 4820 ms",
)


def text() -> str:
    """As it stands below the table."""
    return "\n".join(["Stored, other machine (two cores, AVX-512), not part of any ratio above:", *FIGURES])

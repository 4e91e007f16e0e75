"""The presets that are made of measurements which come with the package, by what `devices fit` does.

    python -m device_models.fit.bundled          writes them into device_models/presets

`device_models/presets/measured` holds the measurements, their licence and what they leave out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from device_models.catalogue import PRESETS, load_device
from device_models.files.writing import write_text
from device_models.fit.preset import fit_files, preset_text

MEASURED = PRESETS / "measured"


@dataclass(frozen=True)
class Bundled:
    """A preset: its name, what it is of (a line), the files it is fitted to, and what to cite.

    holder, licence: of the measurements (MIT). range_s: of normalised pulse responses, with why these [S].
    """

    name: str
    of: str
    files: tuple[str, ...]
    references: tuple[str, ...]
    holder: str
    licence: str
    range_s: tuple[float, float] | None = None
    range_source: str = ""

    def preset(self) -> dict[str, Any]:
        """The device file, with every fitted number marked as that of a public fit to the source's data."""
        files = [MEASURED / file for file in self.files]
        data = fit_files(files, name=self.name, family="rram", range_s=self.range_s).preset()
        data["description"] = f"{self.of}. {data['description']}"
        sources = data.pop("sources")
        for end in ("conductance.g_min_s", "conductance.g_max_s") if self.range_s else ():
            sources[end]["source"] = self.range_source
        data["references"] = list(self.references)
        data["sources"] = {key: self._published(source) for key, source in sources.items()}
        return data

    def _published(self, source: dict[str, str]) -> dict[str, str]:
        return source | ({"provenance": "measured_fit"} if source["provenance"] == "user" else {})

    def text(self) -> str:
        """The preset as YAML, with where it comes from on top."""
        about = (
            f"Made by `python -m device_models.fit.bundled` of {', '.join(self.files)} in measured/ (MIT licence, "
            f"{self.holder}: see {self.licence} and README.md there). Change the fit, not this file."
        )
        lines = textwrap.wrap(about, 120, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
        body = preset_text(self.preset())
        return "\n".join([*lines, body])


LEVY = ("Copyright (c) 2021 Akash Levy", "LICENSE")
IBM = ("Copyright 2020-2024 IBM", "LICENSE-aihwkit")
BUNDLED = (
    Bundled(
        "rram_levy_a",
        "Anonymous RRAM, technology A of Levy 2021: write-verified cells some time later, reads at 400 Hz, bakes at "
        "100 to 260 C",
        ("levy_a_written.csv.gz", "levy_a_reads.csv.gz", "levy_a_bakes.csv.gz"),
        ("levy2021",),
        *LEVY,
    ),
    Bundled(
        "rram_levy_b",
        "Anonymous RRAM, technology B of Levy 2021: write-verified cells and their relaxation to 10,000 s",
        ("levy_b_written.csv.gz", "levy_b_relaxation.tsv.gz"),
        ("levy2021",),
        *LEVY,
    ),
    Bundled(
        "rram_gong2022",
        "ReRAM of Gong et al. 2022, 14 nm: one cell, 1,000 identical pulses up and 1,000 down, normalised; its range "
        "of conductance is illustrative",
        ("gong_pulses.csv.gz",),
        ("gong2022", "rasch2021"),
        *IBM,
        range_s=(8e-6, 90e-6),
        range_source="the measurement is normalised and holds no conductances; the range of another ReRAM of IBM "
        "(Falcone et al. 2025, rram_cmo_hfox2025)",
    ),
)


def write(folder: Path = PRESETS) -> Iterator[Path]:
    """Write every preset into `folder`; a device that cannot be is never written."""
    for bundled in BUNDLED:
        text = bundled.text()
        load_device(yaml.safe_load(text))
        path = folder / f"{bundled.name}.yaml"
        path.unlink(missing_ok=True)  # a preset without a seal is not written over
        yield write_text(path, text)


if __name__ == "__main__":
    for path in write():
        print(path)

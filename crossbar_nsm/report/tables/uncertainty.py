"""Tables of `crossbar-nsm uncertainty`: metrics, turned images, another data set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.statistics.metrics import capped_note
from device_models.number_text import counted

if TYPE_CHECKING:
    from crossbar_nsm.experiment.uncertainty import UncertaintyStudy


def uncertainty_lines(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the study's JSON for CSV, one line per network: angles by name, so that each has columns of its own."""

    def by_angle(turned: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {f"{at['angle_deg']:g}_deg": {key: at[key] for key in at if key != "angle_deg"} for at in turned}

    return [{**row, "turned": by_angle(row["turned"])} for row in rows]


def uncertainty_tables(study: UncertaintyStudy) -> list[TextTable]:
    """All that the study has; entropies, mutual information and NLL in nats, errors in per cent."""
    tables = [_metrics(study)]
    if len(study.networks[0].turned) > 1:
        tables.append(_turned(study))
    if study.other is not None:
        tables.append(_told_apart(study))
    return tables


def _metrics(study: UncertaintyStudy) -> TextTable:
    columns = ["network", "error %", "NLL", "Brier", "ECE", "entropy", "mutual inf.", "samples used", "chips"]
    lines = [
        [
            row.name,
            f"{100 * row.error:.2f}",
            f"{row.nll:.4f}",
            f"{row.brier:.4f}",
            f"{row.ece:.4f}",
            f"{row.entropy:.4f}",
            f"{row.mutual_information:.4f}",
            f"{row.samples_used:.4g}",
            str(row.chips),
        ]
        for row in (network.row for network in study.networks)
    ]
    first = study.networks[0].row
    note = capped_note((network.row.nll_capped for network in study.networks), first.images)
    title = f"{counted(first.images, 'image')} x {counted(first.samples, 'sample')}"
    return make_table(
        title, columns, lines, note, drop=["samples used", "chips", "Brier"], shared=["samples used", "chips"],
        legend={"entropy": "mean over images, in nats like NLL and mutual information"},
    )  # fmt: skip


def _turned(study: UncertaintyStudy) -> TextTable:
    columns = ["turned by"]
    for network in study.networks:
        name = network.row.name
        columns += [f"{name}: error %", f"{name}: entropy", f"{name}: mutual inf."]
    lines = []
    for angles in zip(*(network.turned for network in study.networks), strict=True):
        line = [f"{angles[0].angle_deg:g} deg"]
        for at in angles:
            half = at.entropy_high - at.entropy
            line += [f"{100 * at.error:.1f}", f"{at.entropy:.3f} ± {half:.3f}", f"{at.mutual_information:.3f}"]
        lines.append(line)
    return make_table(
        "turned images", columns, lines,
        "entropy and mutual information in nats; ± is the half of a 95 % interval over images",
        drop=[column for column in columns if column.endswith("mutual inf.")],
    )  # fmt: skip


def _told_apart(study: UncertaintyStudy) -> TextTable:
    columns = ["network", "AUROC of entropy", "AUROC of mutual inf.", "entropy, own", "entropy, other"]
    lines = []
    for network in study.networks:
        areas = [
            f"{area.value:.4f} [{area.low:.4f}, {area.high:.4f}]"
            for area in (network.auroc["entropy"], network.auroc["mutual_information"])
        ]
        assert network.other_entropy is not None
        means = [f"{entropy.mean():.3f}" for entropy in (network.entropy, network.other_entropy)]
        lines.append([network.row.name, *areas, *means])
    caption = (
        "AUROC: the chance that an image of the other data set has the higher score, 95 % interval over images "
        "(DeLong)\n"
        "other images: grey where channels differ, shrunk by a whole factor, cropped or framed in black at the centre"
    )
    return make_table(
        f"images of {Path(study.other or '').stem} told from the own ones", columns, lines, caption,
        drop=["entropy, own", "entropy, other"],
    )  # fmt: skip

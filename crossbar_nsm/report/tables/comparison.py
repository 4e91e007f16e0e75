"""Tables of comparisons: settings beside ideal software, settings two by two, runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crossbar_nsm.experiment.studies.software import software_word
from crossbar_nsm.report.points.words import evaluated
from crossbar_nsm.report.tables.swept_columns import SweptColumns
from crossbar_nsm.report.tables.terminal import TextTable, make_table
from crossbar_nsm.statistics.metrics import capped_note
from device_models.number_text import counted_range, interval, number, signed

if TYPE_CHECKING:
    from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
    from crossbar_nsm.experiment.studies.pairs import Pair
    from crossbar_nsm.experiment.studies.rows import Row
    from crossbar_nsm.statistics.difference import Difference

LEGEND = {
    "chips ±": "sd over chips",
    "NLL": "nats",
    "any chip": "95 % over images and chips",
    "McNemar p": "of no difference",
}
DIFFERENCE = "with 95 % over images, for these chips"
DROP = [
    "seconds", "reader", "mutual inf.", "entropy", "95 % Wilson", "ECE", "McNemar p", "NLL difference", "samples",
    "chips ±", "any chip",
]  # fmt: skip
NLL_OF_SEVERAL = {"NLL difference": "with 95 % over images and chips"}
HOLM = "corrected for the number of pairs"
DROP_OF_PAIRS = ["images", "chips", "McNemar p", "Holm p", "NLL difference", "any chip"]


def comparison_table(
    rows: Sequence[Row], notes: Sequence[str] = (), config: ExperimentConfig | None = None
) -> TextTable:
    """One line per setting, swept settings in columns; error and difference in per cent, NLL, entropy and mutual
    information in nats; the mean number of samples where images stop early, spread and intervals for any chip where
    there are several, a verdict where there is a margin. notes: stand below. config: names network and images."""
    stopped = any(row.samples_used < row.samples for row in rows)
    several = any(row.combined_low is not None for row in rows)
    margin = next((row.margin for row in rows if row.margin is not None), None)
    before = ["network"]
    after = [
        "error %", "95 % Wilson", *(["chips ±"] if several else []), "NLL", "ECE", "entropy", "mutual inf.",
        *(["samples"] if stopped else []), "difference %", *(["any chip"] if several else []), "NLL difference",
        "McNemar p", *(["verdict"] if margin is not None else []), "reader", "seconds",
    ]  # fmt: skip
    swept = SweptColumns.of([(row.name, row.set) for row in rows], before + after)
    lines = [
        [row.name, *swept.cells(row.name, row.set), *_comparison_line(row, stopped, several, margin is not None)]
        for row in rows
    ]
    legend = LEGEND | {"difference %": f"error less that of ideal_synapse{_same(rows)}, {DIFFERENCE}"}
    legend |= NLL_OF_SEVERAL if several else {}
    legend = {heading: text for heading, text in legend.items() if heading in after} | swept.legend
    capped = max(rows, key=lambda row: row.nll_capped)
    captions = [capped_note([capped.nll_capped], capped.images), *notes]
    return make_table(
        _title(rows, config), before + swept.columns + after, lines, "\n".join(filter(None, captions)),
        drop=[*(heading for heading in DROP if heading in after), *swept.followers], shared=["reader"], legend=legend,
    )  # fmt: skip


def _title(rows: Sequence[Row], config: ExperimentConfig | None) -> str:
    """What differs from row to row is a range."""
    images, samples = (counted_range([getattr(row, f"{noun}s") for row in rows], noun) for noun in ("image", "sample"))
    chips = counted_range([row.chips for row in rows if row.engine] or [1], "chip")
    title = f"{images} x {samples}, {chips}"
    if config is None:
        return title
    swept: dict[str, list[Any]] = {}
    for row in rows:
        for key, value in row.set.items():
            swept.setdefault(key, []).append(value)
    return f"{' on '.join(evaluated(config, swept))}, {title}"


def _same(rows: Sequence[Row]) -> str:
    """What a setting and ideal software beside it have in common, where software has several rows."""
    words = dict.fromkeys(software_word(key) for row in rows if not row.engine for key in row.set)
    return f" with the same {' and '.join(words)}" if words else ""


def _comparison_line(row: Row, stopped: bool, several: bool, judged: bool) -> list[str]:
    return [
        f"{100 * row.error:.2f}",
        f"{100 * row.error_low:.2f}-{100 * row.error_high:.2f}",
        *([number(row.chip_sd, ".2f", 100)] if several else []),
        f"{row.nll:.4f}",
        f"{row.ece:.4f}",
        f"{row.entropy:.4f}",
        f"{row.mutual_information:.4f}",
        *([f"{row.samples_used:.1f}"] if stopped else []),
        _difference(row) or ("reference" if row.name == "ideal_synapse" else ""),
        *([_any_chip(row)] if several else []),
        _nll_difference(row),
        number(row.mcnemar_p, ".2g"),
        *([row.verdict or ""] if judged else []),
        row.engine,
        f"{row.seconds:.1f}",
    ]


def pairs_table(pairs: Sequence[Pair], names: tuple[str, str] = ("first", "second")) -> TextTable:
    """One line per pair, second less first; differences of error in per cent, of NLL in nats."""
    several = any(pair.compared.combined_low is not None for pair in pairs)
    judged = any(pair.compared.margin is not None for pair in pairs)
    columns = [
        *names, "images", "chips", "difference %", *(["any chip"] if several else []), "NLL difference", "McNemar p",
        "Holm p", *(["verdict"] if judged else []),
    ]  # fmt: skip
    sides = [(pair.first, pair.first_set) for pair in pairs] + [(pair.second, pair.second_set) for pair in pairs]
    swept = SweptColumns.of(sides, columns)
    lines = [_pair_line(pair, swept, several, judged) for pair in pairs]
    note = "unpaired: the images differ, so each side is a sample of its own, and McNemar says nothing"
    unpaired = [pair for pair in pairs if not pair.paired]  # of which "any chip" is the one interval
    return make_table(
        f"{names[1]} less {names[0]}", columns, lines, note if unpaired else "",
        drop=DROP_OF_PAIRS[:-1] if unpaired else DROP_OF_PAIRS, shared=["images", "chips"],
        legend=LEGEND | _legend_of_pairs(pairs, unpaired) | swept.legend,
    ).left_aligned(names[1:])  # fmt: skip


def _legend_of_pairs(pairs: Sequence[Pair], unpaired: Sequence[Pair]) -> dict[str, str]:
    difference = "of error" if len(unpaired) == len(pairs) else f"of error, {DIFFERENCE}"
    single = any(pair.chips == 1 for pair in unpaired)
    any_chip = {"any chip": f"{LEGEND['any chip']} (with one chip on a side: of that chip)"} if single else {}
    nll = NLL_OF_SEVERAL if any(pair.compared.combined_low is not None for pair in pairs) else {}
    return {"difference %": difference, "Holm p": HOLM} | any_chip | nll


def _pair_line(pair: Pair, swept: SweptColumns, several: bool, judged: bool) -> list[str]:
    compared = pair.compared
    return [
        swept.label(pair.first, pair.first_set),
        swept.label(pair.second, pair.second_set),
        str(pair.images) if pair.paired else f"{pair.images} unpaired",
        str(pair.chips),
        _difference(compared),
        *([_any_chip(compared)] if several else []),
        _nll_difference(compared),
        number(compared.mcnemar_p, ".2g"),
        number(pair.holm_p, ".2g"),
        *([compared.verdict] if judged else []),
    ]


def _difference(of: Row | Difference) -> str:
    if of.difference is None:
        return ""
    return _with_interval(100 * of.difference, interval(of.difference_low, of.difference_high, 100, 2), 2)


def _any_chip(of: Row | Difference) -> str:
    return interval(of.combined_low, of.combined_high, 100, 2)


def _nll_difference(of: Row | Difference) -> str:
    if of.nll_difference is None:
        return ""
    return _with_interval(of.nll_difference, interval(of.nll_difference_low, of.nll_difference_high, 1, 4), 4)


def _with_interval(difference: float, limits: str, digits: int) -> str:
    return f"{signed(difference, digits)} {limits}".rstrip()

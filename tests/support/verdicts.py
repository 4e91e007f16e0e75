"""The sentences of a verdict, parsed, and every number and claim in them computed again from trials and rows: by numpy,
scipy and statsmodels, without the code that wrote them. `check_verdict` raises AssertionError for a claim that is not
true, and for a sentence that it does not know."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

NUMBER = r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf)"
NLL = r"NLL(?: \(misfit of probabilities\))?"


class Recomputed:
    """What a study's trials say."""

    def __init__(self, results):
        self.results = results
        self.points = [point for point in results.points if point.chips]
        self.error, self.nll = ([fun(p) for p in self.points] for fun in (errors, nlls))
        self.software_error, self.software_nll = (
            [fun_of(p.reference.prediction.probability, p.labels) for p in self.points] for fun_of in (error_of, nll_of)
        )
        error = [
            signs_p(here - there, here, there) for here, there in zip(self.error, self.software_error, strict=True)
        ]
        nll = [z_p(here - there) for here, there in zip(self.nll, self.software_nll, strict=True)]
        self.error_is = directions(error, self.error, self.software_error)
        self.nll_is = directions(nll, self.nll, self.software_nll)
        self.error_p = multipletests(error, method="holm")[1]
        self.ties, self.worst = {}, None  # worst: the point that the sentence before names

    def mean(self, index):
        """(error, NLL) of a point."""
        return float(np.mean(self.error[index])), float(np.mean(self.nll[index]))

    def ratio(self, index):
        return float(np.mean(self.nll[index]) / np.mean(self.software_nll[index]))

    def difference(self, index):
        return float(np.mean(self.error[index]) - np.mean(self.software_error[index]))

    def worse(self, index):
        return self.error_is[index] > 0 or self.nll_is[index] > 0

    def tie(self, end):
        """Indices of the points that tie with the one of lowest (end 1) or highest NLL (end -1), that one first."""
        if end not in self.ties:
            self.ties[end] = self._tie(end)
        return self.ties[end]

    def _tie(self, end):
        order = sorted(range(len(self.points)), key=lambda index: end * self.mean(index)[1])
        first, others = order[0], order[1:]
        p = {"error": [], "nll": []}
        for index in others:
            both = sorted(self.points[index].chips.keys() & self.points[first].chips.keys())
            here, there = (rows_of(self.error, self.points, one, both) for one in (index, first))
            p["error"].append(signs_p(here - there, here, there))
            p["nll"].append(
                z_p(rows_of(self.nll, self.points, index, both) - rows_of(self.nll, self.points, first, both))
            )
        beyond = set()
        for name, values in p.items():
            measured = getattr(self, name)
            is_ = directions(values, [measured[index] for index in others], [measured[first]] * len(others))
            beyond |= {index for index, one in zip(others, is_, strict=True) if one == end}
        return [index for index in order if index not in beyond]

    def named(self, text):
        """The index of the point that a name is of."""
        name, _, given = text.partition(" with ")
        wanted = dict(part.split("=", 1) for part in given.split(", ")) if given else {}
        found = [
            index
            for index, point in enumerate(self.points)
            if point.name == name and all(reads(text, point.settings[key]) for key, text in wanted.items())
        ]
        assert len(found) == 1, (text, found)
        return found[0]


def error_of(probability, labels):
    return (np.argmax(probability, axis=-1) != labels).astype(float)


def nll_of(probability, labels):
    return -np.log(np.clip(probability[np.arange(len(labels)), labels].astype(float), 1e-12, None))


def errors(point):
    return np.stack([error_of(chip.prediction.probability, chip.labels) for chip in point.chips.values()])


def nlls(point):
    return np.stack([nll_of(chip.prediction.probability, chip.labels) for chip in point.chips.values()])


def rows_of(values, points, index, chips):
    order = list(points[index].chips)
    return values[index][[order.index(chip) for chip in chips]]


def signs_p(delta, here, there):
    """McNemar's test, with several chips that of random signs, against a single reference also that of matched sets."""
    sums = delta.sum(axis=0).round().astype(int)
    p = two_sided(int(sums[sums > 0].sum()), [(abs(s), 0.5) for s in sums if s])
    if there.ndim == 1:
        wrong, of = here.sum(axis=0) + there, len(here) + 1
        sets = [(1, float(w) / of) for w in wrong if 0 < w < of]
        p = max(p, two_sided(int(there[(wrong > 0) & (wrong < of)].sum()), sets))
    return p


def two_sided(seen, steps):
    law = {0: 1.0}
    for step, chance in steps:
        spread = Counter()
        for value, share in law.items():
            spread[value] += share * (1 - chance)
            spread[value + step] += share * chance
        law = spread
    tails = (sum(p for v, p in law.items() if side * v >= side * seen) for side in (1, -1))
    return min(1.0, 2 * min(tails))


def z_p(delta):
    over_images = delta.mean(axis=0)
    se = over_images.std(ddof=1) / np.sqrt(len(over_images))
    if se == 0:
        return float(over_images.mean() == 0)
    return float(2 * norm.sf(abs(over_images.mean()) / se))


def directions(p, here, there):
    corrected = multipletests(p, method="holm")[1] if len(p) else []
    return [
        int(np.sign(np.mean(a) - np.mean(b))) * bool(q < 0.05) for q, a, b in zip(corrected, here, there, strict=True)
    ]


UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "day": 86400, "year": 365 * 86400}


def reads(text, value):
    """Whether a text is that of a setting's value; times have three digits and a unit."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text == ("none" if value is None else str(value))
    number, _, unit = text.partition(" ")
    if not re.fullmatch(NUMBER, number):
        return False
    if not unit:
        return float(number) == float(f"{value:g}")
    seconds = UNITS.get(unit) or UNITS[unit.removesuffix("s")]
    return says(number, value / seconds)


def meant(text, values):
    """The one of a setting's values that a text is of."""
    (found,) = {value for value in values if reads(text, value)}
    return found


def says(text, value):
    """Whether a number in a sentence is `value`, rounded to its decimals."""
    digits = len(text.partition(".")[2])
    return abs(float(text) - value) <= 0.5 * 10.0**-digits + 1e-9


def says_range(text, values):
    ends = text.split(" to ")
    return says(ends[0], min(values)) and says(ends[-1], max(values)) and len(set(ends)) == len(ends)


def is_(direction):
    return "shown" if direction else "not shown"


def some(count, of):
    return {0: f"none of {of}", of: f"all {of}"}.get(count, f"{count} of {of}")


def check_sentence(study, sentence):
    """What has checked it. study: `Recomputed`."""
    found = [(check, match) for pattern, check in CHECKS if (match := re.fullmatch(pattern, sentence))]
    assert len(found) == 1, f"{len(found)} checks for: {sentence}"
    check, match = found[0]
    check(study, match)
    return check


def check_verdict(results, sentences):
    """Every sentence is known, true, and where it belongs; what must be said is said."""
    study = Recomputed(results)
    checked = [check_sentence(study, sentence) for sentence in sentences]
    left = results.missing + len(results.failures)
    assert (unfinished in checked) == bool(left)
    assert (one_chip in checked) == all(len(point.chips) == 1 for point in study.points)
    if len(study.points) > 3:
        assert checked[bool(left)] is best
        assert software in checked
    else:
        assert checked.count(setting) == len(study.points)


def unfinished(study, match):
    assert int(match["left"]) == study.results.missing + len(study.results.failures)


def one_chip(study, match):
    assert all(len(point.chips) == 1 for point in study.points)


def setting(study, match):
    index = study.named(match["name"])
    row = study.points[index].row
    error, nll = study.mean(index)
    software = float(np.mean(study.software_error[index]))
    assert says(match["error"], 100 * error)
    assert says(match["software"], 100 * software)
    if match["points"] is None:
        assert round(error - software, 9) == 0
    else:
        assert says(match["points"], 100 * abs(error - software))
        assert match["side"] == ("less" if error < software else "more")
    delta = (study.error[index] - study.software_error[index]).mean(axis=0)
    half = norm.ppf(0.975) * np.append(delta, [1, -1]).std(ddof=1) / np.sqrt(len(delta) + 2)
    assert says(match["low"], 100 * (delta.mean() - half))
    assert says(match["high"], 100 * (delta.mean() + half))
    assert match["shown"] == is_(study.error_is[index])
    if match["p"]:
        assert match["p"] == f"{study.error_p[index]:.2g}"
        assert match["of"] is None or int(match["of"]) == len(study.points)
    assert (match["margin"] is None) == (row.margin is None)
    if row.margin is not None:
        assert float(match["margin"]) == 100 * row.margin
        assert match["equal"] == is_(row.equivalent)
    assert match["ratio"] is None or says(match["ratio"], study.ratio(index))
    assert says(match["nll"], nll - float(np.mean(study.software_nll[index])))
    assert match["nll_shown"] == is_(study.nll_is[index])
    check_lead(study, index, match["lead"])


def check_lead(study, index, lead):
    if len(study.points) > 1:
        ties = study.tie(1)
        expected = "Best" if index == ties[0] else "Ties with the best" if index in ties else "Worse than the best"
    elif study.error_is[0] == study.nll_is[0] == 0:
        expected = "Not shown to differ from ideal software"
    else:
        sides = {study.error_is[0], study.nll_is[0]}
        expected = {1: "Worse", -1: "Better"}[max(sides, key=abs)] if len(sides - {0}) == 1 else "Better and worse"
        expected += " than ideal software"
    assert lead == expected


def outcome(study, index, match):
    error, nll = study.mean(index)
    assert says(match["error"], 100 * error)
    assert says(match["nll"], nll)


def best(study, match):
    ties = study.tie(1)
    assert study.mean(study.named(match["name"])) == pytest.approx(study.mean(ties[0]), abs=1e-12)
    outcome(study, ties[0], match)
    if match["alone"]:
        assert len(ties) == 1
        assert int(match["alone"]) == len(study.points)
    else:
        assert match["many"].lower() == some(len(ties), len(study.points))
        assert int(match["images"]) == len(study.points[0].labels)


def worst(study, match):
    ties = study.tie(-1)
    study.worst = study.named(match["name"])
    assert study.mean(study.worst) == pytest.approx(study.mean(ties[0]), abs=1e-12)
    outcome(study, ties[0], match)
    assert match["ratio"] is None or says(match["ratio"], study.ratio(ties[0]))
    assert int(match["ties"] or 0) == len(ties) - 1


def software(study, match):
    number = range(len(study.points))
    assert int(match["comparisons"] or 1) == len(number)
    assert says_range(match["errors"], [100 * study.difference(i) for i in number])
    assert match["ratios"] is None or says_range(match["ratios"], [study.ratio(i) for i in number])
    for name, is_of in (("error", study.error_is), ("nll", study.nll_is)):
        assert match[f"{name}_higher"] == some(is_of.count(1), len(number))
        assert match[f"{name}_lower"] == (some(is_of.count(-1), len(number)) if -1 in is_of else None)
    rows = [point.row for point in study.points]
    if match["margin"]:
        assert float(match["margin"]) == 100 * rows[0].margin
        assert match["equal"] == some(sum(row.equivalent for row in rows), len(rows))
    else:
        assert rows[0].margin is None


def along(study, match):
    """Every point is in one clause, unless some were left out, and is as good as the clause says."""
    as_software = match["head"] == "Not shown to be worse than ideal software"
    ties = study.tie(1)
    good = [not study.worse(i) if as_software else i in ties for i in range(len(study.points))]
    assert as_software == any(not study.worse(i) for i in range(len(study.points)))
    seen = Counter()
    clauses = match["clauses"].split("; ")
    cut = re.fullmatch(r"and \d+ more", clauses[-1])
    for clause in clauses[:-1] if cut else clauses:
        groups, _, where = clause.rpartition(": ")
        inside = [
            i for i, p in enumerate(study.points) if not groups or any(in_group(p, g) for g in groups.split(", "))
        ]
        assert inside, clause
        seen.update(inside)
        check_where(where, [(study.points[i].settings[match["key"]], good[i]) for i in inside])
    assert set(seen.values()) == {1}
    assert cut or len(seen) == len(study.points)


def in_group(point, group):
    last = {key.rpartition(".")[2]: value for key, value in point.settings.items()}
    return all(
        reads(token.partition("=")[2], last[token.partition("=")[0]]) if "=" in token else token in last.values()
        for token in group.split("/")
    )


def check_where(where, values):
    """values: (of the key, good), of one group or of several that are alike."""
    every = [value for value, _ in values]
    if where in ("at every value", "at no value"):
        assert {good for _, good in values} == {where == "at every value"}
    elif match := re.fullmatch(r"at (\d+) of (\d+) values", where):
        assert sum(good for _, good in values) * int(match[2]) == int(match[1]) * len(values)
    elif match := re.fullmatch(r"from (.+) to (.+), worse beyond", where):
        low, high = (meant(match[end], every) for end in (1, 2))
        assert all(good == (low <= value <= high) for value, good in values)
    elif match := re.fullmatch(r"(up to|from) (.+?)(?: up)?, worse from (.+) (up|down)", where):
        side = 1 if match[1] == "up to" else -1
        assert match[4] == ("up" if side > 0 else "down")
        yes, no = ({side * value for value, good in values if good is wanted} for wanted in (True, False))
        assert (max(yes), min(no)) == (side * meant(match[2], every), side * meant(match[3], every))
        assert max(yes) < min(no)
    else:
        names = re.fullmatch(r"at (all but )?(.+)", where)
        listed = {meant(name, every) for name in names[2].split(", ")}
        assert {value for value, good in values if good is not bool(names[1])} == listed


def other_chips(study, match):
    most = max(len(point.chips) for point in study.points)
    assert int(match["chips"]) == most
    assert int(match["more"]) > most
    differences = sum(map(bool, study.error_is)) + sum(map(bool, study.nll_is))
    assert int(match["shown"]) == differences
    rows = [point.row for point in study.points]
    held = sum(e != 0 and r.combined_low <= 0 <= r.combined_high for e, r in zip(study.error_is, rows, strict=True))
    held += sum(
        e != 0 and r.nll_difference_low <= 0 <= r.nll_difference_high for e, r in zip(study.nll_is, rows, strict=True)
    )
    assert int(match["held"]) == held > 0


def measured(study, match):
    on = match["name"]
    index = study.worst if on == "it" else 0 if on == "its chips" else study.named(on)
    assert on != "its chips" or len(study.points) == 1
    for fact in match["facts"].split("; "):
        found = [(check, one) for pattern, check in FACTS if (one := re.fullmatch(pattern, fact))]
        assert len(found) == 1, fact
        found[0][0](study.points[index], found[0][1])


def layer_of(point, name, what):
    return np.concatenate([getattr(chip.recovery[name], what) for chip in point.chips.values()]).astype(float)


def every_layer(point, value):
    """By layer: the median of what is finite."""
    return {
        name: float(np.median(found[np.isfinite(found)])) if np.isfinite(found := value(name)).any() else 0.0
        for name in next(iter(point.chips.values())).recovery
    }


def reach(point, fact):
    name = fact["layer"]
    out = layer_of(point, name, "clipped") > 0
    assert (int(fact["out"]), int(fact["of"])) == (out.sum(), out.size)
    need, get = (np.median(layer_of(point, name, f"{what}_beta")[out]) for what in ("trained", "recovered"))
    assert says(fact["need"], need)
    assert says(fact["get"], get)
    assert out.mean() == max(layer_of(point, other, "clipped").mean() for other in every_layer(point, lambda n: out))


def noise(point, fact):
    layers = next(iter(point.chips.values())).recovery
    trained, recovered = (
        np.concatenate([layer_of(point, name, f"{what}_beta") for name in layers]) for what in ("trained", "recovered")
    )
    ratio = float(np.median(np.abs(recovered / trained)))
    if fact["share"] is None:
        assert np.isinf(ratio)
    elif fact["share"].startswith("1/"):
        assert float(fact["share"][2:]) == float(f"{ratio:.2g}")
    else:
        assert float(fact["share"]) == float(f"{1 / ratio:.2g}")
        assert abs(1 - ratio) > 0.05
    assert bool(fact["gain"]) == (point.config.neuron.scaling == "none")


def weights(point, fact):
    values = every_layer(
        point,
        lambda name: (
            np.sqrt(2) * np.abs(layer_of(point, name, "recovered_beta")) * layer_of(point, name, "direction_error")
        ),
    )
    assert float(fact["size"]) == float(f"{values[fact['layer']]:.2g}")
    assert values[fact["layer"]] == max(values.values())


def frozen(point, fact):
    values = every_layer(point, lambda name: layer_of(point, name, "frozen_share"))
    assert says(fact["share"], 100 * values[fact["layer"]])
    assert values[fact["layer"]] == max(values.values())


def thresholds(point, fact):
    values = every_layer(
        point, lambda name: np.abs(layer_of(point, name, "recovered_c") - layer_of(point, name, "trained_c"))
    )
    assert float(fact["off"]) == float(f"{values[fact['layer']]:.2g}")
    assert values[fact["layer"]] == max(values.values())


def confidence(point, fact):
    sure = np.stack([chip.prediction.probability.max(axis=1) for chip in point.chips.values()]).astype(float)
    right = 1 - errors(point)
    assert says(fact["sure"], 100 * sure.mean())
    assert says(fact["right"], 100 * right.mean())
    assert fact["side"] == ("over" if sure.mean() > right.mean() else "under")
    assert z_p(sure - right) < 0.05


NAME = r"(?P<name>\S+(?: with [^;]+?)?)"
GAIN = r"(?P<gain>, and the circuit has no gain)?"
FACTS = [
    (
        r"(?P<out>\d+) of (?P<of>\d+) neurons of (?P<layer>\S+) are out of the circuit's reach \(they need beta "
        rf"(?P<need>{NUMBER}) and get (?P<get>{NUMBER}), medians\)",
        reach,
    ),
    (
        rf"neurons have (?:no noise|(?P<share>\S+) (?:of|times) the noise they were trained with \(median\)){GAIN}",
        noise,
    ),
    (
        rf"errors of weights shift a neuron's sum by (?P<size>{NUMBER}) times its noise \((?P<layer>\S+), median\)",
        weights,
    ),
    (r"(?P<share>\d+) % of the noise of (?P<layer>\S+) is frozen, the same in all samples \(median\)", frozen),
    (rf"thresholds of (?P<layer>\S+) are off by (?P<off>{NUMBER}) \(median of c\)", thresholds),
    (r"(?P<side>over|under)confident: (?P<sure>[\d.]+) % sure on average, right in (?P<right>[\d.]+) %", confidence),
]
CHECKS = [
    (r"Not finished: (?P<left>\d+) trials? without result; what follows is of the others\.", unfinished),
    (r"One chip: nothing is known of how far chips differ; --set evaluation\.chips=5 tells\.", one_chip),
    (
        rf"(?P<lead>[^:]+): {NAME} has (?P<error>[\d.]+) % error, (?:(?P<points>[\d.]+) points (?P<side>more|less) than"
        rf"|as) ideal software's (?P<software>[\d.]+) % \(95 % interval (?P<low>[+-][\d.]+) to (?P<high>[+-][\d.]+), "
        rf"(?P<shown>shown|not shown)(?: by McNemar's test(?:, p (?P<p>{NUMBER})(?: for (?P<of>\d+) settings)?)?)?"
        rf"(?:; equal within (?P<margin>{NUMBER}) points: (?P<equal>shown|not shown))?\); {NLL} "
        rf"(?:(?P<ratio>[\d.]+) times \()?(?P<nll>[+-][\d.]+), (?P<nll_shown>shown|not shown)\)?\.",
        setting,
    ),
    (
        rf"(?:Best of (?P<alone>\d+) settings|(?P<many>.+) settings are equally good, as far as (?P<images>\d+) images "
        rf"tell; lowest {NLL}): {NAME} \((?P<error>[\d.]+) % error, NLL (?P<nll>[\d.]+)\)"
        rf"(?:; no other ties with it in error and in {NLL})?\.",
        best,
    ),
    (
        rf"Worst: {NAME} \((?P<error>[\d.]+) % error, NLL (?P<nll>[\d.]+)(?:, (?P<ratio>[\d.]+) times software's)?\)"
        r"(?:, (?P<ties>\d+) more tie with it)?\.",
        worst,
    ),
    (
        r"Beside ideal software(?: \((?P<comparisons>\d+) comparisons, corrected for\))?: "
        r"error (?P<errors>.+?) points, shown to be higher for (?P<error_higher>.+?)"
        r"(?:, lower for (?P<error_lower>.+?))?(?:, equal within (?P<margin>\S+) points for (?P<equal>.+?))?; NLL"
        r"(?: (?P<ratios>[\d. to]+) times)?, shown to be higher for (?P<nll_higher>.+?)"
        r"(?:, lower for (?P<nll_lower>.+?))?\.",
        software,
    ),
    (
        r"(?P<head>Not shown to be worse than ideal software|Ties with the best), along (?P<key>\S+): "
        r"(?P<clauses>.+)\.",
        along,
    ),
    (
        r"Other chips: for any chip the 95 % intervals of (?P<held>\d+) of the (?P<shown>\d+) shown differences? from "
        r"software hold 0; more chips than these (?P<chips>\d+) tell \(--set evaluation\.chips=(?P<more>\d+)\)\.",
        other_chips,
    ),
    (r"Measured on (?P<name>it|its chips|[^:]+): (?P<facts>.+)\.", measured),
]

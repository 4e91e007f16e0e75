"""The sentences of a verdict, parsed, and every number and claim in them computed again from trials and rows: by numpy,
scipy and statsmodels, without the code that wrote them. `check_verdict` raises AssertionError for a claim that is not
true, and for a sentence that it does not know."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from support.verdict.facts import FACTS
from support.verdict.recomputed import Recomputed, setting_of
from support.verdict.words import NUMBER, is_, meant, reads, says, says_range, some

BEST_FOUND = "No difference from the best found"
SAME = r"(?: with the same (?P<same>[a-z ]+))?"
NLL = r"NLL(?: \(misfit of probabilities\))?"


def check_sentence(study, sentence):
    """What has checked it. study: `Recomputed`."""
    found = [(check, match) for pattern, check in CHECKS if (match := re.fullmatch(pattern, sentence))]
    assert len(found) == 1, f"{len(found)} checks for: {sentence}"
    check, match = found[0]
    if "same" in match.groupdict() and match.groupdict().get("head") != BEST_FOUND:
        assert match["same"] == study.same_words
    check(study, match)
    return check


def check_verdict(results, sentences):
    """Every sentence is known, true, and where it belongs; what must be said is said."""
    study = Recomputed(results)
    left = results.missing + len(results.failures)
    if any(re.fullmatch(ALIKE, sentence) for sentence in sentences):
        return check_alike(study, sentences, left)
    checked = [check_sentence(study, sentence) for sentence in sentences]
    assert (unfinished in checked) == bool(left)
    assert (guess in checked) == bool(study.guesses)
    assert (too_few in checked) == (bool(study.too_few) and not study.guesses)
    if study.guesses:
        assert checked == [unfinished] * bool(left) + [guess, hardware]
        return None
    assert (one_chip in checked) == all(len(point.chips) == 1 for point in study.points)
    assert (images in checked or proof in checked) == must_say_images(study)
    number = len(study.points)
    assert number == 1 or not all(map(study.same, range(number)))
    assert (each in checked) == (1 < number <= 3 and study.same_words is not None)
    assert (margin in checked) == (number > 1 and study.points[0].row.margin is not None)
    if number > 3:
        assert best in checked[bool(left) :][:2]
        assert software in checked
    elif number == 1:
        assert lead in checked
        assert setting in checked
    elif len({chip.images_digest for point in study.points for chip in point.chips.values()}) > 1:
        assert checked.count(setting) == number
    else:
        assert checked.count(lowest) == 1
        assert checked.count(other) + checked.count(same) + checked.count(stranger) == number - 1
    return None


def check_alike(study, sentences, left):
    """All the same: what follows is the verdict of one of them."""
    match = re.fullmatch(ALIKE, sentences[bool(left)])
    assert int(match["settings"]) == len(study.points) > 1
    assert all(map(study.same, range(len(study.points))))
    one = replace(study.results, points=[study.points[study.first]])
    check_verdict(one, [*sentences[: bool(left)], *sentences[bool(left) + 1 :]])


def unfinished(study, match):
    assert int(match["left"]) == study.results.missing + len(study.results.failures)


def guess(study, match):
    index = study.guesses[0]
    assert says(match["error"], 100 * float(np.mean(study.software_error[index])))
    classes = study.points[index].reference.prediction.probability.shape[1]
    assert says(match["chance"], 100 * (1 - 1 / classes))
    assert bool(match["worse"]) == (study.chance_p(index, "greater") < 0.05)
    if match["of"] is None:
        assert len(study.guesses) == len(study.points)
    else:
        assert match["of"] == some(len(study.guesses), len(study.points))


def too_few(study, match):
    assert int(match["images"]) == len(study.points[study.too_few[0]].labels)


def hardware(study, match):
    assert says_range(match["errors"].replace(" %", ""), [100 * study.mean(i)[0] for i in range(len(study.points))])


def one_chip(study, match):
    assert all(len(point.chips) == 1 for point in study.points)
    assert bool(match["each"]) != one_chip_of_all(study)


def interval(delta):
    """Bonett and Price, of a difference of errors (chips, images), in points."""
    of_images = delta.mean(axis=0)
    half = norm.ppf(0.975) * np.append(of_images, [1, -1]).std(ddof=1) / np.sqrt(len(of_images) + 2)
    return 100 * (of_images.mean() - half), 100 * (of_images.mean() + half)


def best_interval(study):
    return interval(study.error[study.first] - study.software_error[study.first])


def must_say_images(study):
    low, high = best_interval(study)
    return high - low > 1 or equality_is_open(study)


def images(study, match):
    low, high = best_interval(study)
    number = len(study.points[study.first].labels)
    assert high - low > 1
    assert int(match["images"]) == number
    assert says(match["width"], high - low)
    assert float(match["needed"]) == float(f"{number * (high - low) ** 2:.2g}")
    assert match["whose"] == ("the" if len(study.points) == 1 else "the best's")
    assert bool(match["proof"]) == equality_is_open(study)


def equality_is_open(study):
    return study.points[study.first].row.margin is None and not study.error_is[study.first]


def proof(study, match):
    low, high = best_interval(study)
    assert high - low <= 1
    assert equality_is_open(study)


def lead(study, match):
    """Of the only setting: which measure is significantly higher or lower, by how much; the margin before it."""
    (point,), (error,), (nll,) = study.points, study.error_is, study.nll_is
    text, row = match["lead"], point.row
    if row.margin is not None:
        within = rf"within {100 * row.margin:g} points? of error"
        here = r" on this chip" if len(point.chips) == 1 else ""
        if row.equivalent:
            found = re.fullmatch(rf"Equal to ideal software {within}{here}; (.+)", text)
            text = f"{'' if error else 'error as ideal software`s, '}{found[1]}"
        else:
            found = re.fullmatch(rf"Equality with ideal software {within}{here} is not established\. (.+)", text)
            text = found[1]
    if len(point.chips) == 1:
        assert "on this chip" in match["lead"]
    else:
        assert "on this chip" not in match["lead"]
    if error == nll == 0 and not row.equivalent:
        assert text.startswith("No difference from ideal software found")
    elif error == nll and not row.equivalent:
        assert text.startswith({1: "Worse", -1: "Better"}[error] + " than ideal software")
    else:
        word = {1: "higher", -1: "lower", 0: "as"}
        assert re.search(r"rror (higher|lower|as)", text)[1] == word[error]
        found = re.search(rf"(no difference found in )?{NLL} ?(higher|lower)?", text)
        assert bool(found[1]) == (nll == 0)
        assert found[2] == (word[nll] if nll else None)
    points, times = (re.search(rf"\(({NUMBER}) {unit}\)", text) for unit in ("points", "times"))
    assert (points is not None) == (error != 0)
    assert (times is not None) == (nll != 0)
    assert points is None or says(points[1], 100 * study.difference(0))
    assert times is None or says(times[1], study.ratio(0))
    number = re.search(r"as far as (\d+) images tell", text)
    assert (number is not None) == (error == 0 and not row.equivalent)
    assert number is None or int(number[1]) == len(point.labels)


def setting(study, match, index=None):
    """Beside ideal software."""
    index = study.named(match["name"]) if index is None else index
    theirs = float(np.mean(study.software_error[index]))
    assert says(match["error"], 100 * study.mean(index)[0])
    assert says(match["software"], 100 * theirs)
    delta = study.error[index] - study.software_error[index]
    numbers(match, delta, study.ratio(index), (study.error_is[index], study.nll_is[index], study.error_p[index]))
    assert match["of"] is None or int(match["of"]) == len(study.points)
    return index


def numbers(match, delta, ratio, found):
    """Of a difference; found: directions of error and NLL, and p."""
    difference = delta.mean()
    if match["points"] is None:
        assert round(difference, 9) == 0
    else:
        assert says(match["points"], 100 * abs(difference))
        assert match["side"] == ("less" if difference < 0 else "more")
    low, high = interval(delta)
    assert says(match["low"], low)
    assert says(match["high"], high)
    assert match["is"] == is_(found[0])
    assert (match["p"] is None) == ((low <= 0 <= high) != bool(found[0]))
    assert match["p"] is None or match["p"] == f"{found[2]:.2g}"
    assert match["ratio"] is None or says(match["ratio"], ratio)
    assert match["nll_is"] == is_(found[1])


def lowest(study, match):
    index = setting(study, match)
    assert study.mean(index)[1] == pytest.approx(study.mean(study.first)[1], abs=1e-12)
    assert bool(match["best"]) == (len(study.tie(1)) == 1 and not strangers(study))
    assert bool(match["here"]) == one_chip_of_all(study)
    assert int(match["of"]) == len(study.points)
    built(study, match)


def other(study, match):
    index = study.named(match["name"])
    error, nll, _ = study.apart_from(study.first)[index]
    word = {1: "higher", -1: "lower"}
    if error == nll:
        both = f"{word.get(error, '').capitalize()} error and NLL than the best"
        wanted = both if error else "No difference from the best found"
    else:
        sides = [f"{word[side]} {name}" for name, side in (("error", error), ("NLL", nll)) if side]
        wanted = f"{' and '.join(sides).capitalize().replace('nll', 'NLL')} than the best"
    assert match["lead"] == wanted
    assert says(match["error"], 100 * study.mean(index)[0])
    against_best(study, index, match)
    assert says(match["software_points"], 100 * study.difference(index))
    assert match["software_ratio"] is None or says(match["software_ratio"], study.ratio(index))
    of = {(0, 0): "neither significant", (1, 0): "significant in error alone", (0, 1): "significant in NLL alone"}
    both = (abs(study.error_is[index]), abs(study.nll_is[index]))
    assert match["both"] == of.get(both, "both significant")


def against_best(study, index, match):
    here, there = study.on_shared(study.error, index, study.first)
    ratio = np.divide(*(nll.mean() for nll in study.on_shared(study.nll, index, study.first)))
    numbers(match, here - there, ratio, study.apart_from(study.first)[index])
    chips = [set(study.points[one].chips) for one in (index, study.first)]
    assert (match["both_have"] is None) == (chips[0] == chips[1])
    assert match["both_have"] is None or int(match["both_have"]) == len(chips[0] & chips[1])


def same(study, match):
    assert study.same(study.named(match["name"]))


def stranger(study, match):
    assert not study.shared(setting(study, match), study.first)


def each(study, match):
    assert match["same"]


def one_chip_of_all(study):
    return len({chip for point in study.points for chip in point.chips}) == 1


def strangers(study):
    """How many have no chip in common with the best."""
    return sum(not study.shared(index, study.first) for index in range(len(study.points)))


def outcome(study, index, match):
    error, nll = study.mean(index)
    assert says(match["error"], 100 * error)
    assert says(match["nll"], nll)


def best(study, match):
    built(study, match)
    ties, number = study.tie(1), len(study.points)
    assert study.mean(study.named(match["name"])) == pytest.approx(study.mean(ties[0]), abs=1e-12)
    outcome(study, ties[0], match)
    alike = sum(study.same(index) for index in range(number)) - 1
    assert int(match["alike"] or 0) == alike
    apart = strangers(study)
    others, tie = number - 1 - alike - apart, len(ties) - 1 - alike
    assert int(match["of"]) == number
    assert int(match["apart"] or 0) == apart
    assert bool(match["best"]) == (tie == 0 and not apart)
    assert bool(match["here"]) == one_chip_of_all(study)
    if not others:
        assert match["worse"] is match["many"] is None
    elif match["worse"]:
        assert match["worse"] == some(others, others)
    else:
        assert match["many"] == some(tie, others)
        assert int(match["images"]) == len(study.points[0].labels)


def built(study, match):
    """Of those that tie with a best that needs a computed product: that of lowest NLL which needs none."""
    first, *ties = study.tie(1)
    can = [index for index in ties if study.points[index].config.neuron.scaling != "digital"]
    if study.points[first].config.neuron.scaling == "digital" and can:
        assert match["built"] is not None
        assert study.mean(study.named(match["built"])) == pytest.approx(study.mean(can[0]), abs=1e-12)
    else:
        assert match["built"] is None


def worst(study, match):
    ties = study.tie(-1)
    study.worst = study.named(match["name"])
    assert study.mean(study.worst) == pytest.approx(study.mean(ties[0]), abs=1e-12)
    outcome(study, ties[0], match)
    assert bool(match["apart"]) != bool(study.shared(ties[0], study.first))
    if not match["apart"]:
        against_best(study, ties[0], match)
    assert int(match["ties"] or 0) == len(ties) - 1


def margin(study, match):
    rows = [point.row for point in study.points]
    assert float(match["margin"]) == 100 * rows[0].margin
    assert match["equal"] == some(sum(row.equivalent for row in rows), len(rows))
    assert bool(match["here"]) == one_chip_of_all(study)


def software(study, match):
    number = range(len(study.points))
    assert match["each"] == ("Each beside" if study.same_words else "Beside")
    assert int(match["comparisons"] or 1) == len(number)
    assert says_range(match["errors"], [100 * study.difference(i) for i in number])
    assert match["ratios"] is None or says_range(match["ratios"], [study.ratio(i) for i in number])
    for name, is_of in (("error", study.error_is), ("nll", study.nll_is)):
        assert match[f"{name}_higher"] == some(is_of.count(1), len(number))
        assert match[f"{name}_lower"] == (some(is_of.count(-1), len(number)) if -1 in is_of else None)


def along(study, match):
    """Every point is in one clause, unless some were left out, and is as good as the clause says."""
    as_software = match["head"] == "Neither error nor NLL significantly above software's"
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
        for rows in rows_along(study, match["key"], inside):
            check_where(where, [(study.points[i].settings[match["key"]], good[i], study.mean(i)[1]) for i in rows])
    assert set(seen.values()) == {1}
    assert cut or len(seen) == len(study.points)


def in_group(point, group):
    last = {key.rpartition(".")[2]: value for key, value in point.settings.items()}
    return all(
        reads(text, last[key]) if text else key in last.values() for key, text in map(setting_of, group.split("/"))
    )


def rows_along(study, key, indices):
    """Those that differ in the key, and in what moves together with it, alone."""
    every, rows = [point.settings for point in study.results.points], {}
    moving = {key} | {
        other for other in every[0] if all(a[other] == b[other] for a in every for b in every if a[key] == b[key])
    }
    for i in indices:
        rest = [(other, value) for other, value in study.points[i].settings.items() if other not in moving]
        rows.setdefault(str(rest), []).append(i)
    return rows.values()


def check_where(where, values):
    """values: (of the key, good, NLL), of settings that differ in the key alone."""
    yes, no = ([(value, nll) for value, good, nll in values if good is wanted] for wanted in (True, False))
    if where in ("at every value", "at no value"):
        assert not (no if where == "at every value" else yes)
    elif match := re.fullmatch(r"at (\d+) of (\d+) values", where):
        assert (len(yes), len(values)) == (int(match[1]), int(match[2]))
        assert all(len(side) > 8 or sum(len(str(value)) for value, _ in side) > 80 for side in (yes, no))
    elif "worse" in where:
        assert worse_beyond(where, [value for value, _, _ in values]) == [good for _, good, _ in values]
        assert max(nll for _, nll in yes) < min(nll for _, nll in no)
    else:
        names = re.fullmatch(r"at (all but )?(.+?)( alone)?", where)
        listed = [meant(name, [value for value, _, _ in values]) for name in names[2].split(", ")]
        assert sorted(map(str, listed)) == sorted(str(value) for value, _ in (no if names[1] else yes))
        assert not names[3] or not has_limit(yes, no)


def worse_beyond(where, every):
    """Which values a sentence with a limit calls good."""
    if match := re.fullmatch(r"(?:from (.+) to|at) (.+), worse beyond", where):
        high = meant(match[2], every)
        low = meant(match[1], every) if match[1] else high
        assert min(every) < low <= high < max(every)
        assert (low < high) == bool(match[1])
        return [low <= value <= high for value in every]
    match = re.fullmatch(r"(up to|from) (.+?)(?: up)?, worse from (.+) (up|down)", where)
    side = 1 if match[1] == "up to" else -1
    assert match[4] == ("up" if side > 0 else "down")
    last, next_ = (side * meant(match[end], every) for end in (2, 3))
    assert next_ == min(side * value for value in every if side * value > last)
    return [side * value <= last for value in every]


def has_limit(yes, no):
    """Whether no bad value is between good ones, nor one of lower NLL than a good one."""
    values, nll = zip(*yes, strict=True)
    return all(value < min(values) or value > max(values) for value, _ in no) and max(nll) < min(x for _, x in no)


def other_chips(study, match):
    most = max(len(point.chips) for point in study.points)
    assert int(match["chips"]) == most
    assert int(match["more"]) > most
    found = zip(study.error_is, study.nll_is, [point.row for point in study.points], strict=True)
    several = [(error, nll, row) for error, nll, row in found if row.chips > 1]
    differences = sum(bool(error) + bool(nll) for error, nll, _ in several)
    held = sum(error != 0 and row.combined_low <= 0 <= row.combined_high for error, _, row in several)
    held += sum(nll != 0 and row.nll_difference_low <= 0 <= row.nll_difference_high for _, nll, row in several)
    assert held > 0
    assert match["held"] == some(held, differences)


def measured(study, match):
    on = match["name"]
    told = {"that one": study.worst, "the best": study.first, "its chips": 0}
    index = told[on] if on in told else study.named(on)
    assert on != "its chips" or len(study.points) == 1
    for fact in match["facts"].split("; "):
        found = [(check, one) for pattern, check in FACTS if (one := re.fullmatch(pattern, fact))]
        assert len(found) == 1, fact
        found[0][0](study.points[index], found[0][1])


NAME = r"(?P<name>\S+(?: with [^;]+?)?)"
PROOF = r"[Nn]ot significant is no proof of equality: evaluation\.margin=0\.01 asks for that within 1 point"
HERE = r"(?P<here> on this chip)?"
ALIKE = r"All (?P<settings>\d+) settings give the same results; what follows is of one of them\."
MORE = r"(?P<points>[\d.]+) points (?P<side>more|less)"
BOTH_HAVE_AFTER = r"(?: on (?P<both_have>\d+) chips? that both have)?"
BOTH_HAVE = rf"(?:(?: than|as) the best{BOTH_HAVE_AFTER})?"
SIZE = rf"(?:{MORE} than|as)"
IS = (
    r"\(95 % interval (?P<low>[+-][\d.]+) to (?P<high>[+-][\d.]+)"
    rf"(?: (?:uncorrected; corrected|but McNemar's) p (?P<p>{NUMBER}))?: (?P<is>significant|not significant)"
)
OF_NLL = r"NLL (?:(?P<ratio>[\d.]+) times|[+-][\d.]+) \((?P<nll_is>significant|not significant)\)"
ERROR = rf"{NAME} has (?P<error>[\d.]+) % error, "
HAS = f"{ERROR}{SIZE}"
BUILT = r"(?:; (?P<built>\S+(?: with [^;]+?)?), which can be built, ties with it)?"
OUTCOME = rf"{NAME} \((?P<error>[\d.]+) % error, NLL (?P<nll>[\d.]+)\)"
CHECKS = [
    (r"Not finished: (?P<left>\d+) trials? without result; what follows is of the others\.", unfinished),
    (
        r"One chip(?P<each> of each setting)?: nothing is known of how far chips differ; evaluation\.chips=5 tells\.",
        one_chip,
    ),
    (
        r"Ideal software itself is (?:no better|(?P<worse>worse)) than a guess(?: for (?P<of>.+) settings)? "
        r"\((?P<error>[\d.]+) % error; (?P<chance>\d+) % is chance\): (?:are the labels those of training \(from 0, in "
        r"the same order\), and the images in \[0, 1\] with its polarity, scale and orientation|are labels shifted or "
        r"in another order than in training \(they count from 0\), or images inverted)\?",
        guess,
    ),
    (r"(?P<images>\d+) images? cannot tell whether ideal software is better than a guess\.", too_few),
    (r"Hardware has (?P<errors>.+) % error; beside a guess nothing is claimed\.", hardware),
    (
        r"(?P<lead>(?:No difference from ideal software found|(?:Better|Worse) than ideal software|"
        r"Error (?:higher|lower|as) |"
        r"Equality with ideal software within .+ is not established\. |"
        r"Equal to ideal software within .+ of error(?: on this chip)?; ).*)\.",
        lead,
    ),
    (
        rf"{HAS} ideal software's (?P<software>[\d.]+) % {IS}(?: at 5 %, corrected for (?P<of>\d+) comparisons)?\); "
        rf"{OF_NLL}\.",
        setting,
    ),
    (
        rf"(?:(?P<best>Best: lowest)|Lowest) {NLL}{HERE}: {HAS} ideal software's (?P<software>[\d.]+) % {IS} at 5 %, "
        rf"corrected for (?P<of>\d+) comparisons\); {OF_NLL}{BUILT}\.",
        lowest,
    ),
    (
        rf"(?P<lead>[^:]+): {ERROR}(?:{MORE}|the same)?{BOTH_HAVE} {IS}\); {OF_NLL}; beside ideal software "
        r"(?P<software_points>[+-][\d.]+) points, NLL (?:(?P<software_ratio>[\d.]+) times|[+-][\d.]+), (?P<both>.+)\.",
        other,
    ),
    (rf"The same results as the best: {NAME}\.", same),
    (
        rf"{NAME} has no chip in common with the best: (?P=name) has (?P<error>[\d.]+) % error, {SIZE} "
        rf"ideal software's (?P<software>[\d.]+) % {IS}(?: at 5 %, corrected for (?P<of>\d+) comparisons)?\); "
        rf"{OF_NLL}\.",
        stranger,
    ),
    (rf"Each is compared with ideal software{SAME}\.", each),
    (
        rf"(?:(?P<best>Best: lowest)|Lowest) {NLL} of (?P<of>\d+) settings{HERE}: {OUTCOME}"
        r"(?:, the same results for (?P<alike>\d+) more)?; (?:no difference from it found for (?P<many>.+) others with "
        r"(?P<images>\d+) images|significantly higher error or "
        rf"{NLL} for (?P<worse>.+?) others)?(?:(?:; )?(?P<apart>\d+) more (?:has|have) no chip in common with it)?"
        rf"{BUILT}\.",
        best,
    ),
    (
        rf"Highest NLL: {OUTCOME}; (?:(?P<apart>no chip in common with the best)|"
        rf"{SIZE} the best{BOTH_HAVE_AFTER} {IS}\); {OF_NLL})(?:; (?P<ties>\d+) more ties? with it)?\.",
        worst,
    ),
    (
        rf"Equality with ideal software{SAME} within (?P<margin>{NUMBER}) points? of error{HERE} is established for "
        r"(?P<equal>.+) settings\.",
        margin,
    ),
    (
        rf"(?P<proof>{PROOF})\.",
        proof,
    ),
    (
        r"(?P<images>\d+) images?: the 95 % interval of (?P<whose>the|the best's) difference of error is "
        rf"(?P<width>[\d.]+) points wide, with about (?P<needed>\d+) it would be 1 point(?:; (?P<proof>{PROOF}))?\.",
        images,
    ),
    (
        rf"(?P<each>Each beside|Beside) ideal software{SAME} "
        r"\(significant: 5 %(?:, corrected for (?P<comparisons>\d+) comparisons)?\): "
        r"error (?P<errors>.+?) points, significantly higher for (?P<error_higher>.+?)"
        r"(?:, lower for (?P<error_lower>.+?))?; NLL"
        r"(?: (?P<ratios>[\d. to]+) times)?, significantly higher for (?P<nll_higher>.+?)"
        r"(?:, lower for (?P<nll_lower>.+?))?\.",
        software,
    ),
    (
        rf"(?P<head>Neither error nor NLL significantly above software's|{BEST_FOUND}){SAME}, along "
        r"(?P<key>\S+): "
        r"(?P<clauses>.+)\.",
        along,
    ),
    (
        r"Other chips: (?P<held>.+) significant differences? from software on these (?P<chips>\d+) chips "
        r"may be gone there \(95 % intervals over chips hold 0\); evaluation\.chips=(?P<more>\d+) tells\.",
        other_chips,
    ),
    (r"Measured on (?P<name>the best|that one|its chips|[^:]+): (?P<facts>.+)\.", measured),
]

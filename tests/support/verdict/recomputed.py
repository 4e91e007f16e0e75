"""What the trials of a study say, by numpy and scipy."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

import numpy as np
from scipy.stats import binomtest, norm

from support.verdict.words import reads


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
        self.error_p = holm(error)
        self.ties, self.worst = {}, None  # worst: the point that the sentence before names
        self.first = min(range(len(self.points)), key=lambda index: self.mean(index)[1])

    @property
    def same_words(self):
        """What each point has in common with ideal software; None where all have the same."""
        words = {"evaluation.samples": "samples", "evaluation.images": "images", "evaluation.seed": "seed"}
        swept = [word for key, word in words.items() if len({point.settings.get(key) for point in self.points}) > 1]
        return " and ".join(swept) or None

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
        apart = self.apart_from(order[0])
        return [
            index for index in order if self.same(index, order[0]) or (index in apart and end not in apart[index][:2])
        ]

    def shared(self, index, other):
        """Chips that both points have."""
        return sorted(self.points[index].chips.keys() & self.points[other].chips.keys())

    def on_shared(self, of, index, other):
        """`of` (self.error or self.nll) of both, (chips, images) of the chips that both have."""
        both = self.shared(index, other)
        return [rows_of(of, self.points, one, both) for one in (index, other)]

    def apart_from(self, first):
        """By index: (direction of error, of NLL, corrected p of error) against a point."""
        others = [index for index in range(len(self.points)) if index != first and self.shared(index, first)]
        p = {"error": [], "nll": []}
        for index in others:
            here, there = self.on_shared(self.error, index, first)
            p["error"].append(signs_p(here - there, here, there))
            here, there = self.on_shared(self.nll, index, first)
            p["nll"].append(z_p(here - there))
        found = []
        for name, values in p.items():
            pairs = [self.on_shared(getattr(self, name), index, first) for index in others]
            found.append(directions(values, [here for here, _ in pairs], [there for _, there in pairs]))
        corrected = holm(p["error"])
        return {index: one for index, *one in zip(others, *found, corrected, strict=True)}

    def same(self, index, to=None):
        """Whether a point has the results of another, of the best if none is named, but for a rounding in 2 % of
        images."""
        ends = (index, self.first if to is None else to)
        if len({tuple(sorted(self.points[one].chips)) for one in ends}) > 1:
            return False
        both = (list(self.points[one].chips.values()) for one in ends)
        probability = [np.stack([chip.prediction.probability for chip in chips]) for chips in both]
        changed = np.not_equal(*probability).any(axis=2) if probability[0].shape == probability[1].shape else True
        return bool(np.mean(changed) <= 0.02)

    @property
    def guesses(self):
        """Indices of the points whose ideal software is not better than chance, of images that could show it."""
        return [
            index
            for index in self.beside_software
            if index not in self.too_few and self.chance_p(index, "less") >= 0.05
        ]

    @property
    def too_few(self):
        """Indices of the points with so few images that a guess of all of them is likely."""
        return [index for index in self.beside_software if self.chance_p(index, "less", wrong=0) >= 0.05]

    @property
    def beside_software(self):
        return [index for index, point in enumerate(self.points) if point.reference is not None]

    def chance_p(self, index, side, wrong=None):
        """p of ideal software's errors, or of so many wrong, against a guess."""
        error = self.software_error[index]
        classes = self.points[index].reference.prediction.probability.shape[1]
        number = int(error.sum()) if wrong is None else wrong
        return binomtest(number, len(error), 1 - 1 / classes, alternative=side).pvalue

    def named(self, text):
        """The index of the point that a name is of."""
        name, _, given = text.partition(" with ")
        wanted = dict(setting_of(part) for part in given.split(", ")) if given else {}
        found = [
            index
            for index, point in enumerate(self.points)
            if point.name == name and all(reads(text, point.settings[key]) for key, text in wanted.items())
        ]
        assert len(found) == 1, (text, found)
        return found[0]


def setting_of(text):
    """Key and value of `key=value`, and of times of `key 1 us` without the unit of the key; of a name that and ''."""
    if "=" in text or " " not in text:
        return text.split("=", 1) if "=" in text else (text, "")
    key, value = text.split(" ", 1)
    return f"{key}_s", value


def holm(p):
    """Corrected, by the definition: of m, the k-th smallest counts m - k + 1 times, and none less than a smaller one.
    statsmodels, which has the same, collects the garbage of the whole process at every call."""
    ranked = sorted(map(float, p))
    counted = [(len(ranked) - before) * one for before, one in enumerate(ranked)]
    return [min(1.0, max(counted[: bisect_right(ranked, float(one))])) for one in p]


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
    corrected = holm(p)
    return [
        int(np.sign(np.mean(a) - np.mean(b))) * bool(q < 0.05) for q, a, b in zip(corrected, here, there, strict=True)
    ]

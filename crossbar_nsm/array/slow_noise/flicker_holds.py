"""How often each term of 1/f noise has to be moved on.

Most of its Ornstein-Uhlenbeck terms are so slow that they change little over many vectors. Such a term is held for M of
them, then takes one exact step for their time: its value is right, as of an instant up to M intervals away and in place
of a window's mean, so its share of a covariance is off by v M interval / tau at most, and that of the mean squared
difference of two reads by twice that. Terms are held as long as, together, that stays below HOLD_ERROR of the mean
squared difference itself, for every pair of reads. The variance of a read does not change; averaged over where in its
holds a pair of reads lies, the difference of reads of different vectors does not either, to first order.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.config import ReadConfig
from device_models.parts.flicker import FlickerTerms

HOLD_ERROR = 2e-3
LONGEST_HOLD = 64  # vectors
EVERY_READ = 0


def hold_vectors(terms: FlickerTerms, read: ReadConfig, reads: int) -> np.ndarray:
    """Vectors that each term is held for, (terms): EVERY_READ, or a power of two up to LONGEST_HOLD."""
    held, left = np.zeros(len(terms.tau_s), np.int64), HOLD_ERROR
    for term in np.argsort(-terms.tau_s):
        vectors = LONGEST_HOLD
        while vectors and _error(terms, term, vectors, read, reads) > left / 2:
            vectors //= 2
        if vectors == 1 and reads == 1:
            vectors = EVERY_READ
        if vectors != EVERY_READ:
            left -= _error(terms, term, vectors, read, reads)
        held[term] = vectors
    return held


def _error(terms: FlickerTerms, term: int, vectors: int, read: ReadConfig, reads: int) -> float:
    """Largest error of the mean squared difference of two reads, relative, when one term is held.

    `fresh` is concave in the lag: inside a hold the longest lag counts, across its end the shortest.
    """
    within_s = (reads - 1) * read.between_reads_s
    held_s = within_s if vectors == 1 else vectors * read.interval_s
    if held_s == 0:
        return 0.0
    least = terms.fresh(min(held_s, read.interval_s - within_s))
    return float(terms.variance[term] * -np.expm1(-held_s / terms.tau_s[term]) / least)

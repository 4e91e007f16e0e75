"""Can a measured array be the network's? Its differences G+ - G- must correlate with those that were to be programmed.

Cells that are programmed anew say what correlation programming errors of the device leave. Half of it takes errors with
three times the variance of targets and programming errors together: no array that holds the network, however noisy, has
that by programming. An array that fits clearly better in another order is suspicious as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from device_models.warning import warn

SHARE = 0.5  # of the correlation that programming errors leave
BETTER, SIGMAS = 0.05, 5.0  # by how much another order must fit better: at least so much, and so far beyond chance
Arrays = Mapping[tuple[str, str], Crossbar]  # by layer and operand


@dataclass(frozen=True)
class Fit:
    """correlation of an array with its targets; usual: what programming errors of the device leave of it. better: the
    exchange that makes it fit, and the correlation then (None: as it is, or no simple exchange does)."""

    correlation: float
    usual: float
    better: tuple[str, float] | None

    @property
    def doubtful(self) -> bool:
        """Whether the array is hardly the network's, as it stands."""
        return self.better is not None or self.correlation < SHARE * self.usual


def warn_of_other_arrays(path: str, arrays: Arrays, measured: Collection[tuple[str, str]]) -> None:
    """One warning for every array of the file `path` (those in `measured`) that is hardly the network's."""
    for name in measured:
        fit = fit_of(name, arrays)
        if not fit.doubtful:
            continue
        what = "no simple exchange fits; is it another network's?"
        if fit.better is not None:
            what = "it fits {} ({:.2f})".format(*fit.better)
        warn(
            f"{path}: {'/'.join(name)} is hardly the network's: its G+ - G- correlate by "
            f"{round(fit.correlation, 2) + 0.0:.2f} with the targets, programming errors leave {fit.usual:.2f}; {what}"
        )


def fit_of(name: tuple[str, str], arrays: Arrays) -> Fit:
    """How the measured cells of one array fit its targets; other arrays of its shape may be what it is."""
    array = arrays[name]
    measured_s, target_s = _difference(array.g_s), _difference(array.targets.target_s)
    correlation = _correlation(measured_s, target_s)
    usual = _correlation(_difference(array.programmed_anew(array.stream).g_s), target_s)
    beyond = max(SHARE * usual, correlation + BETTER, correlation + SIGMAS / np.sqrt(measured_s.size))
    reordered = _reordered(measured_s, target_s)
    exchanges = [("", correlation), *((what, _correlation(other, target_s)) for what, other in reordered)]
    exchanges += [
        (f"{'/'.join(other)} of the network", _correlation(measured_s, _difference(arrays[other].targets.target_s)))
        for other in arrays
        if other != name and other[0] != name[0] and arrays[other].g_s.shape == array.g_s.shape
    ]
    what, most = max(exchanges, key=lambda exchange: abs(exchange[1]))
    if abs(most) < beyond:
        return Fit(correlation, usual, None)
    texts = [what, "with plus and minus swapped" if most < 0 else ""]
    return Fit(correlation, usual, (" ".join(filter(None, texts)), abs(most)))


def _reordered(measured_s: np.ndarray, target_s: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The cells (rows, columns) as other conventions and mistakes would order them."""
    if measured_s.shape[0] == measured_s.shape[1]:
        yield "transposed", measured_s.T
    yield "with its rows reversed", measured_s[::-1]
    yield "with its columns reversed", measured_s[:, ::-1]
    yield "with rows and columns reversed", measured_s[::-1, ::-1]
    for by in (1, -1):
        yield f"with its rows shifted by {by}", np.roll(measured_s, by, axis=0)
        yield f"with its columns shifted by {by}", np.roll(measured_s, by, axis=1)
    for sign in (1, -1):
        columns, rows = _order(sign * measured_s, target_s), _order(sign * measured_s.T, target_s.T)
        if columns is not None:
            yield "with its columns in another order", measured_s[:, columns]
        if rows is not None:
            yield "with its rows in another order", measured_s[rows]


def _order(measured_s: np.ndarray, target_s: np.ndarray) -> np.ndarray | None:
    """Which column of `measured_s` is most like each column of `target_s`; None where that is not one for each."""
    best = (_standardised(measured_s).T @ _standardised(target_s)).argmax(axis=0)
    return best if len(np.unique(best)) == len(best) else None


def _standardised(values: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and length 1 (0 where they are constant)."""
    centred = values - values.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    result: np.ndarray = centred / np.where(length > 0, length, 1)
    return result


def _difference(g_s: np.ndarray) -> np.ndarray:
    """G+ - G- [S], (rows, columns)."""
    result: np.ndarray = g_s[0] - g_s[1]
    return result


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Of the cells; 0 where all are alike."""
    a, b = (_standardised(values.reshape(-1, 1)) for values in (one, other))
    return float((a.T @ b)[0, 0])

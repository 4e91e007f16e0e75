"""Intervals of a trap's path that gain by being turned over, against all of them, one by one."""

import numpy as np
import pytest

from device_models.fit.one_cell.traps.path_moves import LEAST_GAIN, _gains


def log_prior(path, logs):
    return logs[path[:-1], path[1:]].sum()


@pytest.mark.parametrize(("capture", "emission"), [(0.02, 0.1), (0.3, 0.01), (0.5, 0.5), (1e-4, 0.2)])
def test_those_that_gain_are_all_that_do(capture, emission):
    rng = np.random.default_rng(3)
    path = np.repeat([0, 1, 0, 1, 0], [20, 3, 15, 10, 12])
    n, change, lengths = len(path), -0.7, np.arange(1, 12)
    alpha, within = rng.standard_normal(n), 0.9 * np.arange(1, 12)
    logs = np.log(np.array([[1 - capture, capture], [emission, 1 - emission]]))
    runs = np.flatnonzero(np.diff(path)) + 1
    tried = {(start, start + length) for length in lengths for start in range(n - length + 1)}
    tried |= set(zip([0, *runs], [*runs, n], strict=True))
    wanted = {}
    for start, end in tried:
        if np.ptp(path[start:end]):
            continue
        turned = path.copy()
        turned[start:end] = 1 - path[start:end]
        size = change * (1 - 2 * path[start])
        data = size * alpha[start:end].sum() - size**2 * 0.9 * min(end - start, 11) / 2
        gain = data + log_prior(turned, logs) - log_prior(path, logs)
        if gain > LEAST_GAIN:
            wanted[int(start), int(end)] = gain
    starts, ends, gains = _gains(path, alpha, change, logs, (lengths, within))
    found = {(int(start), int(end)): gain for start, end, gain in zip(starts, ends, gains, strict=True)}
    assert found.keys() == wanted.keys()
    assert [found[key] for key in wanted] == pytest.approx(list(wanted.values()))
    assert wanted or emission == 0.2

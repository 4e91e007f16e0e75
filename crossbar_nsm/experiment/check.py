"""The self-test a suspicious user runs: each check compares something simulated with an exact law or a hand count.

Statistical checks have fixed seeds and limits of 5 standard errors (false alarm 6e-7 each), and one negative control
must fail: a check that cannot fail says nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from crossbar_nsm.engine.kernels.product import one_blas_thread
from crossbar_nsm.engine.sampling.passes import Progress
from crossbar_nsm.experiment.self_test.arrays import (
    currents_by_hand,
    read_noise_variance,
    readers_agree,
    telegraph_statistics,
    tiles_add_up,
    wrong_variance_is_noticed,
)
from crossbar_nsm.experiment.self_test.devices import selector_conducts, slow_noise_grows_as_published
from crossbar_nsm.experiment.self_test.networks import ideal_is_software, same_seed_same_bits
from crossbar_nsm.experiment.self_test.result import CheckResult


def run_checks(progress: Progress = lambda _done, _total: None) -> list[CheckResult]:
    """All checks, in a few seconds; `progress(done, total)` counts checks."""
    checks: list[Callable[[], CheckResult]] = [
        currents_by_hand,
        tiles_add_up,
        lambda: ideal_is_software("ideal", "Gaussian xi"),
        lambda: ideal_is_software("ideal_blank_out", "Bernoulli xi"),
        read_noise_variance,
        readers_agree,
        wrong_variance_is_noticed,
        telegraph_statistics,
        slow_noise_grows_as_published,
        selector_conducts,
        same_seed_same_bits,
    ]
    results = []
    with one_blas_thread():
        for check in checks:
            results.append(check())
            progress(len(results), len(checks))
    return results

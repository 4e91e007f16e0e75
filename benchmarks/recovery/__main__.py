"""`python -m benchmarks.recovery --data DIR`: run what is missing, then write the page."""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.recovery.measure import is_done, measured
from benchmarks.recovery.trials import CALIBRATIONS, CIRCUITS, DEVICES, Trial, best_trials, table_trials


def main() -> None:
    """Trials one after the other; several processes may share the work by --devices."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--data", required=True, metavar="DIR", help="folder with mnist/")
    parser.add_argument("--devices", default=",".join(DEVICES), help="some of: %(default)s")
    parser.add_argument("--circuits", default=",".join(CIRCUITS), help="some of: %(default)s")
    parser.add_argument("--calibrations", default=",".join(CALIBRATIONS), help="some of: %(default)s")
    parser.add_argument("--best", action="store_true", help="the best circuit of each device on all images")
    parser.add_argument("--page", action="store_true", help="write benchmarks/recovery/RESULTS.md from what there is")
    arguments = parser.parse_args()
    devices = arguments.devices.split(",")
    if arguments.page:
        from benchmarks.recovery.page import write_page

        print(write_page(arguments.data))
    elif arguments.best:
        from benchmarks.recovery.summary import best_settings

        _run(list(best_trials(best_settings(devices, arguments.data))), arguments.data)
    else:
        settings = (arguments.circuits.split(","), arguments.calibrations.split(","))
        _run(list(table_trials(devices, *settings)), arguments.data)


def _run(trials: list[Trial], data: str) -> None:
    missing = [trial for trial in trials if not is_done(trial)]
    for number, trial in enumerate(missing, 1):
        started = time.perf_counter()
        measured(trial, data)
        print(
            f"{number}/{len(missing)} {trial.name} {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True
        )


if __name__ == "__main__":
    main()

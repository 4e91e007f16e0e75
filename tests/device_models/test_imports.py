"""Ctrl-C while a package is loaded; in processes of their own, as a signal goes to all of a process."""

import importlib
import json

import pytest
from support.processes import run_program
from support.studies import small_study

from crossbar_nsm.experiment.studies.sweep import sweep

INTERRUPTED = """
import importlib.abc, os, signal, sys
class Interrupt(importlib.abc.MetaPathFinder):
    pressed = False
    def find_spec(self, name, path, target=None):
        if name == MODULE and not Interrupt.pressed:
            Interrupt.pressed = True
            os.kill(os.getpid(), signal.SIGINT)
def again(call):
    for _ in range(2):
        try:
            print(call())
        except BaseException as error:
            print(type(error).__name__, error)
sys.meta_path.insert(0, Interrupt())
"""


def test_it_takes_effect_at_the_end():
    program = """
import signal, threading
from device_models.imports import uninterrupted
before = signal.getsignal(signal.SIGINT)
try:
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
        print("whole")
except KeyboardInterrupt:
    print("interrupted")
print(signal.getsignal(signal.SIGINT) is before)
def elsewhere():
    with uninterrupted():
        print(signal.getsignal(signal.SIGINT) is before)
thread = threading.Thread(target=elsewhere)
thread.start()
thread.join()
signal.signal(signal.SIGINT, signal.SIG_IGN)
with uninterrupted():
    signal.raise_signal(signal.SIGINT)
print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
"""
    assert run_program(program) == ["whole", "interrupted", "True", "True", "True"]


@pytest.mark.parametrize("module", ["polars.lazyframe", "torch.nn.modules"])
def test_a_sweep_that_is_stopped_meanwhile_runs_in_the_same_session(tmp_path, module):
    """Half of polars stayed loaded: `polars._reexport has no attribute 'LazyFrame'`."""
    study = small_study(tmp_path, "sweep: {neuron.scaling: [none]}")
    program = INTERRUPTED.replace("MODULE", repr(module)) + (
        "import warnings, crossbar_nsm as xb\n"
        f"again(lambda: len(xb.sweep({str(study)!r}, out={str(tmp_path / 'out')!r}, workers=1).rows))"
    )
    assert run_program(program) == ["KeyboardInterrupt ", "3"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert len(manifest["sessions"]) == 1  # stopped before the work


def test_a_table_that_is_stopped_meanwhile_is_made_in_the_same_session(tmp_path):
    study, out = str(small_study(tmp_path, "sweep: {neuron.scaling: [none]}")), str(tmp_path / "out")
    sweep(study, out=out, workers=1)
    program = INTERRUPTED.replace("MODULE", "'polars.series'") + (
        f"import crossbar_nsm as xb\nfound = xb.load_results({out!r})\n"
        "print('polars' in sys.modules)\nagain(lambda: len(found.table()))"
    )
    assert run_program(program) == ["False", "KeyboardInterrupt ", "4"]


@pytest.mark.parametrize("name", ["crossbar_nsm", "crossbar_nsm.array", "device_models", "device_models.fit"])
def test_a_package_has_its_public_names_and_no_others(name):
    package = importlib.import_module(name)
    for public in package.__all__:
        assert getattr(package, public) is not None
    with pytest.raises(AttributeError, match=f"^module '{name}' has no attribute 'nothing'$"):
        _ = package.nothing
    assert not hasattr(package, "__nothing__")

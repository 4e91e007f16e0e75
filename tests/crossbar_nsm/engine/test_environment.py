"""Variables that libraries cannot use end in one line that names them, before numba is loaded."""

import pytest
from support.processes import start_program

from crossbar_nsm.engine.environment import RULES, check_environment
from device_models.errors import ProcessError

WRONG = [
    ("NUMBA_NUM_THREADS", ["0", "-1", "abc", "1e9", "", "1000000", "1.5", "\u0663"]),
    ("NUMBA_THREADING_LAYER", ["nope", ""]),
    ("NUMBA_THREADING_LAYER_PRIORITY", ["nope", "tbb omp"]),
    ("NUMBA_DISABLE_JIT", ["1"]),
    ("NUMBA_CPU_FEATURES", ["nope", "+avx2,nope"]),
    ("OMP_NUM_THREADS", ["abc", "0", "-3", "4,", ""]),
    ("GOMP_CPU_AFFINITY", ["abc", ""]),
    ("POLARS_MAX_THREADS", ["0", "abc"]),
    ("LOKY_MAX_CPU_COUNT", ["abc", "0"]),
]
RIGHT = [
    ("NUMBA_NUM_THREADS", ["1", " 2 ", "1024"]),
    ("NUMBA_THREADING_LAYER", ["default", "threadsafe", "workqueue"]),
    ("NUMBA_THREADING_LAYER_PRIORITY", ["omp tbb workqueue"]),
    ("NUMBA_DISABLE_JIT", ["0"]),
    ("NUMBA_CPU_FEATURES", ["", "+avx2,-fma"]),
    ("OMP_NUM_THREADS", ["1", "4,2"]),
    ("GOMP_CPU_AFFINITY", ["0-3", "0 3 1-2 4-15:2", "0,1"]),
    ("POLARS_MAX_THREADS", ["4"]),
    ("LOKY_MAX_CPU_COUNT", ["2"]),
]
COMMAND = "import sys; sys.argv[1:] = {}; from crossbar_nsm.cli.main import main; main()"
IN_PYTHON = """
import sys
import crossbar_nsm as xb
from device_models.errors import CrossbarError
try:
    xb.load_checkpoint("mnist_mlp")
except CrossbarError as error:
    print(error)
print("numba" in sys.modules)
"""


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in RULES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("name", "given"), [(name, given) for name, values in WRONG for given in values])
def test_what_libraries_cannot_use(monkeypatch, name, given):
    monkeypatch.setenv(name, given)
    with pytest.raises(
        ProcessError,
        match=f"^{name}=.* in the environment: expected .*; unset it\nmore: crossbar-nsm docs report_a_bug$",
    ):
        check_environment()


@pytest.mark.parametrize(("name", "given"), [(name, given) for name, values in RIGHT for given in values])
def test_what_they_can(monkeypatch, name, given):
    monkeypatch.setenv(name, given)
    check_environment()


def test_every_rule_is_tried():
    assert {name for name, _ in WRONG} == {name for name, _ in RIGHT} == set(RULES)


def test_the_command_line_ends_with_one_line():
    done = start_program(COMMAND.format(["map", "configs/mnist_mlp_rram.yaml"]), NUMBA_NUM_THREADS="0")
    problem = "NUMBA_NUM_THREADS=0 in the environment: expected a whole number from 1 to 1024; unset it"
    assert (done.returncode, done.stderr) == (2, f"error: {problem}\nmore: crossbar-nsm docs report_a_bug\n")


def test_help_does_not_mind():
    done = start_program(COMMAND.format(["--help"]), NUMBA_NUM_THREADS="0", MPLBACKEND="nope")
    assert done.returncode == 0, done.stderr


def test_in_python_too_and_before_numba_is_loaded():
    done = start_program(IN_PYTHON, NUMBA_THREADING_LAYER="nope")
    said, numba_loaded = done.stdout.splitlines()
    assert said.startswith("NUMBA_THREADING_LAYER=nope in the environment: expected default or tbb")
    assert numba_loaded == "False"


@pytest.mark.parametrize(("name", "given"), [("NUMBA_THREADING_LAYER", "tbb"), ("NUMBA_CACHE_LOCATOR_CLASSES", "nope")])
def test_what_only_numba_can_tell(name, given):
    """tbb is not among the dependencies."""
    program = """
from crossbar_nsm.engine.computing import computing
import crossbar_nsm.engine.sampling.sums
from device_models.errors import CrossbarError
try:
    with computing():
        pass
except CrossbarError as error:
    print(error)
"""
    if given != "tbb":
        program = "try:\n    import crossbar_nsm.engine.sampling.sums\nexcept Exception as e: print(e)"
    (line,) = start_program(program, **{name: given}).stdout.splitlines()
    assert line.startswith(name)
    assert line.endswith("; unset it")


def test_a_backend_that_matplotlib_does_not_know():
    program = "try:\n    import crossbar_nsm.report.figures.style\nexcept Exception as e: print(type(e).__name__, e)"
    (line,) = start_program(program, MPLBACKEND="nope").stdout.splitlines()
    assert line == "ProcessError MPLBACKEND=nope in the environment: matplotlib cannot be imported with it; unset it"


def test_what_torch_cannot_log():
    program = "try:\n    import crossbar_nsm.engine\nexcept Exception as e: print(type(e).__name__, e)"
    (line,) = start_program(program, TORCH_LOGS="nope").stdout.splitlines()
    assert line == "ProcessError TORCH_LOGS=nope in the environment: torch cannot be imported with it; unset it"

"""Whether a newcomer finds their way: folders that can be taken in, short functions, few parameters."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_FILES = 20  # of one folder, besides its __init__
MOST_LINES = 60  # of a function
MOST_PARAMETERS = 7  # of a function
KEYWORDS = {"fit_files", "predict_until_sure"}  # of users' scripts, each of which is given by its name
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function))


def is_kernel(function: Function) -> bool:
    """Compiled, or inlined by hand into what is: arrays are their arguments."""
    return any(
        "kernel" in ast.unparse(decorator) or "njit" in ast.unparse(decorator) for decorator in function.decorator_list
    )


def parameters(function: Function) -> int:
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return sum(argument.arg not in ("self", "cls") for argument in given)


def named(path: Path, function: Function) -> str:
    return f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"


def test_no_folder_is_crowded():
    paths = sources("crossbar_nsm", "device_models", "benchmarks", "tests")
    counts = Counter(path.parent for path in paths if path.name != "__init__.py")
    assert {str(folder.relative_to(ROOT)): n for folder, n in counts.items() if n > MOST_FILES} == {}


def test_no_function_is_long():
    found = [
        named(path, function)
        for path in sources("crossbar_nsm", "device_models", "benchmarks")
        for function in functions(path)
        if function.end_lineno - function.lineno + 1 > MOST_LINES
    ]
    assert found == []


def test_no_function_takes_many_parameters():
    """But for kernels, whose parameters are arrays, for commands, whose parameters are their options, and for what
    scripts of users call."""
    commands = ROOT / "crossbar_nsm" / "cli" / "commands"
    found = [
        named(path, function)
        for path in sources("crossbar_nsm", "device_models", "benchmarks")
        if commands not in path.parents
        for function in functions(path)
        if not is_kernel(function) and function.name not in KEYWORDS and parameters(function) > MOST_PARAMETERS
    ]
    assert found == []


def test_tests_lie_where_their_modules_do():
    """A test of a module stands in the folder of the same name."""
    folders = {path.parent.relative_to(ROOT) for path in sources("crossbar_nsm", "device_models")}
    tests = {path.parent.relative_to(ROOT / "tests") for path in sources("tests/crossbar_nsm", "tests/device_models")}
    assert {str(folder) for folder in tests - folders} == set()

"""The code blocks of README and docs, run as a reader would: in order, in an empty folder, one page after the other.

- `python`, `{code-cell}`: in one namespace for the page; a line that begins with `!` is a command, also one that goes
  on behind a backslash. A cell that begins with `%%writefile NAME` is that file.
- `sh`: every command. `crossbar-nsm` is called in this process; what else is known is checked (`checked`), and a
  command that nobody knows is an error. `> FILE` is written; what a pipe leads to (`| head`) is checked, not run.
- `yaml`, `csv`: written as the file whose name ends the text in front (`` `reads.csv`: ``). YAML without a name must
  be part of a configuration.
- `text`, `py`, `bibtex`, no language: shown, not run.

Blocks within lists count, too. Long ones run on small numbers: at most IMAGES images, SAMPLES samples and so on stand
where the page says more. DIR is a folder of small data sets (`--data DIR`, `--set x=DIR/y`, "DIR" in Python).

A comment `<!-- prepared` holds Python that makes what a reader has: their network, their measurements.
`<!-- as printed -->` in front of a `text` block says that it is what the command in front prints on 80 columns with the
numbers of the page, and `<!-- as printed, in part -->` that lines of it are. What takes `long` (`<!-- as printed, long,
in part -->`) is small, too, and only its words are compared, unless the reader is patient.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from crossbar_nsm.experiment.config.load import load_config, load_train_config
from device_models.catalogue import load_device
from device_models.errors import CrossbarError
from device_models.files.yaml_text import read_yaml
from support.cli import captured
from support.processes import ROOT

FENCE = re.compile(
    r"^(?:<!-- prepared\n(?P<prepared>.*?)^-->$"
    r"|(?P<mark>^ *<!-- as printed(?:, long)?(?:, in part)? -->\n+)?^ *```(?P<language>[^\n`]*)\n(?P<code>.*?)^ *```$)",
    re.S | re.M,
)
FENCE_LINE = re.compile(r"^ *```(?!`)", re.M)
NAMED = re.compile(r"`([\w./-]+\.(?:yaml|csv|py))`(?: \([^)\n]*\))?:\s*\Z")
SHOWN = {"text", "py", "bibtex", "math", "json", ""}
DIRECTIVES = {"{toctree}", "{image}", "{figure}", "{include}", "{note}", "{warning}", "{tip}"}
IMAGES, SAMPLES, CHIPS = 20, 4, 2
MOST = {
    "evaluation.images": IMAGES, "evaluation.samples": SAMPLES, "evaluation.chips": CHIPS, "--samples": SAMPLES,
    "images": IMAGES, "samples": SAMPLES, "chips": CHIPS,
    "training.epochs": 1, "epochs": 1, "--epochs": 1, "runs": 1, "validation_images": IMAGES,
    "dataset.validation_images": IMAGES, "--images": IMAGES, "neuron.calibration_reads": 2,
}  # fmt: skip
ASSIGNMENT = re.compile(r"[A-Z_]+=")
DIR = re.compile(r"(?<![\w/])DIR(?![\w])")
FILTERS = {"cat", "column", "grep", "head", "jq", "less", "sort", "tail", "tee", "wc"}
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
BASES = (
    (load_config, "mnist_mlp_rram.yaml"),
    (load_train_config, "train_mnist_mlp.yaml"),
    (load_train_config, "train_mnist_cnn.yaml"),
)
EVALUATING = {
    **dict.fromkeys(("demo", "run", "compare", "budget", "uncertainty", "ageing", "sweep", "tune"),
                    ("evaluation.images", "evaluation.samples")),
    "train": ("training.epochs", "dataset.validation_images"),
}  # fmt: skip


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str  # python | sh | yaml | csv | text
    code: str
    file: str | None = None  # which the reader is told to write
    as_printed: bool = False  # a text that is what the command in front prints, ...
    in_part: bool = False  # ... or lines of it
    long: bool = False  # the command takes long

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """README and every page below docs, but for those that are made."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """In the order of the page."""
    text, found = page.read_text(encoding="utf-8"), []
    fences = list(FENCE.finditer(text))
    ends = sum(2 for fence in fences if not fence["prepared"])
    assert len(FENCE_LINE.findall(text)) == ends, f"{page}: a block that does not end, or within another"
    for fence in fences:
        if fence["prepared"]:
            found.append(Block(page, text.count("\n", 0, fence.start()) + 1, "python", fence["prepared"]))
            continue
        word = (fence["language"].split() or [""])[0]
        if word in DIRECTIVES:
            continue
        named = NAMED.search(text[: fence.start()])
        language = "python" if word == "{code-cell}" else word
        line = text.count("\n", 0, fence.start("language")) + 1
        code = re.sub(r"\A(:[\w-]+:[^\n]*\n)+\n*", "", textwrap.dedent(fence["code"]))
        mark, file = fence["mark"] or "", named and named[1]
        if cell := re.match(r"%%writefile (\S+)\n", code):
            file, code = cell[1], code[cell.end() :]
            language = file.rpartition(".")[2]
        found.append(Block(page, line, language, code, file, bool(mark), "in part" in mark, "long" in mark))
    return found


def small(code: str) -> str:
    """The same with no more than MOST of everything."""
    keys = "|".join(re.escape(key) for key in MOST)
    pattern = rf"(?<![\w.-])(?P<key>{keys})(?P<is>\s*[=:]\s*|\s+)(?P<number>[\d_]+)(?![\w.])"
    return re.sub(pattern, lambda at: f"{at['key']}{at['is']}{min(int(at['number']), MOST[at['key']])}", code)


def commands(code: str) -> list[list[str]]:
    """Words of each command of a shell block, without comments, prompts and variables set for it. Those of `a | b` are
    one command."""
    found: list[list[str]] = [[]]
    for line in re.sub(r"\\\n\s*", " ", code).splitlines():
        words = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=";|&>")
        words.whitespace_split = True
        for word in words:
            if word in (";", "&&", "&"):
                found.append([])
            elif found[-1] or not ASSIGNMENT.match(word):
                found[-1].append(word)
        found.append([])
    return [command for command in found if command]


def with_data(text: str, data: Path) -> str:
    """`text` with the folder of data sets where it says DIR."""
    return DIR.sub(str(data), text)


def small_command(words: list[str]) -> list[str]:
    """A command on small numbers: those it names, and those it leaves to its configuration."""
    shrunk = [small(word) if "=" in word else word for word in words]
    for at, word in enumerate(shrunk[:-1]):
        if word in MOST and word.startswith("--"):
            shrunk[at + 1] = str(min(int(shrunk[at + 1]), MOST[word]))
    two_runs = len(words) > 3 and words[1] == "compare" and not words[3].startswith("-")
    if len(words) > 1 and not two_runs and "--resume" not in words:
        said = " ".join(words)
        for key in EVALUATING.get(words[1], ()):
            if key not in said:
                shrunk += ["--set", f"{key}={MOST[key]}"]
    return shrunk + ["--no-budget"] * (words[1:2] == ["report"] and "--budget" not in words)


class Reader:
    """Somebody who types what a page says, in `folder`, with the small data sets of `data`."""

    def __init__(self, folder: Path, data: Path, patient: bool = False) -> None:
        self.patient = patient
        self.folder, self.data, self.names, self.printed = folder, data, {"__name__": "__main__"}, ""

    def follow(self, block: Block, following: Block | None) -> None:
        """`following`: a text that this block is to print tells it to keep its numbers."""
        in_full = following is not None and following.as_printed and (self.patient or not following.long)
        if block.file is not None:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(with_data(small(block.code), self.data), encoding="utf-8")
            if block.language == "yaml":
                assert_part_of_a_configuration(block)
        elif block.language == "python":
            self.python(block, in_full)
        elif block.language == "sh":
            self.printed = "".join(self.command(words, in_full) for words in commands(block.code))
        elif block.language == "yaml":
            assert_part_of_a_configuration(block)
        elif block.as_printed:
            assert_as_printed(block, self.printed, numbers=self.patient or not block.long)
        else:
            assert block.language in SHOWN, f"{block}: blocks of {block.language!r} are neither run nor shown"

    def python(self, block: Block, in_full: bool) -> None:
        text = with_data(block.code, self.data)
        lines = re.sub(r"^!(?:.*\\\n)*.*", lambda at: at[0].replace("\\\n", " "), text, flags=re.M).splitlines()
        typed = [line for line in lines if line.startswith("!")]
        code = "\n".join("" if line.startswith("!") else line for line in lines)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            text = code if in_full else small(code)
            exec(compile(text, str(block), "exec", dont_inherit=True), self.names)  # without this module's futures
        self.printed = out.getvalue() + "".join(
            self.command(words, in_full) for line in typed for words in commands(line[1:])
        )

    def command(self, words: list[str], in_full: bool) -> str:
        """What it prints, before pipes."""
        words = [with_data(word, self.data) for word in words]
        if "|" in words:
            at = words.index("|")
            assert words[at + 1] in FILTERS, f"{shlex.join(words)}: who runs {words[at + 1]}?"
            words = words[:at]
        if ">" in words:
            at = words.index(">")
            Path(words[at + 1]).write_text(self.command(words[:at], in_full), encoding="utf-8")
            return ""
        if words[0] == "cd":
            os.chdir(words[1])
            return ""
        if words[0] != "crossbar-nsm":
            checked(words)
            return ""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", "80")
            code, out, err = captured(*(words if in_full else small_command(words))[1:])
        assert code == 0, f"{shlex.join(words)}: exit code {code}\n{out}\n{err}"
        return out


def checked(words: list[str]) -> None:
    """Commands other than this program: that what they name is there."""
    program, *rest = words
    if program == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
        assert set(rest) <= set(targets), f"make {rest}: there are {targets}"
    elif program == "python" and rest[0] == "-m" and rest[1].startswith("benchmarks"):
        name = rest[1].replace(".", "/")
        assert (ROOT / f"{name}.py").exists() or (ROOT / name / "__main__.py").exists(), shlex.join(words)
    elif program == "python" and rest[0].startswith("benchmarks/"):
        assert (ROOT / rest[0]).exists(), shlex.join(words)
    elif program in ("pip", "uv"):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        for extra in re.findall(r"crossbar-nsm\[([\w,]+)\]", shlex.join(rest)):
            assert set(extra.split(",")) <= set(project["optional-dependencies"]), shlex.join(words)
    elif program in FILTERS:
        files = [word for word in rest if not word.startswith("-")][program in ("grep", "jq") :]
        assert all(Path(file).exists() for file in files), f"{shlex.join(words)}: which file?"
    else:
        assert program in {"ls", "git", "export", "dask", "source"}, f"{shlex.join(words)}: who runs this?"


def assert_part_of_a_configuration(block: Block) -> None:
    """Valid by itself, or in a configuration of the package in place of what it says; or else a device."""
    given = plain_data(block.code, str(block))
    if "conductance" in given:
        load_device(given)  # raises, or is one
        return
    problems = [problem for load, base in BASES if (problem := _refusal(load, base, given))]
    assert len(problems) < len(BASES), f"{block}: {problems}"


def _refusal(load, base: str, given: dict) -> str | None:
    values = merged(plain_data((ROOT / "configs" / base).read_text(), base), given)
    try:
        load(values)
    except CrossbarError as error:
        return str(error)
    return None


def plain_data(text: str, name: str) -> dict:
    """YAML as the program reads it: `2e-3` is a number."""
    return read_yaml(text, name)[0]


def merged(base: dict, given: dict) -> dict:
    """`base` with what `given` says in its place, section by section."""
    both = {
        key: merged(base[key], value)
        if isinstance(value, dict) and isinstance(base.get(key), dict) and key != "device"
        else value
        for key, value in given.items()
    }
    return base | both


def assert_as_printed(block: Block, printed: str, numbers: bool = True) -> None:
    """The same words in the same lines; numbers of processors that round otherwise within 2 %, those with a decimal
    point also within a unit of their last digit. numbers: False compares words alone."""
    said, is_ = block.code.rstrip().splitlines(), printed.rstrip().splitlines()
    if block.in_part:
        words = [_words(line) for line in is_]
        starts = [at for at, line in enumerate(words) if line == _words(said[0])]
        assert starts, f"{block}: {said[0]!r} is not printed:\n{printed}"
        is_ = is_[starts[0] : starts[0] + len(said)]
    assert len(said) == len(is_), f"{block}: {len(said)} lines, the command prints {len(is_)}:\n{printed}"
    for line, now in zip(said, is_, strict=True):
        assert _words(line) == _words(now), f"{block}: {line!r}, now {now!r}"
        for one, other in zip(NUMBER.findall(line), NUMBER.findall(now), strict=True) if numbers else ():
            unit = 1.1 * 10 ** -len(one.partition(".")[2]) if "." in one else 0
            near = abs(float(one) - float(other)) <= max(0.02 * abs(float(other)), unit)
            assert near, f"{block}: {line!r}, now {now!r}"


def _words(line: str) -> list[str]:
    """Of a line, with every number and its sign as #, and a rule of any length."""
    return NUMBER.sub("#", re.sub("─+", "─", line)).split()

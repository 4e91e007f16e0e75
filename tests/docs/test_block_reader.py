"""The reader of pages (`support/blocks.py`) notices what is wrong with a page, and shrinks what takes long."""

from pathlib import Path

import pytest
from support import blocks as module
from support.blocks import Reader, blocks, commands, small, small_command
from support.processes import ROOT


@pytest.fixture
def follow(tmp_path, monkeypatch):
    """A function that reads a page of this text as `test_blocks` does, in an empty folder; gives the reader."""
    monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "empty").mkdir()
    for name in ("configs", "Makefile"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path / "empty")

    def follow_(text):
        (tmp_path / "page.md").write_text(text, encoding="utf-8")
        found = blocks(tmp_path / "page.md")
        reader = Reader(Path.cwd(), tmp_path / "data")
        for block, following in zip(found, [*found[1:], None], strict=True):
            reader.follow(block, following)
        return reader

    return follow_


def fenced(language, *lines):
    return "\n".join((f"```{language}", *lines, "```", ""))


PRINTED = "<!-- as printed -->\n"
COUNTS = fenced("python", "print('5 chips, 2000 images: 1.40 % wrong')")


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        (fenced("python", "x = 1", "assert x == 2"), "assert x == 2|^$"),
        (fenced("{code-cell}", ":tags: [hide]", "no_such_name"), "no_such_name"),
        (fenced("sh", "crossbar-nsm no_such_command"), "exit code 2"),
        (fenced("sh", "crossbar-nsm devices --no-such-option"), "exit code 2"),
        (fenced("python", "!crossbar-nsm no_such_command"), "exit code 2"),
        (fenced("sh", "crossbar-nsm configs && crossbar-nsm no_such_command"), "exit code 2"),
        (fenced("sh", "frobnicate now"), "who runs this"),
        (fenced("sh", "crossbar-nsm configs | frobnicate"), "who runs frobnicate"),
        (fenced("sh", "OMP_NUM_THREADS=1 frobnicate"), "who runs this"),
        (fenced("sh", "python -m benchmarks.no_such"), "no_such"),
        (fenced("sh", "cat no_such.yaml"), "which file"),
        (fenced("{code-cell}", "%%writefile a.yaml", "no_such_section: {}"), "no_such_section"),
        (fenced("yaml", "evaluation: {imagse: 3}"), "imagse"),
        (fenced("yaml", "neuron: {scaling: pared}"), "pared"),
        (f"Write this as `a.yaml`:\n\n{fenced('yaml', 'no_such_section: {}')}", "no_such_section"),
        (fenced("jaml", "a: 1"), "jaml"),
        ("```python\nx = 1\n", "does not end"),
        (COUNTS + PRINTED + fenced("text", "5 chips, 2000 images: 1.40 % right"), "right"),
        (COUNTS + PRINTED + fenced("text", "5 chips, 2000 images: 1.45 % wrong"), "1.45"),
        (COUNTS + PRINTED + fenced("text", "6 chips, 2000 images: 1.40 % wrong"), "6 chips"),
        (COUNTS + PRINTED + fenced("text", "5 chips, 2000 images: 1.40 % wrong", "and more"), "2 lines"),
        (COUNTS + PRINTED.replace(" -->", ", in part -->") + fenced("text", "4 networks"), "is not printed"),
        (f"1. In a list:\n\n   {fenced('python', '   no_such_name', '   ').rstrip()}\n", "no_such_name"),
    ],
)
def test_what_is_wrong_is_noticed(follow, page, complaint):
    with pytest.raises((AssertionError, NameError), match=complaint):
        follow(page)


def test_what_is_right_is_followed(follow):
    reader = follow(
        "<!-- prepared\nthere = 3\n-->\n"
        + fenced("python", "assert there == 3", "data = 'DIR/mnist'", "samples = 5_000")
        + f"Write this as `mine/a.yaml` (all of it):\n\n{fenced('yaml', 'evaluation: {images: 5000}')}"
        + f"`b.csv`:\n{fenced('csv', 'time [s], conductance [uS]', '0, 3')}"
        + fenced("text", "shown")
        + fenced("{code-cell}", ":tags: [hide]", "", "%%writefile c.csv", "a, b", "1, 2")
        + fenced("{code-cell}", "!cat c.csv; ls -R", "there = 4", "!crossbar-nsm \\", "   configs")
        + fenced("sh", "$ crossbar-nsm configs > list.txt  # a comment", "cd mine")
        + fenced("sh", "OMP_NUM_THREADS=1 crossbar-nsm configs \\", "  | head -3; make test")
        + COUNTS
        + PRINTED
        + fenced("text", "5 chips,   2010 images: 1.41 % wrong")
    )
    assert reader.names["samples"] == 4
    assert Path(reader.names["data"]) == reader.data / "mnist"
    assert (reader.folder / "mine/a.yaml").read_text() == "evaluation: {images: 20}\n"
    assert reader.names["there"] == 4
    assert (reader.folder / "c.csv").read_text() == "a, b\n1, 2\n"
    assert (reader.folder / "b.csv").read_text().startswith("time [s]")
    assert "mnist_mlp_rram" in (reader.folder / "list.txt").read_text()
    assert Path.cwd() == reader.folder / "mine"


def test_a_text_that_is_printed_keeps_the_numbers_of_the_page(follow):
    code = fenced("python", "images = 5000", "print(images)")
    assert follow(code).printed == "20\n"
    assert follow(code + PRINTED + fenced("text", "5000")).printed == "5000\n"


def test_blocks_know_where_they_stand(follow, tmp_path):
    follow(f"# Title\n\n{fenced('text', 'a')}\n{fenced('python', 'x = 1')}")
    assert [str(block) for block in blocks(tmp_path / "page.md")] == ["page.md:3", "page.md:7"]


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("evaluation: {images: 5000, samples: 100}", "evaluation: {images: 20, samples: 4}"),
        ("evaluation.images=5_000", "evaluation.images=20"),
        ("net.predict(x, samples=3)", "net.predict(x, samples=3)"),
        ("training.epochs: 40", "training.epochs: 1"),
        ("probe_images: 500", "probe_images: 500"),
        ("images=images.npz", "images=images.npz"),
        ("evaluation.samples=[1, 100]", "evaluation.samples=[1, 100]"),
        ("chips: 2.5", "chips: 2.5"),
    ],
)
def test_numbers_shrink(long, short):
    assert small(long) == short


@pytest.mark.parametrize(
    ("typed", "run"),
    [
        ("compare c.yaml", "compare c.yaml --set evaluation.images=20 --set evaluation.samples=4"),
        (
            "compare c.yaml --margin 0.01 --set evaluation.images=500",
            "compare c.yaml --margin 0.01 --set evaluation.images=20 --set evaluation.samples=4",
        ),
        ("compare finished other --margin 0.01", "compare finished other --margin 0.01"),
        ("train t.yaml", "train t.yaml --set training.epochs=1 --set dataset.validation_images=20"),
        ("reproduce mlp --samples 100 --epochs 40", "reproduce mlp --samples 4 --epochs 1"),
        ("map c.yaml --out chip", "map c.yaml --out chip"),
        ("sweep --resume finished", "sweep --resume finished"),
    ],
)
def test_commands_shrink(typed, run):
    assert " ".join(small_command(["crossbar-nsm", *typed.split()])[1:]) == run


def test_words_of_commands():
    code = "$ a --set 'x={y: [1, 2]}'  # why\nA=1 b c=2 | head -3\nd \\\n  e && f; g > out.txt &\n\n# nothing\n"
    expected = [
        ["a", "--set", "x={y: [1, 2]}"], ["b", "c=2", "|", "head", "-3"], ["d", "e"], ["f"], ["g", ">", "out.txt"],
    ]  # fmt: skip
    assert commands(code) == expected

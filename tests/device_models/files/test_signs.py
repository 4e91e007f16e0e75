"""A file is this program's by the sign in its place; the same words anywhere else are words."""

import io
import json
import tarfile

import polars as pl
import pytest
import torch
from support.networks import dense_network

from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from crossbar_nsm.nsm.training.state import state_bytes
from crossbar_nsm.report.figures.style import figure_bytes, subplots
from device_models.files.records import write_record
from device_models.files.signs import npz_bytes, sealed, sign, sign_in, sign_of


def _figure(ending):
    figure, axes = subplots(figsize=(2, 2))
    axes.plot([1, 2])
    return figure_bytes(figure, ending)


def _table():
    content = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_parquet(content, metadata={"format": sign("table")})
    return content.getvalue()


def _checkpoint(folder):
    return save_checkpoint(dense_network(20, 6, 3), folder / "net.safetensors").read_bytes()


def _page():
    return sealed(f'<!DOCTYPE html>\n<html>\n<meta name="generator" content="{sign("report")}">\n<p>Text.\n').encode()


BINARY = {
    "checkpoint": _checkpoint,
    "conductances": lambda _: npz_bytes("conductances", {"a": torch.ones(3).numpy()}),
    "training state": lambda _: state_bytes({"net": torch.ones(3)}),
    "results": lambda folder: write_record(folder / "a.json", "results", 3, {"a": [1]}).read_bytes(),
    "table": lambda _: _table(),
    "png": lambda _: _figure("png"),
    "pdf": lambda _: _figure("pdf"),
}
TEXTS = {
    "device": lambda: sealed(f"# {sign('device')}, by `devices fit`\na: 1\n").encode(),
    "report": _page,
    "study": lambda: sealed(f"Text.\n<!-- {sign('study')} -->\n").encode(),
    "svg": lambda: _figure("svg"),
}
KINDS = dict.fromkeys(("png", "pdf", "svg"), "figure")


@pytest.mark.parametrize("kind", [*BINARY, *TEXTS])
def test_every_kind_of_file_says_what_it_is(tmp_path, kind):
    content = BINARY[kind](tmp_path) if kind in BINARY else TEXTS[kind]()
    (tmp_path / "a").write_bytes(content)
    for found in (sign_in(content), sign_of(tmp_path / "a")):
        assert (found.kind, found.edited) == (KINDS.get(kind, kind), False)


@pytest.mark.parametrize("kind", TEXTS)
def test_an_edited_text_is_told_from_the_written_one(kind):
    content = TEXTS[kind]()
    place = content.rindex({"device": b"a: 1", "svg": b"</svg>"}.get(kind, b"Text"))
    edited = content[:place] + b" " + content[place:]
    assert sign_in(edited).edited
    unsealed = content.replace(b"1 " + content.split(sign(KINDS.get(kind, kind)).encode() + b" ")[1][:16], b"1")
    assert sign_in(unsealed).edited


WORDS = sign("chip", 6)
QUOTING = {
    "notes": f"Files say `{WORDS}` of themselves.\n",
    "a program": f'FORMAT = "{WORDS}"\n',
    "a comment further down": f"a: 1\n# {WORDS} 0123456789abcdef\n",
    "an entry further down": json.dumps({"a": 1, "format": WORDS}),
    "a page": f"<!DOCTYPE html>\n<p>{WORDS}</p>\n",
    "a drawing": f'<?xml version="1.0"?>\n<svg><text>{WORDS}</text></svg>\n',
    "a safetensors of others": None,
}


@pytest.mark.parametrize("kind", QUOTING)
def test_words_in_another_place_say_nothing(kind):
    content = QUOTING[kind]
    if content is None:
        header = json.dumps({"__metadata__": {"note": WORDS}}).encode()
        content = (len(header).to_bytes(8, "little") + header).decode("latin-1")
    assert sign_in(content.encode("latin-1")) is None


def test_archives_of_others_that_hold_a_file_of_ours(tmp_path):
    for kind in ("checkpoint", "conductances", "table", "pdf"):
        (tmp_path / "ours").write_bytes(BINARY[kind](tmp_path))
        with tarfile.open(tmp_path / "a.tar", "w") as archive:
            archive.add(tmp_path / "ours", "ours")
        assert sign_of(tmp_path / "a.tar") is None


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_figures_of_other_programs_that_name_ours(ending):
    figure, axes = subplots(figsize=(2, 2))
    axes.set_title(sign("figure"))
    content = io.BytesIO()
    figure.savefig(content, format=ending, metadata={"Title": sign("figure")})
    assert sign_in(content.getvalue()) is None


def test_only_a_text_with_a_sign_has_a_seal():
    with pytest.raises(ValueError, match="no sign"):
        sealed("a: 1\n")

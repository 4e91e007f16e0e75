"""Lines, fields and numbers of tables."""

import bz2
import gzip
import lzma
import os

import pytest

from device_models.errors import MappingError
from device_models.files import table_text
from device_models.files.table_text import TableText, fields, is_index, is_number, table_lines


def lines(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    return list(table_lines(tmp_path / "t.csv", MappingError))


def test_blank_lines_and_comments_are_counted_and_left_out(tmp_path):
    assert lines(tmp_path, b"\xef\xbb\xbfa\r\n\n # no\n  b,c  \n") == [(1, "a"), (4, "  b,c  ")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\n\0", "not a text file; export the table as CSV"),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "not a text file; export the table as CSV"),
        (b"\x89HDF\r\n", "t.csv: is an HDF5 file; export the table as CSV"),
        (gzip.compress(b"a" * 99, mtime=0)[:-9], "t.csv: its packed data are damaged or end early"),
        (lzma.compress(b"a" * 99)[:-30], "t.csv: its packed data are damaged or end early"),
        (gzip.compress(b"a\n" * 5 + b"1" * 4001, mtime=0), "t.csv:6: a line of more than 4000 characters"),
        (b"a\n" + b"1" * 4001, "t.csv:2: a line of more than 4000 characters"),
    ],
)
def test_what_is_no_table(tmp_path, content, message):
    with pytest.raises(MappingError, match=message):
        lines(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("µ,Ω\n1,2\n".encode(), []),
        ("µ,Ω\n1,2\n".encode("utf-8-sig"), []),
        ("µ,Ω\n1,2\n".encode("utf-16"), ["UTF-16"]),
        ("µ,Ω\n1,2\n".encode("utf-16-le"), ["UTF-16"]),
        ("µ,Ω\n1,2\n".encode("utf-16-be"), ["UTF-16"]),
        ("µ,Ω\n1,2\n".encode("utf-32"), ["UTF-32"]),
        ("µ,°\r1,2\r".encode("latin-1"), ["Latin-1"]),
        (gzip.compress("µ,Ω\r\n1,2\r\n".encode()), ["gzip"]),
        (bz2.compress("µ,°\n1,2\n".encode("latin-1")), ["bzip2", "Latin-1"]),
        (lzma.compress("µ,Ω\n1,2\n".encode("utf-16")), ["xz", "UTF-16"]),
    ],
)
def test_texts_of_every_form(tmp_path, content, said):
    (tmp_path / "t.csv").write_bytes(content)
    text = TableText(tmp_path / "t.csv", MappingError)
    (_, first), second = list(text)
    assert first in ("µ,Ω", "µ,°")
    assert second == (2, "1,2")
    assert list(text.said) == said


def test_what_is_no_file_or_too_large(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "none", "a\0", "."):
        with pytest.raises(MappingError, match=r"regular file|no such file|not the name|is a folder"):
            list(table_lines(tmp_path / name, MappingError))
    monkeypatch.setattr(table_text, "MOST_LINES", 2)
    with pytest.raises(MappingError, match=r"t.csv:3: more than 2 lines, comments and blank ones counted"):
        lines(tmp_path, b"#\n\n1")
    monkeypatch.setattr(table_text, "MOST_BYTES", 10)
    with pytest.raises(MappingError, match="11 bytes, at most 10 bytes are read"):
        lines(tmp_path, b"1" * 11)
    monkeypatch.setattr(table_text, "MOST_BYTES", 100)
    with pytest.raises(MappingError, match="csv:2: more than 100 bytes, which is all that is read of a table"):
        lines(tmp_path, gzip.compress(b"1" * 99 + b"\n11"))


def test_fields_have_no_spaces_around_them_and_no_control_characters():
    assert fields(' a ; "b;c" ;', ";", "t:1", MappingError) == ["a", "b;c", ""]
    with pytest.raises(MappingError, match="t:1: the control character"):
        fields("a\x1b[2J", ",", "t:1", MappingError)


@pytest.mark.parametrize("text", ["1", "+1.", "-.5", "1e-9", "2E+3", "1e999"])
def test_numbers(text):
    assert is_number(text)


@pytest.mark.parametrize("text", ["1_0", "\u0661", "\uff11", "inf", "nan", "", ".", "1e", "0x1", " 1", "1,5", "1\n"])
def test_what_is_no_number(text):
    assert not is_number(text)


def test_indices():
    assert all(map(is_index, ["0", "12", "9" * 18]))
    assert not any(map(is_index, ["-1", "1_0", "\u0661", "1.0", "", "9" * 19, "+1"]))

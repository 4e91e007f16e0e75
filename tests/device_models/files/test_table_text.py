"""Lines, fields and numbers of tables."""

import gzip
import os

import pytest

from device_models.errors import MappingError
from device_models.files import table_text
from device_models.files.table_text import fields, is_index, is_number, table_lines


def lines(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    return list(table_lines(tmp_path / "t.csv", MappingError))


def test_blank_lines_and_comments_are_counted_and_left_out(tmp_path):
    assert lines(tmp_path, b"\xef\xbb\xbfa\r\n\n # no\n  b,c  \n") == [(1, "a"), (4, "  b,c  ")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\n\xff", "not a text file in UTF-8"),
        (b"a\n\0", "not a text file in UTF-8"),
        (gzip.compress(b"a", mtime=0), "t.csv: is gzipped; unpack it first"),
        (b"a\n" + b"1" * 4001, "t.csv:2: a line of more than 4000 characters"),
    ],
)
def test_what_is_no_table(tmp_path, content, message):
    with pytest.raises(MappingError, match=message):
        lines(tmp_path, content)


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

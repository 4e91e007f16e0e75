import json
import os

import pytest

from device_models.errors import FileError, RecordError
from device_models.files.records import format_of, read_record, write_record
from device_models.schema import Count, Schema


class Inner(Schema):
    value: float | None


class Content(Schema):
    number: Count
    parts: dict[str, Inner] = {}


def _write(folder):
    return write_record(folder / "a.json", "thing", 3, {"number": 2, "parts": {"x": {"value": 0.1}}})


def test_what_was_written_is_read(tmp_path):
    path = _write(tmp_path)
    assert read_record(path, "thing", 3, Content) == Content(number=2, parts={"x": Inner(value=0.1)})
    assert format_of(path) == "crossbar-nsm thing 3"
    assert list(json.loads(path.read_text())) == ["format", "number", "parts", "digest"]
    _write(tmp_path)  # its own file, again


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: "", "damaged"),
        (lambda _: "[" * 100_000, "damaged"),
        (lambda _: "9" * 10_000, "damaged"),
        (lambda _: "[1]", "damaged .it holds no entries"),
        (lambda text: text[:40], "damaged"),
        (lambda text: text.replace('"number": 2', '"number": 7, "number": 2'), "damaged .key 'number' is given twice"),
        (lambda text: text.replace("thing 3", "thing 2"), "its format is 'crossbar-nsm thing 2', expected"),
        (lambda text: text.replace('"number": 2', '"number": "2"'), "number: expected a number"),
        (lambda text: text.replace('"number": 2', '"number": 2.5'), "number: "),
        (lambda text: text.replace('"number": 2', '"number": 1' + 400 * "0"), "number: "),
        (lambda text: text.replace('"number": 2', '"other": 2'), r"number: is missing, and 1 more|unknown key"),
        (lambda text: text.replace('"number": 2', '"number": 3'), "is not what this program wrote, edited perhaps"),
        (lambda text: text.replace("0.1", "0.2"), "edited perhaps"),
    ],
)
def test_a_damaged_or_edited_record_is_named(tmp_path, change, message):
    path = _write(tmp_path)
    path.write_text(change(path.read_text()))
    with pytest.raises(RecordError, match=message) as caught:
        read_record(path, "thing", 3, Content)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) - len(str(path)) < 300


def test_bytes_that_are_no_text_and_a_pipe(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(RecordError, match="damaged"):
        read_record(path, "thing", 3, Content)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RecordError, match="a named pipe, socket or device"):
        read_record(tmp_path / "pipe", "thing", 3, Content)
    with pytest.raises(RecordError, match="no such file"):
        read_record(tmp_path / "none", "thing", 3, Content)


def test_a_record_of_others_stays(tmp_path):
    (tmp_path / "a.json").write_text('{"number": 5}')
    with pytest.raises(FileError, match="not of this program"):
        _write(tmp_path)


def test_a_record_that_nothing_here_could_have_written_is_not_parsed(tmp_path, monkeypatch):
    path = _write(tmp_path)
    monkeypatch.setattr("device_models.files.records.MOST_BYTES", 10)
    monkeypatch.setattr(json, "loads", lambda *_: pytest.fail("was parsed"))
    with pytest.raises(RecordError, match="holds more than 10 bytes"):
        format_of(path)

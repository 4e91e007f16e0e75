import os
import time

import pytest

from device_models.errors import ConfigError
from device_models.files.document import (
    Document,
    load_document,
    nested,
    overlay,
    parse_document,
    parse_override,
    plain_data,
)


def test_scalars_follow_yaml_1_2():
    data = parse_document("a: 1e-4\nb: no\nc: true\nd: 0x10\ne: .inf\nf: 1_000\ng: ~\nh: 007\ni: -.5E+3", "f").data
    assert data["a"] == 1e-4
    assert data["b"] == "no"
    assert data["c"] is True
    assert data["d"] == "0x10"
    assert data["e"] == float("inf")
    assert data["f"] == "1_000"
    assert data["g"] is None
    assert data["h"] == 7
    assert data["i"] == -500.0


def test_places_are_file_and_line():
    document = parse_document("a: 1\nb:\n  c: 2\n  d: [3,\n    4]\n", "x.yaml")
    assert document.place(("b", "c")) == "x.yaml:3"
    assert document.place(("b", "d", 1)) == "x.yaml:5"
    assert document.place(("b", "unknown")) == "x.yaml:2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "x.yaml:2: key 'a' is given twice"),
        ("a: [1", "x.yaml:1: not valid YAML"),
        ("- 1", "expected `key: value`"),
        ("a: !!python/object/apply:os.system [ls]", "x.yaml"),
        ("[1, 2]: 3", "keys must be plain text"),
        ("a: &a {x: *a}", "nested too deeply"),
        ("a: " + "[" * 3000, "nested too deeply"),
        ("a: &b {c: 1}\nd:\n  <<: *b", "x.yaml:3: merge keys"),
        ("a: " + "9" * 5000, "x.yaml:1: a: '9999"),
        ("a: \0", "x.yaml"),
        ("a: !!bool maybe", "x.yaml:1: a: 'maybe' is not a usable !!bool"),
        ("a: !!timestamp 2020-99-99", "x.yaml:1: tags such as 'tag:yaml.org,2002:timestamp'"),
        ("a: !!int {b: 1}", "x.yaml:1: tags such as"),
        ("a: !!int one", "x.yaml:1: a: 'one' is not a usable number"),
        ("a: !!float 1e", "x.yaml:1: a: '1e' is not a usable number"),
        ("a: !!binary aGk=", "x.yaml:1: tags such as"),
        ("a: !!set {b, c}", "x.yaml:1: tags such as"),
        ("a: !!omap [b: 1]", "x.yaml:1: tags such as"),
        ("a: !!null something", "x.yaml:1: a: 'something' is not a usable !!null"),
        ('a: "\\ud800"', "x.yaml:1: '\\ud800' holds characters that are no text"),
        ('"\\0": 1', "x.yaml:1: '\\x00' holds characters that are no text"),
        ('a: "\\UFFFFFFFF"', "x.yaml: not valid YAML"),
        ("%YAML 1." + "9" * 5000 + "\n--- {}", "x.yaml: not valid YAML"),
        ("a: 123456789012345678901", "x.yaml:1: a: '123456789012345678901' is not a usable number"),
        ("a: [" + "1," * 60_000 + "]", "x.yaml: more than 50000 values"),
        ("a: 1 #" + "x" * 2_000_000, "x.yaml: 2000006 characters, at most 1000000 are read"),
    ],
)
def test_bad_yaml_is_one_line(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_document(text, "x.yaml")
    assert message in str(caught.value)
    assert len(caught.value.mistakes) == 1


def test_tags_of_plain_data_mean_what_they_say():
    data = parse_document(
        "{a: !!str 12, b: !!float 3, c: !!bool true, d: !!null , e: !!int 7, f: !!seq [!!map {}]}", "f"
    )
    assert data.data == {"a": "12", "b": 3.0, "c": True, "d": None, "e": 7, "f": [{}]}


def test_alias_bombs_are_refused():
    text = "a0: &a0 [1, 1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    with pytest.raises(ConfigError, match="nested aliases"):
        parse_document(text, "x.yaml")


def test_missing_file():
    with pytest.raises(ConfigError, match="no such file"):
        load_document("nowhere.yaml")


def test_override_values_are_yaml():
    assert parse_override("read.window_s=1e-7") == (("read", "window_s"), 1e-7)
    assert parse_override("sweep={a: [1, 2]}")[1] == {"a": [1, 2]}
    assert parse_override("sweep.neuron.scaling=[none]") == (("sweep", "neuron.scaling"), ["none"])
    for bad in ("read.window_s", "=1", "a..b=1", "a=1\nb: 2", "a={"):
        with pytest.raises(ConfigError) as caught:
            parse_override(bad)
        assert str(caught.value).startswith("--set " + bad.replace("\n", r"\n"))


@pytest.mark.parametrize("depth", [100, 100_000])
def test_an_override_hundreds_of_keys_deep_is_refused_in_a_short_line(depth):
    with pytest.raises(ConfigError, match=f"{depth} keys deep, more than the 50") as caught:
        parse_override(".".join("a" * depth) + "=1")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("text", ["a\udcff=1", "a\0=1", "a=\udcff", "a=\0", "a=!!bool x", 5, None])
def test_an_override_that_is_no_text_is_refused(text):
    with pytest.raises(ConfigError):
        parse_override(text)


def test_thousands_of_entries_take_time_in_proportion():
    """6,000 took 17 s when every one of them looked through all the others."""
    base = Document(
        {"sources": {f"a{k}": "x" for k in range(20_000)}}, {("sources", f"a{k}"): "base" for k in range(20_000)}
    )
    top = Document(
        {"sources": {f"b{k}": "y" for k in range(20_000)}}, {("sources", f"b{k}"): "top" for k in range(20_000)}
    )
    started = time.perf_counter()
    result = overlay(base, top)
    for k in range(0, 20_000, 2):
        result.drop(("sources", f"a{k}"))
    assert time.perf_counter() - started < 3
    assert len(result.data["sources"]) == 30_000
    assert result.place(("sources", "b7")) == "top"
    assert ("sources", "a4") not in result.where


def test_a_section_is_a_document_of_its_own():
    document = parse_document("a: {b: {c: 1},\n  d: 2}", "f").part(("a",))
    assert document.data == {"b": {"c": 1}, "d": 2}
    assert (document.place(("b", "c")), document.place(("d",))) == ("f:1", "f:2")


def test_a_named_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "c.yaml")
    with pytest.raises(ConfigError, match=r"c\.yaml: a named pipe"):
        load_document(tmp_path / "c.yaml")


def test_overlay_keeps_inputs_and_remembers_the_top_places():
    base = parse_document("a: {b: 1, c: 2}", "base")
    top = nested(("a", "b"), 5, "--set a.b=5")
    result = overlay(base, top)
    assert result.data == {"a": {"b": 5, "c": 2}}
    assert result.place(("a", "b")) == "--set a.b=5"
    assert base.data == {"a": {"b": 1, "c": 2}}


def test_overlay_of_an_alternative_removes_the_others():
    groups = [(("noise",), [{"relative"}, {"law"}])]
    result = overlay(Document({"noise": {"relative": 1, "other": 2}}), Document({"noise": {"law": 3}}), groups)
    assert result.data == {"noise": {"law": 3, "other": 2}}


def test_an_empty_mapping_on_top_is_an_empty_section():
    result = overlay(parse_document("a: {b: 1}\nc: 2", "base"), parse_document("a: {}", "top"))
    assert result.data == {"a": {}, "c": 2}
    assert result.place(("a", "b")) == "top:1"


def test_a_mapping_of_python_has_no_more_values_than_a_document(monkeypatch):
    monkeypatch.setattr("device_models.files.document.MAX_NODES", 10)
    assert plain_data({"a": [1, 2, {"b": (3, 4)}]}) == {"a": [1, 2, {"b": [3, 4]}]}
    for many in ({str(k): k for k in range(11)}, {"a": list(range(11))}, {"a": [[[0] * 4] * 3]}):
        with pytest.raises(ConfigError, match=r"^mapping: more than 10 values$"):
            plain_data(many)

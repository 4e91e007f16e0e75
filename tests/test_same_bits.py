"""`benchmarks.same_bits` notices what it is there to notice."""

import json

import numpy as np
import pytest

from benchmarks import same_bits
from benchmarks.same_bits import differences, entry, flat, main


def test_one_bit_a_type_and_a_shape_differ():
    values = np.array([1.0, 2.0, 3.0])
    others = [np.nextafter(values, 4), values.astype(np.float32), values[None], values[::-1], -0.0 * values]
    digests = {entry(value)["digest"] for value in [values, *others]}
    assert len(digests) == 1 + len(others)
    assert entry(np.tile(values[:, None], 2)[:, 0]) == entry(values)


def test_results_are_taken_apart_without_paths_and_times():
    found = flat({"rows": [{"nll": 1.0, "seconds": 3}, {"nll": 2.0, "seconds": 4}], "config": {"a": 1}}, "case")
    assert found == {"case/rows/nll": [1.0, 2.0]}


def test_what_is_missing_or_differs_is_named_and_what_is_new_is_not():
    before = {name: entry(1.0) for name in ("same", "lost", "changed")}
    after = {"same": entry(1.0), "changed": entry(1.5), "new": entry(0)}
    assert differences(before, after) == ["lost: is missing", "changed: differs, ['1'] -> ['1.5']"]


@pytest.mark.parametrize(("after", "code"), [(0.5, 0), (np.nextafter(0.5, 1), 1)])
def test_the_exit_code_says_whether_bits_are_the_same(monkeypatch, tmp_path, capsys, after, code):
    record = tmp_path / "before.json"
    monkeypatch.setattr(same_bits, "CASES", {"case": lambda folder: {"error": np.array([0.5])}})
    assert main(["--out", str(record)]) == 0
    assert list(json.loads(record.read_text())) == ["case/error"]
    monkeypatch.setattr(same_bits, "CASES", {"case": lambda folder: {"error": np.array([after])}})
    assert main(["--against", str(record)]) == code
    assert ("case/error: differs" if code else "1 results are the same") in capsys.readouterr().out

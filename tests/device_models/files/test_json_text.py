import json

import pytest

from device_models.files.json_text import read_json


def test_it_is_json():
    whole = {"a": [1, 2.5, None, {"b": "x", "a": True}], "": {}}
    assert read_json(json.dumps(whole)) == whole
    assert read_json(b'[{"a": 1}, {"a": 2}]') == [{"a": 1}, {"a": 2}]  # the same key in two places


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "key 'a' is given twice"),
        ('{"x": [{"a": 1, "\\u0061": 2}]}', "key 'a' is given twice"),
        ('{"' + 500 * "k" + '": 1, "' + 500 * "k" + '": 1}', r"key 'k+\.\.\.k+' is given twice"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 10_000, "limit"),
        ('{"a": 1', "Expecting"),
        (b"\xff{}", "decode|invalid"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_json(text)
    assert len(str(caught.value)) < 200

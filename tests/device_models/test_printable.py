import pytest

from device_models import load_device
from device_models.errors import ConfigError
from device_models.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("µS, 電, a b", "µS, 電, a b"),
        ("a\x1b[2J", "a\\x1b[2J"),
        ("a\nerror: b", "a\\nerror: b"),
        ("\x9b\u2028\u202e\ud800", "\\x9b\\u2028\\u202e\\ud800"),
        ("no\xa0break", "no\xa0break"),
    ],
)
def test_what_steers_a_terminal_is_written_out(text, shown):
    assert printable(text) == shown
    assert printable(shown) == shown


def test_line_ends_may_be_kept():
    assert printable("a\nb\r", "\n") == "a\nb\\r"


@pytest.mark.parametrize("name", ["a\nerror: forged", "a\x1b[2J"])
def test_a_device_has_a_name_on_one_line(name):
    with pytest.raises(ConfigError, match="name: line ends and control characters are no part of a name"):
        load_device({"preset": "ideal", "name": name})

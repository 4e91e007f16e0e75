"""Text of others on its way to a terminal: a name in it must neither steer the terminal nor look like another line."""

from __future__ import annotations

import unicodedata

_STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control and format characters, surrogates, separators of lines


def printable(text: str, besides: str = "") -> str:
    """`text` with such characters, but those in `besides`, written out as Python writes them."""
    if text.isprintable():
        return text
    return "".join(repr(one)[1:-1] if _steers(one) and one not in besides else one for one in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in _STEERING

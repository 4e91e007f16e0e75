"""What a file of another kind is, told by how it begins: what people have under the name of the file that they want."""

from __future__ import annotations

_STARTS = {  # in lower case, behind white space -> what it is, and what to do
    b"version https://git-lfs": ("a Git LFS pointer", "git lfs pull fetches the file itself"),
    b"\x1f\x8b": ("a gzipped file", "gunzip it"),
    b"<": ("a web page", "download the file itself"),
    b"{": ("JSON text", "a server's answer, perhaps; download the file itself"),
}


def other_content(head: bytes) -> tuple[str, str] | None:
    """What a file is that begins so, and what to do with it; None for what is none of these kinds."""
    if not head:
        return "an empty file", "copy or download it again"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((found for known, found in _STARTS.items() if start.startswith(known)), None)

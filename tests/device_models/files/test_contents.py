"""Files of another kind, told by how they begin."""

import gzip

import pytest

from device_models.files.contents import other_content


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"", "an empty file"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        (gzip.compress(b"x", mtime=0), "a gzipped file"),
        (b"\xef\xbb\xbf\n <HTML>", "a web page"),
        (b' {"message": "Not Found"}', "JSON text"),
    ],
)
def test_each_kind_has_a_name_and_advice(head, what):
    found, advice = other_content(head)
    assert found == what
    assert advice


@pytest.mark.parametrize("head", [b"\x80\x02", b"PK\3\4", b"\x93NUMPY", b"version 2", bytes(64), b"x,y\n"])
def test_what_is_none_of_these_has_no_name(head):
    assert other_content(head) is None

import gzip
import os
import socket

import pytest

from device_models.errors import DatasetError, FileError
from device_models.files import reading
from device_models.files.reading import most_unpacked, open_regular, read_bytes, read_gzip, read_text, size_text


def test_regular_files_and_links_to_them_are_read(tmp_path):
    (tmp_path / "a").write_bytes("\ufeffabä".encode())
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "c.gz").write_bytes(gzip.compress(b"abc"))
    assert read_text(tmp_path / "b") == "abä"
    assert read_bytes(tmp_path / "a", most=7) == "\ufeffabä".encode()
    assert read_gzip(tmp_path / "c.gz") == b"abc"


def test_what_is_no_regular_file_is_refused_without_opening_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
    for name in ("pipe", "link", "socket"):
        with pytest.raises(DatasetError, match=f"{name}: a named pipe, socket or device"):
            open_regular(tmp_path / name, DatasetError)
    with pytest.raises(FileError, match="a named pipe, socket or device"):
        open_regular("/dev/zero")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "no such file"),
        (".", "is a folder"),
        ("a\0b", "not the name"),
        ("x" * 5000, "too long"),
        (None, "not the"),
    ],
)
def test_names_of_nothing_are_refused(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError, match=message):
        read_bytes(name)


def test_no_more_is_read_than_allowed(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"x" * 101)
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"x" * 101))
    for read, name in ((read_bytes, "a"), (read_gzip, "a.gz")):
        with pytest.raises(FileError, match="holds more than 100 bytes"):
            read(tmp_path / name, most=100)
        assert len(read(tmp_path / name, most=101)) == 101
    monkeypatch.setattr(reading, "FREE_BYTES", 10_000)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(100_000)))
    with pytest.raises(FileError, match=r"holds more than .* kB"):
        read_gzip(tmp_path / "bomb.gz")


def test_compressed_files_may_unpack_to_a_few_hundred_times_their_size():
    assert most_unpacked(10_000) == reading.FREE_BYTES
    assert most_unpacked(10_000_000) == 3_000_000_000
    assert most_unpacked(10**12) == reading.MOST_UNPACKED


def test_damage_is_told(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"x" * 1000)[:-10])
    (tmp_path / "b").write_bytes(b"\xff")
    with pytest.raises(FileError, match="truncated, its gzipped data do not end"):
        read_gzip(tmp_path / "a.gz")
    with pytest.raises(FileError, match="not UTF-8 text"):
        read_text(tmp_path / "b")


@pytest.mark.parametrize("members", [1, 2])
def test_what_is_wrong_with_a_packed_file_is_told_from_other_damage(tmp_path, members):
    path, whole = tmp_path / "a.gz", members * gzip.compress(bytes(3_000_000) + b"x" * 1000)
    for content, message in (
        (whole + b"abc", "3 bytes more than its gzipped data, cut them off"),
        (whole[:-3], "truncated, its gzipped data do not end"),
        (whole[:-6] + b"?" + whole[-5:], r"damaged \(CRC check failed"),
        (b"plain", "not gzipped, though its name ends in .gz; take that off its name"),
    ):
        path.write_bytes(content)
        with pytest.raises(FileError, match=message):
            read_gzip(path)
    path.write_bytes(whole + bytes(100))  # with which tapes are filled up
    assert len(read_gzip(path)) == members * 3_001_000


def test_sizes_are_written_short():
    assert [size_text(count) for count in (5, 1500, 2_500_000, 5 * 10**12)] == [
        "5 bytes",
        "1.5 kB",
        "2.5 MB",
        "5 TB",
    ]

import io
import os
import struct
import time
import zipfile

import numpy as np
import pytest

from device_models.errors import MappingError
from device_models.files import archives, reading
from device_models.files.archives import open_zip, read_arrays, read_member


def npy(header, content=b""):
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content


def header(shape="(2,)", dtype="'<f8'"):
    return f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}"


def write(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_arrays_are_those_of_numpy(tmp_path):
    arrays = {
        "a/b": np.arange(6).reshape(2, 3), "fortran": np.asfortranarray(np.eye(3)[:, :2]), "empty": np.zeros((0, 4)),
        "number": np.array(1.5), "text": np.array(["ab", "c"]), "big": np.arange(3, dtype=">i2"),
    }  # fmt: skip
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **arrays)
        found = read_arrays(tmp_path / "a.npz", MappingError)
        assert found.keys() == arrays.keys()
        for name, value in arrays.items():
            assert found[name].dtype == value.dtype
            assert np.array_equal(found[name], value)
    assert read_arrays(tmp_path / "a.npz", MappingError, wanted=("big", "none")).keys() == {"big"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy("(" * 5000), "not a readable array"),
        (npy("[" * 200 + "]" * 200), "not a readable array"),
        (npy(header(dtype="'|O'"), b"x" * 16), "holds Python objects"),
        (npy(header("(10**9,)"), b"x" * 16), "not a readable array"),
        (npy(header("(1000000000000,)"), b"x" * 16), "16 bytes where it says"),
        (npy(header("(-2,)"), b"x" * 16), "not a readable array"),
        (npy(header("(3,)"), b"x" * 16), "16 bytes where it says"),
        (npy(header(f"(1{'0' * 5000},)"), b"x" * 16), "not a readable array"),
        (npy(header(f"(0, 1{'0' * 30})")), "not a readable array"),
        (npy(header(dtype="'<q99'"), b"x" * 16), "not a readable array"),
        (b"", "not a readable array"),
        (b"\x93NUMPY\x09\x00" + b"x" * 50, "not a readable array"),
    ],
)
def test_headers_that_are_none(tmp_path, content, message):
    with pytest.raises(MappingError, match=message) as caught:
        read_arrays(write(tmp_path / "a.npz", [("x.npy", content)]), MappingError)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_methods_that_unpack_to_anything_are_refused(tmp_path, method):
    path = write(tmp_path / "a.npz", [("x.npy", npy(header(), b"x" * 16))], method)
    with pytest.raises(MappingError, match="another method than deflate"):
        read_arrays(path, MappingError)


def test_an_unknown_method_is_refused(tmp_path):
    path = write(tmp_path / "a.npz", [("x.npy", npy(header(), b"x" * 16))])
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = raw.index(signature) + offset
        raw[at : at + 2] = struct.pack("<H", 77)
    path.write_bytes(raw)
    with pytest.raises(MappingError, match="another method than deflate"):
        read_arrays(path, MappingError)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "FREE_BYTES", 10**6)
    content = npy(header("(2500000,)"), bytes(20_000_000))
    path = write(tmp_path / "a.npz", [("x.npy", content)], zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(np.lib.format, "read_array", lambda *_a, **_k: pytest.fail("was unpacked"))
    with pytest.raises(MappingError, match=r"would unpack to 20 MB, at most .* MB are read of such a file"):
        read_arrays(path, MappingError)


def test_two_members_of_one_name_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = write(tmp_path / "a.npz", [("x.npy", npy(header(), b"x" * 16))] * 2)
    with pytest.raises(MappingError, match="two members have the same name"):
        read_arrays(path, MappingError)


def test_what_is_no_array_or_no_archive(tmp_path):
    with pytest.raises(MappingError, match=r"'readme\.txt' in it is no array"):
        read_arrays(write(tmp_path / "a.npz", [("readme.txt", b"hello")]), MappingError)
    (tmp_path / "b.npz").write_bytes(b"PK\x05\x06" + b"\xff" * 18)
    with pytest.raises(MappingError, match=r"not a readable \.npz file"):
        read_arrays(tmp_path / "b.npz", MappingError)
    os.mkfifo(tmp_path / "c.npz")
    with pytest.raises(MappingError, match="a named pipe"):
        read_arrays(tmp_path / "c.npz", MappingError)


def test_damaged_members_are_told(tmp_path):
    content = io.BytesIO()
    np.savez_compressed(content, x=np.random.default_rng(1).random(1000))
    raw = bytearray(content.getvalue())
    raw[len(raw) // 2] ^= 0xFF
    (tmp_path / "a.npz").write_bytes(raw)
    with pytest.raises(MappingError, match="'x' is not a readable array"):
        read_arrays(tmp_path / "a.npz", MappingError)


def test_members_are_bounded_one_by_one_and_in_number(tmp_path, monkeypatch):
    path = write(tmp_path / "a.zip", [("a", b"x" * 100), ("b", b"y")])
    with open_zip(path, MappingError) as archive:
        assert read_member(archive, path, "b", MappingError, 10) == b"y"
        with pytest.raises(MappingError, match="would unpack to 100 bytes, at most 10 bytes"):
            read_member(archive, path, "a", MappingError, 10)
    monkeypatch.setattr(archives, "MOST_MEMBERS", 1)
    with pytest.raises(MappingError, match="2 members, more than the 1"), open_zip(path, MappingError):
        pass


def test_nested_brackets_take_no_time(tmp_path):
    started = time.perf_counter()
    with pytest.raises(MappingError):
        read_arrays(write(tmp_path / "a.npz", [("x.npy", npy("(" * 60_000))]), MappingError)
    assert time.perf_counter() - started < 1

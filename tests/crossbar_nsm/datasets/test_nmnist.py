import os
import warnings
import zipfile

import numpy as np
import pytest
from support.datasets import by_message, nmnist, real, refused, write_nmnist

from crossbar_nsm.datasets import nmnist as module
from crossbar_nsm.datasets import recordings as recordings_module
from crossbar_nsm.datasets.catalogue import load_dataset, read_dataset

DIGITS = {"Train": [5, 0, 4, 1, 9, 2, 3, 6, 7, 8, 5], "Test": [7, 2, 1, 0, 4, 9, 5, 8, 6, 3]}


def content(number):
    """One ON event at (number, 1), the last of the recording."""
    return nmnist((0, 0, 0, 10), (number, 1, 1, 1000))


def recordings(part):
    return {(digit, number): content(number) for number, digit in enumerate(DIGITS[part], start=1)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setitem(module.RECORDINGS, "nmnist", {"train": 11, "test": 10})
    folder = tmp_path / "nmnist"
    for part in DIGITS:
        write_nmnist(folder, part, recordings(part))
    return folder


def load(folder, split="train"):
    return load_dataset(folder.name, split, folder.parent)


def image_of(folder, *events):
    """The image of recording 00001."""
    write_nmnist(folder, "Train", {(5, 1): nmnist(*events)})
    return load(folder)[0][0]


def test_recordings_are_in_the_order_of_their_numbers(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for split, part in (("train", "Train"), ("test", "Test")):
            x, y = load(folder, split)
            assert (x.shape, x.dtype, y.dtype) == ((len(DIGITS[part]), 10, 34, 34), np.float32, np.int64)
            assert y.tolist() == DIGITS[part]
            assert np.argwhere(x).tolist() == [[i, 9, 1, i + 1] for i in range(len(x))]


def test_bits_of_an_event(folder):
    """x = 18, y = 5, ON, t = 0x010203 us; then an OFF event at (1, 2): it stretches the frames but shows nowhere."""
    (folder / "Train" / "5" / "00001.bin").write_bytes(bytes.fromhex("1205810203" + "01027fffff"))
    assert 0x010203 * 10 // 0x7FFFFF == 0
    assert np.argwhere(load(folder)[0][0]).tolist() == [[0, 5, 18]]
    (folder / "Train" / "5" / "00001.bin").write_bytes(bytes.fromhex("1205810203" + "01020123ff"))
    assert 0x010203 * 10 // 0x0123FF == 8
    assert np.argwhere(load(folder)[0][0]).tolist() == [[8, 5, 18]]


def test_borders_of_frames(folder):
    """1,000 us: a frame lasts 100 us and holds its start, not its end."""
    events = [(x, 3, 1, time) for x, time in enumerate([0, 99, 100, 199, 200, 899, 900, 999, 1000])]
    frames = [0, 0, 1, 1, 2, 8, 9, 9, 9]
    assert np.argwhere(image_of(folder, *events)).tolist() == [[f, 3, x] for x, f in enumerate(frames)]


def test_many_events_at_a_pixel_count_once_and_the_corner_is_inside(folder):
    image = image_of(folder, *[(33, 33, 1, time) for time in (0, 1, 2, 100)])
    assert np.argwhere(image).tolist() == [[0, 33, 33], [9, 33, 33]]
    assert set(np.unique(image)) == {0, 1}


def test_all_events_at_once(folder):
    assert np.argwhere(image_of(folder, (2, 4, 1, 0))).tolist() == [[0, 4, 2]]


def zipped(target, folder, parts, top=""):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            for path in (folder / part).rglob("*.bin"):
                archive.write(path, f"{top}{path.relative_to(folder)}")
        archive.writestr("__MACOSX/Train/5/._00001.bin", b"not a recording")


@pytest.mark.parametrize(
    "archives",
    [{"any.zip": ("Train", "Test")}, {"Train.zip": ("Train",), "Test.zip": ("Test",)}],
)
@pytest.mark.parametrize("top", ["", "N-MNIST/"])
def test_zip_files_hold_the_same(folder, archives, top):
    target = folder.with_name("nmnist_small")
    target.mkdir()
    for name, parts in archives.items():
        zipped(target / name, folder, parts, top)
    for split in ("train", "test"):
        with pytest.warns(UserWarning, match=f"data set nmnist_small: .* of the 10*0 {split} recordings"):
            packed = load(target, split)
        for one, other in zip(load(folder, split), packed, strict=True):
            assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (nmnist((1, 2, 1, 3))[:-1], "4 bytes more than 0 events of 5 bytes, 1 fewer than 1: truncated, or"),
        (nmnist((1, 2, 1, 3)) + b"ab", "2 bytes more than 1 events of 5 bytes, 3 fewer than 2"),
        (b"", "is empty"),
        (nmnist((1, 2, 1, 3), (34, 2, 1, 3)), "event 1 is at x=34, y=2, allowed are 0 to 33"),
        (nmnist((1, 200, 0, 3)), "event 0 is at x=1, y=200, allowed are 0 to 33"),
    ],
    ids=by_message,
)
def test_damaged_recordings(folder, content, message):
    write_nmnist(folder, "Train", {(4, 3): content})
    with refused(folder / "Train" / "4" / "00003.bin", message):
        load(folder)
    target = folder.with_name("nmnist_small")
    target.mkdir()
    zipped(target / "one.zip", folder, ["Train"])
    with refused(f"{target / 'one.zip'}: Train/4/00003.bin: ", message):
        load(target)


def test_a_digit_without_recordings(folder):
    (folder / "Train" / "4" / "00003.bin").unlink()
    with refused(folder / "Train", "no image with label 4, but all of 0 to 9 must occur"):
        load(folder)
    write_nmnist(folder, "Train", {(4, 3): content(3), (10, 4): content(4)})
    with refused(folder / "Train", "has label 10, allowed are 0 to 9"):
        load(folder)


def test_missing_recordings_are_counted_in_a_warning(folder):
    (folder / "Train" / "5" / "00011.bin").unlink()
    with pytest.warns(UserWarning, match="has 10 of the 11 train recordings"):
        load(folder)


def test_missing_files_and_bad_archives(tmp_path):
    folder = tmp_path / "nmnist"
    with refused("no folder Train, no Train.zip and no other zip file in nmnist or N-MNIST", "tonic.datasets.NMNIST"):
        load(folder)
    (folder / "Train").mkdir(parents=True)
    with refused(folder, "no recordings Train/<digit>/<number>.bin; was everything unpacked?"):
        load(folder)
    (folder / "Test.zip").write_bytes(b"PK")
    with refused(folder / "Test.zip", "not a readable zip file, truncated: the record at its end is missing"):
        load(folder, "test")
    for name in ("a.zip", "b.zip"):
        (tmp_path / "nmnist_small").mkdir(exist_ok=True)
        zipped(tmp_path / "nmnist_small" / name, folder, [])
    with refused(tmp_path / "nmnist_small", "several zip files and none is Test.zip"):
        load(tmp_path / "nmnist_small", "test")


def test_a_damaged_member_of_a_zip_file(folder):
    target = folder.with_name("nmnist_small")
    target.mkdir()
    with zipfile.ZipFile(target / "one.zip", "w") as archive:  # stored: one flipped bit spoils one checksum
        for (digit, number), raw in recordings("Train").items():
            archive.writestr(f"Train/{digit}/{number:05}.bin", raw)
    raw = (target / "one.zip").read_bytes()
    assert raw.count(content(3)) == 1
    (target / "one.zip").write_bytes(raw.replace(content(3), content(4)))
    with refused(f"{target / 'one.zip'}: Train/4/00003.bin: cannot be read", "CRC"):
        load(target)


def test_recordings_are_bounded_and_read_from_files_alone(folder, monkeypatch):
    (folder / "Train" / "5" / "00011.bin").unlink()
    os.mkfifo(folder / "Train" / "5" / "00011.bin")
    with refused("00011.bin: a named pipe"):
        load(folder)
    monkeypatch.setattr(recordings_module, "MOST_RECORDINGS", 3)
    with refused("more than 3 recordings"):
        load(folder)


COUNTS = {
    "train": [97, 116, 99, 93, 105, 92, 94, 117, 87, 100],
    "test": [8, 14, 8, 11, 14, 7, 10, 15, 2, 11],
}  # of MNIST's first 1,000 and 100 images


@pytest.mark.parametrize("split", ["train", "test"])
def test_real_recordings_show_mnists_digits(split):
    """The frames' sum is like the MNIST image of the same number; transposed or upside down it is much less so."""
    data, folder = real("nmnist_small", split)
    assert np.bincount(data.labels).tolist() == COUNTS[split]
    assert 0.05 < data.images.mean() < 0.15
    if not (folder.parent / "mnist").is_dir():
        pytest.skip("needs mnist beside nmnist_small")
    digits = read_dataset("mnist", split, folder.parent).first(len(data))
    assert np.array_equal(digits.labels, data.labels)
    seen = data.images.sum(1)[:, 3:31, 3:31]
    upright, transposed, flipped = (
        np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(view, digits.images, strict=True)])
        for view in (seen, seen.swapaxes(1, 2), seen[:, ::-1])
    )
    assert upright > 0.6
    assert max(transposed, flipped) < 0.5

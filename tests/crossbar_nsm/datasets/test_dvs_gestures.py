import gzip
import warnings

import numpy as np
import pytest
from support.datasets import AEDAT_HEADER, label_file, packet, refused

from crossbar_nsm.datasets.catalogue import load_dataset, read_dataset
from crossbar_nsm.datasets.dvs_gestures import WINDOW_US, WINDOWS, window_starts

LENGTH = 200_000  # of a gesture here: two windows fit
GESTURES = [(number, number * LENGTH, (number + 1) * LENGTH) for number in range(1, 12)]
SECOND = LENGTH - WINDOW_US  # where the second window of a gesture starts


def write(folder, name, events=(), gestures=GESTURES):
    """A recording with one OFF event each at its start and end, around `events`."""
    folder.mkdir(parents=True, exist_ok=True)
    end = max(gesture[2] for gesture in gestures)
    raw = AEDAT_HEADER + packet((0, 0, 0, 0)) + packet(*events) + packet((0, 0, 0, end))
    (folder / f"{name}.aedat").write_bytes(raw)
    (folder / f"{name}_labels.csv").write_text(label_file(*gestures) + "\n")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "dvs_gestures"


def load(folder, split="train"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of subjects that are not there
        return load_dataset("dvs_gestures", split, folder.parent)


def test_frames_of_a_window(folder):
    """Bins of 16 ms hold their start, not their end; two camera pixels each way make one; OFF events do not count."""
    start = 3 * LENGTH  # of class 3
    times = [0, 15_999, 16_000, 79_999, 80_000, 95_999, 96_000]
    write(folder, "user01_led", [(2 * i + 1, 101, 1, start + t) for i, t in enumerate(times)] + [(90, 90, 0, start)])
    x, y = load(folder)
    assert (x.shape, x.dtype, y.dtype) == ((22, 6, 64, 64), np.float32, np.int64)
    assert y.tolist() == 2 * list(range(11)), "all first windows, then all second ones"
    assert np.argwhere(x).tolist() == [[2, frame, 50, column] for column, frame in enumerate([0, 0, 1, 4, 5, 5])]


def test_the_second_window_ends_with_the_gesture(folder):
    start = 11 * LENGTH
    times = [SECOND - 1, SECOND, LENGTH - 1, LENGTH]
    write(folder, "user01_led", [(2 * i, 6, 1, start + t) for i, t in enumerate(times)])
    x, y = load(folder)
    assert y[-1] == 10
    assert np.argwhere(x).tolist() == [[21, 0, 3, 1], [21, 5, 3, 2]]


def test_a_short_gesture_is_padded_with_empty_frames(folder):
    end = 12 * LENGTH
    write(folder, "user01_led", [(8, 8, 1, end), (10, 8, 1, end + 39_999), (12, 8, 1, end + 40_000)],
          [*GESTURES, (5, end, end + 40_000), (6, end + 40_000, end + 50_000)])  # fmt: skip
    x, y = load(folder)
    assert np.flatnonzero(y == 4).tolist() == [4, 11, 17]
    assert np.argwhere(x[11]).tolist() == [[0, 4, 4], [2, 4, 5]]
    assert np.argwhere(x[12]).tolist() == [[0, 4, 6]]


@pytest.mark.parametrize(
    ("length", "count"),
    [(1, 1), (WINDOW_US, 1), (2 * WINDOW_US - 1, 1), (2 * WINDOW_US, 2), (10 * WINDOW_US - 1, 9),
     (10 * WINDOW_US, 10), (6_123_457, 10)],
)  # fmt: skip
def test_windows_are_evenly_spaced_from_start_to_end_and_do_not_overlap(length, count):
    starts = np.array(window_starts(1_000, 1_000 + length))
    steps = np.diff(starts)
    assert len(starts) == count <= WINDOWS == 10
    assert starts[0] == 1_000
    assert count == 1 or (starts[-1] + WINDOW_US == 1_000 + length and steps.min() >= WINDOW_US and np.ptp(steps) <= 1)


def test_subjects_1_to_23_train_and_24_to_29_test(folder):
    for subject in range(1, 30):
        where = (LENGTH, (2 * subject, 0, 1, LENGTH))
        write(folder / "DvsGesture", f"user{subject:02}_fluorescent_led", where[1:])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        splits = {split: load_dataset("dvs_gestures", split, folder.parent) for split in ("train", "test")}
    for split, subjects in (("train", range(1, 24)), ("test", range(24, 30))):
        x, y = splits[split]
        assert len(y) == 22 * len(subjects)
        assert np.argwhere(x)[:, 3].tolist() == list(subjects)


def test_images_of_one_subject_are_a_group(folder):
    for name in ("user01_led", "user01_natural", "user02_led"):
        write(folder, name)
    with pytest.warns(UserWarning, match="no recordings of subjects"):
        data = read_dataset("dvs_gestures", "train", folder.parent)
    assert data.groups.tolist() == 2 * (2 * 11 * [1] + 11 * [2])  # all first windows, then all second ones


def test_missing_subjects_are_named_in_a_warning(folder):
    write(folder, "user24_led")
    with pytest.warns(UserWarning, match="no recordings of subjects 25, 26, 27, 28, 29; test uses subjects 24 to 29"):
        load_dataset("dvs_gestures", "test", folder.parent)
    with refused("no recordings of subjects 1 to 23 (train) in dvs_gestures or", "DvsGesture.tar.gz"):
        load(folder, "train")


def test_gzipped_files_are_read_once(folder):
    write(folder, "user01_led", [(2, 2, 1, LENGTH)])
    plain = load(folder)
    for name in ("user01_led.aedat", "user01_led_labels.csv"):
        (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes()))
    assert np.array_equal(load(folder)[0], plain[0])
    (folder / "user01_led.aedat").unlink()
    (folder / "user01_led_labels.csv").unlink()
    assert np.array_equal(load(folder)[0], plain[0])


def test_missing_files(folder):
    with refused("no userNN_<lighting>.aedat in dvs_gestures or dvs_gestures/DvsGesture or", "DvsGesture.tar.gz"):
        load(folder)
    write(folder, "user01_led")
    (folder / "user01_led_labels.csv").unlink()
    with refused(folder / "user01_led.aedat", "no user01_led_labels.csv beside it"):
        load(folder)


HEADER = label_file()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", ":1: ", "the first line must be class,startTime_usec,endTime_usec, got ''"),
        (label_file((1, 0, 9)).partition("\n")[2], ":1: ", "the first line must be class"),
        (HEADER, ": ", "holds no gestures"),
        (HEADER + "1,5,100\n1,2\n", ":3: ", "'1,2', expected three whole numbers"),
        (HEADER + "1,5,ten\n", ":2: ", "'1,5,ten', expected three whole numbers"),
        (HEADER + "\n1,5,100\n", ":2: ", "'', expected three whole numbers"),
        (HEADER + "12,5,10\n", ":2: ", "class 12, allowed are 1 to 11"),
        (HEADER + "0,5,10\n", ":2: ", "class 0, allowed are 1 to 11"),
        (HEADER + "3,5,5\n", ":2: ", "the gesture ends at 5 us, not after its start at 5 us"),
        (HEADER + "3,2400001,2600000\n", ":2: ", "is outside user01_led.aedat, which was recorded from 0 to 2400000"),
        (HEADER + "3,-9,-4\n", ":2: ", "'3,-9,-4', expected three whole numbers"),
        (HEADER + "1_0,5,100\n", ":2: ", "'1_0,5,100', expected three whole numbers"),
        (HEADER + "1,5," + "9" * 5000 + "\n", ":2: ", "expected three whole numbers"),
        (HEADER + "1,5,100\n" * 200_000, "", "holds more than 1.05 MB"),
    ],
)
def test_damaged_label_files(folder, text, line, message):
    write(folder, "user01_led")
    (folder / "user01_led_labels.csv").write_text(text)
    with refused(f"{folder / 'user01_led_labels.csv'}{line}", message):
        load(folder)


@pytest.mark.filterwarnings("ignore:.*has no recordings of subjects")
def test_a_gesture_partly_outside_the_recording_is_cut_with_a_warning(folder):
    write(folder, "user01_led")
    late = (1, 12 * LENGTH - 96_000, 12 * LENGTH + 200_000)
    (folder / "user01_led_labels.csv").write_text(label_file(*GESTURES, late))
    with pytest.warns(UserWarning, match=r"_labels.csv:13: a gesture from 2304000 .* is partly outside user01_led"):
        _, y = load_dataset("dvs_gestures", "train", folder.parent)
    assert len(y) == 23


def test_a_class_without_gestures_and_a_damaged_recording(folder):
    write(folder, "user01_led", gestures=GESTURES[:10])
    with refused(folder, "no image with label 11, but all of 1 to 11 must occur"):
        load(folder)
    (folder / "user01_led.aedat").write_bytes(AEDAT_HEADER + packet((1, 1, 1, 1))[:-1])
    with refused(folder / "user01_led.aedat", "but only 7 bytes do: truncated"):
        load(folder)

import gzip

import numpy as np
import pytest
from support.datasets import AEDAT_HEADER, by_message, packet, refused

from crossbar_nsm.datasets.aedat import read_aedat
from device_models.errors import DatasetError


@pytest.fixture
def read(tmp_path):
    def read(raw, name="one.aedat", side=128):
        (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return read_aedat(tmp_path / name, side)

    return read


def as_tuples(events):
    return list(zip(*(np.asarray(v).tolist() for v in (events.x, events.y, events.on, events.time_us)), strict=True))


def test_bytes_of_a_packet(read):
    """x = 5, y = 3, ON at 256 us; then x = 127, y = 64, OFF at 257 us: by hand from the format's description."""
    header = "0100 0100 08000000 04000000 00000000 02000000 02000000 02000000"
    events = "0f000a00 00010000" + "0101fe00 01010000"
    for name in ("one.aedat", "one.aedat.gz"):
        found = read(AEDAT_HEADER + bytes.fromhex(header + events), name)
        assert as_tuples(found) == [(5, 3, True, 256), (127, 64, False, 257)]


def test_other_packets_and_invalid_events_are_skipped(read):
    raw = (
        AEDAT_HEADER
        + packet((9, 9, 1, 1), kind=0)
        + packet((1, 1, 1, 10))
        + packet((2, 2, 1, 11), valid=0)
        + packet(kind=2)
        + packet((3, 3, 0, 12))
    )
    assert as_tuples(read(raw)) == [(1, 1, True, 10), (3, 3, False, 12)]


def test_times_go_on_after_an_overflow_and_are_sorted(read):
    raw = AEDAT_HEADER + packet((1, 1, 1, 7), overflows=2) + packet((2, 2, 1, 2**31 - 1), (3, 3, 1, 2**31 - 2))
    assert as_tuples(read(raw)) == [
        (3, 3, True, 2**31 - 2),
        (2, 2, True, 2**31 - 1),
        (1, 1, True, 2 * 2**31 + 7),
    ]


def test_between_holds_its_start_but_not_its_end(read):
    events = read(AEDAT_HEADER + packet(*[(time, 0, 1, time) for time in (10, 20, 20, 30)]))
    assert events.between(10, 20).x.tolist() == [10]
    assert events.between(20, 30).x.tolist() == [20, 20]


ONE = packet((1, 2, 1, 3))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"#!AER-DAT2.0\r\n" + ONE, "starts with '#!AER-DAT2.0', not with '#!AER-DAT3.1'"),
        (b"", "starts with ''"),
        (AEDAT_HEADER.replace(b"#!END-HEADER\r\n", b"") + ONE, "the header has no line '#!END-HEADER'"),
        (AEDAT_HEADER[:-4], "the header has no line '#!END-HEADER'"),
        (AEDAT_HEADER.replace(b"RAW", b"SerializedTS"), "header line '#Format: SerializedTS', only the format RAW"),
        (AEDAT_HEADER, "holds no polarity events"),
        (AEDAT_HEADER + packet((1, 2, 1, 3), valid=0), "holds no valid polarity events"),
        (AEDAT_HEADER + ONE + ONE[:20], f"20 bytes at byte {len(AEDAT_HEADER) + 36}, a packet header has 28: trunc"),
        (AEDAT_HEADER + ONE[:-1], "but only 7 bytes do: truncated, or"),
        (AEDAT_HEADER + ONE[:4] + b"\x10" + ONE[5:] + bytes(8), "has 1 events of 16 bytes; damaged"),
        (AEDAT_HEADER + ONE[:20] + b"\xff\xff\xff\xff" + ONE[24:], "has -1 events of 8 bytes; damaged"),
        (AEDAT_HEADER + packet((128, 2, 1, 3)), "events at x up to 128, y up to 2, allowed are 0 to 127"),
    ],
    ids=by_message,
)
def test_damaged_recordings(read, tmp_path, raw, message):
    with refused(tmp_path / "one.aedat", message):
        read(raw)


def test_packets_without_end(read, monkeypatch):
    monkeypatch.setattr("crossbar_nsm.datasets.aedat.MOST_PACKETS", 5)
    with pytest.raises(DatasetError, match="more than 5 packets"):
        read(AEDAT_HEADER + packet() * 6)

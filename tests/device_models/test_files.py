import os
import subprocess
import sys

import pytest

from device_models.errors import CrossbarError
from device_models.files import check_folder, locked, write_bytes, write_text


def test_a_failing_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = write_text(tmp_path / "a.txt", "old")

    class FullDisk:
        def __init__(self, handle, _mode):
            self.handle = handle

        def __enter__(self):
            return self

        def __exit__(self, *_):
            os.close(self.handle)

        def write(self, content):
            os.write(self.handle, content[:2])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("device_models.files.os.fdopen", FullDisk)
    with pytest.raises(CrossbarError, match=r"a\.txt: cannot be written \(No space left on device\)"):
        write_bytes(path, b"new content")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CrossbarError, match="cannot be written"):
        write_text(tmp_path / "file" / "a.txt", "x")
    with pytest.raises(CrossbarError, match="cannot be written"):
        check_folder(tmp_path / "file")
    assert list(check_folder(tmp_path / "new").iterdir()) == []


def test_a_folder_is_held_by_one_process_at_a_time(tmp_path):
    code = f"from device_models.files import locked\nwith locked({str(tmp_path)!r}): pass"
    with locked(tmp_path):
        held = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    free = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert held.returncode != 0
    assert "another process is writing here" in held.stderr
    assert free.returncode == 0


def test_a_file_where_a_folder_is_needed(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(CrossbarError, match="cannot be written, it is a file and a folder is needed"):
        check_folder(tmp_path / "a")

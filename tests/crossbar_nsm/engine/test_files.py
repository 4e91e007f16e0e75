import pytest

from crossbar_nsm.engine.files import replace_file, write_text
from device_models.errors import CrossbarError


def test_a_failing_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = write_text(tmp_path / "a.txt", "old")

    def fail(temporary):
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(CrossbarError, match=r"a\.txt: cannot be written \(No space left on device\)"):
        replace_file(path, fail)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CrossbarError, match="cannot be written"):
        write_text(tmp_path / "file" / "a.txt", "x")

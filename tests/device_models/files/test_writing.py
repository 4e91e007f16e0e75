import os
import re
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from support.hostile.unreadable import make_unreadable

from device_models.errors import CrossbarError, FileError
from device_models.files.signs import sealed, sign
from device_models.files.writing import (
    LEFTOVER_AGE_S,
    TEMPORARY,
    check_distinct,
    check_folder,
    check_output,
    check_owned,
    locked,
    make_folder,
    remove_leftovers,
    write_bytes,
    write_text,
)


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

    monkeypatch.setattr("device_models.files.writing.os.fdopen", FullDisk)
    with pytest.raises(CrossbarError, match=r"a\.txt: cannot be written \(No space left on device\)"):
        write_bytes(path, b"new content", owned=True)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CrossbarError, match="cannot be written"):
        write_text(tmp_path / "file" / "a.txt", "x")
    with pytest.raises(CrossbarError, match="cannot be written"):
        check_folder(tmp_path / "file")
    assert list(make_folder(tmp_path / "new").iterdir()) == []


def test_a_folder_that_is_only_looked_at_is_not_left_behind(tmp_path):
    check_folder(tmp_path / "new" / "deep")
    with pytest.raises(CrossbarError, match="cannot be written"):
        check_folder(tmp_path / "new" / ("a" * 300))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "own").mkdir()
    check_folder(tmp_path / "own" / "new")
    check_folder(tmp_path / "own")
    assert list((tmp_path / "own").iterdir()) == []


def test_a_folder_is_held_by_one_process_at_a_time(tmp_path):
    code = f"from device_models.files.writing import locked\nwith locked({str(tmp_path)!r}): pass"
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


CHIP, OTHER_CHIP, NET = (
    sealed(f"# {sign(kind)}\n{text}\n") for kind, text in (("chip", "a"), ("chip", "b"), ("checkpoint", ""))
)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a: 1", CHIP, "is there, and not of this program; take another name, or delete it"),
        ("", CHIP, "is there, and not of this program"),
        ("a: 1", "a: 2", "is there, and not of this program"),
        (NET, CHIP, "holds a checkpoint, which nothing else replaces"),
        (sealed(f"# {sign('results')}\n"), CHIP, "holds results, which nothing else replaces"),
        (f"{CHIP}# mine\n", CHIP, "was edited, or is of another version; take another name, or delete it"),
        (f"Notes on {CHIP}", CHIP, "is there, and not of this program"),
        (CHIP, "a: 1", "holds a chip, which nothing else replaces"),
        (CHIP, OTHER_CHIP, None),
        ("a: 1", "a: 1", None),
    ],
)
def test_a_file_takes_the_place_of_one_of_its_kind_only(tmp_path, old, new, message):
    path = tmp_path / "a"
    path.write_text(old)
    if message is None:
        write_text(path, new)
        assert path.read_text() == new
    else:
        with pytest.raises(FileError, match=f"a: {message}"):
            write_text(path, new)
        assert path.read_text() == old
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("owned", [False, True])
def test_a_read_only_file_stays_also_for_who_may_write_it(tmp_path, owned):
    path = write_text(tmp_path / "a", CHIP)
    path.chmod(0o444)
    with pytest.raises(FileError, match="a: is there and read-only; take another name"):
        write_text(path, OTHER_CHIP, owned)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == (CHIP, 0o444)


def test_a_new_file_in_the_place_of_an_old_one_has_its_rights(tmp_path):
    path = write_text(tmp_path / "a", CHIP)
    path.chmod(0o600)
    with suppress(PermissionError):
        os.chown(path, 1234, 1234)
    before = path.stat()
    write_text(path, OTHER_CHIP)
    after = path.stat()
    assert path.read_text() == OTHER_CHIP
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def _link(path):
    target = path.parent / "victim"
    target.write_text("precious")
    path.symlink_to(target)


def _socket(path):
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))


def _device(path):
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


KINDS = {
    "a link": _link,
    "a named pipe": os.mkfifo,
    "a socket": _socket,
    "a device": _device,
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("owned", [False, True])
def test_what_is_no_regular_file_is_never_replaced(tmp_path, monkeypatch, kind, owned):
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    path = Path("out")
    KINDS[kind](path)
    before = path.lstat()
    with pytest.raises(FileError, match=f"out: is {kind}, which is never replaced by a file"):
        write_text(path, CHIP, owned)
    assert (path.lstat().st_mode, path.lstat().st_ino) == (before.st_mode, before.st_ino)
    if kind == "a link":
        assert Path("victim").read_text() == "precious"


@pytest.mark.parametrize("path", ["", " ", Path(""), None, 3, b"a"])
def test_nothing_is_no_path_to_write_to(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    for write in (lambda: write_text(path, CHIP), lambda: check_output(path, "chip")):
        with pytest.raises(FileError, match=r"path to write to|is a folder"):
            write()
    if not isinstance(path, Path):
        with pytest.raises(FileError, match="path to write to"):
            check_folder(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a\0b", "a\ud800"])
def test_names_that_no_file_can_have(tmp_path, name):
    for call in (lambda: write_text(tmp_path / name, CHIP), lambda: check_folder(tmp_path / name)):
        with pytest.raises(FileError, match="cannot be written"):
            call()


@pytest.mark.parametrize("make", [_link, os.mkfifo])
def test_a_lock_empties_and_follows_nothing(tmp_path, make):
    make(tmp_path / ".lock")
    with pytest.raises(FileError, match=r"\.lock: "), locked(tmp_path):
        pass
    if make is _link:
        assert (tmp_path / "victim").read_text() == "precious"


def test_a_file_called_lock_keeps_its_content(tmp_path):
    (tmp_path / ".lock").write_text("precious")
    with locked(tmp_path):
        pass
    assert (tmp_path / ".lock").read_text() == "precious"


def test_two_names_of_one_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("x")
    os.link("a", "hard")
    (tmp_path / "folder").mkdir()
    os.symlink("folder", "link")
    same = [("b", "b"), ("b", "./b"), ("b", str(tmp_path / "b")), ("b", "folder/../b"), ("a", "hard"),
            ("folder/b", "link/b")]  # fmt: skip
    for one, other in same:
        named = re.escape(str(Path(other)))
        with pytest.raises(FileError, match=f"^--out and --plot are one file, {named}; give each a name"):
            check_distinct({"--out": Path(one), "--csv": None, "--plot": Path(other)})
    for one, other in [("a", "b"), ("folder/a", "a"), ("b", "B/b"), ("link/b", "b")]:
        check_distinct({"--out": Path(one), "--plot": Path(other), "--csv": None})


def test_only_own_temporary_files_are_removed_and_only_when_old(tmp_path):
    young, old, gone = (tmp_path / TEMPORARY.format(digit * 16) for digit in "012")
    others = [tmp_path / name for name in (".gitignore", ".crossbar-nsm-notes.part", ".old-x.npz", "a.part")]
    for path in (young, old, gone, *others):
        path.write_text("x")
    old.unlink()
    old.symlink_to(others[0])
    for path in (old, gone, *others):
        os.utime(path, (time.time() - 2 * LEFTOVER_AGE_S,) * 2, follow_symlinks=False)
    remove_leftovers(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([young, old, *others])


def test_the_mask_of_new_files_is_obeyed_and_never_changed(tmp_path, monkeypatch):
    """`os.umask` would change it for every other thread, too."""
    monkeypatch.setattr(os, "umask", None)
    code = (
        "import os\nos.umask(0o027)\nfrom device_models.files.writing import write_text\n"
        f"write_text({str(tmp_path / 'a')!r}, 'x')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    write_text(tmp_path / "b", "x")


def test_many_threads_write_one_file(tmp_path):
    """One of them is there in the end, whole, and nothing else."""
    texts = [sealed(f"# {sign('chip')}\n{str(number) * 1000}") for number in range(8)]
    with ThreadPoolExecutor(len(texts)) as pool:
        list(pool.map(write_text, [tmp_path / "a"] * len(texts), texts))
    assert (tmp_path / "a").read_text() in texts
    assert len(list(tmp_path.iterdir())) == 1


def test_an_owned_file_is_replaced_unless_it_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_text("damaged")
    assert check_owned(path) == path
    write_bytes(path, b"new", owned=True)
    make_unreadable(monkeypatch, path)
    with pytest.raises(FileError, match=r"x: cannot be read \(Permission denied\), and is not replaced"):
        write_bytes(path, b"newer", owned=True)

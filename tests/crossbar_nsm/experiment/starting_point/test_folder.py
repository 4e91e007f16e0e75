"""The starting point leads where it says: its commands run, its made-up numbers are found again."""

from dataclasses import replace

import pytest
from support.blocks import Reader, blocks

from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.experiment.config.points import sweep_points
from crossbar_nsm.experiment.starting_point.folder import FILES, write_starting_point
from crossbar_nsm.report.tables.fit import fit_rows
from device_models.errors import FileError
from device_models.fit import fit_files


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands_block():
    (block,) = blocks(FILES / "START_HERE.md")
    return block


def test_the_commands_lead_from_measurements_to_a_verdict(folder):
    """The first two, on small numbers, as blocks of the documentation; the study is then without mistakes."""
    start = write_starting_point(folder)
    block = commands_block()
    assert block.code.splitlines() == start.commands
    reader = Reader(folder, folder / "no data")
    reader.follow(replace(block, code="\n".join(start.commands[:2])), None)
    assert {"my_device.yaml", "my_device"} <= {path.name for path in folder.iterdir()}
    assert "my_device/paired" in reader.printed
    assert "ideal software" in reader.printed  # the verdict
    assert len(sweep_points(load_config("study.yaml"))) == 9


@pytest.mark.slow
def test_all_commands_run_in_the_order_in_which_they_are_printed(folder):
    write_starting_point(folder)
    Reader(folder, folder / "no data").follow(commands_block(), None)
    assert (folder / "out/study/report.html").stat().st_size > 100_000


def test_what_is_written_again_is_what_was_written(folder):
    """After an interruption, say; an edited file is the user's."""
    for path in write_starting_point(folder).files[1:]:
        path.unlink()
    assert all(path.exists() for path in write_starting_point(folder).files)
    with (folder / "measurements.csv").open("a") as file:
        file.write("1,1.1,,,\n")
    (folder / "study.yaml").unlink()
    with pytest.raises(FileError, match=r"measurements\.csv: is there"):
        write_starting_point(folder)
    assert not (folder / "study.yaml").exists()


def test_the_measurements_are_called_made_up_and_have_the_law_that_they_say():
    text = (FILES / "measurements.csv").read_text(encoding="utf-8")
    assert text.startswith("# MADE-UP DATA: no device was measured.")
    fitted = {row["quantity"]: row for row in fit_rows(fit_files([FILES / "measurements.csv"]))}
    for said, quantity, truth in (
        ("misses its target by 1 uS (sd)", "programming: sd, coefficient of G^0", 1e-6),
        ("fluctuate by 4 % (sd)", "read noise at g_max", 0.04),
    ):
        assert said in text.replace("\n# ", " ")
        assert fitted[quantity]["low"] < truth < fitted[quantity]["high"]

"""Conductances leave the simulator and come back, as .npz and as .csv."""

import gzip
import logging
import tracemalloc

import numpy as np
import pytest
import torch
from support.cells.arrays import device
from support.networks import dense_network, images

from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files.chip_file import load_chip
from crossbar_nsm.mapping.files.conductance_file import FIELDS, read_conductances
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from device_models import load_device
from device_models.errors import CrossbarError, MappingError

NET = dense_network(5, 4, 3)
HEADER = "layer,array,side,row,column,conductance [S]\n"


def chip(path=None, scaling="paired"):
    config = {"device": load_device("rram_illustrative"), "neuron": {"scaling": scaling}}
    array = {"conductances": str(path)} if path else {}
    return MappedNetwork(NET, HardwareConfig.model_validate({**config, "array": array}), seed=1)


def conductances(network):
    return {(layer.name, name): array.g_s for layer in network.mapped_layers() for name, array in layer.arrays.items()}


@pytest.mark.parametrize("ending", ["npz", "csv"])
@pytest.mark.parametrize("scaling", ["paired", "replica"])
def test_what_is_exported_comes_back_bit_by_bit(tmp_path, ending, scaling):
    first = chip(scaling=scaling)
    path = first.export_conductances(tmp_path / f"g.{ending}")
    again = chip(path, scaling)
    for name, g_s in conductances(first).items():
        assert np.array_equal(conductances(again)[name], g_s)
    assert torch.equal(again.sample(images(3, 5), 4), first.sample(images(3, 5), 4))


def test_cells_that_scatter_beyond_their_range_come_back(tmp_path):
    """They were taken for a mistake of the unit."""
    spread = device(programming={"set": {"cycle_sd": 4.0}})
    chip = MappedNetwork(NET, HardwareConfig.model_validate({"device": spread}))
    assert max(array.g_s.max() for array in chip.named_arrays().values()) > 20 * spread.conductance.g_max_s
    array = {"conductances": str(chip.export_conductances(tmp_path / "g.npz"))}
    again = MappedNetwork(NET, HardwareConfig.model_validate({"device": spread, "array": array}))
    assert np.array_equal(again.named_arrays()["fc1", "main"].g_s, chip.named_arrays()["fc1", "main"].g_s)


def test_a_chip_remembers_where_its_measured_cells_lie_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chip().export_conductances("g.npz")
    saved = chip("g.npz").save("chip.safetensors")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    again = load_chip(tmp_path / saved)
    assert again.config.array.conductances == f"{tmp_path}/g.npz"
    with pytest.raises(CrossbarError, match="are one file"):
        again.export_conductances("../g.npz")


def test_units_of_the_header_count_and_other_layers_are_programmed(tmp_path):
    lines = [f"fc1,main,{side},{row},{column},{20 + row}" for side in ("plus", "minus") for row in range(5)
             for column in range(4)]  # fmt: skip
    path = tmp_path / "g.csv"
    path.write_text("layer,array,side,row,column,conductance_us\n" + "\n".join(lines) + "\n")
    g_s = conductances(chip(path))["fc1", "main"]
    assert np.allclose(g_s[0, :, 0], [20e-6, 21e-6, 22e-6, 23e-6, 24e-6])
    path.write_text("layer,array,side,row,column,conductance [kohm]\n" + "\n".join(lines) + "\n")
    assert np.allclose(conductances(chip(path))["fc1", "main"][1, 0], 1 / 20e3)


CELLS = [("fc1", "main", side, row, column, 20 + row + column / 8) for side in ("plus", "minus") for row in range(5)
         for column in range(4)]  # fmt: skip
STYLES = {  # header, a row's fields, what parts them
    "as exported": ("conductance [uS]", "{0},{1},{2},{3},{4},{5}", ","),
    "semicolons": ("conductance [uS]", "{0};{1};{2};{3};{4};{5}", ";"),
    "decimal commas": ("conductance [uS]", "{0};{1};{2};{3};{4};{comma}", ";"),
    "tabs": ("conductance [uS]", "{0}\t{1}\t{2}\t{3}\t{4}\t{5}", "\t"),
    "quoted": ('"conductance [uS]"', '"{0}","{1}","{2}",{3},{4},"{5}"', ","),
    "nanosiemens": ("conductance_ns", "{0},{1},{2},{3},{4},{nano}", ","),
    "microohm": ("conductance [kOhm]", "{0},{1},{2},{3},{4},{kilohm}", ","),
    "spreadsheet": ("conductance [uS];;", "{0};{1};{2};{3};{4};{comma};;", ";"),
    "capitals": ("Conductance [uS]", "{0},{1},{2},{3},{4},{5}", ","),
}


def test_an_ending_a_name_of_columns_and_signs_as_others_write_them(tmp_path):
    """Of a table without `array` the cells are the main array's, as `fc1` in an .npz file is fc1/main."""
    sign = {"plus": "+", "minus": "-"}
    rows = [f"{layer}\t{column}\t{row}\t{sign[side]}\t{g_us}" for layer, _, side, row, column, g_us in CELLS]
    lines = ["Layer\tCol\tRow\tSide\tConductance [uS]", *rows]
    shapes = {"fc1": {"main": (2, 5, 4)}}
    for name in ("g.tsv", "g.TXT", "g.dat", "g"):
        (tmp_path / name).write_text("\n".join(lines))
        g_s = read_conductances(tmp_path / name, shapes)["fc1"]["main"]
        assert np.allclose(g_s, 1e-6 * np.array([cell[5] for cell in CELLS]).reshape(2, 5, 4), rtol=1e-12, atol=0)
    np.savez(tmp_path / "g.npz", fc1=g_s)
    (tmp_path / "g.npz").rename(tmp_path / "G.NPZ")
    assert np.array_equal(read_conductances(tmp_path / "G.NPZ", shapes)["fc1"]["main"], g_s)


@pytest.mark.parametrize("style", STYLES)
def test_what_devices_fit_reads_is_read_here(tmp_path, style, caplog):
    caplog.set_level(logging.INFO)
    heading, row, mark = STYLES[style]
    lines = [row.format(*cell, comma=str(cell[5]).replace(".", ","), nano=1e3 * cell[5], kilohm=repr(1e3 / cell[5]))
             for cell in CELLS]  # fmt: skip
    first = "sep=;\n" if style == "spreadsheet" else "# cells of chip 7\n"
    names = ["Layer", "Array", "Side", "Row", "Column"] if style == "spreadsheet" else FIELDS
    path = tmp_path / "g.csv"
    text = first + mark.join([*names, heading]) + "\r\n" + "\r\n".join(lines) + "\r\n"
    path.write_bytes(b"\xef\xbb\xbf" * (style == "spreadsheet") + text.encode())
    g_s = read_conductances(path, {"fc1": {"main": (2, 5, 4)}})["fc1"]["main"]
    expected = 1e-6 * np.array([cell[5] for cell in CELLS]).reshape(2, 5, 4)
    assert np.allclose(g_s, expected, rtol=1e-12, atol=0)
    (said,) = caplog.messages
    unit = heading.strip(';"')
    assert said.startswith(f"{path}: 40 cells of fc1/main, from column `{unit}`; columns parted by ")
    assert said.endswith("decimal commas" if "comma" in row else "decimal points")


def test_points_beside_decimal_commas_are_refused(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text(HEADER.replace(",", ";") + "fc1;main;plus;0;0;1,5\nfc1;main;plus;0;1;2.5\n")
    with pytest.raises(MappingError, match=r"g.csv:2: '1,5' has a comma, '2.5' in line 3 a point"):
        read_conductances(path, {"fc1": {"main": (2, 5, 4)}})


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"fc9/main": np.ones((2, 5, 4))}, "no array fc9/main here; the network has fc1/main"),
        ({"fc1/replica": np.ones((2, 5, 4))}, "no array fc1/replica here"),
        (
            {"fc1/main": np.ones((2, 4, 5))},
            r"fc1/main has the shape \(2, 4, 5\), .*array \(2, 5, 4\); is it transposed",
        ),
        ({"fc1/main": -np.ones((2, 5, 4))}, "must be finite and not negative"),
        ({"fc1/main": np.full((2, 5, 4), np.nan)}, "must be finite and not negative"),
        ({"fc1/main": np.array(["a"])}, "not numbers"),
        ({"fc1/main": np.full((2, 5, 4), 50.0)}, "fc1 has conductances up to 50 S, the device's g_max_s is 0.0001 S"),
        ({"fc1/main": np.full((2, 5, 4), 5e-5 + 1j)}, "holds 'complex128', not numbers"),
        ({"fc1/main": np.zeros((2, 5, 4), "M8[s]")}, "holds 'datetime64"),
        ({"fc1/main": np.ones((2, 5, 4), bool)}, "holds 'bool', not numbers"),
        (
            {"fc1": np.full((2, 5, 4), 5e-5), "fc1/main": np.full((2, 5, 4), 2e-5)},
            "fc1/main is given twice .fc1 is short for fc1/main",
        ),
        ({}, "holds no conductances"),
    ],
)
def test_bad_npz(tmp_path, arrays, message):
    with pytest.raises(CrossbarError, match=message):
        chip(npz(tmp_path / "g.npz", **arrays))


CELL = "fc1,main,plus,0,0,1e-5\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the columns layer,array,side"),
        (HEADER, "holds no conductances"),
        (HEADER.replace(" [S]", "") + CELL, "has no unit; write the unit"),
        (HEADER.replace("[S]", "[s]") + CELL, "s is a unit of time"),
        (HEADER.replace("side,", "") + CELL, r"expected the columns .*\(no `side`\); got 'layer,array,row,"),
        (HEADER.replace("side", "row") + CELL, r"\(no `side`\)"),
        (HEADER.replace("array", "row") + CELL, r"expected the columns .*; got 'layer,row,side,row,"),
        (HEADER + CELL, "39 cells of fc1/main are missing, the first is plus, row 0, column 1"),
        (HEADER + CELL + CELL, "g.csv:3: this cell was given before"),
        (HEADER + "fc1,main,plus,5,0,1e-5\n", "g.csv:2: row 5, column 0 is outside fc1/main"),
        (HEADER + "fc1,main,plus,-1,0,1e-5\n", "'-1' is not a whole number from 0"),
        (HEADER + "fc1,main,left,0,0,1e-5\n", "side 'left': expected plus or minus"),
        (HEADER + "fc1,main,plus,x,0,1e-5\n", "g.csv:2: 'x' is not a whole number"),
        (HEADER + "fc1,main,plus,0,0,1e-5\nfc1,main,plus,0,1,low\n", "g.csv:3: 'low' is not a number"),
        (HEADER + "fc1,main,plus,0,0,nan\n", r"g.csv:2: not a number \(nan\); every cell"),
        (HEADER + "fc1,main,plus,0,0,9.91E37\n", r"g.csv:2: not a number \(9.91E37\); every cell"),
        (HEADER + "fc1,main,plus,0,0,OVLD\n", r"g.csv:2: instrument overflow \(ovld\); every cell"),
        (HEADER + "fc1,main,plus,0,0,\n", "g.csv:2: blank; every cell of an array needs a conductance"),
        (HEADER + "fc1,main,plus,0,0,-1\n", "-1 is not a conductance"),
        (HEADER + "fc1,main,plus,0\n", "4 values in a table of 6 columns"),
        (HEADER + "fc7,main,plus,0,0,1\n", "no array fc7/main here"),
        (HEADER + "fc1,main,plus,0,0,1_0\n", "g.csv:2: '1_0' is not a number"),
        (HEADER + "fc1,main,plus,0_0,0,1\n", "g.csv:2: '0_0' is not a whole number"),
        (HEADER + "fc1,main,plus,0,\u0663,1\n", "g.csv:2: '\u0663' is not a whole number"),
        (HEADER + "fc1,main,plus,0,0,\uff11e-5\n", "g.csv:2: '\uff11e-5' is not a number"),
        (HEADER + f"fc1,main,plus,{'9' * 400},0,1\n", "is not a whole number"),
        (HEADER + "\n# a comment\nfc1,main,plus,9,0,1\n", "g.csv:4: row 9"),
        (HEADER.replace("[S]", "[fohm]") + "fc1,main,plus,0,0,1e-320\n", "1e-320 is not a conductance"),
        (HEADER + "fc1,main,plus,0,0," + "1" * 5000, "g.csv:2: a line of more than 4000 characters"),
        (HEADER + "fc1,main,plus,0,0,\x1b[2J1\n", "g.csv:2: the control character"),
    ],
)
def test_bad_csv(tmp_path, text, message):
    path = tmp_path / "g.csv"
    path.write_text(text)
    with pytest.raises(CrossbarError, match=message) as caught:
        chip(path)
    assert "\n" not in str(caught.value)


def test_a_long_field_costs_its_length_and_not_that_of_every_row(tmp_path):
    """An array of texts holds each with the length of the longest: 30,000 rows of 3,000 letters are 720 MB."""
    shapes = {"fc1": {"main": (2, 150, 100)}}
    cells = [f"fc1,main,{side},{row},{column},1" for side in ("plus", "minus") for row in range(150)
             for column in range(100)]  # fmt: skip
    cells[-1] = cells[-1][:-1] + "1." + "0" * 3000
    path = tmp_path / "g.csv"
    path.write_text(HEADER + "\n".join(cells))
    tracemalloc.start()
    read = read_conductances(path, shapes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (read["fc1"]["main"] == 1).all()
    assert peak < 5e6


def test_an_array_under_two_names_is_refused(tmp_path):
    path = chip().export_conductances(tmp_path / "g.npz")
    arrays = dict(np.load(path))
    np.savez(path, fc1=arrays["fc1/main"], **arrays)
    with pytest.raises(CrossbarError, match="fc1/main is given twice"):
        chip(path)


def test_files_that_are_none(tmp_path):
    for name, content, message in (
        ("none.npz", None, "no such file"),
        ("g.txt", b"1", "expected the columns layer,array,side"),
        ("g.csv.gz", gzip.compress(HEADER.encode(), mtime=0), "g.csv.gz: holds no conductances"),
        ("g.npz", b"not a zip", "not a readable .npz file"),
        ("g.csv", b"\xff\xfe\x00", "not a text file"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(CrossbarError, match=message):
            chip(tmp_path / name)
    with pytest.raises(CrossbarError, match=r"written as \.npz or \.csv"):
        chip().export_conductances(tmp_path / "g.json")

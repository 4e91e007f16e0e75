import json

import numpy as np
import pytest
from support.networks import conv, conv_network, dense, images
from support.studies import small_study

from crossbar_nsm.experiment.compare import compare, run
from crossbar_nsm.experiment.config.load import load_config
from crossbar_nsm.nsm.checkpoints.checkpoint import save_checkpoint
from device_models.errors import DatasetError, MappingError


@pytest.fixture
def study(tmp_path):
    return small_study(tmp_path)


def test_rows_and_their_meaning(study):
    result = compare(study)
    names = [row.name for row in result.rows]
    assert names == ["ideal_synapse", "ideal_neuron", "rram_illustrative/none", "rram_illustrative/paired"]
    assert [row.chips for row in result.rows] == [1, 1, 2, 2]
    assert result.rows[0].difference is None
    assert all(row.difference is not None for row in result.rows[1:])
    for row in result.rows:
        assert row.error_low <= row.error <= row.error_high
        assert row.nll_low < row.nll < row.nll_high
        assert (row.images, row.samples) == (60, 20)
    assert result.rows[2].set == {"neuron.scaling": "none"}
    assert result.rows[2].engine == "moments"
    assert result.rows[2].chip_sd is not None
    json.dumps(result.as_dict(), allow_nan=False)


def test_repeats_bit_by_bit_and_from_a_loaded_configuration(study):
    first, second, third = compare(study), compare(study), compare(load_config(study))
    strip = [[vars(row) | {"seconds": 0} for row in result.rows] for result in (first, second, third)]
    assert strip[0] == strip[1] == strip[2]


def test_run_is_the_hardware_row_of_compare(study):
    row = run(study, "neuron.scaling=paired", "sweep={}").rows[0]
    beside = compare(study).rows[3]
    assert (row.name, row.error, row.nll) == (beside.name, beside.error, beside.nll)
    assert row.difference is None


def test_ideal_only_and_number_of_images(study):
    result = compare(study, "evaluation.images=7", ideal_only=True)
    assert [row.images for row in result.rows] == [7, 7]


def test_one_image_has_no_interval_of_nll(study):
    row = run(study, "neuron.scaling=paired", "sweep={}", "evaluation.images=1").rows[0]
    assert (row.nll_low, row.nll_high) == (None, None)
    assert row.error_high > row.error_low


def test_sweeping_the_evaluation_itself(study):
    rows = compare(study, "sweep={evaluation.samples: [5, 10]}").rows
    assert [row.samples for row in rows] == [5, 10, 5, 10]


def test_a_sweep_over_a_section_and_a_key_inside_it_sets_both(study):
    """Written in either order: the section is set first, so that rows say what was run."""
    inside, section = "device.read_noise.relative_sd: [0.01, 0.9]", "device: [rram_illustrative]"
    nll = {}
    for first, second in ((inside, section), (section, inside)):
        rows = compare(study, "neuron.scaling=none", f"sweep={{{first}, {second}}}").rows[2:]
        nll[first] = [row.nll for row in rows]
        assert [row.set["device.read_noise.relative_sd"] for row in rows] == [0.01, 0.9]
    assert nll[inside] == nll[section]
    assert nll[inside][0] != nll[inside][1]


def test_images_of_the_wrong_size_and_labels_out_of_range(study, tmp_path):
    np.savez(tmp_path / "wide.npz", x=images(5, 31), y=np.zeros(5, int))
    with pytest.raises(DatasetError, match="images of 31 pixels, the network takes 30"):
        compare(study, f"dataset.name={tmp_path}/wide.npz")
    np.savez(tmp_path / "labels.npz", x=images(5, 30), y=np.full(5, 7))
    with pytest.raises(DatasetError, match="labels run from 7 to 7, but the output layer has 4 classes"):
        compare(study, f"dataset.name={tmp_path}/labels.npz")


def test_what_cannot_be_mapped_is_refused_before_the_ideal_network_has_taken_its_time(study):
    evaluated = []

    def progress(label):
        evaluated.append(label)
        return lambda _done, _total: None

    save_checkpoint(
        conv_network(conv(3, 2), dense(4), image=(1, 6, 5), classes=4, method="relu"),
        study.parent / "net.safetensors",
    )
    with pytest.raises(MappingError, match="method relu cannot be mapped"):
        compare(study, progress=progress)
    assert evaluated == []
    assert len(compare(study, ideal_only=True, progress=progress).rows) == len(evaluated) == 1

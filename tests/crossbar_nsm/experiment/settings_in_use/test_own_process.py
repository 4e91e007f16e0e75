"""The look for settings without effect outlives what laws of the user do to its process."""

import pytest
from support.studies import troubled_study

from crossbar_nsm.experiment.config.load import resolve
from crossbar_nsm.experiment.config.points import sweep_points
from crossbar_nsm.experiment.settings_in_use.own_process import unused_apart
from device_models.files.document import load_document
from device_models.laws import load_laws


def test_a_law_that_ends_its_process_leaves_a_warning(tmp_path):
    path, laws, orders = troubled_study(tmp_path, "", chips=1)
    path.write_text(path.read_text() + "neuron: {gain_bits: 4, scaling: none}\n")
    load_laws(laws)
    document = load_document(path)
    config = resolve(document)
    assert [one.key for one in unused_apart(document, config, sweep_points(config))] == ["neuron.gain_bits"]
    orders.write_text("die")
    with pytest.warns(UserWarning, match=r"were not looked for: the process of the look died, in a law of .*laws\.py"):
        assert unused_apart(document, config, sweep_points(config)) == []

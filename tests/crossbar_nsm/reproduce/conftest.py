"""The small CNNs that the tests of the tables and studies of images share: two seeds of each, trained once."""

import pytest
from support.reproduction import small_cnn_config

from crossbar_nsm.datasets.catalogue import read_dataset


@pytest.fixture(scope="session")
def cnn_config(tmp_path_factory):
    return small_cnn_config(tmp_path_factory.mktemp("patterns"), "runs=2")


@pytest.fixture(scope="session")
def cnn_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("studies")


@pytest.fixture(scope="session")
def cnn_data(cnn_config):
    return read_dataset(cnn_config.test.dataset)

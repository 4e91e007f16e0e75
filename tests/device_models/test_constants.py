from scipy import constants

from device_models.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C


def test_constants_are_those_of_the_si():
    assert constants.Boltzmann == BOLTZMANN_J_PER_K
    assert constants.elementary_charge == ELEMENTARY_CHARGE_C

import numpy as np
import pytest
from scipy.constants import Boltzmann, elementary_charge
from support.cells.devices import G_MAX_S, G_MIN_S, cells_at, device

from device_models import load_device
from device_models.errors import ConfigError

FEFET = {"loss_per_decade": 0.06, "reference_time_s": 1e-3, "activation_energy_ev": 0.8}
MIDDLE_S = (G_MIN_S + G_MAX_S) / 2


@pytest.mark.parametrize(("age_s", "left"), [(0.0, 1.0), (0.009, 0.94), (9.999, 0.76), (1e30, 0.0)])
def test_the_window_loses_the_stated_share_per_decade(age_s, left):
    """log10(1 + t/t0): one decade after 9 t0, four after 9999.999 t0; at last the window is closed, not inverted."""
    assert np.isclose(device(retention=FEFET).retention.window(age_s, 300.0), left, atol=1e-9)
    for g_s in (G_MIN_S, 3e-5, G_MAX_S):
        aged = device(retention=FEFET).aged_s(cells_at(g_s, 2), age_s)
        assert np.allclose(aged, MIDDLE_S + left * (g_s - MIDDLE_S), rtol=1e-9, atol=0)


def test_heat_speeds_the_loss_up_by_the_arrhenius_factor():
    hot = device(temperature_k=358.0, retention=FEFET)
    faster = np.exp(0.8 * elementary_charge / Boltzmann * (1 / 300 - 1 / 358))
    cells = cells_at(G_MAX_S, 1)
    assert 100 < faster < 200
    assert np.allclose(hot.aged_s(cells, 1.0), device(retention=FEFET).aged_s(cells, faster), rtol=1e-12, atol=0)
    assert hot.aged_s(cells, 1.0) < device(retention=FEFET).aged_s(cells, 1.0)


def test_no_loss_is_exact_and_nothing_is_random():
    dev = device(retention={"loss_per_decade": 0.0, "reference_time_s": 1.0})
    assert np.allclose(dev.aged_s(cells_at(3e-5, 2), 1e9), 3e-5, rtol=1e-15, atol=0)
    assert dev.scopes == {}
    assert dev.changes_with_time


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss_per_decade": 1.5}, "retention.loss_per_decade: input should be less than or equal to 1, got 1.5"),
        ({"activation_energy_ev": -1}, "greater than or equal to 0, got -1"),
        ({"loss_per_decades": 0.1}, "did you mean loss_per_decade?"),
    ],
)
def test_each_mistake_is_one_clear_line(change, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "retention": {**FEFET, **change}})
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)

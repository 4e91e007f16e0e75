"""The bundled presets against what was published, in the units in which it was printed."""

import numpy as np
import pytest

from device_models import Cells, ReadConditions, Stream, load_device

US = 1e-6


def error_sd_us(name, g_us):
    device = load_device(name)
    assert device.programming.error_polynomial_s.valid_s[0] <= g_us.min() * US * (1 + 1e-9)
    assert device.programming.error_polynomial_s.valid_s[1] >= g_us.max() * US * (1 - 1e-9)
    return device.programming.error_polynomial_s.sd_s(g_us * US) / US


ERRORS = {
    "rram_milo2021": (50, 225, lambda g: 4.782 - 0.00911 * g),
    "rram_wan2022": (1, 39.3, lambda g: 1.053 + 0.2374 * g - 0.01167 * g**2 + 1.536e-4 * g**3),
    "rram_wan2022_fit2": (
        1, 40, lambda g: 0.348 + 16.03 * (g / 40) - 43.853 * (g / 40) ** 2 + 45.393 * (g / 40) ** 3
        - 16.815 * (g / 40) ** 4,
    ),
    "rram_wan2022_1day": (
        1, 40, lambda g: 0.701 + 22.086 * (g / 40) - 50.773 * (g / 40) ** 2 + 47.095 * (g / 40) ** 3
        - 16.458 * (g / 40) ** 4,
    ),
    "rram_cmo_hfox2025": (8, 90, lambda g: 0.0113 * g + 0.0112),
    "rram_cmo_hfox2025_narrow": (8, 90, lambda g: 0.00107 * g + 0.0008),
    "pcm_joshi2020": (0.25, 25, lambda g: 0.2864 + 0.07586 * g - 0.001788 * g**2),
    "pcm_nandakumar2019": (0.0, 25, lambda g: 0.26348 + 1.965 * (g / 25) - 1.1731 * (g / 25) ** 2),
    "pcm_hermes2023": (
        0.0, 20.7, lambda g: 0.166 + 4.718 * (g / 20.7) - 8.481 * (g / 20.7) ** 2 + 4.690 * (g / 20.7) ** 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_programming_errors_as_printed(name):
    low, high, published = ERRORS[name]
    device = load_device(name)
    assert device.conductance.g_min_s == pytest.approx(low * US)
    assert device.conductance.g_max_s == pytest.approx(high * US)
    g = np.linspace(low, high, 9)
    assert np.allclose(error_sd_us(name, g), published(g), rtol=1e-8, atol=1e-12)
    assert not np.allclose(error_sd_us(name, g), 1.001 * published(g), rtol=1e-4)


def test_points_of_milo():
    assert np.round(error_sd_us("rram_milo2021", np.array([50.0, 225.0])), 2).tolist() == [4.33, 2.73]


def test_the_two_fits_to_wans_data():
    """What the README says of their difference: second over first, per cent."""
    g = np.array([1.0, 4.0, 35.0, 39.3])
    difference = 100 * (error_sd_us("rram_wan2022_fit2", g) / error_sd_us("rram_wan2022", g) - 1)
    assert np.round(difference).tolist() == [-44, -15, -18, -32]
    between = np.linspace(4, 35, 100)
    ratio = error_sd_us("rram_wan2022_fit2", between) / error_sd_us("rram_wan2022", between)
    assert 0.06 < 1 - ratio.max() < 0.065
    assert 0.18 < 1 - ratio.min() < 0.19


def test_relaxation_of_cmo_hfox():
    """Mean -0.089 ln t, sd 0.042 ln t + 0.412 uS."""
    relaxation = load_device("rram_cmo_hfox2025").relaxation
    for age_s in (1.0, 3600.0, 86400.0):
        assert relaxation.mean_s(age_s) / US == pytest.approx(-0.089 * np.log(age_s))
        assert relaxation.sd_s(age_s) / US == pytest.approx(0.042 * np.log(age_s) + 0.412)


def test_1_over_f_noise_of_cmo_hfox():
    """0.0277 log10(G) sqrt(ln((t + tr)/(2 tr))) uS: 0.185 uS at 50 uS, 10 s."""
    device = load_device("rram_cmo_hfox2025")
    sd = device.flicker.sd_s(np.array([50e-6]), 10.0, device.conductance)[0] / US
    assert round(float(sd), 3) == 0.185
    assert sd == pytest.approx(0.0277 * np.log10(50) * np.sqrt(np.log((10 + 1e-6) / 2e-6)))


@pytest.mark.parametrize("name", ["pcm_nandakumar2019", "pcm_joshi2020"])
def test_1_over_f_noise_of_pcm(name):
    """Q sqrt(ln((t + tr)/(2 tr))), Q = min(0.0088 / g^0.65, 0.2): 3.4 % at g = 1, 15 % at g = 0.1, 1 s."""
    device = load_device(name)
    g = np.array([1.0, 0.1, 0.02])
    relative = device.flicker.sd_s(g * 25e-6, 1.0, device.conductance) / (g * 25e-6)
    assert round(float(relative[0]), 3) == 0.034
    assert round(float(relative[1]), 2) == 0.15
    q = np.minimum(0.0088 / g**0.65, 0.2)
    assert np.allclose(relative, q * np.sqrt(np.log((1 + 2.5e-7) / 5e-7)), rtol=1e-9)


@pytest.mark.parametrize("name", ["pcm_nandakumar2019", "pcm_joshi2020"])
def test_drift_of_pcm(name):
    """mean nu = clip(-0.0155 ln g + 0.0244, 0.049, 0.1), sd = clip(-0.0125 ln g - 0.0059, 0.008, 0.045), t0 = 20 s."""
    device = load_device(name)
    g = np.array([1.0, 0.3, 0.1, 0.03, 0.011])
    mean = device.drift.exponents(g * 25e-6, np.zeros(5), device.conductance)
    sd = device.drift.exponents(g * 25e-6, np.ones(5), device.conductance) - mean
    assert np.allclose(mean, np.clip(-0.0155 * np.log(g) + 0.0244, 0.049, 0.1), atol=1e-12)
    assert np.allclose(sd, np.clip(-0.0125 * np.log(g) - 0.0059, 0.008, 0.045), atol=1e-12)
    assert device.drift.reference_time_s == 20


def test_drift_and_noise_of_hermes():
    """Laws in two pieces, as aihwkit has them."""
    device = load_device("pcm_hermes2023")
    g = np.array([0.05, 0.2, 0.6, 1.0])
    mean = device.drift.exponents(g * 20.7e-6, np.zeros(4), device.conductance)
    high = -0.0436 * g**2 - 0.0126 * g + 0.0736
    assert np.allclose(mean, np.where(g < 0.0945, np.clip(-0.0387 * np.log(g) - 0.0182, 0.072, 0.13), high))
    sd = device.drift.exponents(g * 20.7e-6, np.ones(4), device.conductance) - mean
    high = -0.0118 * g**2 + 0.0093 * g + 0.0073
    assert np.allclose(sd, np.where(g < 0.3055, np.clip(-0.0117 * np.log(g) - 0.0057, 0.0091, 0.04), high))
    q = device.flicker.amplitude_s(g * 20.7e-6, device.conductance) / (g * 20.7e-6)
    high = 0.0069 * g**3 - 0.0280 * g**2 + 0.0211 * g + 0.0123
    assert np.allclose(q, np.where(g < 0.16, np.clip(-0.0117 * np.log(g) - 0.0069, 0.015, 0.04), high))
    assert device.drift.reference_time_s == 300
    assert device.flicker.read_time_s == 512e-9


def test_telegraph_amplitudes_of_the_simulators_constants():
    """dR/R: 0.32 % at 10 kohm, 1.0 % at 50k, 1.8 % at 100k, 8.5 % at 500k, 17 % at 1 Mohm."""
    step = load_device("rram_telegraph_illustrative").telegraph.resistance_step
    relative = step.of(1 / np.array([1e4, 5e4, 1e5, 5e5, 1e6]))
    assert [f"{100 * value:.2g}" for value in relative] == ["0.32", "0.98", "1.8", "8.5", "17"]


def test_range_and_levels_of_the_fefet():
    device = load_device("fefet_jerry2017")
    conductance = device.conductance
    assert round(conductance.g_max_s / conductance.g_min_s) == 45
    assert conductance.levels == 32
    cells = device.program(np.linspace(conductance.g_min_s, conductance.g_max_s, 32), Stream())
    assert isinstance(cells, Cells)
    staircase = device.programming.pulses.staircase
    assert np.allclose(staircase.start_v + staircase.step_v * np.array([0, 30]), [2.85, 4.35])


def test_1_over_f_noise_of_drifted_pcm_is_that_of_the_programmed_state():
    """Q is taken at the programmed conductance, and multiplies the drifted one."""
    device = load_device("pcm_nandakumar2019")
    cells = Cells(np.array([25e-6, 2.5e-6]), Stream())
    law = device.read_law(cells, ReadConditions(age_s=1e6))
    assert np.all(law.g_s < 0.7 * cells.g_s)
    assert np.allclose(law.flicker.amplitude_s / law.g_s, 0.0088 / np.array([1, 0.1]) ** 0.65)


def test_laplace_noise_of_lin():
    """Scale b [uA] = -0.0058 I^2 + 0.0324 I + 0.0141 of 0.4 to 4 uA, at an assumed 0.2 V; sd is sqrt 2 b."""
    device = load_device("rram_lin2023")
    current_ua = np.linspace(0.4, 4, 7)
    sd_s = device.read_noise.sd_s(current_ua * US / 0.2, device.conductance)
    published = -0.0058 * current_ua**2 + 0.0324 * current_ua + 0.0141
    assert np.allclose(sd_s * 0.2 / US / np.sqrt(2), published, rtol=1e-8)
    assert device.read_noise.shape == "laplace"
    assert [device.conductance.g_min_s * 0.2, device.conductance.g_max_s * 0.2] == pytest.approx([0.4 * US, 4 * US])

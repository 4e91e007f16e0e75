import numpy as np
import pytest
from scipy import stats
from scipy.constants import Boltzmann, elementary_charge
from support.cells.devices import cells_at, device
from support.laws import check_correlation, check_law, check_normal_variance, rejects

from device_models import CellReads, ReadConditions, Scope, Stream, load_device
from device_models.errors import ConfigError
from device_models.parts.conductance import ConductanceRange
from device_models.parts.read_noise import ReadNoise

RANGE = ConductanceRange(g_min_s=1e-6, g_max_s=1e-4)
G = np.array([0.0, 1e-6, 1e-5, 1e-4])
READ = ReadConditions(voltage_v=0.2, window_s=1e-7)


def power_law(exponent, sd=0.02, **more):
    law = {"name": "power_law", "relative_sd_at_g_max": sd, "exponent": exponent}
    return ReadNoise.model_validate({"law": law, **more})


def close(a, b, rtol=1e-12):
    return np.allclose(a, b, rtol=rtol, atol=0)


def test_relative_noise_is_proportional():
    assert close(ReadNoise(relative_sd=0.05).sd_s(G, RANGE), 0.05 * G)


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [(0.0, 0.02 * G), (-1.0, np.full(4, 2e-6)), (-0.5, 2e-4 * np.sqrt(G)), (1.0, 0.02 * G**2 / 1e-4)],
)
def test_power_law(exponent, expected):
    assert close(power_law(exponent).sd_s(G, RANGE), expected)


@pytest.mark.parametrize("exponent", [-1.0, -0.3, 0.0, 1.0])
def test_g_max_rescales_the_power_law(exponent):
    double = ConductanceRange(g_min_s=2e-6, g_max_s=2e-4)
    assert close(power_law(exponent).sd_s(2 * G, double), 2 * power_law(exponent).sd_s(G, RANGE))


def test_reads_are_fresh_normals_of_this_sd():
    dev, g_s = device(read_noise={"law": power_law(-0.5).law.model_dump()}), 2.5e-5
    law = dev.read_law(cells_at(g_s, 1_000_000))
    reads = CellReads(law, dev.initial_state(law, Stream()), 1e-6, np.random.default_rng(1))
    first, second = ((reads.read() - g_s) / 1e-6 for _ in range(2))  # 2e-4 sqrt(2.5e-5) S
    for values in (first, second):
        check_normal_variance(values, 1.0)
        rejects(check_normal_variance, values, 1.02**2)
        check_law(values, stats.norm().cdf)
    rejects(check_law, first, stats.norm(0, 1.02).cdf)
    check_correlation(first, second, 0.0)
    rejects(check_correlation, first, second, 0.02)
    assert dev.scopes == {"read noise": Scope.READ}
    assert law.independent


@pytest.mark.parametrize("window_s", [1e-8, 1e-7, 4e-6])
def test_a_law_measured_in_another_window_is_rescaled_as_white_noise(window_s):
    read = ReadConditions(window_s=window_s)
    assert close(ReadNoise(relative_sd=0.05, window_s=1e-7).sd_s(G, RANGE, read), 0.05 * G * np.sqrt(1e-7 / window_s))
    assert close(ReadNoise(relative_sd=0.05).sd_s(G, RANGE, read), 0.05 * G)
    assert close(ReadNoise(relative_sd=0.05, window_s=1e-7).sd_s(G, RANGE), 0.05 * G)


@pytest.mark.parametrize("g_s", [1e-6, 1e-5, 1e-4])
def test_floors_are_nyquist_and_schottky_noise_averaged_over_the_window(g_s):
    """Current variance S/2T with S = 4kTG and 2qI, over V^2; seen as a share of G, .05 and .09 % at 10 uS."""
    g = np.array([g_s])
    thermal = np.sqrt(4 * Boltzmann * 300 * g_s / (2 * 1e-7)) / 0.2
    shot = np.sqrt(2 * elementary_charge * 0.2 * g_s / (2 * 1e-7)) / 0.2
    for flags, sd in (
        ({"thermal": True}, thermal),
        ({"shot": True}, shot),
        ({"thermal": True, "shot": True}, np.hypot(thermal, shot)),
        ({"thermal": True, "relative_sd": 0.001}, np.hypot(thermal, 0.001 * g_s)),
    ):
        noise = ReadNoise.model_validate(flags)
        assert close(noise.sd_s(g, RANGE, READ), sd)
        assert noise.scopes == {"read noise": Scope.READ}
    published = {1e-6: (0.1, 0.3), 1e-5: (0.05, 0.09), 1e-4: (0.01, 0.03)}[g_s]  # per cent, rounded
    digits = 1 if g_s == 1e-6 else 2
    assert (round(100 * thermal / g_s, digits), round(100 * shot / g_s, digits)) == published


def test_floors_follow_temperature_voltage_and_window():
    thermal, shot = ReadNoise(thermal=True), ReadNoise(shot=True)

    def sd(noise, temperature_k=300.0, **read):
        return noise.sd_s(G[1:], RANGE, ReadConditions(**{"voltage_v": 0.2, "window_s": 1e-7, **read}), temperature_k)

    assert close(sd(thermal, 400.0), np.sqrt(4 / 3) * sd(thermal))
    assert close(sd(shot, 400.0), sd(shot))
    assert close(sd(thermal, voltage_v=0.1), 2 * sd(thermal))
    assert close(sd(shot, voltage_v=0.1), np.sqrt(2) * sd(shot))
    for noise in (thermal, shot):
        assert close(sd(noise, window_s=4e-7), sd(noise) / 2)
        assert np.all(noise.sd_s(G, RANGE) == 0)


def test_the_device_hands_its_temperature_and_the_reads_conditions_on():
    read = ReadConditions(voltage_v=0.1, window_s=1e-8)
    cold, warm = (device(temperature_k=t, read_noise={"thermal": True}) for t in (200.0, 400.0))
    cells = cells_at(1e-5, 1)
    expected = np.sqrt(4 * Boltzmann * 200 * 1e-5 / (2 * 1e-8)) / 0.1
    assert close(cold.read_law(cells, read).sd_s, expected)
    assert close(warm.read_law(cells, read).sd_s, np.sqrt(2) * expected)


def test_no_law_no_noise():
    for noise in (ReadNoise(), ReadNoise(relative_sd=0.0)):
        assert np.all(noise.sd_s(G, RANGE, READ) == 0)
        assert noise.scopes == {}
    assert device().read_law(cells_at(3e-5, 4)).mean_s().tolist() == [3e-5] * 4
    law = device().read_law(cells_at(3e-5, 4))
    reads = CellReads(law, device().initial_state(law, Stream()), 1e-6, np.random.default_rng(0))
    assert reads.read().tolist() == reads.read().tolist() == [3e-5] * 4


def test_relative_read_sd_is_the_one_at_g_max():
    assert device(read_noise={"relative_sd": 0.05}).relative_read_sd == pytest.approx(0.05)
    assert device(read_noise={"law": power_law(0.5, 0.03).law.model_dump()}).relative_read_sd == pytest.approx(0.03)
    assert device().relative_read_sd == 0


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        (
            {"relative_sd": 0.1, "law": {"name": "power_law", "relative_sd_at_g_max": 0.1, "exponent": 0}},
            "one law only",
        ),
        ({"relative_sd": -0.1}, "read_noise.relative_sd: input should be greater than or equal to 0, got -0.1"),
        ({"relativ_sd": 0.1}, "read_noise.relativ_sd: unknown key, did you mean relative_sd?"),
        ({"window_s": 0}, "read_noise.window_s: input should be greater than 0, got 0"),
        ({"law": {"name": "power_law", "relative_sd_at_g_max": 0.1, "exponent": 2}}, "less than or equal to 1, got 2"),
    ],
)
def test_each_mistake_is_one_clear_line(noise, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-4}, "read_noise": noise})
    assert len(caught.value.mistakes) == 1
    assert message in str(caught.value)

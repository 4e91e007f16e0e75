"""A slow effect that the packages do not know, described in this file alone: every cell wobbles around its conductance,
an Ornstein-Uhlenbeck process that begins at 0 when the cell is programmed."""

import io
import json
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from pydantic import Field
from rich.console import Console
from support.cells.devices import cells_at
from support.laws import check_correlation, check_normal_variance, rejects
from support.networks import dense_network, images

from crossbar_nsm.experiment.budget.effects.catalogue import present_effects, without
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.figures.devices.laws import read_noise
from crossbar_nsm.report.figures.devices.reads import spectrum
from crossbar_nsm.report.figures.devices.reasons import missing
from crossbar_nsm.report.figures.noise import noise_needed
from crossbar_nsm.report.tables.devices import derived_table, numbers_table, scopes_table
from device_models import CellReads, Device, ReadConditions, Stream
from device_models.catalogue import device_document
from device_models.characterise.ageing import ageing
from device_models.characterise.description import description
from device_models.characterise.spectrum import simulated_spectrum
from device_models.characterise.traces import traces
from device_models.errors import ConfigError
from device_models.parts import ornstein_uhlenbeck
from device_models.parts.part import SlowNoise
from device_models.parts.slow_law import SlowLaw
from device_models.references import of_device
from device_models.schema import Positive, RelativeSd, validate

G_S, TAU_S = 5e-5, 1e-5


@dataclass(frozen=True)
class WobbleLaw(SlowLaw):
    short: ClassVar[str] = "wobble"
    grows: ClassVar[bool] = True

    sd_s: np.ndarray
    tau_s: float
    age_s: float

    def covariance_s2(self, g_s, window_s, lag_s):
        grown = ornstein_uhlenbeck.grown_variance(self.age_s, self.tau_s)
        return self.sd_s**2 * grown * np.exp(-lag_s / self.tau_s)

    def settled(self):
        return replace(self, age_s=np.inf)

    def scaled(self, factor):
        return replace(self, sd_s=self.sd_s * factor)

    def split(self, g_s, interval_s, window_s, cells):
        shared = self.covariance_s2(g_s, window_s, interval_s)
        frozen_s = np.sqrt(shared) * cells.cycle_normals("wobble")
        return np.maximum(g_s + frozen_s, 0.0), self.covariance_s2(g_s, window_s, 0.0) - shared

    def start(self, stream):
        grown = np.sqrt(ornstein_uhlenbeck.grown_variance(self.age_s, self.tau_s))
        return (grown * stream.generator("wobble_start").standard_normal(self.sd_s.shape)).astype(np.float32)

    def read(self, seen, state, block, interval_s, rng, later):
        x = state.reshape(-1)[block]
        if later:
            x[:] = ornstein_uhlenbeck.step(x, interval_s, self.tau_s, rng.standard_normal(len(x), dtype=np.float32))
        seen += self.sd_s.reshape(-1)[block] * x

    def lines(self, g_s):
        return [(self.sd_s**2, self.tau_s)]


class Wobble(SlowNoise):
    noun: ClassVar[str] = "wobble"
    effect: ClassVar[str] = "wobble of cells"
    ages: ClassVar[bool] = True

    relative_sd: RelativeSd
    correlation_time_s: Positive

    @property
    def references(self):
        return {self.noun: ("uhlenbeck1930",)}

    def check_beside(self, device):
        if device.telegraph is not None:
            raise ValueError("wobble and telegraph describe the same levels; give one of them")

    def memory_s(self, temperature_k):
        return self.correlation_time_s

    def sd_s(self, g_s, age_s, conductance, aged_s=None):
        grown = ornstein_uhlenbeck.grown_variance(age_s, self.correlation_time_s)
        return self.relative_sd * np.sqrt(grown) * (g_s if aged_s is None else aged_s)

    def law(self, cells, g_s, device, read):
        return WobbleLaw(self.relative_sd * g_s, self.correlation_time_s, read.age_s)


class WobblyDevice(Device):
    wobble: Wobble | None = None


class WobblyConfig(ExperimentConfig):
    device: WobblyDevice = Field()


TEXT = f"""
family: toy
conductance: {{g_min_s: 1.0e-6, g_max_s: 1.0e-4}}
wobble: {{relative_sd: 0.1, correlation_time_s: {TAU_S}}}
"""


@pytest.fixture
def wobbly(tmp_path):
    def load(more="", old="", new=""):
        path = tmp_path / "toy.yaml"
        path.write_text(TEXT.replace(old, new) + more)
        return validate(WobblyDevice, device_document(str(path)))

    return load


def of_network(dev, **read):
    settings = {"device": dev, "read": read, "neuron": {"scaling": "paired"}, "evaluation": {"age_s": 1.0}}
    return WobblyConfig.model_validate(settings)


def test_it_is_loaded_from_yaml_and_says_what_it_is(wobbly):
    dev = wobbly()
    assert list(dev.slow_noise) == ["wobble"]
    assert dev.scopes == {"wobble": "time"}
    assert dev.noisy
    assert dev.changes_with_time
    assert [reference.key for reference in of_device(dev)] == ["uhlenbeck1930"]
    assert WobblyDevice.model_validate_json(dev.model_dump_json()) == dev
    with pytest.raises(ConfigError, match=r"toy.yaml:4: wobble.relativ_sd: unknown key, did you mean relative_sd"):
        wobbly(old="relative_sd", new="relativ_sd")


def test_what_it_excludes(wobbly):
    times = "{min_s: 1.0e-3, max_s: 1.0e-3}"
    traps = f"telegraph: {{resistance_step: {{relative: 0.1}}, capture_time_s: {times}, emission_time_s: {times}}}\n"
    with pytest.raises(ConfigError, match="wobble and telegraph describe the same levels"):
        wobbly(traps)


def test_moments_and_successive_reads(wobbly):
    dev, lag_s = wobbly(), 5e-6
    law = dev.read_law(cells_at(G_S), ReadConditions(age_s=TAU_S))
    variance = 0.01 * G_S**2 * -np.expm1(-2)
    assert law.grows
    assert not law.independent
    assert np.allclose(law.slow_covariance_s2(0.0, lag_s), variance * np.exp(-0.5))
    assert np.allclose(law.settled().slow_covariance_s2(0.0, 0.0), 0.01 * G_S**2)
    assert np.allclose(law.scaled(np.full(law.g_s.shape, 2.0)).slow_covariance_s2(0.0, 0.0), 4 * variance)
    reads = CellReads(law, dev.initial_state(law, Stream()), lag_s, np.random.default_rng(1))
    first, second = (reads.read() - G_S for _ in range(2))
    check_normal_variance(first, variance)
    rejects(check_normal_variance, first, 1.02 * variance)
    later = 0.01 * G_S**2 * -np.expm1(-2 * 1.5)
    rho = np.exp(-0.5) * np.sqrt(variance / later)
    check_correlation(first / np.sqrt(variance), second / np.sqrt(later), rho)
    rejects(check_correlation, first / np.sqrt(variance), second / np.sqrt(later), 0.97 * rho)


def test_split_in_two(wobbly):
    law = wobbly().read_law(cells_at(G_S), ReadConditions(age_s=1.0))
    split = law.split(5e-6, 1e-7, cells_at(G_S))
    assert split.independent
    assert np.allclose(split.sd_s**2, 0.01 * G_S**2 * -np.expm1(-0.5))
    check_normal_variance(split.g_s, 0.01 * G_S**2 * np.exp(-0.5))


def test_traces_spectrum_and_ageing_know_it(wobbly):
    dev = wobbly()
    found = traces(dev, reads=400, repetitions=400)
    assert found.interval_s == TAU_S / 10
    assert np.abs(found.estimated - found.exact).max() < 0.15
    simulated = simulated_spectrum(dev, cells=20, reads=8 * 4096)
    assert list(simulated.parts) == ["wobble"]
    assert np.abs(simulated.simulated / simulated.exact - 1).mean() < 0.2
    assert "wobble" in spectrum(dev).axes[0].get_legend_handles_labels()[1]
    assert "wobble, 1 day" in read_noise(dev).axes[0].get_legend_handles_labels()[1]
    ticks = [label.get_text() for label in noise_needed(dev, {"fc1": np.ones(3)}).axes[0].get_xticklabels()]
    assert "wobble, 1 day\n(slow)" in ticks
    assert ageing(dev, cells=50, ages=3).wandering_s is not None
    assert missing(dev, "drift") is missing(dev, "spectrum") is None


def test_tables_and_json_show_it(wobbly):
    dev = wobbly()
    console = Console(width=200, record=True, file=io.StringIO())
    for table in (numbers_table(dev)[0], scopes_table(dev), derived_table(dev)):
        console.print(table)
    shown = console.export_text()
    assert "wobble.relative_sd" in shown
    assert "wobble at mid range, a day after programming" in shown
    assert "10 %" in shown
    said = json.loads(json.dumps(description(dev)))
    assert said["fluctuations"]["wobble, 1 day"] == pytest.approx([0.1, 0.1])
    assert said["ageing"] is not None


def test_a_budget_takes_it_out(wobbly):
    config = of_network(wobbly("read_noise: {relative_sd: 0.02}\n"), slow_noise="split")
    assert [effect.text for effect in present_effects(config) if effect.name == "wobble"] == ["wobble of cells"]
    ideal = without(config, ["wobble"], "out")
    assert ideal.device.wobble is None
    assert ideal.device.read_noise.relative_sd == 0.02
    assert ideal.evaluation.age_s == 0
    alone = without(of_network(wobbly(), slow_noise="split"), ["wobble"], "out")
    assert alone.device.read_noise.relative_sd == 0.05


def test_a_network_has_it_in_two_parts_or_is_refused(wobbly):
    net, x = dense_network(12, 8, 4, 3), images(3, 12)
    chip = MappedNetwork(net, of_network(wobbly(), slow_noise="split"), age_s=1.0)
    assert np.isfinite(chip.sample(x, 4).numpy()).all()
    with pytest.raises(ConfigError, match="no source draws wobble read by read; use split"):
        MappedNetwork(net, of_network(wobbly()), age_s=1.0).sample(x, 4)
    with pytest.raises(ValueError, match=r"which has wobble \(read.slow_noise: split would do\)"):
        of_network(wobbly(), engine="moments")


def test_a_reader_that_draws_it_must_draw_it_behind_selectors_too(wobbly, monkeypatch):
    monkeypatch.setattr("crossbar_nsm.array.device_reader.DRAWN", {"telegraph", "flicker", "wobble"})
    dev = wobbly("selector: {keep_probability: 0.5}\n")
    with pytest.raises(ConfigError, match="wobble is not drawn cell by cell; use split"):
        MappedNetwork(dense_network(12, 8, 4, 3), of_network(dev), age_s=1.0)

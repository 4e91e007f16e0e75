"""Laws by name: registering, using, and every way to get it wrong."""

import sys

import numpy as np
import pytest
from support.cells.devices import cells_at, device, written
from support.laws import check_correlation, check_normal_variance, rejects

from device_models import (
    Device,
    DriftLaw,
    ProgrammingLaw,
    ReadNoiseLaw,
    ResistanceStepLaw,
    Scope,
    load_device,
    register,
)
from device_models.errors import ConfigError
from device_models.laws import load_laws, registered
from device_models.schema import NonNegative

RANGE = {"g_min_s": 1e-6, "g_max_s": 1e-4}


@register("test_shot_like")
class ShotLike(ReadNoiseLaw):
    relative_sd_at_g_max: NonNegative

    def sd_s(self, g_s, conductance):
        return self.relative_sd_at_g_max * np.sqrt(g_s * conductance.g_max_s)


@register("test_parabola")
class Parabola(ProgrammingLaw):
    height: NonNegative

    def error_sd_s(self, target_s, conductance):
        place = (target_s - conductance.g_min_s) / conductance.span_s
        return 4 * self.height * conductance.g_max_s * place * (1 - place)


@register("test_logarithmic_drift")
class LogarithmicDrift(DriftLaw):
    rate: NonNegative
    sd: NonNegative = 0.0

    def conductance_s(self, g_s, age_s, normals, conductance):
        return g_s * (1 - (self.rate + self.sd * normals) * np.log1p(age_s))


def test_a_read_noise_law_from_a_mapping():
    law = {"name": "test_shot_like", "relative_sd_at_g_max": 0.02}
    dev = load_device({"preset": "rram_wan2022", "read_noise": {"law": law}})
    assert np.allclose(dev.read_noise.sd_s(np.array([1e-5]), dev.conductance), 0.02 * np.sqrt(1e-5 * 3.93e-5), atol=0)
    assert dev.read_noise.relative_sd is None
    assert dev.scopes["read noise"] == Scope.READ


def test_a_law_from_a_yaml_file_and_its_parameters_overridden(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "conductance: {g_min_s: 1e-6, g_max_s: 1e-4}\n"
        "read_noise:\n  law: {name: test_shot_like, relative_sd_at_g_max: 0.02}\n"
    )
    assert load_device(path).read_noise.law == ShotLike(name="test_shot_like", relative_sd_at_g_max=0.02)
    changed = load_device({"preset": str(path), "read_noise": {"law": {"relative_sd_at_g_max": 0.03}}})
    assert changed.read_noise.law.relative_sd_at_g_max == 0.03


def test_another_law_replaces_that_of_the_preset_with_all_of_its_parameters(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "conductance: {g_min_s: 1e-6, g_max_s: 1e-4}\n"
        "read_noise:\n  law: {name: power_law, relative_sd_at_g_max: 0.02, exponent: 0.5}\n"
    )
    law = {"name": "test_shot_like", "relative_sd_at_g_max": 0.01}
    assert load_device({"preset": str(path), "read_noise": {"law": law}}).read_noise.law == ShotLike(**law)


@pytest.mark.parametrize("target_s", [2e-5, 5.05e-5])
def test_a_programming_law(target_s):
    dev = device(programming={"law": {"name": "test_parabola", "height": 0.02}, "device_fraction": 0.25})
    place = (target_s - 1e-6) / 99e-6
    sd = 4 * 0.02 * 1e-4 * place * (1 - place)
    errors = [(written(dev, target_s, 1_000_000, cycle=cycle).g_s - target_s) / sd for cycle in (0, 1)]
    check_normal_variance(errors[0], 1.0)
    rejects(check_normal_variance, errors[0], 1.02**2)
    check_correlation(*errors, 0.25)
    assert np.isclose(dev.error_sd_s(np.array([target_s]))[0], sd, rtol=1e-12, atol=0)
    assert set(dev.scopes.values()) == {Scope.CHIP, Scope.PROGRAMMING}
    assert np.all(written(dev, 1e-4, 10).g_s == 1e-4)


def test_a_drift_law_scope_chip_and_clipped_at_zero():
    dev = device(drift={"law": {"name": "test_logarithmic_drift", "rate": 0.01, "sd": 0.002}})
    age_s = np.expm1(10.0)
    lost = [1 - dev.aged_s(cells_at(5e-5, cycle=cycle), age_s) / 5e-5 for cycle in (0, 1)]
    check_normal_variance(lost[0], 0.02**2)
    rejects(check_normal_variance, lost[0], 0.0204**2)
    assert np.array_equal(lost[0], lost[1])
    assert np.all(dev.aged_s(cells_at(5e-5, 5), 0.0) == 5e-5)
    assert dev.aged_s(cells_at(5e-5, 5), np.expm1(300.0)).min() == 0
    assert dev.scopes == {"drift exponent": Scope.CHIP}


LAWS = [
    {"read_noise": {"law": {"name": "test_shot_like", "relative_sd_at_g_max": 0.02}}},
    {"read_noise": {"law": {"name": "power_law", "relative_sd_at_g_max": 0.02, "exponent": -0.25}}},
    {"programming": {"law": {"name": "test_parabola", "height": 0.02}}},
    {"drift": {"law": {"name": "test_logarithmic_drift", "rate": 0.01}}},
]


@pytest.mark.parametrize("parts", LAWS)
def test_a_round_trip_through_json_keeps_the_law_and_its_parameters(parts):
    dev = device(**parts)
    part, law = next((part, fields["law"]) for part, fields in parts.items())
    again = Device.model_validate_json(dev.model_dump_json())
    assert again == dev
    assert getattr(again, part).law == getattr(dev, part).law
    assert type(getattr(again, part).law) is type(getattr(dev, part).law)
    assert law.items() <= getattr(again, part).law.model_dump().items()
    assert Device.model_validate(dev.model_dump()) == dev


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ({"name": "power_lew"}, "read_noise.law: no read_noise law is called 'power_lew'; did you mean power_law?"),
        ({"name": "zzz"}, "power_law, table, test_shot_like"),
        ({}, "needs a name"),
        ({"name": "test_parabola"}, "no read_noise law is called 'test_parabola'"),
        (
            {"name": "power_law", "relative_sd_at_gmax": 0.1, "exponent": 0, "relative_sd_at_g_max": 0.1},
            "relative_sd_at_gmax: unknown key, did you mean relative_sd_at_g_max?",
        ),
        ({"name": "power_law", "exponent": 0}, "relative_sd_at_g_max: is missing"),
        (
            {"name": "power_law", "exponent": 0, "relative_sd_at_g_max": -0.1},
            "relative_sd_at_g_max: input should be greater than or equal to 0, got -0.1",
        ),
        ("power_law", "read_noise.law"),
    ],
)
def test_each_mistake_is_one_clear_line(law, message):
    with pytest.raises(ConfigError) as caught:
        load_device({"conductance": RANGE, "read_noise": {"law": law}})
    assert len(caught.value.mistakes) == 1
    assert "\n" not in str(caught.value)
    assert message in str(caught.value)


def test_names_belong_to_one_kind_and_one_class():
    with pytest.raises(ConfigError, match="law 'power_law': a read_noise law of this name is registered already"):

        @register("power_law")
        class Other(ReadNoiseLaw):
            pass

    assert registered("read_noise")["power_law"].__name__ == "PowerLaw"
    assert register("test_shot_like")(ShotLike) is ShotLike

    @register("test_same_name")
    class Step(ResistanceStepLaw):
        pass

    @register("test_same_name")
    class Noise(ReadNoiseLaw):
        pass

    assert registered("resistance_step")["test_same_name"] is Step
    assert registered("nothing") == {}
    del Noise


@pytest.mark.parametrize("wrong", [object, 3])
def test_only_laws_can_be_registered(wrong):
    with pytest.raises(ConfigError, match="register a subclass of ReadNoiseLaw"):
        register("test_wrong")(wrong)


GOOD = """
from device_models import ReadNoiseLaw, register

@register("{name}")
class FromFile(ReadNoiseLaw):
    sd: float
    def sd_s(self, g_s, conductance):
        return self.sd * g_s
"""


def test_laws_from_a_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(GOOD.format(name="test_from_file"))
    load_laws(path)
    dev = load_device({"conductance": RANGE, "read_noise": {"law": {"name": "test_from_file", "sd": 0.1}}})
    assert dev.relative_read_sd == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("missing.py", None, "no such file"),
        ("laws.txt", "x = 1", "not a Python file"),
        ("broken.py", "x = 1 / 0", "ZeroDivisionError: division by zero"),
        ("syntax.py", "def", "SyntaxError"),
        ("empty.py", "x = 1", 'registers no law; decorate a class with @register("name")'),
        ("taken.py", GOOD.format(name="power_law"), "a read_noise law of this name is registered already"),
    ],
)
def test_law_files_that_cannot_be_used(tmp_path, name, text, message):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_laws(path)
    assert message in str(caught.value)
    assert len(caught.value.mistakes) == 1


def test_a_module_beside_a_law_file(tmp_path):
    """It is not loaded: a result is named by the content of the law file, not by that of others."""
    (tmp_path / "helper.py").write_text("V = 1")
    (tmp_path / "mine.py").write_text("from helper import V")
    with pytest.raises(ConfigError, match=r"No module named 'helper'; helper beside it is not loaded, .*: write it in"):
        load_laws(tmp_path / "mine.py")
    (tmp_path / "helper.py").unlink()
    with pytest.raises(ConfigError, match=r"No module named 'helper'\n"):
        load_laws(tmp_path / "mine.py")
    with pytest.raises(ConfigError, match=r"is a folder; name the \.py file in it"):
        load_laws(tmp_path)


def test_a_file_that_fails_has_registered_nothing(tmp_path):
    """A law stayed, and with it a name that the mended file could not have."""
    path = tmp_path / "half.py"
    path.write_text(GOOD.format(name="test_half") + "\n1 / 0\n")
    with pytest.raises(ConfigError, match="ZeroDivisionError"):
        load_laws(path)
    assert "test_half" not in registered("read_noise")
    (tmp_path / "mended.py").write_text(GOOD.format(name="test_half"))
    load_laws(tmp_path / "mended.py")
    assert "test_half" in registered("read_noise")


def test_loading_the_same_file_twice_is_not_an_error(tmp_path):
    path = tmp_path / "twice.py"
    path.write_text(GOOD.format(name="test_twice"))
    load_laws(path)
    load_laws(path)
    (tmp_path / "other").mkdir()
    namesake = tmp_path / "other" / "twice.py"
    namesake.write_text(GOOD.format(name="test_twice"))
    with pytest.raises(ConfigError, match="registered already"):
        load_laws(namesake)


def test_a_law_without_its_formula_says_so():
    @register("test_without_formula")
    class Empty(ReadNoiseLaw):
        pass

    with pytest.raises(NotImplementedError):
        Empty(name="test_without_formula").sd_s(np.ones(1), device().conductance)


@register("test_zero")
class OfResults(ReadNoiseLaw):
    """Gives what a test wants."""


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (lambda g: -g, "gave -1e-05 for 1e-05 S; every number must be finite and not negative"),
        (lambda g: g * np.nan, "gave nan for 1e-05 S; every number must be finite and not negative"),
        (lambda g: 1e-6, "gave float64 of shape (), expected numbers of (4,)"),
        (lambda g: g[:2], "gave float64 of shape (2,), expected numbers of (4,)"),
        (lambda g: 1 / [], "TypeError: unsupported operand"),
        (lambda g: sys.exit("enough"), "SystemExit: enough"),
    ],
)
def test_what_a_law_gives_is_checked(result, message, monkeypatch):
    """One line that names the law, whatever its formula does."""
    monkeypatch.setattr(OfResults, "sd_s", lambda _self, g_s, _conductance: result(g_s))
    monkeypatch.setattr(OfResults.sd_s, "__name__", "sd_s")
    dev = device(read_noise={"law": {"name": "test_zero"}})
    with pytest.raises(ConfigError) as caught:
        dev.read_law(cells_at(1e-5, 4))
    assert "law test_zero (OfResults.sd_s): " + message in str(caught.value)
    assert len(caught.value.mistakes) == 1


def test_a_law_that_fails_at_a_conductance_of_0_is_told_so(monkeypatch):
    """A power of G, say: cells that are stuck or switched off are asked about, too."""
    monkeypatch.setattr(OfResults, "sd_s", lambda _self, g_s, _conductance: np.where(g_s > 0, g_s, np.nan))
    dev = device(read_noise={"law": {"name": "test_zero"}})
    with pytest.raises(ConfigError, match=r"gave nan for 0 S; .* that of a conductance of 0 too") as caught:
        dev.read_law(cells_at(0.0, 4))
    assert caught.value.page == "write_a_law"

"""What to cite: every key exists, every law names its paper, mistakes are one line."""

import re
import time
from pathlib import Path

import pytest

from device_models import ReadNoiseLaw, load_device, preset_paths, register
from device_models.errors import ConfigError
from device_models.references import bibliography, collect, find, first_doi, of_device, parse_bibtex, reasons

ROOT = Path(__file__).parents[2]
OWN = "@misc{own2026,\n  title = {{A {nested} title, at home}},\n  year = {2026},\n  doi = {10.1/own}\n}"


def test_every_key_of_the_bibliography_is_unique_and_the_entries_are_whole():
    text = (ROOT / "device_models" / "references.bib").read_text()
    entries = parse_bibtex(text)  # refuses a key that is given twice
    assert len(entries) == len(re.findall(r"^@", text, re.MULTILINE)) == len(bibliography())
    for entry in entries:
        assert entry.bibtex.count("{") == entry.bibtex.count("}")
        assert "author" in entry.bibtex
        assert re.search(r"year = \{\d{4}\}", entry.bibtex)
    dois = [entry.doi for entry in entries if entry.doi]
    assert len(set(dois)) == len(dois)
    assert all(re.fullmatch(r"10\.\d{4,}/\S+", doi) for doi in dois)


def test_the_software_is_cited_in_its_version():
    from crossbar_nsm import __version__

    assert f"version {__version__}" in bibliography()["crossbar_nsm"].bibtex


@pytest.mark.parametrize("name", preset_paths())
def test_every_reference_of_a_preset_exists(name):
    device = load_device(name)
    assert all(find(key) for key in device.references)
    assert {entry.key for entry in of_device(device)} >= set(device.references)


def test_a_preset_with_measured_numbers_says_where_they_are_published():
    """By a DOI, or where there is no paper by the address of the measurements."""
    without = set()
    for name in preset_paths():
        device = load_device(name)
        if any(source.provenance == "measured_fit" for source in device.sources.values()) and not first_doi(device):
            assert any(r"\url{https://" in find(reference).bibtex for reference in device.references), name
            without.add(name)
    assert without == {"rram_levy_a", "rram_levy_b"}


@pytest.mark.parametrize(
    ("preset", "overrides", "why", "keys"),
    [
        ("rram_telegraph_illustrative", [], "telegraph noise", {"machlup1954"}),
        ("rram_switching_illustrative", [], "thermal noise", {"johnson1928", "nyquist1928"}),
        ("rram_switching_illustrative", [], "shot noise", {"schottky1918"}),
        ("rram_switching_illustrative", [], "set by a compliance current", {"ambrogio2014"}),
        ("rram_switching_illustrative", [], "Weibull law of failures", {"weibull1951"}),
        ("pcm_nandakumar2019", [], "1/f noise", {"dutta1981"}),
        ("fefet_selector_illustrative", [], "Ornstein-Uhlenbeck selector", {"uhlenbeck1930", "dutta2022"}),
        ("fefet_jerry2017", [], "staircase of pulses", {"chen2018neurosim"}),
        ("rram_cmo_hfox2025", [], "relaxation with ln t", {"falcone2025"}),
        ("rram_switching_illustrative", ["read_noise.thermal=false"], "thermal noise", set()),
        ("rram_switching_illustrative", ["telegraph=null"], "telegraph noise", set()),
        ("ideal_blank_out", [], "Ornstein-Uhlenbeck selector", set()),
    ],
)
def test_laws_name_their_papers_only_when_they_are_used(preset, overrides, why, keys):
    assert {key for key, reason in reasons(load_device(preset, *overrides)) if reason == why} == keys


def test_the_same_entry_is_listed_once_with_all_its_reasons():
    found = of_device(load_device("fefet_selector_illustrative"))
    assert [entry.key for entry in found] == sorted({entry.key for entry in found})
    dutta = next(entry for entry in found if entry.key == "dutta2022")
    assert dutta.why == ("preset fefet_selector_illustrative", "Ornstein-Uhlenbeck selector")


def test_whole_entries_of_a_device_and_of_a_law_are_passed_through():
    @register("cited_for_test")
    class Cited(ReadNoiseLaw):
        references = (OWN,)

        def sd_s(self, g_s, conductance):
            return 0.1 * g_s

    law = {"name": "cited_for_test"}
    device = load_device({"conductance": {"g_min_s": 1e-6, "g_max_s": 1e-5}, "read_noise": {"law": law}})
    (entry,) = of_device(device)
    assert (entry.key, entry.bibtex, entry.doi) == ("own2026", OWN, "10.1/own")
    assert entry.why == ("read noise law cited_for_test",)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("wan202", "unknown key 'wan202', did you mean wan2022?"),
        ("qqqq", "give a key of device_models/references.bib"),
        ("@misc{a, title = {x}", "without closing brace"),
        ("@misc{a, title = {x}} @misc{b, title = {y}}", "one BibTeX entry per line of the list, got 2"),
        ("@misc{ title = {x}}", "not a BibTeX entry"),
        ("@misc{wan2022, title = {another}}", "is the key of another bundled entry"),
    ],
)
def test_references_that_cannot_be_used_are_one_line(reference, message):
    with pytest.raises(ConfigError) as error:
        find(reference)
    assert message in str(error.value)
    assert len(error.value.mistakes) == 1


@pytest.mark.parametrize("text", ["@article{a," + "\n" * 19000 + "}", "@a{b,\ndoi = {{" + " " * 9000 + "\n\n}}}"])
def test_whole_entries_of_any_length_take_no_time(text):
    """19,000 blank lines before a doi took 5 s."""
    started = time.process_time()
    assert find(text).doi is None
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("text", ["a" * 19000, "@" * 19000, "@" + "a" * 19000, "@a{" + "k" * 19000 + ",}", "a" * 10**6])
def test_long_references_are_refused_shortly(text):
    started = time.process_time()
    with pytest.raises(ConfigError) as caught:
        find(text)
    assert len(str(caught.value)) < 300
    assert time.process_time() - started < 0.5


def test_two_entries_under_one_key_are_refused():
    with pytest.raises(ConfigError, match=r"own2026.*two different entries"):
        collect([(OWN, "a"), (OWN.replace("home", "work"), "b")])


def test_text_between_entries_is_comment_and_braces_in_values_are_kept():
    text = f"% why: something\n{OWN}\n% more\n@book{{b, title = {{x \\{{ y}}}}\n"
    assert [entry.key for entry in parse_bibtex(text)] == ["own2026", "b"]
    with pytest.raises(ConfigError, match="given twice"):
        parse_bibtex(OWN + OWN)

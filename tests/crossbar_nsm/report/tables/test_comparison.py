from dataclasses import replace

import pytest
from support.results import fake_results

from crossbar_nsm.experiment.studies.pairs import every_pair
from crossbar_nsm.report.tables.chips import chips_table
from crossbar_nsm.report.tables.comparison import DROP, LEGEND, comparison_table, pairs_table
from crossbar_nsm.report.tables.terminal import print_table

NAMED = {*DROP, *LEGEND}  # headings that something is done with


def test_capped_nlls_are_said_under_the_tables():
    results = fake_results(chips=1, images=20)
    tables = [comparison_table(results.rows), chips_table(results.table().to_dicts(), [])]
    assert [table.notes for table in tables] == ["", ""]
    trial = results.points[0].chips[0]
    trial.prediction.probability[:3, :] = 0.0
    capped = fake_results(chips=1, images=20)
    capped.points[0].chips[0] = trial
    for table in (comparison_table(capped.rows), chips_table(capped.table().to_dicts(), [])):
        assert "up to 3 of 20 images give their label less than 1e-12, which counts as 27.6 nats" in table.caption


def test_what_was_swept_stays_whatever_a_column_of_that_name_would_do(monkeypatch, capsys):
    """`samples` is also what images that stop early took, which goes first."""
    monkeypatch.setenv("COLUMNS", "80")
    print_table(comparison_table(fake_results({"evaluation.samples": [10, 20]}).rows))
    heading, left_out = capsys.readouterr().out.split("left out: ")
    assert " samples " in heading
    assert "samples" not in left_out.split("(--wide")[0]


def test_intervals_of_pairs_are_whole(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    swept = {"read.interval_s": [1e-6, 1e-4], "array.rows": [32, 64], "device.read_noise.relative_sd": [0.05, 0.2]}
    pairs = every_pair(fake_results(swept, images=50).points)
    print_table(pairs_table(pairs))
    shown = capsys.readouterr().out
    low, high = (f"{100 * end:+.2f}" for end in (pairs[0].compared.difference_low, pairs[0].compared.difference_high))
    assert f"[{low}, {high}]" in shown
    assert ".../" in shown


def keys_of(settings, above=""):
    for key, value in settings.items():
        yield f"{above}{key}"
        yield from keys_of(value, f"{above}{key}.") if isinstance(value, dict) else ()


def config_keys():
    return list(keys_of(fake_results(chips=1, images=1).config.model_dump()))


@pytest.mark.parametrize("columns", ["60", "80", "100"])
@pytest.mark.parametrize("key", [*(key for key in config_keys() if key.rpartition(".")[2] in NAMED), "a.NLL", "a.ECE"])
def test_a_swept_column_stays_whatever_its_name_is(key, columns, monkeypatch, capsys):
    """Rows could not be told apart without it."""
    monkeypatch.setenv("COLUMNS", columns)
    results = fake_results({"evaluation.samples": [1234, 5678]}, chips=2)
    for row in results.rows:
        row.set.clear()
        row.set.update({key: 4321 if row.samples == 1234 else 8765})
    print_table(comparison_table(results.rows))
    text = capsys.readouterr().out
    assert text.count("4321") == text.count("8765") == 2
    assert f"setting {key}" in text or key in "".join(text.split())


def test_the_keys_above_are_some():
    assert "evaluation.samples" in [key for key in config_keys() if key.rpartition(".")[2] in NAMED]


@pytest.mark.parametrize("chips", [1, 2])
def test_pairs_on_different_images_keep_the_one_interval_that_they_have(chips, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    first, second, third = fake_results({"device.read_noise.relative_sd": [0.1, 0.2, 0.3]}, chips=chips).points
    others = {chip: replace(result, images_digest="other") for chip, result in second.chips.items()}
    table = pairs_table(every_pair([first, replace(second, chips=others)], 0.01))
    print_table(table)
    out = " ".join(capsys.readouterr().out.split())
    assert "any chip: 95 % over images and chips" in out
    assert "for these chips" not in out
    assert ("with one chip on a side: of that chip" in out) == (chips == 1)
    assert "any chip" not in out.partition("left out: ")[2].partition("(--wide")[0]
    both = pairs_table(every_pair([first, replace(second, chips=others), third]))
    assert "for these chips" in both.legend["difference %"]
    assert "any chip" not in both.drop
    print_table(pairs_table(every_pair([first, third])))
    out = " ".join(capsys.readouterr().out.split())
    assert "for these chips" in out
    assert "any chip:" not in out

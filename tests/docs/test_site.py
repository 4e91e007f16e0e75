"""The built site: every link leads somewhere, nothing comes from a network, and the search knows the field's words."""

import re

import pytest
from support.web.site import dead, from_elsewhere

GENERAL = {"genindex.html", "search.html"}


@pytest.fixture(scope="module")
def pages(site):
    return sorted(site.rglob("*.html"))


def test_there_are_the_pages_of_every_kind_of_reader(site, pages):
    found = {str(page.relative_to(site)) for page in pages}
    assert found >= GENERAL | {"index.html", "physics.html", "glossary.html", "faq.html"}
    for section in ("tutorials", "how_to", "reference", "explanation", "results"):
        assert f"{section}/index.html" in found


def test_no_link_and_no_anchor_is_dead(site, pages):
    assert {str(page.relative_to(site)): found for page in pages if (found := dead(page))} == {}


def test_nothing_is_loaded_from_a_network(site, pages):
    assert {page.name: found for page in pages if (found := from_elsewhere(page))} == {}
    imported = re.compile(r"@import|url\(\s*['\"]?(?:https?:)?//")
    assert [style.name for style in site.rglob("*.css") if imported.search(style.read_text(encoding="utf-8"))] == []


def test_what_is_dead_or_from_elsewhere_is_found(tmp_path):
    page = tmp_path / "page.html"
    (tmp_path / "other.html").write_text('<h1 id="there">a</h1><a name="here">b</a>')
    good = ["other.html", "other.html#there", "other.html#here", "#top", "https://a.b/c#d", "mailto:a@b.c", ""]
    bad = ["no.html", "other.html#no", "#no", "folder/", "javascript:alert(1)", "file:///tmp/other.html"]
    links = "".join(f'<a href="{address}">x</a>' for address in [*good, *bad])
    page.write_text(
        f'<body id="top">{links}<img src="no.png"><script src="https://cdn.x/a.js"></script>'
        '<link href="//fonts.x/a.css" rel="stylesheet"><img src="data:image/png;base64,AA==">'
    )
    assert dead(page) == [*bad, "no.png", "//fonts.x/a.css"]
    assert from_elsewhere(page) == ["https://cdn.x/a.js", "//fonts.x/a.css"]


@pytest.mark.parametrize("word", ["telegraph", "a_i", "pair", "gain_bit", "calibr"])
def test_the_search_knows_a_word(site, word):
    """`pair`, `gain_bit`, `calibr`: as words are kept, without their endings."""
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert re.search(rf'[{{,]"?{word}"?:', index[index.index("terms:") :] if "terms:" in index else index)

"""The pages below docs lead somewhere: their links, and those of comments in code, and the glossary is in order."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("**/*.md"))
CODE = [
    path
    for folder in ("crossbar_nsm", "device_models", "benchmarks", "tests", "configs")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".yaml"} and path != Path(__file__).resolve()
]
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
POINTER = re.compile(r"docs/(\w+)\.md(?:#([\w-]*))?")


def text_of(path):
    return path.read_text(encoding="utf-8")


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


@cache
def anchors(page):
    """Anchors that GitHub gives to the headings of a page: in lower case, without punctuation, blanks as hyphens;
    headings that come again are numbered."""
    seen, found = {}, set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", FENCE.sub("", text_of(page)), re.MULTILINE):
        base = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(f"{base}-{seen[base]}" if base in seen else base)
        seen[base] = seen.get(base, 0) + 1
    return found


def broken_links(page, text):
    """Relative links of a page that lead to no file, or to no heading of it."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text)):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    return broken


def entries(text):
    return re.findall(r"^## +(.+?) *$", text, re.MULTILINE)


def in_order(names):
    return sorted(names, key=lambda name: name.lower().replace("_", " "))


def test_there_are_pages():
    """Each is listed by another: a page that none lists ends the build of the site."""
    assert {page.name for page in PAGES} >= {"physics.md", "glossary.md", "faq.md", "1_first_chip.md", "install.md"}


def test_the_readme_is_short_and_leads_to_every_section():
    text = text_of(ROOT / "README.md")
    assert len(text.encode()) <= 8192
    assert all(f"docs/{path.parent.name}/index.md" in text for path in (ROOT / "docs").glob("*/index.md"))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_link_leads_to_a_heading_or_a_file(page):
    assert broken_links(page, text_of(page)) == []


def test_a_link_that_leads_nowhere_is_found():
    page = ROOT / "docs/physics.md"
    text = "[a](#symbols) [b](#no-such) [c](glossary.md#beta) [d](glossary.md#no-such) [e](no.md) [f](https://a.b/#c)"
    assert broken_links(page, text) == ["#no-such", "glossary.md#no-such", "no.md"]


def test_every_pointer_of_the_code_leads_to_a_heading():
    broken = []
    for path in CODE:
        for name, anchor in POINTER.findall(text_of(path)):
            page = ROOT / "docs" / f"{name}.md"
            if not page.exists() or (anchor and anchor not in anchors(page)):
                broken.append(f"{path.relative_to(ROOT)}: docs/{name}.md#{anchor}")
    assert broken == []


def test_every_heading_of_the_physics_has_an_anchor_of_its_own():
    headings = re.findall(r"^#{1,6} +(.+?) *$", FENCE.sub("", text_of(ROOT / "docs/physics.md")), re.MULTILINE)
    assert len(headings) == len(anchors(ROOT / "docs/physics.md")) == len(set(headings))
    contents = text_of(ROOT / "docs/physics.md").split("\n## ")[0]
    assert re.findall(r"\[([^\]]+)\]\(#", contents) == headings[1:]


def test_the_glossary_is_alphabetical_and_defines_each_word_once():
    names = entries(text_of(ROOT / "docs/glossary.md"))
    assert names == in_order(names)
    assert len({name.lower() for name in names}) == len(names) > 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_formulas_are_those_that_github_shows(page):
    """Between dollars Markdown takes a backslash before punctuation away, and GitHub refuses some commands."""
    text = without_code(text_of(page))
    assert text.count("$") % 2 == 0
    for formula in re.findall(r"\$([^$]+)\$", text):
        assert "\n" not in formula
        assert not re.search(r"\\[^a-zA-Z]|operatorname", formula), formula
        assert formula.count("{") == formula.count("}"), formula
        assert formula == formula.strip()


def test_no_comment_points_to_a_page_that_is_not_part_of_the_project():
    assert [path.relative_to(ROOT) for path in CODE if re.search(r"\(physics\b", text_of(path))] == []


def test_places_that_contributors_are_sent_to_exist():
    """Paths in CONTRIBUTING, of the repository or of the package, with or without .py; <names> stand for others."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    paths = {path for path in re.findall(r"`([\w./<>*-]+/[\w./<>*-]*)`", text) if "<" not in path and "*" not in path}
    homes = (ROOT, ROOT / "crossbar_nsm")
    exist = {path for path in paths if any((home / f"{path}{end}").exists() for home in homes for end in ("", ".py"))}
    assert len(paths) > 20
    assert paths - exist == {"mnist/", "cifar10/", "nmnist_small/"}  # of a data folder

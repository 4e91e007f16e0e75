"""The built site in a real browser, Debian's Chromium driven by Playwright, opened as files: no page complains or asks
a network, the search finds, a telephone never scrolls a page sideways, and the dark can be read.

Screenshots are written to the folder that SITE_SCREENSHOTS names, where it does.
"""

import os
from pathlib import Path

import pytest
from support.web.browser import launched, needs_chromium, watched

pytestmark = needs_chromium
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1300, "height": 900}
READABLE = 4.5  # contrast of text with what is behind it, WCAG AA

# Texts, formulas and code that are seen, whose contrast with the nearest background behind them is below `least`.
PALE = """least => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = node => {
    const layers = [];
    for (; node; node = node.parentElement) {
      const [r, g, b, a = 1] = parts(getComputedStyle(node).backgroundColor);
      layers.push([r, g, b, a]);
      if (a === 1) break;
    }
    return layers.reverse().reduce((below, [r, g, b, a]) => below.map((c, at) => c * (1 - a) + [r, g, b][at] * a),
                                   [255, 255, 255]);
  };
  const found = {};
  for (const node of document.querySelectorAll("article *")) {
    const text = [...node.childNodes].filter(one => one.nodeType === 3).map(one => one.data.trim()).join("");
    if (!text || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (node.closest("svg, script, style, .headerlink, .copybtn")) continue;
    const [one, other] = [luminance(parts(getComputedStyle(node).color)), luminance(behind(node))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < least) found[`${node.localName}.${node.className}`] = [text.slice(0, 30), contrast];
  }
  return found;
}"""
# What reaches beyond the screen, but for what lies in a box that scrolls by itself.
WIDER = """() => {
  const scrolls = node => ["auto", "scroll"].includes(getComputedStyle(node).overflowX);
  const inside = node => node.matches("article") ? false : scrolls(node) || inside(node.parentElement);
  return [...document.querySelectorAll("article *")]
    .filter(node => node.getBoundingClientRect().right > innerWidth + 1 && !inside(node))
    .map(node => `${node.localName}.${node.className}: ${node.textContent.trim().slice(0, 40)}`).slice(0, 5);
}"""


@pytest.fixture(scope="module")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture
def open_tab(browser):
    """A function that opens an empty tab."""
    with watched(browser) as open_:
        yield lambda **settings: open_(**{"viewport": DESKTOP, "reduced_motion": "reduce"} | settings)


@pytest.fixture(scope="module")
def pages(site):
    found = sorted(site.rglob("*.html"))
    assert len(found) >= 10
    return found


def test_every_page_keeps_to_a_telephone_and_can_be_read(open_tab, pages):
    tab, wide, pale = open_tab(viewport=PHONE), {}, {}
    for page in pages:
        tab.goto(page.as_uri())
        if tab.evaluate("document.documentElement.scrollWidth") > PHONE["width"] or tab.evaluate(WIDER):
            wide[page.name] = tab.evaluate(WIDER)
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            if found := tab.evaluate(PALE, READABLE):
                pale[page.name, scheme] = found
    assert wide == {}
    assert pale == {}


def test_what_is_wide_or_pale_is_found(open_tab, site):
    tab = open_tab(viewport=PHONE)
    tab.goto((site / "physics.html").as_uri())
    tab.add_style_tag(content="article p { color: #888 } article h2 { width: 500px }")
    assert tab.evaluate(WIDER)[0].startswith("h2.")
    assert "p." in tab.evaluate(PALE, READABLE)


def test_the_dark_is_dark(open_tab, site):
    tab = open_tab(color_scheme="dark")
    tab.goto((site / "physics.html").as_uri())
    assert max(tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")) < 50
    assert min(tab.eval_on_selector("math", "node => getComputedStyle(node).color.match(/\\d+/g).map(Number)")) > 150


@pytest.mark.parametrize(
    ("words", "place"),
    [("telegraph", "physics.html#telegraph-noise"), ("a_i", "glossary.html#a-i"), ("paired", None),
     ("neuron.gain_bits", None), ("calibrated", None)],
)  # fmt: skip
def test_the_search_finds_and_leads_there(open_tab, site, words, place):
    tab = open_tab()
    tab.goto((site / "index.html").as_uri())
    tab.locator(".sidebar-search").fill(words)
    tab.locator(".sidebar-search").press("Enter")
    tab.locator("#search-results .search-summary", has_text="Search finished").wait_for()
    found = tab.locator("#search-results li a")
    assert place is None or place in [link.get_attribute("href") for link in found.all()]
    found.first.click()
    tab.wait_for_url(lambda url: "search.html" not in url)
    assert words.split(".")[-1] in tab.locator("article").inner_text().lower()


def test_a_search_without_result_says_so(open_tab, site):
    tab = open_tab()
    tab.goto(f"{(site / 'search.html').as_uri()}?q=nosuchword")
    tab.get_by_text("did not match any documents").wait_for()
    assert tab.locator("#search-results li").count() == 0


def test_a_fraction_has_room_above_and_below_its_line(open_tab, site):
    """What stands on a line is at least a fifth of a letter away from the box of the formula."""
    tab = open_tab()
    tab.goto((site / "physics.html").as_uri())
    room = tab.eval_on_selector_all(
        "div.math mfrac > *", "all => all.map(one => parseFloat(getComputedStyle(one).paddingTop))"
    )
    assert len(room) > 10
    assert min(room) > 2


def test_screenshots(open_tab, site):
    if folder := os.environ.get("SITE_SCREENSHOTS"):
        for name, settings in {"desk": {}, "dark": {"color_scheme": "dark"}, "phone": {"viewport": PHONE}}.items():
            tab = open_tab(**settings)
            for page in sorted(site.rglob("*.html")):
                tab.goto(page.as_uri())
                tab.screenshot(path=Path(folder) / name / f"{page.stem}.png", full_page=True)

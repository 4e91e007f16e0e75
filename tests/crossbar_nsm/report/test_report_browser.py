"""The page in a real browser, Debian's Chromium driven by Playwright, opened as a file.

Screenshots are written to the folder that REPORT_SCREENSHOTS names (else to one of the test).
"""

import os
from pathlib import Path

import pytest
from support.pages import HOSTILE, sample_page
from support.results import fake_results
from support.web.browser import launched, needs_chromium, watched

from crossbar_nsm.report.page.rendering import render
from crossbar_nsm.report.sections import hardware
from crossbar_nsm.report.study_page import study_page

pytestmark = needs_chromium
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1200, "height": 900}


@pytest.fixture(scope="module")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(sample_page()), encoding="utf-8")
    return path


@pytest.fixture
def open_page(browser, file):
    """A function that opens the page, or another."""
    with watched(browser) as open_tab:

        def open_(path=file, **settings):
            page = open_tab(**{"viewport": DESKTOP} | settings)
            page.goto(path.as_uri())
            return page

        yield open_


def _column(page, number):
    """Texts of a column of the first table, in the order shown."""
    return page.locator(f"tbody >> nth=0 >> tr:visible > :nth-child({number})").all_inner_texts()


def test_tables_sort_both_ways_with_mouse_and_keyboard(open_page):
    page = open_page()
    chips, heading = _column(page, 1), page.locator("th", has_text="error %").first
    assert heading.get_attribute("aria-sort") == "none"
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    rising = [text.split()[0] for text in _column(page, 2) if text]
    assert rising == ["0.75", "1.50", "2.00", "4.00", "5.00", "9.50", "10.25", "30.00", "inf"]
    assert _column(page, 2)[-1] == ""  # what is missing stays last
    heading.get_by_role("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert [text.split()[0] for text in _column(page, 2) if text] == rising[::-1]
    assert _column(page, 2)[-1] == ""
    heading.get_by_role("button").press("Space")
    assert _column(page, 1) == chips
    by_name = page.get_by_role("columnheader", name="chip")
    by_name.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "none"
    assert _column(page, 1) == chips  # chip 10, were there one, would come behind chip 9


def test_long_tables_can_be_filtered(open_page):
    page = open_page()
    box = page.get_by_role("searchbox").first
    assert page.get_by_role("searchbox").count() == 2  # not for the short tables
    box.fill("CHIP  30.00")
    assert _column(page, 1) == ["chip 5"]
    assert page.get_by_role("status").first.inner_text() == "1 of 10 rows"
    box.fill("")
    assert len(_column(page, 1)) == 10
    assert page.get_by_role("status").first.inner_text() == "10 rows"


def test_every_figure_is_drawn_enlarges_and_can_be_saved(open_page):
    page = open_page()
    widths = page.eval_on_selector_all("main img", "images => images.map(image => image.naturalWidth)")
    assert len(widths) == 3
    assert min(widths) > 0
    dialog, button = page.locator("dialog"), page.get_by_role("button", name="Enlarge: red on the left quarter")
    assert not dialog.is_visible()
    button.click()
    assert dialog.is_visible()
    assert dialog.locator("img").evaluate("image => image.naturalWidth") > 0
    assert dialog.locator("figcaption").inner_text() == "A red figure."
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    button.press("Enter")
    dialog.get_by_role("button", name="Close").click()
    assert not dialog.is_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download SVG").first.click()
    assert saved.value.suggested_filename == "first.svg"
    assert Path(saved.value.path()).read_text().startswith("<svg")


def test_figures_with_the_same_ids_inside_do_not_meet(open_page):
    """Both clip by #p1: the second shows a quarter of its width in red, whatever the first has under that name."""
    page = open_page()
    pixels = page.evaluate(
        """() => {
          const image = document.querySelectorAll("main img")[1];
          const canvas = Object.assign(document.createElement("canvas"), { width: 200, height: 100 });
          const context = canvas.getContext("2d", { willReadFrequently: true });
          context.drawImage(image, 0, 0, 200, 100);
          return [25, 75, 150].map((x) => [...context.getImageData(x, 50, 1, 1).data]);
        }"""
    )
    assert pixels == [[213, 94, 0, 255], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_nothing_that_is_data_runs(open_page):
    page = open_page()
    assert page.title() == f"Study {HOSTILE}"
    assert HOSTILE in page.locator("pre").inner_text()
    assert page.locator("main img").count() == 3


def test_even_an_unescaped_script_would_not_run(browser, file, tmp_path):
    """Negative control of the two tests above: the browser complains, which `open_page` would see, and runs nothing."""
    path = tmp_path / "careless.html"
    path.write_text(file.read_text().replace("</main>", "<script>document.title = 'ran'</script></main>"))
    page, complaints = browser.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(path.as_uri())
    title = page.title()
    page.close()
    assert title == f"Study {HOSTILE}"
    assert len(complaints) == 1
    assert "Content Security Policy" in complaints[0]


def test_a_telephone_never_scrolls_sideways_and_dark_is_dark(open_page):
    page = open_page(viewport=PHONE, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    wide = page.locator(".scroll", has_text="column 15")
    assert wide.evaluate("box => box.scrollWidth > box.clientWidth")  # a wide table scrolls inside its box
    assert _luminance(page, "background-color") < 0.05
    assert _contrast(page) > 4.5  # WCAG AA
    light = open_page(color_scheme="light")
    assert _luminance(light, "background-color") > 0.9
    assert _contrast(light) > 4.5


def _luminance(page, colour, element="body"):
    """Relative luminance (WCAG 2) of a colour of an element, which computed styles give as rgb(r, g, b)."""
    text = page.eval_on_selector(element, "(node, name) => getComputedStyle(node).getPropertyValue(name)", colour)
    parts = [int(part) / 255 for part in text.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(page):
    """Contrast ratio of the palest text, that of captions."""
    dark, light = sorted([_luminance(page, "background-color"), _luminance(page, "color", "figcaption")])
    return (light + 0.05) / (dark + 0.05)


def test_copy_puts_the_listing_on_the_clipboard(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"name: {HOSTILE}\nlong: yyy")


def test_printed_pages_have_the_content_and_no_controls(open_page):
    page = open_page(color_scheme="dark")
    page.get_by_role("searchbox").first.fill("chip 3")
    assert len(page.pdf(format="A4")) > 10_000
    page.emulate_media(media="print")
    assert len(_column(page, 1)) == 10  # all rows, whatever was filtered
    assert not page.locator(".hints").first.is_visible()
    assert not any(page.locator(control).first.is_visible() for control in ("nav", ".filter", ".control", ".download"))
    assert _luminance(page, "color") < 0.05


def test_readable_without_javascript(open_page):
    page = open_page(java_script_enabled=False)
    assert len(_column(page, 1)) == 10
    assert page.locator("main img").first.is_visible()
    assert page.locator(".control:visible, .filter, .download").count() == 0


WIDTHS = {"phone": (390, 844), "laptop": (1280, 800), "desk": (1920, 1080)}
WIDE_BOX = "box => box.scrollWidth > box.clientWidth + 1"


def _at(width):
    return dict(zip(("width", "height"), WIDTHS[width], strict=True))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_cue_stands_exactly_where_a_table_goes_on(open_page, width):
    page = open_page(viewport=_at(width))
    seen = set()
    for block in page.locator(".table-block").all():
        across, down = (block.get_by_role("button", name=text) for text in ("more column", "more rows"))
        box = block.locator(".scroll")
        wide, tall = box.evaluate(WIDE_BOX), box.evaluate("box => box.scrollHeight > box.clientHeight + 1")
        assert (across.count(), down.count()) == (wide, tall)
        assert not wide or "gradient" in box.evaluate("box => getComputedStyle(box).backgroundImage")
        seen |= {wide, tall}
    assert seen == {False, True}


def test_the_cue_counts_what_is_hidden_and_goes_there(open_page):
    page = open_page(viewport=_at("phone"), reduced_motion="reduce")
    box = page.locator(".scroll", has_text="column 15")
    cue = box.locator("xpath=..").get_by_role("button", name="more column")
    edge = box.bounding_box()["x"] + box.bounding_box()["width"]
    headings = [heading.bounding_box() for heading in box.locator("thead th").all()]
    hidden = sum(heading["x"] + heading["width"] > edge + 1 for heading in headings)
    assert cue.inner_text() == f"{hidden} more columns \u2192"
    while cue.count():
        cue.click()
        page.wait_for_timeout(400)
    assert not box.evaluate("box => box.scrollLeft + box.clientWidth + 1 < box.scrollWidth")
    name = box.locator("tbody th").first
    assert abs(name.bounding_box()["x"] - box.bounding_box()["x"]) < 1  # what names the row stays in sight
    box.locator("xpath=..").get_by_role("button", name="first columns").click()
    cue.wait_for()


@pytest.mark.parametrize("width", WIDTHS)
def test_rows_of_a_table_of_one_line_have_one_height(open_page, study_file, width):
    for path in (None, study_file):
        page = open_page(viewport=_at(width)) if path is None else open_page(path, viewport=_at(width))
        heights = page.eval_on_selector_all(
            ".even tbody tr", "rows => rows.map(row => Math.round(row.getBoundingClientRect().height))"
        )
        assert len(heights) >= 3
        assert len(set(heights)) == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_the_answer_is_above_the_fold_and_the_page_keeps_to_the_screen(open_page, study_file, width):
    page = open_page(study_file, viewport=_at(width))
    wide, high = WIDTHS[width]
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    first = page.locator(".answer p").first
    assert "settings" in first.inner_text()
    assert first.bounding_box()["y"] + first.bounding_box()["height"] <= high
    table = page.locator(".answer .scroll")
    assert not table.evaluate(WIDE_BOX)
    assert page.locator("nav").bounding_box()["y"] > page.locator(".answer").bounding_box()["y"]
    if width != "phone":
        assert table.bounding_box()["y"] + table.bounding_box()["height"] <= high
    images = page.eval_on_selector_all("main img", "all => all.map(one => one.getBoundingClientRect().right)")
    assert max(images) <= wide


def test_text_and_controls_are_large_enough_for_a_phone(open_page, study_file):
    page = open_page(study_file, viewport=_at("phone"), has_touch=True, is_mobile=True)
    size = "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    sizes = page.eval_on_selector_all("td, th, p, figcaption", size)
    assert min(sizes) >= 14
    for what in ("nav a", ".hints .control:visible", ".listing .control", "input", ".download"):
        boxes = [element.bounding_box() for element in page.locator(what).all()]
        assert min(box["height"] for box in boxes) >= 36, what


def test_columns_and_sections_without_content_are_not_there(open_page, study_file):
    page = open_page(study_file)
    for table in page.locator("main table").all():
        rows = table.locator("tr").all()
        lines = [row.locator("th, td").all_inner_texts() for row in rows]
        for heading, *column in zip(*lines, strict=True):
            assert len(set(column)) > 1 or len(column) == 1, heading
    titles = page.locator("nav a").all_inner_texts()
    assert "Wire drop" not in titles
    assert "Two settings together" not in titles
    assert "Error budget" not in titles
    last = page.locator("main > *").last.inner_text()
    assert last.startswith("Left out: heat maps (")
    assert "error budget (crossbar-nsm report FOLDER --budget)" in last


@pytest.fixture(scope="module")
def study_file(tmp_path_factory):
    swept = {"device.read_noise.relative_sd": [0.01, 0.05, 0.2], "neuron.scaling": ["none", "paired"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hardware, "example_chips", lambda _results: [])  # chips take long to program
        page = study_page(fake_results(swept, failed=[(2, 0)]), "read_noise")
    path = tmp_path_factory.mktemp("study") / "report.html"
    path.write_text(render(page), encoding="utf-8")
    return path


def test_report_of_a_study(open_page, study_file, tmp_path):
    """All figures are drawn, the telephone has room for them, and the trials sort by what was swept."""
    phone = open_page(study_file, viewport=PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page = open_page(study_file)
    widths = page.eval_on_selector_all("main img", "images => images.map(image => image.naturalWidth)")
    assert len(widths) > 5
    assert min(widths) > 0
    trials = page.locator("section", has=page.get_by_role("heading", name="All trials"))
    noise = trials.get_by_role("columnheader", name="relative_sd")
    noise.get_by_role("button").click()
    noise.get_by_role("button").click()
    shown = [text for text in trials.locator("tbody tr > :nth-child(2)").all_inner_texts() if text]
    assert shown == ["20"] * 6 + ["5"] * 6 + ["1"] * 6
    folder = Path(os.environ.get("REPORT_SCREENSHOTS", tmp_path))
    page.screenshot(path=folder / "study.png", full_page=True)
    phone.screenshot(path=folder / "study_phone.png")
    assert (folder / "study.png").stat().st_size > 50_000


def test_a_printed_study_keeps_to_the_paper(open_page, study_file):
    page = open_page(study_file, viewport={"width": 690, "height": 1000})  # A4 less its margins
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 690


@pytest.fixture(scope="module")
def long_file(tmp_path_factory):
    """Names that have no place to break."""
    named = {"preset": "rram_illustrative", "name": "oxide" * 34}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hardware, "example_chips", lambda _results: [])
        page = study_page(fake_results({"device": [named, "rram_wan2022"]}, chips=1, images=40), "names")
    path = tmp_path_factory.mktemp("long") / "report.html"
    path.write_text(render(page), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_of_the_answer_stay_beside_long_names(open_page, long_file, width):
    page = open_page(long_file, viewport=_at(width))
    assert not page.locator(".answer .scroll").evaluate(WIDE_BOX)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 690


def test_screenshots_in_the_dark_and_on_a_telephone(open_page, tmp_path):
    folder = Path(os.environ.get("REPORT_SCREENSHOTS", tmp_path))
    for name, settings in {"dark": {"color_scheme": "dark"}, "phone": {"viewport": PHONE}}.items():
        path = folder / f"page_{name}.png"
        open_page(**settings).screenshot(path=path, full_page=True)
        assert path.stat().st_size > 10_000

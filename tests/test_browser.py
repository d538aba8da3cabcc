"""The page in a real browser: what a visitor sees, moves, takes away; and that nothing leaves the machine."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import salvo
from salvo import links
from salvo.answers.emit import csv_text
from salvo.answers.flights import typical
from salvo.answers.lever_curves import lever_curve
from salvo.answers.lots import lots
from salvo.app import limits
from salvo.app.views import buy
from salvo.engine.players import Player
from salvo.format import levers, names
from salvo.format.scenario import loads
from salvo.past.read import parse
from salvo.report.against import against_record
from salvo.report.sentences import headline_name
from salvo.report.strip import headline, strip
from salvo.version import __version__
from salvo.wording import fault_text

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from page_server import CHROMIUM, FLAGS, served  # noqa: E402
from playwright.sync_api import Browser, Locator, Page, expect  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

DESKTOP, PHONE = {"width": 1400, "height": 1000}, {"width": 390, "height": 844}
SIZES = [(1440, 900), (1280, 720), (768, 1024), (390, 844)]
WAIT_MS = 60_000
IN_TAB = {  # the last words of each tab
    "The raid": "What this stands on",
    "Every number": "Edit it as text",
    "Which inputs matter": "What would more of each thing save?",
    "What to buy": "Find the best mix",
    "Compare": re.compile("for both: each threat"),
    "Replay": re.compile("The events of this raid"),
    "Download and cite": "Cite this",
    "Past raids": "Drop a CSV file",
    "Limits and checks": "Scenario with a known answer",
}
expect.set_options(timeout=15_000)
# Streamlit's own dropzone carries both a role and a name; nothing on our side can change it.
NOT_OURS = {"presentation-role-conflict"}
# Notes when anything on the page was last changed.
STIR = """
window.stirred = 0;
new MutationObserver(() => { window.stirred = performance.now(); })
  .observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""
QUIET_MS = 400
# Pairs of labels of one chart that lie on each other.
OVERLAPS = """(() => {
  const found = [];
  for (const plot of document.querySelectorAll('.js-plotly-plot')) {
    const boxes = [...plot.querySelectorAll('.annotation-text, .xtick text, .ytick text, .gtitle, .legendtext, .xtitle')]
      .filter(text => text.textContent.trim())
      .map(text => ({words: text.textContent, box: text.getBoundingClientRect()}));
    boxes.forEach((one, i) => boxes.slice(i + 1).forEach(other => {
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > 1.5 && down > 4) found.push(one.words + ' | ' + other.words);
    }));
    const frame = plot.getBoundingClientRect();
    for (const {words, box} of boxes) if (box.right > frame.right + 2 || box.left < frame.left - 2) found.push('outside: ' + words);
  }
  return found;
})()"""
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(log=tmp_path_factory.mktemp("page") / "server.log") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as running:
        found = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def open_page(address: str, browser: Browser) -> Iterator[Open]:
    """Opens pages; at the end none may have failed, shown an exception, or asked for anything from elsewhere."""
    pages: list[Page] = []
    errors: list[str] = []
    contexts = []

    def look(request: object) -> None:
        url = urlsplit(request.url)  # type: ignore[attr-defined]
        if url.scheme not in ("data", "blob") and url.hostname != "127.0.0.1":
            errors.append(f"asked for {request.url}")  # type: ignore[attr-defined]

    def opened(query: str = "?v=1&raid=one-site", scheme: str = "light", size: dict[str, int] = DESKTOP) -> Page:
        context = browser.new_context(viewport=size, color_scheme=scheme, accept_downloads=True)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.add_init_script(STIR)
        page.on("pageerror", lambda error: errors.append(f"page error: {error}"))
        page.on("request", look)
        page.goto(query if query.startswith("http") else address + "/" + query)
        pages.append(page)
        sentence(page)
        return page

    yield opened
    for page in pages:
        assert page.get_by_test_id("stException").count() == 0
        assert page.get_by_test_id("stSidebar").count() == 0  # Streamlit's own list of pages
    for context in contexts:
        context.close()
    assert not errors


def sentence(page: Page) -> str:
    """The headline, once it is there."""
    heading = page.get_by_role("heading", level=1).first
    heading.wait_for(timeout=5 * WAIT_MS)  # the first visitor waits for the compiler
    return heading.inner_text()


def refined(page: Page, raids: int = limits.USUAL) -> None:
    """Waits until the refinement is over."""
    page.get_by_text(re.compile(rf"^{raids:,} simulated (raids|campaigns)\.$")).wait_for()
    resting(page)


def resting(page: Page) -> None:
    """Waits until the page has nothing more to do, and has not changed for a moment."""
    page.wait_for_function(
        "quiet => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        " && performance.now() - window.stirred > quiet",
        arg=QUIET_MS,
    )


def figure_words(page: Page, words: str) -> str:
    return page.get_by_role("figure", name=re.compile(words)).first.get_attribute("aria-label") or ""


def changed(page: Page, words: str, old: str) -> None:
    """Waits until the chart with these words says something new."""
    page.wait_for_function(
        "([words, old]) => [...document.querySelectorAll('[role=figure]')]"
        ".some(f => f.ariaLabel.includes(words) && f.ariaLabel !== old)",
        arg=[words, old],
    )


DRAWN = "k => JSON.stringify(document.querySelectorAll('.js-plotly-plot')[k].data.map(t => [t.x, t.y, t.link]))"


def drawn(page: Page, k: int) -> str:
    """What plotly has drawn in chart number k."""
    page.locator(".js-plotly-plot").nth(k).wait_for()
    return page.evaluate(DRAWN, k)


def redrawn(page: Page, k: int, old: str) -> None:
    """Waits until plotly has drawn something else in chart number k."""
    page.wait_for_function(f"([k, old]) => ({DRAWN})(k) !== old", arg=[k, old])


def go_to(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    expect(page.get_by_role("tab", name=tab, exact=True)).to_have_attribute("aria-selected", "true")


APRIL = salvo.load("april-2024")
FIRST = [slider for slider in levers.heroes(APRIL) if slider.first]


def test_each_slider_moves_number_chart_and_link_and_a_reload_brings_them_back(open_page: Open) -> None:
    page = open_page("?v=1&raid=april-2024&seed=3")
    for slider in FIRST:
        words, charts = figure_words(page, "Fifty dots"), [drawn(page, k) for k in range(3)]
        handle = page.get_by_role("slider", name=slider.label)
        handle.focus()
        handle.press("PageUp" if slider.key.startswith("count") else "PageDown")
        changed(page, "Fifty dots", words)
        expect(page).to_have_url(re.compile(rf"[?&]{slider.key}=\d+"))
        # Fewer channels change so little in this raid that the fifty dots may stand as they were.
        page.wait_for_function(f"old => old.some((one, k) => ({DRAWN})(k) !== one)", arg=charts)
        value = handle.input_value()
        assert float(value) != slider.value
        assert parse_qs(urlsplit(page.url).query)[slider.key] == [value]
    refined(page)
    values = {one.label: page.get_by_role("slider", name=one.label).input_value() for one in FIRST}
    after = (figure_words(page, "Fifty dots"), drawn(page, 1))
    page.reload()
    sentence(page)
    refined(page)
    for label, value in values.items():
        expect(page.get_by_role("slider", name=label)).to_have_value(value)
    assert (figure_words(page, "Fifty dots"), drawn(page, 1)) == after


def test_the_page_says_what_the_library_says(open_page: Open) -> None:
    page = open_page("?v=1&raid=saturation&seed=5")
    refined(page)
    result = salvo.simulate("saturation", trials=limits.USUAL, seed=5)
    assert sentence(page) == headline(result)
    said = " ".join(page.locator(".salvo-first").inner_text().split())
    for figure in strip(result, against=against_record(result)):
        for part in (figure.label, figure.value, figure.unit, *figure.lines):
            assert part in said
    page.get_by_role("button", name="What this stands on").click()
    page.get_by_text(result.explain().split(". ")[-1]).first.wait_for()


def test_a_drag_is_answered_before_the_hand_lets_go(open_page: Open) -> None:
    page = open_page("?v=1&raid=one-site")
    refined(page)
    before = figure_words(page, "Fifty dots")
    slider = page.get_by_role("slider", name="Kill probability")
    slider.hover()  # waits until it stands still
    box = slider.bounding_box()
    assert box is not None
    page.mouse.down()
    for share in (0.4, 0.3, 0.2):  # each is answered before the next, and the hand has not let go
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=5)
        changed(page, "Fifty dots", before)
        before = figure_words(page, "Fifty dots")
    page.mouse.up()


def test_a_full_link_opens_in_another_browser(open_page: Open) -> None:
    page = open_page("?v=1&raid=saturation&seed=7&kill=80&interceptors=50")
    refined(page)
    words = figure_words(page, "Fifty dots")
    go_to(page, "Download and cite")
    field = page.get_by_role("textbox", name="Full link")
    expect(field).to_have_value(re.compile("file="))
    link = field.input_value()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the full link").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == link
    other = open_page(link)
    refined(other)
    assert figure_words(other, "Fifty dots") == words
    assert other.get_by_role("spinbutton", name="Seed").input_value() == "7"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?v=1&raid=april-2042", 'did you mean  "april-2024"'.replace('"', "")),
        ("?v=1&file=rubbish", "damaged or cut short"),
        ("?v=1&raid=one-site&kill=9999", "outside its slider"),
        ("?v=99&raid=one-site", "later version"),
        ("?v=2&raid=one-site&schema=99", "later version"),
        ("?v=2&raid=one-site&set=threats.missiles.count:400000", "up to"),
    ],
)
def test_a_bad_link_gets_a_sentence(open_page: Open, query: str, words: str) -> None:
    page = open_page(query)
    page.get_by_text("This link cannot be opened").wait_for()
    page.get_by_text(words).first.wait_for()
    assert "331" in sentence(page)


def test_upload(open_page: Open) -> None:
    page = open_page()
    go_to(page, "Every number")
    broken = salvo.load("one-site").to_toml().replace("kill = 0.8", "kil = 1.8").replace("count = 20", "count = -1")
    upload = page.get_by_test_id("stFileUploaderDropzoneInput")
    upload.set_input_files({"name": "broken.toml", "mimeType": "application/toml", "buffer": broken.encode()})
    page.get_by_text("The uploaded file cannot be played").wait_for()
    with pytest.raises(salvo.Faults) as caught:
        loads(broken, "toml", "broken.toml")
    shown = page.get_by_test_id("stCode").first.inner_text()
    assert shown.split() == fault_text(caught.value).split()
    good = salvo.load("decoys").replace("name", "mine").to_toml()
    upload.set_input_files({"name": "mine.toml", "mimeType": "application/toml", "buffer": good.encode()})
    expect(page).to_have_url(re.compile("file="))
    expect(page.get_by_text("The uploaded file cannot be played")).to_have_count(0)
    other = salvo.load("decoys").threats[0].class_
    page.get_by_role("slider", name=names.title(other), exact=True).wait_for()


def test_drop_a_file_of_raids(open_page: Open) -> None:
    page = open_page()
    go_to(page, "Past raids")
    upload = page.get_by_test_id("stFileUploaderDropzoneInput")
    head = "raid_id,date,defender,threat_class,launched_best,leaked_best\n"
    upload.set_input_files(
        {"name": "bad.csv", "mimeType": "text/csv", "buffer": f"{head}A,2026-05-01,X,drone,ten,1".encode()}
    )
    page.get_by_text("This file cannot be read").wait_for()
    expect(page.get_by_test_id("stCode").first).to_contain_text("launched_best")
    good = f"{head}A,2026-05-01,Ukraine,drone,100,9\nA,2026-05-01,Ukraine,ballistic,5,\n"
    upload.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": good.encode()})
    page.get_by_text("mine.csv, predicted from the record: 1 row in 1 campaign").wait_for()
    page.get_by_text("leaked is unpublished").wait_for()
    page.get_by_role("figure", name=re.compile("A, drone, 9 of 100")).wait_for()
    with page.expect_download() as told:
        page.get_by_role("button", name="Download the predictions").click()
    (row,) = salvo.hindcast(predict=parse(good, "mine.csv")).rows
    assert csv_text([row.to_dict()]) == Path(told.value.path()).read_text()


def test_edit_a_number(open_page: Open) -> None:
    page = open_page()
    refined(page)
    before = sentence(page)
    go_to(page, "Every number")
    count = page.get_by_label("Number", exact=True).first
    count.fill("35")
    count.press("Enter")
    expect(page.get_by_role("heading", level=1).first).not_to_have_text(before)
    refined(page)
    expect(page).to_have_url(re.compile("count-missile=35"))
    assert len(page.url) < 250


def test_compare_on_the_same_luck(open_page: Open) -> None:
    page = open_page("?v=1&raid=one-site&seed=2")
    refined(page)
    go_to(page, "Compare")
    page.get_by_text("No difference in any raid").first.wait_for()
    resting(page)
    page.get_by_role("slider", name="Kill probability").focus()
    page.keyboard.press("PageDown")
    page.get_by_text(re.compile(r"leakers more in an average raid")).first.wait_for()
    page.get_by_text("What differs: 1 parameter").wait_for()
    page.get_by_role("button", name="Pin what is shown now").click()
    expect(page).to_have_url(re.compile("against="))
    resting(page)
    page.get_by_role("slider", name="Kill probability").focus()
    page.keyboard.press("PageDown")
    page.get_by_text(re.compile(r"leakers more in an average raid")).first.wait_for()
    page.reload()
    sentence(page)
    go_to(page, "Compare")
    page.get_by_role("button", name="Compare with the untouched raid").wait_for()


def test_a_raid_plays(open_page: Open) -> None:
    page = open_page("?v=1&raid=saturation")
    go_to(page, "Replay")
    time = page.get_by_role("slider", name="Time in the raid")
    time.wait_for()
    begun = float(time.input_value())
    page.get_by_role("button", name="Play", exact=True).click()
    expect(time).not_to_have_value(str(int(begun)))
    page.get_by_role("button", name="Pause").click()
    assert float(time.input_value()) > begun
    page.get_by_role("button", name="Next hit").click()
    page.get_by_text(re.compile(r"[1-9]\d* hit$")).first.wait_for()
    time.focus()
    time.press("End")
    found = salvo.simulate("saturation", trials=2_000, seed=1)
    raid = typical(found.scenario, Player(found.scenario, 1, 1).rows(0, limits.ROWS), "leakers", 0.975)
    hits = salvo.replay("saturation", seed=1, trial=raid).hits
    page.get_by_text(re.compile(rf"\b{hits} hit$")).first.wait_for()
    assert page.locator("li.hit").count() == hits


def test_every_download_opens(open_page: Open, tmp_path: Path) -> None:
    import pandas as pd

    page = open_page("?v=1&raid=one-site&seed=4&count-missile=25")
    refined(page)
    go_to(page, "Download and cite")
    expected = salvo.simulate(salvo.load("one-site").replace("threats.missiles.count", 25), trials=limits.USUAL, seed=4)

    def get(name: str) -> bytes:
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path.read_bytes()

    summary = pd.read_csv(io.BytesIO(get("Summary (CSV)")))
    assert summary.loc[summary.quantity == "leakers", "value"].iloc[0] == expected.leakers.mean
    assert pd.read_csv(io.BytesIO(get("Distributions (CSV)"))).trials.max() == max(expected.leakers.histogram)
    parquet = pd.read_parquet(io.BytesIO(get("Summary (Parquet)")))
    assert list(parquet.columns) == list(summary.columns)
    assert json.loads(get("Result (JSON)"))["hash"] == expected.scenario.hash
    assert loads(get("Scenario (TOML)")) == expected.scenario
    report = get("Report (HTML)").decode()
    assert expected.scenario.hash in report
    told = page.get_by_text(re.compile("^salvo run one-site")).inner_text()
    assert "threats.missiles.count=25" in told
    assert "--seed 4" in told
    (tmp_path / "report.html").write_text(report, encoding="utf-8")
    offline = page.context.browser.new_context(offline=True)
    paper = offline.new_page()
    asked: list[str] = []
    paper.on("request", lambda request: asked.append(request.url))
    paper.goto((tmp_path / "report.html").as_uri())
    paper.locator(".js-plotly-plot .main-svg").first.wait_for()
    assert paper.locator(".js-plotly-plot").count() >= 4
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    offline.close()


def test_a_budget_is_spent_on_the_best_mix_and_played(open_page: Open) -> None:
    page = open_page("?v=2&raid=decoys&seed=3")
    go_to(page, "What to buy")
    page.get_by_text("Nothing on the list has a price yet").wait_for()
    lot = lots(salvo.load("decoys"))[0]
    price = page.get_by_label(f"{lot.id}: price of one lot (million US dollars)")
    price.fill("2")
    price.press("Enter")
    budget = page.get_by_label("Budget (million US dollars)")
    expect(page.get_by_role("button", name="Find the best mix")).to_be_enabled()
    budget.fill("5")
    budget.press("Enter")
    page.get_by_role("button", name="Find the best mix").click()
    offer = {"id": lot.id, "path": lot.path, "add": lot.add, "cost_usd": 2e6, "most": lot.most}
    found = salvo.buy(
        "decoys",
        [offer],
        budget_usd=5e6,
        minimise=headline_name(salvo.load("decoys")),
        trials=buy.RAIDS,
        seed=3,
    )
    page.get_by_text(found.explain()).wait_for()
    assert f"{found.best.value.mean:.3g}" in figure_words(page, "by what is spent")
    page.get_by_role("button", name="Play the raid with it").click()
    expect(page.locator(".st-key-chips button").first).to_contain_text("rounds")
    expect(price).to_have_value("2")  # what was typed stays


def test_the_report_prints_on_one_page_and_a_picture_says_what_it_shows(open_page: Open, tmp_path: Path) -> None:
    page = open_page("?v=2&raid=april-2024&rounds-arrow-3=24")
    refined(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="One-page report").click()
    waiting.value.save_as(tmp_path / "report.html")
    with page.expect_download() as waiting:
        page.locator(".st-key-chart-nearly-all").hover()
        page.locator(".st-key-chart-nearly-all [data-title='Save as PNG']").click()
    assert waiting.value.suggested_filename == "salvo-april-2024-nearly-all.png"
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
    told = sentence(page)
    offline = page.context.browser.new_context(offline=True)
    paper = offline.new_page()
    asked: list[str] = []
    paper.on("request", lambda request: asked.append(request.url))
    paper.goto((tmp_path / "report.html").as_uri())
    paper.locator(".js-plotly-plot .main-svg").nth(2).wait_for()
    body = paper.locator("body").inner_text()
    for words in (told, "Arrow 3 rounds 48 \u2192 24", "seed 1", __version__, "i24NEWS", "salvo run april-2024"):
        assert words in body
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    assert len(re.findall(rb"/Type\s*/Page\b", paper.pdf(prefer_css_page_size=True))) == 1
    offline.close()
    wide = max(page.evaluate("[...document.querySelectorAll('.js-plotly-plot')].map(chart => chart.clientWidth)"))
    page.emulate_media(media="print")
    zoom = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stMainBlockContainer]')).zoom")
    assert wide * float(zoom) <= 703  # pixels of A4 between its margins; charts keep their width in print
    expect(page.locator(".salvo-print")).to_contain_text("rounds-arrow-3=24")


def test_the_guide_covers_nothing_and_once_closed_stays_closed(open_page: Open) -> None:
    page = open_page("?v=2&raid=one-site")
    guide = page.get_by_role("region", name="A short guide")
    guide.wait_for()
    refined(page)
    mine, answer = guide.bounding_box(), page.locator(".salvo-first").bounding_box()
    assert mine is not None
    assert answer is not None
    assert mine["x"] + mine["width"] <= answer["x"]
    tab_to(page, page.get_by_role("button", name="Close the guide"))
    page.keyboard.press("Enter")
    expect(guide).to_be_hidden()
    expect(page.get_by_role("button", name="Show the guide")).to_be_focused()
    page.reload()
    sentence(page)
    page.get_by_role("button", name="Show the guide").wait_for()
    expect(guide).to_be_hidden()


def test_a_mark_leads_to_the_replay_of_its_threat(open_page: Open) -> None:
    page = open_page("?v=2&raid=saturation&seed=5")
    refined(page)
    page.locator(".st-key-chart-nearly-all .main-svg").first.wait_for()
    chart = page.locator(".st-key-chart-nearly-all .salvo-chart")
    chart.focus()
    page.keyboard.press("ArrowRight")
    told = page.locator(".st-key-chart-nearly-all .salvo-pick")
    expect(told).to_contain_text("Missile")
    story = told.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Replay", exact=True)).to_have_attribute("aria-selected", "true")
    watched = page.locator("circle.watched")
    watched.wait_for()
    assert page.locator(".salvo-story").inner_text().split()[:2] == [*story.split()[:1], story.split()[1] + "."]
    go_to(page, "The raid")
    resting(page)
    mark = page.locator(".st-key-chart-nearly-all .scatterlayer .point").first
    box = mark.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".st-key-chart-nearly-all .hovertext").first.wait_for()
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_role("tab", name="Replay", exact=True)).to_have_attribute("aria-selected", "true")
    watched.wait_for()


def test_a_bar_of_the_tornado_leads_to_its_slider(open_page: Open) -> None:
    page = open_page("?v=2&raid=april-2024")
    go_to(page, "Which inputs matter")
    chart = page.locator(".st-key-chart-tornado .salvo-chart")
    page.locator(".st-key-chart-tornado .js-plotly-plot").wait_for(timeout=5 * WAIT_MS)
    ids = page.evaluate("document.querySelector('.st-key-chart-tornado .js-plotly-plot').data[0].ids")
    sliders = {names.path(APRIL, path): one for one in levers.heroes(APRIL) if not one.blocked for path in one.about}
    at = next(k for k, id in enumerate(ids) if id in sliders)
    chart.focus()
    for _ in range(at + 1):
        page.keyboard.press("ArrowDown")
    expect(page.locator(".st-key-chart-tornado .salvo-pick")).to_have_text(ids[at])
    page.keyboard.press("Enter")
    expect(page.get_by_role("slider", name=sliders[ids[at]].label, exact=True)).to_be_focused()
    other = next(k for k, id in enumerate(ids) if id not in sliders)
    chart.focus()
    page.keyboard.press("Home")
    for _ in range(other):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Every number", exact=True)).to_have_attribute("aria-selected", "true")


def test_curves_leave_at_the_top_and_say_where_nothing_comes_through(open_page: Open) -> None:
    page = open_page("?v=2&raid=april-2024")
    refined(page)
    goals = 0
    for hero in FIRST:
        slider = page.get_by_role("slider", name=hero.label, exact=True)
        curve = lever_curve(APRIL, {}, {}, hero, "hits", seed=1)
        value = curve.holds(0.95)
        drawn = slider.evaluate(
            "input => [...input.getRootNode().querySelectorAll('svg.curve svg path')].at(-1).getAttribute('d')"
        )
        heights = [float(point.split(",")[1]) for point in re.split("[ML]", drawn)[1:]]
        pairs, apart = list(zip(curve.mean, heights, strict=True)), 0.05 * max(curve.mean)  # heights have one decimal
        assert all(a[1] > b[1] for a, b in itertools.permutations(pairs, 2) if a[0] + apart < b[0])
        said = slider.get_attribute("aria-description")
        if value is None:
            assert said is None
        else:
            assert said == f"95 % of raids have no hit at about {hero.shown(int(value + 0.5))}"
            goals += 1
    assert goals


def test_a_ready_made_question_on_a_phone(open_page: Open) -> None:
    """The phone stayed at the sliders, a second seed stood below the first for a while, and the chip spoke in keys."""
    page = open_page("?v=2&raid=empty-magazines", "light", PHONE)
    refined(page)
    page.evaluate(
        "window.most = 0; new MutationObserver(() => { window.most = Math.max(window.most,"
        " document.querySelectorAll('input[aria-label=\"Random seed\"]').length); })"
        ".observe(document, {subtree: true, childList: true})"
    )
    page.locator(".st-key-presets").get_by_role("button", name=re.compile("on the rounds left")).click()
    expect(page.locator(".st-key-chips button").first).to_contain_text("Raids 1 \u2192 2")
    expect(page.locator(".salvo-first h1")).to_be_in_viewport()
    refined(page)
    assert page.evaluate("window.most") <= 1


def test_a_million_raids_can_be_stopped(open_page: Open) -> None:
    page = open_page("?v=1&raid=april-2024&seed=11")
    page.get_by_role("button", name=re.compile("Play 1,000,000 raids")).click()
    page.get_by_role("progressbar").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name=re.compile("Play 1,000,000 raids")).wait_for()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    raids = re.findall(r"([\d,]+) simulated raids", page.get_by_test_id("stApp").inner_text())[0]
    assert int(raids.replace(",", "")) < limits.MOST


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE), ("dark", PHONE)])
def test_axe_finds_nothing(open_page: Open, scheme: str, size: dict[str, int]) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    program = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
    page = open_page("?v=2&raid=saturation&kill=80&set=batteries.battery.channels:7", scheme, size)
    for tab in IN_TAB:
        go_to(page, tab)
        page.get_by_role("tabpanel", name=tab).get_by_text(IN_TAB[tab]).first.wait_for()
        refined(page)
        page.evaluate(program)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        told = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["id"] not in NOT_OURS]
        assert not told, f"{tab}, {scheme}"


def test_on_a_phone_the_headline_stays_in_sight_and_nothing_is_too_wide(open_page: Open) -> None:
    page = open_page("?v=1&raid=april-2024", "light", PHONE)
    refined(page)
    bar = page.get_by_test_id("stBottom")
    expect(bar).to_be_in_viewport()
    assert "hits" in bar.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)])
@pytest.mark.parametrize("query", ["?v=2&raid=april-2024", "?v=2&raid=april-2024&rounds-arrow-3=24"])
def test_the_first_screen_holds_the_answer(open_page: Open, size: tuple[int, int], query: str) -> None:
    """Raid, what was changed, headline, the five figures and every threat as a mark, without scrolling."""
    page = open_page(query, "light", {"width": size[0], "height": size[1]})
    refined(page)
    for place in (".st-key-top", ".st-key-chips", ".salvo-first h1", ".salvo-strip", ".st-key-chart-nearly-all"):
        box = page.locator(place).first.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size[1], place
    page.locator(".st-key-chart-nearly-all .js-plotly-plot .main-svg").first.wait_for()
    marks = page.evaluate(
        "document.querySelector('.st-key-chart-nearly-all .js-plotly-plot').data"
        ".filter(t => t.customdata).reduce((n, t) => n + t.x.length, 0)"
    )
    assert marks == APRIL.threats_total
    if size[1] == 900:
        box = page.locator(".st-key-chart-at-least").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size[1]


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (390, 844)])
@pytest.mark.parametrize("name", ["april-2024", "ukraine-2023-12-29", "decoys", "gaza-2012"])
def test_no_label_of_the_charts_overlaps_another(open_page: Open, size: tuple[int, int], name: str) -> None:
    page = open_page(f"?v=2&raid={name}&kill=80", "light", {"width": size[0], "height": size[1]})
    refined(page)
    assert page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("query", ["april-2024", "april-2024&count-ballistic=220", "uae-2026", "decoys&kill=80"])
def test_no_word_of_the_first_screen_is_cut(open_page: Open, query: str) -> None:
    page = open_page(f"?v=2&raid={query}")
    refined(page)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        resting(page)
        cut = page.evaluate(
            "[...document.querySelectorAll('.salvo-strip :is(dt, dd), .salvo-first h1, .salvo-first p, .salvo-sources')]"
            ".filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"
        )
        assert not cut, (width, cut)


def test_on_a_phone_the_answer_comes_before_the_sliders(open_page: Open) -> None:
    page = open_page("?v=2&raid=april-2024", "light", PHONE)
    refined(page)
    strip_box, rail = page.locator(".salvo-strip").bounding_box(), page.locator(".st-key-rail").bounding_box()
    assert strip_box is not None
    assert rail is not None
    assert strip_box["y"] + 150 < PHONE["height"] < rail["y"]


def test_a_drag_of_three_seconds_leaves_one_entry_of_history(open_page: Open) -> None:
    page = open_page("?v=2&raid=one-site")
    refined(page)
    before = page.evaluate("history.length")
    slider = page.get_by_role("slider", name="Kill probability")
    slider.hover()
    box = slider.bounding_box()
    assert box is not None
    page.mouse.down()
    for k in range(30):
        page.mouse.move(box["x"] + box["width"] * (0.5 - k / 100), box["y"] + box["height"] / 2)
        page.wait_for_timeout(100)
    page.mouse.up()
    expect(page).to_have_url(re.compile("kill="))
    refined(page)
    assert page.evaluate("history.length") == before + 1


def test_all_sliders_of_the_attack_at_nothing(open_page: Open) -> None:
    """The charts kept their last picture, and plotly complained."""
    page = open_page("?v=2&raid=april-2024&count-drone=0&count-cruise=0")
    refined(page)
    slider = page.get_by_role("slider", name="Ballistic missiles")
    slider.focus()
    slider.press("Home")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is fired.")
    expect(page.locator(".js-plotly-plot")).to_have_count(0)
    slider.press("End")
    page.locator(".st-key-chart-nearly-all .js-plotly-plot .main-svg").first.wait_for()


def test_changes_are_taken_back_one_by_one_or_all(open_page: Open) -> None:
    page = open_page("?v=2&raid=april-2024")
    refined(page)
    untouched = sentence(page)
    for name in ("Ballistic missiles", "Kill probability"):
        page.get_by_role("slider", name=name).focus()
        page.keyboard.press("PageUp")
        expect(page.locator(".st-key-chips").get_by_text(name).first).to_be_visible()
        resting(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".st-key-chips").get_by_text("Kill probability")).to_have_count(0)
    expect(page.get_by_role("slider", name="Kill probability")).to_have_value("100")
    page.get_by_role("button", name="Reset all").click()
    refined(page)
    assert sentence(page) == untouched
    expect(page).not_to_have_url(re.compile("count-"))


def test_text_from_an_address_is_text(open_page: Open) -> None:
    hostile = salvo.load("one-site").replace(
        "title", "[click](https://evil.example) <img src=x onerror=alert(1)> **b**"
    )
    query = links.query_text(links.encode(hostile, 1, {"kill": 60}))
    page = open_page(query + "&utm_source=%5Bclick%5D(https%3A%2F%2Fevil.example)")
    refined(page)
    assert page.locator("a[href*='evil']").count() == 0
    assert page.locator("img[src='x']").count() == 0


def test_back_brings_the_last_state_back(open_page: Open) -> None:
    page = open_page("?v=1&raid=one-site")
    refined(page)
    slider = page.get_by_role("slider", name="Kill probability")
    slider.focus()
    page.keyboard.press("PageDown")
    expect(page).to_have_url(re.compile("kill="))
    for _ in range(10):  # an address that the page has only just written itself is taken for its echo
        page.go_back()
        expect(page).not_to_have_url(re.compile("kill="))
        with contextlib.suppress(AssertionError):
            expect(slider).to_have_value("100", timeout=2000)
            expect(slider).to_be_focused()  # it is the same slider, not another one in its place
            return
        page.go_forward()
    pytest.fail("the page never went back")


def tab_to(page: Page, place: Locator, key: str = "Tab") -> None:
    """Press Tab until this has the focus, as somebody without a mouse does."""
    place.wait_for()
    for _ in range(80):
        if place.evaluate("place => place.matches(':focus')"):
            return
        page.keyboard.press(key)
    pytest.fail(f"{place} is not reached by {key}")


def test_a_whole_task_by_keyboard_alone(open_page: Open) -> None:
    """Open, move a slider, look at what it did under Compare, copy the link, open it."""
    page = open_page("?v=2&raid=one-site&seed=2")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    refined(page)
    slider = page.get_by_role("slider", name="Kill probability")
    tab_to(page, slider)
    before = sentence(page)
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value("85")
    expect(page.get_by_role("heading", level=1).first).not_to_have_text(before)
    expect(page).to_have_url(re.compile("kill=85"))
    refined(page)
    tab_to(page, page.get_by_role("tab", name="The raid", exact=True))
    compare = page.get_by_role("tab", name="Compare", exact=True)
    for _ in list(IN_TAB)[: list(IN_TAB).index("Compare")]:
        page.keyboard.press("ArrowRight")
        resting(page)
        if compare.evaluate("place => place.matches(':focus')"):
            break
    page.keyboard.press("Enter")
    expect(compare).to_have_attribute("aria-selected", "true")
    page.get_by_text(re.compile("leakers more in an average raid")).first.wait_for()
    resting(page)
    tab_to(page, page.get_by_role("button", name="Copy link"), "Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    other = open_page(link)
    refined(other)
    assert sentence(other) == sentence(page)


def test_the_console_stays_empty_and_nothing_is_asked_of_another_machine(open_page: Open, address: str) -> None:
    page = open_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda one: said.append(f"{one.type}: {one.text}") if one.type in {"error", "warning"} else None)
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{address}/?v=2&raid=saturation&kill=80")
    sentence(page)
    for tab in IN_TAB:
        go_to(page, tab)
        page.get_by_role("tabpanel", name=tab).get_by_text(IN_TAB[tab]).first.wait_for()
        refined(page)
    page.get_by_role("slider", name="Kill probability").focus()
    page.keyboard.press("Home")
    refined(page)
    assert said == []
    assert any(url.startswith("ws:") for url in asked)
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}

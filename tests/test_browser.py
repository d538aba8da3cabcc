"""The page in a real browser: sliders, links, what is taken back, and one whole task without a mouse."""

from __future__ import annotations

import contextlib
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from browser_kit import (
    DRAWN,
    FIRST,
    IN_TAB,
    MARKS,
    PHONE,
    Open,
    changed,
    drawn,
    figure_words,
    go_to,
    refined,
    resting,
    sentence,
    tab_to,
)  # fmt: skip
from playwright.sync_api import expect

import salvo
from salvo import links
from salvo.app import limits
from salvo.report.against import against_record
from salvo.report.strip import headline, strip

pytestmark = MARKS


def test_each_slider_moves_number_and_charts_and_link_and_a_reload_brings_them_back(open_page: Open) -> None:
    page = open_page("?v=1&raid=april-2024&seed=3")
    drawn(page, 2)
    for slider in FIRST:
        words, charts = figure_words(page, "Fifty dots"), [drawn(page, k) for k in range(3)]
        handle = page.get_by_role("slider", name=slider.label)
        handle.focus()
        handle.press("PageUp" if slider.key.startswith("count") else "PageDown")
        changed(page, "Fifty dots", words)
        # Fewer channels change so little in this raid that the fifty dots may stand as they were.
        page.wait_for_function(f"old => old.some((one, k) => ({DRAWN})(k) !== one)", arg=charts)
    values = {one: page.get_by_role("slider", name=one.label).input_value() for one in FIRST}
    assert all(float(value) != one.value for one, value in values.items())
    last, value = next(reversed(values.items()))
    expect(page).to_have_url(re.compile(rf"[?&]{last.key}={value}(&|$)"))
    query = parse_qs(urlsplit(page.url).query)
    assert {one: query.get(one.key) for one in FIRST} == {one: [value] for one, value in values.items()}
    refined(page)
    after = (figure_words(page, "Fifty dots"), drawn(page, 1))
    page.reload()
    sentence(page)
    refined(page)
    for one, value in values.items():
        expect(page.get_by_role("slider", name=one.label)).to_have_value(value)
    assert (figure_words(page, "Fifty dots"), drawn(page, 1)) == after


def test_bad_links_get_a_sentence(open_page: Open) -> None:
    page = open_page("?v=1&raid=one-site")
    address = page.url.partition("?")[0]
    for query, words in (
        ("?v=1&raid=april-2042", "did you mean  april-2024"),
        ("?v=1&file=rubbish", "damaged or cut short"),
        ("?v=1&raid=one-site&kill=9999", "outside its slider"),
        ("?v=99&raid=one-site", "later version"),
        ("?v=2&raid=one-site&schema=99", "later version"),
        ("?v=2&raid=one-site&set=threats.missiles.count:400000", "up to"),
    ):
        page.goto(address + query)
        page.get_by_text("This link cannot be opened").wait_for()
        page.get_by_text(words).first.wait_for()
        assert "331" in sentence(page)


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
    other = open_page(link, first_time=True)
    refined(other)
    assert figure_words(other, "Fifty dots") == words
    assert other.get_by_role("spinbutton", name="Seed").input_value() == "7"


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
    resting(page)
    raids = re.findall(r"([\d,]+) simulated raids", page.get_by_test_id("stApp").inner_text())[0]
    assert int(raids.replace(",", "")) < limits.MOST


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


def test_changes_are_taken_back_one_by_one_or_all(open_page: Open) -> None:
    page = open_page("?v=2&raid=one-site")
    refined(page)
    untouched = sentence(page)
    for name in ("Missiles", "Kill probability"):
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

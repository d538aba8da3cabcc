"""How the page looks in a real browser: sizes of screens, light and dark, and what axe-core and the console say of it."""

from __future__ import annotations

import io
import itertools
import re
from pathlib import Path

import pytest
from browser_kit import (
    APRIL,
    CUT,
    DESKTOP,
    FIRST,
    IN_TAB,
    MARKS,
    OVERLAPS,
    PHONE,
    SIZES,
    Open,
    Page,
    go_to,
    refined,
    resting,
    sentence,
    tab_to,
)  # fmt: skip
from PIL import Image
from playwright.sync_api import expect

from salvo.answers.lever_curves import lever_curve

pytestmark = MARKS
# Is the window that wide, and has each chart been told of its new width?
FITTED = """width => innerWidth === width
  && [...document.querySelectorAll('.js-plotly-plot')].every(chart => chart.layout.width === chart.clientWidth)"""
# Streamlit's own dropzone carries both a role and a name; nothing on our side can change it.
NOT_OURS = {"presentation-role-conflict"}
RAIDS = ("april-2024", "april-2024&rounds-arrow-3=24", "april-2024&count-ballistic=220", "uae-2026", "ukraine-2023-12-29&kill=80",
         "decoys&kill=80", "gaza-2012&kill=80", "april-2024&set=campaign:{%22raids%22:3}")  # fmt: skip


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_in_any_tab_in_light_or_dark(open_page: Open, size: dict[str, int]) -> None:
    """No label lies on another either; and `open_page` hears that the console stays empty."""
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    program = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
    page = open_page("?v=2&raid=saturation&kill=80&set=batteries.battery.channels:7", "light", size)
    page.evaluate(program)
    schemes, overlaps = ["light", "dark"], []
    for tab in IN_TAB:
        go_to(page, tab)
        page.get_by_role("tabpanel", name=tab).get_by_text(IN_TAB[tab]).first.wait_for()
        for scheme in schemes:
            turn(page, scheme)
            refined(page)
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            told = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["id"] not in NOT_OURS]
            assert not told, f"{tab}, {scheme}"
            overlaps += [f"{tab}, {scheme}: {pair}" for pair in page.evaluate(OVERLAPS)]
        schemes.reverse()  # the next tab begins as this one ends
    assert not overlaps


@pytest.mark.parametrize("raid", RAIDS)
def test_nothing_is_cut_and_no_label_lies_on_another(open_page: Open, raid: str) -> None:
    """At four sizes, in light and dark. April's first screen also holds the answer without scrolling."""
    page = open_page(f"?v=2&raid={raid}")
    refined(page)
    for scheme, size in itertools.product(("light", "dark"), SIZES):
        turn(page, scheme)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.wait_for_function(FITTED, arg=size[0])
        resting(page)
        where = f"{scheme}, {size}"
        assert page.evaluate(OVERLAPS) == [], where
        assert page.evaluate(CUT) == [], where
        for name in ("fifty-raids", "at-least"):  # counts are whole, and each is said once
            ticks = page.locator(f".st-key-chart-{name} .xtick text").all_text_contents()
            assert len(ticks) > 1, where
            assert len(set(ticks)) == len(ticks), (where, ticks)
            assert all(re.fullmatch(r"[\d,]+", tick) for tick in ticks), (where, ticks)
        if raid.startswith("april-2024") and size[0] > 1000 and "count" not in raid and "campaign" not in raid:
            holds_the_answer(page, size)


def turn(page: Page, scheme: str) -> None:
    """Wait until all of the page wears these colours."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_function(
        "dark => (getComputedStyle(document.documentElement).getPropertyValue('--ground') !== '#FFFFFF') === dark",
        arg=scheme == "dark",
    )


def holds_the_answer(page: Page, size: tuple[int, int]) -> None:
    """Raid, what was changed, headline, the five figures and every threat as a mark, without scrolling."""
    for place in (".st-key-top", ".st-key-chips", ".salvo-first h1", ".salvo-strip", ".st-key-chart-nearly-all"):
        box = page.locator(place).first.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size[1], place
    marks = page.evaluate(
        "document.querySelector('.st-key-chart-nearly-all .js-plotly-plot').data"
        ".filter(t => t.ids).reduce((n, t) => n + t.x.length, 0)"
    )
    assert marks == APRIL.threats_total
    if size[1] == 900:
        box = page.locator(".st-key-chart-at-least").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size[1]


def test_on_a_phone_the_answer_comes_first_and_stays_in_sight_and_nothing_is_too_wide(open_page: Open) -> None:
    page = open_page("?v=2&raid=april-2024", "light", PHONE)
    refined(page)
    bar = page.get_by_test_id("stBottom")
    expect(bar).to_be_in_viewport()
    assert "hits" in bar.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    strip_box, rail = page.locator(".salvo-strip").bounding_box(), page.locator(".st-key-rail").bounding_box()
    assert strip_box is not None
    assert rail is not None
    assert strip_box["y"] + 150 < PHONE["height"] < rail["y"]
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(CUT) == []


def test_what_is_seen_in_dark_colours_is_printed_in_light_ones(open_page: Open) -> None:
    """Light words stood on white paper."""
    page = open_page("?v=2&raid=one-site&kill=80", "dark")
    refined(page)
    page.emulate_media(media="print", color_scheme="dark")
    whole = Image.open(io.BytesIO(page.screenshot())).convert("L")
    charts = (
        ".st-key-chart-nearly-all .gtitle",
        ".st-key-chart-at-least .xtick text",
        ".st-key-chart-at-least .annotation-text",
    )
    for place in (".salvo-first h1", ".st-key-pick input", *charts):
        box = page.locator(place).first.bounding_box()
        assert box is not None
        x, y = int(box["x"]), int(box["y"])
        ink, paper = whole.crop((x, y, x + int(box["width"]) + 1, y + int(box["height"]) + 1)).getextrema()
        assert ink < 130, place
        assert paper > 225, place
    assert whole.getpixel((5, DESKTOP["height"] - 5)) == 255


def test_the_guide_covers_nothing_and_once_closed_stays_closed(open_page: Open) -> None:
    page = open_page("?v=2&raid=one-site", first_time=True)
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


def test_nothing_in_the_rail_moves_when_the_curves_come(open_page: Open) -> None:
    page = open_page("?v=2&raid=april-2024&seed=4321")  # nobody else has had these curves drawn
    last = page.get_by_role("slider", name=FIRST[-1].label, exact=True)
    last.wait_for()
    assert (
        page.get_by_role("slider").first.evaluate(
            "input => input.getRootNode().querySelector('svg.curve').children.length"
        )
        == 0
    )
    before = last.bounding_box()
    refined(page)
    assert last.evaluate("input => input.getRootNode().querySelector('svg.curve').children.length")
    assert last.bounding_box() == before


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


def test_all_sliders_of_the_attack_at_nothing(open_page: Open) -> None:
    """The charts kept their last picture, and plotly complained."""
    page = open_page("?v=2&raid=april-2024&count-drone=0&count-cruise=0")
    slider = page.get_by_role("slider", name="Ballistic missiles")
    slider.focus()
    slider.press("Home")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is fired.")
    expect(page.locator(".js-plotly-plot")).to_have_count(0)
    slider.press("End")
    page.locator(".st-key-chart-nearly-all .js-plotly-plot .main-svg").first.wait_for()

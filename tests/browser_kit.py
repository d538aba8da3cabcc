"""What tests of the page in a real browser share: waits, places on the page, and what plotly has drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from page_server import CHROMIUM

import salvo
from salvo.app import limits
from salvo.format import levers

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect  # noqa: E402

MARKS = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
DESKTOP, PHONE = {"width": 1400, "height": 1000}, {"width": 390, "height": 844}
SIZES = [(1440, 900), (1280, 720), (768, 1024), (390, 844)]
WAIT_MS = 60_000
IN_TAB: dict[str, Any] = {  # the last words of each tab
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
APRIL = salvo.load("april-2024")
FIRST = [slider for slider in levers.heroes(APRIL) if slider.first]
# Notes when anything on the page was last changed.
STIR = """
window.stirred = 0;
new MutationObserver(() => { window.stirred = performance.now(); })
  .observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""
QUIET_MS = 400
# Pairs of labels of one chart that lie on each other, and labels that leave their chart.
OVERLAPS = """(() => {
  const found = [];
  const seen = [...document.querySelectorAll('.js-plotly-plot')].filter(plot => plot.checkVisibility({contentVisibilityAuto: true}));
  for (const plot of seen) {
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
# Words of the first screen that do not fit into their place.
CUT = """[...document.querySelectorAll('.salvo-strip :is(dt, dd), .salvo-first h1, .salvo-first p, .salvo-sources')]
  .filter(one => {
    const words = document.createRange();
    words.selectNodeContents(one);  // a scrollWidth is rounded, and a hair too much costs the last word
    return words.getBoundingClientRect().width > one.getBoundingClientRect().width + 0.05;
  }).map(one => one.textContent)"""
DRAWN = "k => JSON.stringify(document.querySelectorAll('.js-plotly-plot')[k].data.map(t => [t.x, t.y, t.link]))"
Open = Callable[..., Page]


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


def drawn(page: Page, k: int) -> str:
    """What plotly has drawn in chart number k."""
    page.locator(".js-plotly-plot").nth(k).wait_for()
    return page.evaluate(DRAWN, k)


def go_to(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    expect(page.get_by_role("tab", name=tab, exact=True)).to_have_attribute("aria-selected", "true")


def tab_to(page: Page, place: Locator, key: str = "Tab") -> None:
    """Press Tab until this has the focus, as somebody without a mouse does."""
    place.wait_for()
    for _ in range(80):
        if place.evaluate("place => place.matches(':focus')"):
            return
        page.keyboard.press(key)
    pytest.fail(f"{place} is not reached by {key}")

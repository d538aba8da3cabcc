"""A press keeps what stands on the page: charts are redrawn in place, and no style is reckoned at each text they measure."""

from __future__ import annotations

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from page_server import CHROMIUM, FLAGS, served  # noqa: E402

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

CHARTS = 3
MOST = 4  # how much dearer a forced layout may be with the page's own rules than without
WATCH = """() => {
  window.told = [];
  window.stood = [...document.querySelectorAll('.js-plotly-plot')].map(chart => {
    chart.on('plotly_react', () => window.told.push(chart));
    return {chart, svg: chart.querySelector('.main-svg'), marks: JSON.stringify(chart.data)};
  });
}"""
TOLD = (
    "() => window.stood.every(({chart, marks}) => window.told.includes(chart) && JSON.stringify(chart.data) !== marks)"
)
# Milliseconds of forty layouts that a new text in a chart forces.
LAYOUTS = """() => {
  const group = document.querySelector('.js-plotly-plot .infolayer'), began = performance.now();
  for (let k = 0; k < 40; k++) {
    const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    group.append(text);
    text.getBoundingClientRect();
    text.remove();
  }
  return performance.now() - began;
}"""
# Takes the page's own rules away.
BARE = "() => [...document.querySelectorAll('[data-testid=stHtml] > style')].forEach(style => style.remove())"


def test_a_press_redraws_charts_in_place_and_their_texts_cost_no_styles() -> None:
    with served() as address, playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{address}/?v=1&raid=april-2024&kill=150")
        charts = page.locator(".js-plotly-plot .main-svg")
        charts.nth(2 * CHARTS - 1).wait_for(state="attached", timeout=120_000)
        page.get_by_text("20,000 simulated").first.wait_for(timeout=60_000)
        page.evaluate(WATCH)
        page.get_by_role("slider", name="Kill probability").press("ArrowLeft")
        page.wait_for_function(TOLD, timeout=30_000)  # told once more what to show, rather than drawn as new
        assert page.evaluate("() => window.stood.every(({svg}) => svg.isConnected)")
        with_rules = min(page.evaluate(LAYOUTS) for _ in range(5))
        page.evaluate(BARE)
        without = min(page.evaluate(LAYOUTS) for _ in range(5))
        assert with_rules < MOST * max(without, 1.0)
        browser.close()

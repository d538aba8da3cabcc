"""The page against a bare Streamlit page with the same widgets and charts: key press to repainted charts, in a browser.

    python -m salvo.benchmarks.page [--presses 15] [--sessions 20]

Needs Chromium and playwright. Each round presses an arrow key on a slider of both pages, in turn, on the scenario
april-2024; a press counts as answered when plotly has drawn new numbers in three charts that always change. Trials behind
the first picture, and the time until 20,000 nights are played, are read off the page. `--sessions` adds visitors that move
inputs all the time over websockets, and tells errors and waiting times.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

from salvo.app.launch import ADDRESS, SCRIPT, command, free_port

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
SLIDER = "Kill probability"
MOST_MS = 60_000

# Puts a watch on three charts, known by their titles, and notes when plotly has drawn numbers that differ from before.
WATCH = """
() => {
  const watched = ['How likely', 'Two kinds', 'What stopped'];
  const look = () => {
    const all = [...document.querySelectorAll('.js-plotly-plot')].filter(gd => gd.data && gd.layout.title);
    return watched.map(words => {
      const found = all.filter(gd => gd.layout.title.text.startsWith(words));
      return found.length === 1 ? JSON.stringify(found[0].data.map(t => [t.x, t.y, t.link && t.link.value])) : null;
    });
  };
  const old = look();
  window.pressed = null; window.answered = null;
  window.addEventListener('keydown', () => { window.pressed = performance.now(); }, {once: true, capture: true});
  const step = () => {
    const now = look();
    if (now.every((words, k) => words !== null && words !== old[k])) {
      requestAnimationFrame(() => { window.answered = performance.now(); });
    } else requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
"""

BARE = """
import copy, json, pathlib
import streamlit as st
from salvo.app.live_slider import live_slider

st.set_page_config(layout="wide")
charts = json.loads(pathlib.Path({charts!r}).read_text())
left, right = st.columns([1, 2.7], gap="large")
with left:
    st.selectbox("Raid", ["one", "two"])
    values = [live_slider(label, low=0, high=300, step=5, value=100, key=label, unit="%", note="note")
              for label in ("a", "b", "c", "Interceptors", "Kill probability", "Fire channels")]
    st.expander("What these sliders do").markdown("text")
    st.number_input("Seed", value=1)
    st.button("Pin as baseline")
with right:
    st.markdown("## A sentence of about the length of the other one, and a little more of it")
    st.markdown("A paragraph. " * 40)
    st.caption("2,000 nights simulated")
    st.button("Play")
    st.tabs(["The night", "Every number", "Compare", "Why", "Take away", "Limits and checks"], on_change="rerun")
    one, other = st.columns(2)
    for k, figure in enumerate(charts):
        trace = figure["data"][-1]
        if "link" in trace:
            trace["link"]["value"] = [value * (1 + sum(values) / 1e4) for value in trace["link"]["value"]]
        else:
            trace["x"] = [value + sum(values) / 1e4 for value in trace["x"]]
        with (one if k == 0 else other if k == 1 else right):
            st.plotly_chart(figure, theme=None, alt=f"chart {{k}}")
"""


@contextmanager
def served(script: Path):
    """Address of a served page."""
    port = free_port()
    process = subprocess.Popen(command(port, script=script), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://{ADDRESS}:{port}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://{ADDRESS}:{port}/"
    finally:
        process.terminate()
        process.wait(20)


def press(page, key: str) -> float:
    """Milliseconds from key press to the charts repainted."""
    page.evaluate(WATCH)
    page.get_by_role("slider", name=SLIDER).press(key)
    page.wait_for_function("window.answered !== null", timeout=MOST_MS)
    return page.evaluate("window.answered - window.pressed")


def settle(page) -> None:
    """Waits until the page has nothing more to do."""
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'", timeout=MOST_MS
    )


def refine(page) -> float:
    """Seconds from a key press to 20,000 nights; and the page is settled."""
    began = time.perf_counter()
    page.get_by_role("slider", name=SLIDER).press("ArrowLeft")
    page.wait_for_function("!/20,000 nights simulated, seed \\d+\\.$/m.test(document.body.innerText)", timeout=MOST_MS)
    page.wait_for_function("/20,000 nights simulated, seed \\d+\\.$/m.test(document.body.innerText)", timeout=MOST_MS)
    return time.perf_counter() - began


def bare_script(folder: Path) -> Path:
    """A page that only redraws the same charts with other numbers."""
    import salvo
    from salvo import charts

    result = salvo.simulate("april-2024", 2000)
    hits = result.hits
    drawn = [charts.dots(hits, "hits"), charts.at_least({"hits": hits}, "hits"), charts.spread(hits, "hits")]
    (folder / "charts.json").write_text(
        json.dumps([json.loads(one.to_json()) for one in [*drawn, charts.flow(result)]])
    )
    script = folder / "bare.py"
    script.write_text(BARE.format(charts=str(folder / "charts.json")))
    return script


def measure(presses: int) -> dict:
    """Medians of both pages, pressed in turn."""
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours, bare = (stack.enter_context(served(script)) for script in (SCRIPT, bare_script(folder)))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))),
            args=FLAGS,
        )
        pages = {"page": browser.new_page(), "bare": browser.new_page()}
        pages["page"].goto(ours + "?v=1&raid=april-2024")
        pages["bare"].goto(bare)
        for page in pages.values():
            page.get_by_role("slider", name=SLIDER).wait_for(timeout=5 * MOST_MS)
            page.locator(".js-plotly-plot").nth(3).wait_for(timeout=5 * MOST_MS)
            settle(page)
            page.bring_to_front()
            press(page, "End")
        times: dict[str, list[float]] = {name: [] for name in pages}
        nights: list[int] = []
        for k in range(presses + 2):
            for name, page in pages.items():
                page.bring_to_front()
                settle(page)
                took = press(page, "ArrowLeft")  # always a scenario that nobody has played yet
                if k >= 2:  # the first two warm up
                    times[name].append(took)
                if name == "page":
                    text = page.evaluate("document.body.innerText")
                    nights.append(int(re.findall(r"([\d,]+) nights simulated", text)[0].replace(",", "")))
        pages["page"].bring_to_front()
        settle(pages["page"])
        refined = [refine(pages["page"]) for _ in range(3)]
        browser.close()
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {
        "presses": presses,
        "page_ms": round(medians["page"]),
        "bare_ms": round(medians["bare"]),
        "ratio": round(medians["page"] / medians["bare"], 2),
        "least_nights_seen": min(nights),
        "to_20000_s": round(statistics.median(refined), 2),
    }


def crowd(sessions: int, seconds: float) -> dict:
    """Visitors that move inputs all the time: one in a browser, the others over websockets."""
    from salvo.benchmarks.page_visitors import visit

    with served(SCRIPT) as address:
        answers: list[float] = []
        errors: list[str] = []
        threads = [
            threading.Thread(target=visit, args=(address, k, seconds, answers, errors)) for k in range(sessions - 1)
        ]
        from playwright.sync_api import sync_playwright

        with sync_playwright() as running:
            browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page()
            page.goto(address + "?v=1&raid=april-2024")
            page.locator(".js-plotly-plot").nth(3).wait_for(timeout=5 * MOST_MS)
            settle(page)
            for thread in threads:
                thread.start()
            mine = []
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                mine.append(press(page, "ArrowLeft" if len(mine) % 30 < 15 else "ArrowRight") / 1000)
                time.sleep(0.5)
            for thread in threads:
                thread.join()
            exceptions = page.locator("[data-testid=stException]").count()
            browser.close()
    return {
        "sessions": sessions,
        "browser_median_s": round(statistics.median(mine), 2),
        "others_median_s": round(statistics.median(answers), 2),
        "answers": len(answers) + len(mine),
        "errors": len(errors) + exceptions,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=15, help="up to 30")
    parser.add_argument("--sessions", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=40)
    given = parser.parse_args()
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    found = {**machine, "load": os.getloadavg()[0], **measure(given.presses)}
    if given.sessions > 1:
        found["crowd"] = crowd(given.sessions, given.seconds)
    print(json.dumps(found, indent=2))  # noqa: T201 - the table is what it is for


if __name__ == "__main__":
    main()

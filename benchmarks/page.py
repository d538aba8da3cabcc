"""The page against a bare Streamlit page with the same widgets and charts: key press to repainted charts, in a browser.

    python -m salvo.benchmarks.page [--presses 15] [--sessions 20]

Needs Chromium and playwright. Each round presses an arrow key on a slider of both pages, in turn, on the scenario
april-2024, once both are idle. A press is answered when plotly has drawn all three charts anew; the bare page shows charts
that were built beforehand, others at each press. Nights behind the first picture, and the time until 20,000 are played and
drawn, are read off the page at the same presses. `--sessions` adds visitors that move inputs all the time over websockets,
and tells errors and waiting times.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path

from salvo.app.launch import ADDRESS, SERVICE, command, free_port

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
VIEW = {"width": 1280, "height": 800}
WARM = 2  # presses that are not counted
SLIDER = "Kill probability"
START = 150  # per cent, where the slider begins; each press takes five off
VARIANTS = 7  # of each chart of the bare page
MOST_MS = 60_000
COME_S = 0.5  # between two visitors who come
QUIET_MS = 400  # without a change anywhere on a page, after which it is idle

# Watches three charts, known by their titles. `answered` is set at the frame after all were drawn with other numbers; marks and
# dots, which may come out the same, count as soon as they are drawn again. `refined` is set when the page says so.
WATCH = """
() => {
  const titles = ['Raid no.', 'Fifty', 'How likely'];
  const one = words => [...document.querySelectorAll('.js-plotly-plot')]
    .find(gd => gd.layout && gd.layout.title.text.startsWith(words) && gd.querySelector('.main-svg'));
  const numbers = gd => JSON.stringify(gd.data.map(t => [t.x, t.y, t.link && t.link.value]));
  const again = new Set();
  const old = titles.map(words => {
    const gd = one(words);
    const hear = () => again.add(words);
    gd.on('plotly_afterplot', hear);
    return {gd, text: numbers(gd), hear};
  });
  const fresh = (words, k) => {
    const gd = one(words);
    return gd && (numbers(gd) !== old[k].text || (k < 2 && (gd !== old[k].gd || again.has(words))));
  };
  // Only where the page says it: a look at all its words would take as long as painting them.
  const nights = () => (document.querySelector('.salvo-first p')?.textContent ?? '').match(/([\\d,]+) simulated raids(\\.$)?/m) || [];
  Object.assign(window, {pressed: null, answered: null, refined: null, behind: null});
  window.addEventListener('keydown', () => { window.pressed = performance.now(); }, {once: true, capture: true});
  const refine = () => {
    if (nights()[2]) window.refined = performance.now(); else setTimeout(refine, 20);
  };
  const step = () => {
    if (!titles.every(fresh)) return requestAnimationFrame(step);
    requestAnimationFrame(() => {
      window.answered = performance.now();
      window.behind = nights()[1] || null;
      old.forEach(({gd, hear}) => gd.removeListener && gd.removeListener('plotly_afterplot', hear));
      refine();
    });
  };
  requestAnimationFrame(step);
}
"""

# Notes when anything on the page was last changed.
STIR = """
window.stirred = 0;
new MutationObserver(() => { window.stirred = performance.now(); })
  .observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""

BARE = """
import json, pathlib
import streamlit as st
from salvo.app.parts.live_slider import live_slider, standing

@st.cache_data
def charts():
    return json.loads(pathlib.Path({charts!r}).read_text())

st.set_page_config(layout="wide")
st.title("A bare page")
left, right = st.columns([1, 2.7], gap="large")
labels = ("a", "b", "c", "Interceptors", "Kill probability", "Fire channels")
with left:
    st.selectbox("Raid", ["one", "two"], help="help")
    for label in labels:
        live_slider(label, low=0, high=300, step=5, value={start}, key=label, scale=True, was=100, note="note", help="help")
    with st.expander("What these sliders do"):
        st.markdown("- text " * 60)
    st.number_input("Seed", value=1, help="help")
    st.button("Pin as baseline", help="help")
asked = sum(standing(label, {start}, 0, 300) for label in labels)
with right:
    st.markdown("## A sentence of about the length of the other one, and a little more of it")
    st.markdown("A paragraph. " * 40)
    st.caption("2,000 raids")
    st.button("Play")
    names = ["The raid", "Which inputs matter", "Compare", "Replay", "Every number", "Download and cite", "Limits and checks"]
    tabs = st.tabs(names, on_change="rerun")
    with tabs[0]:
        first = st.container()
        one, other = st.columns(2)
        for k, figure in enumerate(charts()[int(asked / 5) % {variants}]):
            with (first, one, other)[k]:
                st.plotly_chart(figure, theme=None, alt=f"chart {{k}}")
        st.expander("Notes").markdown("- note " * 60)
with st.bottom:
    st.markdown("A line")
"""


@contextmanager
def served(script: Path):
    """Address of a served page, and its process. It runs in an empty folder: what it has of settings, it brings along."""
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    empty = tempfile.TemporaryDirectory()
    process = subprocess.Popen(command(port, script=script), cwd=empty.name, **quiet)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://{ADDRESS}:{port}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://{ADDRESS}:{port}/", process
    finally:
        process.terminate()
        process.wait(20)
        empty.cleanup()


def chromium() -> str:
    """The browser of this machine."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))


def press(page, key: str) -> float:
    """Milliseconds from key press to the charts repainted."""
    page.evaluate(WATCH)
    page.get_by_role("slider", name=SLIDER).press(key)
    page.wait_for_function("window.answered !== null", timeout=MOST_MS)
    return page.evaluate("window.answered - window.pressed")


def settle(page) -> None:
    """Waits until the page has nothing more to do."""
    page.wait_for_function(
        "quiet => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        " && !/refining to/.test(document.body.innerText) && performance.now() - window.stirred > quiet",
        arg=QUIET_MS,
        timeout=MOST_MS,
    )


def ready(page, address: str) -> None:
    """Opens a page and waits until it is idle."""
    page.add_init_script(STIR)
    page.goto(address)
    failed = page.get_by_test_id("stException")
    page.get_by_role("slider", name=SLIDER).or_(failed).first.wait_for(timeout=5 * MOST_MS)
    if failed.count():
        raise RuntimeError(failed.first.inner_text())
    page.locator(".js-plotly-plot .main-svg").nth(5).wait_for(state="attached", timeout=5 * MOST_MS)  # two a chart
    settle(page)


def bare_script(folder: Path) -> Path:
    """A page that only shows charts that are there already."""
    import salvo
    from salvo import charts
    from salvo.answers.flights import flights

    variants = []
    for seed in range(1, VARIANTS + 1):
        result = salvo.simulate("april-2024", trials=2000, seed=seed)
        hits = result.hits
        raid = flights(salvo.replay("april-2024", seed=seed, trial=0))
        marks = charts.units.plain(raid, result.scenario, title="Raid no. 1")
        variants.append([marks, charts.dots.plain(hits, "hits"), charts.at_least.plain({"hits": hits}, "hits")])
    (folder / "charts.json").write_text(json.dumps(variants))
    script = folder / "bare.py"
    script.write_text(BARE.format(charts=str(folder / "charts.json"), start=START, variants=VARIANTS))
    return script


def measure(presses: int) -> dict:
    """Both pages, pressed in turn."""
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours, bare = (stack.enter_context(served(script))[0] for script in (SERVICE, bare_script(folder)))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=chromium(), args=FLAGS)
        pages = {name: browser.new_page(viewport=VIEW) for name in ("page", "bare")}
        ready(pages["page"], f"{ours}?v=1&raid=april-2024&kill={START}")
        ready(pages["bare"], bare)
        times: dict[str, list[float]] = {name: [] for name in pages}
        nights, refined = [], []
        for k in range(presses + WARM):
            for name, page in pages.items():
                page.bring_to_front()
                settle(page)
                took = press(page, "ArrowLeft")  # always a scenario that nobody has played yet
                if name == "page":
                    page.wait_for_function("window.refined !== null", timeout=MOST_MS)
                if k < WARM:
                    continue
                times[name].append(took)
                if name == "page":
                    nights.append(int(page.evaluate("window.behind").replace(",", "")))
                    refined.append(page.evaluate("window.refined - window.pressed") / 1000)
        told = browser.version
        browser.close()
    return {
        "chromium": told,
        "presses": presses,
        **{f"{name}_ms": quartiles(values) for name, values in times.items()},
        "ratio_of_medians": round(statistics.median(times["page"]) / statistics.median(times["bare"]), 2),
        "ratio_pair_by_pair": quartiles([x / y for x, y in zip(times["page"], times["bare"], strict=True)], 2),
        "least_nights_behind": min(nights),
        "to_20000_s": quartiles(refined, 2),
    }


def quartiles(values: list[float], digits: int | None = None) -> list[float]:
    """Lower quartile, median, upper quartile."""
    return [round(value, digits) for value in statistics.quantiles(values, n=4, method="inclusive")]


def crowd(sessions: int, seconds: float) -> dict:
    """Visitors that move inputs all the time: one in a browser, the others over websockets, one of them with hostile links."""
    from salvo.benchmarks.page_visitors import disturb, visit

    with served(SERVICE) as (address, _):
        firsts: list[float] = []
        answers: list[float] = []
        errors: list[str] = []
        stop = threading.Event()
        threads = [
            threading.Thread(target=visit, args=(address, k, seconds, firsts, answers, errors))
            for k in range(sessions - 2)
        ]
        bad = threading.Thread(target=disturb, args=(address, stop))
        from playwright.sync_api import sync_playwright

        with sync_playwright() as running:
            browser = running.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page(viewport=VIEW)
            ready(page, address + "?v=1&raid=april-2024")
            bad.start()
            for thread in threads:
                thread.start()
                time.sleep(COME_S)
            mine = []
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                mine.append(press(page, "ArrowLeft" if len(mine) % 30 < 15 else "ArrowRight") / 1000)
                time.sleep(0.5)
            for thread in threads:
                thread.join()
            stop.set()
            bad.join()
            exceptions = page.locator("[data-testid=stException]").count()
            browser.close()
    return {
        "sessions": sessions,
        "first_answer_s": {"median": round(statistics.median(firsts), 2), "slowest": round(max(firsts), 2)},
        "browser_s": {"median": round(statistics.median(mine), 2), "slowest": round(max(mine), 2)},
        "others_s": {"median": round(statistics.median(answers), 2), "slowest": round(max(answers), 2)},
        "answers": len(answers) + len(mine),
        "errors": len(errors) + exceptions,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=15, help="up to 25")
    parser.add_argument("--sessions", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=40)
    given = parser.parse_args()
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    machine |= {name: metadata.version(name) for name in ("streamlit", "plotly", "numba")}
    found: dict = {**machine, "load_before": round(os.getloadavg()[0], 2), **measure(given.presses)}
    if given.sessions > 1:
        found["crowd"] = crowd(given.sessions, given.seconds)
    print(json.dumps(found, indent=2))  # noqa: T201 - the table is what it is for


if __name__ == "__main__":
    main()

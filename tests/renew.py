"""Renews what README and docs/app.md show of the running program: python tests/renew.py [examples] [pictures].

`examples` are the blocks that begin with `$ salvo`; `pictures` are of the page, and need Chromium and playwright.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLE = re.compile(r"^```text\n\$ (salvo .+)\n((?:.*\n)*?)```", re.MULTILINE)
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
CHANGED = "raid=april-2024&rounds-arrow-3=24"
PICTURES = {
    "app-night.png": ("light", "The raid", "raid=april-2024", DESKTOP),
    "app-changed-dark.png": ("dark", "The raid", CHANGED, DESKTOP),
    "app-matters.png": ("light", "Which inputs matter", "raid=april-2024", DESKTOP),
    "app-replay-dark.png": ("dark", "Replay", "raid=april-2024", DESKTOP),
    "app-phone.png": ("light", "The raid", CHANGED, PHONE),
}
PATIENCE_MS, REST_MS = 180_000, 4_000
STIR = """
window.stirred = 0;
new MutationObserver(() => { window.stirred = performance.now(); })
  .observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""
AT_REST = (
    "quiet => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    " && performance.now() - window.stirred > quiet"
)


def answer(command: str) -> str:
    """The first paragraph that a command prints, below its head: the verdict."""
    words = [sys.executable, "-m", "salvo", *shlex.split(command)[1:]]
    env = os.environ | {"COLUMNS": "100"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)
    return done.stdout.split("\n\n")[1].strip("\n") + "\n"


def examples() -> None:
    """Put what the commands print now into the documents."""
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        new = EXAMPLE.sub(lambda found: f"```text\n$ {found[1]}\n{answer(found[1])}```", text)
        if new != text:
            path.write_text(new, "utf-8")


def pictures() -> None:
    """Take every picture of the page as it is now."""
    from page_server import CHROMIUM, FLAGS, served
    from playwright.sync_api import sync_playwright

    from salvo.app.limits import USUAL

    with served() as address, sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (scheme, tab, query, size) in PICTURES.items():
            page = browser.new_context(viewport=size, color_scheme=scheme).new_page()  # type: ignore[arg-type]
            page.add_init_script("localStorage.setItem('salvo-guide', 'closed')")
            page.set_default_timeout(PATIENCE_MS)
            page.add_init_script(STIR)
            page.goto(f"{address}/?v=2&{query}")
            page.get_by_text(re.compile(rf"^{USUAL:,} simulated (raids|campaigns)\.$")).wait_for()
            page.get_by_role("tab", name=tab, exact=True).click()
            page.wait_for_function(
                AT_REST, arg=REST_MS
            )  # with the curves behind the sliders, and the answers of the tab
            if tab == "Replay":
                page.get_by_role("button", name="Next hit").click()
                page.wait_for_timeout(500)
            page.screenshot(path=ROOT / "docs" / name)
        browser.close()


if __name__ == "__main__":
    asked = sys.argv[1:] or ["examples", "pictures"]
    for name in asked:
        {"examples": examples, "pictures": pictures}[name]()

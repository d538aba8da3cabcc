"""What holds for all tests, and the page in a real browser for those that look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

settings.register_profile(
    "salvo", deadline=None
)  # how long an example takes depends on the machine and on what else runs there
settings.load_profile("salvo")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is served; one server for all tests of a process."""
    from page_server import served

    with served(log=tmp_path_factory.mktemp("page") / "server.log") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from page_server import CHROMIUM, FLAGS
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=45_000)  # a machine may be busy
    with sync_playwright() as running:
        found = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def visitors(browser: Browser) -> dict[tuple[str, int, int], BrowserContext]:
    """Visitors by colour scheme and size of their screens: who has been here before has the page's programs at hand."""
    return {}


@pytest.fixture
def open_page(address: str, browser: Browser, visitors: dict[Any, BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Opens pages. In the end none may have failed, shown an exception, complained, or asked for anything from elsewhere."""
    from browser_kit import DESKTOP, STIR, WAIT_MS, sentence

    pages: list[Page] = []
    errors: list[str] = []
    mine: list[BrowserContext] = []

    def look(url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != "127.0.0.1":
            errors.append(f"asked for {url}")

    def hear(kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            errors.append(f"console {kind}: {text}")

    def opened(
        query: str = "?v=1&raid=one-site",
        scheme: str = "light",
        size: dict[str, int] = DESKTOP,
        *,
        first_time: bool = False,
        console: bool = True,
    ) -> Page:
        key = (scheme, size["width"], size["height"])
        if first_time or key not in visitors:
            options: dict[str, Any] = {"viewport": size, "color_scheme": scheme, "accept_downloads": True}
            context = browser.new_context(**options)
            if first_time:
                mine.append(context)
            else:
                visitors[key] = context
        page = (mine[-1] if first_time else visitors[key]).new_page()
        pages.append(page)
        page.set_default_timeout(WAIT_MS)
        page.add_init_script(STIR)
        page.on("pageerror", lambda error: errors.append(f"page error: {error}"))
        page.on("request", lambda request: look(request.url))
        page.on("websocket", lambda socket: look(socket.url))
        if console:
            page.on("console", lambda message: hear(message.type, message.text))
        page.goto(query if query.startswith("http") else address + "/" + query)
        sentence(page)
        return page

    yield opened
    shown = [page.get_by_test_id("stException").count() for page in pages]
    for page in pages:
        page.close()
    for context in mine:
        context.close()
    assert not any(shown)
    assert not errors

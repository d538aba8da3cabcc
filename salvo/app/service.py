"""The page as a service: what `salvo app` lets Streamlit run.

Around the page it makes the kernel ready before the first visitor comes, answers `/health`, adds headers, and counts visitors.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import numpy as np
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.starlette import App

from salvo.app import logs
from salvo.app.launch import HEALTH, SCRIPT
from salvo.catalog.load import load
from salvo.catalog.shelf import FOLDER
from salvo.engine.players import Player
from salvo.limits import SEED
from salvo.version import MODEL, __version__

logger = logging.getLogger("salvo.app")

PATIENCE_S = 4.0  # within which the kernel must answer
LATE = ("pandas", "scipy.special")  # what a first page and a first move of a slider would else wait for
TRIALS = 64  # that it plays to show that it does
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"frame-ancestors 'self'; object-src 'none'; base-uri 'self'"),
)


class Pulse:
    """A small raid that is played again and again: does the kernel still give the answer that it gave at the start?"""

    def __init__(self) -> None:
        self._wanted: np.ndarray | None = None
        self.failed = False

    def get_ready(self) -> None:
        """Compile, or load what is compiled, and play the first page's raid, which its first visitor then finds played."""
        began = time.perf_counter()
        try:
            from salvo.app import play, state

            import_module("salvo.app.page")  # and all that it needs
            play.get_ready()
            self._wanted = self._rows()
            play.played(load(state.DEFAULT), SEED).first()
            for package in LATE:
                import_module(package)
        except Exception:
            self.failed = True
            logger.exception("the kernel cannot be made ready")
        else:
            logger.info("ready", extra={"seconds": round(time.perf_counter() - began, 2), "version": __version__})

    @staticmethod
    def _rows() -> np.ndarray:
        return Player(load(str(FOLDER / "one-site.toml")), SEED, 1).rows(0, TRIALS)

    def check(self) -> str:
        """`ok`, or in words what is wrong."""
        if self.failed:
            return "the kernel could not be made ready"
        if self._wanted is None:
            return "starting"
        return "ok" if np.array_equal(self._rows(), self._wanted) else "the kernel gives another answer than before"


class Watched:
    """Adds headers to what is sent, and counts visitors, who each hold one websocket."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "websocket":
            await self._visit(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        global visitors
        visitors += 1
        began = time.monotonic()
        logger.info("a visitor came", extra={"visitors": visitors})
        try:
            await self.app(scope, receive, send)
        finally:
            visitors -= 1
            stayed = round(time.monotonic() - began, 1)
            logger.info("a visitor left", extra={"visitors": visitors, "stayed_s": stayed})


async def health(_request: Request) -> JSONResponse:
    """200 where the kernel answers as it should, else 503; always with the reason, the versions and the number of visitors."""
    began = time.perf_counter()
    try:
        status = await asyncio.wait_for(asyncio.to_thread(pulse.check), PATIENCE_S)
    except TimeoutError:
        status = f"the kernel has not answered within {PATIENCE_S:g} s"
    told = {"status": status, "kernel_s": round(time.perf_counter() - began, 4), "visitors": visitors}
    told |= {"version": __version__, "model": MODEL}
    return JSONResponse(told, 200 if status == "ok" else 503, {"Cache-Control": "no-store"})


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Make the kernel ready beside the server, which answers at once."""
    logs.use()
    threading.Thread(target=pulse.get_ready, name="make ready", daemon=True).start()
    yield


visitors = 0
pulse = Pulse()
app = App(SCRIPT, lifespan=lifespan, routes=[Route(HEALTH, health)], middleware=[Middleware(Watched)])

"""`salvo app`: open the page."""

from __future__ import annotations

import errno
import os
from typing import Annotated

import typer

from salvo.cli.options import Options
from salvo.cli.output import reporting, say
from salvo.cli.shared import app, examples


@app.command("app", epilog=examples("salvo app", "salvo app --port 8600 --no-browser"))
def app_(
    port: Annotated[
        str | None, typer.Option(metavar="N", help="Default: 8501, or any that is free if that is taken.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Serve the page, but open no browser.")] = False,
    address: Annotated[
        str, typer.Option(metavar="A", help="Of this machine; 0.0.0.0 serves the network: put a proxy before it.")
    ] = "127.0.0.1",
    log: Annotated[
        str | None, typer.Option(metavar="text|json", help="How the log is written. Default: SALVO_LOG, else text.")
    ] = None,
) -> None:
    """Open the page: move a slider, see the answer change. Ctrl-C ends it."""
    with reporting():
        given = Options()
        chosen = given.whole("--port", port, 1, 65_535)
        asked = "--log" if log is not None else "SALVO_LOG"
        style = given.choice(asked, log or os.environ.get("SALVO_LOG"), ("text", "json")) or "text"
        from salvo.app import launch

        missing = launch.missing()
        if missing:
            given.fault("app", None, f"needs {missing}", 'pip install "salvo-calculator[app]"')
        given.raise_if_any()
        free = 0
        try:
            free = launch.free_port(chosen, address)
        except OSError as error:
            what, value, allowed = _unusable(error, port, address)
            given.fault(what, value, f"cannot be used: {error.strerror}", allowed)
        given.raise_if_any()
        if style == "text":
            say(f"salvo: the page is at http://{address}:{free}; Ctrl-C ends it")
        code = launch.serve(free, browser=not no_browser, address=address, log=style)
    raise typer.Exit(code)


def _unusable(error: OSError, port: str | None, address: str) -> tuple[str, str | None, str]:
    """Which option is at fault when nothing can be served: its name, its value, and what would do."""
    if port is not None and error.errno in (errno.EADDRINUSE, errno.EACCES):
        return "--port", port, "a port that is free"
    return "--address", address, "an address of this machine, such as 127.0.0.1"

"""`salvo app`: open the page."""

from __future__ import annotations

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
) -> None:
    """Open the page: move a slider, see the answer change. Ctrl-C ends it."""
    with reporting():
        given = Options()
        chosen = given.whole("--port", port, 1, 65_535)
        from salvo.app import launch

        missing = launch.missing()
        if missing:
            given.fault("app", None, f"needs {missing}", 'pip install "salvo-calculator[app]"')
        given.raise_if_any()
        free = 0
        try:
            free = launch.free_port(chosen)
        except OSError as error:
            given.fault("--port", port, f"cannot be used: {error.strerror}", "a port that is free")
        given.raise_if_any()
        say(f"salvo: the page is at http://{launch.ADDRESS}:{free}; Ctrl-C ends it")
        code = launch.serve(free, browser=not no_browser)
    raise typer.Exit(code)

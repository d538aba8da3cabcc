"""Start the page on this machine: what `salvo app` does."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from contextlib import suppress
from pathlib import Path

ADDRESS = "127.0.0.1"
USUAL_PORT = 8501
SCRIPT = Path(__file__).with_name("start.py")
SERVICE = Path(__file__).with_name("service.py")
HEALTH = "/health"
PATIENCE_S = 120  # with a server that is starting


def command(port: int, *, script: Path = SERVICE, address: str = ADDRESS) -> list[str]:
    """The command that serves the page."""
    words = [sys.executable, "-m", "streamlit", "run", str(script), "--server.address", address]
    words += ["--server.port", str(port), "--server.headless", "true", "--logger.enableRich", "false"]
    return [*words, "--browser.gatherUsageStats", "false", "--browser.serverAddress", "localhost"]


def missing() -> str:
    """The packages the page needs and this installation lacks, in words; empty where it has all."""
    return ", ".join(name for name in ("streamlit", "plotly", "pyarrow") if importlib.util.find_spec(name) is None)


def free_port(wanted: int | None = None, address: str = ADDRESS) -> int:
    """The port wanted, else the usual one, else any that is free.

    Raises
    ------
    OSError : the port wanted is taken, or the address is not one of this machine
    """
    for port in (wanted,) if wanted is not None else (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                if wanted is not None:
                    raise
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free")


def serve(port: int, *, browser: bool = True, address: str = ADDRESS, log: str = "text") -> int:
    """Serve the page until Ctrl-C or SIGTERM, which end the server, too.

    Parameters
    ----------
    browser : open the page in the browser once it is there
    address : of this machine, at which the page is served
    log : `json` or `text`

    Returns
    -------
    int
        Exit status: 0 after Ctrl-C, 143 after SIGTERM, else the server's own.
    """
    process = subprocess.Popen(command(port, address=address), env={**os.environ, "SALVO_LOG": log})
    if browser:
        threading.Thread(target=_open, args=(port, process), daemon=True).start()

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
        _end(process)


def _open(port: int, process: subprocess.Popen[bytes]) -> None:
    """Open the browser when the server answers."""
    page, until = f"http://localhost:{port}", time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError):
            urllib.request.urlopen(f"{page}/_stcore/health", timeout=2).close()
            webbrowser.open(page)
            return
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

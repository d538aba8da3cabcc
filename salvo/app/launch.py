"""Start the page on this machine: what `salvo app` does."""

from __future__ import annotations

import importlib.util
import signal
import socket
import subprocess
import sys
from pathlib import Path

ADDRESS = "127.0.0.1"
USUAL_PORT = 8501
SCRIPT = Path(__file__).with_name("start.py")


def command(port: int, *, browser: bool = False, script: Path = SCRIPT) -> list[str]:
    """The command that serves the page; `browser` opens it, too."""
    words = [sys.executable, "-m", "streamlit", "run", str(script), "--server.address", ADDRESS]
    words += ["--server.port", str(port), "--server.headless", "false" if browser else "true"]
    return [*words, "--browser.gatherUsageStats", "false"]


def missing() -> str:
    """The packages the page needs and this installation lacks, in words; empty where it has all."""
    return ", ".join(name for name in ("streamlit", "plotly", "pyarrow") if importlib.util.find_spec(name) is None)


def free_port(wanted: int | None = None) -> int:
    """The port wanted, else the usual one, else any that is free.

    Raises
    ------
    OSError : the port wanted is taken
    """
    for port in (wanted,) if wanted is not None else (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                if wanted is not None:
                    raise
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free")


def serve(port: int, *, browser: bool = True) -> int:
    """Serve the page until Ctrl-C or SIGTERM, which end the server, too.

    Returns
    -------
    int
        Exit status: 0 after Ctrl-C, 143 after SIGTERM, else the server's own.
    """
    process = subprocess.Popen(command(port, browser=browser))

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


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

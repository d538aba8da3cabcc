"""A served page and a real browser for tests; Chromium is the one the machine has."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from salvo.app.launch import ADDRESS, SERVICE, command, free_port

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
PATIENCE_S = 120


@contextlib.contextmanager
def served(script: Path = SERVICE, log: Path | None = None) -> Iterator[str]:
    """Address of a page that is served, as `salvo app` does, while the block runs. What the server says goes to `log`."""
    port = free_port(0)
    with open(log or "/dev/null", "wb") as out:
        process = subprocess.Popen(command(port, script=script), stdout=out, stderr=subprocess.STDOUT, cwd=ROOT)
        address = f"http://{ADDRESS}:{port}"
        try:
            answering(f"{address}/_stcore/health", process)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def answering(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers at an address."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2):
            return
        time.sleep(0.2)
    raise TimeoutError("the server did not start")

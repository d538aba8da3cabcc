"""The page as a service: health, headers, and a log that a machine can read and that holds nothing of a visitor's."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from page_server import answering
from typer.testing import CliRunner

from salvo.app import logs
from salvo.app.launch import ADDRESS, HEALTH, command, free_port
from salvo.cli import main
from salvo.version import MODEL, __version__

pytestmark = pytest.mark.slow

TYPED = "nobody-else-knows-this"


def asked(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as told:
            return told.status, json.load(told), told.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


def test_health_headers_and_log(tmp_path):
    from salvo.benchmarks.page_visitors import Visitor

    port, errors = free_port(None), []
    with open(tmp_path / "log", "wb") as log:
        environment = {**os.environ, logs.VARIABLE: logs.JSON}
        server = subprocess.Popen(command(port), stdout=subprocess.DEVNULL, stderr=log, env=environment, cwd=tmp_path)
        try:
            page = f"http://{ADDRESS}:{port}/"
            answering(f"{page}_stcore/health", server)
            until = time.monotonic() + 120
            while (found := asked(page[:-1] + HEALTH))[0] == 503 and time.monotonic() < until:
                assert found[1]["status"] == "starting"
                time.sleep(0.2)
            status, told, headers = found
            assert (status, told["status"], told["visitors"]) == (200, "ok", 0)
            assert (told["version"], told["model"]) == (__version__, MODEL)
            assert headers["Cache-Control"] == "no-store"
            with urllib.request.urlopen(page, timeout=10) as served:
                assert served.headers["X-Content-Type-Options"] == "nosniff"
                assert "frame-ancestors 'self'" in served.headers["Content-Security-Policy"]
            visitor = Visitor(page, 0, errors, raid=f"one-site&{TYPED}={TYPED}")
            stay = visitor.stay(60, 0.1)
            assert next(stay) < 60
            assert next(stay) < 60
            assert asked(page[:-1] + HEALTH)[1]["visitors"] == 1
            stay.close()
            refused = Visitor(page, 1, errors, raid=TYPED).stay(60, 0.1)
            assert next(refused) < 60
            refused.close()
        finally:
            server.terminate()
            server.wait(30)
    text = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    said = [line["message"] for line in lines]
    assert {"ready", "a visitor came", "first picture", "refused", "a visitor left"} <= set(said)
    assert all({"time", "level", "logger"} <= set(line) for line in lines)
    (ready,) = (line for line in lines if line["message"] == "ready")
    assert ready["version"] == __version__
    first = next(line for line in lines if line["message"] == "first picture")
    assert first["trials"] > 0
    assert TYPED not in text


def test_the_health_page_tells_a_kernel_that_answers_otherwise(monkeypatch):
    from salvo.app.service import Pulse

    pulse = Pulse()
    assert pulse.check() == "starting"
    pulse._wanted = pulse._rows()
    assert pulse.check() == "ok"
    monkeypatch.setattr(Pulse, "_rows", staticmethod(lambda: np.zeros(3)))
    assert pulse.check() == "the kernel gives another answer than before"


def test_a_kernel_that_cannot_be_made_is_told(monkeypatch, caplog):
    from salvo.app import play
    from salvo.app.service import Pulse

    def fail():
        raise OSError(TYPED)

    monkeypatch.setattr(play, "get_ready", fail)
    pulse = Pulse()
    pulse.get_ready()
    assert pulse.check() == "the kernel could not be made ready"
    record = next(one for one in caplog.records if one.levelname == "ERROR")
    line = logs.Lines().format(record)
    assert TYPED not in line
    assert json.loads(line)["error"] == "OSError"
    assert any("fail" in place for place in json.loads(line)["where"])


def test_a_line_holds_what_was_given_beside_the_message():
    record = logging.makeLogRecord({"msg": "%d of %d", "args": (1, 2), "name": "salvo.app", "waiting": 3})
    told = json.loads(logs.Lines().format(record))
    assert (told["message"], told["waiting"], told["logger"]) == ("1 of 2", 3, "salvo.app")
    assert set(told) == {"time", "level", "logger", "message", "waiting"}


@pytest.mark.parametrize(
    ("words", "variable", "told"),
    [
        (["--log", "jsn"], "text", "did you mean  json"),
        ([], "xml", "SALVO_LOG"),
        (["--address", "203.0.113.7"], "text", "--address"),
        (["--address", "203.0.113.7", "--port", "0", "--log", "x"], "text", "--port"),
    ],
)
def test_what_cannot_be_served_is_refused(monkeypatch, words, variable, told):
    monkeypatch.setenv(logs.VARIABLE, variable)
    done = CliRunner().invoke(main.app, ["app", "--no-browser", *words])
    assert done.exit_code == 2
    assert told in done.stderr


def test_the_address_is_said_on_the_terminal_but_not_between_lines_of_json(monkeypatch):
    from salvo.app import launch

    monkeypatch.setattr(launch, "serve", lambda port, **how: 0)
    assert "http://127.0.0.1:" in CliRunner().invoke(main.app, ["app", "--no-browser"]).stderr
    assert CliRunner().invoke(main.app, ["app", "--no-browser", "--log", "json"]).stderr == ""


def test_the_service_starts_without_the_page(tmp_path):
    """Pages are heavy: the server answers before they are read."""
    code = "import sys, salvo.app.service; print('salvo.app.page' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert found.stdout.strip() == "False"

"""Visitors without a browser: they speak the page's websocket, ask for other inputs, and time the first picture."""

from __future__ import annotations

import itertools
import time

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

CHARTS = 4  # of a first picture
PATIENCE_S = 60.0


def visit(address: str, number: int, seconds: float, answers: list[float], errors: list[str]) -> None:
    """Move inputs for some seconds, the next as soon as the charts are there.

    Parameters
    ----------
    number : of the visitor; no two ask the same questions
    answers : seconds from question to charts are added here
    errors : what went wrong is added here
    """
    socket = f"{address.replace('http', 'ws', 1)}_stcore/stream"
    until = time.monotonic() + seconds
    try:
        with connect(socket, subprotocols=["streamlit"], origin=address.rstrip("/"), max_size=None) as line:  # type: ignore[list-item]
            for step in itertools.count():
                if time.monotonic() > until:
                    return
                drones = 50 + (37 * step + 7 * number) % 300
                ask = BackMsg()
                ask.rerun_script.query_string = f"v=1&raid=april-2024&seed={number + 2}&count-drone={drones}"
                began = time.monotonic()
                line.send(ask.SerializeToString())
                _charts(line, errors)
                answers.append(time.monotonic() - began)
                time.sleep(0.3)
    except Exception as error:  # whatever it is, it is what this program is here to count
        errors.append(f"{type(error).__name__}: {error}")


def _charts(line, errors: list[str]) -> None:
    """Read until the charts of the answer are there."""
    seen = 0
    fresh = False
    while seen < CHARTS:
        message = ForwardMsg()
        message.ParseFromString(line.recv(timeout=PATIENCE_S))
        kind = message.WhichOneof("type")
        if kind == "new_session":
            seen, fresh = 0, True
        elif kind == "delta" and fresh:
            element = message.delta.new_element
            seen += element.HasField("bidi_component") and element.bidi_component.component_name == "salvo_chart"
            if element.HasField("exception"):
                errors.append(element.exception.message)
            if element.HasField("alert") and element.alert.format == Alert.ERROR:
                errors.append(element.alert.body)

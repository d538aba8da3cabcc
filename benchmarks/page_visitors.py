"""Visitors without a browser: they speak the page's websocket, move sliders, and time the first picture."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

CHARTS = 4  # of a first picture
PATIENCE_S = 60.0
MOVED = ("Threats of class drone", "Kill probability")
THINK_S = 0.3  # between charts and the next question


class Said:
    """What the page has said so far that a browser would remember: the address it is at."""

    def __init__(self, address: str) -> None:
        self.address = address


def visit(address: str, number: int, seconds: float, answers: list[float], errors: list[str]) -> None:
    """Move two sliders for some seconds, again as soon as the charts are there.

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
            said = Said(f"v=1&raid=april-2024&seed={number + 2}")
            line.send(_question(said.address, {}))
            sliders = _answer(line, said, errors, set(MOVED))
            for step in itertools.count():
                if time.monotonic() > until:
                    return
                time.sleep(THINK_S)
                values = {"Threats of class drone": 50 + (37 * step) % 300, "Kill probability": 50 + 5 * (step % 20)}
                began = time.monotonic()
                line.send(_question(said.address, {sliders[label]: value for label, value in values.items()}))
                _answer(line, said, errors, set())
                answers.append(time.monotonic() - began)
    except Exception as error:  # whatever it is, it is what this program is here to count
        errors.append(f"{type(error).__name__}: {error}")


def _question(query: str, values: dict[str, float]) -> bytes:
    """What a browser sends when sliders have moved. `values`: where they stand, by the identity of the slider."""
    ask = BackMsg()
    ask.rerun_script.query_string = query
    for id, value in values.items():
        ask.rerun_script.widget_states.widgets.add(id=id, json_value=json.dumps({"value": value}))
    return ask.SerializeToString()


def _answer(line, said: Said, errors: list[str], wanted: set[str]) -> dict[str, str]:
    """Read until the charts of the answer are there, and the sliders wanted; returns the identities of these."""
    charts, found = 0, {}
    for element in _elements(line, said):
        if element is None:
            charts = 0
        elif element.HasField("exception"):
            errors.append(element.exception.message)
        elif element.HasField("alert") and element.alert.format == Alert.ERROR:
            errors.append(element.alert.body)
        elif element.HasField("bidi_component"):
            charts += element.bidi_component.component_name == "salvo_chart"
            label = json.loads(element.bidi_component.json or "{}").get("label")
            if label in wanted:
                found[label] = element.bidi_component.id
        if charts >= CHARTS and wanted <= set(found):
            return found
    raise AssertionError("the line never ends")


def _elements(line, said: Said) -> Iterator[Element | None]:
    """What comes over the line once a run has begun, and None at the beginning of each run."""
    fresh = False
    while True:
        message = ForwardMsg()
        message.ParseFromString(line.recv(timeout=PATIENCE_S))
        kind = message.WhichOneof("type")
        if kind == "new_session":
            fresh = True
            yield None
        elif kind == "page_info_changed":
            said.address = message.page_info_changed.query_string
        elif kind == "delta" and fresh:
            yield message.delta.new_element

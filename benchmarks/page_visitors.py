"""Visitors without a browser: they speak the page's websocket, move sliders, and time the first picture."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from salvo.app import limits
from salvo.catalog.load import load
from salvo.links import encode, query_text

CHARTS = 3  # of a first picture
MOVED = 2  # sliders that a visitor moves
PATIENCE_S = 120.0
HOSTILE_S = 2.0  # between two hostile links
THINK_S = 0.3  # between charts and the next question, where nothing else is said
NUMBERS = ("low", "high", "step", "answered", "epoch")  # of what the page says of a slider
RAIDS = ("april-2024", "ukraine-2024-09-02", "saturation", "israel-2024-10-01", "iraq-1991", "one-site")


class Slider(NamedTuple):
    """A slider as the page draws it."""

    id: str
    low: float
    high: float
    step: float
    answered: float  # the value that the picture is of
    epoch: int  # of the state that the value belongs to

    def place(self, k: int) -> float:
        """A value for the k-th move: all over its range but the lowest, which may leave nothing to draw."""
        steps = round((self.high - self.low) / self.step)
        return self.low + self.step * (1 + (37 * k + 11) % steps)


class Visitor:
    """One visitor with one websocket.

    Parameters
    ----------
    address : of the page
    number : of the visitor; no two ask the same questions
    raid : that the visitor looks at
    errors : what went wrong is added here
    """

    def __init__(self, address: str, number: int, errors: list[str], raid: str = RAIDS[0]) -> None:
        self.socket, self.origin = f"{address.replace('http', 'ws', 1)}_stcore/stream", address.rstrip("/")
        self.query = f"v=1&raid={raid}&seed={number + 2}"
        self.number, self.errors, self.patience = number, errors, PATIENCE_S
        self.sliders: dict[str, Slider] = {}

    def stay(self, seconds: float, think: float) -> Iterator[float]:
        """Move sliders for some seconds, and think after each answer; yields the seconds from each question to its charts."""
        until = time.monotonic() + seconds
        with connect(self.socket, subprotocols=["streamlit"], origin=self.origin, max_size=None) as line:  # type: ignore[list-item]
            began = time.monotonic()
            line.send(self._question({}))
            yield self._answer(line, {}) - began
            for step in itertools.count(self.number):
                pause = think * (0.5 + (29 * step) % 41 / 40)
                if time.monotonic() + pause > until:
                    return
                self._listen(line, pause)
                chosen = list(self.sliders)[:MOVED]
                values = {label: self.sliders[label].place(step + k) for k, label in enumerate(chosen)}
                began = time.monotonic()
                line.send(self._question(values))
                yield self._answer(line, values) - began

    def _question(self, values: dict[str, float]) -> bytes:
        """What a browser sends when sliders have moved."""
        ask = BackMsg()
        ask.rerun_script.query_string = self.query
        for label, value in values.items():
            slider = self.sliders[label]
            hand = {"epoch": slider.epoch, "value": value, "held": False}
            ask.rerun_script.widget_states.widgets.add(id=slider.id, json_value=json.dumps({"hand": hand}))
        return ask.SerializeToString()

    def _answer(self, line: Any, values: dict[str, float]) -> float:
        """Read until the picture of these values is there; returns the time at which its last chart came.

        A raid with next to nothing in it has fewer charts: then the end of the run tells that there are no more.
        """
        charts, came, shown = 0, 0.0, False
        until = time.monotonic() + self.patience
        while True:
            message = self._read(line, until - time.monotonic())
            kind = message.WhichOneof("type")
            if kind == "new_session":
                charts, came, shown = 0, 0.0, False
            elif kind == "script_finished" and (shown if values else came and self.sliders):
                return came or time.monotonic()
            elif kind == "delta" and message.delta.new_element.HasField("bidi_component"):
                if message.delta.new_element.bidi_component.component_name == "salvo_chart":
                    charts += 1
                    came = time.monotonic() if charts <= CHARTS else came
                shown = bool(values) and all(self.sliders[label].answered == value for label, value in values.items())
                if charts >= CHARTS and (shown if values else len(self.sliders) >= MOVED):
                    return came

    def _listen(self, line: Any, seconds: float) -> None:
        """Take what the page sends meanwhile, as a browser does."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                self._read(line, left)
            except TimeoutError:
                return

    def _read(self, line: Any, seconds: float) -> ForwardMsg:
        """The next message; what a browser would remember of it is remembered. Raises TimeoutError."""
        message = ForwardMsg()
        message.ParseFromString(line.recv(timeout=max(seconds, 0.0)))
        if message.WhichOneof("type") == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif message.WhichOneof("type") == "delta":
            element = message.delta.new_element
            if element.HasField("exception"):
                self.errors.append(element.exception.message)
            elif element.HasField("alert") and element.alert.format == Alert.ERROR:
                self.errors.append(element.alert.body)
            elif element.HasField("bidi_component"):
                told = json.loads(element.bidi_component.json or "{}")
                if {"label", *NUMBERS} <= set(told):
                    numbers = (told[key] for key in NUMBERS)
                    self.sliders[told["label"]] = Slider(element.bidi_component.id, *numbers)
        return message


def visit(
    address: str, number: int, seconds: float, firsts: list[float], answers: list[float], errors: list[str]
) -> None:
    """One visitor who moves two sliders of the first raid again as soon as the charts are there.

    Parameters
    ----------
    number : of the visitor; no two ask the same questions
    firsts : seconds from opening the page to its charts are added here
    answers : seconds from a later question to charts are added here
    errors : what went wrong is added here
    """
    try:
        first, *moves = Visitor(address, number, errors).stay(seconds, THINK_S)
        firsts.append(first)
        answers += moves
    except Exception as error:  # any failure counts, whatever its kind
        errors.append(f"{type(error).__name__}: {error}")


def hostile(seed: int) -> str:
    """A link to as much work as the page accepts: 20,000 threats, each shot at twenty times without a pause."""
    threats = limits.MAX_THREATS
    heavy = load("one-site").replace(
        {
            "threats.missiles.count": threats,
            "batteries.battery.interceptors": None,
            "batteries.battery.against.missile.window_s": [1_728_000, 0],
            "batteries.battery.against.missile.cycle_s": 0.001,
            "batteries.battery.against.missile.looks": limits.MAX_SHOTS // threats,
        }
    )
    limits.check(heavy)
    return query_text(encode(heavy, seed)).removeprefix("?")


def disturb(address: str, stop: threading.Event) -> None:
    """One visitor who opens a hostile link again and again, each time with another luck, and does not wait for the answer."""
    for seed in itertools.count(1):
        bad = Visitor(address, 0, [])
        bad.query = hostile(seed)
        bad.patience = HOSTILE_S
        with contextlib.suppress(Exception):  # it is the others that are watched
            next(bad.stay(2 * HOSTILE_S, THINK_S))
        if stop.is_set():
            return

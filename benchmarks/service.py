"""The page as a service: many visitors who move sliders, think, leave and come again; its answers, its memory and its health.

    python -m benchmarks.service [--visitors 50] [--seconds 3600] [--think 20] [--stay 600]

Visitors are websockets without a browser (`page_visitors.py`). Each looks at a raid of its own, thinks for `--think` seconds on
average between an answer and the next move, stays for `--stay` seconds, and makes room for another one. Memory is what the
system says that the server holds (Linux). The table is printed as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import salvo
from salvo.app.launch import HEALTH, SERVICE

from .page import served
from .page_visitors import RAIDS, Visitor

WATCH_S = 5.0  # between two looks at memory and health
PARTS = 12  # of the run, whose memory levels are told one by one
AFTER_S = 20.0  # after the last visitor has left


class Watch:
    """Looks at a server now and then: its memory, its processor time, and whether its health page says `ok`."""

    def __init__(self, address: str, pid: int) -> None:
        self.address, self.pid = address.rstrip("/"), pid
        self.levels: list[tuple[float, float]] = []  # seconds since the start, MiB
        self.health_s: list[float] = []
        self.ill: list[str] = []
        self._began, self._stop = time.monotonic(), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def memory(self) -> float:
        """MiB that the server holds; NaN where the system does not tell."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return float("nan")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def processor(self) -> float:
        """Seconds of processor time that the server has taken; NaN where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return float("nan")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def healthy(self) -> bool:
        """Ask the health page, and note how long it took and what is wrong."""
        began = time.monotonic()
        try:
            with urllib.request.urlopen(self.address + HEALTH, timeout=30) as told:
                told.read()
        except urllib.error.HTTPError as error:
            self.ill.append(json.load(error)["status"])
            return False
        except OSError as error:
            self.ill.append(str(error))
            return False
        self.health_s.append(time.monotonic() - began)
        return True

    def start(self) -> None:
        """Look from now on."""
        self._began = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(WATCH_S):
            self.levels.append((time.monotonic() - self._began, self.memory()))
            self.healthy()


def come_and_go(address: str, seat: int, asked: argparse.Namespace, answers: list[float], errors: list[str]) -> None:
    """One seat of the service: visitor after visitor until the time is over; the first stays shorter, so that not all leave at once."""
    until = time.monotonic() + asked.seconds
    stay = asked.stay * (1 + seat % 10) / 10 if asked.stay < asked.seconds else asked.stay
    for turn in range(10_000):
        left = until - time.monotonic()
        if left < min(2 * asked.think, asked.seconds / 10):
            return
        number = seat + turn * asked.visitors
        try:
            answers.extend(
                Visitor(address, number, errors, RAIDS[number % len(RAIDS)]).stay(min(stay, left), asked.think)
            )
        except Exception as error:  # any failure counts, whatever its kind
            errors.append(f"{type(error).__name__}: {error}")
            time.sleep(1)
        stay = asked.stay


def wait_until_ready(watch: Watch) -> float:
    """Seconds until the health page says `ok`."""
    began = time.monotonic()
    while not watch.healthy():
        time.sleep(0.2)
    watch.ill.clear()
    watch.health_s.clear()
    return time.monotonic() - began


def levels(found: list[tuple[float, float]], seconds: float) -> list[int]:
    """Median memory of each part of the run, in MiB."""
    parts = [[mib for at, mib in found if int(at / seconds * PARTS) == part] for part in range(PARTS)]
    return [round(statistics.median(part)) for part in parts if part]


def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """Serve, send visitors, watch."""
    answers: list[float] = []
    errors: list[str] = []
    with served(SERVICE) as (address, process):
        watch = Watch(address, process.pid)
        ready = wait_until_ready(watch)
        empty = watch.memory()
        first = next(Visitor(address, 0, errors).stay(60, 1))
        one = watch.memory()
        used, began = watch.processor(), time.monotonic()
        watch.start()
        seats = [
            threading.Thread(target=come_and_go, args=(address, seat, asked, answers, errors))
            for seat in range(asked.visitors)
        ]
        for seat in seats:
            seat.start()
            time.sleep(min(asked.think / asked.visitors, 0.5))
        for seat in seats:
            seat.join()
        took = time.monotonic() - began
        used = watch.processor() - used
        time.sleep(min(AFTER_S, asked.seconds))
        watch.stop()
        after = watch.memory()
    answers.sort()
    return {
        "visitors": asked.visitors,
        "seconds": round(took),
        "think_s": asked.think,
        "stay_s": asked.stay,
        "ready_s": round(ready, 1),
        "first_picture_s": round(first, 2),
        "answers": len(answers),
        "answer_s": {name: round(_at(answers, share), 2) for name, share in SHARES.items()},
        "errors": len(errors),
        "first_errors": sorted(set(errors))[:5],
        "processors_used": round(used / took, 2),
        "memory_mib": {"no_visitor": round(empty), "first_visitor": round(one), "after": round(after)}
        | {"most": round(max(mib for _, mib in watch.levels)), "levels": levels(watch.levels, took)},
        "health": {"asked": len(watch.health_s) + len(watch.ill), "not_ok": len(watch.ill)}
        | {"slowest_s": round(max(watch.health_s, default=0.0), 2), "said": sorted(set(watch.ill))[:3]},
    }


def answers_of_a_crowd(
    crowds: Sequence[int], seconds: float, think: float, say: Callable[[str], Any]
) -> Iterator[tuple[int, list[float]]]:
    """Send crowds of visitors to one page, one crowd after the other; yields how many came and the seconds of their answers.

    Raises
    ------
    RuntimeError : a visitor met an error
    """
    errors: list[str] = []
    with served(SERVICE) as (address, process):
        wait_until_ready(Watch(address, process.pid))
        for crowd in crowds:
            say(f"{crowd} visitors of the page")
            answers: list[float] = []
            asked = argparse.Namespace(visitors=crowd, seconds=seconds, think=think, stay=seconds)
            seats = [
                threading.Thread(target=come_and_go, args=(address, seat, asked, answers, errors))
                for seat in range(crowd)
            ]
            for seat in seats:
                seat.start()
            for seat in seats:
                seat.join()
            if errors:
                raise RuntimeError(errors[0])
            yield crowd, answers


def first_and_moves(seconds: float = 12.0, think: float = 1.0) -> tuple[float, list[float]]:
    """Seconds of the first picture of a page that is ready, and of each move of a visitor who is alone. Raises RuntimeError."""
    errors: list[str] = []
    with served(SERVICE) as (address, process):
        wait_until_ready(Watch(address, process.pid))
        first, *moves = Visitor(address, 0, errors).stay(seconds, think)
    if errors:
        raise RuntimeError(errors[0])
    return first, moves


SHARES = {"median": 0.5, "95 %": 0.95, "99 %": 0.99, "slowest": 1.0}


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def main() -> int:
    """1 where a visitor met an error or the health page did not say `ok`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--think", type=float, default=20)
    parser.add_argument("--stay", type=float, default=600)
    asked = parser.parse_args()
    machine = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
    }
    machine |= {"salvo": salvo.__version__} | {name: metadata.version(name) for name in ("streamlit", "numba")}
    before = round(os.getloadavg()[2], 2)
    found = measure(asked)
    told = {**machine, "load_before": before, "load_after": round(os.getloadavg()[2], 2), **found}
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return int(bool(found["errors"] or found["health"]["not_ok"]))


if __name__ == "__main__":
    sys.exit(main())

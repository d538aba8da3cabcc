"""The curves of a benchmark.json as small SVG pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

WIDTH, HEIGHT = 560, 340
LEFT, RIGHT, TOP, BOTTOM = 74, 16, 40, 46  # margins
FIRST, SECOND = ("#0072B2", ""), ("#D55E00", "6 4")  # colours of Okabe and Ito; never colour alone
LABELS = {
    "threats": ("Time of a trial as the raid grows (one thread)", "threats", "microseconds a trial"),
    "batteries": (
        "Time of a trial as the defence is divided (2,000 threats, one thread)",
        "batteries",
        "microseconds a trial",
    ),
    "raids": ("Time of a trial of april-2024 as a campaign (one thread)", "raids", "microseconds a trial"),
    "points": ("Time of a sweep of april-2024 (1,000 trials a point, one thread)", "points", "seconds"),
    "visitors": ("From a visitor's move to the charts (a move every three seconds)", "visitors", "seconds"),
    "trials": ("Time of a run as trials are added (2,000 threats, one thread)", "trials", "seconds"),
    "threads": ("Time of a trial on more threads (2,000 threats)", "threads", "microseconds a trial"),
}


class Axis(NamedTuple):
    """A logarithmic axis from `low` to `high`, drawn from pixel `start` to pixel `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Pixel of a value."""
        return self.start + (self.end - self.start) * math.log(value / self.low) / math.log(self.high / self.low)

    def ticks(self) -> list[float]:
        """Powers of ten within, and where those are few, their doubles and fives."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for steps in ((1,), (1, 2, 5), tuple(range(1, 10))):
            found = [
                s * 10.0**p
                for p in powers
                for s in steps
                if self.low <= s * 10.0**p * 1.0001 and s * 10.0**p <= self.high * 1.0001
            ]
            if len(found) >= 3:
                break
        return found


def axis(values: Sequence[float], start: float, end: float) -> Axis:
    """An axis with some room around the values."""
    low, high = min(values), max(values)
    room = max((high / low) ** 0.06, 1.08)
    return Axis(low / room, high * room, start, end)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:.10f}".rstrip("0")


def picture(title: str, x_label: str, y_label: str, curves: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """An SVG of curves (name -> points of x and y, all positive) on logarithmic axes."""
    x = axis([px for points in curves.values() for px, _ in points], LEFT, WIDTH - RIGHT)
    y = axis([py for points in curves.values() for _, py in points], HEIGHT - BOTTOM, TOP)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img"',
        f' aria-label="{escape(title)}" font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{WIDTH / 2}" y="20" text-anchor="middle" font-size="14">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>',
    ]
    for value in x.ticks():
        at = x.at(value)
        out.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        out.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_number(value)}</text>')
    for value in y.ticks():
        at = y.at(value)
        out.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{_number(value)}</text>')
    for k, (name, points) in enumerate(curves.items()):
        colour, dash = (FIRST, SECOND)[k % 2]
        path = "M" + "L".join(f"{x.at(px):.1f} {y.at(py):.1f}" for px, py in points)
        out.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        out += [f'<circle cx="{x.at(px):.1f}" cy="{y.at(py):.1f}" r="3" fill="{colour}"/>' for px, py in points]
        at = TOP + 16 + 18 * k
        out.append(f'<path d="M{LEFT + 10} {at - 4}h26" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        out.append(f'<text x="{LEFT + 42}" y="{at}">{escape(name)}</text>')
    return "\n".join([*out, "</svg>", ""])


def pictures(report: Mapping[str, object], folder: Path) -> list[Path]:
    """Write one picture for each curve of a report, as `benchmarks-NAME.svg`."""
    curves = report["curves"]
    assert isinstance(curves, Mapping)
    written = []
    for name, points in curves.items():
        by_row: dict[str, list[tuple[float, float]]] = {}
        for point in points:
            by_row.setdefault(point["curve"], []).append((point["x"], point["y"]))
        if any(len(row) > 1 for row in by_row.values()):
            path = folder / f"benchmarks-{name}.svg"
            path.write_text(picture(*LABELS[name], by_row), "utf-8")
            written.append(path)
    return written

"""One mark for each threat of a raid, placed where its flight ended.

Flight runs from left to right through the layers; the last column is the target. The shape of a mark says its class, its
colour and filling what became of it. Positions are in pixels of a picture of a set width, so that marks do not overlap.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from salvo.charts.base import Chart, Drawn, Plain, Theme
from salvo.charts.colours import TOKENS
from salvo.format import names
from salvo.result.flight import EXPIRED, FAILED, HIT, MISSED

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario
    from salvo.result.flight import Flight

WIDE, NARROW = 1030, 358  # pixels of the page's column, on a desktop and on a phone
PITCH, PHONE_PITCH = 11.7, 9.2  # pixels from one mark to the next
HEAD, LABELS, CLOSE = 56, 84, 7
ROWS = 15  # rows of marks, shared among the classes
MOST = 700  # marks; above that, one stands for several threats
ONE_BY_ONE = 60  # hits are drawn one by one up to here
SYMBOLS = ("circle", "square", "triangle-up", "diamond", "hexagon", "pentagon", "star")
SIGNS = {
    "circle": "\u25cf",
    "square": "\u25a0",
    "triangle-up": "\u25b2",
    "diamond": "\u25c6",
    "hexagon": "\u2b22",
    "pentagon": "\u2b1f",
    "star": "\u2605",
}
FIRST = ("drone", "cruise", "ballistic")
WORDS = {FAILED: "Failed by itself", MISSED: "Got through, missed", HIT: "Hit", EXPIRED: "Decoy, expired"}
FATES = {
    "stopped": "shot down",
    FAILED: "failed by itself",
    MISSED: "got through, missed",
    HIT: "hit",
    "decoy": "decoy",
}
GHOST = "ended here before the change"
LETTER, ENTRY = 6.1, 13  # pixels of a letter and of a mark in the legend


class _Row(NamedTuple):
    """A class of threats, or the decoys."""

    key: str
    words: str
    number: int
    symbol: str


@Drawn
def units(
    raid: Sequence[Flight],
    scenario: Scenario,
    theme: Theme = "light",
    *,
    untouched: Sequence[Flight] | None = None,
    narrow: bool = False,
    title: str = "",
    mean: str = "",
) -> Plain:
    """One mark for each threat by class and fate.

    Parameters
    ----------
    raid : as salvo.answers.flights.flights tells it
    untouched : the same raid on the same luck before something was changed; what no longer ends where it did is drawn hollow
    narrow : for a phone: flight goes down the page
    title : what this raid is
    mean : hits in an average raid, said beside those of this one
    """
    each = max(1, math.ceil(len(raid) / MOST))
    cells, before = _cells(raid), _cells(untouched) if untouched is not None else None
    rows = _rows(raid)
    ends = _ends(scenario, cells, before)
    many = f"one mark for {'each' if each == 1 else f'every {each:,}'} of {len(raid):,}, where its flight ended"
    title = title or "Nearly all, made visible"
    lines = textwrap.wrap(title, 40) if narrow else [title]
    figure = Chart(300, theme, "<br>".join(lines), "")
    build = _narrow if narrow else _wide
    height = build(figure, TOKENS[theme], rows, ends, cells, before, scenario, each, mean)
    more = 21 * (len(lines) - 1)
    head = _legend(figure, TOKENS[theme], _fates_shown(rows, cells, before), many, narrow) + more + (8 if more else 0)
    # Plotly lifts a title by a line for each that it has more.
    figure.layout["title"]["y"] -= more / (height + head)
    figure.layout.update(
        height=height + head, margin={"l": 0, "r": 0, "t": 0, "b": 0}, hovermode="closest", showlegend=False
    )
    figure.axis("xaxis", visible=False, range=[0, NARROW if narrow else WIDE], fixedrange=True)
    figure.axis("yaxis", visible=False, range=[height, -head], fixedrange=True)
    return figure.figure()


Cells = dict[tuple[str, str], list["Flight"]]


def _total(cells: Cells, end: str) -> int:
    return sum(len(mine) for (_, where), mine in cells.items() if where == end)


def _cells(raid: Sequence[Flight]) -> Cells:
    found: Cells = {}
    for flight in raid:
        found.setdefault((_row_of(flight), flight.end), []).append(flight)
    return found


def _row_of(flight: Flight) -> str:
    return "decoys" if flight.decoy else flight.class_


def _rows(raid: Sequence[Flight]) -> list[_Row]:
    counts: dict[str, int] = {}
    for flight in raid:
        counts[_row_of(flight)] = counts.get(_row_of(flight), 0) + 1
    classes = [name for name in counts if name != "decoys"]
    classes.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    found = [
        _Row(name, names.title(name).removesuffix(" missiles") if len(names.title(name)) > 11 else names.title(name),
             counts[name], SYMBOLS[_symbol(name, classes) % len(SYMBOLS)])
        for name in classes
    ]  # fmt: skip
    if "decoys" in counts:
        found.append(_Row("decoys", "Decoys", counts["decoys"], "x"))
    return found


def _symbol(name: str, classes: Sequence[str]) -> int:
    """Drones are circles, cruise missiles squares, ballistic ones triangles; others follow in order."""
    if name in FIRST:
        return FIRST.index(name)
    others = [one for one in classes if one not in FIRST]
    return (2 if len(classes) == 1 else len(FIRST)) + others.index(name)


def _ends(scenario: Scenario, cells: Cells, before: Cells | None) -> list[str]:
    """The columns, in order of flight: those where something ended, and the target in any case."""
    seen = {end for _, end in (*cells, *(before or ()))}
    return [end for end in (FAILED, *scenario.layers, EXPIRED, MISSED, HIT) if end in seen or end == HIT]


def _fate(row: str, end: str) -> str:
    if row == "decoys":
        return "decoy"
    return end if end in (FAILED, MISSED, HIT) else "stopped"


def _marks(n: int, each: int, end: str) -> int:
    """How many marks stand for `n` threats; a cell that is not empty keeps one."""
    if each == 1 or (end == HIT and n <= ONE_BY_ONE):
        return n
    return max(1, round(n / each)) if n else 0


def _wide(
    figure: Chart, known: Mapping[str, str], rows: list[_Row], ends: list[str], cells: Cells, before: Cells | None,
    scenario: Scenario, each: int, mean: str,
) -> int:  # fmt: skip
    words = {end: _wrapped(WORDS.get(end) or names.layer(scenario, end)) for end in ends}

    def most(row: str, end: str) -> int:
        return max(
            _marks(len(cells.get((row, end), ())), each, end),
            _marks(len((before or {}).get((row, end), ())), each, end),
        )

    weights = [math.sqrt(row.number) for row in rows]

    def shared(total: int) -> dict[str, int]:
        """Rows of marks for each class, of so many in all."""
        return {
            row.key: max(2 if row.number > 3 else 1, round(total * weight / (sum(weights) or 1)))
            for row, weight in zip(rows, weights, strict=True)
        }

    least = {end: max(6.6 * max(map(len, words[end].split("<br>"))) + 2, 46) for end in ends}
    for end in ends:
        if before is not None and _total(cells, end) != _total(before, end):  # room for "22 was 35"
            number, was = f"{_total(cells, end):,}", f" was {_total(before, end):,}"
            least[end] = max(least[end], 8 * len(number) + 6 * len(was))
    least[HIT] = 118

    def widths(pitch: float, tall: Mapping[str, int]) -> dict[str, float]:
        columns = {end: max((math.ceil(most(row.key, end) / tall[row.key]) for row in rows), default=0) for end in ends}
        return {end: max(least[end], 0 if end == HIT else pitch * columns[end]) for end in ends}

    # Where there is too little room, columns stand closer, marks get a little smaller, then more rows, and then smaller still.
    labels = max(LABELS, 7.8 * max((len(row.words) for row in rows), default=0))
    free = WIDE - labels - CLOSE * (len(ends) - 1)
    usual = ROWS if len(rows) > 1 else 12
    tries = [(PITCH, usual), *((0.87 * PITCH, usual + more) for more in (0, 2, 4, 6))]
    tries += [(pitch / 10, usual + 8) for pitch in range(99, 39, -2)]
    pitch, total = next((one for one in tries if sum(widths(one[0], shared(one[1])).values()) <= free), tries[-1])
    tall = shared(total)
    wide = widths(pitch, tall)
    room = WIDE - labels - sum(wide.values())
    gap = max(4.0, room / max(1, len(ends) - 1))
    top, y = {}, float(HEAD)
    for row in rows:
        top[row.key] = y
        y += tall[row.key] * pitch + 11
    height = math.ceil(y - 2)
    figure.layout["annotations"] = []
    figure.layout["shapes"] = [_line(known["ink"], labels - 6, HEAD - 8, WIDE)]
    size, x = pitch * 0.78, float(labels)
    _rows_named(figure, known, rows, top, tall, pitch)
    _say(figure, 0, HEAD - 13, "in order<br>of flight \u2192", size=12.5, color=known["muted"], yanchor="bottom")
    for end in ends:
        now = sum(len(cells.get((row.key, end), ())) for row in rows)
        was = sum(len((before or {}).get((row.key, end), ())) for row in rows)
        if end == HIT:
            x = max(x, WIDE - wide[HIT])
        _head(figure, known, end, words[end], x, now, was if before is not None else None, height, mean)
        for row in rows:
            mine = cells.get((row.key, end), [])
            drawn = _marks(len(mine), each, end)
            step, high = pitch, tall[row.key]
            if end == HIT and drawn:
                big = next(
                    (
                        f
                        for f in (1.75, 1.4, 1.0, 0.7)
                        if drawn <= max(1, int(high / f)) * int((WIDE - x) / (pitch * f))
                    ),
                    0.5,
                )
                step, high = pitch * big, max(1, int(tall[row.key] / big))
            at = [
                (x + step / 2 + i // high * step, top[row.key] + step / 2 + i % high * step)
                for i in range(max(drawn, most(row.key, end)))
            ]
            _draw(figure, known, row, end, at[:drawn], mine, size * (step / pitch))
            if before is not None and end != HIT:
                _ghosts(figure, known, row, at[drawn:], size)
        x += wide[end] + gap
    return height


def _rows_named(
    figure: Chart,
    known: Mapping[str, str],
    rows: list[_Row],
    top: Mapping[str, float],
    tall: Mapping[str, int],
    pitch: float,
) -> None:
    """Name, shape and number of each class, and a line between two of them."""
    for k, row in enumerate(rows):
        middle = top[row.key] + tall[row.key] * pitch / 2
        sign = SIGNS.get(row.symbol, "")
        said = f"<b>{row.words}</b><br><span style='color:{known['muted']}'>{sign} {row.number:,}</span>"
        _say(figure, 0, middle, said, size=13.5, yanchor="middle")
        if k:
            figure.layout["shapes"].append(_line(known["line"], 0, top[row.key] - 6, WIDE))


def _head(
    figure: Chart, known: Mapping[str, str], end: str, words: str, x: float, now: int, was: int | None, height: int,
    mean: str,
) -> None:  # fmt: skip
    """Name and number of a column; the target's stands on a tint."""
    note = _small(known, _was(now, was))
    if end == HIT:
        figure.layout["shapes"].insert(0, {
            "type": "rect", "x0": x - 9, "x1": WIDE, "y0": 0, "y1": height, "fillcolor": known["hit-tint"],
            "line": {"width": 0}, "layer": "below",
        })  # fmt: skip
        average = _small(known, f"average {mean}" if mean else "")
        _say(figure, x, HEAD - 44, f"<b>Hit</b>{average}", size=15, color=known["hit"], yanchor="middle")
        _say(figure, x, HEAD - 20, f"<b>{now:,}</b>{note}", size=18, color=known["hit"], yanchor="middle")
    else:
        _say(figure, x, HEAD - 30, words, size=12.5, color=known["muted"], yanchor="bottom")
        _say(figure, x, HEAD - 20, f"<b>{now:,}</b>{note}", size=14, yanchor="middle")


def _was(now: int, was: int | None) -> str:
    """What the number of a column was before the change; empty where it is the same."""
    return "" if was is None or was == now else f"was {was:,}"


def _small(known: Mapping[str, str], words: str) -> str:
    return f" <span style='font-size:12.5px;color:{known['muted']}'>{words}</span>" if words else ""


def _narrow(
    figure: Chart, known: Mapping[str, str], rows: list[_Row], ends: list[str], cells: Cells, before: Cells | None,
    scenario: Scenario, each: int, mean: str,
) -> int:  # fmt: skip
    left, y = 128.0, 4.0
    figure.layout["annotations"], figure.layout["shapes"] = [], []
    for k, end in enumerate(ends):
        big = end == HIT
        pitch = 15.0 if big and sum(len(cells.get((row.key, end), ())) for row in rows) <= 45 else PHONE_PITCH
        per = int((NARROW - left - 4) / pitch)
        now = _total(cells, end)
        was = _was(now, None if before is None else _total(before, end))
        i = 0
        batches = []
        for row in rows:
            mine = cells.get((row.key, end), [])
            drawn = _marks(len(mine), each, end)
            ghosts = 0
            if before is not None and end != HIT:
                ghosts = max(0, _marks(len(before.get((row.key, end), ())), each, end) - drawn)
            batches.append((row, mine, i, drawn, ghosts))
            i += drawn + ghosts
        lines = max(1, math.ceil(i / per))
        tall = max(21.0, lines * pitch + 9) + (6 if big else 0)

        def at(j: int, y: float = y, pitch: float = pitch, per: int = per, big: bool = big) -> tuple[float, float]:
            return left + pitch / 2 + j % per * pitch, y + (12 if big else 8) + j // per * pitch

        if big:
            figure.layout["shapes"].insert(0, {
                "type": "rect", "x0": 0, "x1": NARROW, "y0": y - 1, "y1": y + tall - 1, "fillcolor": known["hit-tint"],
                "line": {"width": 0}, "layer": "below",
            })  # fmt: skip
        elif k:
            figure.layout["shapes"].append(_line(known["line"], 0, y - 3, NARROW))
        colour = known["hit"] if big else known["ink"]
        said = _short(WORDS.get(end) or names.layer(scenario, end))
        tall = max(tall, 21.0 + 14 * (said.count("<br>") or bool(was and not big)))
        _say(
            figure,
            4 if big else 0,
            y + 12 if big else y - 1,
            f"<b>{said}</b>" if big else said,
            size=14 if big else 12.5,
            color=colour,
            yanchor="middle" if big else "top",
        )
        _say(
            figure,
            left - 8,
            y + (12 if big else 8),
            f"<b>{now:,}</b>",
            size=15 if big else 12.5,
            color=colour,
            yanchor="middle",
            xanchor="right",
        )
        beside = {"size": 12.5, "color": known["muted"], "yanchor": "middle", "xanchor": "right"}
        if was and not big:
            _say(figure, left - 8, y + 23, was, **beside)
        said = ", ".join(part for part in (was, f"average {mean}" if mean else "") if part)
        if big and said and i * pitch < (NARROW - left) / 2:
            _say(figure, NARROW - 6, y + 12, said, **beside)
        for row, mine, first, drawn, ghosts in batches:
            _draw(figure, known, row, end, [at(j) for j in range(first, first + drawn)], mine, pitch * 0.78)
            _ghosts(figure, known, row, [at(j) for j in range(first + drawn, first + drawn + ghosts)], pitch * 0.78)
        y += tall
    return math.ceil(y + 2)


def _draw(
    figure: Chart,
    known: Mapping[str, str],
    row: _Row,
    end: str,
    at: list[tuple[float, float]],
    mine: list[Flight],
    size: float,
) -> None:
    if not at:
        return
    fate = _fate(row.key, end)
    told = [mine[min(len(mine) - 1, i * len(mine) // len(at))] for i in range(len(at))]
    stories = [_story(flight.name, flight.story) for flight in told]
    figure.add(
        "scatter", x=[round(x, 1) for x, _ in at], y=[round(y, 1) for _, y in at], mode="markers", showlegend=False,
        marker=_marker(known, row, fate, size), customdata=stories, hovertemplate="%{customdata}<extra></extra>",
        ids=[flight.key for flight in told],
    )  # fmt: skip


def _ghosts(figure: Chart, known: Mapping[str, str], row: _Row, at: list[tuple[float, float]], size: float) -> None:
    if at:
        figure.add(
            "scatter", x=[round(x, 1) for x, _ in at], y=[round(y, 1) for _, y in at], mode="markers",
            showlegend=False, hovertemplate=f"{GHOST}<extra></extra>",
            marker=_marker(known, row, "ghost", size),
        )  # fmt: skip


def _marker(known: Mapping[str, str], row: _Row, fate: str, size: float) -> dict[str, Any]:
    size = round(size * (0.94 if row.symbol == "circle" else 0.86 if row.symbol == "square" else 1.0), 2)
    if fate in (FAILED, MISSED, "ghost"):
        line = {FAILED: 1.2, MISSED: 2.2, "ghost": 0.8}[fate]
        small = size - (0.8 if fate != MISSED else 0)
        marker = {"symbol": f"{row.symbol}-open", "size": small, "color": known[fate], "line": {"width": line}}
        return marker | ({"opacity": 0.75} if fate == "ghost" else {})
    return {"symbol": row.symbol, "size": size, "color": known[fate], "line": {"width": 0}}


def _fates_shown(rows: list[_Row], cells: Cells, before: Cells | None) -> list[tuple[_Row, str]]:
    """What became of threats in this picture, each with the class of which most shared it."""
    most: dict[str, tuple[int, _Row]] = {}
    for row in rows:
        for (key, end), mine in cells.items():
            if key == row.key and len(mine) > most.get(_fate(key, end), (0, row))[0]:
                most[_fate(key, end)] = (len(mine), row)
    found = [(most[fate][1], fate) for fate in FATES if fate in most]
    return found if before is None else [*found, (found[-1][0], "ghost")]


def _legend(figure: Chart, known: Mapping[str, str], entries: list[tuple[_Row, str]], many: str, narrow: bool) -> int:
    """What a mark is and what its colour and filling say, in as many lines as it needs. Returns the pixels above the picture."""
    room = NARROW if narrow else WIDE
    words = [GHOST if fate == "ghost" else FATES[fate] for _, fate in entries]
    wide = [ENTRY + LETTER * len(said) + 14 for said in words]
    alone = narrow or 6.5 * len(many) + 30 + sum(wide) > room
    lines: list[list[int]] = [[]]
    for k, need in enumerate(wide):
        if lines[-1] and sum(wide[j] for j in lines[-1]) + need > room:
            lines.append([])
        lines[-1].append(k)
    first = (-14 if narrow else -19) - 17 * (len(lines) - 1)
    _say(figure, 0, first - 18 if alone else first, many, size=13, yanchor="middle")
    for place, line in enumerate(lines):
        x = 0.0 if alone else room - sum(wide[k] for k in line) + 8
        y = first + 17 * place
        for k in line:
            row, fate = entries[k]
            figure.add(
                "scatter", x=[round(x + 6, 1)], y=[y], mode="markers", hoverinfo="skip", showlegend=False,
                marker=_marker(known, row, fate, 10),
            )  # fmt: skip
            _say(figure, x + ENTRY + 2, y, words[k], size=12, color=known["muted"], yanchor="middle")
            x += wide[k]
    return 29 - first + (18 if alone else 0)


@lru_cache(4096)
def _story(name: str, story: str) -> str:
    return f"<b>{name}</b><br>" + "<br>".join(textwrap.wrap(story, 60))


def _short(words: str) -> str:
    """On as many lines as it needs beside a row of the phone's picture."""
    return "<br>".join(textwrap.wrap(words, 16))


def _wrapped(words: str) -> str:
    """On two lines where it is long."""
    if len(words) <= 9:
        return words
    if ", " in words:
        return words.replace(", ", ",<br>", 1)
    middle = min((k for k, c in enumerate(words) if c == " "), key=lambda k: abs(k - len(words) / 2), default=None)
    return words if middle is None else f"{words[:middle]}<br>{words[middle + 1 :]}"


def _line(colour: str, x0: float, y: float, x1: float) -> dict[str, Any]:
    return {"type": "line", "x0": x0, "x1": x1, "y0": y, "y1": y, "line": {"color": colour, "width": 1}}


def _say(figure: Chart, x: float, y: float, words: str, *, size: float, color: str = "", **rest: Any) -> None:
    font = {"size": size} | ({"color": color} if color else {})
    note = {"x": x, "y": y, "text": words, "showarrow": False, "xanchor": "left", "align": "left", "borderpad": 0}
    figure.layout["annotations"].append({**note, "font": font, **rest})

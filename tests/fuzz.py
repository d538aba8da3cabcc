"""Inputs that nobody would write, by number: each must be taken, or refused with faults, and within seconds.

Five kinds take turns: files with broken text, links, command lines, laws near the ends of arithmetic, and long keys.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import random  # noqa: TID251 - the luck of choosing inputs, not of playing them
import re
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

from generate import numbered

import salvo
from salvo import links
from salvo.cli import main
from salvo.engine.laws import slices

SECONDS = 10.0  # of a processor: no input may take longer; a busy machine does not count
PLAYED = 30  # threats in a scenario that is played once when it is taken

TOKENS = (
    "=",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    '"',
    "'",
    '"""',
    "#",
    ",",
    ".",
    "\\",
    "\n",
    "\0",
    "\t",
    "é",
    "٣",
    "=1",
    "[campaign]\n",
)
NUMBERS = (
    *("1", "2", "3", "0.5", "0.25", "10", "20", "100", "0.001", "1e-3", "5", "7"),
    *("0", "-0", "1", "-1", "1_0", "1__0", "0x10", "1e308", "-1e308", "1e-320", "1e400", "inf", "nan", "0.1", "2.5"),
    *(
        "4294967296",
        "9223372036854775808",
        "1" * 50,
        "true",
        '"1"',
        "[1]",
        "{}",
        "1e15",
        "1000000000",
        "0.9999999999999999",
    ),
)
WORDS = (
    *NUMBERS,
    "",
    " ",
    "1,5",
    "+5",
    "٣",
    "一",
    "-",
    "--",
    "a" * 300,
    "\udcff",
    "%",
    "1%",
    "5 %",
    "\x00",
    "..",
    "/",
    "=",
    "a=b",
    "=5",
)
PATHS = (
    *(
        "threats.missiles.count",
        "batteries.battery.interceptors",
        "batteries.battery.channels",
        "threats..count",
        "name",
        "",
        "schema",
    ),
    *(
        "batteries.battery.against.missile.kill",
        "campaign.raids",
        "a.b.c",
        "threats.missiles.arrival.start_s",
        "batteries.battery.keep",
    ),
)
RANGES = (
    "1:4:1",
    "1,2",
    "4",
    "",
    ":",
    "1:2",
    "1:0:1",
    "0:1e9:1e-9",
    "a,b",
    "1:3:-1",
    "nan",
    "0.1:0.9:0.2",
    "1:1e300:1",
)
PLAYING = ("run", "compare", "size", "marginal", "sweep", "table", "sensitivity", "buy", "rare")
COMMANDS = (
    *PLAYING,
    "run",
    "estimate",
    "replay",
    "roll",
    "validate",
    "show",
    "cite",
    "list",
    "schema",
    "new",
    "hindcast",
    "nothing",
)
NEEDED = {
    "size": ("--find",),
    "sweep": ("--over",),
    "table": ("--rows", "--columns"),
    "replay": ("--trial",),
    "buy": ("--budget",),
    "rare": ("--leakers-at-least",),
}
FLAGS = ("--no-leakers", "--log", "--values", "--against-record", "--help")
OPTIONS = """
[[options]]
id = "rounds"
path = "batteries.battery.interceptors"
add = 5
cost_usd = 10
most = 2
"""
FRAGMENTS = (
    '"="',
    "a.",
    '"a".',
    ".",
    "[",
    "{",
    "'",
    '"""',
    "'''",
    "#",
    "\\",
    "=1\n",
    "[[a]]\n",
    "a=",
    '"',
    "[a.",
    '\\"',
    ",",
    "1",
    " ",
)


class Failure(Exception):
    """An input was neither taken nor refused as it should be."""


def get_ready() -> None:
    """Do once what is no input's fault: compile, and write the texts to begin with."""
    texts()
    salvo.simulate("one-site", trials=1, seed=1)


def check(number: int) -> str:
    """Try one input; "<kind> taken" or "<kind> refused", and `Failure` if all is not well."""
    kind = KINDS[number % len(KINDS)]
    began = time.process_time()
    try:
        taken = kind(random.Random(number))
    except Failure:
        raise
    except Exception as error:
        raise Failure(f"{type(error).__name__}: {error}") from error
    took = time.process_time() - began
    if took > SECONDS:
        raise Failure(f"took {took:.1f} s")
    return f"{kind.__name__} {'taken' if taken else 'refused'}"


def must(good: bool, text: str) -> None:
    if not good:
        raise Failure(text)


# ---------------------------------------------------------------------------------------------- files


@cache
def texts() -> tuple[str, ...]:
    """Good files to begin with: the packaged ones, and generated ones of both forms."""
    generated = [salvo.load(numbered(number)) for number in range(150)]
    packaged = [salvo.load(name).to_toml() for name in salvo.names()]
    return (*packaged, *(raid.to_toml() for raid in generated), *(raid.to_json() for raid in generated))


def broken(text: str, luck: random.Random) -> str:
    """A text with one to four things done to it."""
    for _ in range(luck.choice((1, 1, 1, 2, 4))):
        place = luck.randrange(len(text) + 1)
        lines = text.splitlines(keepends=True)
        way = luck.randrange(12)
        if way == 0:
            text = text[:place] + text[place + luck.choice((1, 3, 40)) :]
        elif way == 1:
            text = text[:place] + luck.choice(TOKENS) + text[place:]
        elif way == 2 and lines:
            k = luck.randrange(len(lines))
            text = "".join(lines[:k] + [lines[k]] * luck.choice((0, 2, 2, 300)) + lines[k + 1 :])
        elif way == 3 and len(lines) > 1:
            a, b = luck.sample(range(len(lines)), 2)
            lines[a], lines[b] = lines[b], lines[a]
            text = "".join(lines)
        elif way == 4:
            text = text[:place]
        elif numbers := list(re.finditer(r"-?\d+(\.\d+)?", text)):
            found = luck.choice(numbers)
            text = text[: found.start()] + luck.choice(NUMBERS) + text[found.end() :]
    return text


def file(luck: random.Random) -> bool:
    """A file whose text was damaged; what is taken comes back from both forms, and can be played."""
    text = broken(luck.choice(texts()), luck)
    try:
        raid = salvo.loads(text)
    except salvo.Faults as faults:
        must(bool(str(faults).encode("utf-8", "surrogatepass")), "no words")
        return False
    must(salvo.loads(raid.to_toml()) == raid, "comes back otherwise from TOML")
    must(salvo.loads(raid.to_json()) == raid, "comes back otherwise from JSON")
    raids = raid.campaign.raids if raid.campaign is not None else 1
    if sum(threat.count for threat in raid.threats) * raids <= PLAYED:
        answer = salvo.simulate(raid, trials=2, seed=1).to_dict()
        must(answer["conservation_violations"] == 0, "sums that do not hold")
        json.dumps(answer, allow_nan=False)
    return True


# ---------------------------------------------------------------------------------------------- links


def link(luck: random.Random) -> bool:
    """A link with its text damaged."""
    raid = salvo.loads(luck.choice(texts()))
    query = links.encode(raid, luck.randrange(2**48), {"kill": luck.uniform(-10, 200)}, full=luck.random() < 0.7)
    text = links.query_text(query)
    for _ in range(luck.choice((0, 1, 1, 3))):
        place = luck.randrange(len(text) + 1)
        way = luck.randrange(4)
        if way == 0:
            text = (
                text[:place]
                + luck.choice(("%", "&", "=", "%00", "%ff", "<b>", "+", "&seed=", "&v=9", "&x=1", "&&"))
                + text[place:]
            )
        elif way == 1:
            text = text[:place] + text[place + luck.choice((1, 2, 30)) :]
        elif way == 2:
            text = re.sub(r"=[^&]*", lambda _: "=" + luck.choice(NUMBERS), text, count=luck.choice((1, 0)))
        elif text:
            k = luck.randrange(len(text))
            text = text[:k] + chr(luck.randrange(33, 127)) + text[k + 1 :]
    pairs = parse_qsl(text.removeprefix("?"), keep_blank_values=True, max_num_fields=1000)
    try:
        found = links.decode(dict(pairs))
    except salvo.Faults as faults:
        must(bool(str(faults).encode("utf-8", "surrogatepass")), "no words")
        return False
    must(isinstance(found.scenario, salvo.Scenario), "no scenario")
    return True


# ---------------------------------------------------------------------------------------------- command lines


def line(luck: random.Random) -> bool:
    """A command line with odd values and words; exit code 0 or 2, and never a traceback."""
    name = luck.choice(
        (*salvo.names()[:3], "one-site", "one-site", "saturation", "decoys", "one-sit", "", "nowhere.toml", "-")
    )
    command = luck.choice(COMMANDS)
    options = {
        "--trials": lambda: luck.choice(("1", "20", *WORDS[:15], *WORDS[-20:])),
        "--seed": lambda: luck.choice(WORDS),
        "--trial": lambda: luck.choice(WORDS),
        "--set": lambda: f"{luck.choice(PATHS)}={luck.choice(WORDS)}",
        "--format": lambda: luck.choice(("table", "json", "csv", "md", "jso", "", *WORDS[:3])),
        "--threads": lambda: luck.choice(("1", "2", "0", "-1", "", "x", "1.5")),
        "--precision": lambda: luck.choice(("50%", "0", "-1", "x", "", "200%", "1e-400")),
        "--raids": lambda: luck.choice(("1", "2", "0", "-3", "x", "")),
        "--resupply": lambda: luck.choice(("gun=1", "=", "a=b", "gun=-1", "", "gun", "x=1")),
        "--ask": lambda: luck.choice(("leakers<=1", "leakers", "", "<=", "leakers<=x", "hits>=0")),
        "-o": lambda: luck.choice(("out.json", "out.xyz", "", "no/where/out.json", "out.csv", "out.md")),
        "--find": lambda: luck.choice(PATHS),
        "--want": lambda: luck.choice(("leakers<=1", "hits>=0", "x<1", "", "leakers<")),
        "--low": lambda: luck.choice(WORDS),
        "--high": lambda: luck.choice(WORDS),
        "--add": lambda: f"{luck.choice(PATHS)}={luck.choice(WORDS)}",
        "--over": lambda: f"{luck.choice(PATHS)}={luck.choice(RANGES)}",
        "--rows": lambda: f"{luck.choice(PATHS)}={luck.choice(RANGES)}",
        "--columns": lambda: f"{luck.choice(PATHS)}={luck.choice(RANGES)}",
        "--show": lambda: luck.choice(("leakers", "hits", "leakers<=1", "nothing", "", "a.b", "assets")),
        "--points": lambda: luck.choice(("1", "4", "0", "-1", "x", "")),
        "--design": lambda: luck.choice(("grid", "latin", "sobol", "gird", "")),
        "--raid": lambda: luck.choice(WORDS),
        "--budget": lambda: luck.choice(("10", "25", *WORDS)),
        "--minimise": lambda: luck.choice(("hits", "leakers>3", "leakers>", "damage", "nothing", "", "a.b")),
        "--quantiles": lambda: luck.choice(("0.5", "0.1,0.9", "0.9,0.1", "", "x", "1:0", *WORDS)),
        "--with": lambda: luck.choice(("50%", "0.95", *WORDS)),
        "--method": lambda: luck.choice(("tornado", "sobol", "soball", "")),
        "--leakers-at-least": lambda: luck.choice(("1", "2", *WORDS)),
        "--max-trials": lambda: luck.choice(("20", "100", *WORDS[:3])),
        "--device": lambda: luck.choice(("cpu", "auto", "gpu", "")),
        "--from": lambda: luck.choice((name, "nothing", "")),
        "--nonsense": lambda: luck.choice(WORDS),
    }
    chosen = luck.sample(sorted(options), luck.choice((0, 0, 1, 1, 2, 3)))
    if luck.random() < 0.7:
        chosen += [option for option in NEEDED.get(command, ()) if option not in chosen]
    words = (
        [command]
        + [name] * luck.choice((1, 1, 1, 0, 2))
        + [word for option in chosen for word in (option, options[option]())]
    )
    if command == "buy":
        options = luck.choice(("options.toml", "options.toml", "broken.toml", "-", "nowhere.toml", ""))
        words.insert(2, options)
    if command in PLAYING and "--trials" not in chosen:
        words += ["--trials", "20"]
    if command == "estimate":
        words += ["--max-trials", "1000"]
    words += luck.sample(FLAGS, luck.choice((0, 0, 0, 1)))
    files = {"options.toml": OPTIONS, "broken.toml": broken(OPTIONS, luck)}
    words = [word for word in words if "\0" not in word]  # no system hands such a word to a program
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), inside(), stdin():
        for file, text in files.items():
            Path(file).write_text(text, encoding="utf-8")
        try:
            main.main(words)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    must(code in (0, 2), f"exit code {code}: {words} {err.getvalue()[-300:]}")
    must("Traceback" not in err.getvalue() + out.getvalue(), f"traceback: {words}")
    must(code == 0 or err.getvalue().strip() != "", f"no words: {words}")
    return code == 0


@contextlib.contextmanager
def inside():
    """An empty folder to work in."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


@contextlib.contextmanager
def stdin():
    """Standard input with nothing in it."""
    import sys

    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(b""))
    try:
        yield
    finally:
        sys.stdin = before


# ---------------------------------------------------------------------------------------------- laws


def near(luck: random.Random) -> float:
    """A number of [0, 1], often close to an end."""
    small = luck.choice((0.0, 5e-324, 10.0 ** -luck.uniform(0, 300), 10.0 ** -luck.uniform(0, 17), luck.random()))
    return luck.choice((small, 1 - small, luck.random()))


def law(luck: random.Random) -> bool:
    """An uncertain probability near the ends of arithmetic; it is sorted, within [0, 1], and keeps its mean."""
    if luck.random() < 0.5:
        table = {"mean": near(luck), "rho": near(luck)}
        mean = table["mean"]
    else:
        table = dict(zip(("low", "mode", "high"), sorted(near(luck) for _ in range(3)), strict=True))
        mean = (table["low"] + 4 * table["mode"] + table["high"]) / 6
    threat = {"id": "a", "class": "b", "count": 1, "reliability": table}
    try:
        raid = salvo.load({"schema": 1, "name": "law", "threats": [threat]})
    except salvo.Faults:
        return False
    given = raid.threats[0].reliability
    if isinstance(given, float):
        return True
    cut = [int(k) for k in slices(given)]
    must(len(cut) == 4096 and cut == sorted(cut), f"not in order: {table}")
    must(cut[0] >= 0 and cut[-1] <= 2**32, f"not a probability: {table}")
    must(
        math.isclose(sum(cut) / 4096, mean * 2**32, abs_tol=1, rel_tol=1e-9), f"mean {sum(cut) / 4096 / 2**32}: {table}"
    )
    return True


# ---------------------------------------------------------------------------------------------- long keys


def key(luck: random.Random) -> bool:
    """Tens of kilobytes of quotes, dots and brackets; refused at once if they are no scenario."""
    few = luck.sample(FRAGMENTS, luck.choice((1, 2, 3)))
    text = "".join(luck.choice(few) for _ in range(luck.choice((50, 5_000, 60_000))))
    text = luck.choice(("", "a", '"', "schema=1\n", "name='x'\n")) + text + luck.choice(("", "=1", '"', "]", "\n"))
    try:
        salvo.loads(text[:200_000])
    except salvo.Faults as faults:
        must(bool(str(faults)), "no words")
        return False
    return True


KINDS: tuple[Callable[[random.Random], bool], ...] = (file, link, line, law, key)

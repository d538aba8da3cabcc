"""Read raids, one row a raid and class, as in `datasets/raids.csv`; say what is wrong and what cannot be used."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from salvo.faults import ABSENT, Fault, Faults, listed, nearest, single
from salvo.format.text import read as read_file
from salvo.limits import parse_whole

NEEDED = ("raid_id", "threat_class", "launched_best", "leaked_best")
COUNTS = tuple(f"{name}_{end}" for name in ("launched", "leaked") for end in ("low", "best", "high")) + (
    "intercepted_best",
    "ew_lost_best",
)
SINGLE = ("raid", "day")  # scopes of a single attack; a sum over many attacks is no draw of one raid
MIXED = ("all", "mixed", "total")  # rows over all classes together
MOST = 10_000  # launched in one row; a grid of that many probabilities still fits in memory
# Share of unopposed missiles that arrive: Al Asad 2020, where nothing was fired at them and failures were counted.
ARRIVING = 11 / 15

# One word for a defender, whatever else the column tells about it.
SHIPS = re.compile(r"\b(navy|navies|naval|ships?|shipping|uss|hms|destroyers?|frigates?|carriers?)\b", re.IGNORECASE)
OPEN = re.compile(r"\bundefended\b|\bno (bmd|(missile|air) defen[cs]e)", re.IGNORECASE)
Count = int | None


@dataclass(frozen=True)
class Raid:
    """One class of one raid.

    Parameters
    ----------
    raid_id, scope, date, threat_class : as in the file; the class in lower case with hyphens
    defender : the column's first name, with ships at sea and undefended places each as one defender
    attacker : the column's first name; empty where it is not told
    launched, leaked : counts: low, best, high; None where unpublished
    stopped : intercepted and jammed, best; None where either is unpublished
    line : of the file
    """

    raid_id: str
    scope: str
    date: str
    threat_class: str
    defender: str
    launched: tuple[Count, Count, Count]
    leaked: tuple[Count, Count, Count]
    stopped: Count
    line: int
    attacker: str = ""

    @property
    def outcome(self) -> Count:
        """The published number that leaked, or the one number left between low and high."""
        low, best, high = self.leaked
        return low if best is None and low == high else best


def read(path: str | Path) -> tuple[Raid, ...]:
    """The rows of a file.

    Raises
    ------
    Faults : every fault of the file
    """
    return parse(read_file(Path(path), kinds=(".csv",)), str(path))


def parse(content: str | bytes, file: str = "") -> tuple[Raid, ...]:
    """The rows of a text, or its UTF-8 bytes, like `datasets/raids.csv`; columns that are not needed are passed over.

    Raises
    ------
    Faults : every fault of the text
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise single("cannot be read: not UTF-8 text", file=file) from None
    lines = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    faults: list[Fault] = []
    raids: list[Raid] = []
    try:
        columns = [name.strip() for name in lines.fieldnames or ()]
        missing = [name for name in NEEDED if name not in columns]
        if missing:
            raise Faults(
                Fault(name, ABSENT, "this column is missing", listed(NEEDED), nearest(name, columns), file)
                for name in missing
            )
        lines.fieldnames = columns
        given = (cells for cells in lines if any(isinstance(cell, str) and cell.strip() for cell in cells.values()))
        raids.extend(_raid(cells, lines.line_num, file, faults) for cells in given)
    except csv.Error as error:
        raise single(f"not a table: {error}", place=f"line {lines.line_num}", file=file) from None
    if faults:
        raise Faults(faults)
    if not raids:
        raise single("no rows", file=file)
    return tuple(raids)


def unfit(raid: Raid) -> str:
    """Why a row cannot be learned from; empty where it can."""
    low, best, high = raid.launched
    if raid.scope not in SINGLE:
        return f"scope {raid.scope}: not one raid"
    if raid.threat_class in MIXED:
        return "all classes together"
    if best is None and (low is None or high is None):
        return "launched is unpublished"
    if not (high or best):
        return "nothing was launched"
    if (high or best or 0) > MOST:
        return f"more than {MOST:,} launched"
    if all(count is None for count in raid.leaked) and raid.stopped is None:
        return "neither leaked nor stopped is published"
    if (raid.leaked[0] or 0) > (high or best or 0):
        return "more leaked than launched"
    return ""


def unscored(raid: Raid, others: Iterable[Raid]) -> str:
    """Why a row cannot be predicted and scored; empty where it can. `others`: all rows of its file."""
    launched, leaked = raid.launched[1], raid.outcome
    if raid.scope not in SINGLE:
        return f"scope {raid.scope}: not one raid"
    parts = (other for other in others if other.raid_id == raid.raid_id and other.threat_class not in MIXED)
    if raid.threat_class in MIXED and any(parts):
        return "the sum of this raid's other rows"
    if launched is None:
        return "launched is unpublished"
    if launched == 0:
        return "nothing was launched"
    if launched > MOST:
        return f"more than {MOST:,} launched"
    if leaked is None:
        return "leaked is unpublished"
    if leaked > launched:
        return "more leaked than launched"
    return ""


def defender(text: str) -> str:
    """The first name in a defender's column: `Ukraine (Kyiv focus)` is Ukraine, `Israel + US` is Israel."""
    if OPEN.search(text):
        return "undefended"
    if SHIPS.search(text):
        return "ships"
    return _first(text) or "unknown"


def _first(text: str) -> str:
    """The first of several names, without what is told in brackets."""
    bare = re.sub(r"\([^)]*\)?", " ", text)
    return " ".join(re.split(r"\+|,|;|&| - | – | in | and ", bare)[0].split())


def _raid(cells: dict[str, str], line: int, file: str, faults: list[Fault]) -> Raid:
    texts = {key: (cell or "").strip() for key, cell in cells.items() if isinstance(key, str)}
    counts = {name: _count(texts.get(name, ""), name, line, file, faults) for name in COUNTS}
    blank = [name for name in ("raid_id", "threat_class") if not texts[name]]
    faults += [Fault(f"line {line}, {name}", "", "this cell is blank", "a name", file=file) for name in blank]
    shot, lost = counts["intercepted_best"], counts["ew_lost_best"]
    return Raid(
        raid_id=texts["raid_id"],
        scope=texts.get("scope", "").lower() or "raid",
        date=texts.get("date", ""),
        threat_class=re.sub(r"[\s_]+", "-", texts["threat_class"].lower()),
        defender=defender(texts.get("defender", "")),
        launched=_ordered(counts["launched_low"], counts["launched_best"], counts["launched_high"]),
        leaked=_ordered(counts["leaked_low"], counts["leaked_best"], counts["leaked_high"]),
        stopped=None if shot is None else shot + (lost or 0),
        line=line,
        attacker=_first(texts.get("attacker", "")),
    )


def _ordered(low: Count, best: Count, high: Count) -> tuple[Count, Count, Count]:
    """Low and high that do not contradict the best."""
    if best is not None:
        return None if low is None else min(low, best), best, None if high is None else max(high, best)
    return (high, None, low) if low is not None and high is not None and low > high else (low, None, high)


def _count(text: str, name: str, line: int, file: str, faults: list[Fault]) -> Count:
    """A whole number, or None for a blank."""
    if not text or text.lower() in ("nan", "na", "n/a", "none", "null", "-"):
        return None
    count = parse_whole(re.sub(r"(?<=[0-9])\.0*$", "", text))  # a table program writes 12.0
    if count is not None and 0 <= count < 10**9:
        return count
    faults.append(Fault(f"line {line}, {name}", text, "not a count", "a whole number from 0, or blank", file=file))
    return None

"""What is wrong with an input, said so that it can be put right: place, value, what is allowed, the nearest name."""

import datetime
import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
SHOWN: Final = 60  # faults printed by str(Faults); the rest are counted
KEPT: Final = 1000  # faults kept of one input
COMPARED: Final = 3_000_000  # pairs of letters compared for the nearest name, in one input: about a second
Loc = tuple[str | int, ...]


class Nothing(Enum):
    """The value of a fault about something that is not there."""

    ABSENT = "absent"


ABSENT: Final = Nothing.ABSENT


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input.

    Parameters
    ----------
    place : path of the key, such as ``batteries.upper-1.against.ballistic.kill``, or ``line 3, column 5``
    value : what was found there; `ABSENT` where nothing was
    message : what is wrong with it
    allowed : what would do, in words; may be empty
    did_you_mean : the nearest known key or name, if one is near
    file : where the input came from; may be empty
    """

    place: str
    value: Any
    message: str
    allowed: str = ""
    did_you_mean: str | None = None
    file: str = ""

    def __post_init__(self) -> None:
        for name in ("place", "message", "allowed", "did_you_mean", "file"):
            text = getattr(self, name)
            if text is not None and not text.isprintable():
                object.__setattr__(self, name, printable(text))

    @property
    def shown(self) -> str:
        """The value found, short and printable; empty where nothing was found."""
        return "" if self.value is ABSENT else show(self.value)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        if self.value is not ABSENT:
            text += f" (found {self.shown})"
        if self.allowed:
            text += f"; allowed: {self.allowed}"
        return text if self.did_you_mean is None else f'{text}; did you mean "{self.did_you_mean}"?'


class Faults(ValueError):
    """Everything that is wrong with an input, at once.

    Attributes
    ----------
    faults : the single faults, in the order of the input
    """

    def __init__(self, faults: Iterable[Fault]):
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        file = next((fault.file for fault in self.faults if fault.file), "")
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}"
        lines = [f"{file}: {count}" if file else count]
        lines += [f"  {fault}" for fault in self.faults[:SHOWN]]
        if len(self.faults) > SHOWN:
            lines.append(f"  ... and {len(self.faults) - SHOWN} more")
        return "\n".join(lines)


def single(message: str, *, place: str = "", file: str = "", near: str | None = None, allowed: str = "") -> Faults:
    """A `Faults` with one fault that is about the input as a whole."""
    return Faults([Fault(place, ABSENT, message, allowed, near, file)])


def show(value: object, length: int = 80) -> str:
    """The value as it would stand in a file, cut to `length` characters, safe to print anywhere."""
    if value is None or isinstance(value, (bool, str)):
        text = json.dumps(value[:length] if isinstance(value, str) else value, ensure_ascii=False)
    elif isinstance(value, int) and abs(value) >= 10**40:
        text = f"a whole number of {value.bit_length()} bits"  # Python refuses to write very long ones in decimal
    elif isinstance(value, dict):
        pairs = [f"{str(key)[:length]} = {_item(one)}" for key, one in list(value.items())[:8]]
        text = "{ " + ", ".join(pairs + ["..."] * (len(value) > 8)) + " }" if value else "{}"
    elif isinstance(value, (list, tuple)):
        more = ", ..." if len(value) > 6 else ""
        text = "[" + ", ".join(_item(item) for item in value[:6]) + more + "]"
    elif isinstance(value, (int, float)):
        text = repr(value)
    else:
        moment = isinstance(value, (datetime.date, datetime.time))
        text = value.isoformat() if moment else f"a Python {type(value).__name__}"
    text = printable(text)
    return text if len(text) <= length else text[: length - 3] + "..."


def printable(text: str) -> str:
    """The text with whatever no terminal or file could take written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text)


def _item(value: object) -> str:
    if isinstance(value, (dict, list, tuple)):
        return "{...}" if isinstance(value, dict) else "[...]"
    return show(value, 20)


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None if none is near."""
    if not isinstance(name, str) or len(name) > 100:
        return None
    plain = {_plain(option): option for option in known if len(option) <= 100}
    close = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=0.6)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def near_miss(name: str, known: str) -> bool:
    """Is `name` most likely `known`, mistyped?

    One slip (two in a name of nine letters or more), not in the first letter. Numbered names (`cruise-1`,
    `cruise-2`) and short ones a letter apart (`srbm`, `slbm`) are different names; `drones` is `drone`.
    """
    if len(name) > 60 or len(known) > 60:
        return False
    if name == f"{known}s" or known == f"{name}s":
        return True
    if sorted(name) == sorted(known) and len(name) < 9:
        return len(name) > 2 and sum(a != b for a, b in zip(name, known, strict=True)) == 2 and _swapped(name, known)
    longest = max(len(name), len(known))
    if name[0] != known[0] or longest < 5 or _numbering(name, known):
        return False
    return _slips(name, known) <= (2 if longest >= 9 else 1)


def _swapped(one: str, other: str) -> bool:
    first = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    return one[first : first + 2] == other[first : first + 2][::-1]


def _numbering(one: str, other: str) -> bool:
    """Do they differ only in numbers, or in parts of one or two letters?"""
    ours, theirs = re.split(r"-|(?<=\D)(?=\d)", one), re.split(r"-|(?<=\D)(?=\d)", other)
    if len(ours) != len(theirs):
        longer, shorter = (ours, theirs) if len(ours) > len(theirs) else (theirs, ours)
        return longer[: len(shorter)] == shorter and all(
            len(part) < 3 or part.isdigit() for part in longer[len(shorter) :]
        )
    unlike = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    return all(all(part.isdigit() or len(part) < 3 for part in pair) for pair in unlike)


def _slips(one: str, other: str) -> int:
    """Letters added, dropped, replaced or swapped with a neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]


def listed(names: Iterable[str], most: int = 40) -> str:
    """Names for a message: `a, b, c`, cut after `most`."""
    names = list(names)
    return ", ".join(names[:most]) + (f", ... ({len(names)} in all)" if len(names) > most else "")


class Findings:
    """Collects faults of one tree of plain values and puts them in the order of that tree."""

    def __init__(self, tree: Any, file: str = ""):
        self.tree, self.file = tree, file
        self.kept: dict[Any, Any] = {}  # what the checks want to look up once
        self._found: dict[tuple[Loc, str], Fault] = {}
        self._places: set[Loc] = set()
        self._unkept = 0
        self._compared = 0
        self._names: dict[Loc, list[str | None]] = {}
        self._orders: dict[Loc, dict[str, int]] = {}

    def add(
        self,
        loc: Loc,
        message: str,
        *,
        allowed: str = "",
        options: Iterable[str] = (),
        name: object = None,
        value: Any = ...,
    ) -> None:
        """Note a fault at `loc` (keys and list indices from the root).

        Parameters
        ----------
        options : known names, searched for the one nearest to `name`, which is by default the value found
        value : what was found, if not the value at `loc`
        """
        self._places.add(loc)
        if self.full:
            self._unkept += 1
            return
        value = lookup(self.tree, loc) if value is ... else value
        options, sought = list(options), value if name is None else name
        self._compared += len(sought) * sum(map(len, options)) if isinstance(sought, str) else 0
        near = nearest(sought, options) if self._compared <= COMPARED else None
        self._found.setdefault((loc, message), Fault(self.place(loc), value, message, allowed, near, self.file))

    @property
    def full(self) -> bool:
        """Will further faults only be counted?"""
        return len(self._found) >= KEPT

    def at(self, loc: Loc) -> bool:
        """Has a fault been noted exactly there?"""
        return loc in self._places

    def raise_if_any(self) -> None:
        """Raise `Faults` with all that was found, if anything was."""
        if self._found:
            found = [fault for (loc, _), fault in sorted(self._found.items(), key=lambda item: self._order(item[0][0]))]
            if self._unkept:
                found.append(Fault("", ABSENT, f"{self._unkept} more faults are not listed", file=self.file))
            raise Faults(found)

    def place(self, loc: Loc) -> str:
        """The path of `loc` as people write it: an id where a table has one of its own, else its number in brackets."""
        text = ""
        for depth, key in enumerate(loc):
            if isinstance(key, int):
                names = self._ids(loc[:depth])
                name = names[key] if key < len(names) else None
                text += f"[{key}]" if name is None else f".{name}"
            else:
                bare = re.fullmatch(r"[A-Za-z0-9_-]{1,100}", key)
                text += ("." if text else "") + (key if bare else show(key))
        return text

    def _ids(self, loc: Loc) -> list[str | None]:
        """For a list of tables, the id of each that has a proper one which no other has."""
        if loc not in self._names:
            tables = lookup(self.tree, loc)
            names = [lookup(table, ("id",)) for table in tables] if isinstance(tables, list) else []
            names = [name if isinstance(name, str) and SLUG.fullmatch(name[:100]) else None for name in names]
            count = Counter(names)
            self._names[loc] = [name if count[name] == 1 else None for name in names]
        return self._names[loc]

    def _order(self, loc: Loc) -> list[float]:
        order: list[float] = []
        for depth, key in enumerate(loc):
            if isinstance(key, int):
                order.append(key)
            else:
                known = self._orders.get(loc[:depth])
                if known is None:
                    table = lookup(self.tree, loc[:depth])
                    known = {one: i for i, one in enumerate(table)} if isinstance(table, dict) else {}
                    self._orders[loc[:depth]] = known
                order.append(known.get(key, float("inf")))
        return order


def lookup(tree: Any, loc: Loc) -> Any:
    """The value at `loc`, or `ABSENT`."""
    for key in loc:
        if isinstance(tree, list) and isinstance(key, int):
            tree = tree[key] if key < len(tree) else ABSENT
        else:
            tree = tree.get(key, ABSENT) if isinstance(tree, dict) else ABSENT
    return tree

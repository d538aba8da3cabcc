"""Which raids belong to one campaign: the same attacker at the same defender, each within a fortnight of another.

Raids of one campaign share batteries, magazines and habits, so knowing one tells something about the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from salvo.past.read import Raid

DAYS = 14  # between two raids of one campaign at most; a chain of such steps may be longer


def campaigns(raids: Iterable[Raid]) -> dict[str, str]:
    """For each `raid_id` the name of its campaign: the `raid_id` that comes first in it by date.

    A raid without a date, or without a defender, is a campaign of its own. A blank attacker may be anybody.
    """
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    dated: dict[str, list[tuple[int, str, str]]] = {}  # of each defender: day, raid, attacker
    first: dict[str, int] = {}
    for raid in raids:
        parent.setdefault(raid.raid_id, raid.raid_id)
        day = _day(raid.date)
        if day is not None and raid.defender != "unknown":
            dated.setdefault(raid.defender, []).append((day, raid.raid_id, raid.attacker))
            first[raid.raid_id] = min(day, first.get(raid.raid_id, day))
    for rows in dated.values():
        last: dict[str, tuple[int, str]] = {}  # of each attacker
        for day, raid_id, attacker in sorted(rows):
            for other, (before, earlier) in last.items():
                if day - before <= DAYS and (attacker == other or not attacker or not other):
                    parent[root(raid_id)] = root(earlier)
            last[attacker] = day, raid_id
    groups: dict[str, list[str]] = {}
    for raid_id in parent:
        groups.setdefault(root(raid_id), []).append(raid_id)
    names = {}
    for group in groups.values():
        name = min(group, key=lambda one: (first.get(one, 0), one))
        names |= dict.fromkeys(group, name)
    return names


def _day(text: str) -> int | None:
    """Days from the first day of year 1, or None where the text is no full date."""
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return None

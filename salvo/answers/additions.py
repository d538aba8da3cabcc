"""More of a number of the defence: which numbers those are, and the change that adds to one."""

# What callers hand over is checked, whatever the annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from typing import Any

from salvo.faults import Fault, Faults
from salvo.format.fields import number, walk
from salvo.format.paths import find
from salvo.format.scenario import Scenario
from salvo.format.values import Uncertain

DEFENCE = ("batteries", "assets", "campaign")  # tables that a defender can change
PARTS = ("low", "mode", "high", "mean")  # of a law


def check_defence(path: str, value: Any) -> None:
    """See to it that a path is not of the attack. Raises Faults."""
    if not isinstance(path, str) or path.split(".")[0].split("[")[0] not in DEFENCE:
        allowed = "a number of a battery, an asset or the campaign"
        raise Faults([Fault(str(path), value, "is not the defender's to change", allowed)])


def plus(raid: Scenario, path: str, add: float) -> dict[str, Any]:
    """The change that adds to a number or to each value of a law, as far as their bounds; empty where nothing can be added.

    Raises
    ------
    Faults : the path leads nowhere, or a part is added to a whole number
    """
    loc, old = find(raid, path)
    if isinstance(old, Uncertain):
        law: dict[str, Any] = old.model_dump(by_alias=True, exclude_unset=True) | {"scope": old.scope}
        moved = {name: min(1.0, max(0.0, law[name] + add)) for name in PARTS if name in law}
        return {path: law | moved} if any(law[name] != value for name, value in moved.items()) else {}
    bound = number(walk(type(raid), loc))
    if old is None or bound is None:
        return {}
    if bound.whole and add % 1:
        raise Faults([Fault(path, add, "not a whole number", "a whole number other than 0")])
    new = min(max(old + add, bound.low), bound.high)
    return {} if new == old else {path: int(new) if bound.whole else new}


def moved(raid: Scenario, path: str, add: float) -> tuple[float, float]:
    """The least and the most by which `plus` moves a number, or the values of a law; rounded as people write numbers."""
    _, old = find(raid, path)
    new = plus(raid, path, add).get(path, old)
    if isinstance(old, Uncertain):
        before = old.model_dump(by_alias=True, exclude_unset=True)
        steps = (
            [float(f"{new[name] - before[name]:.12g}") for name in PARTS if name in before] if new is not old else [0]
        )
    else:
        steps = [new - old if isinstance(old, int) else float(f"{new - old:.12g}")]
    return min(steps, key=abs), max(steps, key=abs)

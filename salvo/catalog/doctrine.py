"""How batteries fire: a doctrine in the field's words, such as shoot-look-shoot, written into a scenario."""

from __future__ import annotations

from typing import Any

from salvo.catalog.load import Loadable, load
from salvo.faults import Fault, Faults
from salvo.format.scenario import Scenario

ALLOWED = '"shoot" and "look", joined by hyphens, such as shoot-look-shoot; or their letters, such as sls'


def doctrine(scenario: Loadable, plan: str, *, batteries: str = "*", against: str = "*") -> Scenario:
    """The scenario with another doctrine of fire.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    plan : "shoot" and "look" in order: "shoot" is one round and no second try, "shoot-shoot" a salvo of two,
        "shoot-look-shoot" one round, an assessment, and one more if the threat lives. Where it ends in "look", the last salvo is
        repeated for as long as the window allows: "shoot-shoot-look" fires pairs until the threat is dead. "sls" is shoot-look-shoot.
    batteries, against : which batteries, and which classes or threat groups of theirs; `*` stands for any name

    Raises
    ------
    Faults : a bad scenario, a plan that is none, or names that fit nothing

    Notes
    -----
    The rounds of each salvo become `salvo`, their number `looks` (docs/model.md, section 2). Whether there is time for a second
    look is the window's and the cycle's to say, as before.
    """
    raid = load(scenario)
    salvos, repeated = _read(plan)
    place = f"batteries.{batteries}.against.{against}"
    changes: dict[str, Any] = {f"{place}.salvo": salvos, f"{place}.looks": None if repeated else len(salvos)}
    return raid.replace(changes)


def _read(plan: str) -> tuple[list[int], bool]:
    """Rounds of each salvo, and whether the last one is repeated."""
    text = plan.strip().lower() if isinstance(plan, str) else ""
    words = text.split("-") if "-" in text or text in ("shoot", "look") else list(text)
    letters = "".join({"shoot": "s", "look": "l"}.get(word, word or "?") for word in words)
    salvos = letters.split("l")
    repeated = letters.endswith("l")
    counts = [len(salvo) for salvo in salvos[: len(salvos) - repeated]]
    if set(letters) - {"s", "l"} or not counts or 0 in counts or max(counts) > 100:
        raise Faults([Fault("plan", plan, "not a doctrine of fire", ALLOWED)])
    return counts, repeated

"""One raid, for a game: trial 0 of a seed."""

from __future__ import annotations

from dataclasses import dataclass, fields

from salvo.answers.answer import Row
from salvo.answers.replay import Replay, replay
from salvo.catalog.load import Loadable
from salvo.limits import SEED


@dataclass(frozen=True, repr=False)
class Roll(Replay):
    """One raid, as an umpire's dice would have it: its outcome in a sentence, and its events as a log."""

    question, function = "roll", "roll"

    def arguments(self) -> Row:
        """Keyword arguments of `roll` that give the same raid."""
        return {"seed": self.seed, **({"raid": self.raid} if self.raid else {})}

    def words(self) -> list[str]:
        """The same as options of the command, with the log."""
        return [*super().words(), "--log"]


def roll(scenario: Loadable, seed: int = SEED, *, raid: int = 0) -> Roll:
    """Play one raid: another seed is another raid, and the same seed is always the same one.

    It is trial 0 of the seed, so `replay(scenario, seed=seed, trial=0)` is the same raid, and the first trial of `simulate`.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    seed : 0 to 2^48 - 1
    raid : which raid of a campaign, from 0; those before it are played, too

    Raises
    ------
    Faults : a bad scenario or bad arguments, every fault at once
    """
    found = replay(scenario, seed=seed, trial=0, raid=raid)
    return Roll(**{field.name: getattr(found, field.name) for field in fields(Replay)})

"""One threat of one raid: where its flight ended and what was done about it."""

from __future__ import annotations

from typing import NamedTuple

from salvo.format import names

FAILED, MISSED, HIT, EXPIRED = "failed", "missed", "hit", "expired"  # ends that are no layer


class Flight(NamedTuple):
    """One threat of a raid.

    Parameters
    ----------
    group : id of its group
    class_ : its class
    decoy : is it a decoy?
    number : its place among all of its class (decoys apart), from 1
    end : "failed", "missed", "hit", "expired" (a decoy), or the layer that stopped it
    time_s : of the end, seconds of the raid
    battery : id of the battery that stopped it
    asset : id of its asset where it came so far
    story : what was done about it, in a sentence
    """

    group: str
    class_: str
    decoy: bool
    number: int
    end: str
    time_s: float
    battery: str | None
    asset: str | None
    story: str

    @property
    def key(self) -> str:
        """Tells it from every other threat of its raid."""
        return f"{self.class_} {'decoy' if self.decoy else 'threat'} {self.number}"

    @property
    def name(self) -> str:
        """Such as 'Ballistic 38'."""
        return f"{'Decoy' if self.decoy else names.label(self.class_)} {self.number}"

"""One raid, event by event, as the kernel played it; and channels and magazines over time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.given import take
from salvo.catalog.load import Loadable
from salvo.engine.players import Player
from salvo.engine.records import Scratch
from salvo.faults import Fault, Faults
from salvo.format.scenario import Scenario
from salvo.kernels.codes import FAILED, LATE, NEVER, ON_TARGET, STOPPED
from salvo.limits import SEED
from salvo.report.sheets import Sheet
from salvo.wording import clock, number, plural

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

COUNTS = ("leakers", "hits", "failed", "stopped", "engaged")

# Within one tick, in the order of rule R5; an outcome in the same tick as its commit comes after the commit.
_OUTCOME, _ASSESSMENT, _COMMIT, _SETTLED_AT_ONCE, _IMPACT, _LOSS = range(6)


class Event(NamedTuple):
    """Something that happened in a trial.

    `kind` is one of: fires, kills, suppresses, survives (all rounds of a salvo failed), called dead (a live threat, wrongly), called
    alive (a dead one, wrongly), hits, misses (its asset, by itself), expires (a decoy), fails, battery lost.
    """

    time_s: float
    kind: str
    threat: str | None  # id of its group
    rank: int | None  # place in the group, from 0
    battery: str | None
    shots: int | None  # of a salvo
    asset: str | None  # hit, missed, or lost
    rounds_left: int | None  # in the battery's magazine; None: unlimited, or no battery
    busy: int | None  # channels of the battery in use


@dataclass(frozen=True, repr=False)
class Replay(Answer):
    """A trial, event by event, and its row of columns (salvo.engine.columns), by name.

    `arrivals`: moment, in seconds, at which each threat meets its asset unless it is stopped, by group and rank.
    """

    question, function = "replay", "replay"

    scenario: Scenario
    seed: int
    trial: int
    events: tuple[Event, ...]
    columns: dict[str, np.ndarray] = field(compare=False)  # scenario, seed, trial and raid say what they are
    raid: int = 0
    seconds: float = 0.0
    arrivals: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float], repr=False)
    loaded: dict[str, int] = field(default_factory=dict[str, int], repr=False)

    @property
    def leakers(self) -> int:
        """Real threats that nothing stopped."""
        return int(self.columns["leakers"])

    @property
    def hits(self) -> int:
        """Leakers that hit their asset."""
        return int(self.columns["hits"])

    def values(self) -> Row:
        """The outcome and the events as plain JSON values."""
        counts = {name: int(self.columns[name]) for name in COUNTS}
        fired = dict(zip((b.id for b in self.scenario.batteries), self.columns["fired"].tolist(), strict=True))
        return {
            "seed": self.seed,
            "trial": self.trial,
            "raid": self.raid,
            **counts,
            "fired": fired,
            "events": [event._asdict() for event in self.events],
        }

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """The events in order."""
        return {"events": lambda: (event._asdict() for event in self.events)}

    def explain(self) -> str:
        """The outcome of this one raid in a sentence."""
        launched = self.scenario.launched.real
        through = "nothing gets through" if not self.leakers else f"{number(self.leakers)} of {launched:,} get through"
        struck = (
            ""
            if not self.leakers
            else f" and {number(self.hits) if self.hits else 'none'} of them {plural(self.hits, 'hits', 'hit')}"
        )
        fired = int(self.columns["fired"].sum())
        rounds = f"{fired:,} {plural(fired, 'round is', 'rounds are')} fired"
        which = f"raid no. {self.trial:,}"
        if self.scenario.campaign is not None:
            which = f"raid {self.raid + 1} of {self.scenario.campaign.raids} of campaign no. {self.trial:,}"
        return f"In {which} (seed {self.seed}), {through}{struck}; {rounds}. One raid of many: another ends otherwise."

    def draw(self, sheet: Sheet) -> None:
        """The outcome, and the events as a log."""
        sheet.heading(self.title())
        sheet.text(self.explain())
        sheet.heading("Event by event" if self.events else "")
        if self.events:
            sheet.grid(
                ["at", "who", "what", "rounds left", "busy"], [_line(event) for event in self.events], wrap=False
            )

    def charts(self) -> Charts:
        """The lanes of batteries and assets."""

        def lanes(theme: Theme) -> Figure:
            from salvo import charts

            events = [(event.time_s, event.kind, event.battery or event.asset or "") for event in self.events]
            order = list(dict.fromkeys(lane for _, _, lane in events))
            return charts.lanes(events, order, max((event.time_s for event in self.events), default=0.0), theme)

        return {"lanes": lanes}

    def arguments(self) -> Row:
        """Keyword arguments of `replay` that give the same raid."""
        return {"seed": self.seed, "trial": self.trial, **({"raid": self.raid} if self.raid else {})}


def _line(event: Event) -> list[str]:
    """One line of the log."""
    who = event.battery or event.asset or ""
    target = "" if event.threat is None else f" {event.threat} {event.rank}"
    shots = "" if event.kind != "fires" else f" {event.shots} at"
    kind = {"fires": "fires"}.get(event.kind, event.kind)
    what = f"{kind}{shots}{target}" if event.battery else f"{event.threat} {event.rank} {event.kind}"
    left = "" if event.rounds_left is None else f"{event.rounds_left:,}"
    return [clock(event.time_s), who, what, left, "" if event.busy is None else str(event.busy)]


@dataclass(frozen=True)
class Timeline:
    """Channels busy and rounds left over time, as means over trials: for each battery an array of shape (points,).

    `busy` lacks the batteries that borrow their channels, which are busy as their lender's; `rounds` those whose magazines are
    borrowed or unlimited. Of a campaign it is the first raid.
    """

    time_s: np.ndarray
    busy: dict[str, np.ndarray]
    rounds: dict[str, np.ndarray]


class _Recorder:
    """Plays single trials with the engagement log switched on."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.player = Player(scenario, seed, threads=1)
        self.tables, self.layout = self.player.plan.tables, self.player.layout
        self.batteries = [scenario.batteries[k] for k in scenario.in_dispatch_order]
        self.scratch: Scratch = self.player.plan.start

    def play(self, trial: int, raid: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """(row of columns, engagements): int64 of shapes (columns,) and (n, 9), in the order of commits."""
        row, engagements, self.scratch = self.player.recorded(trial, raid=raid)
        return row, engagements


def replay(scenario: Loadable, *, seed: int = SEED, trial: int = 0, raid: int = 0) -> Replay:
    """Play one trial of a seed again and tell what happened, in order.

    The kernel plays it as in `simulate`; its log of engagements and the state it leaves behind are all that is used.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    trial : its number, from 0
    raid : index of the raid in its campaign, from 0

    Raises
    ------
    Faults : a bad scenario or bad arguments, every fault at once
    """
    asked = take(scenario, seed=seed, trial=trial, raid=raid)
    raids = asked.campaign.raids if asked.campaign else 1
    if raid >= raids:
        allowed = f"0 to {raids - 1}" if asked.campaign else "0: the scenario has no [campaign]"
        raise Faults([Fault("raid", raid, "no such raid in this scenario", allowed)])
    began = time.perf_counter()
    recorder = _Recorder(asked, int(seed))
    row, engagements = recorder.play(int(trial), int(raid))
    found = _engagement_events(recorder, engagements) + _impact_events(recorder)
    found.sort(key=lambda item: item[:2])
    columns = {
        name: row[recorder.layout.slices[name]].reshape(recorder.layout.shapes[name]) for name in recorder.layout
    }
    events = tuple(_with_stocks(recorder, engagements, found))
    ticks = recorder.scratch.time.tolist()
    arrivals = {_name(recorder, i): tick / 1000 for i, tick in enumerate(ticks)}
    stocks = [(one.id, int(n)) for one, n in zip(recorder.batteries, recorder.scratch.batteries["loaded"], strict=True)]
    loaded = {id: rounds for id, rounds in stocks if rounds >= 0}
    seconds = time.perf_counter() - began
    return Replay(asked, int(seed), int(trial), events, columns, int(raid), seconds, arrivals, loaded)


_Found = tuple[int, int, Event]


def _name(recorder: _Recorder, i: int) -> tuple[str, int]:
    """Group and rank of the threat that stands at place i, where threats stand by arrival."""
    return recorder.scenario.threats[int(recorder.tables.group_of[i])].id, int(recorder.scratch.rank[i])


def _engagement_events(recorder: _Recorder, engagements: np.ndarray) -> list[_Found]:
    found: list[_Found] = []
    gone: set[int] = set()  # threats stopped by an earlier engagement
    rows: list[list[int]] = engagements.tolist()
    for t, i, b, _look, shots, stopped_at, assessed, _released, dead in rows:
        battery = recorder.batteries[b]
        threat, rank = _name(recorder, i)

        def add(
            tick: int, phase: int, kind: str, of: tuple[str, int, str, int] = (threat, rank, battery.id, shots)
        ) -> None:
            found.append((tick, phase, Event(tick / 1000, kind, *of, None, None, None)))

        add(t, _COMMIT, "fires")
        if stopped_at != -NEVER:
            at_once = stopped_at == t
            add(
                stopped_at,
                _SETTLED_AT_ONCE if at_once else _OUTCOME,
                "suppresses" if battery.effect == "suppress" else "kills",
            )
        elif i not in gone:
            add(assessed, _ASSESSMENT, "survives")
        if stopped_at != -NEVER:
            gone.add(i)
        if i in gone and not dead:
            add(assessed, _ASSESSMENT, "called alive")
        if i not in gone and dead:
            add(assessed, _ASSESSMENT, "called dead")
    return found


def _impact_events(recorder: _Recorder) -> list[_Found]:
    found: list[_Found] = []
    scratch, scenario = recorder.scratch, recorder.scenario
    ends: list[list[int]] = [scratch.flags.tolist(), scratch.time.tolist(), scratch.asset.tolist()]
    for i, (flags, tick, a) in enumerate(zip(*ends, strict=True)):
        threat, rank = _name(recorder, i)
        asset = scenario.assets[int(a)].id
        if flags & STOPPED:
            continue
        if scenario.threats[int(recorder.tables.group_of[i])].decoy:
            kind = "expires"
        elif flags & (FAILED | LATE):
            kind = "fails"
        else:
            kind = "hits" if flags & ON_TARGET else "misses"
        found.append((tick, _IMPACT, Event(tick / 1000, kind, threat, rank, None, None, asset, None, None)))
    disabled, lost_after = scratch.batteries["disabled"], recorder.tables.batteries["lost_after"]
    for b, lost_at in enumerate(scratch.batteries["lost_at"].tolist()):
        if lost_at != NEVER and 0 < lost_after[b] <= disabled[b]:  # and not its lender
            battery = recorder.batteries[b].id
            found.append(
                (lost_at, _LOSS, Event(lost_at / 1000, "battery lost", None, None, battery, None, None, None, None))
            )
    return found


def _with_stocks(recorder: _Recorder, engagements: np.ndarray, found: list[_Found]) -> list[Event]:
    """The events, each with the rounds left in its battery's magazine and the channels busy, its lender's where it borrows."""
    place = {battery.id: b for b, battery in enumerate(recorder.batteries)}
    channels_of: list[int]
    magazine: list[int]
    channels_of, magazine = (recorder.tables.batteries[name].tolist() for name in ("channels_of", "magazine"))
    rounds = [int(n) for n in recorder.scratch.batteries["loaded"]]
    busy = [0] * len(rounds)
    releases = sorted((int(released), channels_of[int(b)]) for _t, _i, b, *_, released, _dead in engagements.tolist())
    freed = 0
    events: list[Event] = []
    for tick, phase, event in found:
        # Releases come before the commits of their tick, and after the outcomes of salvos that are still in flight.
        while freed < len(releases) and (
            releases[freed][0] < tick or (releases[freed][0] == tick and phase >= _ASSESSMENT)
        ):
            busy[releases[freed][1]] -= 1
            freed += 1
        if event.battery is None:
            events.append(event)
            continue
        b = place[event.battery]
        if event.kind == "fires":
            assert event.shots is not None
            busy[channels_of[b]] += 1
            if rounds[magazine[b]] >= 0:
                rounds[magazine[b]] -= event.shots
        left = rounds[magazine[b]]
        events.append(event._replace(rounds_left=left if left >= 0 else None, busy=busy[channels_of[b]]))
    return events


def timeline(scenario: Loadable, *, seed: int = SEED, trials: int = 100, points: int = 121) -> Timeline:
    """Channels busy and rounds left at `points` equally spaced times, as means over trials 0 .. trials - 1.

    The times span all engagements of these trials.
    """
    recorder = _Recorder(take(scenario, seed=seed, trials=trials, points=points), int(seed))
    logs = [recorder.play(trial)[1] for trial in range(trials)]
    every = np.concatenate(logs)
    first, last = (int(every[:, 0].min()), int(every[:, 7].max())) if len(every) else (0, 1000)
    ticks = np.linspace(first, last, points)
    batteries = recorder.tables.batteries
    busy: dict[str, np.ndarray] = {}
    rounds: dict[str, np.ndarray] = {}
    for b, battery in enumerate(recorder.batteries):
        mine = every[batteries["channels_of"][every[:, 2]] == b]
        began = np.sort(mine[:, 0])
        ended = np.sort(mine[:, 7])
        started = np.searchsorted(began, ticks, side="right")
        if not battery.channels_of:
            busy[battery.id] = (started - np.searchsorted(ended, ticks, side="right")) / trials
        if batteries[b].interceptors >= 0:
            mine = every[batteries["magazine"][every[:, 2]] == b]
            order = np.argsort(mine[:, 0], kind="stable")
            fired = np.concatenate(([0], np.cumsum(mine[order, 4])))
            started = np.searchsorted(mine[order, 0], ticks, side="right")
            rounds[battery.id] = int(batteries[b].interceptors) - fired[started] / trials
    return Timeline(ticks / 1000, busy, rounds)

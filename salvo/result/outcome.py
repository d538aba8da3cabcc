"""The numbers of a simulation: tallies with meaning. Each is a mean, a proportion, a ratio or a distribution with its error.

The keys of `Outcome.values()` are the contract of docs/model.md, section 6; the attributes carry the same names, so that
what is read in the JSON can be typed in Python. `salvo.Result` adds words, charts and files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from salvo import intervals
from salvo.engine.columns import REASONS
from salvo.format.kinds import is_list, is_table
from salvo.format.scenario import Launched, real_classes
from salvo.format.tables import absent
from salvo.result import money
from salvo.result.money import Amount, Costs, at, counted
from salvo.result.quantities import CountDistribution, Mean, Proportion, Ratio, Sums
from salvo.version import MODEL, __version__

if TYPE_CHECKING:
    from salvo.engine.tally import Tally
    from salvo.exact.answer import Exact
    from salvo.format.scenario import Scenario
    from salvo.format.tables import Battery

MS = 1000


class Precision(NamedTuple):
    """A wished precision: the 95 % half-width of mean leakers as a share of the mean. `why` says what is missing where it is not met."""

    target: float
    reached: float | None  # None where no trial had a leaker
    met: bool
    why: str | None = None


@dataclass(frozen=True)
class ClassOutcome:
    """One class of real threats; `launched` in threats a trial."""

    launched: int
    leakers: CountDistribution
    hits: CountDistribution


@dataclass(frozen=True)
class Fates:
    """What became of one threat group, in threats a trial. `killed` is by battery with effect kill."""

    launched: int
    failed: Mean
    failed_late: Mean
    suppressed: Mean
    killed: dict[str, Mean]
    missed: Mean
    hit: Mean
    expired: Mean
    engaged: Mean


@dataclass(frozen=True)
class BatteryUse:
    """What one battery did, in rounds, threats and channels a trial. None: unlimited, borrowed, or never dry."""

    fired: CountDistribution
    left: Mean | None
    redundant: Mean
    p_dry: Proportion | None
    dry_at_s: Mean | None
    kills: Mean
    engagements: Mean
    busy_peak: Mean | None


@dataclass(frozen=True)
class AssetOutcome:
    """What befell one asset: hits a raid, and whether it was disabled."""

    hits: CountDistribution
    p_disabled: Proportion


@dataclass(frozen=True)
class Disabled:
    """How many assets are disabled at the end; `at_least[k]` is the probability of k or more."""

    count: CountDistribution

    @property
    def at_least(self) -> list[float]:
        """P(0 or more), P(1 or more), ..., up to the largest count seen."""
        return [self.count.at_least(k).p for k in range(self.count.largest + 1)]

    def to_dict(self) -> dict[str, Any]:
        """The distribution with `at_least`, as plain JSON values."""
        return self.count.to_dict() | {"at_least": self.at_least}


@dataclass(frozen=True)
class RaidOutcome:
    """One raid of a campaign; `left` in rounds after it and before the resupply."""

    leakers: CountDistribution
    hits: CountDistribution
    left: dict[str, Mean]
    p_unmet: dict[str, Proportion]


@dataclass(frozen=True)
class FirstRaid:
    """In which raid something happens for the first time: `pmf[k]` is the probability of the raid with index k."""

    pmf: list[float]
    never: float


@dataclass(frozen=True)
class CampaignOutcome:
    """A campaign raid by raid (docs/model.md, section 6)."""

    raids: list[RaidOutcome]
    first_leaker: FirstRaid
    first_dry: dict[str, FirstRaid]


@dataclass(frozen=True)
class Rates:
    """Shares of real threats that did no harm, by the three denominators in use. None: nothing below the line."""

    of_launched: Ratio | None
    of_arriving: Ratio | None
    of_engaged: Ratio | None


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """What trials of a scenario came to.

    Parameters
    ----------
    scenario : Scenario
        What was played.
    tally : Tally
        Sums, histograms and cross products over the trials.
    seed : int
        Seed of the luck: the same scenario, seed and trials give the same result on any machine.
    seconds : float
        Wall-clock time of the simulation, compilation apart.
    device : str
        "cpu" or "cuda".
    threads : int
        Worker threads used.
    precision : Precision, optional
        Where the number of trials followed from `precision=`.
    stopped : str, optional
        "interrupted" where the run was broken off; the result is then that of the finished trials.
    against_record : bool
        Whether what the record of past raids makes of it is shown beside it (docs/validation.md).
    asks : tuple of str
        Events whose probabilities were asked for, such as "hits>=9".
    """

    scenario: Scenario
    tally: Tally
    seed: int
    seconds: float
    device: str = "cpu"
    threads: int = 1
    precision: Precision | None = None
    stopped: Literal["interrupted"] | None = None
    against_record: bool = False
    asks: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        """The same numbers of the same scenario and seed; how long they took, and on what, makes no difference."""
        if not isinstance(other, type(self)):
            return NotImplemented
        mine, theirs = ((one.scenario, one.seed, one.precision, one.stopped) for one in (self, other))
        return mine == theirs and self.tally == other.tally

    def __hash__(self) -> int:
        return hash((self.scenario, self.seed, self.trials))

    @property
    def trials(self) -> int:
        """Trials that the numbers stand on."""
        return int(self.tally.n)

    @property
    def launched(self) -> Launched:
        """Threats in one trial: in one raid, or in all raids of a campaign."""
        return Launched(*(self.raids * count for count in self.scenario.launched))

    @property
    def raids(self) -> int:
        """Raids in one trial."""
        return self.scenario.campaign.raids if self.scenario.campaign else 1

    @cached_property
    def leakers(self) -> CountDistribution:
        """Real threats that nothing stopped, a trial."""
        return self._distributions("leakers", [self.launched.real])[0]

    @cached_property
    def hits(self) -> CountDistribution:
        """Leakers that hit their asset, a trial."""
        return self._distributions("hits", [self.launched.real])[0]

    @property
    def no_leakers(self) -> Proportion:
        """Share of trials in which nothing got through."""
        return self.leakers.exactly(0)

    @property
    def no_hits(self) -> Proportion:
        """Share of trials in which nothing hit."""
        return self.hits.exactly(0)

    @cached_property
    def by_class(self) -> dict[str, ClassOutcome]:
        """Outcome for each class of real threats."""
        launched = dict.fromkeys(real_classes(self.scenario), 0)
        for threat in self.scenario.threats:
            if not threat.decoy:
                launched[threat.class_] += self.raids * threat.count
        most = list(launched.values())
        leakers, hits = self._distributions("class_leakers", most), self._distributions("class_hits", most)
        return {name: ClassOutcome(count, leakers[c], hits[c]) for c, (name, count) in enumerate(launched.items())}

    @cached_property
    def fates(self) -> dict[str, Fates]:
        """Fates of each threat group: launched = failed + suppressed + killed + missed + hit (+ expired: decoys)."""
        batteries = list(enumerate(self.scenario.batteries))
        flown = [self.raids * threat.count for threat in self.scenario.threats]
        return {
            threat.id: Fates(
                launched=flown[g],
                failed=self._mean("g_failed", g, flown[g]),
                failed_late=self._mean("g_failed_late", g, flown[g]),
                suppressed=self._mean("g_suppressed", g, flown[g]),
                killed={
                    y.id: self._mean("g_stopped", g * len(batteries) + b, flown[g])
                    for b, y in batteries
                    if y.effect == "kill"
                },
                missed=self._mean("g_missed", g, flown[g]),
                hit=self._mean("g_hit", g, flown[g]),
                expired=self._mean("g_expired", g, flown[g]),
                engaged=self._mean("g_engaged", g, flown[g]),
            )
            for g, threat in enumerate(self.scenario.threats)
        }

    @cached_property
    def why_leaked(self) -> dict[str, dict[str, Mean]]:
        """The one reason of each leaker, by threat group (all 0 for decoys, which do not leak)."""
        groups = len(self.scenario.threats)
        return {
            threat.id: {
                reason: self._mean("g_why", r * groups + g, self.raids * threat.count)
                for r, reason in enumerate(REASONS)
            }
            for g, threat in enumerate(self.scenario.threats)
        }

    @cached_property
    def batteries(self) -> dict[str, BatteryUse]:
        """What each battery did, by its id."""
        fired = self._distributions("fired", [self._most_rounds(battery) for battery in self.scenario.batteries])
        found: dict[str, BatteryUse] = {}
        for b, battery in enumerate(self.scenario.batteries):
            limited = battery.interceptors is not None
            loaded = battery.count * (battery.interceptors or 0)
            timed = self.raids == 1 or (
                self.scenario.campaign is not None and self.scenario.campaign.interval_s is not None
            )
            found[battery.id] = BatteryUse(
                fired=fired[b],
                left=self._mean("left", b, loaded) if limited else None,
                redundant=self._mean("redundant", b),
                p_dry=Proportion(at(self.tally.sum("dry"), b), self.trials) if limited else None,
                dry_at_s=self._dry_at(b) if battery.interceptors and timed else None,
                kills=self._mean("kills", b, self.launched.real + self.launched.decoys),
                engagements=self._mean("engagements", b),
                busy_peak=None if battery.channels_of else self._mean("busy_peak", b),
            )
        return found

    @cached_property
    def assets(self) -> dict[str, AssetOutcome]:
        """What befell each asset, by its id."""
        hits = self._distributions("asset_hits", [self.launched.real] * len(self.scenario.assets))
        disabled = self.tally.sum("disabled")
        return {
            asset.id: AssetOutcome(hits[a], Proportion(at(disabled, a), self.trials))
            for a, asset in enumerate(self.scenario.assets)
        }

    @cached_property
    def disabled(self) -> Disabled | None:
        """How many assets are disabled at the end; None where no asset has a damage rule."""
        if all(asset.hits_to_disable is None and asset.destroyed_by_hit is None for asset in self.scenario.assets):
            return None
        return Disabled(self._distributions("assets_disabled", [len(self.scenario.assets)])[0])

    @cached_property
    def campaign(self) -> CampaignOutcome | None:
        """The campaign raid by raid; None where the scenario has none."""
        tally, n = self.tally.campaign, self.trials
        if tally is None:
            return None
        gone = absent(self.scenario.batteries)
        here = [(b, y) for b, y in enumerate(self.scenario.batteries) if y.id not in gone]
        owners = [(b, y) for b, y in here if y.interceptors is not None]

        def left(raid: int, b: int, battery: Battery) -> Mean:
            loaded = battery.count * (battery.interceptors or 0)
            return Mean.of(Sums(n, int(tally.left[raid, b]), int(tally.left_squares[raid, b]), loaded))

        return CampaignOutcome(
            raids=[
                RaidOutcome(
                    leakers=CountDistribution(tally.leakers[raid].tolist(), self.scenario.launched.real),
                    hits=CountDistribution(tally.hits[raid].tolist(), self.scenario.launched.real),
                    left={y.id: left(raid, b, y) for b, y in owners},
                    p_unmet={y.id: Proportion(int(tally.unmet[raid, b]), n) for b, y in here},
                )
                for raid in range(self.raids)
            ],
            first_leaker=_first_raid(tally.first_leaker.tolist(), n),
            first_dry={y.id: _first_raid(tally.first_dry[b].tolist(), n) for b, y in owners},
        )

    @cached_property
    def rates(self) -> Rates:
        """The three shares that published claims use, real threats only."""
        launched = self.launched.real
        harmless, stopped = counted("failed", "stopped"), counted("stopped")
        return Rates(
            of_launched=self._share("of_launched", harmless, Amount() if not launched else counted(constant=launched)),
            of_arriving=self._share("of_arriving", stopped, counted("failed_early", weight=-1, constant=launched)),
            of_engaged=self._share("of_engaged", stopped, counted("engaged")),
        )

    @property
    def cost_usd(self) -> Costs:
        """Money, in US dollars a trial."""
        return self._money[0]

    @property
    def exact(self) -> Exact | None:
        """The exact law of the leakers and of the hits, where one is known and quickly found."""
        return None if isinstance(self._exact, str) else self._exact

    @property
    def exact_why_not(self) -> str | None:
        """Why there is no exact law, in a clause; None where there is one."""
        return self._exact if isinstance(self._exact, str) else None

    @cached_property
    def _exact(self) -> Exact | str:
        from salvo.exact.answer import QUICK, law_or_reason

        return law_or_reason(self.scenario, QUICK)

    @property
    def conservation_violations(self) -> int:
        """Trials' broken sums of fates; always 0."""
        return at(self.tally.sum("violations"), 0)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know before quoting a number."""
        found = list(self.scenario.notes) + self._money[1]
        n = self.trials
        if self.stopped == "interrupted":
            found.append(f"interrupted: the numbers stand on {_trials(n)} that {'was' if n == 1 else 'were'} finished")
        if self.precision is not None:
            found.append(_on_precision(self.precision, n))
        found += self._none_seen()
        if self.conservation_violations:
            times = "once" if self.conservation_violations == 1 else f"{self.conservation_violations:,} times"
            found.append(f"the sums of fates failed {times}: a fault of the program; please report it")
        return tuple(found)

    def probability(
        self,
        *,
        leakers: int | None = None,
        leakers_at_most: int | None = None,
        leakers_at_least: int | None = None,
        hits: int | None = None,
        hits_at_most: int | None = None,
        hits_at_least: int | None = None,
    ) -> Proportion:
        """Probability of one event, such as `probability(leakers=0)` or `probability(hits_at_least=8)`."""
        asked = [
            (self.leakers.exactly, leakers),
            (self.leakers.at_most, leakers_at_most),
            (self.leakers.at_least, leakers_at_least),
            (self.hits.exactly, hits),
            (self.hits.at_most, hits_at_most),
            (self.hits.at_least, hits_at_least),
        ]
        given = [(of, count) for of, count in asked if count is not None]
        if len(given) != 1:
            raise TypeError("ask for exactly one of leakers=, leakers_at_most=, leakers_at_least=, hits=, ...")
        of, count = given[0]
        return of(int(count))

    def values(self) -> dict[str, Any]:
        """The numbers as plain dictionaries, lists and numbers: docs/model.md, section 6."""
        return {
            "salvo": __version__,
            "model": MODEL,
            "schema": self.scenario.schema_,
            "scenario": self.scenario.name,
            "hash": self.scenario.hash,
            "seed": self.seed,
            "trials": self.trials,
            "device": self.device,
            "threads": self.threads,
            "seconds": self.seconds,
            "interrupted": self.stopped == "interrupted",
            "precision": None if self.precision is None else self.precision._asdict(),
            "launched": self.launched._asdict(),
            "leakers": self.leakers.to_dict(),
            "hits": self.hits.to_dict(),
            "no_leakers": self.no_leakers.to_dict(),
            "no_hits": self.no_hits.to_dict(),
            "by_class": _plain(self.by_class),
            "fates": _plain(self.fates),
            "why_leaked": _plain(self.why_leaked),
            "batteries": _plain(self.batteries),
            "assets": _plain(self.assets),
            "disabled": _plain(self.disabled),
            "rates": _plain(self.rates),
            "cost_usd": _plain(self.cost_usd),
            "campaign": _plain(self.campaign),
            "notes": list(self.notes),
            "exact": _plain(self.exact),
            "exact_why_not": self.exact_why_not,
            "conservation_violations": self.conservation_violations,
        }

    def _distributions(self, name: str, most: Sequence[int | None]) -> list[CountDistribution]:
        """Distribution of each element of a counted column; `most` is the largest count a trial can have, of each."""
        columns = self.tally.histograms(name)
        return [CountDistribution(counts, top) for counts, top in zip(columns, most, strict=True)]

    def _most_rounds(self, battery: Battery) -> int | None:
        """Rounds that a battery can fire in a trial; None for no limit."""
        owner = next((y for y in self.scenario.batteries if y.id == battery.interceptors_of), battery)
        if owner.interceptors is None:
            return None
        resupply = self.scenario.campaign.resupply.get(owner.id, 0) if self.scenario.campaign else 0
        return owner.count * (owner.interceptors + (self.raids - 1) * min(resupply, owner.interceptors))

    def _mean(self, name: str, k: int = 0, most: int | None = None) -> Mean:
        """Mean per trial of one count of the tally, at most `most` a trial; `k` is its place in C order."""
        total, squares = at(self.tally.sum(name), k), at(self.tally.sumsq(name), k)
        return Mean.of(Sums(self.trials, total, squares, most))

    def _dry_at(self, b: int) -> Mean | None:
        """Mean time in seconds at which a battery fired its last round, over the trials in which it did."""
        n = at(self.tally.sum("dry"), b)
        if n == 0:
            return None
        mean, se = intervals.mean_and_se(n, at(self.tally.sum("dry_at"), b), at(self.tally.sumsq("dry_at"), b))
        return Mean(mean / MS, None if se is None else se / MS)

    def _share(self, rate: str, above: Amount, below: Amount) -> Ratio | None:
        found = money.share(above, below, self.launched.real, self.tally)
        return None if found is None else replace(found, spread=self.tally.spread(rate))

    @cached_property
    def _money(self) -> tuple[Costs, list[str]]:
        return money.costs(self.scenario, self.tally)

    def _none_seen(self) -> list[str]:
        """Bounds where a share of 0 would read as 'impossible'."""
        if not self.launched.real:
            return []
        n, bound = self.trials, f"below {intervals.none_in(self.trials):.2g} (95 % bound)"
        trials = _trials(n)
        found: list[str] = []
        if self.leakers.largest == 0:
            found.append(f"no leaker in {trials}: the probability of one is {bound}")
        elif self.hits.largest == 0:
            found.append(f"no hit in {trials}: the probability of one is {bound}")
        every = trials if n == 1 else f"every one of {trials}"
        if self.hits.smallest > 0:
            found.append(f"{every} had a hit: the probability of a {self.scenario.word} without is {bound}")
        elif self.leakers.smallest > 0:
            found.append(f"{every} had a leaker: the probability of a {self.scenario.word} without is {bound}")
        return found


def _trials(n: int) -> str:
    return "the one trial" if n == 1 else f"the {n:,} trials"


def _on_precision(precision: Precision, trials: int) -> str:
    asked = f"asked for mean leakers within {precision.target:.2%} (95 %)"
    share = precision.reached
    reached = "too few leakers to measure a precision" if share is None else f"reached {share:.2%}"
    return f"{asked}: {reached} after {trials:,} trial{'s' if trials != 1 else ''}" + (
        "" if precision.met else f"; the target was not met{': ' + precision.why if precision.why else ''}"
    )


def _first_raid(counts: list[int], trials: int) -> FirstRaid:
    """From the numbers of trials in which it came first in each raid, and then in none."""
    *happened, never = (count / trials for count in counts)
    return FirstRaid(happened, never)


def _plain(thing: Any) -> Any:
    """Dataclasses and dictionaries of them as plain data."""
    if hasattr(thing, "to_dict"):
        return thing.to_dict()
    if is_list(thing):
        return [_plain(value) for value in thing]
    if is_table(thing):
        return {key: _plain(value) for key, value in thing.items()}
    if is_dataclass(thing):
        return {f.name: _plain(getattr(thing, f.name)) for f in fields(thing)}
    return thing

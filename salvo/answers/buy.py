"""What a budget buys best: the mix of options that leaves the fewest hits, or the least of whatever is to be small."""

# What callers hand over is checked, whatever the annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from typing import TYPE_CHECKING, Any

import numpy as np

from salvo.answers.additions import check_defence, plus
from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.asks import Ask, read_ask
from salvo.answers.given import take
from salvo.answers.measures import chosen
from salvo.answers.progress import Progress, Report, reporter
from salvo.answers.variants import Estimated, Variants, estimated, saved
from salvo.catalog.load import Loadable
from salvo.faults import Fault, Faults
from salvo.format.offers import Offer, Offers, read_offers
from salvo.format.scenario import Scenario
from salvo.limits import SEED, TRIALS
from salvo.report.sheets import Sheet
from salvo.wording import count_of

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

Mix = tuple[int, ...]  # how many of each option, in their order
ALL = 200  # affordable mixes up to which every one is tried
FEW, COARSE = (
    24,
    10,
)  # mixes up to which each gets all trials; with more, all get a tenth, and the best so many get the rest
LEAST = 200  # trials of a coarse look, at least
SHORT = {"damage": "cost_usd.damage"}


@dataclass(frozen=True)
class Purchase:
    """A mix, what it costs, and what it leaves."""

    mix: dict[str, int]
    cost_usd: float
    value: Estimated

    def to_dict(self) -> Row:
        """The purchase as plain JSON values."""
        return {"cost_usd": self.cost_usd, "mix": self.mix, "value": self.value.to_dict()}

    def __str__(self) -> str:
        return words(self.mix)


@dataclass(frozen=True, repr=False)
class Buy(Answer):
    """What `buy` found.

    Attributes
    ----------
    best : the mix that leaves least; among mixes that the simulation cannot tell from it, the cheapest
    saved : what it takes away from what is left without it, on the same luck
    ties : other mixes of the same cost that cannot be told from it
    frontier : what smaller budgets buy best, the cheapest first; nothing bought is the first of them
    tried : mixes that were played; all that are affordable where `every` is true
    """

    question, function = "buy", "buy"

    scenario: Scenario
    offers: tuple[Offer, ...]
    budget_usd: float
    minimise: str
    best: Purchase
    saved: Estimated
    ties: tuple[dict[str, int], ...]
    frontier: tuple[Purchase, ...]
    tried: int
    every: bool
    seed: int
    trials: int
    seconds: float
    file: str = "options.toml"  # where the options came from, or may be written to

    @property
    def chosen(self) -> int:
        """Where the best mix stands in the frontier."""
        return next(k for k, one in enumerate(self.frontier) if one.mix == self.best.mix)

    def changes(self) -> dict[str, Any]:
        """What the best mix changes in the scenario, as `Scenario.replace` takes it."""
        counts = tuple(self.best.mix.get(offer.id, 0) for offer in self.offers)
        return _changes(self.scenario, self.offers, counts)

    def values(self) -> Row:
        """The mix, its ties and the frontier under the keys of the JSON."""
        return {
            "minimise": self.minimise,
            "budget_usd": self.budget_usd,
            "options": [offer.to_dict() for offer in self.offers],
            "mix": self.best.mix,
            "cost_usd": self.best.cost_usd,
            "value": self.best.value.to_dict(),
            "saved": self.saved.to_dict(),
            "ties": list(self.ties),
            "frontier": [purchase.to_dict() for purchase in self.frontier],
            "tried": self.tried,
            "every": self.every,
        }

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """The frontier, a row each; and the options."""
        return {"frontier": self._rows, "options": lambda: [offer.to_dict() for offer in self.offers]}

    def _rows(self) -> Iterator[Row]:
        for one in self.frontier:
            low, high = one.value.ci95 or (None, None)
            counts = {offer.id: one.mix.get(offer.id, 0) for offer in self.offers}
            value = {"measure": self.minimise, "mean": one.value.mean, "ci95_low": low, "ci95_high": high}
            yield {"cost_usd": one.cost_usd, **counts, **value, "best": one.mix == self.best.mix}

    def explain(self) -> str:
        """What to buy, what it leaves and saves, and what equals it."""
        what = f"mean {self.minimise}" if self._counts else f"the probability of {self.minimise}"
        if not self.best.mix:
            return (
                f"Of what {_usd(self.budget_usd)} can buy, nothing lowers {what} ({_ends(self.best.value)}) by more than the "
                f"simulation can tell."
            )
        ties = ""
        if self.ties:
            ties = f" As good at the same cost: {'; or '.join(map(words, self.ties[:3]))}."
        how = (
            "every mix was tried"
            if self.every
            else f"{count_of(self.tried, 'mix was', 'mixes were')} tried, from nothing upwards with swaps"
        )
        return (
            f"For at most {_usd(self.budget_usd)}: {self.best}, for {_usd(self.best.cost_usd)}. It takes {what} to "
            f"{_ends(self.best.value)}, which is {_ends(self.saved)} less, on the same luck.{ties} "
            f"{how[0].upper()}{how[1:]}; prices and effects are as the options say."
        )

    @property
    def _counts(self) -> bool:
        return not any(sign in self.minimise for sign in "<>=")

    def draw(self, sheet: Sheet) -> None:
        """The sentence, and what each budget buys."""
        sheet.heading(self.title())
        sheet.text(self.explain())
        sheet.heading("What smaller budgets buy best")
        rows = [[_usd(one.cost_usd), _ends(one.value), str(one)] for one in self.frontier]
        sheet.grid(["cost", f"{self.minimise} (95 %)", "mix"], rows, wrap=True)

    def charts(self) -> Charts:
        """What money buys."""

        def frontier(theme: Theme) -> Figure:
            from salvo.charts.defence import frontier

            points = [
                (one.cost_usd, one.value.mean, *(one.value.ci95 or (one.value.mean, one.value.mean)), str(one))
                for one in self.frontier
            ]
            return frontier(points, f"{'mean ' * self._counts}{self.minimise}", self.chosen, theme)

        return {"frontier": frontier}

    def arguments(self) -> Row:
        """Keyword arguments of `buy` that give the same answer."""
        more = {} if self.minimise == "hits" else {"minimise": self.minimise}
        options = [offer.to_dict() for offer in self.offers]
        return {"options": options, "budget_usd": self.budget_usd, **more, "trials": self.trials, "seed": self.seed}

    def words(self) -> list[str]:
        """The same as options of the command; the options are a file."""
        found = [self.file, "--budget", f"{self.budget_usd:.15g}"]
        if self.minimise != "hits":
            found += ["--minimise", self.minimise]
        return [*found, "--trials", str(self.trials), "--seed", str(self.seed)]


def words(mix: dict[str, int]) -> str:
    """A mix in words: '2 of arrow-3-rounds and 1 of a-battery'."""
    return " and ".join(f"{count} of {name}" for name, count in mix.items()) or "nothing"


def _usd(amount: float) -> str:
    return f"{amount / 1e6:,.6g} million US dollars" if amount >= 1e6 else f"{amount:,.0f} US dollars"


def _ends(found: Estimated) -> str:
    if found.ci95 is None or found.ci95[0] == found.ci95[1]:
        return f"{found.mean:.4g}"
    return f"{found.mean:.3g} ({found.ci95[0]:.3g} to {found.ci95[1]:.3g})"


def buy(
    scenario: Loadable,
    options: Offers,
    *,
    budget_usd: float,
    minimise: str = "hits",
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int | None = None,
    progress: Progress = None,
) -> Buy:
    """The mix of options that leaves least for a budget. For the defender: a path of a threat cannot be bought.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    options : a TOML or JSON file with `[[options]]`, or mappings: id, path, add, cost_usd and most (1 by default); bought n times, an
        option adds n x add to the number at its path, or to each value of a law there
    budget_usd : what may be spent
    minimise : a measure whose mean is to be small ("hits", "leakers", "damage", "cost_usd.damage", ...), or an event whose probability
        is, such as "leakers>3"
    trials, seed, threads, progress : as in `simulate`; the trials are those of each mix

    Raises
    ------
    Faults : a bad scenario, options or arguments, every fault at once

    Notes
    -----
    Where at most 200 mixes are affordable all are tried; else mixes grow from nothing by the addition that saves most for its money, by
    two additions where one alone does nothing (channels without rounds), and by swaps, until no such step helps. All are played on the
    same luck. Differences are paired; among mixes that cannot be told from the best one (95 %), the cheapest is given.
    """
    raid = take(scenario, trials=trials, seed=seed, threads=threads)
    began = time.perf_counter()
    offers, ask = _check(raid, options, budget_usd, minimise)
    path = ask.of if ask else SHORT.get(minimise, minimise)
    shop = _Shop(raid, offers, float(budget_usd), path, ask)
    trials, seed = int(trials), int(seed)
    every = shop.affordable(ALL)
    with reporter(progress, "mixes") as report:
        few = every is not None and len(every) <= FEW
        first = shop.look(trials if few else max(min(trials, LEAST), trials // COARSE), seed, threads)
        if every is None:
            _climb(shop, first, report)
        else:
            first.play(every, report)
        finalists = list(first.known) if few else _finalists(shop, first)
        final = first if first.trials == trials else shop.look(trials, seed, threads)
        final.play(finalists, report)
    values = {mix: final.of(mix) for mix in finalists}
    low = min(finalists, key=lambda mix: (float(values[mix].mean()), shop.cost(mix), mix))
    equal = [mix for mix in finalists if mix == low or saved(values[mix], values[low], shop.most).is_tie]
    frontier = _undominated(shop, values)
    best = next(mix for mix in frontier if mix in equal)  # the cheapest; that which leaves least is always among them
    ties = [shop.named(mix) for mix in equal if mix != best and shop.cost(mix) == shop.cost(best)]
    return Buy(
        scenario=raid,
        offers=tuple(offers),
        budget_usd=float(budget_usd),
        minimise=minimise,
        best=shop.purchase(best, values[best]),
        saved=saved(values[shop.nothing], values[best], shop.most),
        ties=tuple(ties),
        frontier=tuple(shop.purchase(mix, values[mix]) for mix in frontier),
        tried=len(first.known),
        every=every is not None,
        seed=seed,
        trials=trials,
        seconds=time.perf_counter() - began,
        **({"file": os.fsdecode(options)} if isinstance(options, (str, os.PathLike)) else {}),
    )


def _check(raid: Scenario, options: Offers, budget_usd: float, minimise: str) -> tuple[list[Offer], Ask | None]:
    """The options and the event, if it is one. Raises Faults, with all that is wrong."""
    faults: list[Fault] = []
    offers: list[Offer] = []
    try:
        offers = read_offers(options)
    except Faults as error:
        faults += error.faults
    good = isinstance(budget_usd, (int, float)) and not isinstance(budget_usd, bool) and 0 <= budget_usd <= 1e18
    if not good:
        faults.append(Fault("budget_usd", budget_usd, "not a budget", "US dollars, from 0 up"))
    ask = None
    try:
        if isinstance(minimise, str) and any(sign in minimise for sign in "<>="):
            ask = read_ask(minimise, "minimise")
            ask.check(raid, "minimise")
        else:
            chosen(raid, [SHORT.get(minimise, minimise) if isinstance(minimise, str) else minimise], "minimise")
    except Faults as error:
        faults += error.faults
    file = os.fsdecode(options) if isinstance(options, (str, os.PathLike)) else ""
    for offer in offers:
        try:
            check_defence(offer.path, offer.add)
            raid.replace(_changes(raid, [offer], (1,)))
        except Faults as error:
            faults += [
                Fault(f"options.{offer.id}: {one.place}", one.value, one.message, one.allowed, one.did_you_mean, file)
                for one in error.faults
            ]
    if faults:
        raise Faults(faults)
    return offers, ask


def _changes(raid: Scenario, offers: Sequence[Offer], mix: Mix) -> dict[str, Any]:
    """What a mix changes in the scenario. Options on one path add up."""
    added: dict[str, float] = {}
    for offer, count in zip(offers, mix, strict=True):
        if count:
            added[offer.path] = added.get(offer.path, 0) + count * offer.add
    found: dict[str, Any] = {}
    for path, add in added.items():
        changes = plus(raid, path, add)
        if not changes:
            raise Faults([Fault(path, add, "cannot be added here: it is unlimited, not a number, or at its bound")])
        found |= changes
    return found


class _Shop:
    """The options, what mixes cost and what they change."""

    def __init__(self, raid: Scenario, offers: list[Offer], budget: float, path: str, ask: Ask | None) -> None:
        self.raid, self.offers, self.budget, self.path, self.ask = raid, offers, budget, path, ask
        self.nothing: Mix = (0,) * len(offers)
        self.most = 1.0 if ask else chosen(raid, [path])[0].most

    def cost(self, mix: Mix) -> float:
        return math.fsum(count * offer.cost_usd for count, offer in zip(mix, self.offers, strict=True))

    def fits(self, mix: Mix) -> bool:
        """Is it for sale, within the budget? A cent is forgiven, as prices are decimals."""
        counts = zip(mix, self.offers, strict=True)
        return all(0 <= count <= offer.most for count, offer in counts) and self.cost(mix) <= self.budget + 0.01

    def affordable(self, most: int) -> list[Mix] | None:
        """Every affordable mix, nothing first; None where there are more than `most`."""
        rooms = [
            min(offer.most, int((self.budget + 0.01) // offer.cost_usd)) if offer.cost_usd else offer.most
            for offer in self.offers
        ]
        if math.prod(room + 1 for room in rooms) > 100 * most:
            return None
        found = [mix for mix in product(*(range(room + 1) for room in rooms)) if self.fits(mix)]
        return found if len(found) <= most else None

    def named(self, mix: Mix) -> dict[str, int]:
        return {offer.id: count for offer, count in zip(self.offers, mix, strict=True) if count}

    def purchase(self, mix: Mix, values: np.ndarray) -> Purchase:
        return Purchase(self.named(mix), self.cost(mix), estimated(values, self.most))

    def look(self, trials: int, seed: int, threads: int | None) -> _Look:
        return _Look(self, trials, seed, threads)


class _Look:
    """Mixes played with one number of trials, each once."""

    def __init__(self, shop: _Shop, trials: int, seed: int, threads: int | None) -> None:
        self.shop, self.trials = shop, trials
        self.variants = Variants(shop.raid, (shop.path,), trials, seed, threads)
        self.known: dict[Mix, float] = {}

    def play(self, mixes: Sequence[Mix], report: Report | None) -> None:
        left = [mix for mix in mixes if mix not in self.known]
        changes = [_changes(self.shop.raid, self.shop.offers, mix) for mix in left]
        self.variants.play(changes, report, len(self.known), len(self.known) + len(left))
        for mix in left:
            self.known[mix] = float(self.of(mix).mean())

    def of(self, mix: Mix) -> np.ndarray:
        values = self.variants.of(_changes(self.shop.raid, self.shop.offers, mix))[:, 0].astype(float)
        return values if self.shop.ask is None else self.shop.ask.holds(values).astype(float)


def _climb(shop: _Shop, look: _Look, report: Report | None) -> None:
    """From nothing upwards: the addition that saves most for its money, two together where one does nothing, then swaps."""
    now = shop.nothing
    look.play([now], report)
    while True:
        following = _step(shop, look, now, _additions(shop, now, 1), True, report)
        following = following or _step(shop, look, now, _additions(shop, now, 2), True, report)
        following = following or _step(shop, look, now, _swaps(shop, now), False, report)
        if following is None:
            return
        now = following


def _step(shop: _Shop, look: _Look, now: Mix, moves: list[Mix], for_money: bool, report: Report | None) -> Mix | None:
    """The best of some moves, None where none saves anything."""
    look.play(moves, report)
    less = {mix: look.known[now] - look.known[mix] for mix in moves}
    better = [mix for mix in moves if less[mix] > 1e-12]
    if not better:
        return None
    if for_money:
        return max(better, key=lambda mix: less[mix] / max(shop.cost(mix) - shop.cost(now), 1e-9))
    return max(better, key=lambda mix: less[mix])


def _additions(shop: _Shop, now: Mix, number: int) -> list[Mix]:
    places = combinations_with_replacement(range(len(now)), number)
    found = (tuple(count + which.count(k) for k, count in enumerate(now)) for which in places)
    return [mix for mix in found if shop.fits(mix)]


def _swaps(shop: _Shop, now: Mix) -> list[Mix]:
    """One less of one, and one or two more of others."""
    found: dict[Mix, None] = {}
    for k, count in enumerate(now):
        if count:
            less = (*now[:k], count - 1, *now[k + 1 :])
            found |= dict.fromkeys(mix for number in (1, 2) for mix in _additions(shop, less, number) if mix != now)
    return list(found)


def _finalists(shop: _Shop, look: _Look) -> list[Mix]:
    """The mixes that get all trials: nothing, the best ones, and the best for less money."""
    ranked = sorted(look.known, key=lambda mix: (look.known[mix], shop.cost(mix), mix))
    frontier = _undominated(shop, {mix: look.of(mix) for mix in look.known})
    return list(dict.fromkeys([shop.nothing, *ranked[: FEW // 2], *frontier[:FEW]]))


def _undominated(shop: _Shop, values: dict[Mix, np.ndarray]) -> list[Mix]:
    """Mixes that leave less than every cheaper one; the cheapest first."""
    found: list[Mix] = []
    least = math.inf
    for mix in sorted(values, key=lambda mix: (shop.cost(mix), float(values[mix].mean()), mix)):
        if float(values[mix].mean()) < least:
            least = float(values[mix].mean())
            found.append(mix)
    return found

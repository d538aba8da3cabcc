"""Simple answers that a prediction of leaks has to beat: lists of past shares, and pooled averages.

The hard ones come first. A *list* says that the share to come is one of the past ones, all equally likely; a
*binomial* says that every threat leaks by itself with the average chance of the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from salvo.past.read import Raid
from salvo.past.score import LEVELS, binomial, covered, crps, crps_of_sample, log_score, smoothed

Array = NDArray[np.float64]
Past = list[tuple[int, int]]  # launched and leaked of each row
BASELINES = {
    "defender_list": "past shares of this defender against the class, from two rows on; else those of the class",
    "nearest_list": "past shares of this defender against the class, else against other classes; else of the class",
    "class_list": "past shares of the class, whoever defended",
    "defender_binomial": "independent leaks with the average of this defender against the class, from two rows on; "
    "else that of the class",
    "class_binomial": "independent leaks with the average of the class",
}
HEADLINE = next(iter(BASELINES))


@dataclass(frozen=True)
class Told:
    """What one baseline made of one row.

    Attributes
    ----------
    crps : of the leaked share, by the list or the binomial as it stands
    log_score : log probability of what happened, nats, by the smoothed law
    inside : for 50, 80 and 95 % the chance that the transform of the smoothed law falls inside
    """

    crps: float
    log_score: float
    inside: tuple[float, ...]


def baselines(raid: Raid, rows: Mapping[str, Mapping[str, Sequence[Raid]]], n: int, leaked: int) -> dict[str, Told]:
    """What each of `BASELINES` made of `leaked` of `n`, by name.

    Parameters
    ----------
    raid : the row predicted: its class and defender count
    rows : what may be learned from, by class and defender
    """
    same = rows.get(raid.threat_class, {})
    own = _past(same.get(raid.defender, ()))
    everything = _past(one for groups in rows.values() for group in groups.values() for one in group)
    of_class = _past(one for group in same.values() for one in group) or everything
    elsewhere = _past(one for kind, groups in rows.items() if kind != raid.threat_class
                      for one in groups.get(raid.defender, ()))  # fmt: skip
    settled = own if len(own) >= 2 else of_class
    return {
        "defender_list": _list(settled, n, leaked),
        "nearest_list": _list(own or elsewhere or of_class, n, leaked),
        "class_list": _list(of_class, n, leaked),
        "defender_binomial": _binomial(settled, n, leaked),
        "class_binomial": _binomial(of_class, n, leaked),
    }


def list_law(past: Past, n: int) -> Array:
    """Probabilities of 0..n leaks when the share is that of one past row, or any: shape (n + 1,).

    Of each past row Beta(k + 1/2, n - k + 1/2), what Jeffreys' prior makes of it, and once the uniform law.
    """
    k = np.arange(n + 1.0)
    ways = gammaln(n + 1.0) - gammaln(k + 1) - gammaln(n - k + 1)
    total = np.full(n + 1, 1 / (n + 1))
    for many, few in past:
        a, b = few + 0.5, many - few + 0.5
        total += np.exp(ways + betaln(k + a, n - k + b) - betaln(a, b))
    return np.asarray(total / total.sum())


def _list(past: Past, n: int, leaked: int) -> Told:
    shares = [few / many for many, few in past] or [0.0, 1.0]
    return _told(crps_of_sample(shares, leaked / n), list_law(past, n), leaked)


def _binomial(past: Past, n: int, leaked: int) -> Told:
    total, through = sum(many for many, _ in past), sum(few for _, few in past)
    share = through / total if total else 0.5
    return _told(crps(binomial(n, share), leaked), binomial(n, smoothed(through, total)), leaked)


def _told(error: float, law: Array, leaked: int) -> Told:
    return Told(error, log_score(law, leaked), tuple(covered(law, leaked, level) for level in LEVELS))


def _past(raids: Iterable[Raid]) -> Past:
    """Launched and leaked of the rows that publish both, as points."""
    pairs = ((raid.launched[1], raid.outcome) for raid in raids)
    return [(n, min(leaked, n)) for n, leaked in pairs if n and leaked is not None]

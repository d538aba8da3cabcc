"""How many of a raid get through, learned from other raids: a beta-binomial with a level for the defender.

Of `n` threats of one class launched at one defender, `L` leak. The raid has a share of its own, so `L` is
beta-binomial with mean `logistic(m)` and intraclass correlation `rho` (Skellam 1948). Both belong to the defender
and vary about those of the class:

    m   ~ Normal(mu, tau)                          mu  ~ Normal(0, 2),   tau ~ half-normal(1.5)
    rho : logit rho ~ Normal(logit r, 1)           r   ~ Beta(1, 2)

`mu`, `tau` and `r` are learned for each class from all its defenders. All five are laid on a grid and summed over, so
the posterior is exact on the grid: nothing is drawn and nothing has to converge. A class never seen is one of the
known ones, or something new with the prior alone, all equally likely. A defender never seen comes from its class.

What a defender did against other classes tells a little too: his law before his own rows against this class is, with
weight 0.3, the mean of his laws against the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit, gammaln, logit

from salvo.past.counts import launched, leaked
from salvo.past.read import Raid, unfit

Array = NDArray[np.float64]
KEPT = 25_000_000  # probabilities kept of all tables: 200 MB
TINY = 1e-300


@dataclass(frozen=True)
class Priors:
    """Priors and their grid.

    Parameters
    ----------
    mean_sd : sd of `mu`, in log odds about one half
    defender_sd : scale of the half-normal law of `tau`, in log odds; 0: no level for the defender
    rho_a, rho_b : of the Beta law of `r`
    rho_sd : sd of a defender's `rho` about `r`, in log odds; 0: one for all
    kin : weight of the defender's other classes, 0 to 1; 0: they tell nothing
    step : of the grid of `m` and `mu`, in log odds, from -7 to 7
    exact : take every published count as exact instead of as an interval
    """

    mean_sd: float = 2.0
    defender_sd: float = 1.5
    rho_a: float = 1.0
    rho_b: float = 2.0
    rho_sd: float = 1.0
    kin: float = 0.3
    step: float = 0.25
    exact: bool = False


class Grid:
    """Points of the grid, and the likelihood of rows on it; shared by all fits of one hindcast."""

    def __init__(self, priors: Priors) -> None:
        self.priors = priors
        count = 2 * round(7 / priors.step) + 1
        self.m = np.linspace(-7.0, 7.0, count)
        self.rho = np.array([0.01, 0.02, 0.04, 0.07, 0.11, 0.16, 0.22, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
        tau = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 3.0])
        self.to_m, law_tau = _kernel(self.m, 0.0)[None], np.ones(1)
        if priors.defender_sd:
            self.to_m = np.array([_kernel(self.m, sd) for sd in tau])  # (tau, mu, m)
            law_tau = np.exp(-0.5 * (tau / priors.defender_sd) ** 2) * np.gradient(tau)
        odds = np.asarray(logit(self.rho))
        self.to_rho = _kernel(odds, priors.rho_sd)  # (r, rho)
        law_mu = np.exp(-0.5 * (self.m / priors.mean_sd) ** 2)
        law_r = self.rho ** (priors.rho_a - 1) * (1 - self.rho) ** (priors.rho_b - 1) * np.gradient(self.rho)
        law = law_tau[:, None, None] * law_mu[None, :, None] * law_r[None, None, :]
        self.log_prior = np.log(law / law.sum())  # (tau, mu, r)
        self._tables: dict[int, Array] = {}
        self._kept = 0
        self._rows: dict[Raid, Array] = {}

    def table(self, n: int) -> Array:
        """Beta-binomial probabilities of 0..n leaks: shape (n + 1, m, rho)."""
        if n not in self._tables:
            size = (1 - self.rho) / self.rho
            mean = expit(self.m)[:, None]
            a, b = mean * size, (1 - mean) * size
            k = np.arange(n + 1.0)[:, None, None]
            ways = gammaln(n + 1.0) - gammaln(k + 1) - gammaln(n - k + 1)
            table = np.exp(ways + betaln(k + a, n - k + b) - betaln(a, b))
            if self._kept + table.size > KEPT:
                return table
            self._kept += table.size
            self._tables[n] = table
        return self._tables[n]

    def log_likelihood(self, raid: Raid) -> Array:
        """Log-likelihood of a row: shape (m, rho)."""
        if raid not in self._rows:
            total = np.zeros((len(self.m), len(self.rho)))
            for n, weight in launched(raid, self.priors.exact):
                total += weight * np.tensordot(leaked(raid, n, self.priors.exact), self.table(n), (0, 0))
            self._rows[raid] = np.log(np.maximum(total, TINY))
        return self._rows[raid]


class Model:
    """What a set of raids teaches.

    Parameters
    ----------
    raids : rows to learn from; those that cannot be used are passed over
    grid : the grid to learn on
    """

    def __init__(self, raids: Iterable[Raid], grid: Grid) -> None:
        self.grid = grid
        self.rows: dict[str, dict[str, list[Raid]]] = {}
        for raid in raids:
            if not unfit(raid):
                self.rows.setdefault(raid.threat_class, {}).setdefault(raid.defender, []).append(raid)
        self._learned: dict[str, tuple[Array, dict[str, tuple[Array, Array]]]] = {}

    def weights(self, threat_class: str, defender: str) -> Array:
        """Posterior probability of a defender's `m` and `rho` against a class: shape (m, rho), summing to 1."""
        if threat_class not in self.rows:
            known = [self.weights(one, defender) for one in self.rows]
            new = self._spread(np.exp(self.grid.log_prior))
            return np.asarray(sum(known, new)) / (len(known) + 1)
        weights = self._before(threat_class, defender)
        others = [one for one in self.rows if one != threat_class and defender in self.rows[one]]
        if others and self.grid.priors.kin:
            kin = sum(self._after(one, defender, self._before(one, defender)) for one in others) / len(others)
            weights = (1 - self.grid.priors.kin) * weights + self.grid.priors.kin * kin
        return self._after(threat_class, defender, weights)

    def leaks(self, threat_class: str, defender: str, n: int) -> Array:
        """Probabilities of 0..n leaks of `n` launched: shape (n + 1,)."""
        found = np.tensordot(self.grid.table(n), self.weights(threat_class, defender), ([1, 2], [0, 1]))
        return found / found.sum()

    def share(self, threat_class: str, defender: str) -> tuple[float, float]:
        """Mean and intraclass correlation of the share that leaks in one raid to come."""
        weights = self.weights(threat_class, defender)
        p = expit(self.grid.m)[:, None]
        mean = float((weights * p).sum())
        square = float((weights * (p * p + p * (1 - p) * self.grid.rho)).sum())
        return mean, (square - mean * mean) / (mean * (1 - mean))

    def _before(self, threat_class: str, defender: str) -> Array:
        """A defender's `m` and `rho` as the other defenders of the class tell them: shape (m, rho), summing to 1."""
        posterior, defenders = self._learn(threat_class)
        weights = self._spread(posterior / defenders[defender][1] if defender in defenders else posterior)
        return np.asarray(weights / weights.sum())

    def _after(self, threat_class: str, defender: str, weights: Array) -> Array:
        """The same with his own rows against the class, if there are any."""
        defenders = self._learn(threat_class)[1]
        if defender in defenders:
            weights = weights * defenders[defender][0]
        return np.asarray(weights / weights.sum())

    def _learn(self, threat_class: str) -> tuple[Array, dict[str, tuple[Array, Array]]]:
        """Posterior of (tau, mu, r), and for each defender its likelihood (m, rho) and that averaged over the level."""
        if threat_class not in self._learned:
            log_posterior = self.grid.log_prior.copy()
            defenders = {}
            for name, raids in self.rows[threat_class].items():
                log_own = np.sum([self.grid.log_likelihood(raid) for raid in raids], axis=0)
                own = np.exp(log_own - log_own.max())
                average = np.maximum(np.einsum("tum,ms->tus", self.grid.to_m, own @ self.grid.to_rho.T), TINY)
                log_posterior += np.log(average)
                defenders[name] = own, average
            posterior = np.exp(log_posterior - log_posterior.max())
            self._learned[threat_class] = posterior / posterior.sum(), defenders
        return self._learned[threat_class]

    def _spread(self, posterior: Array) -> Array:
        """From the class (tau, mu, r) to one of its defenders (m, rho)."""
        return np.einsum("tum,tus->ms", self.grid.to_m, posterior) @ self.grid.to_rho


def _kernel(points: Array, sd: float) -> Array:
    """Probabilities of the points for a Normal law about each of them: rows sum to 1; the identity where sd is 0."""
    if not sd:
        return np.eye(len(points))
    kernel = np.exp(-0.5 * ((points[None, :] - points[:, None]) / sd) ** 2) * np.gradient(points)
    return kernel / kernel.sum(axis=1, keepdims=True)

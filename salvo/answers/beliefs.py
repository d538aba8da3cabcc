"""Ignorance told apart from luck: raids are grouped by belief, that is by the values drawn for the inputs of scope study."""

# scipy has no types of its own.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from salvo.answers.asks import Ask
from salvo.answers.measures import Measure, chosen, values
from salvo.engine.players import Player
from salvo.format.luck import parameter_hash
from salvo.format.paths import uncertain
from salvo.format.scenario import Scenario
from salvo.kernels import codes
from salvo.result.quantities import Proportion

WORD = 2.0**32
BELIEFS = 200  # looked at for their share
FEWEST, MOST = 25, 400  # raids of each of them
RESOLVED = 2000  # raids of a belief that all end well and then settle it, at most
DOUBT = 0.025  # chance of what was seen in a belief that just holds, or just does not, below which it is settled


@dataclass(frozen=True)
class Draw:
    """One draw of scope study: a law, or several that share their quantile by `with`.

    Attributes
    ----------
    name : the `with` name, or the path
    paths : of the laws it moves
    dimension : its place among the words of a trial
    """

    name: str
    paths: tuple[str, ...]
    dimension: int


class Beliefs:
    """Plays raids of given beliefs.

    All other luck, of raids and of shots, is drawn anew for each raid, as in `simulate`.

    Parameters
    ----------
    player : of the scenario
    """

    def __init__(self, scenario: Scenario, player: Player) -> None:
        self.player = player
        self.draws = draws(scenario, player)
        several = scenario.campaign is not None and scenario.campaign.raids > 1
        # Words given for a trial hold for all its raids: right for beliefs, but not for luck of scope raid.
        self.possible = not (several and player.plan.dimensions > len(self.draws))

    def play(
        self, words: np.ndarray, raids: int, asked: list[Measure], *, first: int = 0, common: bool = False
    ) -> np.ndarray:
        """Values of measures: float of shape (beliefs, raids, measures).

        Parameters
        ----------
        words : quantiles in [0, 1) of shape (beliefs, draws)
        raids : of each belief
        first : number of the first trial; other trials are other luck
        common : the same luck for every belief (then two beliefs differ by themselves alone)
        """
        count = len(words)
        found = np.empty((count, raids, len(asked)))
        per = max(1, self.player.block // raids)

        def play(start: int) -> None:
            end = min(start + per, count)
            if common:
                for k in range(start, end):
                    found[k] = values(self._rows(words[k : k + 1], raids, first), asked)
            else:
                rows = self._rows(words[start:end], raids, first + start * raids)
                found[start:end] = values(rows, asked).reshape(end - start, raids, len(asked))

        with ThreadPoolExecutor(self.player.threads, thread_name_prefix="salvo") as pool, self.player.breakable():
            list(pool.map(play, range(0, count, per)))
        return found

    def _rows(self, words: np.ndarray, raids: int, first: int) -> np.ndarray:
        count = len(words) * raids
        rng = np.random.Generator(np.random.Philox(key=[self.player.seed, first]))
        design = rng.integers(0, 2**32, (count, max(1, self.player.plan.dimensions)), dtype=np.uint32)
        for k, draw in enumerate(self.draws):
            design[:, draw.dimension] = np.repeat((words[:, k] * WORD).astype(np.uint32), raids)
        return self.player.rows(first, count, design=design)


def draws(scenario: Scenario, player: Player) -> list[Draw]:
    """The draws of scope study that a trial makes, in the order of the file."""
    at = {
        int(row["subject"]): int(row["dimension"])
        for row in player.plan.tables.params
        if row["scope"] == codes.STUDY and row["dimension"] >= 0
    }
    found: dict[int, tuple[str, list[str]]] = {}
    for path, law in uncertain(scenario):
        subject = int(parameter_hash(path, law.with_))
        if law.scope == "study" and not law.is_constant and subject in at:
            found.setdefault(subject, (law.with_ or path, []))[1].append(path)
    return [Draw(name, tuple(paths), at[subject]) for subject, (name, paths) in found.items()]


def share_of_beliefs(scenario: Scenario, player: Player, goal: Ask, probability: float) -> Proportion | None:
    """The share of beliefs in which the goal holds as often as wanted; None where nothing is ignorance.

    Beliefs come from a Latin hypercube. Each is played until its raids settle whether it holds the goal, by the binomial law of a belief
    that just does; those that are still open after some hundreds of raids are judged by what was seen.
    """
    beliefs = Beliefs(scenario, player)
    if not beliefs.draws or not beliefs.possible:
        return None
    from scipy.special import bdtr
    from scipy.stats import qmc

    words = qmc.LatinHypercube(len(beliefs.draws), rng=np.random.default_rng([player.seed, BELIEFS])).random(BELIEFS)
    asked = chosen(scenario, [goal.of])
    wins, counts = np.zeros(BELIEFS), np.zeros(BELIEFS)
    left, played = np.arange(BELIEFS), 0
    for raids in _stages(probability):
        found = goal.holds(
            beliefs.play(words[left], raids - played, asked, first=(1 << 31) + played * BELIEFS)[:, :, 0]
        )
        wins[left] += found.sum(axis=1)
        counts[left] = played = raids
        fewer = bdtr(wins[left], raids, probability)  # P(as many wins or fewer) of a belief that just holds the goal
        more = 1 - bdtr(wins[left] - 1, raids, probability)
        left = left[(fewer > DOUBT) & (more > DOUBT)]
        if not len(left):
            break
    return Proportion(int((wins / counts >= probability).sum()), BELIEFS)


def _stages(probability: float) -> list[int]:
    """Raids of a belief after which it may be settled: few settle a bad one, `settling` a perfect one."""
    settling = math.ceil(math.log(DOUBT) / math.log(probability))
    settling = min(max(settling, 2 * FEWEST), RESOLVED)
    return [FEWEST, settling, 2 * settling, max(MOST, 4 * settling)]

"""simulate(scenario, ...) -> Result: blocks of trials on a pool of threads, to a number of trials or to a precision."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from salvo.answers.asks import Ask, read_asks
from salvo.answers.enough import Enough
from salvo.answers.given import take, with_campaign
from salvo.answers.progress import Progress, Report, reporter
from salvo.answers.result import Result
from salvo.catalog.load import Loadable
from salvo.engine.players import Player, choose_player
from salvo.faults import Fault, Faults
from salvo.format.scenario import Scenario
from salvo.limits import LONGEST, SEED, TRIALS, cores, parse_precision
from salvo.result.outcome import Precision

if TYPE_CHECKING:
    from salvo.engine.gpu import CudaPlayer

logger = logging.getLogger("salvo")

FIRST_STAGE = 1000  # trials before a precision is judged for the first time


def _play_to_precision(
    player: Player | CudaPlayer, enough: Enough, max_trials: int, report: Report | None
) -> Precision:
    """Play in stages until the precision is met. Stages depend on tallies alone, so that threads and blocks change nothing."""
    stage = min(FIRST_STAGE, max_trials)
    while True:
        player.play_to(stage, report, stage)
        precision = enough.judge(player.tally)
        if precision.met or stage >= max_trials:
            return precision
        ahead = min(enough.trials_needed(player.tally), 64.0 * stage)
        stage = min(max_trials, max(stage + FIRST_STAGE, math.ceil(ahead / FIRST_STAGE) * FIRST_STAGE))


def simulate(
    scenario: Loadable,
    *,
    trials: int = TRIALS,
    seed: int = SEED,
    precision: str | float | None = None,
    max_trials: int = LONGEST,
    threads: int | None = None,
    device: str = "auto",
    against_record: bool = False,
    raids: int | None = None,
    resupply: Mapping[str, int] | None = None,
    ask: str | Sequence[str] = (),
    progress: Progress = None,
    block: int | None = None,
) -> Result:
    """Play a scenario and return what got through.

    Parameters
    ----------
    scenario
        Name of a scenario of the catalog, path of a file, mapping with the keys of a file, or Scenario.
    trials
        Number of trials, 1 to 2^32. Not used with `precision`.
    seed
        0 to 2^48 - 1. The same seed gives the same answer on any number of threads and in any block size.
    precision
        Such as "2%": play until the 95 % half-width of mean leakers is this share of the mean, and until it can be trusted (what is
        rare was seen often enough), or `max_trials` are played: then `result.precision.why` says what is missing.
    threads
        Default: all processors of this process.
    device
        "cpu", "cuda" (a card, through numba.cuda), or "auto": a card where there is one and it pays.
    against_record
        Also show how far past raids that were played like this one were off (docs/validation.md).
    raids, resupply
        Fly the raid so many times in each trial, on one stock, with so many rounds a unit for each battery before each further raid;
        in place of the file's `[campaign]`. Totals then run over all raids, and the result's `campaign` has the single ones.
    ask
        Events such as "hits>=9" or "by_class.drone.leakers=0": their probabilities are in `Result.asked` and in the JSON.
    progress
        True: shown on standard error, with the time left. Or a function, called with the trials done and those expected.
    block
        Trials per unit of work; changes nothing but speed.

    Raises
    ------
    Faults
        For a bad scenario or bad arguments, every fault at once.

    Notes
    -----
    On Ctrl-C the finished trials are returned, with `stopped` set to "interrupted"; if none had finished, KeyboardInterrupt goes on.
    """
    raid = take(
        scenario,
        trials=trials,
        seed=seed,
        precision=precision,
        max_trials=max_trials,
        threads=threads,
        device=device,
        block=block,
    )
    raid, asks = _more(raid, raids, resupply, ask, against_record)
    target = None if precision is None else parse_precision(precision)
    player = choose_player(
        raid, int(seed), threads or cores(), block, device, None if target is not None else int(trials)
    )
    player.get_ready()  # not part of the simulation's time
    began = time.perf_counter()
    reached: Precision | None = None
    enough = None if target is None else Enough(raid, target)
    stopped = None
    try:
        with reporter(progress) as report:
            if enough is None:
                player.play_to(int(trials), report, int(trials))
            else:
                reached = _play_to_precision(player, enough, int(max_trials), report)
    except KeyboardInterrupt:
        if player.tally.n == 0:
            raise
        stopped = "interrupted"
        if enough is not None:
            reached = enough.judge(player.tally)
    seconds = time.perf_counter() - began
    logger.debug("%d trials of %s in %.3f s on %d threads", player.tally.n, raid.name, seconds, player.threads)
    return Result(
        scenario=raid,
        tally=player.tally,
        seed=int(seed),
        seconds=seconds,
        device=player.device,
        threads=player.threads,
        precision=reached,
        stopped=stopped,
        against_record=bool(against_record),
        asks=tuple(str(one) for one in asks),
    )


def _more(
    raid: Scenario,
    raids: int | None,
    resupply: Mapping[str, int] | None,
    ask: str | Sequence[str],
    against_record: bool,
) -> tuple[Scenario, tuple[Ask, ...]]:
    """The scenario as a campaign, and the events asked for. Raises Faults, every one at once."""
    faults: list[Fault] = []
    asks: list[Ask] = []
    try:
        raid = with_campaign(raid, raids, resupply)
    except Faults as error:
        faults += error.faults
    if against_record and raid.campaign is not None and raid.campaign.raids > 1:
        allowed = "False where there is a campaign"
        faults.append(Fault("against_record", True, "the record is of single raids, and this is a campaign", allowed))
    try:
        asks = read_asks(ask)
    except Faults as error:
        faults += error.faults
    for one in asks:
        try:
            one.check(raid)
        except Faults as error:
            faults += error.faults
    if faults:
        raise Faults(faults)
    return raid, tuple(asks)

"""Points of a sweep: which they are, and playing them here, on threads, or wherever an executor takes them."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from salvo.answers.measures import chosen, sample
from salvo.engine.players import Player
from salvo.engine.ready import Made, replanned
from salvo.faults import Fault, Faults
from salvo.format.fields import number, walk
from salvo.format.kinds import is_list, is_mapping, is_table, is_tuple
from salvo.format.patch import patched
from salvo.format.paths import find
from salvo.format.scenario import Scenario, build
from salvo.format.settings import Scale, has_wildcard, matching
from salvo.format.write import UNHASHED
from salvo.limits import cores
from salvo.wording import count_of

Changes = dict[str, Any]  # one point: values by path
WAITING = 4  # points queued for each that is being played, so that no worker waits and memory does not grow
REMOTE = 64  # points in hand where an executor does not say how many it plays at once


class Found(NamedTuple):
    """One measure at one point: mean, its standard error, and quantiles of the raids."""

    mean: float
    se: float | None
    quantiles: tuple[float, ...]


class Task(NamedTuple):
    """What every point has in common; small, as it travels with each of them."""

    scenario: Scenario
    show: tuple[str, ...]
    quantiles: tuple[float, ...]
    trials: int
    seed: int


def bare(scenario: Scenario) -> Scenario:
    """The scenario without what changes no answer (titles, sources, ranges), so that a point is made in half the time."""
    return build(_bare(scenario.to_dict()))


def _bare(tree: Any) -> Any:
    if is_table(tree):
        return {name: _bare(one) for name, one in tree.items() if name not in UNHASHED}
    return [_bare(one) for one in tree] if is_list(tree) else tree


class Active:
    """The players of points that are being played in this process, so that they can be broken off."""

    def __init__(self) -> None:
        self.players: set[Player] = set()
        self.over = False

    @contextmanager
    def playing(self, player: Player) -> Generator[None, None, None]:
        """Inside, the player is one that `break_off` reaches."""
        self.players.add(player)
        try:
            if self.over:
                player.break_off()
            yield
        finally:
            self.players.discard(player)

    @contextmanager
    def breakable(self) -> Generator[None, None, None]:
        """Whatever is raised inside breaks off all that is being played."""
        try:
            yield
        except BaseException:
            self.over = True
            for player in list(self.players):
                player.break_off()
            raise


@lru_cache(maxsize=4)
def _made(scenario: Scenario) -> Made:
    return Made.of(scenario)


def variant(base: Scenario, changes: Changes, seed: int, threads: int) -> tuple[Scenario, Player]:
    """A scenario with changes, and who plays it; in both, what is not changed is taken from the base. Raises Faults where it is none."""
    scenario = patched(base, changes)
    made = None if scenario is None else replanned(_made(base), scenario)
    scenario = scenario or base.replace(changes)
    return scenario, Player(scenario, seed, threads, made=made)


def play_point(task: Task, changes: Changes, threads: int = 1, active: Active | None = None) -> list[Found]:
    """Play one point, and sum up each measure. Raises Faults where the changed scenario is none."""
    try:
        scenario, player = variant(task.scenario, changes, task.seed, threads)
        asked = chosen(scenario, task.show, layout=player.layout)
    except Faults as error:
        where = ", ".join(f"{path} = {text(value)}" for path, value in changes.items())
        raise Faults(
            [
                Fault(one.place, one.value, f"at {where}: {one.message}", one.allowed, one.did_you_mean)
                for one in error.faults
            ]
        ) from None
    with nullcontext() if active is None else active.playing(player):
        values = sample(player, asked, task.trials)
    return [summary(values[:, k], task.quantiles) for k in range(len(asked))]


def summary(values: np.ndarray, quantiles: Sequence[float]) -> Found:
    """Mean, standard error and quantiles (the smallest value whose share of raids reaches q) of one number of each raid."""
    n = len(values)
    order = np.sort(values)
    at = tuple(float(order[min(n - 1, max(0, math.ceil(round(q * n, 9)) - 1))]) for q in quantiles)
    if order[0] == order[-1]:
        return Found(float(order[0]), None if n < 2 else 0.0, at)
    return Found(float(values.mean()), float(values.std(ddof=1) / math.sqrt(n)), at)


def text(value: Any) -> str:
    """A value as it stands in the rows of an answer."""
    return str(value) if isinstance(value, Scale) else json.dumps(plain(value))


def plain(value: Any) -> Any:
    """A value as JSON has it; a factor as its text."""
    if isinstance(value, Scale):
        return str(value)
    if is_mapping(value):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if is_list(value) or is_tuple(value) else value


def key(changes: Changes) -> str:
    """What tells a point from others of the same scenario."""
    return json.dumps({path: plain(value) for path, value in changes.items()}, sort_keys=True, separators=(",", ":"))


def check_values(scenario: Scenario, path: str, values: Sequence[Any]) -> None:
    """See to it that a path leads somewhere and takes numbers like these, before anything is played.

    Raises
    ------
    Faults : a path that leads nowhere, values beyond its bounds, and whatever the first and last value break
    """
    faults: list[Fault] = []
    if not has_wildcard(path):
        bound = number(walk(type(scenario), find(scenario, path, new=True)[0]))
        if bound is not None:
            numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
            faults += [Fault(path, value, "out of range", bound.text) for value in numbers if not bound.holds(value)]
    else:
        matching(scenario, path)
    if not faults:
        for value in (values[0], values[-1])[: len(values)]:
            try:
                scenario.replace({path: value})
            except Faults as error:
                faults += error.faults
    if faults:
        raise Faults(one for k, one in enumerate(faults) if one not in faults[:k])


def play_all(
    task: Task,
    points: Sequence[Changes],
    threads: int | None,
    executor: Executor | None,
) -> Iterator[tuple[int, list[Found]]]:
    """Number and findings of each point, as they are finished. Close the iterator to break off."""
    if executor is None:
        workers = threads or cores()
        if len(points) < workers or workers == 1:
            yield from ((k, play_point(task, changes, workers)) for k, changes in enumerate(points))
            return
        active = Active()
        with ThreadPoolExecutor(workers, thread_name_prefix="salvo") as pool, active.breakable():
            yield from _hand_out(task, points, pool, WAITING * workers, (1, active))
        return
    left = dict(enumerate(points))
    room = WAITING * getattr(executor, "_max_workers", REMOTE // WAITING)
    try:
        for k, found in _hand_out(task, points, executor, room):
            del left[k]
            yield k, found
    except BrokenExecutor as error:
        # A worker was killed, which ends its process pool. Finished points are kept; the rest is played here.
        warnings.warn(
            f"the executor broke ({error}); {count_of(len(left), 'point is', 'points are')} played in this process",
            RuntimeWarning,
            stacklevel=2,
        )
        numbers = list(left)
        for k, found in play_all(task, [left[n] for n in numbers], threads, None):
            yield numbers[k], found


def _hand_out(
    task: Task, points: Sequence[Changes], executor: Executor, room: int, more: tuple[Any, ...] = ()
) -> Iterator[tuple[int, list[Found]]]:
    """Points in order to an executor, no more than `room` at a time, and back as they are finished."""
    waiting: dict[Future[list[Found]], int] = {}
    upcoming = iter(enumerate(points))
    try:
        while True:
            while len(waiting) < room and (following := next(upcoming, None)) is not None:
                k, changes = following
                waiting[executor.submit(play_point, task, changes, *more)] = k
            if not waiting:
                return
            done = _first(waiting)
            for future in done:
                yield waiting.pop(future), future.result()
    finally:
        for future in waiting:
            future.cancel()


def _first(waiting: Mapping[Future[Any], int]) -> list[Future[Any]]:
    """The futures that are done, at least one."""
    futures: list[object] = list(waiting)
    if all(isinstance(future, Future) for future in futures):
        return list(wait(waiting, return_when=FIRST_COMPLETED).done)
    done = [future for future in waiting if future.done()]  # those of Dask are no Futures of Python
    if not done:
        first = next(iter(waiting))
        first.exception()
        done = [first]
    return done

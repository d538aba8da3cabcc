"""Playing for many visitors: first pictures before refinements, and what is broken off keeps what it has."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from urllib.parse import parse_qsl

import pytest

import salvo
from salvo import charts
from salvo.app import limits, play


class MovedOn(Exception):
    """A visitor wants something else."""


@pytest.fixture
def found() -> play.Played:
    salvo.simulate("one-site", trials=1)  # the compiler's time is not the simulation's
    return play.Played(salvo.load("one-site"), 7)


def test_a_first_picture_stands_on_as_many_trials_as_promised(found: play.Played) -> None:
    found.first()
    assert found.trials == limits.FIRST
    assert (
        found.result(salvo.load("one-site")).leakers == salvo.simulate("one-site", trials=limits.FIRST, seed=7).leakers
    )


def test_in_a_crowd_it_stands_on_fewer(found: play.Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play.QUEUE, "waiting", 10 * play.cores())
    found.first()
    assert found.trials == limits.CROWDED


def test_who_moves_on_breaks_a_refinement_off_and_its_trials_stay(found: play.Played) -> None:
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        if looks > 2:
            raise MovedOn

    found.first()
    with pytest.raises(MovedOn):
        found.more(limits.MOST, look)
    assert limits.FIRST < found.trials < limits.MOST
    kept = found.trials
    assert found.result(salvo.load("one-site")).leakers == salvo.simulate("one-site", trials=kept, seed=7).leakers
    found.more(kept + 10)  # and nobody waits for the one who left
    assert found.trials == kept + 10


def test_a_refinement_gives_way_to_who_waits_for_a_first_picture(found: play.Played) -> None:
    found.first()
    begun = found.trials

    def look() -> None:
        if found.trials > begun:
            play.QUEUE.waiting = 1

    try:
        found.more(limits.MOST, look)
    finally:
        play.QUEUE.waiting = 0
    assert begun < found.trials <= begun + 8 * play.BLOCK * play.cores()


def until(true: object) -> None:
    end = time.monotonic() + 10
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.002)


def test_who_comes_is_drawn_before_who_moves_on_and_a_few_at_a_time() -> None:
    queue, order, most = play.Queue(), [], [0]
    hold = threading.Event()

    def draw(name: str, comes: bool) -> None:
        with queue.drawing(comes=comes, heavy=False):
            order.append(name)
            most[0] = max(most[0], queue._drawn)
            hold.wait(10)

    threads = [threading.Thread(target=draw, args=(f"early {k}", False)) for k in range(limits.DRAWN)]
    for thread in threads:
        thread.start()
    until(lambda: len(order) == limits.DRAWN)
    for name, comes in (("moves 1", False), ("comes 1", True), ("moves 2", False), ("comes 2", True)):
        threads.append(threading.Thread(target=draw, args=(name, comes)))
        threads[-1].start()
        until(lambda name=name: len(queue._line) == len(threads) - limits.DRAWN)
    assert queue.asked
    assert len(order) == limits.DRAWN  # nobody was let in beside them
    hold.set()
    for thread in threads:
        thread.join(10)
    assert sorted(order[limits.DRAWN :][:2]) == ["comes 1", "comes 2"]
    assert most[0] == limits.DRAWN
    assert not queue.busy


def test_nobody_waits_for_a_heavy_raid_but_another_one() -> None:
    queue, inside = play.Queue(), threading.Event()
    leave, second = threading.Event(), threading.Event()

    def heavy(came: threading.Event) -> None:
        with queue.drawing(comes=True, heavy=True), queue.first(heavy=True):
            came.set()
            leave.wait(10)

    threads = [threading.Thread(target=heavy, args=(came,)) for came in (inside, second)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    assert not queue.asked
    for _ in range(limits.DRAWN):
        with queue.drawing(comes=False, heavy=False), queue.first() as waiting:
            assert waiting == 1  # so it gets all processors
    assert not second.is_set()
    leave.set()
    for thread in threads:
        thread.join(10)
    assert second.is_set()


def test_heavy_is_what_a_hostile_link_asks_for_and_nothing_of_the_catalog() -> None:
    from salvo.benchmarks.page_visitors import hostile
    from salvo.links import decode

    assert not any(limits.heavy(salvo.load(name)) for name in salvo.catalog.titles())
    assert limits.heavy(decode(dict(parse_qsl(hostile(1)))).scenario)


def test_a_refinement_starts_at_once_or_not_at_all(found: play.Played) -> None:
    found.first()
    begun = found.trials
    with play.QUEUE.first():
        found.more(limits.MOST, at_once=True)
    assert found.trials == begun
    found.more(begun + 10, at_once=True)
    assert found.trials == begun + 10


def test_refinements_come_after_others_and_first_pictures_do_not(found: play.Played) -> None:
    if sys.platform != "linux":
        pytest.skip("a priority is a thread's own on Linux alone")
    seen: list[int] = []
    tally_of = found._player._tally_of
    found._player._tally_of = lambda *block: seen.append(os.nice(0)) or tally_of(*block)  # type: ignore[method-assign]
    own = os.nice(0)
    found.first()
    first = set(seen)
    seen.clear()
    found.more(found.trials + 10)
    assert first == {own}
    assert set(seen) == {min(19, own + limits.BACK)}
    assert os.nice(0) == own


def test_the_pace_of_a_scenario_is_remembered_by_its_size() -> None:
    pace, raid = play.Pace(size=2), salvo.load("one-site")
    assert pace.expect(raid) == 0
    pace.note(raid, 0.5)
    assert pace.expect(raid) == pytest.approx(0.5)
    twice = raid.replace("threats.missiles.count", 2 * raid.threats[0].count + 1)
    assert pace.expect(twice) == pytest.approx(1.0)
    for name in ("saturation", "decoys"):
        pace.note(salvo.load(name), 1.0)
    assert pace.expect(raid) == 0


def test_what_a_page_draws_unchecked_would_pass_the_check() -> None:
    result = salvo.simulate("saturation", trials=200)
    given = ((charts.dots, result.leakers, "leakers"), (charts.spread, result.leakers, "leakers"))
    given += (
        (charts.at_least, {"leakers": result.leakers}, "leakers"),
        (charts.flow, result),
        (charts.reasons, result),
    )
    given += ((charts.schematic, result.scenario),)
    for draw, *what in given:
        plain = json.loads(json.dumps(draw.plain(*what)))
        checked = json.loads(draw(*what).to_json())
        assert plain["data"] == checked["data"]

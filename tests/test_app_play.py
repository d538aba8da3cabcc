"""Playing for many visitors: first pictures before refinements, and what is broken off keeps what it has."""

from __future__ import annotations

import json

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

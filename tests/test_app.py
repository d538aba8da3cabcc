"""The page's logic without a browser: every widget reaches the scenario and the answer, and state survives a link."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import time
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import salvo
from salvo import charts, links
from salvo.answers import differences as compare
from salvo.answers.flights import flights, typical
from salvo.answers.lever_curves import LeverCurve, lever_curve
from salvo.answers.lots import lots
from salvo.answers.replay import replay
from salvo.app import limits, play, state
from salvo.app.launch import ADDRESS, SERVICE, free_port
from salvo.app.launch import SCRIPT as LAUNCHED
from salvo.app.parts import inputs, widgets
from salvo.app.state import Look
from salvo.app.tabs import TABS
from salvo.app.views import raid
from salvo.app.views.raid import Answer
from salvo.catalog.origin import settings
from salvo.engine.columns import Layout
from salvo.engine.players import Player
from salvo.format import edits, levers, names
from salvo.format.fields import fields
from salvo.format.parameters import NOT_PARAMETERS, list_parameters
from salvo.format.paths import tables
from salvo.format.scenario import Scenario, Uncertain, loads
from salvo.past.published import published
from salvo.report.against import WHAT, against_record
from salvo.report.one_page import told_ends
from salvo.report.strip import difference_text, headline, sentence, strip
from salvo.result.flight import HIT

SCRIPT = str(Path(__file__).resolve().parents[1] / "app.py")
TRIALS = 400

# Each parameter of it matters: rounds and channels are short, misses happen, some of everything is uncertain.
FIXTURE = """
schema = 1
name = "everything"
layers = ["outer", "inner", "last"]

[[assets]]
id = "site"
hits_to_disable = 3
value_usd = 2e6

[[assets]]
id = "radar"
destroyed_by_hit = 0.5
value_usd = 1e6
is_battery = "near"

[[assets]]
id = "mast"
destroyed_by_hit = 0.6
value_usd = 1e6
is_battery = "near"

[[threats]]
id = "wave"
class = "missile"
count = 30
speed_m_s = 800
arrival = { start_s = 0, spread_s = 60 }
targets = { site = 0.5, radar = 0.3, mast = 0.2 }
reliability = { low = 0.6, mode = 0.8, high = 0.95, with = "makers" }
on_target = { mean = 0.8, rho = 0.1 }
track = 0.9
unit_cost_usd = 1e5

[[threats]]
id = "stream"
class = "drone"
count = 15
speed_m_s = 100
arrival = { start_s = -20, rate_per_s = 0.3 }
unit_cost_usd = 1e4

[[threats]]
id = "listed"
class = "drone"
count = 3
speed_m_s = 100
arrival = { times_s = [0, 5, 10] }
priority = 1
unit_cost_usd = 1e4

[[threats]]
id = "chaff"
class = "missile"
count = 8
unit_cost_usd = 1e3
speed_m_s = 800
decoy = true
arrival = { start_s = -200 }

[[batteries]]
id = "far"
layer = "outer"
count = 2
channels = 2
interceptors = 20
interceptor_speed_m_s = 1500
position_km = 1
launch_delay_s = 1
reaction_s = 4
assess_s = 3
spacing_s = 1
availability = 0.9
ignore_misses = { sensitivity = 0.95, specificity = 0.4 }
kill_called_wrongly = 0.1
miss_called_wrongly = 0.1
interceptor_cost_usd = 1e6

[batteries.against.missile]
kill = { low = 0.3, mode = 0.5, high = 0.8, with = "shots" }
near_km = 5
far_km = 40
detect_km = 60
detect = 0.9
classify = 0.9
salvo = [2]
shared_failure = 0.3
looks = 2

[batteries.against.drone]
kill = { mean = 0.6, rho = 0.2, scope = "threat" }
far_km = 20

[[batteries]]
id = "near"
layer = "inner"
channels = 2
interceptors = 40
interceptor_speed_m_s = 1000
hold = "launch"
launch_cycle_s = 6
partial_salvo = false
ready = 6
reload_s = 20
covers = ["site", "radar"]
interceptor_cost_usd = 5e4

[batteries.against.missile]
kill = 0.6
window_s = [71, 2] # the chaff, all at once, comes into both windows in one tick
cycle_s = 4
salvo = [2]

[batteries.against.drone]
kill = 0.7
near_km = 0.2
far_km = 6

[[batteries]]
id = "spare"
layer = "last"
interceptor_speed_m_s = 1000
interceptor_cost_usd = 1e4

[batteries.against.drone]
kill = 0.2
far_km = 3
"""

# What each widget is set to. `None` in the place of a value: the widget is cleared.
SETTINGS: dict[str, Any] = {
    "layers": '["inner", "outer", "last"]',
    "assets.site.hits_to_disable": 12,
    "assets.site.value_usd": 3e6,
    "assets.radar.destroyed_by_hit": 1.0,
    "assets.radar.is_battery": "far",
    "threats.wave.class": "drone",
    "threats.wave.count": 40,
    "threats.wave.speed_m_s": 1200.0,
    "threats.wave.targets": "{ site = 1 }",
    "threats.wave.reliability/high": 1.0,
    "threats.wave.reliability/low": 0.2,
    "threats.wave.reliability/mode": 0.7,
    "threats.wave.reliability/scope": "threat",
    "threats.wave.reliability/form": widgets.FORMS[0],
    "threats.wave.on_target/mean": 0.6,
    "threats.wave.on_target/rho": 0.4,
    "threats.wave.on_target/scope": "study",
    "threats.wave.track": 0.5,
    "threats.wave.fails_late": 0.9,
    "threats.wave.aim": "even",
    "threats.wave.priority": 2,
    "threats.wave.unit_cost_usd": 2e5,
    "threats.wave.arrival.start_s": 30.0,
    "threats.wave.arrival.spread_s": 5.0,
    "threats.stream.arrival.rate_per_s": 2.0,
    "threats.listed.arrival.times_s": "[0, 0, 0]",
    "threats.chaff.decoy": False,
    "batteries.far.layer": "last",
    "batteries.far.count": 1,
    "batteries.far.channels": 1,
    "batteries.far.interceptors": 3,
    "batteries.far.against.missile.keep": 12,
    "batteries.near.ready": 2,
    "batteries.near.reload_s": 90.0,
    "batteries.near.lost_with": "all",
    "batteries.spare.channels_of": "near",
    "batteries.spare.interceptors_of": "near",
    "batteries.far.interceptor_speed_m_s": 900.0,
    "batteries.far.position_km": 4.0,
    "batteries.far.launch_delay_s": 6.0,
    "batteries.far.reaction_s": 20.0,
    "batteries.far.assess_s": 15.0,
    "batteries.far.spacing_s": 4.0,
    "batteries.far.hold": "intercept",
    "batteries.near.launch_cycle_s": 20.0,
    "batteries.far.order": "fewest-looks",
    "batteries.near.partial_salvo": True,
    "batteries.far.availability": 0.5,
    "batteries.far.ignore_misses.sensitivity": 0.5,
    "batteries.far.ignore_misses.specificity": 0.9,
    "batteries.far.kill_called_wrongly": 0.5,
    "batteries.far.miss_called_wrongly": 0.6,
    "batteries.far.effect": "suppress",
    "batteries.near.covers": '["site"]',
    "batteries.far.interceptor_cost_usd": 2e6,
    "batteries.far.against.missile.kill/mode": 0.4,
    "batteries.far.against.missile.kill/with": "makers",
    "batteries.far.against.drone.kill/form": widgets.FORMS[1],
    "batteries.near.against.missile.kill": 0.9,
    "batteries.far.against.missile.near_km": 35.0,
    "batteries.far.against.missile.far_km": 25.0,
    "batteries.far.against.missile.detect_km": 30.0,
    "batteries.far.against.missile.detect": 0.5,
    "batteries.far.against.missile.classify": 0.4,
    "batteries.far.against.missile.salvo": "[1]",
    "batteries.far.against.missile.looks": 1,
    "batteries.far.against.missile.shared_failure": 1.0,
    "batteries.near.against.missile.window_s": "[30, 2]",
    "batteries.near.against.missile.cycle_s": 9.0,
}  # fmt: skip
DESCRIPTIVE = {"title", "name"}  # what has no part in the answer
# In the quick loop, one of each kind of widget in each kind of table.
OF_EACH_KIND = {
    (path.partition(".")[0], type(value), path.partition("/")[2]): path for path, value in SETTINGS.items()
}.values()


def fixture() -> Scenario:
    return loads(FIXTURE)


def opened(query: dict[str, str] | None = None, tab: str = "The raid") -> AppTest:
    """The page, run once; its refinement is cut short to keep the test quick."""
    page = AppTest.from_file(SCRIPT, default_timeout=180)
    for key, value in (query or {}).items():
        page.query_params[key] = value
    page.session_state["tab"] = tab
    page.run()
    assert not page.exception
    return page


def show(page: AppTest, part: str) -> None:
    """Put the fixture back on the page, as if it had just been opened, and look at one part of it."""
    page.session_state["origin"] = page.session_state["base"] = fixture()
    page.session_state["moved"] = page.session_state["start"] = page.session_state["changes"] = {}
    page.session_state["epoch"] += 1
    page.session_state["pending"] = {}
    page.session_state["part"] = part
    page.run()


def shown(page: AppTest) -> Scenario:
    """The scenario as the page plays it."""
    state = page.session_state
    return Look(state["origin"], state["base"], state["moved"], state["changes"], state["seed"]).scenario


def words(page: AppTest) -> str:
    """All that the page says in words."""
    return " ".join(one.proto.body for kind in ("markdown", "html") for one in page.get(kind))


def answer(scenario: Scenario) -> str:
    """All of the result that is a number of the simulation."""
    found = salvo.simulate(scenario, trials=TRIALS, seed=1).to_dict()
    return json.dumps({key: value for key, value in found.items() if key not in ("hash", "seconds", "notes")})


@pytest.fixture(scope="module")
def editor() -> AppTest:
    return opened(links.encode(fixture(), 1), "Every number")


@pytest.fixture(scope="module", autouse=True)
def quick() -> Any:
    """Few nights: these tests are about which scenario is played, not about how long."""
    patch = pytest.MonkeyPatch()
    patch.setattr(limits, "FIRST", 100)
    patch.setattr(limits, "USUAL", 100)
    patch.setattr(limits, "CURVES", 0)
    patch.setattr(state, "REST", 0.0)  # no waiting for the visitor to stop moving
    yield
    patch.undo()


def test_the_walk_covers_every_parameter() -> None:
    """Every key of every table of the format, and each form of a law, is in SETTINGS or said to be descriptive."""
    reached = {path.partition("/")[0].rsplit(".", 1)[-1] for path in SETTINGS} | DESCRIPTIVE
    known = {key for _, table in tables(fixture()) for key in fields(type(table)) if key not in NOT_PARAMETERS}
    assert known <= reached
    assert {"low", "mode", "high", "mean", "rho", "scope", "with"} <= {path.partition("/")[2] for path in SETTINGS}


@pytest.mark.parametrize(
    "path", [path if path in OF_EACH_KIND else pytest.param(path, marks=pytest.mark.slow) for path in SETTINGS]
)
def test_every_widget_changes_the_answer(editor: AppTest, path: str) -> None:
    base = fixture()
    parts = path.partition("/")[0].split(".")
    show(editor, "" if len(parts) == 1 else ".".join(parts[:2]))
    kind = {bool: "checkbox", str: "text_input"}.get(type(SETTINGS[path]), "number_input")
    found = [one for name in (kind, "selectbox") for one in getattr(editor, name) if one.key == path]
    found[0].set_value(SETTINGS[path]).run()
    assert not editor.exception
    after = shown(editor)
    assert not editor.session_state["pending"]
    assert after != base
    assert answer(after) != answer(base)


@pytest.mark.parametrize("path", sorted(DESCRIPTIVE))
def test_descriptive_keys_change_no_answer(editor: AppTest, path: str) -> None:
    show(editor, "")
    editor.text_input(key=path).set_value("another").run()
    after = shown(editor)
    assert after.get(path) == "another"
    assert salvo.simulate(after, trials=TRIALS).leakers == salvo.simulate(fixture(), trials=TRIALS).leakers


def test_what_cannot_stand_waits_and_then_fits(editor: AppTest) -> None:
    show(editor, "threats.listed")
    editor.number_input(key="threats.listed.count").set_value(2).run()
    assert "threats.listed.count" in editor.session_state["pending"]
    assert "times_s" in " ".join(one.value for one in editor.code)
    editor.text_input(key="threats.listed.arrival.times_s").set_value("[1, 2]").run()
    assert not editor.session_state["pending"]
    assert shown(editor).get("threats.listed.count") == 2


def test_a_discarded_change_is_gone(editor: AppTest) -> None:
    show(editor, "threats.listed")
    editor.number_input(key="threats.listed.count").set_value(2).run()
    editor.button(key="discard").click().run()
    assert not editor.session_state["pending"]
    assert editor.number_input(key="threats.listed.count").value == 3


def test_what_a_file_gives_is_what_the_widgets_show(editor: AppTest) -> None:
    for part in ("threats.wave", "batteries.far"):
        show(editor, part)
        shown = {one.key: one.value for one in editor.number_input}
        for one in list_parameters(fixture()):
            if one.path.startswith(f"{part}.") and one.bounds is not None and not isinstance(one.value, Uncertain):
                assert shown[one.path] == one.value, one.path


@pytest.mark.parametrize("kind", edits.KINDS)
def test_add_copy_remove(editor: AppTest, kind: str) -> None:
    show(editor, "")
    count = len(getattr(fixture(), kind))
    editor.button(key=f"add-{kind}").click().run()
    added = editor.session_state["base"]
    assert len(getattr(added, kind)) == count + 1
    assert editor.session_state["part"] == f"{kind}.{getattr(added, kind)[-1].id}"
    editor.button(key="copy").click().run()
    assert len(getattr(editor.session_state["base"], kind)) == count + 2
    editor.button(key="remove").click().run()
    assert len(getattr(editor.session_state["base"], kind)) == count + 1
    assert not editor.exception


def test_what_is_added_is_marked_as_assumed() -> None:
    for kind in ("threats", "batteries"):
        new = edits.add(fixture(), kind)
        id = getattr(new, kind)[-1].id
        given = [one for one in list_parameters(new) if one.path.startswith(f"{kind}.{id}.") and one.given]
        numbers = [one for one in given if one.bounds is not None]
        assert numbers
        assert all(one.source == "assumed" for one in numbers)


@pytest.mark.parametrize("name", salvo.names())
@pytest.mark.parametrize("kind", edits.KINDS)
def test_a_part_can_be_added_to_every_scenario(name: str, kind: str) -> None:
    """A battery could not be added to scenarios that give no speeds."""
    base = salvo.load(name)
    more = edits.add(base, kind)
    assert len(getattr(more, kind)) == len(getattr(base, kind)) + 1
    if kind == "batteries" and base.threats_total <= 400:
        assert salvo.simulate(more, trials=20).trials == 20


@pytest.mark.parametrize(("kind", "id"), [("threats", "wave"), ("batteries", "near"), ("assets", "radar")])
def test_a_new_name_is_taken_up_wherever_it_stands(kind: str, id: str) -> None:
    new = edits.rename(fixture(), kind, id, "renamed")
    assert f'"{id}"' not in new.to_toml()
    assert [one.id for one in getattr(new, kind)].count("renamed") == 1
    assert edits.rename(new, kind, "renamed", id).hash == fixture().hash
    with pytest.raises(salvo.Faults):
        edits.rename(fixture(), kind, id, "No Name")


def test_a_scenario_is_built_from_nothing_by_buttons(editor: AppTest) -> None:
    show(editor, "")
    editor.button(key="blank").click().run()
    assert not editor.exception
    assert shown(editor).name == "my-raid"
    for kind in ("threats", "batteries", "assets"):
        editor.button(key=f"add-{kind}").click().run()
    editor.button(key="remove").click().run()
    assert not editor.exception
    assert (len(shown(editor).threats), len(shown(editor).batteries)) == (2, 2)
    assert "yours; before 10" in words(editor)  # there is no source that says otherwise
    link = links.decode({key: editor.query_params[key] for key in editor.query_params})
    assert link.played == shown(editor)


def test_what_is_refused_stands_beside_its_button_and_goes_with_the_next() -> None:
    editor = opened(links.encode(fixture(), 1), "Every number")
    editor.text_input(key=f"name-threats-wave-{editor.session_state['epoch']}").set_value("No Name").run()
    assert [one.value for one in editor.error] == ["This cannot be done."]
    editor.button(key="add-assets").click().run()
    assert not editor.error


def test_work_that_a_link_may_ask_for_is_bounded() -> None:
    """20,000 threats that a battery without a pause may shoot at for days held up everybody."""
    hostile = salvo.load("one-site").replace(
        {
            "threats.missiles.count": 20_000,
            "batteries.battery.interceptors": None,
            "batteries.battery.against.missile.window_s": [1_728_000, 0],
            "batteries.battery.against.missile.cycle_s": 0.001,
            "batteries.battery.against.missile.looks": 1000,
        }
    )
    with pytest.raises(salvo.Faults, match="possible engagements"):
        limits.check(hostile)
    page = opened(links.encode(hostile, 1))
    assert "possible engagements" in page.code[0].value
    for name in salvo.names():
        limits.check(salvo.load(name))


def test_the_store_of_trials_is_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE", 3_000_000)
    store = play.Store()
    for seed in range(30):
        store.get(salvo.load("april-2024"), seed).first()
    newest = store.get(salvo.load("april-2024"), 29)
    assert store.get(salvo.load("april-2024"), 29) is newest
    store.get(salvo.load("one-site"), 1)
    assert store.bytes <= 3_000_000 + newest.bytes


def test_sigterm_ends_the_server(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "salvo", "app", "--no-browser", "--port", str(port)], cwd=tmp_path
    )
    try:
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection((ADDRESS, port), 1):
                break
            assert time.monotonic() < until
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 143
        with pytest.raises(OSError, match=r"."):
            socket.create_connection((ADDRESS, port), 1)
    finally:
        process.kill()


def test_a_move_before_the_address_is_written_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salvo.app.page._rest", lambda: None)  # as where the visitor moves again before the answer
    page = opened({"v": "1", "raid": "one-site"})
    page.button(key="preset-half").click().run()
    assert page.session_state["moved"] == {"interceptors": 50}


@pytest.mark.parametrize("by_hand", [True, False])
def test_an_old_address_that_comes_with_a_press_takes_nothing_back(by_hand: bool) -> None:
    """The press was sent before the browser had the newest address; alone, an old address is the way back."""
    page = opened({"v": "2", "raid": "one-site", "seed": "3"})
    page.button(key="preset-half").click().run()
    assert page.query_params["interceptors"] == "50"
    page.session_state["wrote"] = page.session_state["wrote"] - 60  # the last write is long ago
    page.session_state["written"] = {}
    page.query_params["interceptors"] = "80"
    if by_hand:
        page.number_input(key=state.SEED).set_value(4)
    page.run()
    assert page.session_state["moved"] == {"interceptors": 50 if by_hand else 80}
    assert page.session_state["seed"] == (4 if by_hand else 3)
    assert page.query_params["interceptors"] == ("50" if by_hand else "80")


def test_the_curve_of_a_slider_is_what_its_values_give() -> None:
    base = salvo.load("april-2024")
    hero = next(one for one in levers.heroes(base) if one.key == "rounds-arrow-3")
    curve = lever_curve(
        base, {"kill": 90}, {"batteries.arrow-2.channels": 3}, hero, "hits", seed=4, trials=100, points=5
    )
    assert curve.at == (0, 30, 48, 60, 90, 120)
    for value, mean, low, high, none in zip(*curve, strict=True):
        moved = levers.apply(base, {"kill": 90, hero.key: value}).replace("batteries.arrow-2.channels", 3)
        found = salvo.simulate(moved, trials=100, seed=4).hits
        assert (mean, low, high) == (pytest.approx(found.mean), *found.interval(0.9))
        assert none == pytest.approx(found.exactly(0).p)


def test_the_value_that_holds_is_read_off_the_curve() -> None:
    rising = LeverCurve((0, 10, 20), (3, 1, 0), (0, 0, 0), (9, 4, 0), (0.5, 0.9, 1.0))
    assert rising.holds(0.95) == pytest.approx(15)
    falling = LeverCurve((0, 10, 20), (0, 1, 3), (0, 0, 0), (0, 4, 9), (1.0, 0.9, 0.5))
    assert falling.holds(0.95) == pytest.approx(5)
    assert rising.holds(0.4) is None  # it holds everywhere
    assert LeverCurve((0, 10), (3, 2), (1, 1), (9, 9), (0.1, 0.2)).holds(0.95) is None
    assert LeverCurve((), (), (), (), ()).holds(0.95) is None


def test_sliders_get_their_curves_and_the_untouched_raid_its_ghost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CURVES", 2_000)
    monkeypatch.setattr("salvo.answers.lever_curves.TRIALS", 20)
    page = opened({"v": "2", "raid": "one-site", "count-missile": "30", "seed": "77"})
    assert "Little curves" in words(page)


def test_what_matters_is_asked_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salvo.app.views.matters.RAIDS", 20)
    page = opened(links.encode(fixture(), 1), "Which inputs matter")
    assert "Most hangs on" in words(page)
    for key in ("enough", "marginal"):
        page.button(key=f"ask-{key}").click().run()
        assert not page.exception
    assert "in 95 % of raids" in words(page) or "at best" in words(page)
    assert page.table


@pytest.mark.slow
def test_what_a_budget_buys_is_asked_and_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salvo.app.views.buy.RAIDS", 300)
    page = opened({"v": "2", "raid": "april-2024"}, "What to buy")
    shelf = [lot for lot in lots(salvo.load("april-2024")) if lot.cost_usd][:4]
    assert page.multiselect(key="shop-for-sale").value == [lot.id for lot in shelf]
    total = sum(lot.cost_usd or 0 for lot in shelf)
    assert page.number_input(key="shop-budget").value == pytest.approx(total / 1e6)
    page.button(key="buy-ask").click().run()
    offers = [
        {"id": one.id, "path": one.path, "add": one.add, "cost_usd": one.cost_usd, "most": one.most} for one in shelf
    ]
    found = salvo.buy("april-2024", offers, budget_usd=total, trials=300, seed=1)
    assert found.best.mix
    assert page.table
    page.button(key="buy-play").click().run()
    assert not page.exception
    assert shown(page) == salvo.load("april-2024").replace(found.changes())


def test_a_campaign_is_called_one_and_shown_raid_by_raid() -> None:
    tree = salvo.load("april-2024").to_dict() | {"campaign": {"raids": 3}}
    page = opened(links.encode(salvo.load(tree), 1))
    assert "Hits in an average campaign" in words(page)
    assert "of campaigns have" in words(page)
    assert "real raid" not in words(page)
    assert [one.value for one in page.number_input if one.label == "Raid of the campaign, 1 to 3"] == [3]
    assert "allowing for past errors" not in words(page)  # past raids are single ones
    assert not page.exception


def test_questions_are_asked_of_a_campaign_too() -> None:
    page = opened({"v": "2", "raid": "one-site", "set": 'campaign:{"raids":2}'}, "Which inputs matter")
    assert [one.value for one in page.info] == []
    page.session_state["asked"] = {"tornado", "enough", "marginal"}
    page.run()
    assert not page.exception
    assert re.search(r"in 95 % of campaigns \(reached|\*\*Never\*\* from", words(page))
    assert page.table
    page = opened({"v": "2", "raid": "april-2024", "set": 'campaign:{"raids":7}'}, "What to buy")
    assert "up to 2,000 threats, those of all raids of a campaign together" in page.info[0].value


def answer_of(changed: Scenario | None = None) -> Answer:
    """What the page shows of april-2024, with or without a change."""
    origin = salvo.load("april-2024")
    before = play.played(origin, 1)
    before.first()
    if changed is None:
        return Answer(before.result(origin), before, None, None, published(origin))
    found = play.played(changed, 1)
    found.first()
    return Answer(found.result(changed), found, before.result(origin), before, published(origin))


@pytest.mark.parametrize("kind", list(raid.WHICH))
def test_a_changed_raid_is_the_same_raid_and_its_ghost_is_the_one_shown_before(kind: str) -> None:
    calm = answer_of()
    number = raid.stands_for(calm, raid.WHICH[kind])
    for change in ({"rounds-arrow-3": 24}, {"count-ballistic": 220}, {"kill": 60}):
        changed = answer_of(levers.apply(calm.result.scenario, change))
        assert raid.stands_for(changed, raid.WHICH[kind]) == number
    shown, flown, before = raid._one(changed)
    assert before == raid._one(calm)[1]
    assert [flight.group for flight in before] == [flight.group for flight in flown]
    hits, was = (sum(flight.end == HIT for flight in one) for one in (flown, before))
    said = raid.raid_title(changed, shown, flown, before)
    assert said.startswith(f"Raid no. {shown:,}, typical before the change: {hits} hit")
    assert said.endswith(f", was {was}" if was != hits else ", as before")
    heads = [
        note["text"]
        for note in charts.units.plain(flown, changed.result.scenario, untouched=before)["layout"]["annotations"]
    ]
    assert sum("was " in text for text in heads) >= 2
    assert any(text.startswith(f"<b>{hits}</b>") and f"was {was}" in text for text in heads) == (was != hits)


def test_what_was_empty_when_a_later_raid_began_is_told() -> None:
    scenario = salvo.load("empty-magazines").replace("campaign", {"raids": 2})
    first, second = (replay(scenario, seed=1, trial=0, raid=raid) for raid in (0, 1))
    assert first.loaded["battery"] > 0 == second.loaded["battery"]
    assert all("Battery was empty" in flight.story for flight in flights(second) if flight.end == HIT)


@pytest.mark.parametrize(
    ("name", "key", "chips"), [("april-2024", "at-once", 1), ("april-2024", "without", 1), ("one-site", "twice", 1)]
)
def test_a_question_of_several_changes_is_one_chip(name: str, key: str, chips: int) -> None:
    page = opened({"v": "2", "raid": name})
    preset = next(one for one in levers.presets(salvo.load(name)) if one.key == key)
    page.button(key=f"preset-{key}").click().run()
    found = [one for one in page.button if str(one.key).startswith("chip-")]
    assert len(found) == chips
    assert (preset.label in found[0].label.replace("\\", "")) == (len(preset.changes) > 1)
    found[0].click().run()
    assert shown(page) == salvo.load(name)


def test_a_mark_is_no_smaller_than_it_must_be() -> None:
    """Columns that say what they were need room, which many narrow columns took from the marks."""
    calm = answer_of()
    changed = answer_of(levers.apply(calm.result.scenario, {"count-ballistic": 220}))
    _, flown, before = raid._one(changed)
    figure = charts.units.plain(flown, changed.result.scenario, untouched=before)
    sizes = [trace["marker"]["size"] for trace in figure["data"] if trace.get("ids")]
    assert min(sizes) > 5
    assert figure["layout"]["height"] < 400


@pytest.mark.parametrize(("set", "what"), [("threats.missiles.count:30", "raid"), ('campaign:{"raids":2}', "campaign")])
def test_what_differs_is_told_in_a_sentence(set: str, what: str) -> None:
    page = opened({"v": "2", "raid": "one-site", "set": set}, "Compare")
    said = rf"\*\*[\d.]+(?: ± [\d.]+)? leakers more\*\* in an average {what} than before; \d+ % of {what}s end differently\."
    assert re.search(said, words(page))
    assert f"in an average {what}" in page.table[0].value.columns


def test_ends_of_flights_are_told_without_keys_of_the_file() -> None:
    scenario = salvo.load("april-2024")
    said = told_ends(["exo", "exo", "short", "failed", "hit", "missed"], scenario)
    assert said == (
        "2 shot down by Arrow 3, SM-3; 1 shot down by Iron Dome; 1 failed by themselves; 1 hit; 1 got through and missed"
    )


def test_what_is_counted_stays_where_nothing_is_fired_any_more() -> None:
    page = opened({"v": "2", "raid": "april-2024", "count-ballistic": "0", "count-drone": "0", "count-cruise": "0"})
    assert "Hits in an average raid" in words(page)
    assert "Got through in an average raid" not in words(page)
    assert '<div class="salvo-bar"><span>Nothing is fired</span>' in words(page)


def test_what_a_campaign_ran_out_of_is_told_in_a_line_that_fits() -> None:
    base = salvo.load("april-2024")
    before, now = (salvo.simulate(one, trials=100, seed=1) for one in (base, base.replace("campaign", {"raids": 2})))
    change = strip(now, before)[4].change
    assert re.fullmatch(r"in half of them: was \d+ \(\+\d+\)", change)
    assert len(change) <= len("in half of the raids: was 6 (+2)")


def test_factors_are_read_as_factors_and_every_question_says_what_it_does() -> None:
    base = salvo.load("april-2024")
    kill = next(hero for hero in levers.heroes(base) if hero.key == "kill")
    assert [kill.shown(value) for value in (100, 85, 5, 200)] == [
        "\u00d7 1.0",
        "\u00d7 0.85",
        "\u00d7 0.05",
        "\u00d7 2.0",
    ]
    page = opened({"v": "2", "raid": "april-2024", "kill": "80"})
    assert any(one.label.startswith("Kill probability \u00d7 1\\.0 \u2192 \u00d7 0\\.8 ") for one in page.button)
    for preset in levers.presets(base):
        assert preset.help.endswith(".")
        assert page.button(key=f"preset-{preset.key}").help == preset.help


@pytest.mark.parametrize(
    ("id", "label"),
    [
        ("arrow-3", "Arrow 3"),
        ("sm-3", "SM-3"),
        ("us-f15e", "US F-15E"),
        ("iaf-fighters", "IAF fighters"),
        ("fighters", "Fighters"),
        ("davids-sling-rest", "David's Sling (elsewhere)"),
        ("iron-dome-bases", "Iron Dome (bases)"),
        ("point-elsewhere", "Point defence (elsewhere)"),
        ("point-defence", "Point Defence"),
        ("elsewhere", "Elsewhere"),
        ("rest", "Rest"),
    ],
)
def test_names_are_read_as_a_reader_would_write_them(id: str, label: str) -> None:
    assert names.label(id) == label


def test_sources_with_an_address_lead_there_and_assumptions_are_counted_of_all() -> None:
    page = opened({"v": "2", "raid": "april-2024"})
    assert '<a href="https://www.i24news.tv/fr/actu/israel/diplomatie-defense/artc-' in words(page)
    assert "136 of 208 inputs are assumed" in words(page)


def test_removing_takes_what_names_it_along() -> None:
    assert "radar" not in edits.remove(fixture(), "assets", "radar").to_toml()
    assert edits.remove(fixture(), "batteries", "near").assets[1].is_battery is None
    with pytest.raises(salvo.Faults):
        edits.remove(salvo.load("one-site"), "threats", "missiles")


def test_pairs_come_and_go() -> None:
    more = edits.add_pair(fixture(), "near", "chaff")
    assert "chaff" in more.batteries[1].against
    assert edits.remove_pair(more, "near", "chaff") == fixture()


@pytest.mark.parametrize("name", salvo.names())
def test_every_scenario_opens(name: str) -> None:
    page = opened({"v": "1", "raid": name})
    assert page.session_state["base"] == salvo.load(name)
    result = salvo.simulate(name, trials=100, seed=1)
    assert f"<h1>{escape(headline(result))}</h1>" in words(page)


def test_the_picker_picks() -> None:
    page = opened()
    page.selectbox[0].set_value("decoys").run()
    assert page.session_state["base"].name == "decoys"
    assert page.query_params["raid"] == "decoys"


def test_a_link_holds_sliders_and_seed() -> None:
    page = opened({"v": "1", "raid": "april-2024", "seed": "9", "kill": "60", "count-drone": "200"})
    assert page.session_state["moved"] == {"kill": 60, "count-drone": 200}
    assert page.session_state["seed"] == 9
    assert page.query_params["kill"] == "60"


def test_a_bad_link_says_so_and_shows_the_usual_scenario() -> None:
    page = opened({"raid": "nowhere"})
    assert page.session_state["base"].name == "april-2024"
    assert "cannot be opened" in page.error[0].value
    assert "nowhere" in page.code[0].value


def test_too_much_for_a_shared_page_gets_a_sentence() -> None:
    heavy = salvo.load("one-site").replace("threats.missiles.count", limits.MAX_THREATS + 1)
    page = opened(links.encode(heavy, 1))
    assert f"{limits.MAX_THREATS:,}" in page.code[0].value


def test_compare_with_the_untouched_raid_and_with_a_pin() -> None:
    page = opened({"v": "1", "raid": "one-site"}, "Compare")
    assert "No difference in any raid" in words(page)
    page = opened({"v": "1", "raid": "one-site", "kill": "50"}, "Compare")
    assert re.search(r"leakers more\*\* in an average raid than before; \d+ % of raids end differently", words(page))
    page.button(key="pin").click().run()
    assert "No difference in any raid" in words(page)
    link = page.query_params["against"]
    assert "kill=50" in link
    other = opened({"v": "2", "raid": "one-site", "against": link}, "Compare")
    assert other.session_state["pinned"].scenario == shown(page)
    assert "fewer" in words(other)
    other.button(key="unpin").click().run()
    assert other.session_state["pinned"] is None
    assert not other.exception


def test_an_edit_leaves_the_sliders_where_they_are() -> None:
    """Issue: kill at 80 %, then any edit, gave 100 % again with 0.8 baked in."""
    page = opened({"v": "2", "raid": "one-site", "kill": "50"}, "Every number")
    page.session_state["part"] = "threats.missiles"
    page.run()
    page.number_input(key="threats.missiles.speed_m_s").set_value(500.0).run()
    assert page.session_state["moved"] == {"kill": 50}
    assert shown(page).get("batteries.battery.against.missile.kill") == 0.4
    assert page.query_params["set"] == "threats.missiles.speed_m_s:500.0"
    assert page.query_params["raid"] == "one-site"


def test_what_was_changed_stands_above_and_each_can_be_taken_back() -> None:
    link = {"v": "2", "raid": "april-2024", "count-drone": "400", "set": "batteries.arrow-2.channels:3"}
    link["count-drone"] = "300"
    page = opened(link)
    labels = {one.key: one.label for one in page.button if str(one.key).startswith("chip-")}
    assert "Drones 185" in labels["chip-slider-count-drone"]
    assert "300" in labels["chip-slider-count-drone"]
    assert "yours; the source says 331" in words(page)
    assert ", changed" in page.selectbox[0].options[0]
    page.button(key="chip-slider-count-drone").click().run()
    assert page.session_state["moved"] == {}
    assert page.session_state["changes"] == {"batteries.arrow-2.channels": 3}
    page.button(key="undo").click().run()
    assert page.session_state["moved"] == {"count-drone": 300}
    page.button(key="reset").click().run()
    assert shown(page) == salvo.load("april-2024")
    assert not page.exception


ROUNDS = "batteries.arrow-3.interceptors"


@pytest.mark.parametrize(
    ("moved", "changes", "sliders", "rest"),
    [
        ({}, {ROUNDS: 12}, {"rounds-arrow-3": 24}, {}),
        ({}, {ROUNDS: 24}, {}, {}),  # as the scenario has it
        ({"interceptors": 50}, {ROUNDS: 12}, {"interceptors": 50, "rounds-arrow-3": 24}, {}),
        ({"interceptors": 50}, {ROUNDS: 24}, {"interceptors": 50}, {ROUNDS: 24}),  # not halved, which no slider can say
        ({"rounds-arrow-3": 24}, {ROUNDS: 6}, {"rounds-arrow-3": 12}, {}),
        ({}, {ROUNDS: 5000}, {}, {ROUNDS: 5000}),  # past the slider's end
        ({}, {"threats.drones.count": 222, f"{ROUNDS[:-12]}channels": 3}, {"count-drone": 222}, {f"{ROUNDS[:-12]}channels": 3}),
        ({}, {"threats.ballistic-main.count": 20}, {}, {"threats.ballistic-main.count": 20}),  # in other proportions
        ({}, {"threats.ballistic-main.count": 218, "threats.ballistic-erbil.count": 2}, {"count-ballistic": 220}, {}),
    ],
)  # fmt: skip
def test_what_a_slider_can_say_is_said_by_it(moved: Any, changes: Any, sliders: Any, rest: Any) -> None:
    april = salvo.load("april-2024")
    assert levers.settled(april, moved, changes) == (sliders, rest)
    assert levers.apply(april, sliders).replace(rest) == levers.apply(april, moved).replace(changes)


def test_sliders_stand_where_a_link_puts_their_numbers() -> None:
    page = opened({"v": "2", "raid": "april-2024", "set": f"{ROUNDS}:12"})
    assert page.session_state["moved"] == {"rounds-arrow-3": 24}
    assert page.session_state["changes"] == {}
    assert "Arrow 3 rounds 48 \u2192 24" in page.button(key="chip-slider-rounds-arrow-3").label
    assert shown(page).get(ROUNDS) == 12
    assert not page.exception


def test_a_slider_that_cannot_say_what_is_set_stands_there_until_it_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    plain = inputs.live_slider
    monkeypatch.setattr(
        inputs, "live_slider", lambda label, **told: (drawn.update({label: told}), plain(label, **told))
    )
    page = opened({"v": "2", "raid": "april-2024", "set": "threats.ballistic-main.count:20"}, "Every number")
    sliders = {one.key: one for one in levers.heroes(page.session_state["base"])}
    page.session_state["part"] = "batteries.arrow-3"
    page.run()
    page.number_input(key=ROUNDS).set_value(5000).run()  # past the end of its slider
    assert (page.session_state["moved"], sliders["rounds-arrow-3"].high) == ({}, 120)
    assert page.session_state["changes"] == {"threats.ballistic-main.count": 20, ROUNDS: 5000}
    assert levers.at(sliders["count-ballistic"], shown(page)) == 21
    assert levers.at(sliders["rounds-arrow-3"], shown(page)) == 10_000
    assert drawn["Arrow 3 rounds"]["note"] == "now 10,000, set under Every number"
    assert drawn["Ballistic missiles"]["value"] == 21
    page.session_state["hero-count-ballistic"] = {
        "hand": {"value": 110, "held": False, "epoch": page.session_state["epoch"]}
    }
    page.run()  # the hand puts it where the scenario has it, so that what was set there goes
    assert page.session_state["changes"] == {ROUNDS: 5000}
    assert shown(page).get("threats.ballistic-main.count") == 109
    assert not page.exception


def test_the_curve_of_a_slider_moves_what_was_set_under_it() -> None:
    april = salvo.load("april-2024")
    hero = next(one for one in levers.heroes(april) if one.key == "rounds-arrow-3")
    plain = lever_curve(april, {}, {}, hero, "hits", trials=100, points=3)
    assert lever_curve(april, {}, {ROUNDS: 3}, hero, "hits", trials=100, points=3) == plain
    assert plain.mean[0] > plain.mean[-1]


@pytest.mark.slow
def test_ready_made_questions_are_asked_and_taken_back() -> None:
    page = opened()
    for preset in levers.presets(salvo.load("april-2024")):
        page.button(key=f"preset-{preset.key}").click().run()
        assert not page.exception
        assert shown(page) != salvo.load("april-2024")
        assert preset.label in words(page)
        page.button(key=f"preset-{preset.key}").click().run()
        assert shown(page) == salvo.load("april-2024")


@pytest.mark.parametrize("name", salvo.names())
def test_a_second_raid_is_asked_where_a_stock_can_run_out(name: str) -> None:
    base = salvo.load(name)
    again = next((one for one in levers.presets(base) if one.key == "again"), None)
    limited = any(y.count and y.interceptors for y in base.batteries)
    assert (again is not None) == (limited and base.campaign is None)
    if again is not None:
        assert again.label == f"A second {base.period} on the rounds left"
        assert base.replace(again.changes).campaign.raids == 2


def test_a_second_raid_comes_on_what_the_first_has_left() -> None:
    page = opened()
    page.button(key="preset-again").click().run()
    assert not page.exception
    assert "A second night on the rounds left: " in words(page)
    assert f"of {2 * salvo.load('april-2024').launched.real} in an average campaign instead of" in words(page)
    assert shown(page).campaign.raids == 2
    again = opened(dict(page.query_params))
    assert shown(again) == shown(page)


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ({"raid": "april-2024"}, True),
        ({"raid": "saturation", "kill": "80"}, True),
        ({"raid": "april-2024", "kill": "80"}, True),
        ({"raid": "april-2024", "set": 'campaign:{"raids":2}'}, False),  # past raids are single ones
        ({"raid": "al-asad-2020"}, False),  # the defence decides nothing
        ({"raid": "one-site", "set": "threats.missiles.count:3000"}, False),
    ],
)
def test_the_interval_against_the_record_stands_under_the_hits(link: dict[str, str], shown: bool) -> None:
    page = opened({"v": "2", **link})
    assert (escape(WHAT) in words(page)) == shown
    assert ("allowing for past errors: " in words(page)) == shown
    if shown:
        look, trials = (
            page.session_state["held"].scenario,
            int(re.findall(r"([\d,]+) simulated raids", words(page))[0].replace(",", "")),
        )
        low, high = against_record(salvo.simulate(look, trials=trials, seed=1)).total.outer
        assert f"allowing for past errors: {low} to {high}<" in words(page)


def test_a_difference_is_that_of_the_numbers_shown() -> None:
    texts = [difference_text(*numbers, 1) for numbers in ((4.36, 2.144), (2.217, 2.144), (5.0, 3.0), (2.06, 2.14))]
    assert texts == ["was 2.1", "was 2.1 (+0.1)", "was 3.0 (+2.0)", "as before"]
    base = salvo.load("april-2024")
    before = salvo.simulate(base, trials=1000, seed=1)
    told = 0
    for ballistic in range(80, 140, 6):
        now = salvo.simulate(levers.apply(base, {"count-ballistic": ballistic}), trials=1000, seed=1)
        for key, true in (("hits", now.hits.mean - before.hits.mean), ("stopped", None)):
            figure = next(one for one in strip(now, before) if one.key == key)
            if "(" not in figure.change:
                continue
            told += 1
            was, apart = re.findall(r"was ([\d.]+)(?: %)? \(([+\u2212][\d.]+)", figure.change)[0]
            shown = Decimal(re.findall(r"[\d.]+", figure.value)[0])
            assert shown - Decimal(was) == Decimal(apart.replace("\u2212", "-"))
            assert true is None or float(apart.replace("\u2212", "-")) == pytest.approx(true, abs=0.06)
    assert told >= 8


@pytest.mark.parametrize(
    ("now", "before", "decimals", "words"),
    [
        (88, 87, 0, "was 87 % (+1 point)"),
        (85, 87, 0, "was 87 % (\u22122 points)"),
        (98.0, 99.0, 1, "was 99.0 % (\u22121.0 points)"),
        (87.4, 87, 0, "as before"),
    ],
)
def test_one_point_and_two_points(now: float, before: float, decimals: int, words: str) -> None:
    assert difference_text(now, before, decimals, " points", " %") == words


@pytest.mark.parametrize("name", salvo.names())
def test_the_strip_adds_up_and_its_lines_are_short(name: str) -> None:
    base = salvo.load(name)
    before = salvo.simulate(base, trials=100, seed=1)
    found = [(before, None)]
    if (preset := next(iter(levers.presets(base)), None)) is not None:
        changed = levers.apply(base, preset.sliders).replace(preset.changes)
        found.append((salvo.simulate(changed, trials=100, seed=1), before))
    for result, untouched in found:
        for figure in strip(result, untouched, published(base), against_record(result)):
            assert len(figure.lines) <= (3 if untouched is None else 2), figure
            assert bool(figure.change) <= (untouched is not None)
            assert all(len(line) <= 36 and "\u2026" not in line for line in (figure.change, *figure.lines)), figure
        stopped = strip(result)[1]
        counts = [float(line.split()[0].replace(",", "")) for line in stopped.lines if not line.startswith("under")]
        assert sum(counts) == pytest.approx(result.launched.real, abs=0.05)  # as shown, and "under 0.1" is one more
        parts = [Decimal(part) for part in re.findall(r"\(([\d.]+) %\)", " ".join(stopped.lines))]
        assert not parts or sum(parts) == Decimal(re.findall(r"[\d.]+", stopped.value)[0])


def test_half_of_the_raids_have_none_and_no_median_is_named() -> None:
    raid = {"threats.missiles.count": 1, "batteries.battery.against.missile.kill": 0.5}
    result = salvo.simulate(salvo.load("one-site").replace(raid), trials=2000, seed=1)
    assert sentence(result) == "Half of the raids have no leaker."


def test_the_count_of_a_bad_raid_stays_while_sliders_move() -> None:
    base = salvo.load("april-2024")
    before = salvo.simulate(base, trials=400, seed=1)
    bad = re.search(r"have (\d+) or more\.", sentence(before))
    assert bad is not None
    for count in (60, 160, 220):
        now = salvo.simulate(levers.apply(base, {"count-ballistic": count}), trials=400, seed=1)
        assert f"have {bad[1]} or more, before" in sentence(now, before)


def test_how_many_are_told_by_the_count_of_the_real_raid_or_of_the_interval_beside_it() -> None:
    base = salvo.load("april-2024")
    before = salvo.simulate(base, trials=400, seed=1)
    now = salvo.simulate(levers.apply(base, {"rounds-arrow-3": 24}), trials=400, seed=1)
    assert " have 9 or more, before " in sentence(now, before, published(base))
    most = before.hits.interval(0.9)[1]
    assert f" have {most + 1} or more, before " in sentence(now, before)
    assert f"nine raids in ten: 0 to {most}" in strip(before)[2].lines


def test_what_happened_is_said_before_how_often() -> None:
    result = salvo.simulate("april-2024", trials=400, seed=1)
    said = sentence(result, None, published(result.scenario))
    assert said.startswith("In the real raid 9 hit, on the high side: ")
    none = salvo.simulate("red-sea-2024-01-09", trials=400, seed=1)
    assert sentence(none, None, published(none.scenario)).startswith("In the real raid none got through. ")


def test_a_time_axis_is_told_as_a_clock_and_few_lines_are_told_apart() -> None:
    lines = {f"battery-{k}": np.array([k, 0.0]) for k in range(12)}
    hours = charts.over_time.plain(np.array([-600.0, 20_000.0]), lines, "Rounds left", "rounds")
    assert hours["layout"]["xaxis"]["ticktext"] == ["0:00", "1:00", "2:00", "3:00", "4:00", "5:00"]
    assert [line["name"] for line in hours["data"] if line["showlegend"]] == [f"battery-{k}" for k in range(11, 5, -1)]
    assert len(hours["data"]) == 12
    days = charts.over_time.plain(np.array([0.0, 345_600.0]), lines, "Rounds left", "rounds")
    assert days["layout"]["xaxis"]["title"]["text"] == "time of the raid (days)"


def test_a_pin_of_another_raid_is_called_so() -> None:
    page = opened({"v": "2", "raid": "one-site", "seed": "2"}, "Compare")
    page.button(key="pin").click().run()
    assert "for both: each threat" in " ".join(one.value for one in page.caption)
    page.selectbox[0].set_value("decoys").run()
    assert not page.exception
    assert "another raid" in " ".join(one.value for one in page.caption)


def test_nothing_fired_gets_a_sentence_and_no_chart() -> None:
    page = opened({"v": "2", "raid": "april-2024", "count-drone": "0", "count-cruise": "0", "count-ballistic": "0"})
    assert "<h1>Nothing is fired.</h1>" in words(page)
    assert "nothing to draw" in page.info[0].value
    assert not page.exception
    # Every threat of this raid may miss, so its hits are counted, with and without threats.
    assert "Hits in an average raid" in words(page)
    assert "Got through" not in words(page)


@pytest.mark.parametrize("tab", [name for name in TABS if name != "The raid"])
def test_every_tab_bears_a_raid_without_threats(tab: str) -> None:
    page = opened({"v": "2", "raid": "one-site", "count-missile": "0"}, tab)
    assert "<h1>Nothing is fired.</h1>" in words(page)
    assert not page.exception
    assert not page.error


def test_events_of_a_raid_are_called_as_on_the_rest_of_the_page() -> None:
    page = AppTest.from_file(SCRIPT, default_timeout=180)
    page.query_params["raid"] = "april-2024"
    page.session_state["tab"], page.session_state["events"] = "Replay", True
    page.session_state["replay-which"], page.session_state["raid-number"] = "by number", 0
    page.run()
    assert not page.exception
    rows = page.dataframe[0].value
    told = replay("april-2024", seed=1, trial=0)
    known = {flight.name for flight in flights(told)}
    assert set(rows["threat"]) - {""} <= known
    first = next(event for event in told.events if event.kind == "fires")
    firing = rows[rows["what"] == "fires"].iloc[0]
    mine = [one for one in flights(told) if one.group == first.threat]
    assert firing["threat"] == mine[first.rank or 0].name
    assert firing["battery"] == names.label(first.battery or "")
    assert not {"None", "us-f15e"} & set(rows.astype(str).to_numpy().ravel())


@pytest.mark.parametrize("extra", ["fbclid", "utm_source", "gclid", "UTM", "<b>", "x y"])
def test_keys_that_are_not_ours_are_passed_over(extra: str) -> None:
    page = opened({"v": "2", "raid": "one-site", "seed": "7", extra: "anything [at](http://all)"})
    assert not page.error
    assert page.session_state["base"].name == "one-site"
    assert page.session_state["seed"] == 7
    alone = opened({extra: "1"})
    assert not alone.error
    assert alone.session_state["base"].name == "april-2024"


@pytest.mark.parametrize(("key", "value"), [("schema", "99"), ("v", "99"), ("salvo", "[click](http://x.example)")])
def test_versions_in_a_link_are_checked(key: str, value: str) -> None:
    page = opened({"v": "2", "raid": "one-site", key: value})
    assert "cannot be opened" in page.error[0].value
    assert "click" not in words(page)


def test_paired_differences_are_those_of_the_trials() -> None:
    before, after = salvo.load("saturation"), salvo.load("saturation").replace("batteries.battery.channels", 7)
    from salvo.engine.players import Player

    rows = [Player(scenario, 3, 1).rows(0, 500) for scenario in (before, after)]
    thin = [every[:, compare.compared(before)] for every in rows]
    found = {one.name: one for one in compare.differences(before, after, *thin)}
    leakers = rows[1][:, 0] - rows[0][:, 0]
    assert found["leakers"].mean == leakers.mean()
    half = 1.96 * leakers.std(ddof=1) / 500**0.5
    assert found["leakers"].high == pytest.approx(leakers.mean() + half, rel=1e-3)
    assert found["leakers"].high - found["leakers"].mean <= found["leakers"].independent
    assert found["leakers"].changed == (leakers != 0).mean()
    assert list(compare.changed(before, after)) == [("batteries.battery.channels", "6", "7")]
    weaker = levers.apply(salvo.load("decoys"), {"kill": 80})  # 0.9 x 0.8 is 0.7200000000000001 to a computer
    assert [now for *_, now in compare.changed(salvo.load("decoys"), weaker)] == ["0.72"]


def test_the_raid_that_stands_for_others() -> None:
    raid = salvo.load("april-2024")
    rows = Player(raid, 1, 1).rows(0, 400)
    counts = rows[:, Layout(raid).slices["hits"].start]
    number = typical(raid, rows, "hits")
    # Where half of the raids end with each of two counts, the larger one is taken.
    assert counts[number] == np.sort(counts)[208]
    assert counts[typical(raid, rows, "hits", 0.9)] == np.sort(counts)[360]
    told = flights(replay(raid, seed=1, trial=number))
    assert len(told) == raid.threats_total
    assert sum(one.end == "hit" for one in told) == counts[number]
    for place, layer in enumerate(raid.layers):
        stopped = rows[number][Layout(raid).slices["g_stopped"]].reshape(len(raid.threats), -1)
        mine = [k for k, battery in enumerate(raid.batteries) if battery.layer == layer]
        assert sum(one.end == layer for one in told) == stopped[:, mine].sum(), place
    assert all(one.story.endswith(".") and ".." not in one.story for one in told)


@pytest.mark.parametrize("name", salvo.names())
def test_sliders_reach_what_they_name(name: str) -> None:
    base = salvo.load(name)
    assert levers.apply(base, {}) is base
    for slider in levers.heroes(base):
        assert levers.apply(base, {slider.key: slider.value}) is base
        if slider.blocked:
            continue
        ends = [levers.apply(base, {slider.key: end}) for end in (slider.low, slider.high)]
        assert any(moved != base for moved in ends)
        if slider.key.startswith(levers.ROUNDS):
            id = slider.key.removeprefix(levers.ROUNDS)
            loaded = [next(y.count * y.interceptors for y in moved.batteries if y.id == id) for moved in ends]
            assert loaded == [slider.low, slider.high]
        if slider.key.startswith(levers.COUNT):
            known = slider.key.removeprefix(levers.COUNT)
            totals = [sum(t.count for t in moved.threats if t.class_ == known and not t.decoy) for moved in ends]
            assert totals == [slider.low, slider.high]
        with pytest.raises(salvo.Faults):
            levers.apply(base, {slider.key: slider.high + slider.step})
    with pytest.raises(salvo.Faults):
        levers.apply(base, {"nothing": 1.0})


def test_shared_out_in_proportion() -> None:
    assert levers.shared_out(7, [1, 1, 1]) == [3, 2, 2]
    assert levers.shared_out(110, [109, 1]) == [109, 1]
    assert levers.shared_out(5, [0, 0]) == [3, 2]
    assert levers.shared_out(0, [3, 4]) == [0, 0]


def test_the_recipe_gives_the_same_scenario(tmp_path: Path) -> None:
    edited = salvo.load("april-2024").replace(
        {"threats.drones.count": 150, "batteries.arrow-3.against.ballistic.kill": 0.5}
    )
    found = settings(edited)
    assert found is not None
    assert salvo.load("april-2024").replace(found).hash == edited.hash
    program = salvo.simulate(edited, trials=50, seed=2).reproduce().python
    scope: dict[str, Any] = {}
    exec(program.replace("print(", "str("), scope)
    assert scope["answer"].scenario.hash == edited.hash
    assert (scope["answer"].seed, scope["answer"].trials) == (2, 50)
    assert settings(fixture()) is None
    assert "everything.toml" in salvo.simulate(fixture(), trials=1).reproduce().command


@pytest.mark.parametrize("script", [Path(SCRIPT), SERVICE, LAUNCHED])
def test_no_file_of_ours_is_taken_for_a_page_of_its_own(script: Path) -> None:
    """Streamlit lists the files of a folder "pages" beside the script in a bar at the left."""
    assert script.is_file()
    assert not list(script.parent.glob("pages/*.py"))  # a folder that only holds compiled files is no page


def test_the_command_line_gives_the_same_number(capfd: pytest.CaptureFixture[str]) -> None:
    import shlex

    from salvo.cli.main import main

    edited = levers.apply(salvo.load("april-2024"), {"count-drone": 150, "count-ballistic": 60})
    words = shlex.split(salvo.simulate(edited, trials=50, seed=2).reproduce().command)
    with pytest.raises(SystemExit) as stopped:
        main([*words[1:], "--format", "json"])
    assert stopped.value.code == 0
    found = json.loads(capfd.readouterr().out)
    assert found["hash"] == edited.hash
    assert found["leakers"]["mean"] == salvo.simulate(edited, trials=50, seed=2).leakers.mean


def test_lists_and_tables_as_text() -> None:
    for value in ([1, 2], {"a": 0.5}, ["x", "y"]):
        assert widgets.from_text(widgets.as_text(value)) == value
    assert widgets.from_text(" ") is None
    for text in ("[1,", "1\nother = 2", "nonsense"):
        with pytest.raises(widgets.Unread):
            widgets.from_text(text)

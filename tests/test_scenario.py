"""The file format: a good file with every key, round trips, broken files, all faults at once, and a fuzz."""

import copy
import hashlib
import itertools
import json
import pickle
import subprocess
import sys
import time
import tomllib

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import salvo
from salvo import catalog
from salvo.catalog import shelf
from salvo.catalog.load import load
from salvo.faults import Faults, near_miss
from salvo.format import edits
from salvo.format.errors import TABLES
from salvo.format.fields import fields
from salvo.format.luck import battery_hash, group_hash, parameter_hash
from salvo.format.parameters import list_parameters
from salvo.format.scenario import Scenario, Uncertain, expected, loads, uncertain
from salvo.format.schema import json_schema

FULL = """
schema = 1
name = "every-key"
title = "A \\"raid\\" on two sites: \u00e9"
period = "attack"
layers = ["upper", "lower"]

[campaign]
raids = 3
interval_s = 86400
resupply = { upper-1 = 4 }

[[assets]]
id = "site-a"
hits_to_disable = 3
value_usd = 2e8
is_battery = "lower-1"
ranges = { hits_to_disable = [1, 5], value_usd = [1e8, 4e8] }

[[assets]]
id = "site-b"
destroyed_by_hit = { low = 0.2, mode = 0.4, high = 0.8, scope = "threat" }

[[threats]]
id = "mrbm"
class = "ballistic"
count = 120
speed_m_s = 2200
arrival = { start_s = -5, spread_s = 900 }
targets = { site-a = 0.7, site-b = 0.3 }
aim = "even"
reliability = { mean = 0.9, rho = 0.1 }
fails_late = 0.5
on_target = 0.6
track = 0.99
decoy = false
priority = 1
unit_cost_usd = 1e6
ranges = { count = [60, 200], "arrival.spread_s" = [600, 1200] }
sources = { count = "some-report", arrival = "assumed" }

[[threats]]
id = "drones"
class = "drone"
count = 3
speed_m_s = 50
arrival = { times_s = [0, 1.5, 3] }

[[threats]]
id = "stream"
class = "drone"
count = 10
speed_m_s = 50
arrival = { start_s = 10, rate_per_s = 0.5 }

[[threats]]
id = "chaff"
class = "ballistic"
count = 4
decoy = true
on_target = 0.5

[[batteries]]
id = "upper-1"
layer = "upper"
count = 2
channels = 6
interceptors = 24
ready = 8
reload_s = 60
lost_with = "all"
interceptor_speed_m_s = 2500
position_km = 10
launch_delay_s = 1
reaction_s = 10
assess_s = 5
spacing_s = 2
hold = "launch"
launch_cycle_s = 4
order = "value"
partial_salvo = false
availability = { low = 0.8, mode = 0.9, high = 1.0, scope = "raid", with = "night" }
ignore_misses = { sensitivity = 0.95, specificity = { mean = 0.5, rho = 0.1, with = "night" } }
kill_called_wrongly = 0.02
miss_called_wrongly = 0.03
effect = "kill"
covers = ["site-a", "site-b"]
interceptor_cost_usd = 2e6
ranges = { interceptors = [12, 48], "ignore_misses.sensitivity" = [0.5, 1] }
sources = { interceptors = "some-report", "against.ballistic.kill" = "assumed" }

[batteries.against.ballistic]
kill = { low = 0.5, mode = 0.8, high = 0.9, scope = "shot" }
near_km = 20
far_km = 150
detect_km = 400
detect = 0.98
classify = 0.97
salvo = [1, 2]
looks = 2
shared_failure = 0.05
keep = 4
ranges = { kill = [0.3, 0.95], far_km = [100, 200] }

[batteries.against.chaff]
kill = 0.5
window_s = [60, 20]
cycle_s = 25

[[batteries]]
id = "lower-1"
layer = "lower"
channels_of = "upper-1"
interceptors_of = "upper-1"
interceptor_speed_m_s = 1000
effect = "suppress"

[batteries.against.drone]
kill = 0.7
far_km = 5

[[sources]]
id = "some-report"
title = "A report"
publisher = "A publisher"
date = 2024-04-14
url = "https://example.org/report"
"""


def full():
    return copy.deepcopy(tomllib.loads(FULL))


def small():
    """The least scenario with a defence."""
    return {
        "name": "small",
        "layers": ["upper"],
        "threats": [{"id": "mrbm", "class": "ballistic", "count": 5, "speed_m_s": 2000}],
        "batteries": [
            {
                "id": "thaad",
                "layer": "upper",
                "interceptor_speed_m_s": 2500,
                "against": {"ballistic": {"kill": 0.8, "far_km": 150}},
            }
        ],
    }


def faults_of(source):
    with pytest.raises(Faults) as caught:
        load(source) if isinstance(source, dict) else loads(source)
    str(caught.value)
    return caught.value.faults


def put(tree, path, value):
    *inner, last = path
    for key in inner:
        tree = tree[key]
    if value is ...:
        del tree[last]
    else:
        tree[last] = value
    return tree


def test_every_key_of_the_format_is_in_the_full_file():
    seen = {name: set() for name in TABLES}
    tree = full()

    def note(name, table):
        seen[name] |= set(table)
        for value in table.values():
            if isinstance(value, dict) and {"low", "mean"} & set(value):
                seen["an uncertain probability"] |= set(value)

    for asset in tree["assets"]:
        note("an asset", asset)
    for threat in tree["threats"]:
        note("a threat", threat)
        note("the arrival of a threat", threat.get("arrival", {}))
    for battery in tree["batteries"]:
        note("a battery", battery)
        note("ignore_misses", battery.get("ignore_misses", {}))
        for against in battery["against"].values():
            note("a battery's against table", against)
    for source in tree["sources"]:
        note("a source", source)
    note("campaign", tree["campaign"])
    for name, model in TABLES.items():
        assert set(fields(model)) == seen[name], name
    assert set(fields(Scenario)) == set(tree)


def test_values_and_defaults():
    raid = loads(FULL)
    mrbm, drones, stream, chaff = raid.threats
    upper, lower = raid.batteries
    assert raid.schema_ == 1
    assert mrbm.class_ == "ballistic"
    assert mrbm.arrival.start_s == -5
    assert drones.arrival.times_s == (0.0, 1.5, 3.0)
    assert stream.arrival.rate_per_s == 0.5
    assert chaff.decoy
    assert chaff.reliability == 1.0
    assert mrbm.reliability.scope == "raid"
    assert raid.assets[1].destroyed_by_hit.scope == "threat"
    assert upper.against["ballistic"].kill.scope == "shot"
    assert upper.against_for(mrbm) is upper.against["ballistic"]
    assert upper.against_for(chaff) is upper.against["chaff"]
    assert upper.against_for(drones) is None
    assert (lower.count, lower.channels, lower.interceptors, lower.hold) == (1, None, None, "assess")
    assert lower.against["drone"].salvo == (1,)
    assert raid.sources[0].date == "2024-04-14"
    assert isinstance(raid.assets[0].value_usd, float)
    assert raid.ranges["threats.mrbm.arrival.spread_s"] == (600, 1200)
    assert raid.ranges["batteries.upper-1.against.ballistic.kill"] == (0.3, 0.95)


def test_laws():
    pert = Uncertain.model_validate({"low": 0.5, "mode": 0.8, "high": 0.9})
    beta = Uncertain.model_validate({"mean": 0.7, "rho": 0.2})
    assert pert.scope == "study"
    assert beta.scope == "raid"
    assert expected(pert) == pytest.approx((0.5 + 3.2 + 0.9) / 6)
    assert expected(beta) == 0.7
    assert expected(0.25) == 0.25
    assert not pert.is_constant
    assert not beta.is_constant
    for law in ({"low": 0.5, "mode": 0.5, "high": 0.5}, {"mean": 0.4, "rho": 0}, {"mean": 1, "rho": 0.5}):
        assert Uncertain.model_validate(law).is_constant
    assert dict(uncertain(loads(FULL)))["threats.mrbm.reliability"].mean == 0.9


def test_round_trips():
    raid = loads(FULL)
    again = [loads(raid.to_toml()), loads(raid.to_json()), load(raid.to_dict()), pickle.loads(pickle.dumps(raid))]
    again += [copy.deepcopy(raid), load(raid), loads(FULL.encode()), loads("\ufeff" + FULL.replace("\n", "\r\n"))]
    for other in again:
        assert other == raid
        assert hash(other) == hash(raid)
        assert other.hash == raid.hash
        assert other.to_dict() == raid.to_dict()
    assert "channels" not in raid.to_dict()["batteries"][1]
    assert len({raid, *again}) == 1


def test_hash_is_of_what_changes_the_answer():
    raid = loads(FULL)
    idle = raid.replace({"title": "other", "sources": [{"id": "some-report"}], "threats.mrbm.ranges": None})
    assert idle.hash == raid.hash
    assert idle != raid
    assert raid.replace("batteries.lower-1.count", 1).hash == raid.hash  # a default, spelt out
    assert raid.replace("threats.mrbm.count", 121).hash != raid.hash
    tree = small()
    given = {**tree, "assets": [{"id": "asset"}]}
    assert load(tree).hash == load(given).hash
    tree["threats"][0]["speed_m_s"] = 2000.0
    assert load(tree).hash == load(small()).hash
    assert "title" in loads(FULL.replace("site-a", "title")).replace("title", None).to_dict()["threats"][0]["targets"]
    assert loads(FULL.replace("site-a", "title")).hash != raid.hash


def test_a_scenario_cannot_be_changed():
    raid = loads(FULL)
    with pytest.raises(ValueError, match="frozen"):
        raid.name = "other"
    with pytest.raises(TypeError, match="replace"):
        raid.batteries[0].against["drone"] = raid.batteries[1].against["drone"]
    assert repr(raid) == "Scenario('every-key': 133 threats and 4 decoys, 2 batteries, 2 assets)"


def test_get_and_replace():
    raid = loads(FULL)
    for path, value in {
        "batteries.upper-1.interceptors": 12,
        "batteries.upper-1.against.ballistic.kill": 0.4,
        "batteries.upper-1.against.ballistic.kill.low": 0.6,
        "batteries.upper-1.against.ballistic.salvo": (2, 1),
        "batteries.upper-1.ignore_misses.sensitivity": 0.9,
        "threats.mrbm.arrival.spread_s": 60.0,
        "threats.mrbm.targets.site-a": 0.1,
        "threats.drones.arrival.times_s[1]": 7.0,
        "assets.site-a.value_usd": 5.0,
        "threats.mrbm.class": "cruise",
        "title": "new",
        "threats.mrbm.ranges.arrival.spread_s": (1.0, 2.0),
        "batteries.upper-1.sources.against.ballistic.kill": "some-report",
    }.items():
        changed = raid.replace(path, value)
        assert changed.get(path) == value
        assert changed != raid
        again = changed.replace(path, raid.get(path))
        assert again.hash == raid.hash
        assert (again.title, again.ranges) == (raid.title, raid.ranges)
    assert raid.replace("batteries.upper-1.interceptors", np.int64(7)).get("batteries.upper-1.interceptors") == 7
    assert (
        raid.replace("batteries.lower-1.ignore_misses.sensitivity", 0.5).batteries[1].ignore_misses.sensitivity == 0.5
    )
    assert raid.replace("batteries.upper-1.interceptors", None).batteries[0].interceptors is None
    several = raid.replace(
        {"threats.mrbm": None, "threats.chaff": None, "batteries.lower-1": None, "assets.site-a.is_battery": None}
    )
    assert [threat.id for threat in several.threats] == ["drones", "stream"]
    assert load(small()).replace("assets.asset.value_usd", 3).assets[0].value_usd == 3
    assert raid.replace("batteries.lower-1.against.cruise", {"kill": 0.1, "far_km": 2}).batteries[1].against["cruise"]


@pytest.mark.parametrize(
    ("path", "value", "place", "near"),
    [
        ("batteries.upper-1.interceptor", 3, "batteries.upper-1.interceptor", "interceptors"),
        ("batteries.uper-1.interceptors", 3, "batteries.uper-1.interceptors", "upper-1"),
        ("batteries.upper-1.against.balistic.kill", 0.5, "batteries.upper-1.against.balistic.kill", "ballistic"),
        ("threat.mrbm.count", 3, "threat.mrbm.count", "threats"),
        ("threats.mrbm.count.low", 3, "threats.mrbm.count.low", None),
        ("batteries.upper-1.interceptors", -3, "batteries.upper-1.interceptors", None),
        ("threats.drones.count", 4, "threats.drones.arrival.times_s", None),
        ("assets.site-a.is_battery", "lower", "assets.site-a.is_battery", "lower-1"),
        ("", 1, "", None),
        ("\ud800.x" * 1000, 1, "", None),
    ],
)
def test_bad_replace(path, value, place, near):
    with pytest.raises(Faults) as caught:
        loads(FULL).replace(path, value)
    assert (caught.value.faults[0].place, caught.value.faults[0].did_you_mean) == (place, near)


def test_bad_replace_names_every_path():
    with pytest.raises(Faults) as caught:
        loads(FULL).replace({"a.b": 1, "threats.nobody.count": 2, "name": "fine"})
    assert [fault.place for fault in caught.value.faults] == ["a.b", "threats.nobody.count"]
    with pytest.raises(Faults, match="together"):
        loads(FULL).replace({"threats": [], "threats.mrbm.count": 2})
    with pytest.raises(Faults, match="no such name"):
        loads(FULL).get("batteries.nobody.count")


def test_replace_is_quick_enough_for_a_slider():
    raid = loads(FULL)
    raid.replace("threats.mrbm.count", 7)
    start = time.process_time()
    for count in range(50):
        raid.replace("threats.mrbm.count", count)
    assert (time.process_time() - start) / 50 < 0.02  # 2 ms where it was written


def test_many_times_are_quick():
    tree = small()
    tree["threats"][0] |= {"count": 100_000, "arrival": {"times_s": np.linspace(0, 1e5, 100_000)}}
    start = time.process_time()
    raid = load(tree)
    assert time.process_time() - start < 1
    assert len(raid.threats[0].arrival.times_s) == 100_000
    tree["threats"][0]["arrival"] = {"times_s": [None] * 100_000}
    start = time.process_time()
    found = faults_of(tree)
    assert time.process_time() - start < 5
    assert found[-1].message.endswith("more faults are not listed")
    assert len(found) == 1001


BROKEN = [
    # path in the small file, value (... takes it away), place, fragment of the message or of what is allowed
    (["name"], ..., "name", "needed"),
    (["name"], "Two Layers", "name", "not a name"),
    (["name"], 5, "name", "not a text"),
    (["schema"], 2, "schema", "too large"),
    (["threats"], ..., "threats", "needed"),
    (["threats"], [], "threats", "1 at least"),
    (["threats"], {}, "threats", "not a list"),
    (["threats", 0], 7, "threats[0]", "not a table"),
    (["threats", 0, "id"], ..., "threats[0].id", "needed"),
    (["threats", 0, "id"], "a.b", "threats[0].id", "small letters"),
    (["threats", 0, "count"], "5", "threats.mrbm.count", "not a number"),
    (["threats", 0, "count"], True, "threats.mrbm.count", "not a number"),
    (["threats", 0, "count"], 1.5, "threats.mrbm.count", "not a whole number"),
    (["threats", 0, "count"], -1, "threats.mrbm.count", "from 0 to 1048575"),
    (["threats", 0, "count"], 10**5000, "threats.mrbm.count", "too large"),
    (["threats", 0, "speed_m_s"], 0, "threats.mrbm.speed_m_s", "from 0.001 to 100000 (m/s)"),
    (["threats", 0, "speed_m_s"], float("nan"), "threats.mrbm.speed_m_s", "not a finite number"),
    (["threats", 0, "speed_m_s"], ..., "threats.mrbm.speed_m_s", "batteries.thaad.against.ballistic does not give"),
    (["threats", 0, "decoy"], 1, "threats.mrbm.decoy", "neither true nor false"),
    (["threats", 0, "track"], 1.01, "threats.mrbm.track", "a probability from 0 to 1"),
    (["threats", 0, "track"], {}, "threats.mrbm.track", "no law"),
    (["threats", 0, "track"], {"low": 0.5, "mode": 0.2, "high": 0.9}, "threats.mrbm.track", "not in order"),
    (["threats", 0, "track"], {"low": 0.5, "mode": 0.6}, "threats.mrbm.track.high", "needed"),
    (["threats", 0, "track"], {"mean": 0.5}, "threats.mrbm.track.rho", "needed"),
    (["threats", 0, "track"], {"mean": 0.5, "rho": 1}, "threats.mrbm.track.rho", "below 1"),
    (["threats", 0, "track"], {"mean": 0.5, "rho": 0.1, "low": 0.1}, "threats.mrbm.track", "mixes two laws"),
    (["threats", 0, "track"], {"mean": 0.5, "rho": 0.1, "scope": "day"}, "threats.mrbm.track.scope", "one of"),
    (["threats", 0, "track"], {"mean": 0.5, "rho": 0.1, "scope": "shot"}, "threats.mrbm.track.scope", "only kill"),
    (["threats", 0, "track"], {"mean": 0.5, "rho": 0.1, "with": 3}, "threats.mrbm.track.with", "not a text"),
    (["threats", 0, "targets"], {"site": 1}, "threats.mrbm.targets.site", "no such asset"),
    (["threats", 0, "targets"], {"asset": 0}, "threats.mrbm.targets", "not all 0"),
    (["threats", 0, "targets"], {"asset": -1}, "threats.mrbm.targets.asset", "too small"),
    (["threats", 0, "targets"], {}, "threats.mrbm.targets", "1 at least"),
    (["threats", 0, "arrival"], {"times_s": [1, 2]}, "threats.mrbm.arrival.times_s", "2 times for 5 threats"),
    (["threats", 0, "arrival"], {"times_s": [1] * 5, "start_s": 0}, "threats.mrbm.arrival", "mixes several forms"),
    (["threats", 0, "arrival"], {"spread_s": 1, "rate_per_s": 1}, "threats.mrbm.arrival", "mixes several forms"),
    (["threats", 0, "arrival"], {"spread_s": -1}, "threats.mrbm.arrival.spread_s", "too small"),
    (["threats", 0, "arrival"], {"rate_per_s": 0}, "threats.mrbm.arrival.rate_per_s", "above 0"),
    (["threats", 0, "arrival"], {"rate_per_s": 1e-6}, "threats.mrbm.arrival.rate_per_s", "too slow"),
    (["threats", 0, "arrival"], {"start_s": 1e6, "spread_s": 1e6}, "threats.mrbm.arrival.spread_s", "too late"),
    (["threats", 0, "arrival"], {"times_s": [0, 0, 2e6, 0, 0]}, "threats.mrbm.arrival.times_s[2]", "too large"),
    (["threats", 0, "ranges"], {"cuont": [1, 2]}, "threats.mrbm.ranges.cuont", "no such key"),
    (["threats", 0, "ranges"], {"class": [1, 2]}, "threats.mrbm.ranges.class", "not a single number"),
    (["threats", 0, "ranges"], {"count": [3, 2]}, "threats.mrbm.ranges.count", "not in order"),
    (["threats", 0, "ranges"], {"count": [3, 4.5]}, "threats.mrbm.ranges.count", "outside"),
    (["threats", 0, "ranges"], {"count": [3]}, "threats.mrbm.ranges.count[1]", "needed"),
    (["threats", 0, "ranges"], {"count": [3, 4, 5]}, "threats.mrbm.ranges.count", "2 at most"),
    (["threats", 0, "sources"], {"count": "report"}, "threats.mrbm.sources.count", "no such source"),
    (["threats", 0, "sources"], {"against.x": "assumed"}, 'threats.mrbm.sources."against.x"', "no such key"),
    (["layers"], ..., "layers", "there are batteries"),
    (["layers"], ["upper", "upper"], "layers[1]", "named twice"),
    (["batteries", 0, "layer"], "uper", "batteries.thaad.layer", "no such layer"),
    (["batteries", 0, "chanels"], 6, "batteries.thaad.chanels", "unknown key"),
    (["batteries", 0, "kill"], 0.5, "batteries.thaad.kill", "it belongs in a battery's against table"),
    (["batteries", 0, "channels"], 0, "batteries.thaad.channels", "from 1"),
    (["batteries", 0, "interceptors"], -1, "batteries.thaad.interceptors", "from 0"),
    (["batteries", 0, "interceptor_speed_m_s"], ..., "batteries.thaad.interceptor_speed_m_s", "against.ballistic"),
    (["batteries", 0, "hold"], "asess", "batteries.thaad.hold", "not one of the choices"),
    (["batteries", 0, "covers"], ["base"], "batteries.thaad.covers[0]", "no such asset"),
    (["batteries", 0, "covers"], ["asset", "asset"], "batteries.thaad.covers[1]", "named twice"),
    (["batteries", 0, "covers"], [], "batteries.thaad.covers", "1 at least"),
    (["batteries", 0, "availability"], {"mean": 0.9, "rho": 0.1, "scope": "threat"},
     "batteries.thaad.availability.scope", "whole battery"),
    (["batteries", 0, "ignore_misses"], {"specifity": 0.9}, "batteries.thaad.ignore_misses.specifity", "unknown key"),
    (["batteries", 0, "sources"], {"against.drone.kill": "assumed"},
     'batteries.thaad.sources."against.drone.kill"', "no such key"),
    (["batteries", 0, "against", "balistic"], {"kill": 0.5, "far_km": 9}, "batteries.thaad.against.balistic", "nearly"),
    (["batteries", 0, "against", "Drone"], {"kill": 0.5, "far_km": 9}, "batteries.thaad.against.Drone", "not a name"),
    (["batteries", 0, "against", "ballistic", "kill"], ..., "batteries.thaad.against.ballistic.kill", "needed"),
    (["batteries", 0, "against", "ballistic", "kill"], [0.5], "batteries.thaad.against.ballistic.kill", "not a number"),
    (["batteries", 0, "against", "ballistic", "far_km"], ..., "batteries.thaad.against.ballistic.far_km", "window_s"),
    (["batteries", 0, "against", "ballistic", "near_km"], 151, "batteries.thaad.against.ballistic.far_km", "nearer"),
    (["batteries", 0, "position_km"], 151, "batteries.thaad.against.ballistic.far_km", "nearer than position_km"),
    (["batteries", 0, "against", "ballistic", "salvo"], [], "batteries.thaad.against.ballistic.salvo", "1 at least"),
    (["batteries", 0, "against", "ballistic", "salvo"], [1, 101], "batteries.thaad.against.ballistic.salvo[1]", "100"),
    (["batteries", 0, "against", "ballistic", "salvo"], 2, "batteries.thaad.against.ballistic.salvo", "not a list"),
    (["batteries", 0, "against", "ballistic", "looks"], 0, "batteries.thaad.against.ballistic.looks", "from 1 to 4096"),
    (["batteries", 0, "against", "ballistic", "window_s"], [9, 5], "batteries.thaad.against.ballistic.window_s",
     "give one or the other"),
    (["batteries", 0, "against", "ballistic"], {"kill": 0.5, "window_s": [5, 9]},
     "batteries.thaad.against.ballistic.window_s", "closes before it opens"),
    (["batteries", 0, "against", "ballistic"], {"kill": 0.5, "window_s": [5]},
     "batteries.thaad.against.ballistic.window_s[1]", "needed"),
    (["threats", 0, "speed_m_s"], 0.01, "batteries.thaad.against.ballistic.far_km", "20 days"),
    (["assets"], [{"id": "asset", "is_battery": "thaad"}], "assets.asset.is_battery", "without a damage rule"),
    (["assets"], [{"id": "a", "hits_to_disable": 1, "is_battery": "thad"}], "assets.a.is_battery", "no such battery"),
    (["assets"], [{"id": "a", "hits_to_disable": 1, "destroyed_by_hit": 0.5}], "assets.a.destroyed_by_hit", "two"),
    (["assets"], [{"id": "a", "hits_to_disable": 0}], "assets.a.hits_to_disable", "from 1"),
    (["assets"], [{"id": "a"}, {"id": "a"}], "assets[1].id", "used twice"),
    (["sources"], [{"id": "assumed"}], "sources.assumed.id", "any other id"),
    (["campaign"], {"raids": 3, "resupply": {"thaad": -1}}, "campaign.resupply.thaad", "too small"),
    (["campaign"], {"interval_s": 60}, "campaign.raids", "needed"),
    (["campaign"], {"raids": 1001}, "campaign.raids", "from 1 to 1000"),
    (["batteries", 0, "reload_s"], 60, "batteries.thaad.reload_s", "nothing to reload"),
    (["batteries", 0, "ready"], 0, "batteries.thaad.ready", "from 1"),
    (["batteries", 0, "channels_of"], "thaad", "batteries.thaad.channels_of", "cannot borrow from itself"),
    (["batteries", 0, "interceptors_of"], "thad", "batteries.thaad.interceptors_of", 'did you mean "thaad"'),
    (["batteries", 0, "lost_with"], "first", "batteries.thaad.lost_with", '"any", "all"'),
    (["batteries", 0, "reload"], 60, "batteries.thaad.reload", "reload_s"),
    (["batteries", 0, "magazine"], 60, "batteries.thaad.magazine", "interceptors"),
    (["batteries", 0, "illuminators"], 3, "batteries.thaad.illuminators", "channels_of"),
    (["batteries", 0, "sector"], [0, 90], "batteries.thaad.sector", "not modelled"),
    (["batteries", 0, "against", "ballistic", "pk"], 0.5, "batteries.thaad.against.ballistic.pk", "kill"),
    (["batteries", 0, "against", "ballistic", "reserve"], 2, "batteries.thaad.against.ballistic.reserve", "keep"),
    (["batteries", 0, "against", "ballistic", "keep"], -1, "batteries.thaad.against.ballistic.keep", "too small"),
    (["threats", 0, "aim"], "spread", "threats.mrbm.aim", '"random", "even"'),
    (["threats", 0, "fails_late"], 1.5, "threats.mrbm.fails_late", "from 0 to 1"),
    (["campaign"], {"raids": 0, "interval_s": 60}, "campaign.raids", "too small"),
    (["campaign"], {"raids": 1, "interval_s": 0}, "campaign.interval_s", "above 0"),
    (["campaign"], {"raids": 1, "interval_s": 9, "resupply": {"thad": 1}}, "campaign.resupply.thad", "no such battery"),
    (["titel"], "x", "titel", "unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "place", "fragment"), BROKEN, ids=range(len(BROKEN)))
def test_broken(path, value, place, fragment):
    load(small())
    tree = small()
    put(tree, path, value)
    found = {fault.place: fault for fault in faults_of(tree)}
    assert place in found, found
    assert fragment in str(found[place])
    assert len(found) == 1 or path[0] in ("campaign", "threats", "layers"), found


def test_near_names():
    tree = small()
    tree["batteries"][0] |= {"chanels": 1, "layer": "uper", "hold": "asess"}
    tree["batteries"][0]["against"]["balistic"] = {"kil": 1, "far": 3}
    near = {fault.place.rpartition(".")[2]: fault.did_you_mean for fault in faults_of(tree) if fault.did_you_mean}
    assert near == {"chanels": "channels", "layer": "upper", "hold": "assess", "balistic": "ballistic", "kil": "kill",
                    "far": "far_km"}  # fmt: skip


def test_five_faults_at_once_in_the_order_of_the_file():
    text = """
    name = "five"
    layers = ["upper"]
    [[threats]]
    id = "mrbm"
    class = "ballistic"
    count = -1
    speed_m_s = 2000
    targets = { site = 1 }
    [[batteries]]
    id = "upper-1"
    layer = "uper"
    chanels = 6
    interceptor_speed_m_s = 2500
    [batteries.against.ballistic]
    kill = 1.2
    far_km = 100
    """
    with pytest.raises(Faults) as caught:
        loads(text, file="raid.toml")
    assert [fault.place for fault in caught.value.faults] == [
        "threats.mrbm.count",
        "threats.mrbm.targets.site",
        "batteries.upper-1.layer",
        "batteries.upper-1.chanels",
        "batteries.upper-1.against.ballistic.kill",
    ]
    assert {fault.file for fault in caught.value.faults} == {"raid.toml"}
    assert str(caught.value).startswith("raid.toml: 5 faults\n  threats.mrbm.count: too small (found -1)")


def test_a_decoy_has_no_reliability():
    tree = small()
    for value, good in (
        (1, True),
        ({"low": 1, "mode": 1, "high": 1}, True),
        (0.9, False),
        ({"mean": 0.9, "rho": 0}, False),
    ):
        tree["threats"][0] |= {"decoy": True, "reliability": value}
        if good:
            load(tree)
        else:
            assert faults_of(tree)[0].place == "threats.mrbm.reliability"


def test_speeds_are_not_needed_for_textbook_pairs():
    tree = small()
    tree["batteries"][0]["against"]["ballistic"] = {"kill": 0.5, "window_s": [60, 0], "cycle_s": 20}
    del tree["threats"][0]["speed_m_s"], tree["batteries"][0]["interceptor_speed_m_s"]
    raid = load(tree)
    assert raid.threats[0].speed_m_s is None
    assert raid.batteries[0].against["ballistic"].window_s == (60, 0)


def test_numbers_are_kept_within_what_the_kernel_can_count():
    tree = small()
    tree["threats"] = [{**tree["threats"][0], "id": f"t-{k}", "count": 2**19} for k in range(2)]
    assert [str(fault) for fault in faults_of(tree)] == [
        "threats: 1048576 threats in all (found [{...}, {...}]); allowed: 1048575 at most"
    ]
    tree["threats"][0]["count"] -= 1
    load(tree)
    for key, model in (("threats", 5000), ("batteries", 2000)):
        many = small()
        many[key] = [{**many[key][0], "id": f"x-{k}"} for k in range(model)]
        assert "at most" in str(faults_of(many)[0])


def test_integral_floats_are_whole_numbers():
    tree = small()
    tree["threats"][0]["count"] = 120.0
    tree["batteries"][0]["interceptors"] = 2e3
    assert load(tree).threats[0].count == 120
    assert type(load(tree).threats[0].count) is int


def test_null_is_nothing():
    tree = small()
    tree["batteries"][0] |= {"channels": None, "covers": None}
    assert load(tree).batteries[0].channels is None
    assert load(tree).to_dict() == load(small()).to_dict()
    tree["batteries"][0]["assess_s"] = None
    assert [fault.place for fault in faults_of(tree)] == ["batteries.thaad.assess_s"]


def colliding(address):
    seen = {}
    for k in itertools.count():
        if (other := seen.setdefault(address(f"x{k}"), f"x{k}")) != f"x{k}":
            return other, f"x{k}"


def test_addresses():
    leading = int(hashlib.sha256(b"threats.mrbm").hexdigest()[:6], 16)
    assert group_hash("mrbm") == leading
    assert battery_hash("a") == int(hashlib.sha256(b"batteries.a").hexdigest()[:8], 16)
    assert parameter_hash("threats.a.track") == int(hashlib.sha256(b"threats.a.track").hexdigest()[:8], 16)
    assert parameter_hash("anything", "night") == int(hashlib.sha256(b"with.night").hexdigest()[:8], 16)


def test_same_luck_is_a_fault():
    one, other = colliding(group_hash)
    tree = small()
    tree["threats"] = [{**tree["threats"][0], "id": name} for name in (one, other)]
    (fault,) = faults_of(tree)
    assert fault.place == f"threats.{other}.id"
    assert "rename" in fault.allowed
    one, other = colliding(battery_hash)
    tree = small()
    tree["batteries"] = [{**tree["batteries"][0], "id": name} for name in (one, other)]
    assert [fault.place for fault in faults_of(tree)] == [f"batteries.{other}.id"]
    one, other = colliding(lambda name: parameter_hash("", name))
    tree = small()
    law = {"mean": 0.5, "rho": 0.1}
    tree["threats"][0] |= {"track": law | {"with": one}, "on_target": law | {"with": other}}
    assert [fault.place for fault in faults_of(tree)] == ["threats.mrbm.track"]
    tree["threats"][0]["track"] = law | {"with": other, "scope": "study"}
    load(tree)


def test_near_misses():
    for name, known in (("balistic", "ballistic"), ("drones", "drone"), ("dron", "drone"), ("mrmb", "mrbm"),
                        ("cruse", "cruise"), ("balsitic", "ballistic"), ("uavs", "uav")):  # fmt: skip
        assert near_miss(name, known), name
    for name, known in (("cruise-1", "cruise-2"), ("srbm", "mrbm"), ("slbm", "srbm"), ("hypersonic", "supersonic"),
                        ("cruise", "cruise-2"), ("aeroballistic", "ballistic"), ("shahed-131", "shahed-136"),
                        ("rocket", "drone"), ("site-a", "site-b"), ("mrbm2", "mrbm1")):  # fmt: skip
        assert not near_miss(name, known), name


def test_notes():
    assert load(small()).notes == (
        'assets: none given, so one called "asset" is assumed',
        "batteries: interceptors not given, so unlimited: thaad",
        "batteries: channels not given, so unlimited: thaad",
    )
    tree = small()
    tree["assets"] = [{"id": "asset"}]
    tree["layers"] += ["lower"]
    law = {"low": 0.1, "mode": 0.2, "high": 0.3}
    tree["threats"][0] |= {"ranges": {"count": [6, 9]}, "track": {**law, "with": "x"}}
    tree["threats"].append({"id": "none", "class": "cruise", "count": 0})
    tree["batteries"][0] |= {"reaction_s": 3, "launch_cycle_s": 2, "spacing_s": 1, "order": "value", "channels": 1}
    tree["batteries"][0] |= {"interceptors": 1}
    tree["batteries"][0]["against"]["ballistic"]["shared_failure"] = 0.5
    tree["batteries"][0]["against"]["rocket"] = {"kill": 0.5, "far_km": 1}
    textbook = {"kill": {**law, "scope": "shot", "with": "x"}, "window_s": [9, 0], "cycle_s": 1}
    tree["batteries"].append({**tree["batteries"][0], "id": "idle", "count": 0, "against": {}})
    tree["batteries"].append(
        {
            "id": "book",
            "layer": "upper",
            "channels": 1,
            "interceptors": 1,
            "launch_delay_s": 2,
            "assess_s": 1,
            "against": {"cruise": textbook, "mrbm": textbook},
        }  # fmt: skip
    )
    del tree["batteries"][0]["against"]["ballistic"]["far_km"]
    tree["batteries"][0]["against"]["ballistic"]["window_s"] = [9, 0]
    notes = "\n".join(load(tree).notes)
    for fragment in (
        'layers: "lower" has no battery',
        "threats.none: count is 0",
        "batteries.thaad.against.rocket: not used",
        "batteries.thaad: launch_cycle_s has no effect",
        "batteries.thaad: reaction_s has no effect",
        'batteries.thaad: order = "value" has no effect',
        "batteries.thaad: spacing_s has no effect",
        "batteries.thaad.against.ballistic: shared_failure has no effect",
        "batteries.idle: count is 0",
        "batteries.idle: fights nothing of this raid",
        "batteries.book: launch_delay_s has no effect",
        "batteries.book: assess_s has no effect",
        "batteries.book.against.cruise.kill: with has no effect",
        'threats.mrbm.track: nothing else of scope study is drawn with "x"',
        "threats.mrbm.count: 5 is outside of its range [6, 9]",
    ):
        assert fragment in notes, notes


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("x = ", "not TOML"),
        ("a = 1\nname = two\n", "line 2, column"),
        ("{", "line 1, column 2: not JSON"),
        ('{"name": "a", "name": "b"}', "name: this key stands twice"),
        ('{"name": NaN, "threats": 1e999}', "threats: not a list"),
        (b"\xff\xfe", "line 1: not a UTF-8 text"),
        (b"a = 1\nb = \xff", "line 2: not a UTF-8 text"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        (".".join("a" * 20_000) + " = 1", "nested too deeply"),
        ("a = " + "9" * 5000, "a value that cannot be read"),
        ('{"a": ' + "9" * 5000 + "}", "a value that cannot be read"),
        ("a = 2024-99-99", "not TOML"),
        ("name = 2024-04-14", "name: not a text (found 2024-04-14)"),
        ('{"name": "\\ud800"}', "name: "),
        ("a" * 70_000_000, "too large"),
    ],
    ids=range(18),
)
def test_broken_texts(text, fragment):
    assert any(fragment in str(fault) for fault in faults_of(text))


def test_files(tmp_path):
    toml, jason, odd = tmp_path / "raid.toml", tmp_path / "raid.json", tmp_path / "raid"
    toml.write_text(FULL, "utf-8")
    jason.write_text(loads(FULL).to_json(), "utf-8")
    odd.write_text(FULL, "utf-8")
    assert load(toml) == load(str(jason)) == load(odd)
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "bad.json").write_text(FULL, "utf-8")
    for path, fragment in (
        (tmp_path / "rade.toml", 'did you mean "raid.toml"'),
        (tmp_path / "folder.toml", "a folder"),
        (tmp_path / "bad.json", "not JSON"),
        (tmp_path / "none" / "raid.toml", "folder does not exist"),
        (tmp_path / "raid.toml" / "x.toml", "cannot be read"),
        ("a\0b.toml", "cannot be read"),
        ("x" * 5000 + ".toml", "cannot be read"),
        ("~nobody-of-that-name/x.toml", "cannot be read"),
        ("no-such-scenario", "no scenario is called"),
        (5, "cannot load a Python int"),
        (None, "cannot load a Python NoneType"),
    ):
        with pytest.raises(Faults) as caught:
            load(path)
        assert fragment in str(caught.value)


def test_catalog(tmp_path, monkeypatch):
    monkeypatch.setattr(shelf, "FOLDER", tmp_path)
    (tmp_path / "every-key.toml").write_text(FULL, "utf-8")
    assert catalog.names() == ("every-key",)
    assert catalog.titles() == {"every-key": 'A "raid" on two sites: \u00e9'}
    assert load("every-key").name == "every-key"
    with pytest.raises(Faults, match='did you mean "every-key"'):
        load("evry-key")


def test_every_scenario_of_the_catalog_is_valid_and_has_its_name():
    for name in catalog.names():
        raid = load(name)
        assert raid.name == name
        assert loads(raid.to_toml()) == raid


def test_schema():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(loads(FULL).to_dict())
    for table in [schema, *schema["$defs"].values()]:
        for key, entry in table["properties"].items():
            assert len(entry["description"]) > 20, key
    for tree in (small() | {"nam": 1}, small() | {"layers": "upper"}, small() | {"threats": []}):
        assert not validator.is_valid(tree)
    tree = small()
    tree["threats"][0]["track"] = {"low": 0.1, "mean": 0.5}
    assert not validator.is_valid(tree)
    assert "null" not in json.dumps(schema).replace("money are null", "").replace("money is null", "")


def test_parameters():
    found = {one.path: one for one in list_parameters(loads(FULL))}
    count = found["threats.mrbm.count"]
    assert (count.value, count.given, count.range, count.source) == (120, True, (60, 200), "some-report")
    assert (count.bounds.low, count.bounds.high) == (0, 1048575)
    kill = found["batteries.upper-1.against.ballistic.kill"]
    assert (kill.unit, kill.source) == ("probability", "assumed")
    assert found["threats.mrbm.arrival.spread_s"].source == "assumed"
    assert not found["batteries.lower-1.channels"].given
    assert all(one.description for one in found.values())
    raid = loads(FULL)
    for path, one in found.items():
        assert raid.get(path) == one.value


def test_scenarios_can_be_built_in_python():
    assert Scenario(**small()) == load(small())
    parts = loads(FULL)
    assert Scenario(**{**full(), "threats": parts.threats}) == parts
    with pytest.raises(Faults):
        Scenario(name="x")
    cycle = small()
    cycle["threats"][0]["targets"] = cycle
    assert faults_of(cycle)
    assert faults_of({5: 1, **small()})[0].message.startswith("a key that is a Python int")
    deep = shared = []
    for _ in range(9):
        shared = [shared] * 100
    assert faults_of(small() | {"layers": shared})
    assert deep == []


def test_validation_needs_no_heavy_import():
    heavy = ["numpy", "numba", "pandas", "scipy"]
    modules = "salvo.format.scenario, salvo.format.schema, salvo.format.parameters"
    code = f"import sys, {modules}\nprint([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_public_names():
    for name in salvo.__all__:
        assert hasattr(salvo, name)


def places(tree, loc=()):
    """Every place of a tree."""
    yield loc
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield from places(value, (*loc, key))


def nest(depth):
    deep = {}
    for _ in range(depth):
        deep = {"a": deep, "b": [deep]}
    return deep


PLACES = [loc for loc in places(full()) if loc]
KEYS = sorted({key for loc in PLACES for key in loc if isinstance(key, str)} | {"campaign", "x", "", "a.b", "\ud800"})
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**30, -(10**400), 2**63, 0, 1, -1, 1e308, -0.0, float("inf"), float("nan"), 1e-320]),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["site-a", "upper-1", "mrbm", "upper", "assumed", "a" * 300, "\ud800", "\0"]),
    st.sampled_from([[], {}, [[]], [{}], (1, 2), {1: 2}, b"x", object(), 1j, range(3), {1}, nest(3), nest(12)]),
    st.sampled_from([np.float64(0.5), np.int64(3), np.bool_(True), np.arange(3.0), np.array([[1, 2]])]),
    st.dictionaries(st.sampled_from(KEYS), st.one_of(st.floats(), st.integers(), st.text(max_size=3)), max_size=4),
    st.lists(st.one_of(st.floats(), st.none(), st.text(max_size=3), st.integers()), max_size=4),
)
MUTATION = st.tuples(
    st.sampled_from(PLACES), st.sampled_from(["set", "drop", "add", "twice"]), st.sampled_from(KEYS), JUNK
)


def mutate(tree, loc, how, key, value):
    node, value = tree, copy.deepcopy(value)
    for step in loc[:-1]:
        node = node[step] if isinstance(node, (dict, list)) else None
    if how == "set":
        node[loc[-1]] = value
    elif how == "drop":
        del node[loc[-1]]
    elif how == "twice" and isinstance(node, list):
        node.append(node[loc[-1]])
    elif isinstance(node, dict):
        node[key] = value


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MUTATION, min_size=1, max_size=4))
def test_a_mutilated_file_is_a_scenario_or_has_faults(mutations):
    tree = full()
    for mutation in mutations:
        try:
            mutate(tree, *mutation)
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # an earlier mutation took the place away
    try:
        raid = load(tree)
    except Faults as error:
        str(error).encode()
    else:
        assert loads(raid.to_toml()) == raid == loads(raid.to_json())
        assert isinstance(raid.notes, tuple)
        assert len(raid.hash) == 64


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([".".join(map(str, loc)) for loc in PLACES] + KEYS), JUNK)
@example("batteries.0.sources.interceptors", np.array([0.0, 1.0, 2.0]))
@example("batteries.0.against", np.array([0.0, 1.0, 2.0]))
@example("threats.0.id", np.array([0.0, 1.0]))
def test_a_mutilated_replace_is_a_scenario_or_has_faults(path, value):
    path = path.replace("threats.0", "threats.mrbm").replace("batteries.0", "batteries.upper-1")
    whole = loads(FULL)
    for raid in (whole, whole.replace("threats.mrbm.count", whole.get("threats.mrbm.count") + 1)):
        try:
            assert isinstance(raid.replace(path, value), Scenario)
        except Faults as error:
            str(error).encode()


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60), st.integers(0, len(FULL)).map(lambda n: FULL[:n])))
def test_any_text_is_a_scenario_or_has_faults(text):
    try:
        loads(text)
    except Faults as error:
        str(error).encode()


def test_pickles_hold_what_was_written_and_nothing_worked_out():
    """A cached hash of an older version would outlive it."""
    raid = load("april-2024")
    first = raid.hash, raid.notes, raid.ranges
    again = pickle.loads(pickle.dumps(raid))
    assert (again, hash(again)) == (raid, hash(raid))
    assert not {"hash", "notes", "ranges"} & set(vars(again))
    assert (again.hash, again.notes, again.ranges) == first


def test_updated_copies_are_checked_and_have_a_hash_of_their_own():
    raid = load("one-site")
    before = raid.hash
    changed = raid.model_copy(update={"name": "other"})
    assert (changed.name, raid.name) == ("other", "one-site")
    assert changed.hash == load({**raid.to_dict(), "name": "other"}).hash != before
    with pytest.raises(Faults, match="too short"):
        raid.model_copy(update={"threats": ()})
    with pytest.raises(ValueError, match="less than or equal|greater than or equal"):
        raid.threats[0].model_copy(update={"count": -1})
    with pytest.raises(ValueError, match="class_"):
        raid.threats[0].model_copy(update={"class_": "x"})
    assert raid.threats[0].model_copy(update={"class": "drone"}).class_ == "drone"
    with pytest.raises(TypeError, match="unchecked"):
        Scenario.model_construct(name="x")


def test_digits_of_other_scripts_lead_nowhere():
    with pytest.raises(Faults, match="no such name"):
        load("one-site").get("threats.\u0660.count")


SOURCED = {
    "schema": 1,
    "name": "sourced",
    "layers": ["only"],
    "threats": [{"id": "t", "class": "drone", "count": 4, "speed_m_s": 50, "sources": {"count": "report"}}],
    "batteries": [
        {
            "id": "gun",
            "layer": "only",
            "interceptors": 3,
            "channels": 2,
            "interceptor_speed_m_s": 1000,
            "sources": {"interceptors": "report", "channels": "assumed", "against.drone": "report"},
            "against": {"drone": {"kill": {"mean": 0.5, "rho": 0.1}, "far_km": 5, "looks": 1}},
        }
    ],
    "sources": [{"id": "report"}],
}


@pytest.mark.parametrize(
    ("changes", "lost", "gained"),
    [
        ({"batteries.gun.interceptors": 12}, {"interceptors"}, {}),
        ({"batteries.gun.interceptors": None}, {"interceptors"}, {}),
        ({"batteries.gun.interceptors": 3.0}, set(), {}),
        ({"batteries.gun.interceptors": 12, "batteries.gun.sources.interceptors": "report"}, set(), {}),
        ({"batteries.gun.channels": 1}, set(), {}),
        ({"batteries.gun.assess_s": 1}, set(), {}),
        ({"batteries.gun.count": 2, "threats.t.sources.count": "report"}, set(), {}),
        (
            {"batteries.gun.against.drone.kill": 0.5},
            {"against.drone"},
            {"against.drone.far_km": "report", "against.drone.looks": "report"},
        ),
        (
            {"batteries.gun.against.drone": {"kill": {"mean": 0.5, "rho": 0.1}, "far_km": 6, "looks": 1}},
            {"against.drone"},
            {"against.drone.kill": "report", "against.drone.looks": "report"},
        ),
        ({"batteries.gun.against.drone.kill": {"rho": 0.1, "mean": 0.5}}, set(), {}),
        ({"batteries.gun.sources": {}, "batteries.gun.interceptors": 4}, {"interceptors", "channels", "against.drone"}, {}),
    ],
    ids=range(11),
)  # fmt: skip
def test_a_changed_number_is_no_longer_its_source_s(changes, lost, gained):
    before = load(SOURCED)
    after = before.replace(changes)
    expected = {key: name for key, name in before.get("batteries.gun.sources").items() if key not in lost}
    assert dict(after.get("batteries.gun.sources")) == expected | gained
    assert dict(after.get("threats.t.sources")) == {"count": "report"}


def test_many_changes_at_once_take_no_time():
    """Places that lie within each other are found without comparing each with each."""
    names = [f"c{k}" for k in range(400)]
    battery = {
        "id": "gun",
        "layer": "only",
        "against": {name: {"kill": 0.5, "window_s": [9, 0], "cycle_s": 1} for name in names},
    }
    raid = load(
        {
            "schema": 1,
            "name": "many",
            "layers": ["only"],
            "threats": [{"id": f"t-{name}", "class": name, "count": 1} for name in names],
            "batteries": [battery | {"id": f"gun-{k}"} for k in range(20)],
        }
    )
    paths = [f"batteries.gun-{k}.against.{name}.kill" for k in range(20) for name in names]
    began = time.process_time()
    assert raid.replace(dict.fromkeys(paths, 0.25)).get(paths[-1]) == 0.25
    assert time.process_time() - began < 5
    with pytest.raises(Faults, match="together with"):
        raid.replace(dict.fromkeys([*paths, "batteries.gun-3.against"], None))


LENDING = """
name = "lending"
layers = ["only"]

[campaign]
raids = 2
resupply = { b = 3 }

[[threats]]
id = "t"
class = "c"
count = 1
decoy = true
fails_late = 0.5

[[batteries]]
id = "a"
layer = "only"
channels = 2
interceptors = 9

[[batteries]]
id = "b"
layer = "only"
channels = 1
channels_of = "a"
interceptors = 4
ready = 2
reload_s = 1
interceptors_of = "a"

[[batteries]]
id = "c"
layer = "only"
channels_of = "b"
"""


def test_faults_of_lending_all_at_once():
    found = {fault.place: str(fault) for fault in faults_of(LENDING)}
    for key in ("channels", "interceptors", "ready", "reload_s"):
        assert "borrowed from a" in found[f"batteries.b.{key}"]
    assert "has no magazine of its own" in found["campaign.resupply.b"]
    assert "b borrows its own channels from a" in found["batteries.c.channels_of"]
    assert "does not fail" in found["threats.t.fails_late"]
    assert len(found) == 7


def test_lending_one_thing_and_borrowing_the_other_is_fine():
    raid = small()
    other = {"id": "other", "layer": "upper", "interceptors_of": "thaad", "channels": 2}
    raid["batteries"] = [raid["batteries"][0] | {"channels_of": "other", "interceptors": 4}, other]
    notes = load(raid).notes
    assert not any("other" in note for note in notes)  # a pool and nothing else needs no `against`


def test_notes_on_keys_without_effect():
    raid = small()
    raid["batteries"][0] |= {"lost_with": "all"}
    raid["batteries"][0]["against"]["ballistic"] |= {"keep": 2}
    raid["threats"][0] |= {"fails_late": 0.5, "aim": "even", "arrival": {"start_s": 0, "rate_per_s": 1}}
    raid["campaign"] = {"raids": 2, "resupply": {"thaad": 1}}
    notes = "\n".join(load(raid).notes)
    for said in (
        "lost_with has no effect",
        "keep has no effect",
        "fails_late has no effect",
        "tied to its place in the order of arrival",
        "campaign.resupply.thaad: has no effect",
    ):
        assert said in notes


def test_unopposed_groups_are_named():
    raid = small()
    raid["assets"] = [{"id": "a"}, {"id": "b"}]
    raid["batteries"][0]["covers"] = ["a"]
    raid["threats"].append({"id": "shaheds", "class": "drone", "count": 3})
    notes = load(raid).notes
    assert "threats.shaheds: unopposed: no battery fights it" in notes
    assert "threats.mrbm: unopposed at b: no battery that fights it covers this asset" in notes
    raid["threats"][0]["targets"] = {"a": 1}
    assert not any("mrbm" in note for note in load(raid).notes)


def test_a_lender_that_is_removed_leaves_no_borrower_behind():
    raid = loads(FULL)
    alone = edits.remove(raid, "batteries", "upper-1")
    assert alone.batteries[0].channels_of is None
    assert alone.batteries[0].interceptors_of is None
    assert alone.campaign is not None
    assert alone.campaign.resupply == {}

"""Raids worked by hand: the same raid again and again on one stock (R11)."""

from __future__ import annotations

from edge_kit import at, edge, given, gun

_drone = {"class": "drone"}
_two = [at(10, 30)]  # one after the other, a round each

edge(
    "stock-over-raids",
    # three rounds for two threats a raid
    _two,
    [gun(interceptors=3)],
    "KK",
    {"fired": [2], "left": [1], "dry": [0], "dry_at": [0], "unmet": [0]},
    later=[
        ("KH", {"fired": [1], "left": [0], "dry": [1], "dry_at": [0], "unmet": [1]}, {"out_of_interceptors": 1}),
        ("HH", {"fired": [0], "left": [0], "dry": [1], "dry_at": [0], "unmet": [1]}, {"out_of_interceptors": 2}),
    ],
)
edge(
    "resupply-up-to-the-magazine",
    # four rounds, two fired a raid; one a unit comes before each further raid: 4, 2 + 2 = 4, and so on
    _two,
    [gun(interceptors=2, count=2)],
    "KK",
    {"fired": [2], "left": [2], "unmet": [0]},
    campaign={"raids": 3, "resupply": {"gun": 1}},
    later=[("KK", {"fired": [2], "left": [2], "unmet": [0]}, {})] * 2,
)
edge(
    "resupply-no-further-than-the-magazine",
    # nine rounds come for two that were fired, and there is room for two
    _two,
    [gun(interceptors=3)],
    "KK",
    {"left": [1]},
    campaign={"raids": 2, "resupply": {"gun": 9}},
    later=[("KK", {"left": [1], "fired": [2]}, {})],
)
edge(
    "resupply-of-an-empty-magazine",
    # one comes for the two that were fired
    _two,
    [gun(interceptors=2)],
    "KK",
    {"left": [0], "dry": [1], "dry_at": [20_000]},
    campaign={"raids": 2, "interval_s": 86_400, "resupply": {"gun": 1}},
    later=[("KH", {"left": [0], "dry": [1], "dry_at": [0], "unmet": [1]}, {"out_of_interceptors": 1})],
)
edge(
    "a-magazine-of-0-is-dry-from-the-first-raid",
    [at(10)],
    [gun(interceptors=0)],
    "H",
    {"left": [0], "dry": [1], "dry_at": [0], "unmet": [1]},
    why={"out_of_interceptors": 1},
    later=[("H", {"left": [0], "dry": [1], "dry_at": [0], "unmet": [1]}, {"out_of_interceptors": 1})],
)
_sites = [{"id": "radar", "is_battery": "gun", "hits_to_disable": 1}, {"id": "town"}]
edge(
    "a-lost-battery-stays-lost",
    # lost at 10 in the first raid, after its shot at b#0; resupply comes all the same
    [at(10, name="x", targets={"radar": 1}), at(11, 30, name="b", targets={"town": 1})],
    [gun(given(5, 0, 1), covers=["town"], interceptors=2)],
    "HKH",
    {"fired": [1], "left": [1], "asset_hits": [1, 1], "disabled": [1, 0], "assets_disabled": 1, "unmet": [0]},
    assets=_sites,
    why={"unopposed": 1, "out_of_action": 1},
    campaign={"raids": 2, "resupply": {"gun": 1}},
    later=[
        (
            "HHH",
            {"fired": [0], "left": [2], "asset_hits": [1, 2], "disabled": [1, 0], "assets_disabled": 1, "unmet": [0]},
            {"unopposed": 1, "out_of_action": 2},
        )
    ],
)
edge(
    "a-lost-lender-stays-lost",
    [at(10, name="x", targets={"radar": 1}), at(11, name="b", targets={"town": 1})],
    [
        gun(against={"drone": given(5, 0, 1)}, interceptors=2),
        gun(given(5, 0, 1), name="guest", covers=["town"], interceptors_of="gun"),
    ],
    "HK",
    {"fired": [0, 1], "left": [1, 0]},
    assets=_sites,
    why={"unopposed": 1},
    later=[("HH", {"fired": [0, 0], "left": [1, 0], "unmet": [0, 0]}, {"unopposed": 1, "out_of_action": 1})],
)
edge(
    "hits-of-all-raids-disable",
    # one hit a raid, two to disable: in the second
    [at(10)],
    [],
    "H",
    {"asset_hits": [1], "disabled": [0], "assets_disabled": 0},
    assets=[{"id": "town", "hits_to_disable": 2}],
    why={"unopposed": 1},
    later=[("H", {"asset_hits": [1], "disabled": [1], "assets_disabled": 1}, {"unopposed": 1})] * 2,
)
edge(
    "the-second-radar-in-a-later-raid",
    # radar 1 goes with its first hit, in the first raid; radar 2 with its second, at 20 of the second raid, and with it the
    # battery, which has fired at 10 and no longer fires at 35
    [
        at(10, name="x", targets={"radar-1": 1}),
        at(20, name="y", targets={"radar-2": 1}),
        at(15, 40, name="b", targets={"town": 1}),
    ],
    [gun(given(5, 0, 1), covers=["town"], lost_with="all", interceptors=9)],
    "HHKK",
    {"fired": [2], "disabled": [1, 0, 0]},
    assets=[
        {"id": "radar-1", "is_battery": "gun", "hits_to_disable": 1},
        {"id": "radar-2", "is_battery": "gun", "hits_to_disable": 2},
        {"id": "town"},
    ],
    why={"unopposed": 2},
    later=[
        ("HHKH", {"fired": [1], "disabled": [1, 1, 0], "left": [6]}, {"unopposed": 2, "out_of_action": 1}),
        ("HHHH", {"fired": [0], "left": [6]}, {"unopposed": 2, "out_of_action": 2}),
    ],
)
edge(
    "channels-and-tubes-are-free-in-the-next-raid",
    # the engagement lasts to 100 and the tube is not reloaded in this raid; both are there again in the next
    [at(10)],
    [gun(given(10, 0, 100), ready=1, interceptors=5)],
    "K",
    {"fired": [1], "left": [4], "busy_peak": [1]},
    later=[("K", {"fired": [1], "left": [3], "busy_peak": [1]}, {})],
)
edge(
    "believed-dead-in-one-raid-only",
    # called dead at 0.001 of each raid
    [at(10)],
    [gun(given(10, 0, 0, kill=0), kill_called_wrongly=1, interceptors=9)],
    "H",
    {"fired": [1], "left": [8]},
    why={"survived_shots": 1},
    later=[("H", {"fired": [1], "left": [7]}, {"survived_shots": 1})],
)
edge(
    "a-campaign-of-one",
    [at(10, 10)],
    [gun(interceptors=1, channels=2)],
    "KH",
    {"unmet": [1], "dry": [1]},
    why={"out_of_interceptors": 1},
    campaign={"raids": 1},
)
edge(
    "no-campaign-no-unmet-need",
    [at(10, 10)],
    [gun(interceptors=1, channels=2)],
    "KH",
    {"unmet": [0]},
    why={"out_of_interceptors": 1},
)
edge(
    "even-aim-is-the-same-in-every-raid",
    [at(10, 10, 10, aim="even", targets={"a": 2, "b": 1})],
    [],
    "HHH",
    {"asset_hits": [2, 1]},
    assets=[{"id": "a"}, {"id": "b"}],
    why={"unopposed": 3},
    later=[("HHH", {"asset_hits": [2, 1]}, {"unopposed": 3})],
)

# ---------------------------------------------------------------------------------------------- unmet needs

edge(
    "unmet-while-the-channel-is-busy",
    # the last round goes at 0, with the channel held; b waits from 5 on, and is killed by the inner battery at 10
    [at(10), at(15, name="b")],
    [
        gun(given(10, 0, 100), interceptors=1, layer="outer"),
        gun(against={"b": given(5, 0, 1)}, name="inner", layer="inner"),
    ],
    "KK",
    {"fired": [1, 1], "unmet": [1, 0]},
    layers=("outer", "inner"),
    campaign={"raids": 1},
)
edge(
    "no-need-while-rounds-are-left",
    # one round, one channel: b waits for the channel, not for rounds, until its window closes at 10
    [at(10, name="a", priority=-1), at(10, name="b")],
    [gun(given(10, 0, 100), interceptors=2)],
    "KH",
    {"unmet": [0]},
    why={"channels_busy": 1},
    campaign={"raids": 1},
)
edge(
    "unmet-by-what-is-kept",
    [at(10)],
    [gun(given(10, 0, 10, keep=2), interceptors=2)],
    "H",
    {"unmet": [1], "left": [2]},
    why={"out_of_interceptors": 1},
    campaign={"raids": 1},
)
edge(
    "tubes-are-no-unmet-need",
    [at(10, 10)],
    [gun(ready=1, interceptors=5, channels=2)],
    "KH",
    {"unmet": [0]},
    why={"reloading": 1},
    campaign={"raids": 1},
)
edge(
    "unmet-by-whole-salvos",
    # at the second look two are wanted and one is left
    [at(10)],
    [gun(given(10, 0, 5, kill=0, salvo=[1, 2]), interceptors=2, partial_salvo=False)],
    "H",
    {"fired": [1], "left": [1], "unmet": [1]},
    why={"survived_shots": 1},
    campaign={"raids": 1},
)
edge(
    "no-need-without-looks-or-belief",
    # one has no looks left, and the other believes it dead; both magazines are empty
    [at(10)],
    [
        gun(given(10, 0, 1, kill=0, looks=1), interceptors=1, layer="outer"),
        gun(given(8, 0, 1, kill=0), name="inner", interceptors=1, layer="inner", kill_called_wrongly=1),
    ],
    "H",
    {"fired": [1, 1], "unmet": [0, 0], "dry": [1, 1], "dry_at": [0, 2_000]},
    why={"survived_shots": 1},
    layers=("outer", "inner"),
    campaign={"raids": 1},
)
edge(
    "no-need-of-one-that-is-out",
    [at(10)],
    [gun(interceptors=0, availability=0), gun(name="unlimited", against={"drone": given(10, 0, 10)})],
    "H",
    {"unmet": [0, 0], "dry": [1, 0]},
    why={"out_of_action": 1},
    campaign={"raids": 1},
)
edge(
    "taken-by-another-later-in-the-dispatch",
    # gun's channel is held to 100, and a waits for it from 10 to 20 while a round is left; guest, whose turn is later, takes
    # that round at 20, the last tick of a's window
    [at(10, name="c"), at(20, name="a"), at(20, name="b", **_drone)],
    [
        gun(given(10, 0, 100), interceptors=2, layer="outer"),
        gun(against={"drone": given(0, 0, 1)}, name="guest", layer="inner", interceptors_of="gun"),
    ],
    "KHK",
    {"fired": [1, 1], "unmet": [1, 0], "left": [0, 0], "dry": [1, 0], "dry_at": [20_000, 0]},
    why={"out_of_interceptors": 1},
    layers=("outer", "inner"),
    campaign={"raids": 1},
)
edge(
    "the-borrower-is-in-need-too",
    # the lender takes the last round at 0; the drone waits
    [at(10), at(10, name="b", **_drone)],
    [gun(interceptors=1), gun(against={"drone": given(10, 0, 10)}, name="guest", interceptors_of="gun")],
    "KH",
    {"unmet": [0, 1]},
    why={"out_of_interceptors": 1},
    campaign={"raids": 1},
)

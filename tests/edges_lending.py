"""Raids worked by hand: batteries that fire through the channels, or from the magazine, of another."""

from __future__ import annotations

from typing import Any

from edge_kit import at, edge, given, gun


def guest(pair: dict[str, Any] | None = None, name: str = "guest", **more: Any) -> dict[str, Any]:
    """As `gun`, but without channels of its own where it borrows them."""
    battery = gun(pair, name=name, **more)
    if "channels_of" in more:
        del battery["channels"]
    return battery


_DRONE = {"drone": given(10, 0, 10)}
_drone = {"class": "drone"}
_OUT_IN = ("outer", "inner")

# ---------------------------------------------------------------------------------------------- channels

# gun fires at the rocket at 0; the one channel comes free at the end of its cycle, and the drone's window closes at 10
for _cycle, _fates in ((10, "KK"), (10.001, "KH")):
    edge(
        f"one-channel-two-weapons-cycle-{_cycle}",
        [at(10), at(10, name="b", **_drone)],
        [gun(given(10, 0, _cycle)), guest(channels_of="gun", against=_DRONE)],
        _fates,
        {"fired": [1, int(_fates == "KK")], "busy_peak": [1, 0], "engagements": [1, int(_fates == "KK")]},
        why={"channels_busy": int(_fates == "KH")},
    )
edge(
    "outer-layer-takes-the-shared-channel",
    # the borrower stands in the outer layer, though last in the file; its salvo holds the channel to 10.001
    [at(10), at(10, name="b", **_drone)],
    [gun(layer="inner"), guest(channels_of="gun", against={"drone": given(10, 0, 10.001)}, layer="outer")],
    "HK",
    {"fired": [0, 1], "busy_peak": [1, 0]},
    why={"channels_busy": 1},
    layers=_OUT_IN,
)
edge(
    "three-directors-for-two-weapons",
    # three channels: two rockets and one drone at 0, the other drone has to wait, and its window closes at 10
    [at(10, 10), at(10, 10, name="b", **_drone)],
    [gun(given(10, 0, 10.001), channels=3), guest(channels_of="gun", against={"drone": given(10, 0, 10.001)})],
    "KKKH",
    {"fired": [2, 1], "busy_peak": [3, 0]},
    why={"channels_busy": 1},
)
edge(
    "units-of-the-lender-count",
    # two units of one channel each; the three units of the borrower add none
    [at(10, 10, 10, name="b", **_drone)],
    [gun(count=2), guest(channels_of="gun", against={"drone": given(10, 0, 10.001)}, count=3)],
    "KKH",
    {"fired": [0, 2], "busy_peak": [2, 0]},
    why={"channels_busy": 1},
)
edge(
    "unlimited-channels-of-another",
    [at(10, 10, 10, name="b", **_drone)],
    [
        {"id": "gun", "layer": "only", "interceptor_speed_m_s": 1000, "against": {"rocket": given(10, 0, 10)}},
        guest(channels_of="gun", against=_DRONE),
    ],
    "KKK",
    {"fired": [0, 3], "busy_peak": [3, 0]},
)

# ---------------------------------------------------------------------------------------------- magazines

edge(
    "one-magazine-for-two",
    # two rounds: the lender, first in the file, takes one at 0, the borrower the other; the third threat comes too late
    [at(10), at(10, 30, name="b", **_drone)],
    [gun(interceptors=2), guest(interceptors_of="gun", against=_DRONE)],
    "KKH",
    {"fired": [1, 1], "left": [0, 0], "dry": [1, 0], "dry_at": [0, 0], "busy_peak": [1, 1]},
    why={"out_of_interceptors": 1},
)
edge(
    "the-borrower-takes-the-last-round",
    # dry_at is the lender's, the commit the borrower's: at 5
    [at(10, name="b", **_drone), at(30)],
    [gun(interceptors=1), guest(interceptors_of="gun", against={"drone": given(5, 0, 10)})],
    "KH",
    {"fired": [0, 1], "left": [0, 0], "dry": [1, 0], "dry_at": [5_000, 0]},
    why={"out_of_interceptors": 1},
)
edge(
    "units-of-the-magazine-s-owner",
    # two units of one round; three units that borrow
    [at(10, 10, 10, name="b", **_drone)],
    [gun(interceptors=1, count=2), guest(interceptors_of="gun", against=_DRONE, count=3, channels=3)],
    "KKH",
    {"fired": [0, 2], "left": [0, 0], "dry": [1, 0]},
    why={"out_of_interceptors": 1},
)
edge(
    "unlimited-rounds-of-another",
    [at(10, 10, name="b", **_drone)],
    [gun(), guest(interceptors_of="gun", against=_DRONE, channels=2)],
    "KK",
    {"fired": [0, 2], "left": [0, 0], "dry": [0, 0]},
)
edge(
    "a-pool-and-nothing-else",
    # the pool has no `against`: one channel, one round, for two
    [at(10), at(30, name="b", **_drone)],
    [
        {"id": "pool", "layer": "only", "channels": 1, "interceptors": 1},
        guest(name="first", channels_of="pool", interceptors_of="pool"),
        guest(name="second", channels_of="pool", interceptors_of="pool", against=_DRONE),
    ],
    "KH",
    {"fired": [0, 1, 0], "busy_peak": [1, 0, 0], "left": [0, 0, 0], "dry": [1, 0, 0], "kills": [0, 1, 0]},
    why={"out_of_interceptors": 1},
)
edge(
    "lends-one-and-borrows-the-other",
    # gun has the channel, guest the magazine of one round, each lends it to the other
    [at(10), at(30, name="b", **_drone)],
    [gun(interceptors_of="guest"), guest(channels_of="gun", interceptors=1, against=_DRONE)],
    "KH",
    {"fired": [1, 0], "busy_peak": [1, 0], "left": [0, 0], "dry": [0, 1], "dry_at": [0, 0]},
    why={"out_of_interceptors": 1},
)
edge(
    "whole-salvos-from-a-shared-magazine",
    # three rounds, salvos of two: after the lender's salvo one is left, which is no salvo for the borrower
    [at(10), at(10, name="b", **_drone)],
    [
        gun(given(10, 0, 10, salvo=[2]), interceptors=3),
        guest(interceptors_of="gun", against={"drone": given(10, 0, 10, salvo=[2])}, partial_salvo=False),
    ],
    "KH",
    {"fired": [2, 0], "left": [1, 0], "redundant": [1, 0]},
    why={"out_of_interceptors": 1},
)

# ---------------------------------------------------------------------------------------------- lenders out, lost, absent

for _thing in ("channels_of", "interceptors_of"):
    edge(
        f"lender-out-{_thing.replace('_', '-')}",
        [at(10)],
        [
            gun(availability=0, against={"drone": given(10, 0, 10)}, interceptors=5),
            guest(**{_thing: "gun"}),
        ],
        "H",
        {"fired": [0, 0]},
        why={"out_of_action": 1},
    )
    edge(
        f"lender-absent-{_thing.replace('_', '-')}",
        # count 0 of the lender is count 0 of the borrower: nobody has anything against the rocket
        [at(10)],
        [gun(count=0, interceptors=5), guest(**{_thing: "gun"})],
        "H",
        {"fired": [0, 0], "left": [0, 0], "dry": [0, 0]},
        why={"unopposed": 1},
    )
edge(
    "lender-of-the-lender-absent",
    # no rounds for the second, so no channels for the third
    [at(10)],
    [
        gun(name="first", count=0, interceptors=5),
        gun(name="second", interceptors_of="first"),
        guest(name="third", channels_of="second", interceptors=5),
    ],
    "H",
    {"fired": [0, 0, 0], "left": [0, 0, 0]},
    why={"unopposed": 1},
)
edge(
    "lender-of-the-lender-out",
    # the second cannot fire without the first's magazine, but it stands itself: the third fires through its channels
    [at(10)],
    [
        gun(name="first", availability=0, against=_DRONE, interceptors=5),
        gun(name="second", interceptors_of="first"),
        guest(name="third", channels_of="second", interceptors=5),
    ],
    "K",
    {"fired": [0, 0, 1], "left": [5, 0, 4], "busy_peak": [0, 1, 0]},
)
edge(
    "borrower-out-lender-goes-on",
    [at(10)],
    [gun(interceptors=1), guest(interceptors_of="gun", availability=0)],
    "K",
    {"fired": [1, 0], "left": [0, 0], "dry": [1, 0]},
)
_sites = [{"id": "radar", "is_battery": "gun", "hits_to_disable": 1}, {"id": "town"}]
for _thing in ("channels_of", "interceptors_of"):
    edge(
        f"lender-lost-in-mid-salvo-{_thing.replace('_', '-')}",
        # the lender's radar is hit at 10. The guest fires 15 s before impact, with flights of 7.5 s: at 9 (met at 16.5), at
        # 10, the tick of the loss (met at 17.5), and not at 10.001
        [at(10, name="x", targets={"radar": 1}), at(24, 25, 25.001, name="b", targets={"town": 1})],
        [
            gun(against={"drone": given(10, 0)}, channels=5, interceptors=5),
            guest(given(15, 15), covers=["town"], channels=3, **{_thing: "gun"}),
        ],
        "HKKH",
        {"fired": [0, 2], "kills": [0, 2], "disabled": [1, 0]},
        assets=_sites,
        why={"unopposed": 1, "out_of_action": 1},
        events=[(16.5, "intercept", "guest shot 0 at b#0: killed"), (17.5, "intercept", "guest shot 0 at b#1: killed")],
    )
edge(
    "lender-lost-at-the-closing-tick-still-stood",
    # the one channel is busy from 8 to 18; b's window closes at 10, when the lender is lost; c's a tick later
    [
        at(10, name="x", targets={"radar": 1}),
        at(10, name="a", targets={"town": 1}, priority=-1),
        at(10, 10.001, name="b", targets={"town": 1}),
    ],
    [gun(against=_DRONE), guest(given(2, 0, 10), covers=["town"], channels_of="gun")],
    "HKHH",
    {"fired": [0, 1]},
    assets=_sites,
    why={"unopposed": 1, "channels_busy": 1, "out_of_action": 1},
)
edge(
    "borrower-lost-lender-goes-on",
    [at(10, name="x", targets={"radar": 1}), at(30, name="b", targets={"town": 1})],
    [gun(name="lender", interceptors=1, covers=["town"]), gun(interceptors_of="lender", covers=["town"])],
    "HK",
    {"fired": [1, 0], "left": [0, 0]},
    assets=_sites,
    why={"unopposed": 1},
)

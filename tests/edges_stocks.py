"""Raids worked by hand: tubes that are ready and reloaded, and rounds that are kept."""

from __future__ import annotations

from edge_kit import at, edge, given, gun

_drone = {"class": "drone"}
_DRONE = {"drone": given(10, 0, 10)}

# ---------------------------------------------------------------------------------------------- tubes

# two threats at 10, one tube, channel free again at 1: the second is served if the tube is ready at 10, where windows close
for _reload, _fates in ((10, "KK"), (10.001, "KH"), (None, "KH")):
    _more = {} if _reload is None else {"reload_s": _reload}
    edge(
        f"one-tube-reload-{_reload}",
        [at(10, 10)],
        [gun(given(10, 0, 1), ready=1, interceptors=5, **_more)],
        _fates,
        {"fired": [_fates.count("K")], "left": [5 - _fates.count("K")], "dry": [0], "dry_at": [0]},
        why={"reloading": _fates.count("H")},
        events=[(10, "ready", "1 of gun"), (10, "dispatch", "gun fires 1 at a#")] if _reload == 10 else (),
    )
edge(
    "two-tubes-and-a-salvo-of-three",
    # two are fired; the third round was never in a tube in time
    [at(10)],
    [gun(given(10, 0, 10, salvo=[3], looks=1), ready=2, interceptors=9)],
    "K",
    {"fired": [2], "redundant": [1], "left": [7]},
)
edge(
    "two-tubes-and-a-whole-salvo-of-three",
    [at(10)],
    [gun(given(10, 0, 10, salvo=[3]), ready=2, interceptors=9, reload_s=1, partial_salvo=False)],
    "H",
    {"fired": [0]},
    why={"reloading": 1},
)
edge(
    "a-whole-salvo-waits-for-its-tubes",
    # three tubes, salvos of two: two at 0; one is ready until the others are again at 10, where the window closes
    [at(10, 10)],
    [gun(given(10, 0, 1, salvo=[2]), ready=3, reload_s=10, interceptors=9, partial_salvo=False)],
    "KK",
    {"fired": [4], "redundant": [2], "left": [5]},
    events=[(0, "dispatch", "gun fires 2"), (10, "ready", "2 of gun"), (10, "dispatch", "gun fires 2")],
)
edge(
    "spacing-shortens-what-is-whole-in-the-tubes",
    # windows of one tick: the first of three leaves, with three ready; at 12 two are ready, which is no salvo
    [at(10, 12)],
    [gun(given(0, 0, 1, salvo=[3]), spacing_s=1, ready=3, interceptors=9, partial_salvo=False)],
    "KH",
    {"fired": [1]},
    why={"reloading": 1},
)
edge(
    "tubes-of-a-spaced-salvo-are-ready-together",
    # shots leave at 0 and 7; both tubes are ready 10 s after the commit, and two more leave at 10 and 17
    [at(20, 20)],
    [gun(given(20, 0, 1, salvo=[2], looks=1), spacing_s=7, ready=2, reload_s=10, interceptors=4)],
    "KK",
    {"fired": [4], "redundant": [2], "dry": [1], "dry_at": [10_000]},
    events=[(10, "ready", "2 of gun"), (10, "dispatch", "gun fires 2")],
)
edge(
    "tubes-come-ready-one-by-one",
    # the channel allows shots at 0, 2, 4, ...; two tubes fire at 0 and 2, are ready at 5 and 7, and again at 10
    [at(10)],
    [gun(given(10, 0, 2, kill=0), ready=2, reload_s=5, interceptors=9)],
    "H",
    {"fired": [5], "engagements": [5], "left": [4]},
    why={"survived_shots": 1},
    events=[(t, "dispatch", "gun fires 1") for t in (0, 2, 5, 7, 10)],
)
edge(
    "tubes-of-units-pool",
    [at(10, 10, 10)],
    [gun(count=2, ready=1, interceptors=9, channels=3)],
    "KKH",
    {"fired": [2], "left": [16]},
    why={"reloading": 1},
)
edge(
    "more-tubes-than-rounds",
    # rounds bind, whatever the tubes
    [at(10, 10)],
    [gun(ready=8, interceptors=1, channels=2)],
    "KH",
    {"fired": [1], "dry": [1]},
    why={"out_of_interceptors": 1},
)
edge(
    "last-round-and-last-tube",
    # no round is left and no tube is ready: out of interceptors comes first
    [at(10, 10)],
    [gun(ready=1, interceptors=1, channels=2)],
    "KH",
    {"dry": [1]},
    why={"out_of_interceptors": 1},
)
edge(
    "unlimited-rounds-through-one-tube",
    # channels without limit, one tube: shots at 0, 5 and 10
    [at(10)],
    [
        {
            "id": "gun",
            "layer": "only",
            "ready": 1,
            "reload_s": 5,
            "against": {"rocket": given(10, 0, 1, kill=0)},
        }
    ],
    "H",
    {"fired": [3], "left": [0], "dry": [0]},
    why={"survived_shots": 1},
)
edge(
    "tubes-go-with-the-magazine",
    # one tube for two batteries with a channel each: the borrower's shot comes when it is ready again, at 5
    [at(10), at(10, name="b", **_drone)],
    [gun(ready=1, reload_s=5, interceptors=2), gun(against=_DRONE, name="guest", interceptors_of="gun")],
    "KK",
    {"fired": [1, 1], "dry": [1, 0], "dry_at": [5_000, 0]},
    events=[(5, "ready", "1 of gun"), (5, "dispatch", "guest fires 1 at b#0")],
)
edge(
    "reloading-comes-after-out-of-interceptors",
    # one battery has rounds and no tube (the drone's shot), the other no rounds
    [at(10, name="b", priority=-1, **_drone), at(10)],
    [
        gun(against={"drone": given(10, 0, 1), "rocket": given(10, 0, 1)}, ready=1, interceptors=5),
        gun(name="empty", interceptors=0),
    ],
    "KH",
    {"fired": [1, 0], "dry": [0, 1], "dry_at": [0, 0]},
    why={"out_of_interceptors": 1},
)
edge(
    "reloading-comes-before-channels-busy",
    # one battery has no tube left, the other's channel is held to the end
    [at(10, name="b", priority=-1, **_drone), at(10, name="c", priority=-1), at(10, name="d")],
    [
        gun(against={"drone": given(10, 0, 1), "d": given(10, 0, 1)}, ready=1, interceptors=5),
        gun(given(10, 0, 20), name="busy"),
    ],
    "KKH",
    {"fired": [1, 1]},
    why={"reloading": 1},
)

# ---------------------------------------------------------------------------------------------- rounds that are kept

# `keep` equal to what is left: nothing; one less: one round
for _keep, _fates in ((2, "HH"), (1, "KH"), (3, "HH")):
    edge(
        f"keep-{_keep}-of-2",
        [at(10, 10)],
        [gun(given(10, 0, 10, keep=_keep), interceptors=2, channels=2)],
        _fates,
        {"fired": [_fates.count("K")], "left": [2 - _fates.count("K")], "dry": [0]},
        why={"out_of_interceptors": _fates.count("H")},
    )
edge(
    "keep-cuts-a-salvo-short",
    # three wanted, three left, one kept: two are fired
    [at(10)],
    [gun(given(10, 0, 10, salvo=[3], keep=1, looks=1), interceptors=3)],
    "K",
    {"fired": [2], "redundant": [1], "left": [1], "dry": [0]},
)
edge(
    "keep-and-whole-salvos",
    # three left, two kept: no salvo of two
    [at(10)],
    [gun(given(10, 0, 10, salvo=[2], keep=2), interceptors=3, partial_salvo=False)],
    "H",
    {"fired": [0], "left": [3]},
    why={"out_of_interceptors": 1},
)
edge(
    "keep-is-per-unit",
    # two units of two rounds, one kept each
    [at(10, 10, 10)],
    [gun(given(10, 0, 10, keep=1), count=2, interceptors=2, channels=2)],
    "KKH",
    {"fired": [2], "left": [2]},
    why={"out_of_interceptors": 1},
)
edge(
    "kept-for-another-class",
    # the rocket closes first, but is passed over for the drone; the second drone finds nothing
    [at(10), at(11, 11, name="b", **_drone)],
    [gun(against={"rocket": given(10, 0, 10, keep=1), "drone": given(11, 0, 1)}, interceptors=1, channels=3)],
    "HKH",
    {"fired": [1], "dry": [1], "dry_at": [0]},
    why={"out_of_interceptors": 2},
)
edge(
    "keep-counts-for-the-owner-s-units",
    # the lender has two units of two rounds; the borrower of one unit keeps one per unit of the lender, so two of four
    [at(10, 10, 10)],
    [
        gun(against=_DRONE, count=2, interceptors=2),
        gun(given(10, 0, 10, keep=1), name="guest", interceptors_of="gun", channels=3),
    ],
    "KKH",
    {"fired": [0, 2], "left": [2, 0]},
    why={"out_of_interceptors": 1},
)
edge(
    "keep-of-unlimited-rounds-is-idle",
    [at(10)],
    [gun(given(10, 0, 10, keep=5))],
    "K",
    {"fired": [1]},
)
edge(
    "keep-goes-by-id-with-its-table",
    # the table of a's id replaces the class's: nothing is kept from it
    [at(10), at(10, name="b")],
    [gun(against={"rocket": given(10, 0, 10, keep=1), "a": given(10, 0, 10)}, interceptors=1, channels=2)],
    "KH",
    {"dry": [1]},
    why={"out_of_interceptors": 1},
)

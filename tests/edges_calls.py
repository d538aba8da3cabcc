"""Raids worked by hand: wrong calls, failures that come late, reasons, several radars, even aim."""

from __future__ import annotations

from typing import Any

from edge_kit import at, edge, given, gun

_LAYERS = ("outer", "inner")

# ---------------------------------------------------------------------------------------------- wrong calls (R9)


def _fooled(pair: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An outer battery that fires 30 s before impact, misses, and calls the miss a kill 10 s later."""
    pair = given(30, 0, 10, kill=0) if pair is None else pair
    return {**gun(pair, name="outer", layer="outer", kill_called_wrongly=1), **more}


def _inner(pair: dict[str, Any], name: str = "inner", **more: Any) -> dict[str, Any]:
    return {**gun(pair, name=name, layer="inner"), **more}


for _opens, _tick in ((20, None), (19.999, 10.001), (15, 15)):
    # called dead at 10: an inner window that opens at that tick believes it, one that opens later looks afresh
    edge(
        f"called-dead-20-s-before-impact-inner-opens-{_opens}-s-before",
        [at(30)],
        [_fooled(), _inner(given(_opens, 0, 10))],
        "H" if _tick is None else "K",
        {"fired": [1, 0 if _tick is None else 1]},
        why={} if _tick else {"survived_shots": 1},
        events=[(10, "assess", "outer calls a#0 dead (live)")]
        + ([(_tick, "dispatch", "inner fires")] if _tick else []),
        layers=_LAYERS,
    )
edge(
    "called-dead-at-the-tick-after-the-commit",
    # cycle 0: fired at 20, the threat comes free at 20.001, when the inner window opens
    [at(30)],
    [_fooled(given(10, 10, 0, kill=0)), _inner(given(9.999, 0, 5))],
    "H",
    {"fired": [1, 0]},
    why={"survived_shots": 1},
    events=[(20.001, "assess", "outer calls a#0 dead (live)")],
    layers=_LAYERS,
)
edge(
    "the-latest-wrong-call-counts",
    # called dead at 10 by the outer; the second opens at 15 and calls it dead at 25; the third opened at 20, while it was
    # engaged, and believes that; the fourth opens at 26
    [at(30)],
    [
        _fooled(),
        _inner(given(15, 0, 10, kill=0), name="second", kill_called_wrongly=1),
        _inner(given(10, 0, 10), name="third"),
        _inner(given(4, 0, 4), name="fourth"),
    ],
    "K",
    {"fired": [1, 1, 0, 1], "kills": [0, 0, 0, 1]},
    layers=_LAYERS,
)
edge(
    "believers-go-on-believing",
    # the outer calls it dead at 10; the inner opens at 15, misses at 15 and 20 and says so at 20 and 25, while the outer
    # window is open to 30
    [at(30)],
    [_fooled(), _inner(given(15, 0, 5, kill=0, looks=2))],
    "H",
    {"fired": [1, 2], "engagements": [1, 2]},
    why={"survived_shots": 1},
    events=[(20, "assess", "inner calls a#0 live (live)"), (25, "assess", "inner calls a#0 live (live)")],
    layers=_LAYERS,
)
edge(
    "believers-do-not-see-it-die",
    # killed by the inner at 15, called alive, shot at again at 20: a redundant round; the outer has long looked away
    [at(30)],
    [_fooled(), _inner(given(15, 0, 5, looks=2), miss_called_wrongly=1)],
    "K",
    {"fired": [1, 2], "redundant": [0, 1], "kills": [0, 1]},
    layers=_LAYERS,
)
edge(
    "rightly-called-dead-is-dead-for-all",
    # killed at 0, called dead at 10; a window that opens at 15 brings no shot
    [at(30)],
    [gun(given(30, 0, 10), name="outer", layer="outer"), _inner(given(15, 0, 5))],
    "K",
    {"fired": [1, 0]},
    layers=_LAYERS,
)

# ---------------------------------------------------------------------------------------------- late failures


def _late(*times: float, name: str = "a", **more: Any) -> dict[str, Any]:
    return at(*times, name=name, reliability=0, fails_late=1, **more)


edge(
    "late-failure-is-shot-at",
    # it takes the only channel, to a tick after the real threat has come
    [_late(10, priority=-1), at(10, name="b")],
    [gun(given(10, 0, 10.001))],
    "KH",
    {"g_failed_late": [1, 0], "failed_early": 0, "engaged": 1, "kills": [1], "fired": [1]},
    why={"channels_busy": 1},
)
edge(
    "late-failure-lives-and-fails",
    # fired at 0 and 10; nothing of it arrives, and it is no leaker
    [_late(10)],
    [gun(given(10, 0, 10, kill=0))],
    "F",
    {"g_failed_late": [1], "failed_early": 0, "engaged": 1, "asset_hits": [0], "disabled": [0], "fired": [2]},
    assets=[{"id": "town", "hits_to_disable": 1}],
)
edge("late-failure-suppressed", [_late(10)], [gun(effect="suppress")], "S", {"g_failed_late": [1], "stopped": 1})
edge(
    "late-failure-seems-a-miss",
    # it is ignored as one that will miss, though its draw of on_target says hit
    [_late(10)],
    [gun(ignore_misses={"specificity": 1})],
    "F",
    {"g_failed_late": [1], "engaged": 0, "fired": [0]},
)
edge(
    "late-failure-is-no-hit-to-be-ignored",
    # who ignores all that will hit, and shoots at all that will miss, shoots at it
    [_late(10)],
    [gun(ignore_misses={"sensitivity": 0, "specificity": 0})],
    "K",
    {"g_failed_late": [1], "fired": [1]},
)
edge("late-failure-untracked", [_late(10, track=0)], [gun()], "F", {"g_failed_late": [1], "fired": [0]})
edge(
    "early-failure",
    [at(10, reliability=0, fails_late=0)],
    [gun()],
    "F",
    {"g_failed_late": [0], "failed_early": 1, "engaged": 0, "fired": [0]},
)
edge("fails-late-is-a-share-of-failures", [at(10, fails_late=1)], [], "H", {"g_failed_late": [0]}, why={"unopposed": 1})

# ---------------------------------------------------------------------------------------------- reasons

edge(
    "why-one-out-and-one-blind",
    # a battery that stood did not see it: that comes before the one that was out
    [at(10)],
    [gun(availability=0), gun(given(10, 0, 10, detect=0), name="blind")],
    "H",
    why={"unseen": 1},
)
edge(
    "why-one-out-and-one-without-a-window",
    # the only battery that could have fought it was out; closes 20 s before impact, opens 15 s before: no window there
    [at(100)],
    [gun(availability=0), gun({"kill": 1, "far_km": 30, "near_km": 10, "detect_km": 15}, name="late")],
    "H",
    why={"out_of_action": 1},
)
edge(
    "why-one-without-a-window-and-one-that-covers-another-asset",
    [at(100, targets={"a": 1})],
    [
        gun({"kill": 1, "far_km": 30, "near_km": 10, "detect_km": 15}, name="late"),
        gun(given(10, 0, 10), name="other", covers=["b"]),
    ],
    "H",
    assets=[{"id": "a"}, {"id": "b"}],
    why={"no_window": 1},
)
edge(
    "why-one-covers-and-another-has-the-weapon",
    # drones only over a, rockets only over b
    [at(10, targets={"a": 1})],
    [gun(against={"drone": given(10, 0, 10)}, covers=["a"]), gun(name="other", covers=["b"])],
    "H",
    assets=[{"id": "a"}, {"id": "b"}],
    why={"unopposed": 1},
)
edge(
    "why-unopposed-and-unseen-too",
    # nothing is given against b; a is seen by nobody
    [at(10, track=0), at(10, name="b", **{"class": "drone"})],
    [gun()],
    "HH",
    why={"unseen": 1, "unopposed": 1},
)

# ---------------------------------------------------------------------------------------------- several radars (R10)

_TWO = [
    {"id": "radar-1", "is_battery": "gun", "hits_to_disable": 1},
    {"id": "radar-2", "is_battery": "gun", "hits_to_disable": 1},
    {"id": "town"},
]
# one radar is hit at 10, the other at 20; threats to the town come at 20, whose window opens at 15, and at 35 (30)
for _with, _fates, _why in (("any", "HH" + "HH", 2), ("all", "HH" + "KH", 1)):
    edge(
        f"lost-with-{_with}-of-two-radars",
        [at(10, name="x", targets={"radar-1": 1}), at(20, name="y", targets={"radar-2": 1})]
        + [at(20, 35, name="b", targets={"town": 1})],
        [gun(given(5, 0, 1), covers=["town"], lost_with=_with)],
        _fates,
        {"disabled": [1, 1, 0], "assets_disabled": 2, "fired": [2 - _why]},
        assets=_TWO,
        why={"unopposed": 2, "out_of_action": _why},
    )
edge(
    "lost-with-the-last-radar-fires-at-that-tick",
    # both are hit at 10: a window that opens at 10 is served, one that opens a tick later is not
    [at(10, name="x", targets={"radar-1": 1}), at(10, name="y", targets={"radar-2": 1})]
    + [at(15, 15.001, name="b", targets={"town": 1})],
    [gun(given(5, 0, 1), channels=2, covers=["town"], lost_with="all")],
    "HHKH",
    {"fired": [1], "assets_disabled": 2},
    assets=_TWO,
    why={"unopposed": 2, "out_of_action": 1},
)
edge(
    "two-radars-lost-with-the-first-by-default",
    [at(10, name="x", targets={"radar-2": 1}), at(20, name="b", targets={"town": 1})],
    [gun(given(5, 0, 1), covers=["town"])],
    "HH",
    {"fired": [0], "assets_disabled": 1},
    assets=_TWO,
    why={"unopposed": 1, "out_of_action": 1},
)

# ---------------------------------------------------------------------------------------------- even aim


def _spots(*weights: float) -> tuple[list[dict[str, Any]], dict[str, float]]:
    names = [f"spot-{k}" for k in range(len(weights))]
    return [{"id": i} for i in names], dict(zip(names, weights, strict=True))


for _name, _count, _weights, _hits in (
    ("one-each", 4, (1, 1, 1, 1), [1, 1, 1, 1]),
    ("twenty-at-twenty", 20, (0.05,) * 20, [1] * 20),
    # words of 6: 1/12, 3/12, 5/12, 7/12 are below 2/3, then 9/12 and 11/12
    ("by-weight", 6, (2, 1), [4, 2]),
    # words of 3: 1/6, 1/2, 5/6; the middle one is the cumulated weight itself, which is not above it
    ("on-the-border", 3, (1, 1), [1, 2]),
    # words of 5: 0.1 and 0.3 are below 1/3
    ("in-tenths", 5, (0.1, 0.2), [2, 3]),
    ("none-at-weight-0", 4, (0, 1, 0, 3), [0, 1, 0, 3]),
    # one alone aims at the middle, 1/2: the cumulated 0.1 + 0.2 of 0.6 is exactly that, so the third
    ("one-alone", 1, (0.1, 0.2, 0.3), [0, 0, 1]),
):
    _assets, _targets = _spots(*_weights)
    edge(
        f"even-aim-{_name}",
        [at(*[10] * _count, aim="even", targets=_targets)],
        [],
        "H" * _count,
        {"asset_hits": _hits},
        assets=_assets,
        why={"unopposed": _count},
    )
edge(
    "even-aim-ties-place-to-time",
    # ranks 0 and 1 aim at the radar and come first, whatever the file says of their times; ranks 2 and 3 at the town
    [at(10, 11, 20, 21, aim="even")],
    [gun(given(5, 0, 1), covers=["town"])],
    "HHHH",
    {"asset_hits": [2, 2], "fired": [0]},
    assets=[{"id": "radar", "is_battery": "gun", "hits_to_disable": 1}, {"id": "town"}],
    why={"unopposed": 2, "out_of_action": 2},
)

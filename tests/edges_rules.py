"""Raids worked by hand for the rules of docs/model.md, section 4, that a single battery or layer shows."""

from __future__ import annotations

from edge_kit import at, edge, given, gun, reach

# ---------------------------------------------------------------------------------------------- the edge table

edge(
    "freed-channel-and-waiting-threat",
    # both may be fired at from 0 to 10; the channel is free again at 10, where the second window closes
    [at(10, 10)],
    [gun(interceptors=2)],
    "KK",
    {"fired": [2], "dry": [1], "dry_at": [10_000], "busy_peak": [1], "engagements": [2]},
    events=[(0, "dispatch", "gun fires 1 at a#"), (10, "release", "gun"), (10, "dispatch", "gun fires 1 at a#")],
)
edge(
    "freed-channel-a-tick-too-late",
    [at(10, 10)],
    [gun(given(10, 0, 10.001), interceptors=2)],
    "KH",
    {"fired": [1], "dry": [0], "dry_at": [0]},
    why={"channels_busy": 1},
)
edge(
    "window-opens-as-channel-is-freed",
    [at(10, 20)],
    [gun(interceptors=2)],
    "KK",
    {"fired": [2], "dry_at": [10_000]},
    events=[(10, "open", "a#1"), (10, "dispatch", "gun fires 1 at a#1")],
)
edge(
    "launch-at-close-intercept-at-near",
    # x_first = x_last = 10 + 1 * 10 = 20 km: one tick, 20 s before impact; they meet at 10 km, 10 s before impact
    [at(100)],
    [gun(reach(10, near=10), interceptors=1)],
    "K",
    {"fired": [1], "dry_at": [80_000]},
    events=[(80, "dispatch", "gun fires 1"), (90, "intercept", "gun shot 0 at a#0: killed")],
)
edge(
    "last-round-wanted-as-two",
    [at(10)],
    [gun(given(10, 0, 10, salvo=[2]), interceptors=1)],
    "K",
    {"fired": [1], "redundant": [0], "dry": [1], "dry_at": [0]},
)
edge(
    "last-round-wanted-as-two-not-partial",
    [at(10)],
    [gun(given(10, 0, 10, salvo=[2]), interceptors=1, partial_salvo=False)],
    "H",
    {"fired": [0], "engagements": [0], "dry": [0]},
    why={"out_of_interceptors": 1},
)
edge(
    "not-partial-fires-whole-salvos-only",
    # three rounds: two at the first, and the one that is left is no salvo
    [at(10, 30)],
    [gun(given(10, 0, 10, salvo=[2]), interceptors=3, partial_salvo=False)],
    "KH",
    {"fired": [2], "redundant": [1], "dry": [0]},
    why={"out_of_interceptors": 1},
)
edge(
    "not-partial-later-salvo-is-smaller",
    # the first salvo is two, the next at the same threat is one
    [at(10)],
    [gun(given(10, 0, 5, kill=0, salvo=[2, 1]), interceptors=3, partial_salvo=False)],
    "H",
    {"fired": [3], "engagements": [2], "dry": [1], "dry_at": [5_000]},
    why={"survived_shots": 1},
)
edge(
    "not-partial-but-spacing-may-shorten",
    # the window is one tick: only the first of three rounds can leave, but three are in the magazine
    [at(10)],
    [gun(given(0, 0, 10, salvo=[3]), interceptors=3, partial_salvo=False, spacing_s=1)],
    "K",
    {"fired": [1], "dry": [0]},
)
edge(
    "three-threats-one-tick-one-of-them",
    [at(10, 10, 10)],
    [gun(given(10, 0, 20))],
    "KHH",
    {"g_stopped": [[1]], "g_engaged": [1]},
    why={"channels_busy": 2},
)
edge(
    "two-threats-one-tick-smaller-key",
    # both windows open at 0; that of b closes first
    [at(10), at(5, name="b", **{"class": "drone"})],
    [gun(against={"rocket": given(10, 0, 20), "drone": given(5, 0, 20)})],
    "HK",
    {"g_stopped": [[0], [1]], "class_hits": [1, 0], "class_leakers": [1, 0]},
    why={"channels_busy": 1},
)
edge(
    "kill-by-the-first-shot-of-a-salvo",
    # a: x_first = 40 + 40 = 80 km, so 20 s; shots leave at 20 and 25, meet at 20 + 80/2 = 60 and 25 + 75/2 = 62.5; the
    # channel is held to 64.5, the last tick for b and one tick too late for c, whose window closed with a round left
    [at(100), at(64.5, name="b"), at(64.499, name="c")],
    [gun(against={"rocket": given(20, 0, 10), "a": reach(40, salvo=[2])}, spacing_s=5, assess_s=2, interceptors=3)],
    "KKH",
    {"fired": [3], "redundant": [1], "kills": [2], "dry": [1], "dry_at": [64_500]},
    why={"channels_busy": 1},
    events=[
        (20, "dispatch", "gun fires 2 at a#0"),
        (60, "intercept", "gun shot 0 at a#0: killed"),
        (62.5, "intercept", "gun shot 1 at a#0: redundant"),
        (64.5, "release", "gun from a#0"),
        (64.5, "dispatch", "gun fires 1 at b#0"),
    ],
)
edge(
    "magazine-empty-channel-free",
    [at(10, 10)],
    [gun(name="outer", layer="outer", channels=2, interceptors=1), gun(name="inner", layer="inner")],
    "KK",
    {"fired": [1, 1], "g_stopped": [[1, 1]], "busy_peak": [1, 1], "dry": [1, 0], "dry_at": [0, 0]},
    layers=("outer", "inner"),
)
edge(
    "window-shorter-than-a-cycle",
    [at(5, 5, 5)],
    [gun(given(5, 0, 10, kill=0), channels=2)],
    "HHH",
    {"fired": [2], "engagements": [2], "busy_peak": [2]},
    why={"survived_shots": 2, "channels_busy": 1},
)

# ---------------------------------------------------------------------------------------------- time and ticks

edge(
    "an-engagement-lasts-a-tick",
    # cycle 0: fired at 0.997, 0.998, 0.999 and 1.000
    [at(1)],
    [gun(given(0.003, 0, 0, kill=0), interceptors=4)],
    "H",
    {"fired": [4], "engagements": [4], "dry_at": [1_000]},
    why={"survived_shots": 1},
)
edge(
    "a-channel-is-busy-for-a-tick",
    [at(1, 1)],
    [gun(given(0, 0, 0))],
    "KH",
    {"fired": [1]},
    why={"channels_busy": 1},
)
edge(
    "no-flight-time-at-the-impact-tick",
    # near = far = position: x = 0, so launch, intercept and impact fall together
    [at(10)],
    [gun(reach(0), interceptors=1)],
    "K",
    {"fired": [1], "dry_at": [10_000]},
    events=[(10, "dispatch", "gun fires 1"), (10, "intercept", "gun shot 0 at a#0: killed")],
)
edge(
    "intercept-at-the-impact-tick-counts",
    # fired 1 s before impact from 1 km behind the asset: (1 km + 1 km) / (2 km/s) = 1 s
    [at(10)],
    [gun(given(1, 1), position_km=-1)],
    "K",
    {"fired": [1], "redundant": [0], "kills": [1]},
    events=[(9, "dispatch", "gun fires 1"), (10, "intercept", "gun shot 0 at a#0: killed")],
)
edge(
    "late-intercept-does-not-count",
    # a millimetre further back: half a microsecond, rounded up to a tick
    [at(10)],
    [gun(given(1, 1, salvo=[2]), position_km=-1.000001)],
    "H",
    {"fired": [2], "redundant": [0], "kills": [0]},
    why={"survived_shots": 1},
    events=[(9, "dispatch", "gun fires 2"), (10, "impact", "a#0: hit"), (10.001, "intercept", "gun shot 0")],
)
edge(
    "negative-times",
    [at(name="a", count=2, arrival={"start_s": -30})],
    [gun(channels=2, interceptors=2)],
    "KK",
    {"fired": [2], "dry_at": [-40_000]},
    events=[(-40, "dispatch", "gun fires 1 at a#0"), (-30, "impact", "a#1: killed")],
)
edge(
    "all-at-zero-by-default",
    [{"id": "a", "class": "rocket", "count": 3}],
    [{"id": "gun", "layer": "only", "interceptors": 2, "against": {"rocket": given(10, 0, 10)}}],
    "KKH",
    {"fired": [2], "dry_at": [-10_000], "busy_peak": [2]},
    why={"out_of_interceptors": 1},
)
edge(
    "times-are-rounded-to-the-tick",
    # 10.0004 s is 10.000: b opens as a's channel is freed and closes there; 9.9996 s is 10.000 too
    [at(10.0004), at(9.9996, name="b")],
    [gun(against={"rocket": given(10, 0, 10), "b": given(0, 0, 10)}, interceptors=2)],
    "KK",
    {"fired": [2], "dry_at": [10_000]},
)

# ---------------------------------------------------------------------------------------------- windows

edge(
    "window-edges-are-rounded-inwards",
    # v 0.3, w 0.6 km/s. Opens 1.5 * 2.0001 / 0.3 = 10.0005 s before impact, closes 1.5 * 1.0001 / 0.3 = 5.0005 s
    # before: from 90.000 to 94.999. The channel comes free at 94.999. Flight at 5.001 s: 1.5003 / 0.9 = 1.667 s
    [at(90, name="first"), at(100, 100, speed_m_s=300)],
    [
        gun(
            against={"rocket": reach(2.0001, near=1.0001), "first": given(10, 0, 14.999)},
            interceptor_speed_m_s=600,
            interceptors=2,
        )
    ],
    "KKH",
    {"fired": [2], "dry_at": [94_999]},
    why={"out_of_interceptors": 1},
    events=[
        (90, "open", "a#0 at gun"),
        (94.999, "dispatch", "gun fires 1 at a#"),
        (96.666, "intercept", "gun shot 0"),
    ],
)
edge(
    "a-tick-after-the-closing-tick",
    [at(90, name="first"), at(100, speed_m_s=300)],
    [
        gun(
            against={"rocket": reach(2.0001, near=1.0001), "first": given(10, 0, 15)},
            interceptor_speed_m_s=600,
            interceptors=2,
        )
    ],
    "KH",
    {"fired": [1]},
    why={"channels_busy": 1},
)
edge(
    "battery-up-range",
    # near is 10 by default: x_first = 30 + 20 = 50, x_last = 10; meets at 30 km
    [at(100)],
    [gun(reach(30), position_km=10, interceptors=1)],
    "K",
    {"dry_at": [50_000]},
    events=[(50, "dispatch", "gun fires 1"), (70, "intercept", "gun shot 0 at a#0: killed")],
)
edge(
    "battery-behind-the-asset",
    # near is 0 by default: x_first = 30 + 40 = 70, x_last = 0 + 10 = 10
    [at(100), at(100, name="b")],
    [gun(against={"a": reach(30), "b": reach(0)}, position_km=-10, interceptors=2, hold="launch", launch_cycle_s=1)],
    "KK",
    {"dry_at": [90_000]},
    events=[
        (30, "dispatch", "gun fires 1 at a#0"),
        (70, "intercept", "gun shot 0 at a#0: killed"),
        (90, "dispatch", "gun fires 1 at b#0"),
        (100, "intercept", "gun shot 0 at b#0: killed"),
    ],
)
edge(
    "launch-delay-moves-the-window",
    # x_first = 30 + 30 + 5 = 65; meets at 30 km, 5 s after the commit plus 30 s of flight
    [at(100)],
    [gun(reach(30), launch_delay_s=5, interceptors=1)],
    "K",
    {"dry_at": [35_000]},
    events=[(70, "intercept", "gun shot 0 at a#0: killed")],
)
edge(
    "launch-delay-does-not-move-a-given-window",
    # at 10 s from impact: 5 s to launch, then 5 km at 2 km/s
    [at(10)],
    [gun(given(10, 0), launch_delay_s=5, interceptors=1)],
    "K",
    {"dry_at": [0]},
    events=[(7.5, "intercept", "gun shot 0 at a#0: killed")],
)
edge(
    "detection-and-reaction-open-the-window",
    [at(100)],
    [gun(reach(30, detect_km=40), reaction_s=5, interceptors=1)],
    "K",
    {"dry_at": [65_000]},
)
edge(
    "reaction-without-detection-range-is-idle",
    [at(100)],
    [gun(reach(30), reaction_s=5, interceptors=1)],
    "K",
    {"dry_at": [40_000]},
)
edge(
    "detected-too-late",
    # closes 40 s before impact, opens 35 s before
    [at(100)],
    [gun(reach(30, near=20, detect_km=40), reaction_s=5)],
    "H",
    {"fired": [0]},
    why={"no_window": 1},
)
edge(
    "window-between-two-ticks-is-none",
    # v = w: 2 * 1.00025 km at 1 km/s is 2000.5 ms: opens at T - 2000, closes at T - 2001
    [at(10)],
    [gun(reach(1.00025, near=1.00025))],
    "H",
    {"fired": [0]},
    why={"no_window": 1},
)
edge(
    "cycle-with-geometry-settles-at-launch",
    [at(100)],
    [gun(reach(10, near=10, cycle_s=50), interceptors=1, launch_delay_s=2)],
    "K",
    {"dry_at": [78_000]},
    events=[(78, "intercept", "gun shot 0 at a#0: killed"), (128, "release", "gun from a#0")],
)

# ---------------------------------------------------------------------------------------------- holding a channel

# a: fired at 20, met at 60, assessed at 67; b waits from 30 on
for _name, _battery, _rounds, _tick in (
    ("assess", {}, 1, 67_000),
    ("intercept", {}, 1, 60_000),
    ("launch", {"launch_cycle_s": 13}, 1, 33_000),
    ("launch-default", {}, 1, 30_000),
    ("launch-and-last-shot", {"launch_cycle_s": 13, "spacing_s": 15}, 2, 35_000),
    ("launch-outlives-the-flight", {"launch_cycle_s": 75}, 1, 95_000),
):
    edge(
        f"hold-{_name}",
        [at(100), at(100, name="b")],
        [
            gun(
                against={"a": reach(40, salvo=[_rounds]), "b": given(70, 0, 5)},
                hold=_name.split("-")[0],
                assess_s=7,
                interceptors=_rounds + 1,
                **_battery,
            )
        ],
        "KK",
        {"fired": [_rounds + 1], "dry_at": [_tick], "busy_peak": [1], "redundant": [_rounds - 1]},
        events=[(_tick / 1000, "dispatch", "gun fires 1 at b#0")],
    )
edge(
    "hold-frees-the-channel-alone",
    # the channel is free at 25, but the threat is engaged to 67, and again to 67 + 16.5 + 7 = 90.5; then it is empty
    [at(100)],
    [gun(reach(40, kill=0), hold="launch", assess_s=7, interceptors=2), gun(reach(40), name="other")],
    "K",
    {"fired": [2, 1], "dry_at": [67_000, 0], "engagements": [2, 1], "g_stopped": [[0, 1]]},
    events=[(25, "release", "gun from a#0"), (67, "dispatch", "gun fires 1"), (90.5, "dispatch", "other fires 1")],
)
edge(
    "cycle-replaces-hold-and-assessment",
    [at(10, 10)],
    [gun(hold="launch", launch_cycle_s=1, assess_s=3, interceptors=2)],
    "KK",
    {"dry_at": [10_000]},
)
edge(
    "cycle-lasts-to-the-last-launch",
    # leave at 0, 4 and 8; the cycle of 5 is over before; at 8 one round is left
    [at(10)],
    [gun(given(10, 0, 5, kill=0, salvo=[3]), spacing_s=4, interceptors=4)],
    "H",
    {"fired": [4], "engagements": [2], "dry_at": [8_000]},
    why={"survived_shots": 1},
)

# ---------------------------------------------------------------------------------------------- salvos and looks

edge(
    "spacing-shortens",
    # floor(10 / 4) + 1
    [at(10)],
    [gun(given(10, 0, 5, kill=0, salvo=[7]), spacing_s=4, interceptors=9)],
    "H",
    {"fired": [4], "engagements": [2]},
    why={"survived_shots": 1},
    events=[(0, "dispatch", "gun fires 3"), (8, "dispatch", "gun fires 1")],
)
edge(
    "last-of-a-spaced-salvo-leaves-at-close",
    [at(10)],
    [gun(given(10, 0, 5, kill=0, salvo=[7]), spacing_s=5)],
    "H",
    {"fired": [4], "engagements": [2]},
    why={"survived_shots": 1},
    events=[(0, "dispatch", "gun fires 3"), (10, "dispatch", "gun fires 1")],
)
edge(
    "looks-and-the-place-in-salvo",
    # 1 + 2 + 2 rounds, then the looks are used up; the other battery counts its own
    [at(100)],
    [
        gun(given(100, 0, 10, kill=0, salvo=[1, 2], looks=3), interceptors=9),
        gun(given(100, 0, 10, kill=0, salvo=[4, 1], looks=2), name="other"),
    ],
    "H",
    {"fired": [5, 5], "engagements": [3, 2], "dry": [0, 0]},
    why={"survived_shots": 1},
    events=[(0, "dispatch", "gun fires 1"), (20, "dispatch", "gun fires 2"), (40, "dispatch", "other fires 1")],
)
edge(
    "looks-count-for-each-threat",
    [at(100, 100)],
    [gun(given(100, 0, 10, kill=0, looks=1))],
    "HH",
    {"fired": [2]},
    why={"survived_shots": 2},
)
edge(
    "rounds-after-the-first-kill",
    [at(10)],
    [gun(given(10, 0, 10, salvo=[3]))],
    "K",
    {"fired": [3], "redundant": [2], "kills": [1], "engagements": [1]},
)
edge(
    "dead-threat-shot-at-again",
    # called alive three times by the outer battery; the inner one fires at 30, the impact tick, and calls it dead
    [at(30)],
    [
        gun(given(30, 0, 10, salvo=[2], looks=3), name="outer", layer="outer", miss_called_wrongly=1),
        gun(given(30, 0, 10), name="inner", layer="inner"),
    ],
    "K",
    {"fired": [6, 1], "redundant": [5, 1], "kills": [1, 0], "g_stopped": [[1, 0]]},
    layers=("outer", "inner"),
)
edge(
    "live-threat-believed-dead",
    # by all and for good
    [at(30)],
    [
        gun(given(30, 0, 10, kill=0), name="outer", layer="outer", kill_called_wrongly=1),
        gun(given(30, 0, 10), name="inner", layer="inner"),
    ],
    "H",
    {"fired": [1, 0], "engagements": [1, 0]},
    why={"survived_shots": 1},
    layers=("outer", "inner"),
)
edge(
    "units-pool",
    [at(10, 10, 10)],
    [gun(count=2, interceptors=1)],
    "KKH",
    {"fired": [2], "busy_peak": [2], "dry": [1], "dry_at": [0]},
    why={"out_of_interceptors": 1},
)
edge(
    "unlimited",
    [at(10, 10, 10)],
    [{"id": "gun", "layer": "only", "against": {"rocket": given(10, 0, 10)}}],
    "KKK",
    {"fired": [3], "busy_peak": [3], "dry": [0]},
)

# ---------------------------------------------------------------------------------------------- who is served first

_late = {"against": {"x": given(10, 0, 10), "b": given(25, 0, 10), "c": given(12, 0, 10)}}
# x holds the channel to 10; b opened at 5 and closes at 30, c opened at 8 and closes at 20; one round is left
for _order, _fates in (("arrival", "KKH"), ("deadline", "KHK")):
    edge(
        f"order-{_order}",
        [at(10, name="x"), at(30, name="b"), at(20, name="c")],
        [gun(order=_order, interceptors=2, **_late)],
        _fates,
        {"fired": [2], "dry_at": [10_000]},
        why={"out_of_interceptors": 1},
    )
edge(
    "order-priority-first",
    [at(10, name="x"), at(30, name="b", priority=-1), at(20, name="c")],
    [gun(order="deadline", interceptors=2, **_late)],
    "KKH",
    why={"out_of_interceptors": 1},
)
_looks = {"against": {"b": given(20, 0, 5, kill=0), "c": given(25, 0, 5, kill=0)}}
# b is shot at from 0 to 5, when c opens, which closes later
edge(
    "order-fewest-looks",
    [at(20, name="b"), at(30, name="c")],
    [gun(order="fewest-looks", interceptors=2, **_looks)],
    "HH",
    {"g_engaged": [1, 1], "dry_at": [5_000]},
    why={"survived_shots": 2},
)
edge(
    "order-deadline-shoots-again",
    [at(20, name="b"), at(30, name="c")],
    [gun(order="deadline", interceptors=2, **_looks)],
    "HH",
    {"g_engaged": [1, 0], "dry_at": [5_000]},
    why={"survived_shots": 1, "out_of_interceptors": 1},
)
edge(
    "order-value",
    # x holds the channel to 10; then come the two at the dear asset by closing tick, and the cheap one
    [
        at(10, name="x", targets={"plain": 1}),
        at(19, name="b", targets={"plain": 1}),
        at(20, name="c", targets={"cheap": 1}),
        at(40, 38, name="d", targets={"dear": 1}),
    ],
    [
        gun(
            against={"x": given(10, 0, 10), "b": given(12, 0, 1), "c": given(12, 0, 1), "d": given(30, 0, 1)},
            order="value",
            interceptors=4,
        )
    ],
    "KHKKK",
    {"asset_hits": [1, 0, 0], "disabled": [0, 0, 0], "dry_at": [12_000]},
    assets=[{"id": "plain"}, {"id": "cheap", "value_usd": 1e6}, {"id": "dear", "value_usd": 5e6}],
    why={"out_of_interceptors": 1},
    events=[(10, "dispatch", "gun fires 1 at d#1"), (11, "dispatch", "gun fires 1 at d#0")],
)
edge(
    "outermost-layer-first",
    [at(10)],
    [gun(name="inner", layer="inner"), gun(name="outer", layer="outer")],
    "K",
    {"fired": [0, 1], "g_stopped": [[0, 1]]},
    layers=("outer", "inner"),
)
edge(
    "file-order-within-a-layer",
    [at(10, 10)],
    [gun(name="first", channels=2), gun(name="second", channels=2)],
    "KK",
    {"fired": [2, 0]},
)
edge(
    "inner-layer-takes-what-waits",
    # the outer channel is busy to 30; the inner window opens at 10
    [at(20, 20)],
    [gun(given(20, 0, 30), name="outer", layer="outer"), gun(name="inner", layer="inner", interceptors=1)],
    "KK",
    {"fired": [1, 1], "g_stopped": [[1, 1]], "dry_at": [0, 10_000]},
    layers=("outer", "inner"),
)

# ---------------------------------------------------------------------------------------------- assets and batteries

_sites = [{"id": "radar", "is_battery": "gun", "hits_to_disable": 1}, {"id": "town"}]
edge(
    "battery-lost-fires-at-that-tick-and-not-after",
    # the battery is hit at 10; one window opens at 10.000, the other at 10.001
    [at(10, targets={"radar": 1}), at(15, 15.001, name="b", targets={"town": 1})],
    [gun(given(5, 0, 5), channels=3, covers=["town"])],
    "HKH",
    {"fired": [1], "asset_hits": [1, 1], "disabled": [1, 0]},
    assets=_sites,
    why={"unopposed": 1, "out_of_action": 1},
)
edge(
    "battery-lost-before-a-window-closes",
    # b#0 holds the channel; the window of b#1 closes at the tick of the loss, that of b#2 one later
    [at(10, targets={"radar": 1}), at(9, 10, 10.001, name="b", targets={"town": 1})],
    [gun(given(5, 0, 100), covers=["town"])],
    "HKHH",
    {"fired": [1], "asset_hits": [1, 2]},
    assets=_sites,
    why={"unopposed": 1, "channels_busy": 1, "out_of_action": 1},
)
edge(
    "committed-salvo-of-a-lost-battery",
    # fired at 20, lost at 30, met at 60; the inner battery does not see to it, for it is engaged
    [at(30, targets={"radar": 1}), at(100, name="b", targets={"town": 1})],
    [gun(reach(40), covers=["town"], interceptors=1), gun(reach(40), name="other", covers=["town"])],
    "HK",
    {"fired": [1, 0], "g_stopped": [[0, 0], [1, 0]], "dry": [1, 0], "dry_at": [20_000, 0]},
    assets=_sites,
    why={"unopposed": 1},
)
edge(
    "inner-battery-serves-for-a-lost-one",
    [at(10, targets={"radar": 1}), at(30, name="b", targets={"town": 1})],
    [gun(covers=["town"]), gun(given(10, 0, 10), name="other", covers=["town"])],
    "HK",
    {"fired": [0, 1]},
    assets=_sites,
    why={"unopposed": 1},
)
edge(
    "battery-lost-by-one-destroying-hit",
    [at(10, targets={"radar": 1}), at(30, name="b", targets={"town": 1})],
    [gun(covers=["town"])],
    "HH",
    {"fired": [0], "disabled": [1, 0]},
    assets=[{"id": "radar", "is_battery": "gun", "destroyed_by_hit": 1}, {"id": "town"}],
    why={"unopposed": 1, "out_of_action": 1},
)
edge(
    "disabled-by-the-second-of-three-hits",
    # the battery still fires at 20, the tick of the second hit, and not at 30
    [at(10, 20, 40, targets={"radar": 1}), at(30, 40, name="b", targets={"town": 1})],
    [gun(covers=["town"])],
    "HHHKH",
    {"asset_hits": [3, 1], "disabled": [1, 0], "fired": [1]},
    assets=[{"id": "radar", "is_battery": "gun", "hits_to_disable": 2}, {"id": "town"}],
    why={"unopposed": 3, "out_of_action": 1},
)
edge(
    "hits-are-only-counted",
    [at(0, 1, 2, targets={"b": 1, "a": 0})],
    [],
    "HHH",
    {"asset_hits": [0, 3, 0], "disabled": [0, 0, 0]},
    assets=[{"id": "a", "hits_to_disable": 1}, {"id": "b"}, {"id": "c", "destroyed_by_hit": 1}],
    why={"unopposed": 3},
)
edge(
    "never-destroyed-at-probability-0",
    [at(0, 1)],
    [],
    "HH",
    {"asset_hits": [2], "disabled": [0]},
    assets=[{"id": "a", "destroyed_by_hit": 0}],
    why={"unopposed": 2},
)
edge(
    "misses-do-no-damage",
    [at(0, 1, on_target=0)],
    [],
    "MM",
    {"asset_hits": [0], "disabled": [0]},
    assets=[{"id": "a", "hits_to_disable": 1}],
    why={"unopposed": 2},
)

# ---------------------------------------------------------------------------------------------- fates

edge("suppressed", [at(10)], [gun(effect="suppress")], "S", {"kills": [1], "g_stopped": [[1]], "engaged": 1})
edge(
    "failed-threats-are-not-seen",
    [at(10, reliability=0), at(10, name="b")],
    [gun()],
    "FK",
    {"fired": [1], "g_engaged": [0, 1], "engaged": 1},
)
edge(
    "decoys",
    # they take both channels to a tick after the real threat has arrived
    [at(10, 10, decoy=True, priority=-1), at(10, name="b")],
    [gun(given(10, 0, 10.001), channels=2)],
    "KKH",
    {"leakers": 1, "hits": 1, "stopped": 0, "engaged": 0, "g_engaged": [2, 0], "kills": [2], "fired": [2]},
    why={"channels_busy": 1},
)
edge(
    "decoys-expire",
    # one is not taken for a threat, one seems to miss and is ignored, and one is believed dead
    [
        at(10, name="plain", decoy=True),
        at(20, name="miss", decoy=True, on_target=0),
        at(30, name="dead", decoy=True),
        at(40, name="soft", decoy=True),
    ],
    [
        gun(
            against={
                "rocket": given(10, 0, 10),
                "plain": given(10, 0, 10, classify=0),
                "dead": given(10, 0, 1, kill=0),
            },
            ignore_misses={"specificity": 1},
            kill_called_wrongly=1,
            effect="suppress",
        )
    ],
    "EEES",
    {"fired": [2], "leakers": 0, "hits": 0, "stopped": 0, "failed": 0, "g_engaged": [0, 0, 1, 1], "kills": [1]},
)

# ---------------------------------------------------------------------------------------------- why a leaker leaked

edge("why-no-battery", [at(10)], [], "H", why={"unopposed": 1})
edge("why-nothing-against-it", [at(10), at(10, name="b", **{"class": "drone"})], [gun()], "KH", why={"unopposed": 1})
edge(
    "why-not-covered",
    [at(10, targets={"b": 1})],
    [gun(covers=["a"])],
    "H",
    assets=[{"id": "a"}, {"id": "b"}],
    why={"unopposed": 1},
)
edge("why-absent", [at(10)], [gun(count=0, interceptors=3)], "H", {"fired": [0], "dry": [0]}, why={"unopposed": 1})
edge("why-out-for-the-night", [at(10)], [gun(availability=0)], "H", {"fired": [0]}, why={"out_of_action": 1})
edge("why-untracked", [at(10, track=0)], [gun()], "H", {"fired": [0]}, why={"unseen": 1})
edge("why-undetected", [at(10)], [gun(given(10, 0, 10, detect=0))], "H", {"fired": [0]}, why={"unseen": 1})
edge("why-unclassified", [at(10)], [gun(given(10, 0, 10, classify=0))], "H", {"fired": [0]}, why={"unseen": 1})
edge(
    "why-ignored-as-a-miss",
    [at(10, on_target=0), at(30, name="b")],
    [gun(ignore_misses={"specificity": 1})],
    "MK",
    {"fired": [1]},
    why={"ignored": 1},
)
edge(
    "why-ignored-wrongly",
    [at(10), at(30, name="b", on_target=0)],
    [gun(ignore_misses={"sensitivity": 0, "specificity": 0})],
    "HK",
    {"fired": [1]},
    why={"ignored": 1},
)
edge(
    "why-no-interceptors",
    [at(10)],
    [gun(interceptors=0)],
    "H",
    {"dry": [1], "dry_at": [0]},
    why={"out_of_interceptors": 1},
)
edge(
    "why-out-of-interceptors-by-the-closing-tick",
    # a#1 waits for the channel from 2 to 10, when the last round goes to b, which closes first
    [at(10, 12, name="a"), at(11, name="b")],
    [gun(interceptors=2)],
    "KHK",
    {"dry_at": [10_000]},
    why={"out_of_interceptors": 1},
)
# the second round leaves at the impact tick
edge("why-survived", [at(10)], [gun(given(10, 0, 10, kill=0))], "H", {"fired": [2]}, why={"survived_shots": 1})
edge(
    "why-the-first-that-applies",
    # a: ignored by one, undetected by one. b: one is busy with c, one has no rounds. d: ignored by one, the other empty
    [
        at(10, name="a", on_target=0),
        at(60, name="c", priority=-1),
        at(60, name="b"),
        at(90, name="d", on_target=0),
    ],
    [
        gun(given(10, 0, 11), name="keen", ignore_misses={"specificity": 1}),
        gun(given(10, 0, 10, detect=0), name="blind"),
        gun(against={"b": given(10, 0, 10), "d": given(10, 0, 10)}, name="empty", interceptors=0),
    ],
    "MKHM",
    {"fired": [1, 0, 0]},
    why={"ignored": 1, "out_of_interceptors": 2},
)
edge(
    "id-replaces-the-table-of-the-class",
    [at(10), at(30, name="b")],
    [gun(against={"rocket": given(10, 0, 10, looks=1, salvo=[2]), "b": given(10, 0, 10, kill=0)})],
    "KH",
    {"fired": [4], "engagements": [3]},
    why={"survived_shots": 1},
)
edge(
    "a-class-may-be-shot-at-by-one-and-not-by-the-other",
    [at(10), at(30, name="b", **{"class": "drone"})],
    [gun(), gun(against={"drone": given(10, 0, 10)}, name="other")],
    "KK",
    {"fired": [1, 1], "g_stopped": [[1, 0], [0, 1]], "class_hits": [0, 0]},
)

"""What is enough, what binds, and what one more would save: by hand, by enumeration and in closed form."""

import json
import shlex
from math import comb

import pytest
from scipy.stats import beta
from typer.testing import CliRunner

import salvo
from salvo.cli import main
from salvo.faults import Faults

ROUNDS, CHANNELS, KILL = "batteries.b.interceptors", "batteries.b.channels", "batteries.b.against.c.kill"


def raid(
    kill: object = 0.8,
    *,
    count: int = 10,
    window=(60, 0),
    cycle: float = 100,
    pair: dict | None = None,
    **battery: object,
):
    """Threats that arrive at once, and one battery; as it stands there is time for one shot at each."""
    against = {"c": {"kill": kill, "window_s": list(window), "cycle_s": cycle, **(pair or {})}}
    own = {"id": "b", "layer": "only", "against": against, **battery}
    return salvo.load(
        {
            "schema": 1,
            "name": "lone",
            "layers": ["only"],
            "threats": [{"id": "t", "class": "c", "count": count}],
            "batteries": [own],
        }
    )


def here(*words: object):
    return CliRunner().invoke(main.app, [str(word) for word in words])


def at_most(k: int, n: int, p: float) -> float:
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


# --- size -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("probability", "rounds"), [(0.45, 8), (0.70, 9), (0.85, 10)])
def test_least_stock_for_a_binomial_goal(probability, rounds):
    """With r rounds 10 - r threats are let by and Binomial(r, 0.2) survive: P(at most 3) = 0.503, 0.738 and 0.879 for 8, 9, 10."""
    wanted = {r: at_most(3 - (10 - r), r, 0.2) for r in (7, 8, 9, 10)}
    assert min(r for r, p in wanted.items() if p >= probability) == rounds
    found = salvo.size(raid(interceptors=5), ROUNDS, leakers_at_most=3, probability=probability, high=20)
    assert (found.value, found.met, found.more_is_better, found.monotone) == (rounds, True, True, True)
    low, high = found.reached.interval(0.999)
    assert low <= wanted[rounds] <= high
    assert found.ci95[0] <= rounds <= found.ci95[1]
    assert found.holds_in is None
    assert "is the least" in found.explain()


def test_channels_by_rounds_of_a_window():
    """Commits 60, 40 and 20 s before impact: three a channel, so that twelve threats need four channels."""
    found = salvo.size(
        raid(1, count=12, window=(60, 10), cycle=20, channels=1), CHANNELS, want="leakers=0", high=9, trials=200
    )
    assert (found.value, found.reached.p, found.ci95) == (4, 1, (4, 4))


def test_an_interval_that_goes_beyond_the_search_says_so():
    """Five shots at 0.95: P(none leaks) = 0.774 from five rounds on, whatever their number, which 1,000 raids cannot tell from 0.76."""
    scenario = raid(0.95, count=5, interceptors=1)
    found = salvo.size(scenario, ROUNDS, want="leakers=0", probability=0.76, high=12, trials=1000)
    low, high = found.reached.ci95
    assert low < 0.76 < high
    assert (found.value, found.ci95, found.beyond) == (5, (5, 12), (False, True))
    assert "12 or more" in found.explain()
    sure = salvo.size(scenario, ROUNDS, want="leakers=0", probability=0.5, high=12, trials=1000)
    assert (sure.value, sure.ci95, sure.to_dict()["beyond"]) == (5, (5, 5), [False, False])


@pytest.mark.parametrize(("more", "falls"), [(True, False), pytest.param(False, True, marks=pytest.mark.slow)])
def test_intervals_of_a_value_hold(more, falls):
    """Thirty seeds each: 30 threats, 12 may leak, kill 0.7 in 90 % (least stock); at most 5 may leak, kill 0.8 in 95 % (largest raid)."""
    missed = 0
    if more:
        scenario, path, asked = raid(0.7, count=30, interceptors=1), ROUNDS, {"leakers_at_most": 12, "probability": 0.9}
        right = next(r for r in range(18, 31) if at_most(12 - (30 - r), r, 0.3) >= 0.9)
    else:
        scenario, path, asked = raid(0.8), "threats.t.count", {"leakers_at_most": 5, "probability": 0.95}
        right = max(n for n in range(5, 60) if at_most(5, n, 0.2) >= 0.95)
    for seed in range(30):
        found = salvo.size(scenario, path, **asked, low=1, high=60, trials=1500, seed=seed)
        missed += not found.ci95[0] <= right <= found.ci95[1]
        assert found.more_is_better is not falls
    assert missed <= 6  # of 30 at 5 %: more is likely once in 3,000


def test_the_largest_raid_that_is_held():
    """More is worse: seven rounds that always kill hold seven threats, and one leaker more is allowed."""
    found = salvo.size(raid(1, interceptors=7), "threats.t.count", leakers_at_most=1, low=1, high=30, trials=200)
    assert (found.value, found.more_is_better) == (8, False)
    assert "is the most" in found.explain()


def test_a_probability_in_closed_form():
    """At most 2 of 10 leak in 80 % of raids: the kill probability at which Binomial(10, 1 - k) gives 0.8."""
    wanted = 1 - float(beta.ppf(0.2, 3, 8))
    found = salvo.size(raid(), KILL, leakers_at_most=2, probability="80%")
    assert found.ci95[0] <= wanted <= found.ci95[1]
    assert found.value == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize(("most", "probability"), [(0, 0.5), (2, 0.8)])
def test_intervals_of_what_is_no_whole_number_hold(most, probability):
    """Forty seeds; the interval is a few steps of the search wide, so that what lies between two of them counts."""
    wanted = 1 - float(beta.ppf(1 - probability, most + 1, 10 - most))
    missed = 0
    for seed in range(40):
        found = salvo.size(raid(), KILL, leakers_at_most=most, probability=probability, trials=2000, seed=seed)
        missed += not found.ci95[0] <= wanted <= found.ci95[1]
    assert missed <= 6  # of 40 at 5 %: more is likely once in 300


@pytest.mark.parametrize(
    ("scenario", "path", "best", "binds"),
    [
        (raid(1, count=12, window=(60, 10), cycle=20, channels=1, interceptors=3), ROUNDS, 0, "channels"),
        (raid(1, count=12, interceptors=3, channels=1), CHANNELS, 0, "rounds"),
        (raid(0.3, interceptors=10), ROUNDS, 0.028, "kill"),
        (raid(0.3, window=(60, 0), cycle=5, pair={"looks": 1}, interceptors=10), ROUNDS, 0.028, "looks"),
        (raid(1, pair={"detect": 0.2}, interceptors=10), ROUNDS, 0, "reach"),
    ],
)
def test_what_binds(scenario, path, best, binds):
    found = salvo.size(scenario, path, leakers_at_most=1, probability=0.9, high=60, trials=1000)
    assert (found.met, found.value, found.reached, found.binds) == (False, None, None, binds)
    if best == 0.028:  # Binomial(10, 0.7) of at most 1 is 0.00014
        assert found.best.share.p < 0.01
    assert found.to_dict()["best"].keys() == {"value", "p", "ci95"}
    assert binds in found.explain()


def test_the_share_of_beliefs_in_closed_form():
    """One threat, and a kill probability between 0.5 and 0.9 that is not known: P(no leaker | belief) is that probability."""
    law = {"low": 0.5, "mode": 0.7, "high": 0.9}
    for probability in (0.65, 0.69):
        wanted = float(beta.sf((probability - 0.5) / 0.4, 3, 3))
        found = salvo.size(
            raid(law, count=1, interceptors=1), ROUNDS, want="leakers=0", probability=probability, high=4
        )
        assert found.value == 1
        assert found.reached.ci95[0] - 0.01 < 0.7 < found.reached.ci95[1] + 0.01
        low, high = found.holds_in.ci95
        assert low <= wanted <= high
        assert "ignorance" in found.explain()
    sure = salvo.size(
        raid({**law, "scope": "raid"}, count=1, interceptors=1), ROUNDS, want="leakers=0", probability=0.69, high=4
    )
    assert sure.holds_in is None  # luck, which no belief settles


def test_what_goes_up_and_down_is_said():
    """`keep` is per unit: with more units of one round each more is kept back; two units of ten fire nothing."""
    scenario = raid(1, count=10, interceptors=10, channels=1, cycle=6, window=(60, 6), pair={"keep": 0})
    rising = salvo.size(scenario, CHANNELS, want="leakers=0", high=4, trials=200)
    assert rising.monotone
    falls = salvo.size(
        raid(1, count=10, interceptors=4),
        "threats.t.count",
        want="hits>=1",
        probability=0.5,
        low=0,
        high=20,
        trials=200,
    )
    assert (falls.value, falls.more_is_better, falls.monotone) == (5, True, True)


def test_size_as_a_command():
    words = [
        "size",
        "one-site",
        "--find",
        "batteries.battery.interceptors",
        "--want",
        "leakers<=5",
        "--with",
        "70%",
        "-n",
        800,
    ]
    data = json.loads(here(*words, "-f", "json").stdout)
    wanted = {"manifest", "goal", "path", "value", "ci95", "reached", "holds_in", "met", "best", "binds"}
    assert wanted <= set(data)
    assert (data["value"], data["met"], data["holds_in"], data["binds"]) == (20, True, None, None)
    again = json.loads(here(*shlex.split(data["manifest"]["command"])[1:], "-f", "json").stdout)
    assert {key: again[key] for key in wanted - {"manifest"}} == {key: data[key] for key in wanted - {"manifest"}}
    found = salvo.size("one-site", "batteries.battery.interceptors", want="leakers<=5", probability=0.7, trials=800)
    assert found.value == 20
    assert found.chart().data
    assert len(found.to_frame()) == len(found.curve)


def test_faults_of_size():
    with pytest.raises(Faults) as caught:
        salvo.size("one-site", ["batteries.batery.channels", "name"], want="leaks<1", probability=2)
    for name in ("battery", "no single number", "leakers", "probability"):
        assert name in str(caught.value)
    for bad in ({"low": -1}, {"low": 5, "high": 5}, {"high": 1.5}):
        with pytest.raises(Faults, match="low|high"):
            salvo.size("one-site", "batteries.battery.interceptors", **bad)
    assert here("size", "one-site", "--find", "batteries.battery.interceptors", "--low", "x").exit_code == 2


# --- marginal -------------------------------------------------------------------------------------------------------


def test_ten_rounds_and_a_unit_are_a_tie():
    """Fourteen threats, ten rounds that always kill: ten more rounds, or a unit with as many, save the four leakers."""
    scenario = raid(1, count=14, interceptors=10, interceptor_cost_usd=1000)
    found = salvo.marginal(scenario, trials=100)
    options = {option.path: option for option in found.options}
    assert set(options) == {"batteries.b.count", ROUNDS}  # kill is 1 already, channels are unlimited
    for option in options.values():
        assert (option.leakers_avoided.mean, option.leakers_avoided.ci95, option.rank) == (4, (4, 4), 1)
    assert options[ROUNDS].per_million_usd.mean == pytest.approx(400)
    assert options["batteries.b.count"].per_million_usd is None
    assert (found.leakers.mean, found.hits.mean) == (4, 4)


def test_a_better_shot_by_hand():
    """Ten shots, each 0.05 more likely to kill: half a leaker a raid; of a law the same. Rounds are no use: each threat is shot at once."""
    for kill in (0.5, {"low": 0.3, "mode": 0.5, "high": 0.7}):
        found = salvo.marginal(raid(kill, interceptors=10), trials=6000)
        first, *others = found.options
        assert (first.path, first.rank) == (KILL, 1)
        low, high = first.leakers_avoided.ci95
        assert low - 0.02 < 0.5 < high + 0.02
        assert all(option.leakers_avoided.mean == 0 and option.rank == 2 for option in others)


def test_options_of_ones_own():
    """Two rounds more save two leakers, one saves one; a channel more lets three more engagements happen."""
    scenario = raid(1, count=14, interceptors=10)
    found = salvo.marginal(scenario, {ROUNDS: 2}, trials=50)
    assert [(o.path, o.add, o.leakers_avoided.mean) for o in found.options] == [(ROUNDS, 2, 2)]
    few = raid(1, count=12, window=(60, 10), cycle=20, channels=2, interceptors=30)
    found = salvo.marginal(few, trials=50)
    assert found.options[0].path in (CHANNELS, "batteries.b.count")
    by = {option.path: option.leakers_avoided.mean for option in found.options}
    assert (by[CHANNELS], by["batteries.b.count"], by[ROUNDS]) == (3, 6, 0)


def test_an_option_is_stopped_where_more_raids_tell_nothing_of_use():
    """Ten of 30 threats get no round, and of 20 shots 0.2 x 20 miss: ten rounds save eight, a better shot one, a channel nothing."""
    scenario = raid(0.8, count=30, interceptors=20, channels=40)
    found = salvo.marginal(scenario, trials=20_000)
    options = {option.path: option for option in found.options}
    for path, saved, stopped in ((ROUNDS, 8, "sharp"), (KILL, 1, "behind"), (CHANNELS, 0, "behind")):
        option = options[path]
        mean, (low, high) = option.leakers_avoided.mean, option.leakers_avoided.ci95
        assert abs(mean - saved) <= 2 * (high - low)
        assert (option.stopped in ("sharp", stopped), option.trials < 20_000) == (True, True), path
    assert (
        "Stopped before 20,000 trials: 1 option that surely saves less than the best, and 3 that are known"
        in found.explain()
    )
    assert options[CHANNELS].leakers_avoided.mean == 0
    assert options[CHANNELS].trials == 2000  # none of which differed, so that an interval of events never seen is left
    few = salvo.marginal(scenario, trials=300)
    assert {(option.trials, option.stopped) for option in few.options} == {(300, None)}
    assert "topped" not in few.explain()


def test_intervals_of_stopped_options_hold():
    """Each of 40 seeds: the better shot saves 0.05 of twenty, ten rounds save eight of the ten that got none."""
    scenario = raid(0.8, count=30, interceptors=20)
    missed = {KILL: 0, ROUNDS: 0}
    for seed in range(40):
        for option in salvo.marginal(scenario, {KILL: 0.05, ROUNDS: 10}, trials=8000, seed=seed).options:
            low, high = option.leakers_avoided.ci95
            missed[option.path] += not low <= {KILL: 1, ROUNDS: 8}[option.path] <= high
    assert max(missed.values()) <= 7  # of 40 at 5 %: more is likely once in 2,000


def test_a_part_of_a_round_cannot_be_added():
    for add in (1.5, -0.5):
        with pytest.raises(salvo.Faults, match="whole number"):
            salvo.marginal("one-site", {"batteries.battery.interceptors": add}, trials=10)
    assert salvo.marginal("one-site", {"batteries.battery.interceptors": 2.0}, trials=10).options[0].add == 2


def test_the_share_of_size_is_one_of_raids():
    found = here("size", "one-site", "--find", "batteries.battery.interceptors", "--with", "100%")
    assert found.exit_code == 2
    assert "a share of the raids" in found.stderr


def test_marginal_as_a_command(tmp_path):
    words = ["marginal", "one-site", "-n", 400]
    data = json.loads(here(*words, "-f", "json").stdout)
    assert {"manifest", "options"} <= set(data)
    assert {"path", "add", "rank", "leakers_avoided", "hits_avoided", "per_million_usd"} <= set(data["options"][0])
    means = [option["leakers_avoided"]["mean"] for option in data["options"]]
    assert means == sorted(means, reverse=True)
    again = json.loads(here(*shlex.split(data["manifest"]["command"])[1:], "-f", "json").stdout)
    assert again["options"] == data["options"]
    assert (
        here("marginal", "one-site", "--add", "batteries.battery.interceptors=5", "-n", 50, "-f", "csv").stdout.count(
            "\n"
        )
        == 2
    )
    for bad in (
        "batteries.batery.count=1",
        "batteries.battery.count",
        "batteries.battery.count=x",
        "batteries.battery.layer=2",
    ):
        assert here("marginal", "one-site", "--add", bad).exit_code == 2


def test_threads_change_nothing():
    one, two = (salvo.marginal("one-site", trials=200, threads=threads).values() for threads in (1, 3))
    assert one == two
    asked = {"want": "leakers<=5", "probability": 0.7, "trials": 600}
    sizes = [salvo.size("one-site", "batteries.battery.interceptors", threads=n, **asked).values() for n in (1, 3)]
    assert sizes[0] == sizes[1]

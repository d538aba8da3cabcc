"""Campaigns with answers known by recursion, by hand or from the plain run, and what may not be asked of them."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import salvo
from salvo.cli.main import app
from salvo.engine.players import Player
from salvo.faults import Faults

runner = CliRunner()


def raid(rounds=5, kill=1.0, count=3, **campaign):
    """Threats that one battery engages once each, as long as it has rounds."""
    against = {"kill": kill, "looks": 1, "window_s": [60, 10], "cycle_s": 5}
    battery = {"id": "b", "layer": "only", "interceptors": rounds, "against": {"c": against}}
    found = {
        "name": "stock",
        "layers": ["only"],
        "threats": [{"id": "t", "class": "c", "count": count}],
        "batteries": [battery],
    }
    return found | ({"campaign": campaign} if campaign else {})


def test_a_stock_runs_out():
    """Five rounds, three threats a raid, every shot kills: 2 left, then 0, and from then on nothing."""
    result = salvo.simulate(raid(raids=3), trials=4, threads=1)
    campaign = result.campaign
    assert [one.left["b"].mean for one in campaign.raids] == [2, 0, 0]
    assert [one.leakers.mean for one in campaign.raids] == [0, 1, 3]
    assert [one.p_unmet["b"].p for one in campaign.raids] == [0, 1, 1]
    assert (campaign.first_leaker.pmf, campaign.first_leaker.never) == ([0, 1, 0], 0)
    assert (campaign.first_dry["b"].pmf, campaign.first_dry["b"].never) == ([0, 1, 0], 0)
    assert (result.launched.real, result.leakers.mean, result.batteries["b"].fired.mean) == (9, 4, 5)
    assert (result.batteries["b"].left.mean, result.batteries["b"].p_dry.p) == (0, 1)
    assert result.batteries["b"].dry_at_s is None  # nobody says how long after each other the raids come
    assert result.conservation_violations == 0


def test_resupply_comes_in_up_to_the_magazine():
    result = salvo.simulate(raid(raids=4, resupply={"b": 2}), trials=2, threads=1)
    assert [one.left["b"].mean for one in result.campaign.raids] == [2, 1, 0, 0]
    assert [one.leakers.mean for one in result.campaign.raids] == [0, 0, 0, 1]
    full = salvo.simulate(raid(raids=3, resupply={"b": 99}), trials=2, threads=1)
    assert [one.left["b"].mean for one in full.campaign.raids] == [2, 2, 2]
    assert full.campaign.first_leaker.never == 1


def test_when_a_magazine_is_empty_on_the_clock():
    """The commits of raid k are 60 s before time 0 of that raid; the magazine that was filled again counts from its last time."""
    result = salvo.simulate(raid(raids=3, interval_s=1000), trials=2, threads=1)
    assert result.batteries["b"].dry_at_s.mean == pytest.approx(1000 - 60)
    again = salvo.simulate(raid(rounds=3, raids=3, interval_s=1000, resupply={"b": 3}), trials=2, threads=1)
    assert again.batteries["b"].dry_at_s.mean == pytest.approx(2000 - 60)
    never = salvo.simulate(raid(rounds=0, raids=2, interval_s=1000), trials=2, threads=1)
    assert (never.batteries["b"].p_dry.p, never.batteries["b"].dry_at_s) == (1, None)
    assert never.campaign.first_dry["b"].pmf == [1, 0]


def test_stock_over_raids_is_a_recursion():
    """Each of two threats survives a shot with 0.4 and has a second look: rounds used by one threat are 1 or 2, so the law of the stock
    after each raid follows from that of the raid before; leakers come from the same tree."""
    scenario = raid(rounds=7, kill=0.6, count=1, raids=5)
    scenario["batteries"][0]["against"]["c"]["looks"] = 2
    stock = np.zeros(8)
    stock[7] = 1
    means, leaks = [], []
    for _ in range(5):
        after, leak = np.zeros(8), 0.0
        for rounds, p in enumerate(stock):
            if rounds == 0:
                after[0] += p
                leak += p
            elif rounds == 1:
                after[0] += p
                leak += 0.4 * p
            else:
                after[rounds - 1] += 0.6 * p
                after[rounds - 2] += 0.4 * p
                leak += 0.16 * p
        stock = after
        means.append(float(stock @ np.arange(8)))
        leaks.append(leak)
    result = salvo.simulate(scenario, trials=40_000, seed=3, threads=1)
    for one, mean, leak in zip(result.campaign.raids, means, leaks, strict=True):
        assert one.left["b"].mean == pytest.approx(mean, abs=4.5 * (one.left["b"].se or 0) + 1e-12)
        assert one.leakers.mean == pytest.approx(leak, abs=4.5 * (one.leakers.se or 0) + 1e-12)


def test_the_first_raid_is_the_plain_run():
    plain = Player(salvo.load("april-2024"), 9, 1).raids(0, 20)
    more = Player(salvo.load("april-2024").replace("campaign", {"raids": 3}), 9, 1)
    unmet = more.layout.slices["unmet"]  # recorded in campaigns alone
    first = more.raids(0, 20)[:, 0]
    first[:, unmet] = 0
    assert np.array_equal(first, plain[:, 0])


def test_what_is_not_known_is_kept_and_luck_is_new():
    """Of study scope a battery is up in all raids or in none; of raid scope each raid has a draw of its own."""
    for scope, apart in (("study", False), ("raid", True)):
        scenario = raid(rounds=None, raids=6)
        del scenario["batteries"][0]["interceptors"]
        scenario["batteries"][0]["availability"] = {"mean": 0.5, "rho": 0.999999, "scope": scope}
        player = Player(salvo.load(scenario), 4, 1)
        leakers = player.raids(0, 200)[:, :, player.layout.slices["leakers"].start]
        mixed = (leakers.min(axis=1) == 0) & (leakers.max(axis=1) == 3)
        assert mixed.any() == apart
        assert set(leakers.ravel()) == {0, 3}


def test_what_is_lost_stays_lost():
    """The radar falls to the second hit, in the second raid; from the third raid on its battery is out of action."""
    scenario = raid(rounds=99, count=2, raids=4)
    scenario["assets"] = [{"id": "city"}, {"id": "radar", "hits_to_disable": 2, "is_battery": "b"}]
    scenario["batteries"][0]["covers"] = ["city"]
    scenario["threats"][0]["targets"] = {"city": 1}
    scenario["threats"].append(
        {"id": "harm", "class": "arm", "count": 1, "targets": {"radar": 1}, "arrival": {"start_s": 99}}
    )
    result = salvo.simulate(scenario, trials=3, threads=1)
    assert [one.leakers.mean for one in result.campaign.raids] == [1, 1, 3, 3]
    assert result.why_leaked["t"]["out_of_action"].mean == 4
    assert result.assets["radar"].p_disabled.p == 1
    assert (result.disabled.count.mean, result.disabled.at_least) == (1, [1, 1])


def test_threads_and_blocks_change_nothing():
    asked = salvo.load("empty-magazines").replace("campaign", {"raids": 3, "resupply": {}})
    one = salvo.simulate(asked, trials=300, seed=2, threads=1, block=7)
    two = salvo.simulate(asked, trials=300, seed=2, threads=2, block=64)
    assert one == two
    assert one.tally.campaign == two.tally.campaign


def test_arguments_override_the_file():
    file = raid(raids=2, interval_s=50, resupply={"b": 1})
    result = salvo.simulate(file, trials=2, raids=4)
    assert result.scenario.campaign.model_dump() == {"raids": 4, "interval_s": 50, "resupply": {"b": 1}}
    assert salvo.simulate(file, trials=2, resupply={"b": 3}).scenario.campaign.resupply == {"b": 3}
    for bad, place in (
        ({"raids": 0}, "campaign.raids"),
        ({"raids": 2, "resupply": {"bb": 1}}, "campaign.resupply.bb"),
    ):
        with pytest.raises(Faults) as caught:
            salvo.simulate(file, trials=2, **bad)
        assert place in [fault.place for fault in caught.value.faults]
    with pytest.raises(Faults, match="campaign.raids"):
        salvo.simulate(raid(), trials=2, resupply={"b": 3})


def test_what_is_not_asked_of_a_campaign():
    with pytest.raises(Faults, match="single raids"):
        salvo.simulate(raid(raids=2), against_record=True)
    with pytest.raises(Faults, match="no such raid"):
        salvo.replay(raid(raids=2), raid=2)
    assert salvo.exact_answer(salvo.load(raid(raids=2))) is None
    assert salvo.simulate(raid(raids=1), trials=5).campaign is not None


def test_a_replay_of_a_later_raid_is_what_was_counted():
    asked = salvo.load(raid(raids=3))
    rows = Player(asked, 5, 1).raids(1, 1)[0]
    for k in range(3):
        night = salvo.replay(asked, seed=5, trial=1, raid=k)
        assert np.array_equal(night.columns["fired"], rows[k][Player(asked, 5, 1).layout.slices["fired"]])
        left = [event.rounds_left for event in night.events if event.kind == "fires"]
        assert left == [[4, 3, 2], [1, 0], []][k]


def test_command(tmp_path):
    file = tmp_path / "raid.json"
    file.write_text(json.dumps(raid(rounds=9)))
    done = runner.invoke(app, ["run", str(file), "--raids", "3", "--resupply", "b=1", "-n", "5", "-f", "json"])
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert [one["left"]["b"]["mean"] for one in data["campaign"]["raids"]] == [6, 4, 2]
    assert data["model"] == 2
    table = runner.invoke(app, ["run", str(file), "--raids", "3", "-n", "5"])
    assert "Raid by raid" in table.stdout
    assert "campaigns" in table.stdout
    again = runner.invoke(app, ["run", str(file), "--raids", "x", "--resupply", "b"])
    assert again.exit_code == 2
    assert "--raids" in again.stderr
    assert "--resupply" in again.stderr


def test_reproduced_by_its_own_command():
    result = salvo.simulate("one-site", raids=2, trials=20)
    words = result.reproduce().command.split(" ", 1)[1]
    import shlex

    done = runner.invoke(app, [*shlex.split(words), "-f", "json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["campaign"]["raids"][1]["leakers"]["mean"] == result.campaign.raids[1].leakers.mean


def test_rows_of_a_campaign():
    result = salvo.simulate(raid(raids=2), trials=4)
    rows = result.to_rows("raids")
    left = [row for row in rows if row["quantity"] == "left"]
    assert [(row["raid"], row["battery"], row["value"], row["p_first"]) for row in left] == [
        (1, "b", 2, 0),
        (2, "b", 0, 1),
    ]
    assert any(row["section"] == "campaign" for row in result.to_rows())
    assert "raids" not in salvo.simulate(raid(), trials=4).tables()

"""The answer as it is printed against the one that the slow twin adds up from its own trials."""

import json

import pytest
from generate import numbered
from naive import play_campaign
from naive_answer import answer, disagreements

import salvo

TRIALS = 12


def priced(file):
    """The same scenario, with a price on everything."""
    threats = [{"unit_cost_usd": 2e5 * (k + 1), **threat} for k, threat in enumerate(file["threats"])]
    batteries = [
        {"interceptor_cost_usd": 1e6 * (k + 1), **battery} for k, battery in enumerate(file.get("batteries", []))
    ]
    assets = [{"value_usd": 1e8 * (k + 1), **asset} for k, asset in enumerate(file.get("assets", [{"id": "asset"}]))]
    return {**file, "threats": threats, "assets": assets, **({"batteries": batteries} if batteries else {})}


def compared(file, seed):
    trials = [play_campaign(file, seed, trial) for trial in range(TRIALS)]
    found = json.loads(json.dumps(salvo.simulate(file, trials=TRIALS, seed=seed).to_dict()))
    return disagreements(answer(trials, file), found)


@pytest.mark.parametrize("start", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (30, 60))])
def test_answers_of_generated_raids(start):
    for number in range(start, start + 30):
        assert compared(priced(numbered(number)), number) == [], number


def test_comparison_can_fail():
    file = priced(numbered(6))
    trials = [play_campaign(file, 1, trial) for trial in range(TRIALS)]
    other = salvo.simulate(file, trials=TRIALS, seed=2).to_dict()
    assert len(disagreements(answer(trials, file), other)) > 10

"""The odd inputs of the soak: a few of each kind, and that what goes wrong would be noticed."""

import fuzz
import pytest

import salvo


@pytest.mark.parametrize("start", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(40, 200, 40))])
def test_odd_inputs_are_taken_or_refused(start):
    fuzz.get_ready()
    ends = {fuzz.check(number) for number in range(start, start + 40)}
    assert {end.split()[0] for end in ends} == {"file", "link", "line", "law", "key"}


def test_another_error_than_a_fault_is_noticed(monkeypatch):
    def fails(text, **more):
        raise ValueError("no fault")

    fuzz.texts()
    monkeypatch.setattr(salvo, "loads", fails)
    with pytest.raises(fuzz.Failure, match="ValueError: no fault"):
        fuzz.check(0)


def test_slowness_is_noticed(monkeypatch):
    monkeypatch.setattr(fuzz, "SECONDS", 0.0)
    with pytest.raises(fuzz.Failure, match="took"):
        fuzz.check(4)


def test_a_law_that_loses_its_mean_is_noticed(monkeypatch):
    monkeypatch.setattr(fuzz, "slices", lambda law: [0] * 4096)
    with pytest.raises(fuzz.Failure, match="mean 0"):
        fuzz.check(8)


def test_a_wrong_exit_code_is_noticed(monkeypatch):
    def ends(words):
        raise SystemExit(70)

    monkeypatch.setattr(fuzz.main, "main", ends)
    with pytest.raises(fuzz.Failure, match="exit code 70"):
        fuzz.check(2)

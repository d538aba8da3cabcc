"""Faults: what they say, in which order, and that any value can be shown."""

import pickle

import pytest

from salvo.faults import ABSENT, SHOWN, Fault, Faults, Findings, nearest, show


def test_a_fault_says_all():
    fault = Fault("a.b", 5, "too large", "a number from 0 to 1", "c")
    assert str(fault) == 'a.b: too large (found 5); allowed: a number from 0 to 1; did you mean "c"?'
    assert str(Fault("a", ABSENT, "needed")) == "a: needed"
    assert str(Fault("", None, "odd")) == "odd (found null)"
    assert Fault("a", ABSENT, "needed").shown == ""


def test_faults_are_a_value_error_and_survive_a_pickle():
    faults = Faults([Fault("a", ABSENT, "needed", file="x.toml"), Fault("b", 1, "bad", file="x.toml")])
    assert isinstance(faults, ValueError)
    again = pickle.loads(pickle.dumps(faults))
    assert again.faults == faults.faults
    assert again.faults[0].value is ABSENT
    assert str(again) == "x.toml: 2 faults\n  a: needed\n  b: bad (found 1)"
    assert str(Faults([Fault("a", ABSENT, "needed")])).startswith("1 fault\n")


def test_many_faults_are_counted():
    text = str(Faults(Fault(f"a[{k}]", ABSENT, "needed") for k in range(SHOWN + 5)))
    assert text.endswith("... and 5 more")
    assert len(text.splitlines()) == SHOWN + 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb\x7f\ud800", '"a\\nb\\x7f\\ud800"'),
        (True, "true"),
        (10**5000, "a whole number of 16610 bits"),
        (float("nan"), "nan"),
        ([1, [2], {"a": 1}, "x"], '[1, [...], {...}, "x"]'),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, ...]"),
        ({"low": 0.1, "x": {}}, "{ low = 0.1, x = {...} }"),
        ({}, "{}"),
        (b"x", "a Python bytes"),
    ],
    ids=range(9),
)
def test_any_value_can_be_shown(value, text):
    assert show(value) == text


def test_long_values_are_cut():
    assert len(show("x" * 10_000)) <= 80
    assert len(show({"k" * 500: 1})) <= 80


def test_nearest():
    assert nearest("Upper_1", ["upper-1", "lower-1"]) == "upper-1"
    assert nearest("zzz", ["upper-1"]) is None
    assert nearest(5, ["5"]) is None
    assert nearest("x" * 1000, ["x"]) is None


def test_places_use_ids_that_are_unique_and_the_order_of_the_tree():
    tree = {"b": [{"id": "x", "k": 1}, {"id": "y"}, {"id": "y"}, 3, {"id": "A.b"}], "a": 1, "o.dd key": 2}
    findings = Findings(tree)
    for loc in (("a",), ("b", 4), ("b", 3), ("b", 2, "id"), ("b", 0, "k"), ("b", 0, "none"), ("o.dd key",), ("b", 99)):
        findings.add(loc, "bad")
    with pytest.raises(Faults) as caught:
        findings.raise_if_any()
    places = [fault.place for fault in caught.value.faults]
    assert places == ["b.x.k", "b.x.none", "b[2].id", "b[3]", "b[4]", "b[99]", "a", '"o.dd key"']
    assert caught.value.faults[1].value is ABSENT


def test_the_same_fault_is_told_once():
    findings = Findings({"a": 1})
    findings.add(("a",), "bad")
    findings.add(("a",), "bad")
    findings.add(("a",), "worse")
    with pytest.raises(Faults) as caught:
        findings.raise_if_any()
    assert [fault.message for fault in caught.value.faults] == ["bad", "worse"]
    assert findings.at(("a",))
    assert not findings.at(("b",))

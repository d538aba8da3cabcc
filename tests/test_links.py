"""Links: what goes in comes out, whatever is broken gets a sentence, and nothing is trusted."""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
import zlib
from urllib.parse import parse_qsl

import pytest
from generate import scenarios
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import salvo
from salvo import links


def there_and_back(scenario: salvo.Scenario, **more: object) -> links.Link:
    text = links.query_text(links.encode(scenario, 5, {"kill": 80.5}, **more))  # type: ignore[arg-type]
    return links.decode(dict(parse_qsl(text.removeprefix("?"), strict_parsing=True)))


@pytest.mark.parametrize("name", salvo.names())
@pytest.mark.parametrize("full", [True, False])
def test_every_scenario_comes_back(name: str, full: bool) -> None:
    scenario = salvo.load(name)
    link = there_and_back(scenario, full=full)
    assert link.scenario == scenario
    assert (link.seed, link.settings, link.notes) == (5, {"kill": 80.5}, ())
    assert link.raid == (None if full else name)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_any_scenario_comes_back(tree: dict) -> None:
    scenario = salvo.load(tree)
    assert there_and_back(scenario).scenario == scenario


def test_an_edited_scenario_of_the_catalog_is_not_named() -> None:
    scenario = salvo.load("one-site").replace("threats.missiles.count", 21)
    assert "raid" not in links.encode(scenario, 1, full=False)
    assert "raid" in links.encode(salvo.load("one-site"), 1, full=False)


def test_a_name_is_a_name_and_never_a_path(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(salvo.load("one-site").to_toml())
    for text in (str(path), "../scenarios/one-site", "one-site.toml"):
        with pytest.raises(salvo.Faults, match="no scenario is called"):
            links.decode({"raid": text})


def test_all_that_is_wrong_is_said_at_once() -> None:
    query = {"raid": "one-sit", "seed": "-1", "v": "7", "<b>": "1", "schema": "x", "salvo": "<b>"}
    with pytest.raises(salvo.Faults) as caught:
        links.decode(query)
    assert len(caught.value.faults) == 5
    assert all(fault.file == "the link" for fault in caught.value.faults)
    assert "one-site" in str(caught.value)


def token(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "!!!",
        "AAAA",
        token(pickle.dumps({"a": 1})),
        token(zlib.compress(b"rubbish")),
        token(zlib.compress(json.dumps({"name": "x"}).encode())),
        token(zlib.compress(b"x" * 1000)[:-6]),
        token(zlib.compress(b" " * (links.MAX_TEXT + 1))),
        "A" * (links.MAX_TOKEN + 1),
        "\u00e4" * 10,
        token(zlib.compress(b"[" * 100_000)),
    ],
    ids=range(11),
)
def test_rubbish_is_refused_in_words(broken: str) -> None:
    with pytest.raises(salvo.Faults):
        links.decode({"file": broken})


@given(st.dictionaries(st.sampled_from(["v", "seed", "raid", "file", "hash", "salvo", "kill", "x y"]), st.text()))
def test_no_query_does_more_than_complain(query: dict[str, str]) -> None:
    with contextlib.suppress(salvo.Faults):
        assert isinstance(links.decode(query), links.Link)


def test_neither_and_both_are_refused() -> None:
    packed = links.pack(salvo.load("one-site"))
    for query in ({}, {"raid": "one-site", "file": packed}):
        with pytest.raises(salvo.Faults, match="the link"):
            links.decode(query)


def test_an_older_link_says_so() -> None:
    query = links.encode(salvo.load("one-site"), 1) | {"salvo": "0.0.1", "hash": "0" * 12}
    notes = links.decode(query).notes
    assert len(notes) == 2
    assert "0.0.1" in notes[0]
    assert "ties are broken by luck" in notes[0]
    assert "changed" in notes[1]
    (later,) = links.decode(query | {"salvo": "99.0.0", "hash": salvo.load("one-site").hash[:12]}).notes
    assert "99.0.0" in later
    assert "ties" not in later


def test_a_long_scenario_fits_an_address() -> None:
    assert len(links.query_text(links.encode(salvo.load("april-2024"), 1))) < 8_000


@given(st.floats(-1e6, 1e6).map(lambda x: round(x, 6)))
def test_settings_keep_their_value(value: float) -> None:
    query = links.encode(salvo.load("one-site"), 1, {"kill": value})
    assert links.decode(query).settings["kill"] == pytest.approx(value, abs=1e-9)

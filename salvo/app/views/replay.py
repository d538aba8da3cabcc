"""One raid, played back: moving threats, draining magazines, and why each got through; then reasons over all raids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from salvo import charts
from salvo.answers.emit import csv_text
from salvo.answers.flights import flights, typical
from salvo.answers.replay import Event, Replay, Timeline, replay, timeline
from salvo.answers.result import Result
from salvo.app import play, state
from salvo.app.parts.chart import chart
from salvo.app.parts.player import player
from salvo.app.views.raid import OWN, Answer, raid_of, stands_for
from salvo.format import names
from salvo.format.scenario import Scenario
from salvo.report.player import film
from salvo.report.sentences import headline_name
from salvo.result.flight import HIT, Flight
from salvo.wording import clock

RAIDS = 100  # raids that the lines over time are means of
LEAD = 60.0  # seconds before the end of a flight from which it is shown
SHOWN = 400  # events in a table
BIG = 2_000  # With more threats than this, the lines are means of fewer raids.
WHICH = {"typical": 0.5, "one of the worst 5 in 100": 0.975}


@st.cache_resource(max_entries=16, show_spinner="Playing raids with a log.")
def _timeline(hash: str, seed: int, _scenario: Scenario) -> Timeline:
    threats = _scenario.threats_total
    with play.QUEUE.later():
        return timeline(_scenario, seed=seed, trials=RAIDS if threats <= BIG else RAIDS // 10)


@st.cache_resource(max_entries=32, show_spinner=False)
def _replay(hash: str, seed: int, trial: int, raid: int, _scenario: Scenario) -> Replay:
    return replay(_scenario, seed=seed, trial=trial, raid=raid)


@st.cache_resource(max_entries=16, show_spinner=False)
def _film(hash: str, seed: int, trial: int, raid: int, _scenario: Scenario) -> dict[str, Any]:
    found = _replay(hash, seed, trial, raid, _scenario)
    events = [(event.time_s, event.kind, event.battery, event.rounds_left) for event in found.events]
    return film(_scenario, flights(found), events, found.arrivals, found.loaded)


def draw(answer: Answer) -> None:
    """The tab."""
    result, seed, theme = answer.result, st.session_state.seed, state.theme()
    scenario = result.scenario
    trial, raid = _which(answer)
    found = _replay(scenario.hash, seed, trial, raid, scenario)
    if not found.events:
        st.info("Nothing happened in this raid.")
        return
    st.markdown(found.explain())
    played = _film(scenario.hash, seed, trial, raid, scenario)
    watched, one = st.session_state.get("watched"), None
    if watched is not None and watched[0] == (trial, raid):
        one = next((k for k, flight in enumerate(flights(found)) if flight.key == watched[1]), None)
    if one is not None:
        flight = flights(found)[one]
        calm = "" if flight.end == HIT else " calm"
        st.html(f'<div class="salvo-story{calm}"><b>{escape(flight.name)}.</b> {escape(flight.story)}</div>')
        played = {**played, "mark": one, "at": max(played["start"], flight.time_s - LEAD)}
    player(played, key=f"{scenario.hash}-{seed}-{trial}-{raid}-{one}", theme=theme)
    with st.expander(f"The events of this raid ({len(found.events):,})", key="events", on_change="rerun") as folded:
        if folded.open:
            called = _called(flights(found))
            st.dataframe([_row(event, called) for event in found.events[:SHOWN]], hide_index=True)
            st.download_button(
                "Download the events (CSV)", lambda: csv_text(event._asdict() for event in found.events),
                f"{scenario.name}-seed-{seed}-raid-{trial}.csv", "text/csv", key="get-events", on_click="ignore",
            )  # fmt: skip
    with st.expander(
        "Over all raids: why they got through, reaches, channels and rounds", key="over-all", on_change="rerun"
    ) as rest:
        if rest.open:
            _reasons(result)
            if scenario.batteries:
                _reach(scenario, theme)
                _over_time(_timeline(scenario.hash, seed, scenario), theme)


def _which(answer: Answer) -> tuple[int, int]:
    """Number of the raid that is played back, and of a campaign which of its raids, from 0."""
    st.session_state.setdefault("replay-which", "one of the worst 5 in 100")
    with st.container(horizontal=True, vertical_alignment="bottom", key="which"):
        number = 0
        chosen = st.segmented_control(
            "Raid", [*WHICH, OWN], key="replay-which", label_visibility="collapsed",
            help="A typical raid, one from the middle of the worst five in a hundred, or any by its number.",
        )  # fmt: skip
        if chosen == OWN:
            st.session_state.setdefault("raid-number", 0)
            what = "Number of the raid" if answer.result.raids == 1 else "Number of the campaign"
            number = int(st.number_input(what, 0, (1 << 32) - 1, step=1, key="raid-number", width=200))
        raid = raid_of(answer.result)
    scenario = answer.result.scenario
    if chosen is None or chosen == "typical":
        number = stands_for(answer, WHICH["typical"])
    elif chosen != OWN:
        number = typical(scenario, answer.found.rows(), headline_name(scenario), WHICH[chosen])
    return number, raid


def _reasons(result: Result) -> None:
    """One bar a group: why its leakers leaked."""
    theme = state.theme()
    totals: dict[str, float] = {}
    for by_reason in result.why_leaked.values():
        for reason, mean in by_reason.items():
            totals[reason] = totals.get(reason, 0.0) + mean.mean
    said = ", ".join(f"{charts.REASONS[reason]} {mean:.3g}" for reason, mean in totals.items() if mean) or "nothing"
    if not any(totals.values()):
        st.info("Nothing got through in any raid, so there is no reason to show.")
        return
    chart(charts.reasons.plain(result, theme), "reasons", f"Leakers of an average raid by reason: {said}.")
    st.caption("Every leaker has one reason, the first that applies; reasons are listed in that order in the legend.")


def _reach(scenario: Scenario, theme: Any) -> None:
    rows = charts.reaches(scenario)
    if rows:
        said = "; ".join(
            f"{names.label(name)} against {names.plural(what)} {near:.3g} to {far:.3g} km"
            for name, what, near, far, _ in rows
        )
        chart(charts.schematic.plain(scenario, theme), "reach", f"Reach of each battery along the path: {said}.")
        st.caption(
            "A line along the path of flight, asset on the right, on a logarithmic scale; no map. Batteries with a window "
            "in seconds are shown where the threat is when they may launch."
        )


def _over_time(lines: Timeline, theme: Any) -> None:
    for values, title, unit in (
        (lines.busy, "Channels busy", "channels"),
        (lines.rounds, "Interceptors left", "rounds"),
    ):
        if values:
            values = {names.label(name): line for name, line in values.items()}
            said = ", ".join(f"{name} {min(line):.3g} to {max(line):.3g}" for name, line in values.items())
            alt = f"{title} over the raid, mean of the first raids, by battery: {said}."
            chart(charts.over_time.plain(lines.time_s, values, title, unit, theme), title.split()[0].lower(), alt)


def _called(raid: Sequence[Flight]) -> dict[tuple[str, int], str]:
    """What the page calls a threat, by its group and its place in it."""
    found: dict[tuple[str, int], str] = {}
    ranks: dict[str, int] = {}
    for flight in raid:
        rank = ranks[flight.group] = ranks.get(flight.group, -1) + 1
        found[flight.group, rank] = flight.name
    return found


def _row(event: Event, called: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    """An event as a visitor reads it; the file to download has the keys of the scenario and plain seconds."""
    threat = "" if event.threat is None or event.rank is None else called[event.threat, event.rank]
    return {
        "time (h:mm:ss)": clock(event.time_s),
        "what": event.kind,
        "threat": threat,
        "battery": names.label(event.battery) if event.battery else "",
        "rounds": _count(event.shots),
        "asset": names.label(event.asset) if event.asset else "",
        "rounds left": _count(event.rounds_left),
        "channels busy": _count(event.busy),
    }


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"

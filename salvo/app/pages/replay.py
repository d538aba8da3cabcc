"""Why they got through: reasons, reaches in kilometres, channels and rounds over time, and single nights."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from salvo import charts
from salvo.answers.replay import Event, Replay, Timeline, replay, timeline
from salvo.answers.result import Result
from salvo.app import play, state
from salvo.app.parts.chart import chart
from salvo.engine.columns import Layout
from salvo.format.scenario import Scenario
from salvo.report.sentences import headline_name

NIGHTS = 100  # behind the lines over time
SHOWN = 400  # events in a table
BIG = 2_000  # threats from which fewer nights stand behind the lines


@st.cache_resource(max_entries=16, show_spinner="Playing nights with a log.")
def _timeline(hash: str, seed: int, _scenario: Scenario) -> Timeline:
    threats = _scenario.threats_total
    with play.QUEUE.later():
        return timeline(_scenario, seed=seed, trials=NIGHTS if threats <= BIG else NIGHTS // 10)


@st.cache_resource(max_entries=32, show_spinner=False)
def _replay(hash: str, seed: int, trial: int, _scenario: Scenario) -> Replay:
    return replay(_scenario, seed=seed, trial=trial)


def draw(result: Result) -> None:
    """The tab."""
    _reasons(result)
    scenario = result.scenario
    theme = state.theme()
    seed = st.session_state.seed
    if not scenario.batteries:
        st.info("There is no battery in this scenario: nothing is fired.")
    else:
        _reach(scenario, theme)
        _over_time(_timeline(scenario.hash, seed, scenario), theme)
    _one_night(scenario, seed, theme)


def _reasons(result: Result) -> None:
    """One bar a group: why its leakers leaked."""
    theme = state.theme()
    totals: dict[str, float] = {}
    for by_reason in result.why_leaked.values():
        for reason, mean in by_reason.items():
            totals[reason] = totals.get(reason, 0.0) + mean.mean
    said = ", ".join(f"{charts.REASONS[reason]} {mean:.3g}" for reason, mean in totals.items() if mean) or "nothing"
    if not any(totals.values()):
        st.info("Nothing got through in any night, so there is no reason to show.")
        return
    chart(charts.reasons.plain(result, theme), "reasons", f"Leakers of an average night by reason: {said}.")
    st.caption("Every leaker has one reason, the first that applies; reasons are listed in that order in the legend.")


def _reach(scenario: Scenario, theme: Any) -> None:
    rows = charts.reaches(scenario)
    if rows:
        said = "; ".join(f"{name} against {what} {near:.3g} to {far:.3g} km" for name, what, near, far, _ in rows)
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
            said = ", ".join(f"{name} {min(line):.3g} to {max(line):.3g}" for name, line in values.items())
            alt = f"{title} over the raid, mean of the first nights, by battery: {said}."
            chart(charts.over_time.plain(lines.time_s, values, title, unit, theme), title.split()[0].lower(), alt)


def _one_night(scenario: Scenario, seed: int, theme: Any) -> None:
    st.markdown("## Replay of one night")
    name = headline_name(scenario)
    found = play.played(scenario, seed)
    counts = found.rows()[:, Layout(scenario).slices[name].start]
    typical, bad = typical_night(counts), bad_night(counts)
    words = {
        f"A typical night: number {typical}, {counts[typical]} {name}": typical,
        f"One of the worst five in a hundred: number {bad}, {counts[bad]} {name}": bad,
        "Another night, by number": None,
    }
    chosen = st.radio("Which night", list(words), key="which-night", horizontal=True)
    trial = words[chosen]
    if trial is None:
        trial = int(st.number_input("Number of the night", 0, (1 << 32) - 1, 0, 1, key="night-number"))
    found = _replay(scenario.hash, seed, trial, scenario)
    if not found.events:
        st.info("Nothing happened in this night.")
        return
    _play_back(found, scenario, theme)


def _play_back(found: Replay, scenario: Scenario, theme: Any) -> None:
    start, end = found.events[0].time_s, max(found.events[0].time_s + 1, found.events[-1].time_s)
    until = st.slider(
        "Time in the raid (seconds)",
        float(np.floor(start)),
        float(np.ceil(end)),
        float(np.ceil(end)),
        key=f"until-{scenario.hash[:8]}-{found.trial}",
        format="%.0f",
    )
    past = [event for event in found.events if event.time_s <= until]
    counts = {kind: sum(event.kind == kind for event in past) for kind in dict.fromkeys(e.kind for e in found.events)}
    shots = sum(event.shots or 0 for event in past if event.kind == "fires")
    said = ", ".join(f"{count} {'launches' if kind == 'fires' else kind}" for kind, count in counts.items())
    st.markdown(f"By second **{until:,.0f}**: {said}; {shots} rounds fired.")
    layers = {layer: k for k, layer in enumerate(scenario.layers)}
    order = [y.id for y in sorted(scenario.batteries, key=lambda y: layers[y.layer])]
    order += [f"at {asset.id}" for asset in scenario.assets]
    events = [(event.time_s, event.kind, lane(event)) for event in found.events]
    alt = f"Night {found.trial} event by event, one lane a battery or asset. By second {until:,.0f}: {said}."
    chart(charts.lanes.plain(events, order, until, theme), "replay", alt)
    with st.expander(f"The events up to then ({len(past):,}; the last {min(len(past), SHOWN)} are listed)"):
        st.dataframe([_row(event) for event in past[-SHOWN:]], hide_index=True)


def lane(event: Event) -> str:
    """Where an event is drawn: at its battery, or at the asset."""
    return event.battery if event.battery is not None else f"at {event.asset}"


def _row(event: Event) -> dict[str, Any]:
    return {
        "time (s)": round(event.time_s, 2),
        "what": event.kind,
        "threat": event.threat and f"{event.threat} {event.rank}",
        "battery": event.battery,
        "rounds": event.shots,
        "asset": event.asset,
        "rounds left": event.rounds_left,
        "channels busy": event.busy,
    }


def typical_night(counts: np.ndarray) -> int:
    """Number of the first night whose count is the median. `counts`: one a night."""
    middle = np.sort(counts)[(len(counts) - 1) // 2]
    return int(np.flatnonzero(counts == middle)[0])


def bad_night(counts: np.ndarray) -> int:
    """Number of a night in the middle of the worst five in a hundred, by count."""
    worst = np.argsort(-counts, kind="stable")[: max(1, len(counts) // 20)]
    return int(worst[len(worst) // 2])

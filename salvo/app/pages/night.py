"""The first screen: a sentence, the fifty nights, at least N, what stopped whom, and the two kinds of doubt."""

from __future__ import annotations

import streamlit as st

from salvo import charts
from salvo.answers.result import Result
from salvo.app import limits, state
from salvo.app.parts.chart import chart
from salvo.report.sentences import explain, headline_name, verdict
from salvo.result.quantities import CountDistribution
from salvo.wording import frequency, mean_text, percent


def headline(result: Result) -> tuple[str, CountDistribution]:
    """What is counted ("hits" or "leakers") and its distribution."""
    name = headline_name(result.scenario)
    return name, result.hits if name == "hits" else result.leakers


def draw_sentence(result: Result) -> None:
    """The verdict in a sentence, then what it stands on."""
    name, distribution = headline(result)
    first = verdict(distribution, name)
    st.markdown(f"## {first}")
    st.markdown(explain(result).removeprefix(first).strip())


def draw_count(result: Result, target: int) -> None:
    """How many nights the numbers stand on so far."""
    doing = f", refining to {target:,}" if result.trials < target else ""
    st.caption(f"{result.trials:,} nights simulated, seed {result.seed}{doing}.")


def draw_charts(result: Result) -> None:
    """The four charts, and what to know before quoting a number."""
    name, distribution = headline(result)
    theme = state.theme()
    # All first, then sent at once: the browser goes over the whole page for whatever comes by itself.
    curve = charts.at_least.plain({name: distribution}, name, theme)
    drawn = (
        (charts.dots.plain(distribution, name, theme), "fifty-nights", _dots_alt(distribution, name)),
        (curve, "at-least", _at_least_alt(distribution, name)),
        (charts.spread.plain(distribution, name, theme), "two-doubts", _spread_alt(distribution, name)),
        (charts.flow.plain(result, theme), "what-stopped-whom", _flow_alt(result)),
    )
    left, right = st.columns(2)
    for place, one in zip((left, right, st.container(), st.container()), drawn, strict=True):
        with place:
            chart(*one)
    # Looked up only for those who open it: it takes as long as three hundred nights.
    notes = st.expander("What to know before quoting a number", key="to-know", on_change="rerun")
    if notes.open:
        notes.markdown("\n".join(f"- {note}" for note in result.notes) or "Nothing beyond what is said above.")


def more_trials(target: int) -> None:
    """Ask for many more nights, with a way to stop."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if target > limits.USUAL:
            if st.button("Stop", key="stop", help="Keeps the nights played so far."):
                st.session_state.target = 0
                st.rerun()
        elif st.button(f"Play {limits.MOST:,} nights", key="more", help="For small probabilities; can be stopped."):
            st.session_state.target = limits.MOST
            st.rerun()


def _dots_alt(distribution: CountDistribution, name: str) -> str:
    none = sum(value == 0 for value in charts.quantile_dots(distribution))
    low, high = distribution.interval(0.9)
    return f"Fifty dots, one for each of fifty nights: {none} of them without {name}; nine in ten between {low} and {high}."


def _at_least_alt(distribution: CountDistribution, name: str) -> str:
    counts = sorted({1, max(1, distribution.quantile(0.5)), max(1, distribution.quantile(0.95))})
    said = "; ".join(f"{count} or more {name}: {percent(distribution.at_least(count))}" for count in counts)
    return f"Curve of the probability of at least N {name}. {said}."


def _spread_alt(distribution: CountDistribution, name: str) -> str:
    low, high = distribution.interval(0.9)
    mean = mean_text(distribution.mean, distribution.se)
    return f"Nine nights in ten end with {low} to {high} {name}; the mean is {mean}, which is simulation error alone."


def _flow_alt(result: Result) -> str:
    ends: dict[str, float] = {}
    for start, end, mean in charts.flow_links(result):
        if start[0] == 0:
            ends[end[1]] = ends.get(end[1], 0.0) + mean
    said = ", ".join(f"{name} {mean:.3g}" for name, mean in ends.items())
    return f"Flow of an average night from class through layers to fate: {said}."


def pinned_line(result: Result) -> str:
    """The headline in a few words, for the bar that stays in sight on a phone."""
    name, distribution = headline(result)
    low, high = distribution.interval(0.9)
    if distribution.largest == 0:
        return f"No {name} in {frequency(distribution.exactly(0))}"
    return f"**{distribution.mean:.3g} {name}** in an average night; nine in ten: {low} to {high}"

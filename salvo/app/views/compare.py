"""Baseline and variant side by side, on the same luck."""

from __future__ import annotations

from typing import Any

import streamlit as st

from salvo import charts
from salvo.answers import differences as compare
from salvo.app import limits, play, state
from salvo.app.parts.chart import chart
from salvo.format import names
from salvo.format.scenario import Scenario
from salvo.intervals import z_value
from salvo.report.sentences import headline_name
from salvo.result.quantities import CountDistribution
from salvo.wording import count_of, mean_text

UNITS = {"million USD": " (million US dollars)", "share": " (%)"}


def draw(variant: Scenario) -> None:
    """The tab."""
    seed, theme = st.session_state.seed, state.theme()
    pinned = st.session_state.pinned
    baseline = st.session_state.origin if pinned is None else pinned.scenario
    first, second = play.played(variant, seed), play.played(baseline, seed)
    second.first()
    if second.trials < first.trials:
        second.more(min(first.trials, limits.USUAL))  # at each rerun, one more slice of trials
    mine, theirs = first.compared(), second.compared()
    found = compare.differences(baseline, variant, theirs, mine)
    n = min(len(mine), len(theirs))
    name = headline_name(variant)
    word = "raid" if baseline.campaign is None and variant.campaign is None else "campaign"
    st.markdown(_sentence(found, name, word))
    error = "Intervals are 95 % simulation error of the difference, not the spread of raids."
    many = count_of(n, word, f"{word}s")
    if pinned is None or pinned.origin == st.session_state.origin:
        luck = "each threat and each shot has the same luck, so a difference is the scenario's doing."
        st.caption(f"The same {many} (seed {seed}) for both: {luck} {error}")
    else:
        st.caption(
            f"What was pinned is another raid, so the luck of one says nothing of the other. {many} of each. {error}"
        )
    left, right = st.columns(2)
    now, ghost = _distribution(mine, variant, name), _distribution(theirs, baseline, name)
    with left:
        figure = charts.at_least.plain(
            {"now": now}, name, theme, f"At least N {name}, now and before (dotted)", ghost=ghost
        )
        chart(figure, "compare", f"Two curves of the probability of at least N {name}; {_sentence(found, name, word)}")
    with right:
        chosen = [(one.name, one.low, one.mean, one.high) for one in found if one.unit == "threats"]
        said = "; ".join(f"{label} {mean:+.3g}, from {low:+.3g} to {high:+.3g}" for label, low, mean, high in chosen)
        chart(charts.differences.plain(chosen, theme, word=word), "difference", f"Paired differences: {said}.")
    before = "before" if pinned is None else "pinned"
    rows = []
    for one in found:
        times = 100 if one.unit == "share" else 1
        low, mean, high = (_signed(times * value) for value in (one.low, one.mean, one.high))
        rows.append({
            f"in an average {word}": one.name + UNITS.get(one.unit, ""),
            before: f"{times * one.baseline:,.4g}",
            "now": f"{times * one.variant:,.4g}",
            "difference": f"{mean}, 95 % {low} to {high}",
            f"{word}s that differ": f"{100 * one.changed:.0f} %",
            "error on separate luck": f"\u00b1 {times * one.independent:,.2g}",
        })  # fmt: skip
    st.table(rows)
    _what_changed(baseline, variant)
    with st.container(horizontal=True):
        st.button("Go back to it", key="unpin-back", on_click=_back)
        st.button(
            "Pin what is shown now",
            key="pin",
            on_click=_pin,
            help="Compare what you change from here on with what is shown now. The link holds it.",
        )
        if pinned is not None:
            st.button("Compare with the untouched raid", key="unpin", on_click=_unpin)


def _signed(value: float) -> str:
    """A difference in three digits, with a sign that reads as one."""
    size = abs(value)
    digits = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.0995 else 3
    text = f"{size:,.{digits}f}"
    return text if not float(text.replace(",", "")) else ("\u2212" if value < 0 else "+") + text


def _sentence(found: list[compare.Difference], name: str, word: str) -> str:
    one = next(one for one in found if one.name == name)
    if one.mean == 0 and one.changed == 0:
        return f"**No difference in any raid**: {one.baseline:,.3g} {name} in an average {word}, with both."
    if one.low <= 0 <= one.high:
        ends = f"95 % {one.low:+,.3g} to {one.high:+,.3g}"
        return f"**No difference that the simulation can tell**: {one.mean:+,.3g} {name} a {word}, {ends}."
    than = "fewer" if one.mean < 0 else "more"
    error = mean_text(abs(one.mean), (one.high - one.mean) / z_value(0.95))
    return f"**{error} {name} {than}** in an average {word} than before; {100 * one.changed:.0f} % of {word}s end differently."


def _distribution(rows: Any, scenario: Scenario, name: str) -> CountDistribution:
    import numpy as np

    return CountDistribution(np.bincount(compare.quantities(scenario, rows)[name][1].astype(int)).tolist())


def _what_changed(baseline: Scenario, variant: Scenario) -> None:
    rows = [
        {"parameter": names.path(variant, path), "before": old, "now": new}
        for path, old, new in compare.changed(baseline, variant)
    ]
    if not rows:
        st.caption("The two scenarios are the same in every parameter.")
        return
    with st.expander(f"What differs: {len(rows)} parameter{'s' if len(rows) > 1 else ''}", expanded=len(rows) <= 6):
        st.table(rows[:100])


def _back() -> None:
    if st.session_state.pinned is None:
        state.reset()
    else:
        state.show(st.session_state.pinned)


def _pin() -> None:
    st.session_state.pinned = state.look()


def _unpin() -> None:
    st.session_state.pinned = None

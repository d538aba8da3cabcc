"""What matters: the widest ranges, what would be enough, and what one more of each thing saves; computed when the tab is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from salvo.answers.marginal import Marginal, marginal
from salvo.answers.sensitivity import Sensitivity, sensitivity
from salvo.answers.size import Size, size
from salvo.app import play, state
from salvo.app.parts import inputs
from salvo.app.parts.asking import plain, refused
from salvo.app.parts.chart import chart
from salvo.app.views.raid import Answer, raid_word
from salvo.charts.defence import holding
from salvo.charts.sensitivity import tornado
from salvo.format import levers, names
from salvo.format.scenario import Scenario
from salvo.report.sentences import headline_name

BARS = 12
RAIDS = 400  # trials at each end of each input, and for each option


@st.cache_resource(max_entries=32, show_spinner="Moving each input through its range.")
def _tornado(hash: str, seed: int, name: str, _scenario: Scenario) -> Sensitivity:
    with play.QUEUE.later():
        return sensitivity(_scenario, show=name, trials=RAIDS, seed=seed)


@st.cache_resource(max_entries=32, show_spinner="Adding one more of each thing.")
def _marginal(hash: str, seed: int, _scenario: Scenario) -> Marginal:
    with play.QUEUE.later():
        return marginal(_scenario, trials=RAIDS, seed=seed)


@st.cache_resource(max_entries=64, show_spinner="Looking for what is enough.")
def _size(hash: str, seed: int, path: str, want: str, _scenario: Scenario) -> Size:
    with play.QUEUE.later():
        return size(_scenario, path, want=want, trials=2_000, seed=seed)


def draw(answer: Answer) -> None:
    """The tab."""
    scenario, seed = answer.result.scenario, answer.result.seed
    name = headline_name(scenario)
    if refused(answer):
        return
    word = raid_word(answer.result)
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        _ask("tornado", "Which input matters most?", lambda: _draw_tornado(scenario, seed, name, word))
    with right:
        _ask("enough", "What would be enough?", lambda: _draw_size(scenario, seed, name, word))
        _ask("marginal", "What would more of each thing save?", lambda: _draw_marginal(scenario, seed, name))


def _ask(key: str, words: str, answer: Callable[[], None]) -> None:
    """A question that costs seconds: asked when opened; the first one is open from the start."""
    st.markdown(f"## {words}")
    known = st.session_state.setdefault("asked", {"tornado"})
    if key in known:
        answer()
    else:
        st.button("Ask", key=f"ask-{key}", on_click=known.add, args=(key,))


def _draw_tornado(scenario: Scenario, seed: int, name: str, word: str) -> None:
    found = _tornado(scenario.hash, seed, name, scenario)
    bars = [bar for bar in found.tornado or () if not bar.is_tie][:BARS]
    if not bars:
        st.markdown("No range and no uncertain input moves the answer by more than the simulation can tell.")
        return
    paths = {names.path(scenario, bar.path): bar.path for bar in bars}
    rows = [(names.path(scenario, bar.path), bar.low, bar.high, bar.at_low, bar.at_high) for bar in bars]
    top = bars[0]
    span = f"{top.at_low:.3g} to {top.at_high:.3g} {name} as it moves from {top.low:.3g} to {top.high:.3g}"
    told = f"{names.path(scenario, top.path)}: {span}"
    st.markdown(f"Most hangs on **{plain(told)}**.")
    wide, narrow = (tornado.plain(rows, name, state.theme(), word=word, narrow=small) for small in (False, True))
    chart(
        wide,
        "tornado",
        f"Mean {name} at both ends of each input, widest first. {told}.",
        narrow=narrow,
        below=480,
        pick="Arrow keys choose an input, Enter leads to its slider.",
        on_pick=lambda words: inputs.seek(paths[words]),
    )
    stands = f"{found.trials:,} {word}s at each end, on the same luck; the other inputs stay as uncertain as they are."
    st.caption(f"{stands} Press a mark to get to its slider.")


def _draw_size(scenario: Scenario, seed: int, name: str, word: str) -> None:
    paths = {hero.about[0]: hero for hero in levers.heroes(scenario) if len(hero.about) == 1 and not hero.blocked}
    if not paths:
        st.markdown("No single input to look for.")
        return
    first = next((path for path in paths if path.startswith("batteries.")), next(iter(paths)))
    options = list(paths)
    path = st.selectbox(
        "Input",
        options,
        index=options.index(first),
        format_func=lambda path: names.path(scenario, path),
        key="enough-path",
    )
    most = int(st.number_input(f"At most so many {name}", 0, 10_000, 0, 1, key="enough-most"))
    found = _size(scenario.hash, seed, path, f"{name}<={most}", scenario)
    goal = f"at most {most} {name}" if most else f"no {name.removesuffix('s')}"
    what = names.path(scenario, path)
    if found.value is not None and found.reached is not None:
        said = f"**{plain(what)}: {found.value:g}** for {goal} in 95 % of {word}s (reached: {100 * found.reached.p:.0f} %)."
    else:
        best = found.best
        said = (
            f"**Never** from {found.low:g} to {found.high:g}: {100 * best.share.p:.0f} % at best, with {best.value:g}."
        )
    st.markdown(said)
    points = [(held.value, held.share.p, *held.share.ci95) for held in sorted(found.curve, key=lambda held: held.value)]
    figure = holding.plain(points, what, goal, 0.95, found.value, state.theme())
    chart(figure, "enough", f"How often {goal} holds against {what}. {found.explain()}")


def _draw_marginal(scenario: Scenario, seed: int, name: str) -> None:
    found = _marginal(scenario.hash, seed, scenario)
    rows: list[dict[str, Any]] = []
    for option in found.options[:BARS]:
        saved = option.hits_avoided if name == "hits" else option.leakers_avoided
        low, high = saved.ci95 or (saved.mean, saved.mean)
        rows.append({
            "rank": option.rank,
            "added": f"{names.path(scenario, option.path)} +{option.add:g}",
            f"{name} avoided (95 %)": f"{saved.mean:.2f} ({low:.2f} to {high:.2f})".replace("-", "\u2212"),
        })  # fmt: skip
    st.table(rows)
    st.caption("The same rank: the simulation cannot tell them apart.")

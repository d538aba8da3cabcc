"""The first screen: headline and strip above all tabs, every threat as a mark, fifty raids, and at least N."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from html import escape
from typing import Literal, NamedTuple

import streamlit as st

from salvo import charts
from salvo.answers.flights import flights, typical
from salvo.answers.replay import replay
from salvo.answers.result import Result
from salvo.app import limits, play, state
from salvo.app.parts import first, inputs
from salvo.app.parts.chart import chart
from salvo.app.play import Played
from salvo.format.scenario import Scenario
from salvo.past.published import Published
from salvo.report.against import Against, against_record
from salvo.report.one_page import Shown, one_page, told_ends
from salvo.report.sentences import headline_name
from salvo.report.strip import Difference, amount, counted, headline, sentence, share, strip, telling
from salvo.result.flight import HIT, MISSED, Flight
from salvo.result.quantities import CountDistribution
from salvo.version import __version__
from salvo.wording import count_of

OWN = "by number"  # a raid to replay
WHICH = {"typical": 0.5, "bad, one in ten": 0.9, "one in a hundred": 0.99}
OF_KIND = {
    "typical": "typical",
    "bad, one in ten": "as bad as one in ten",
    "one in a hundred": "as bad as one in a hundred",
}


class Answer(NamedTuple):
    """What is shown: the raid, and the untouched one beside it where something was changed."""

    result: Result
    found: Played
    untouched: Result | None
    before: Played | None
    fact: Published | None


def draw_first(answer: Answer, target: int) -> None:
    """Headline, sentence and strip."""
    result = answer.result
    refining = f", refining to {target:,}" if result.trials < target else ""
    first.first(
        _headline(answer),
        sentence(result, answer.untouched, answer.fact),
        f"{count_of(result.trials, f'simulated {raid_word(result)}', f'simulated {raid_word(result)}s')}{refining}.",
        strip(result, answer.untouched, answer.fact, _against(result)),
        f"Salvo {__version__}, scenario {result.scenario.name}, seed {result.seed}: {state.address()}",
    )


def _headline(answer: Answer) -> str:
    name, _ = counted(answer.result)
    difference = None
    if answer.before is not None:
        difference = Difference.of(answer.found.counts(name), answer.before.counts(name))
    what = inputs.what_changed() if answer.untouched is not None else ""
    return headline(answer.result, answer.untouched, what, difference)


def sheet(answer: Answer) -> Callable[[], str]:
    """The report of one page, to be written when it is asked for: what stands above the tabs and under this one."""
    result = answer.result
    number, raid, before = _one(answer)
    heading, mean = raid_title(answer, number, raid, before), amount(hits_of(result, raid_index(result)))
    # The visitor's state is out of reach by then; all else waits until it is needed.
    link, top, changed, against = (
        state.address(),
        _headline(answer),
        [str(chip) for chip in state.chips()],
        _against(result),
    )

    def written() -> str:
        shown = Shown(
            title=result.scenario.title or result.scenario.name,
            headline=top,
            sentence=sentence(result, answer.untouched, answer.fact),
            figures=strip(result, answer.untouched, answer.fact, against),
            changed=changed,
            result=result,
            untouched=answer.untouched,
            raid=raid,
            before=before,
            number=number,
            heading=heading,
            mean=mean,
            fact=answer.fact,
        )
        return one_page(shown, link=link, how=result.reproduce().command, cite=result.cite())

    return written


def _against(result: Result) -> Against | None:
    """What past raids make of it; None of a campaign, as past raids are single ones, and where its sums would hold others up."""
    if result.raids > 1 or result.scenario.threats_total > limits.RECORD:
        return None
    return _record(result.scenario.hash, result.scenario.name, result.seed, result.trials, result)


@st.cache_resource(max_entries=64, show_spinner=False)
def _record(hash: str, name: str, seed: int, trials: int, _result: Result) -> Against:
    return against_record(_result)


def draw(answer: Answer) -> None:
    """The tab: three charts, and what to know before quoting a number."""
    result, theme = answer.result, state.theme()
    if not result.launched.real + result.launched.decoys:
        st.info("Nothing is fired, so there is nothing to draw. Move a slider of the attack.")
        return
    name, law = counted(result)
    fact = _mark(answer.fact, name, result.raids)
    ghost = counted(answer.untouched)[1] if answer.untouched is not None else None
    # All are made first and sent together: the browser lays out the whole page for each message.
    number, raid, before = _one(answer)
    mean = amount(hits_of(result, raid_index(result)))
    title = raid_title(answer, number, raid, before)
    wide, narrow = (
        charts.units.plain(raid, result.scenario, theme, untouched=before, narrow=small, title=title, mean=mean)
        for small in (False, True)
    )
    fifty = charts.dots.plain(law, name, theme, ghost=ghost, fact=fact, word=raid_word(result))
    tell = telling(law, ghost, fact[1] if fact else 0)
    curve = charts.at_least.plain({name: law}, name, theme, ghost=ghost, fact=fact, tell=tell)
    said = "Arrow keys choose a threat, Enter plays the raid from where it ended."
    chart(
        wide,
        "nearly-all",
        _units_alt(raid, result.scenario),
        narrow=narrow,
        pick=said,
        on_pick=lambda key: watch((number, raid_index(result)), key),
    )
    with st.container(horizontal=True, vertical_alignment="center", key="which"):
        with st.container(width="stretch", key="story"):
            st.html(_story_line(raid))
        raid_of(result)
        st.segmented_control(
            "Show", list(WHICH), default="typical", key="which-raid", label_visibility="collapsed", width="content",
            help="A typical raid, one as bad as one in ten, or as one in a hundred; in a changed raid, as it was before the change.",
        )  # fmt: skip
    left, right = st.columns(2, gap="medium")
    with left:
        chart(fifty, "fifty-raids", _dots_alt(law, name, raid_word(result)))
    with right:
        chart(curve, "at-least", _at_least_alt(law, name))
    _raid_by_raid(result, "hits" if name == "hits" else "leakers")
    _more(answer)


def _raid_by_raid(result: Result, name: Literal["hits", "leakers"]) -> None:
    """A campaign: hits and stock raid by raid, and in which raid it first goes wrong. The marks above are of one of its raids."""
    campaign, theme = result.campaign, state.theme()
    if campaign is None:
        return
    raids = len(campaign.raids)
    drawn = {
        "raid-by-raid": (charts.raid_by_raid.plain(campaign, name, theme), f"{name} in each of {raids} raids"),
        "stock": (charts.stock.plain(campaign, theme), f"Rounds left after each of {raids} raids, by battery"),
        "first-raids": (charts.first_raids.plain(campaign, theme), "In which raid a threat first gets through, or a magazine is empty"),
    }  # fmt: skip
    for key, (figure, alt) in drawn.items():
        chart(figure, key, f"{alt}.")


def _more(answer: Answer) -> None:
    """More raids, what the numbers stand on, and a report."""
    result = answer.result
    with st.container(horizontal=True, vertical_alignment="center", key="more"):
        # Computed only when it is opened: it takes as long as three hundred raids.
        with st.popover("What this stands on", on_change="rerun", key="stands") as folded:
            if folded.open:
                st.markdown(result.explain())
                if (against := _against(result)) is not None:
                    st.markdown(against.sentence())
                st.markdown("\n".join(f"- {note}" for note in result.notes))
        if st.session_state.target > limits.USUAL:
            st.button("Stop", key="stop", help="Keeps the raids played so far.", on_click=_aim, args=(0,))
        else:
            words = "For small probabilities; can be stopped."
            st.button(f"Play {limits.MOST:,} raids", key="play-more", help=words, on_click=_aim, args=(limits.MOST,))
        st.download_button(
            "One-page report", sheet(answer), f"{result.scenario.name}-report.html", "text/html", key="get-sheet",
            help="What you see as one file that needs no network and prints on one page.", on_click="ignore",
        )  # fmt: skip


def _aim(trials: int) -> None:
    st.session_state.target = trials


def _one(answer: Answer) -> tuple[int, tuple[Flight, ...], tuple[Flight, ...] | None]:
    """Number and flights of the raid that is shown, and its flights where nothing was changed."""
    result, seed = answer.result, answer.result.seed
    number = stands_for(answer, WHICH[st.session_state.get("which-raid") or "typical"])
    at = raid_index(result)
    raid = _flights(result.scenario.hash, seed, number, at, result.scenario)
    if answer.untouched is None or at >= answer.untouched.raids:
        return number, raid, None  # there was no such raid before the change
    origin = answer.untouched.scenario
    return number, raid, _flights(origin.hash, seed, number, at, origin)


def raid_index(result: Result) -> int:
    """Which raid of a campaign is shown, from 0: the last one, until the visitor chooses."""
    chosen = st.session_state.get("raid-of") or st.session_state.get("raid_of_shown") or result.raids
    return min(int(chosen), result.raids) - 1


def raid_of(result: Result) -> int:
    """A choice of the raid of a campaign; nothing where there is only one. Returns its index."""
    here = st.session_state
    if result.raids > 1:
        here["raid-of"] = raid_index(result) + 1
        here.raid_of_shown = st.number_input(
            f"Raid of the campaign, 1 to {result.raids}", 1, result.raids, key="raid-of", width=200
        )  # kept while the tab is closed
    return raid_index(result)


def hits_of(result: Result, raid: int) -> float:
    """Mean hits of one raid of a campaign, or of the only one."""
    return result.hits.mean if result.campaign is None else result.campaign.raids[raid].hits.mean


def stands_for(answer: Answer, quantile: float) -> int:
    """Number of the raid that stands for others: chosen before the change, so that the same raid is shown with and without it."""
    shown, found = answer.result, answer.found
    if answer.untouched is not None and answer.before is not None and answer.untouched.launched.real:
        shown, found = answer.untouched, answer.before
    return _chosen(shown.scenario.hash, shown.seed, quantile, len(found.rows()), shown.scenario, found)


@st.cache_resource(max_entries=64, show_spinner=False)
def _chosen(hash: str, seed: int, quantile: float, rows: int, _scenario: Scenario, _found: Played) -> int:
    return typical(_scenario, _found.rows()[:rows], headline_name(_scenario), quantile)


@st.cache_resource(max_entries=64, show_spinner=False)
def _flights(hash: str, seed: int, number: int, at: int, _scenario: Scenario) -> tuple[Flight, ...]:
    turn = play.QUEUE.later() if limits.heavy(_scenario) else nullcontext()  # others take a hundredth of a second
    with turn:
        return flights(replay(_scenario, seed=seed, trial=number, raid=at))


def watch(raid: tuple[int, int], key: str) -> None:
    """Lead the visitor to the replay of this raid, just before this threat's flight ends."""
    here = st.session_state
    here.watched = (raid, key)
    here["replay-which"], here["raid-number"], here.tab = OWN, raid[0], "Replay"


def _story_line(raid: tuple[Flight, ...]) -> str:
    """The story of the first that got through."""
    through = [flight for flight in raid if flight.end == HIT] or [flight for flight in raid if flight.end == MISSED]
    if not through:
        return '<div class="salvo-story">Point at a mark for its story, press it for its replay.</div>'
    one = through[0]
    return f'<div class="salvo-story"><b>\u25b2 {escape(one.name)}.</b> {escape(one.story)}</div>'


def raid_title(answer: Answer, number: int, raid: Sequence[Flight], before: Sequence[Flight] | None) -> str:
    """'Raid no. 1,814, typical: 1 hit', and of a changed raid what it was: the numbers of this one raid."""
    which = OF_KIND[st.session_state.get("which-raid") or "typical"]
    what = "Raid" if answer.result.raids == 1 else f"Raid {raid_index(answer.result) + 1} of campaign"
    hits = sum(flight.end == HIT for flight in raid)
    said = f"{what} no. {number:,}, {which}: {count_of(hits, 'hit', 'hits') if hits else 'no hit'}"
    if before is None:
        return said if answer.untouched is None else said.replace(which, f"{which} before the change", 1)
    was = sum(flight.end == HIT for flight in before)
    return f"{said.replace(which, f'{which} before the change', 1)}, {'as before' if was == hits else f'was {was:,}'}"


def raid_word(result: Result) -> str:
    """What one trial is called on the page."""
    return "campaign" if result.scenario.campaign is not None else "raid"


def _mark(fact: Published | None, name: str, raids: int) -> tuple[int, int, int] | None:
    """What was published, to be drawn on the charts: it is of a single raid."""
    return (fact.low, fact.best, fact.high) if fact is not None and fact.meets(name) and raids == 1 else None


def _units_alt(raid: tuple[Flight, ...], scenario: Scenario) -> str:
    said = told_ends([flight.end for flight in raid], scenario)
    return f"One mark for each threat ({len(raid):,}), where its flight ended: {said}."


def _dots_alt(law: CountDistribution, name: str, word: str) -> str:
    none = sum(value == 0 for value in charts.quantile_dots(law))
    low, high = law.interval(0.9)
    return f"Fifty dots, one for each of fifty {word}s: {none} of them without {name}; nine in ten between {low} and {high}."


def _at_least_alt(law: CountDistribution, name: str) -> str:
    counts = sorted({1, max(1, law.quantile(0.5)), max(1, law.quantile(0.95))})
    said = "; ".join(f"{count} or more {name}: {share(law.at_least(count).p)}" for count in counts)
    return f"Curve of the probability of at least N {name}. {said}."


def bar(answer: Answer) -> str:
    """The headline in a few words, for the bar that stays in sight on a phone."""
    name, law = counted(answer.result)
    was = "" if answer.untouched is None else f" was {amount(counted(answer.untouched)[1].mean)}"
    of = answer.result.rates.of_launched
    stopped = "" if of is None else f" \u00b7 {100 * of.value:.1f} % stopped or failed"
    words = f"<span><b>{amount(law.mean)} {name}</b>{was}{stopped}</span>"
    if not answer.result.launched.real:
        words = "<span>Nothing is fired</span>"
    return f'<div class="salvo-bar">{words}<a href="#change">Change</a></div>'

"""What a budget buys best: a list of what is for sale, a budget, and the mix that leaves the fewest hits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from salvo.answers.buy import Buy, buy
from salvo.answers.lots import Lot, lots
from salvo.app import play, state
from salvo.app.parts.asking import plain, refused
from salvo.app.parts.chart import chart
from salvo.app.views.raid import Answer, raid_word
from salvo.charts.defence import frontier
from salvo.faults import Faults
from salvo.format.scenario import Scenario
from salvo.report.sentences import headline_name
from salvo.wording import fault_text

RAIDS = 1_000  # of each mix that comes close
FOR_SALE, AT_FIRST = 8, 4  # lots on the list, at most, and when the tab is first opened
MILLION = 1e6


@st.cache_resource(max_entries=64, show_spinner="Trying what the budget can buy.")
def _buy(hash: str, seed: int, name: str, budget: float, offers: tuple[tuple, ...], _scenario: Scenario) -> Buy:
    options: list[dict[str, Any]] = [
        dict(zip(("id", "path", "add", "cost_usd", "most"), offer, strict=True)) for offer in offers
    ]
    with play.QUEUE.later():
        return buy(_scenario, options, budget_usd=budget, minimise=name, trials=RAIDS, seed=seed)


def draw(answer: Answer) -> None:
    """The tab."""
    if refused(answer):
        return
    scenario, seed = answer.result.scenario, answer.result.seed
    name = headline_name(scenario)
    st.markdown("## What does a budget buy best?")
    st.markdown(
        f"Choose what is for sale, what one lot costs and how many lots there are. The answer is the mix that leaves the fewest "
        f"{name} for the money. Prices of rounds are the scenario's; where it gives none, type one."
    )
    known = {lot.id: lot for lot in lots(st.session_state.base)}  # the list stays while sliders move
    if not known:
        st.info("There is nothing to add to: the scenario has no battery that fights.")
        return
    _begin(known)
    offers = _list(known)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        start = round(sum(price for _, _, _, price, _ in offers) / MILLION, 3) or 100.0
        budget = _kept("budget", start, _budget)
        st.button("Find the best mix", key="buy-ask", type="primary", on_click=_ask, disabled=not offers)
    if not offers:
        st.info("Nothing on the list has a price yet.")
        return
    if st.session_state.get("buying"):
        try:
            found = _buy(scenario.hash, seed, name, budget * MILLION, tuple(offers), scenario)
        except Faults as faults:
            st.error("This cannot be bought.")
            st.code(fault_text(faults), language=None, wrap_lines=True)
            return
        _show(found, name, raid_word(answer.result))


def _list(known: dict[str, Lot]) -> list[tuple[str, str, int, float, int]]:
    """What is for sale, as the visitor has it: id, path, add, price of a lot in dollars, how many lots; those with a price."""
    priced = [id for id, lot in known.items() if lot.cost_usd][:AT_FIRST]
    chosen = _kept("for-sale", priced or list(known)[:1], _chosen, list(known))
    found = []
    for id in chosen:
        lot = known[id]
        cost = None if lot.cost_usd is None else lot.cost_usd / MILLION
        left, right = st.columns([2, 1])
        with left:
            price = _kept(f"price {id}", cost, _price, id)
        with right:
            most = _kept(f"most {id}", lot.most, _most, id)
        if price is not None:
            found.append((lot.id, lot.path, lot.add, price * MILLION, most))
    return found


def _chosen(key: str, known: list[str]) -> list[str]:
    said = "A lot of rounds is a quarter of the magazine. Channels and units have no price in a scenario: type one."
    return st.multiselect("For sale", known, key=key, max_selections=FOR_SALE, help=said)


def _price(key: str, id: str) -> float | None:
    label = f"{id}: price of one lot (million US dollars)"
    return st.number_input(label, 0.0, 1e6, None, format="%.10g", key=key, placeholder="no price given")


def _most(key: str, id: str) -> int:
    return int(st.number_input(f"{id}: lots for sale", 1, 20, key=key))


def _budget(key: str) -> float:
    return float(
        st.number_input("Budget (million US dollars)", 0.0, 1e9, step=10.0, format="%.10g", key=key, width=260)
    )


def _kept(name: str, start: Any, widget: Callable[..., Any], *more: Any) -> Any:
    """A widget that keeps what the visitor has typed while the tab is closed."""
    shop, key = st.session_state.shop, f"shop-{name}"
    if key not in st.session_state:
        st.session_state[key] = shop.get(name, start)
    shop[name] = widget(key, *more)
    return shop[name]


def _begin(known: dict[str, Lot]) -> None:
    """A list of its own for each raid; what is typed stays while sliders move."""
    about = (st.session_state.origin.hash, tuple(known))
    if st.session_state.get("shop_of") != about:
        for key in [key for key in st.session_state if str(key).startswith("shop-")]:
            del st.session_state[key]
        st.session_state.shop, st.session_state.shop_of, st.session_state.buying = {}, about, False


def _ask() -> None:
    st.session_state.buying = True


def _show(found: Buy, name: str, word: str) -> None:
    """The mix, what each smaller budget buys, and a way to play it."""
    st.markdown(f"**{plain(found.explain())}**")
    points = [
        (one.cost_usd, one.value.mean, *(one.value.ci95 or (one.value.mean, one.value.mean)), str(one))
        for one in found.frontier
    ]
    told = "; ".join(f"{cost / MILLION:,.4g} million: {mean:.3g}" for cost, mean, *_ in points)
    figure = frontier.plain(points, f"mean {name}", found.chosen, state.theme())
    chart(figure, "frontier", f"Mean {name} by what is spent. {told}.")
    st.table([
        {
            "cost (million US dollars)": f"{cost / MILLION:,.4g}",
            f"{name} in an average {word} (95 %)": f"{mean:.3g} ({low:.3g} to {high:.3g})",
            "best mix": plain(mix),
        }
        for cost, mean, low, high, mix in points
    ])  # fmt: skip
    with st.container(horizontal=True):
        st.button("Play the raid with it", key="buy-play", on_click=_play, args=(found,), disabled=not found.best.mix)
        st.download_button(
            "Download this answer (HTML)", found.to_html, f"{found.scenario.name}-buy.html", "text/html", key="buy-get",
            on_click="ignore",
        )  # fmt: skip
    st.caption(f"{found.trials:,} {word}s of each mix that comes close, seed {found.seed}, on the same luck.")


def _play(found: Buy) -> None:
    state.edit_all(found.changes())

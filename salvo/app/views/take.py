"""The tab Download and cite: a lasting link, tables, the scenario file, a report, and how to get the same numbers again."""

from __future__ import annotations

import io
from collections.abc import Callable

import streamlit as st

from salvo import links
from salvo.answers.result import Result
from salvo.app import play
from salvo.app.parts import top
from salvo.app.views.raid import Answer, sheet
from salvo.catalog.origin import settings
from salvo.format.scenario import Scenario


def draw(answer: Answer) -> None:
    """The tab."""
    scenario = answer.result.scenario
    seed, name = st.session_state.seed, scenario.name
    st.markdown("## Link")
    st.markdown(
        "The address bar always holds a link to what you see. This one holds the whole scenario as well, so that it still "
        "opens the same when the scenarios that come with Salvo have changed."
    )
    full = link(scenario, seed)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Full link", full, key=f"link-{scenario.hash}-{seed}", width="stretch")
        with st.container(width="content"):
            top.copy("Copy the full link", key="copy-full-link", text=full)
    st.markdown("## Files")
    found = play.played(scenario, seed)

    def result() -> Result:
        return found.result(scenario)  # as it stands when the button is pressed

    files: list[tuple[str, Callable[[], bytes | str], str, str]] = [
        ("Summary (CSV)", lambda: result().to_frame().to_csv(index=False), f"{name}.csv", "text/csv"),
        ("Distributions (CSV)", lambda: result().to_frame("pmf").to_csv(index=False), f"{name}-pmf.csv", "text/csv"),
        ("Summary (Parquet)", lambda: parquet(result()), f"{name}.parquet", "application/vnd.apache.parquet"),
        ("Result (JSON)", lambda: result().to_json(), f"{name}-result.json", "application/json"),
        ("Scenario (TOML)", scenario.to_toml, f"{name}.toml", "application/toml"),
        ("Report (HTML)", lambda: result().to_html(), f"{name}.html", "text/html"),
        ("One-page report (HTML)", sheet(answer), f"{name}-report.html", "text/html"),
    ]
    with st.container(horizontal=True):
        for label, data, file, mime in files:
            st.download_button(label, data, file, mime, key=f"get-{file}", on_click="ignore")
    st.caption(
        "Every chart saves itself as a PNG at print size: the camera button that shows when you point at it. The reports "
        "open without a network: one holds all inputs and more charts, the other prints on one page."
    )
    st.markdown("## The same number again")
    if settings(scenario) is None:
        st.markdown("This scenario is your own: download its TOML first, into the folder you work in.")
    again = found.result(scenario)
    st.code(again.reproduce().python, language=None, wrap_lines=True)
    st.code(again.reproduce().command, language=None, wrap_lines=True)
    st.markdown("## Cite this")
    st.code(again.cite(), language=None, wrap_lines=True)


def link(scenario: Scenario, seed: int) -> str:
    """The full link to what is shown; on its own it fits behind any address of the page."""
    here = (st.context.url or "").split("?")[0].rstrip("/") + "/"
    return here + links.query_text(links.encode(scenario, seed))


def parquet(result: Result) -> bytes:
    """The summary as a Parquet file."""
    buffer = io.BytesIO()
    result.to_frame().to_parquet(buffer, index=False)
    return buffer.getvalue()

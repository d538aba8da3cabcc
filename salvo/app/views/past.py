"""Past raids predicted from others: the record that comes with Salvo, or a file that the visitor drops."""

from __future__ import annotations

import streamlit as st

from salvo.answers.emit import csv_text
from salvo.answers.hindcast import HONEST, Hindcast, hindcast
from salvo.answers.hindcast_page import skill_text
from salvo.app import limits, state
from salvo.app.parts.chart import chart
from salvo.charts.hindcast import intervals
from salvo.faults import Faults
from salvo.past.baselines import BASELINES
from salvo.past.read import parse
from salvo.wording import count_of, fault_text, plural

COLUMNS = "raid_id,date,defender,threat_class,launched_best,leaked_best"
EXAMPLE = f"{COLUMNS}\nfirst-night,2026-05-01,Ukraine,drone,120,14\nfirst-night,2026-05-01,Ukraine,ballistic,6,3\n"


@st.cache_resource(show_spinner="Predicting each campaign of past raids from the others.")
def packaged() -> Hindcast:
    """The record of past raids, each campaign predicted from the rest."""
    return hindcast()


@st.cache_data(show_spinner="Predicting the raids of the file.", max_entries=20)
def dropped(content: bytes, name: str) -> Hindcast:
    """The raids of a file, predicted from the packaged record. Raises Faults."""
    limits.check_size(content, name)
    raids = parse(content, name)
    limits.check_raids(raids, name)
    return hindcast(predict=raids)


def draw() -> None:
    """The tab; it is the same for every scenario."""
    st.markdown("## Past raids")
    st.markdown(HONEST)
    _score(packaged(), "Each campaign predicted from all the others")
    with st.expander("What the simple answers say"):
        st.markdown("\n".join(f"- {name.replace('_', ' ')}: {what}" for name, what in BASELINES.items()))
    with st.expander("Every prediction"):
        _rows(packaged(), "past")
    st.markdown("## Your raids")
    st.markdown(
        f"Drop a CSV file with the columns `{COLUMNS.replace(',', '`, `')}`: one row for each class of a raid, counts as "
        "published. They are predicted from the record above, without their own campaign. Nothing is kept."
    )
    st.download_button("An example to fill in", EXAMPLE, "raids.csv", "text/csv", key="past-example")
    file = st.file_uploader("A file of raids (CSV)", type=["csv"], key="past-upload", max_upload_size=1)
    if file is None:
        return
    try:
        found = dropped(file.getvalue(), file.name)
    except Faults as faults:
        st.error("This file cannot be read.")
        st.code(fault_text(faults), language=None, wrap_lines=True)
        return
    _score(found, f"{file.name}, predicted from the record")
    for row in found.left_out:
        st.markdown(f"- Left out: line {row['line']}, {row['threat_class']}: {row['reason']}.")
    if found.rows:
        _rows(found, "dropped")
        st.download_button(
            "Download the predictions", csv_text(row.to_dict() for row in found.rows), "predictions.csv", "text/csv",
            key="past-predictions",
        )  # fmt: skip


def _score(found: Hindcast, what: str) -> None:
    """What was predicted, whether the intervals hold, and what is added to the simple answers."""
    if not found.rows:
        st.markdown(f"{what}: no row can be scored.")
        return
    inside = ", ".join(f"{share:.0%} inside the {level} % intervals" for level, share in found.coverage_averaged.items()
                       if share is not None)  # fmt: skip
    campaigns = len({row.campaign for row in found.rows})
    counts = f"{len(found.rows):,} {plural(len(found.rows), 'row', 'rows')} in {campaigns:,} "
    st.markdown(f"{what}: {counts}{plural(campaigns, 'campaign', 'campaigns')}; {inside}.")
    st.table(
        [
            {"simple answer": name.replace("_", " "), "skill over it (95 %)": skill_text(over)}
            for name, over in found.skill["over"].items()
        ]
    )


def _rows(found: Hindcast, name: str) -> None:
    worst = max(found.rows, key=lambda row: row.crps)
    alt = (
        f"{count_of(len(found.rows), 'row', 'rows')}, predicted 80 % intervals and published shares. Furthest off: {worst.raid_id}, "
        f"{worst.threat_class}, {worst.leaked} of {worst.launched} where {worst.q10} to {worst.q90} were expected."
    )
    wide, narrow = (intervals.plain(found.rows, state.theme(), narrow=small) for small in (False, True))
    chart(wide, f"{name}-raids", alt, narrow=narrow, below=480)
    st.dataframe(
        [
            {
                "raid": row.raid_id,
                "class": row.threat_class,
                "launched": row.launched,
                "leaked, as published": row.leaked,
                "predicted mean": round(row.mean, 1),
                "10 % to 90 %": f"{row.q10} to {row.q90}",
            }
            for row in found.rows
        ],
        hide_index=True,
    )

"""Every number of the scenario, by asset, threat and battery; and its file, to download and to upload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from salvo.app import limits, state
from salvo.app.parts import origins, widgets
from salvo.faults import Faults
from salvo.format import edits, names
from salvo.format.fields import Known, fields
from salvo.format.parameters import Parameter, list_parameters
from salvo.format.paths import tables
from salvo.format.scenario import Scenario, loads
from salvo.wording import fault_text

KINDS = {"threats": "Threat", "batteries": "Battery", "assets": "Asset"}
SEVERAL = ("layers", "title", "name")


def draw(scenario: Scenario) -> None:
    """The tab."""
    st.markdown(
        "Every key of the scenario as it is played now, sliders included. What is changed here is played at once. "
        "**Assumed** marks our own judgement where nothing is published."
    )
    _faults()
    part = _choose(scenario)
    _refused("parts")
    if part == "":
        _whole(scenario)
    else:
        kind, id = part.split(".")
        _buttons(scenario, kind, id)
        _tables(scenario, f"{kind}.{id}")
        if kind == "batteries":
            _pairs(scenario, id)
    _file(scenario)


def commit(path: str, value: Any) -> None:
    """Take up one change. What cannot stand yet waits for the change that makes it fit."""
    pending = {**st.session_state.pending, path: value}
    try:
        state.edit_all(pending)
    except Faults as faults:
        st.session_state.pending, st.session_state.pending_faults = pending, faults
    else:
        st.session_state.pending = {}


def _faults() -> None:
    if st.session_state.pending:
        waiting = ", ".join(st.session_state.pending)
        st.error(f"Not taken up yet: {waiting}. Change what is needed with it, or discard it.")
        st.code(fault_text(st.session_state.pending_faults), language=None, wrap_lines=True)
        st.button("Discard", key="discard", on_click=_discard)


def _refused(place: str) -> None:
    """What was wrong with the last press or file, beside the button it belongs to; it stays until the next one."""
    found = st.session_state.get("refused")
    if found is not None and found[0] == place:
        st.error(found[1])
        st.code(fault_text(found[2]), language=None, wrap_lines=True)


def _discard() -> None:
    st.session_state.pending = {}
    st.session_state.shown = {}


def _choose(scenario: Scenario) -> str:
    parts = [""]
    parts += [f"threats.{threat.id}" for threat in scenario.threats]
    parts += [f"batteries.{battery.id}" for battery in scenario.batteries]
    parts += [f"assets.{asset.id}" for asset in scenario.assets]
    layers = {battery.id: battery.layer for battery in scenario.batteries}

    def words(part: str) -> str:
        if not part:
            return "The raid as a whole"
        kind, id = part.split(".")
        return f"{KINDS[kind]} {id}" + (f" (layer {layers[id]})" if kind == "batteries" else "")

    if st.session_state.get("part") not in parts:
        st.session_state.part = parts[min(1, len(parts) - 1)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = st.selectbox("Part of the scenario", parts, format_func=words, key="part")
        for kind, name in KINDS.items():
            st.button(f"Add {name.lower()}", key=f"add-{kind}", on_click=_do, args=(edits.add, kind))
        st.button("New from nothing", key="blank", on_click=_begin, help="Ten missiles at one site, and one battery.")
    return part


def _do(change: Callable[..., Scenario], *what: str) -> None:
    """Change the scenario, and look at what is new."""
    old = st.session_state.base
    before = {path for path, _ in tables(old)}
    try:
        new = change(old, *what)
        state.rebuild(new)
    except Faults as faults:
        st.session_state.refused = ("parts", "This cannot be done.", faults)
        return
    st.session_state.refused = None
    added = [path for path, _ in tables(new) if path not in before and path.count(".") == 1]
    if added:
        st.session_state.part = added[0]


def _buttons(scenario: Scenario, kind: str, id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = f"name-{kind}-{id}-{st.session_state.epoch}"
        st.text_input(
            "Name", id, key=key, width=220, on_change=_rename, args=(kind, id, key),
            help="Lower-case letters, digits and hyphens. Its luck follows its name: single raids end otherwise, averages stay.",
        )  # fmt: skip
        st.button(f"Copy {id}", key="copy", on_click=_do, args=(edits.duplicate, kind, id))
        st.button(f"Remove {id}", key="remove", on_click=_do, args=(edits.remove, kind, id))


def _rename(kind: str, id: str, key: str) -> None:
    new = st.session_state[key].strip()
    if new and new != id:
        _do(edits.rename, kind, id, new)
        if st.session_state.refused is None:
            st.session_state.part = f"{kind}.{new}"


def _begin() -> None:
    state.put(edits.blank(), 1)
    st.session_state.part = "threats.missiles"


def _tables(scenario: Scenario, root: str) -> None:
    """The widgets of one threat, battery or asset: what the file gives, then what is left at its default."""
    about = {one.path: one for one in list_parameters(scenario) if one.path.startswith(f"{root}.")}
    for path, table in tables(scenario):
        if path != root and not path.startswith(f"{root}."):
            continue
        known = fields(type(table))
        mine = [(known[path_key], about[key]) for path_key in known if (key := f"{path}.{path_key}") in about]
        given = [pair for pair in mine if pair[1].given]
        rest = [pair for pair in mine if not pair[1].given]
        name = _words(scenario, path, root)
        st.markdown(f"## {name}")
        _grid(scenario, given)
        with st.expander(f"{name}: {len(rest)} more, not given in the file"):
            _grid(scenario, rest)


def _words(scenario: Scenario, path: str, root: str) -> str:
    """Heading of a table: the threat, battery or asset, or a part of it."""
    rest = path.removeprefix(root).lstrip(".")
    if not rest:
        return names.label(root.split(".")[1])
    if rest.startswith("against."):
        name = rest.removeprefix("against.")
        classes = {threat.class_ for threat in scenario.threats}
        return f"Against {names.plural(name) if name in classes else names.label(name)}"
    return names.key(rest).capitalize()


def _grid(scenario: Scenario, pairs: list[tuple[Known, Parameter]]) -> None:
    narrow = [pair for pair in pairs if not widgets.is_law(pair[0])]
    columns = st.columns(3)
    for k, (known, parameter) in enumerate(narrow):
        with columns[k % 3]:
            widgets.draw(scenario, parameter.path, known, parameter.value, commit)
            st.caption(origins.line(scenario, parameter, _origin(parameter.path)))
    for known, parameter in pairs:
        if widgets.is_law(known):
            widgets.draw(scenario, parameter.path, known, parameter.value, commit)
            st.caption(origins.line(scenario, parameter, _origin(parameter.path)))


def _origin(path: str) -> Parameter | None:
    """The same parameter in the raid as its sources give it."""
    known = st.session_state.get("origin_parameters")
    if known is None or known[0] is not st.session_state.origin:
        origin = st.session_state.origin
        known = st.session_state.origin_parameters = (origin, {one.path: one for one in list_parameters(origin)})
    return known[1].get(path)


def _pairs(scenario: Scenario, id: str) -> None:
    """Which classes and groups a battery fights."""
    battery = next(y for y in scenario.batteries if y.id == id)
    names = dict.fromkeys(name for threat in scenario.threats for name in (threat.class_, threat.id))
    free = [name for name in names if name not in battery.against]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if free:
            name = st.selectbox("Let it fight", free, key="pair-new")
            st.button("Add pair", key="pair-add", on_click=_do, args=(edits.add_pair, id, name))
        if battery.against:
            name = st.selectbox("Let it no longer fight", list(battery.against), key="pair-old")
            st.button("Remove pair", key="pair-remove", on_click=_do, args=(edits.remove_pair, id, name))


def _whole(scenario: Scenario) -> None:
    known = fields(Scenario)
    for key in SEVERAL:
        widgets.draw(scenario, key, known[key], getattr(scenario, known[key].name), commit)


def _file(scenario: Scenario) -> None:
    st.markdown("## The scenario file")
    with st.container(horizontal=True):
        st.download_button("Download TOML", scenario.to_toml(), f"{scenario.name}.toml", "application/toml")
        st.download_button("Download JSON", scenario.to_json(), f"{scenario.name}.json", "application/json")
    file = st.file_uploader(
        "Upload a scenario file (TOML or JSON)", type=["toml", "json"], key="upload", max_upload_size=1
    )
    if file is not None and file.file_id != st.session_state.get("uploaded"):
        st.session_state.uploaded = file.file_id
        _take(file.getvalue(), file.name, "The uploaded file cannot be played.")
    _refused("file")
    with st.expander("Edit it as text"):
        text = st.text_area("The file", scenario.to_toml(), height=420, key=f"text-{st.session_state.epoch}")
        if st.button("Play this text", key="play-text"):
            _take(text.encode(), "the text", "The text cannot be played.")


def _take(data: bytes, name: str, words: str) -> None:
    """Play an uploaded or typed file, or say what is wrong with it."""
    try:
        limits.check_size(data, name)
        st.session_state.refused = None
        new = loads(data, "json" if name.endswith(".json") else "toml" if name.endswith(".toml") else None, name)
        limits.check(new)
    except Faults as faults:
        st.session_state.refused = ("file", words, faults)
    else:
        state.put(new, 1)
        st.session_state.shown = {}
    st.rerun()

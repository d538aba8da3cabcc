"""One widget for one parameter, chosen by what the file format says the parameter may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from salvo.format import names
from salvo.format.fields import Known, alternatives, choices, fields, number, table
from salvo.format.scenario import Scenario
from salvo.format.values import Number, Uncertain
from salvo.format.write import Unread, as_text, from_text

Commit = Callable[[str, Any], None]
FORMS = ("a number", "low, likely, high", "mean and correlation")
# Values of a new law where no value stood before.
STARTS = {"low": 0.5, "mode": 0.7, "high": 0.9, "mean": 0.7, "rho": 0.1}
PLAIN = "%.10g"
BATTERIES = ("is_battery", "channels_of", "interceptors_of")  # keys that name a battery


def draw(scenario: Scenario, path: str, known: Known, value: Any, commit: Commit) -> None:
    """Draw the widget of one parameter; it calls `commit(path, new value)` when the visitor changes it."""
    bound, allowed = number(known.hint), choices(known.hint)
    unit = f" ({bound.unit})" if bound and bound.unit and not is_law(known) else ""
    words = names.key(known.key)
    label, help = f"{words[:1].upper()}{words[1:]}{unit}", f"{known.info.description or ''} In the file: `{known.key}`."
    kinds = [kind for kind, _ in alternatives(known.hint)]
    if is_law(known):
        _law(path, label, help, value, commit)
    elif bound is not None:
        _number(path, label, help, value, bound, commit)
    elif bool in kinds:
        _sync(path, value)
        st.checkbox(label, key=path, help=help, on_change=_plain, args=(path, commit))
    elif allowed or known.key in ("layer", *BATTERIES):
        own = scenario.layers if known.key == "layer" else ("", *(battery.id for battery in scenario.batteries))
        _sync(path, value or "")
        st.selectbox(label, allowed or own, key=path, help=help, on_change=_plain, args=(path, commit))
    elif str in kinds:
        _sync(path, value or "")
        st.text_input(label, key=path, help=help, on_change=_plain, args=(path, commit))
    else:
        _sync(path, as_text(value))
        said = f"{help} As in a file, such as [1, 2] or {{ name = 1 }}."
        st.text_input(label, key=path, help=said, on_change=_read, args=(path, commit))


def is_law(known: Known) -> bool:
    """May the parameter be an uncertain probability? Its widgets take a row of their own then."""
    return table(known.hint) is Uncertain


def _number(path: str, label: str, help: str, value: Any, bound: Number, commit: Commit) -> None:
    kind = int if bound.whole else float
    _sync(path, None if value is None else kind(value))
    step = 1 if bound.whole else 0.01 if bound.unit == "probability" else None
    st.number_input(
        label,
        min_value=kind(bound.low),
        max_value=kind(bound.high),
        value=None,
        step=step,
        format=None if bound.whole else PLAIN,
        key=path,
        help=f"{help} {bound.text[:1].upper()}{bound.text[1:]}.",
        placeholder="not given",
        on_change=_plain,
        args=(path, commit),
    )


def _law(path: str, label: str, help: str, value: Any, commit: Commit) -> None:
    """A probability: one number, or a law with its values, how often it is drawn, and with whom."""
    law = value if isinstance(value, Uncertain) else None
    form = FORMS[0] if law is None else FORMS[1] if law.mean is None else FORMS[2]
    columns = iter(st.columns((3, 2, 2, 2, 2, 3)))
    _sync(f"{path}/form", form)
    rest = {"key": f"{path}/form", "on_change": _reform, "args": (path, value, commit)}
    next(columns).selectbox(label, FORMS, help=help, **rest)
    if law is None:
        _sync(path, value)
        _share(next(columns), path, f"{label}: value", None, {"on_change": _plain, "args": (path, commit)})
        return
    known = fields(Uncertain)
    names = ("low", "mode", "high") if form == FORMS[1] else ("mean", "rho")
    rest = {"on_change": _relaw, "args": (path, names, commit)}
    for name in names:
        _sync(f"{path}/{name}", float(getattr(law, name)))
        words = f"{label}: {'likely' if name == 'mode' else name}"
        _share(next(columns), f"{path}/{name}", words, known[name].info.description, rest)
    _sync(f"{path}/scope", law.scope)
    _sync(f"{path}/with", law.with_ or "")
    said, shared = known["scope"].info.description, known["with"].info.description
    scopes = choices(known["scope"].hint)
    next(columns).selectbox(f"{label}: scope", scopes, key=f"{path}/scope", help=said, **rest)
    next(columns).text_input(f"{label}: with", key=f"{path}/with", help=shared, **rest)


def _share(column: Any, key: str, label: str, help: str | None, rest: dict[str, Any]) -> None:
    """The widget of one number between 0 and 1."""
    bound = number(fields(Uncertain)["mode"].hint)
    assert bound is not None
    ends = {"min_value": float(bound.low), "max_value": float(bound.high), "step": 0.01, "format": PLAIN}
    column.number_input(label, value=None, key=key, help=help, placeholder="not given", **ends, **rest)


def _sync(key: str, value: Any) -> None:
    """Show what the scenario says, wherever it says something new; else leave what the visitor has typed."""
    shown = st.session_state.setdefault("shown", {})
    if key not in st.session_state or shown.get(key, ...) != value:
        shown[key] = value
        st.session_state[key] = value


def _plain(path: str, commit: Commit) -> None:
    value = st.session_state[path]
    commit(path, None if value == "" else value)


def _read(path: str, commit: Commit) -> None:
    text = st.session_state[path]
    try:
        commit(path, from_text(text))
    except Unread:
        commit(path, text)  # the format says what is wrong with it


def _reform(path: str, old: Any, commit: Commit) -> None:
    form = st.session_state[f"{path}/form"]
    middle = old.expected if isinstance(old, Uncertain) else old
    if form == FORMS[0]:
        commit(path, STARTS["mode"] if middle is None else round(middle, 6))
    elif form == FORMS[1]:
        values = {name: STARTS[name] for name in ("low", "mode", "high")}
        if middle is not None:
            values = {"low": max(0.0, middle - 0.1), "mode": middle, "high": min(1.0, middle + 0.1)}
        commit(path, {name: round(value, 6) for name, value in values.items()})
    else:
        commit(path, {"mean": round(STARTS["mean"] if middle is None else middle, 6), "rho": STARTS["rho"]})


def _relaw(path: str, names: tuple[str, ...], commit: Commit) -> None:
    law = {name: st.session_state[f"{path}/{name}"] for name in names}
    law["scope"] = st.session_state[f"{path}/scope"]
    if st.session_state[f"{path}/with"]:
        law["with"] = st.session_state[f"{path}/with"]
    commit(path, {key: value for key, value in law.items() if value is not None})

"""The page's one style: a grid, five sizes of type, and the colours of salvo.charts.colours."""

from __future__ import annotations

import streamlit as st

from salvo.app.parts.scheme import notice
from salvo.charts.colours import TOKENS, Theme

COLUMNS = ".st-key-body > [data-testid=stLayoutWrapper] > [data-testid=stHorizontalBlock]"  # the two columns: inputs and answer


def style(theme: Theme) -> None:
    """Put the style on the page."""
    st.html(f"<style>{_tokens(theme)}{RULES.replace('COLS', COLUMNS)}</style>")
    notice()


def _tokens(theme: Theme) -> str:
    screen = ";".join(f"--{name}:{colour}" for name, colour in TOKENS[theme].items())
    paper = ";".join(f"--{name}:{colour}" for name, colour in TOKENS["light"].items())
    turned = PAPER if theme == "dark" else ""
    return f":root{{{screen}}} @media print {{ :root{{{paper}}} {turned} }}"


# No `:has` that reads `:first-child` or `:empty`: the browser would reckon styles anew, 5 ms each time, at every text that plotly measures.
# Charts are drawn in the colours of the screen: on paper light and dark change places, and hues stay.
PAPER = """
.salvo-chart { filter: invert(1) hue-rotate(180deg); }
html, body { background: #fff !important; }
.st-key-pick [data-testid=stSelectbox] * { background: #fff !important; color: #1B1F24 !important; -webkit-text-fill-color: #1B1F24; }
"""
RULES = """
[data-testid=stHeader] { display: none; }
[data-testid=stMainBlockContainer] { max-width: 1456px; padding: 12px 28px 60px; font-variant-numeric: tabular-nums; }
[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock] { gap: 8px; }
[data-testid=stElementContainer]:has(> [data-testid=stHtml] > style), .st-key-scheme { position: absolute; }
.salvo-word { font-weight: 700; font-size: 17px; white-space: nowrap; }
.salvo-word small { font-weight: 400; color: var(--muted); font-size: 13px; margin-left: 6px; }
.salvo-sources { color: var(--muted); font-size: 13px; line-height: 1.35; }
.salvo-sources b { font-weight: 600; color: var(--ink); }
.salvo-sources a { color: var(--accent); }
.salvo-sources abbr { text-decoration: underline dotted var(--ghost); text-underline-offset: 3px; cursor: help; }
COLS { gap: 36px; }
COLS > :first-child { flex: 0 0 292px; min-width: 0; width: 292px; }
COLS > :last-child { flex: 1 1 0; min-width: 0; width: auto; }
.st-key-top { align-items: center; }
.st-key-top [data-testid=stSelectbox] { min-width: 420px; }
.st-key-top [data-baseweb=select] > div { font-weight: 600; font-size: 16px; }
.st-key-shop-for-sale [data-tag] { background: var(--tint); border: 1px solid var(--accent); }
.st-key-shop-for-sale [data-tag] :is(span, svg) { color: var(--ink); }
.salvo-story.calm b { color: var(--ink); }
.salvo-chart:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.salvo-pick { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.st-key-rail [data-testid=stVerticalBlock], .st-key-rail { gap: 2px; }
.salvo-rail { font-size: 13px; font-weight: 700; color: var(--muted); margin: 8px 0 0; }
.st-key-chips { min-height: 32px; gap: 8px; align-items: center; }
.st-key-chips button, .st-key-presets button { padding: 1px 10px; min-height: 28px; font-size: 13.5px; }
.st-key-chips button p, .st-key-presets button p { font-size: 13.5px; }
.st-key-chips [class*=st-key-chip-] button { background: var(--tint); border-color: var(--accent);
  color: var(--ink); }
.st-key-presets { gap: 6px; }
.st-key-presets button { border-radius: 14px; }
.st-key-presets button[kind=primary] { background: var(--tint); border-color: var(--accent); color: var(--accent); }
.st-key-presets button[kind=primary] p { font-weight: 600; }
.salvo-first h1 { font-size: 27px; line-height: 1.17; font-weight: 700; margin: 0 0 4px; padding: 0;
  letter-spacing: -.1px; color: var(--ink); }
.salvo-first p { margin: 0 0 9px; font-size: 15.5px; line-height: 1.35; color: var(--ink); min-height: 1.35em; }
.salvo-first p span { color: var(--muted); }
.salvo-first .salvo-print { display: none; }
.salvo-first dl.salvo-strip { display: grid; padding: 0; grid-template-columns: .95fr 1.05fr 1.3fr 1.05fr 1.05fr;
  border-top: 2px solid var(--ink); border-bottom: 1px solid var(--line); margin: 0; padding: 0; }
.salvo-strip > div { padding: 7px 12px 8px 16px; border-left: 1px solid var(--line); min-width: 0; }
.salvo-strip > div:first-child { padding-left: 0; border-left: 0; }
.salvo-strip dt { font-size: 13px; line-height: 17px; color: var(--muted); white-space: nowrap; font-weight: 400; }
.salvo-strip abbr { text-decoration: underline dotted var(--ghost); text-underline-offset: 3px; cursor: help; }
.salvo-strip dd { margin: 0; color: var(--ink); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.salvo-strip .v { font-size: 30px; line-height: 34px; font-weight: 700; }
.salvo-strip .v small { line-height: 1; font-size: 14.5px; font-weight: 400; color: var(--muted); margin-left: 6px; }
.salvo-strip .hits .v { color: var(--hit); }
.salvo-strip :is(.d, .n) { font-size: 13px; line-height: 18px; min-height: 18px; }
.salvo-strip .d { font-weight: 600; }
.salvo-strip .n { color: var(--muted); }
.salvo-strip .hits .n.fact { color: var(--fact); font-weight: 600; }
.salvo-story { font-size: 13.5px; line-height: 18px; color: var(--ink); min-height: 36px; }
.salvo-story b { color: var(--hit); } .salvo-story span { color: var(--muted); }
.salvo-note { font-size: 12.5px; line-height: 16px; color: var(--muted); }
[data-testid=stCaptionContainer] { color: var(--muted) !important; opacity: 1; }
[data-testid=stCaptionContainer] p { color: var(--muted); }
[data-testid=stTabs] [role=tablist] { gap: 20px; }
[data-testid=stTab] { height: 34px; padding: 0; }
[data-testid=stTab] p { font-size: 15px; }
[role=tabpanel] { padding-top: 8px; }
.st-key-main, .st-key-main > [data-testid=stVerticalBlock] { gap: 6px; }
.st-key-which { gap: 12px; flex-wrap: nowrap; min-height: 30px; }
.st-key-which button { padding: 1px 9px; min-height: 26px; }
.st-key-which button p { font-size: 13px; }
.st-key-which-label { min-width: 0; }
[role=tabpanel] > [data-testid=stVerticalBlock] { gap: 8px; }
[data-testid=stMain] h2 { font-size: 16.5px; font-weight: 700; padding: 8px 0 14px; }
@media (min-width: 961px) { [data-testid=stBottom] { display: none; } }
[data-testid=stBottomBlockContainer] { padding: 8px 16px 12px; border-top: 1px solid var(--edge); }
.salvo-bar { display: flex; justify-content: space-between; align-items: center; gap: 10px; font-size: 15px; }
.salvo-bar b { color: var(--hit); }
.salvo-bar a { border: 1px solid var(--edge); border-radius: 8px; padding: 4px 12px; color: var(--ink);
  text-decoration: none; }
@media (max-width: 1300px) {
  [data-testid=stMainBlockContainer] { padding: 8px 22px 40px; }
  COLS { gap: 28px; }
  COLS > :first-child { flex-basis: 272px; width: 272px; }
  .salvo-first h1 { font-size: 25px; }
  .salvo-strip > div { padding: 6px 8px 7px 12px; }
  .salvo-strip .v { font-size: 27px; line-height: 31px; }
  .salvo-strip .v small { font-size: 13px; margin-left: 4px; }
  .salvo-strip dt, .salvo-strip :is(.d, .n) { font-size: 12.5px; }
}
@media (max-width: 960px) {
  [data-testid=stMainBlockContainer] { padding: 10px 16px 84px; }
  .st-key-top [data-testid=stSelectbox] { min-width: 100%; }
  .salvo-word small { display: none; }
  .salvo-sources { font-size: 12.5px; }
  COLS { flex-direction: column;
    gap: 18px; }
  .st-key-which { flex-wrap: wrap; }
  COLS > :first-child { order: 2; flex: none; width: 100%; }
  COLS > :last-child { flex: none; width: 100%; }
  .salvo-first h1 { font-size: 21px; }
  .salvo-first p { font-size: 15px; margin-bottom: 8px; }
  .salvo-first dl.salvo-strip { grid-template-columns: 1fr 1fr; }
  .st-key-copy-place { display: none; }
  .st-key-top { gap: 6px; flex-wrap: wrap; }
  .st-key-sources { flex-basis: 100%; }
  .salvo-strip > div { padding: 6px 0 8px 12px; border-top: 1px solid var(--line); }
  .salvo-strip .hits { grid-column: 1 / -1; order: -1; border-top: 0; border-left: 0; padding-left: 0; }
  .salvo-strip .fired, .salvo-strip .spent { border-left: 0; padding-left: 0; }
  .salvo-strip .v { font-size: 25px; line-height: 29px; }
  .salvo-strip .hits .v { font-size: 30px; line-height: 33px; }
}
@media (min-width: 641px) and (max-width: 960px) {
  .salvo-first dl.salvo-strip { grid-template-columns: 1fr 1fr 1fr; }
  .salvo-strip .hits { grid-column: auto; border-top: 1px solid var(--line); }
  .salvo-strip .fired { border-left: 1px solid var(--line); padding-left: 12px; }
}
@media (max-width: 640px) {
  [data-testid=stTable] table { table-layout: fixed; width: 100%; }
  [data-testid=stTable] :is(td, th) { overflow-wrap: anywhere; padding: .2rem; font-size: .75rem; }
}
@media (prefers-reduced-motion: no-preference) { .salvo-strip .v { transition: color .2s; } }
@media print {
  @page { margin: 12mm; }
  [data-testid=stApp], [data-testid=stAppViewContainer] { background: #fff; color: #1B1F24; }
  .st-key-rail, .st-key-presets, .st-key-chips button[kind=tertiary], [role=tablist], [data-testid=stBottom],
  .st-key-copy-place, .modebar, .st-key-which, .st-key-more { display: none !important; }
  COLS > :first-child { display: none; }
  [data-testid=stMainBlockContainer] { zoom: .65; }  /* charts are as wide as on the screen: that fits on A4 */
  .salvo-first .salvo-print { display: block; font-size: 12px; overflow-wrap: anywhere; }
  .salvo-chart { break-inside: avoid; }
  .salvo-strip .v { font-size: 20px; } .salvo-strip .v small { font-size: 11px; }
  .salvo-strip dt, .salvo-strip :is(.d, .n) { font-size: 10.5px; }
  [data-testid=stMainBlockContainer] { padding: 0; }
}
"""

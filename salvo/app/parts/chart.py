"""A chart that is redrawn in place.

`st.plotly_chart` takes a chart off the page and puts a new one on whenever a number in it has changed, which costs the
browser more time than the simulation takes; this one keeps the chart and lets plotly move what is different.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st
from streamlit.components.v1 import declare_component
from streamlit.components.v2 import component

from salvo import charts
from salvo.app import state
from salvo.version import __version__

# A change inside a chart moves nothing outside it, so the browser need not lay out the whole page again.
_HTML = '<div class="salvo-chart" style="contain: strict"></div><div class="salvo-pick" role="status"></div>'

_JS = """
// The server gives no date to plotly's program, so the browser is told to keep it; its address holds its version.
const load = async address => {
  const answer = await fetch(new URL(address, document.baseURI), {cache: 'force-cache'});
  if (!answer.ok) throw new Error('plotly was not sent');
  const script = document.createElement('script');
  script.src = URL.createObjectURL(new Blob([await answer.blob()], {type: 'text/javascript'}));
  await new Promise((done, failed) => { script.onload = done; script.onerror = failed; document.head.append(script); });
  return window.Plotly;
};
// A picture to keep: at print size, on the page's ground, with what it shows and how to get it again under it.
const save = (place, data) => {
  const {layout, data: traces} = place, width = place.clientWidth, room = 46;
  const margin = {...layout.margin, b: (layout.margin?.b ?? 0) + room};
  const below = layout.xaxis?.visible === false ? -8 : -48;
  const corner = {x: 0, y: 0, xref: 'paper', yref: 'paper', xanchor: 'left', yanchor: 'top', yshift: below};
  const caption = {...corner, showarrow: false, align: 'left', text: data.caption.join('<br>'), font: {size: 11}};
  // A picture has the system's letters, which are wider than the page's: the legend goes under the title.
  const legend = {...layout.legend}, high = layout.height + room;
  const down = legend.yref === 'container' ? Math.max(0, 26 - (1 - legend.y) * layout.height) : 0;
  const height = high + down;
  if (down) { legend.y = 1 - 26 / height; margin.t = (margin.t ?? 0) + down; }
  const font = {...layout.font, family: 'Arial, Helvetica, DejaVu Sans, sans-serif'};
  const ground = getComputedStyle(document.documentElement).getPropertyValue('--ground');
  const annotations = [...(layout.annotations ?? []), caption];
  const whole = {...layout, width, height, margin, legend, font, paper_bgcolor: ground, annotations};
  window.Plotly.downloadImage({data: traces, layout: whole}, {format: 'png', width, height, scale: 3, filename: data.name});
};
// Points with an id lead somewhere: a press does, and by keyboard the arrows choose one and Enter opens it.
const points = place => (place.data ?? []).flatMap((trace, curveNumber) =>
  (trace.ids ?? []).map((id, pointNumber) => ({id, point: {curveNumber, pointNumber}, words: trace.customdata?.[pointNumber]})));
const choose = (place, said, step) => {
  const all = points(place);
  if (!all.length) return;
  const at = all.findIndex(one => one.id === place.salvoAt?.id && one.point.curveNumber === place.salvoAt.point.curveNumber);
  const next = step === 0 ? 0 : at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length;
  place.salvoAt = all[next];
  window.Plotly.Fx.hover(place, [place.salvoAt.point]);
  const words = String(place.salvoAt.words ?? '').replace(/<br>/g, ' ').replace(/<[^>]*>/g, '');
  said.textContent = typeof place.salvoAt.words === 'string' ? words : place.salvoAt.id;
};
const keys = (place, said, open) => event => {
  const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: 0}[event.key];
  if (step != null) choose(place, said, step);
  else if (event.key === 'Enter' && place.salvoAt) open(place.salvoAt.id);
  else return;
  event.preventDefault();
};
const camera = place => ({name: 'Save as PNG', icon: window.Plotly.Icons.camera, click: () => save(place, place.salvoWanted)});
const plotly = address => window.salvoPlotly ??= load(address);
const fitting = (data, width) => data.narrow && width && width < data.below ? data.narrow : data.figure;
// To ask the browser costs it a layout of the whole page; a chart that is watched knows its width.
const known = place => place.salvoWatch && place.salvoWidth ? place.salvoWidth : place.clientWidth;
// A chart at its width, with as much more room over it as its legend has turned out to need.
const laid = (place, figure, width) => {
  const { layout } = figure, more = layout.legend ? place.salvoMore ?? 0 : 0;
  return {...layout, width, height: layout.height + more, margin: {...layout.margin, t: (layout.margin.t ?? 0) + more}};
};
const TITLE = 34;
const settle = place => {
  if (place._fullLayout && place.layout.width !== known(place)) return resize(place);  // it has changed while this was drawn
  const { legend, margin } = place._fullLayout ?? {}, more = place.salvoMore ?? 0;  // none where it has left the page meanwhile
  if (!place.salvoDrawn.layout.legend || !legend?._height) return;
  const wanted = Math.max(0, more + TITLE + legend._height - margin.t);
  if (Math.abs(wanted - more) < 5) return;
  place.salvoMore = wanted;
  const { height, margin: { t } } = laid(place, place.salvoDrawn, place.layout.width);
  place.style.height = height + 'px';
  window.Plotly.relayout(place, {height, 'margin.t': t});
};
const resize = place => {
  const width = known(place), figure = fitting(place.salvoWanted, width);
  if (!width || place.layout.width === width) return;
  const same = figure === place.salvoDrawn;
  place.salvoDrawn = figure;
  const layout = laid(place, figure, width);
  place.style.height = layout.height + 'px';
  const drawn = same ? window.Plotly.relayout(place, {width}) : window.Plotly.react(place, figure.data, layout);
  drawn.then(() => settle(place));
};

export default function (component) {
  const { data, parentElement } = component;
  const place = parentElement.querySelector('.salvo-chart');
  const { options, alt } = data;
  const width = known(place), figure = fitting(data, width), layout = laid(place, figure, width);
  place.setAttribute('role', 'figure');
  place.setAttribute('aria-label', alt);
  place.style.height = layout.height + 'px';
  place.salvoWanted = data;
  place.salvoDrawn = figure;
  if (data.pick) {
    const open = id => component.setTriggerValue('picked', id);
    place.tabIndex = 0;
    place.setAttribute('aria-description', data.pick);
    place.onkeydown = keys(place, parentElement.querySelector('.salvo-pick'), open);
    place.salvoOpen = open;
  }
  plotly(data.program).then(Plotly => {
    if (place.salvoWanted !== data || !place.isConnected) return;  // a newer one has come meanwhile
    // Options are told once: told again, plotly compares them all, and draws the chart from nothing where it finds another function.
    const told = place.salvoWatch ? undefined : {...options, modeBarButtonsToAdd: [camera(place)]};
    const width = known(place), figure = place.salvoDrawn = fitting(data, width);
    Plotly.react(place, figure.data, laid(place, figure, width), told).then(() => settle(place));
    if (place.salvoWatch) return;
    place.on('plotly_click', event => { const id = event.points[0]?.id; if (id != null) place.salvoOpen?.(id); });
    place.salvoWatch = new ResizeObserver(([entry]) => {
      place.salvoWidth = Math.round(entry.contentRect.width);
      resize(place);
    });
    place.salvoWatch.observe(place);
  });
  return () => {
    place.salvoWatch?.disconnect();
    place.salvoWatch = null;  // the same place may be used again
    window.Plotly?.purge(place);
  };
}
"""

# Outside a shadow root: plotly puts its own style on the document.
_COMPONENT: Any = component("salvo_chart", html=_HTML, js=_JS, isolate_styles=False)


def chart(
    figure: charts.Plain,
    name: str,
    alt: str,
    *,
    narrow: charts.Plain | None = None,
    below: int = 820,
    pick: str = "",
    on_pick: Callable[[str], None] | None = None,
) -> None:
    """Draw a chart, or redraw it where one of that name stands.

    Parameters
    ----------
    figure : such as `salvo.charts.dots.plain(...)` gives
    name : one of its kind on the page; of the file that its camera button saves, too
    alt : the chart in words, for those who do not see it
    narrow, below : what is drawn instead where there is little room, as on a phone: fewer pixels across than `below`
    pick, on_pick : what a press of a mark does, in words, and what is called with its id; by keyboard, arrows and Enter
    """
    data = {
        "figure": figure,
        "options": charts.config(),
        "alt": alt,
        "program": _program(),
        "narrow": narrow,
        "below": below,
        "pick": pick,
        "caption": _caption(),
        "name": f"salvo-{state.look().origin.name}-{name}",
    }
    key = f"chart-{name}"

    def picked() -> None:
        id = (st.session_state.get(key) or {}).get("picked")
        if on_pick is not None and id is not None:
            on_pick(str(id))

    _COMPONENT(key=key, data=data, on_picked_change=picked)


def _caption() -> list[str]:
    """What a saved picture shows, and how to get it again: title, what was changed, seed, version, and where it came from."""
    look = state.look()
    told = [str(chip) for chip in state.chips()]
    changed = f", changed: {'; '.join(told[:4])}" + ("; ..." if len(told) > 4 else "") if told else ""
    here = (st.context.url or "").split("?")[0]
    first = f"{look.origin.title or look.origin.name}{changed}"
    return [
        escape(line) for line in (first, f"Salvo {__version__}, scenario {look.origin.name}, seed {look.seed}. {here}")
    ]


@st.cache_resource(show_spinner=False)
def _program() -> str:
    """Address, as seen from the page, of the plotly that came with the Python package; it is served from there."""
    served = declare_component("plotly", path=charts.PROGRAM.parent)
    return f"component/{served.name}/{charts.PROGRAM.name}?{charts.VERSION}"

"""A raid that plays: threats as moving marks, magazines that drain, and a sentence for each that got through.

The film is sent to the browser once; play, speed and the jump to the next hit work there, without the server. It starts only when
asked, and steps from event to event where the visitor has asked for less motion.
"""

from __future__ import annotations

from typing import Any

from streamlit.components.v2 import component

_HTML = """
<div class="bar">
  <button class="play" type="button">Play</button>
  <button class="next" type="button">Next hit</button>
  <label class="speed">Speed <select aria-label="Speed">
    <option value="10">&times; 10</option><option value="60" selected>&times; 60</option><option value="300">&times; 300</option>
  </select></label>
  <output class="clock"></output><span class="counts"></span>
</div>
<input class="time" type="range" aria-label="Time in the raid">
<div class="cols">
  <svg class="sky" role="img"></svg>
  <div class="stocks"><h2>Magazines <small>rounds left</small></h2><div class="bars"></div></div>
  <div class="told"><h2>Why each got through <small class="many"></small></h2><ol></ol></div>
</div>
"""

_CSS = """
:host { display: block; }
* { box-sizing: border-box; }
.bar { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; font: 14px var(--st-font); color: var(--st-text-color); }
button, select { font: 14px var(--st-font); color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: 8px; padding: 5px 14px; cursor: pointer; }
.play { font-weight: 600; min-width: 84px; border-color: var(--st-primary-color); color: var(--st-primary-color); }
select { padding: 4px 6px; }
:is(button, select, input):focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.clock { font-weight: 700; font-size: 20px; font-variant-numeric: tabular-nums; min-width: 92px; }
.counts b { font-weight: 700; }
.time { width: 100%; margin: 10px 0 6px; accent-color: var(--st-primary-color); }
.cols { display: grid; grid-template-columns: minmax(0, 2.2fr) minmax(150px, .8fr) minmax(0, 1.5fr); gap: 24px; }
.sky { width: 100%; display: block; }
h2 { font: 700 16.5px var(--st-heading-font); color: var(--st-text-color); margin: 0 0 8px; }
small { font-weight: 400; font-size: 13.5px; opacity: .85; }
.bars > div { margin-bottom: 9px; font: 13px/17px var(--st-font); color: var(--st-text-color); }
.bars span { display: flex; justify-content: space-between; gap: 8px; }
.bars i { display: block; height: 7px; border: 1px solid var(--st-border-color); border-radius: 2px; margin-top: 2px; overflow: hidden; }
.bars i u { display: block; height: 100%; background: var(--stopped); }
.bars .empty em { color: var(--hit); font-style: normal; font-weight: 600; }
.bars .empty i { border-color: var(--hit); }
em { font-style: normal; }
ol { list-style: none; margin: 0; padding: 0; max-height: 460px; overflow-y: auto; }
li { font: 13px/17px var(--st-font); color: var(--st-text-color); padding: 5px 6px; border-top: 1px solid var(--line); display: grid;
  grid-template-columns: 52px 1fr; gap: 8px; }
li b { font-weight: 600; }
li.hit b { color: var(--hit); }
li.past { background: var(--hit-tint); }
@media (max-width: 760px) { .cols { grid-template-columns: minmax(0, 1fr); } }
"""

_JS = """
const NS = 'http://www.w3.org/2000/svg';
const make = (name, attributes, words) => {
  const found = document.createElementNS(NS, name);
  for (const key in attributes) found.setAttribute(key, attributes[key]);
  if (words != null) found.textContent = words;
  return found;
};
const token = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const clock = t => {
  const s = Math.abs(Math.round(t)), sign = t < 0 && s ? '\u2212' : '';
  const pad = n => String(n).padStart(2, '0');
  return sign + Math.floor(s / 3600) + ':' + pad(Math.floor(s % 3600 / 60)) + ':' + pad(s % 60);
};
const path = (shape, x, y, r) => shape === 'circle' ? `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`
  : shape === 'square' ? `M${x - r * .85},${y - r * .85}h${1.7 * r}v${1.7 * r}h${-1.7 * r}Z`
  : `M${x},${y - r}L${x + r},${y + r * .8}L${x - r},${y + r * .8}Z`;

export default function (component) {
  const { data, parentElement } = component, root = parentElement;
  const key = data.key;
  if (root.salvoKey === key && root.salvoTheme === data.theme) return;
  root.salvoKey = key; root.salvoTheme = data.theme;
  root.salvoStop?.();
  const film = data.film, q = name => root.querySelector(name);
  const sky = q('.sky'), time = q('.time'), play = q('.play'), next = q('.next'), speed = q('select'), list = q('ol');
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const moments = [...new Set([...film.fired, ...film.threats.map(t => t[3])])].sort((a, b) => a - b);
  time.min = Math.floor(film.start); time.max = Math.ceil(film.end) + 1; time.step = 1; time.value = film.at ?? time.min;
  let now = Number(time.value), playing = null, last = 0;
  const many = kind => film.told.filter(told => told[1] === kind).length + ' ' + (kind === 'hit' ? 'hit' : 'missed');
  q('.many').textContent = `${many('hit')}, ${many('missed')}`;
  const items = film.told.map(([at, kind, name, story]) => {
    const item = document.createElement('li');
    item.className = kind;
    const when = document.createElement('span'), words = document.createElement('span'), who = document.createElement('b');
    when.textContent = clock(at); who.textContent = name + '. '; words.append(who, story); item.append(when, words); list.append(item);
    return [at, item];
  });
  list.replaceChildren(...items.map(([, item]) => item));
  if (!items.length) { const item = document.createElement('li'); item.textContent = 'None.'; list.append(item); }
  list.tabIndex = 0;
  const bars = film.magazines.map(([name, loaded, stock]) => {
    const box = document.createElement('div'), line = document.createElement('span'), label = document.createElement('span');
    const left = document.createElement('em'), rail = document.createElement('i'), fill = document.createElement('u');
    label.textContent = name; line.append(label, left); rail.append(fill); box.append(line, rail);
    return {box, left, fill, loaded, stock};
  });
  q('.bars').replaceChildren(...bars.map(bar => bar.box));
  const height = 440, top = 26, foot = 26;
  const draw = () => {
    const width = sky.clientWidth || 600, lanes = film.lanes.length, tall = (height - top - foot) / lanes, right = width - 64;
    const bend = km => Math.sqrt(Math.max(0, km)), far = bend(film.far), x = km => right - (right - 6) * Math.min(1.02, bend(km) / far);
    sky.setAttribute('viewBox', `0 0 ${width} ${height}`); sky.style.height = height + 'px';
    const parts = [];
    film.lanes.forEach(([name], k) => {
      if (k) parts.push(make('line', {x1: 0, x2: width, y1: top + k * tall, y2: top + k * tall, stroke: token('line')}));
    });
    const seen = film.lanes.map(() => []);
    film.reach.forEach(([lane, near, end, name]) => {
      const y = top + lane * tall, a = x(end), b = x(near);
      const blue = token('stopped'), wide = name.length * 6.2;
      parts.push(make('rect', {x: a, y: y + 34, width: Math.max(2, b - a), height: tall - 40, fill: blue, opacity: .08}));
      parts.push(make('line', {x1: a, x2: Math.max(a + 2, b), y1: y + 34, y2: y + 34, stroke: blue, 'stroke-width': 2,
        opacity: .6}));
      let start = Math.min(a + 2, right - wide - 4);
      for (const [from, to] of seen[lane]) if (start < to + 6 && start + wide > from) start = to + 8;
      const clear = !seen[lane].some(([from, to]) => start < to && start + wide > from);
      if (clear && start + wide < right && (start < b || start < a + 24)) {
        seen[lane].push([start, start + wide]);
        parts.push(make('text', {x: start, y: y + 30, 'font-size': 11.5, fill: token('muted')}, name));
      }
    });
    parts.push(make('line', {x1: right, x2: right, y1: top, y2: height - foot, stroke: token('ink'), 'stroke-width': 2}));
    parts.push(make('text', {x: right + 6, y: top - 8, 'font-size': 13, 'font-weight': 700, fill: token('hit')}, 'hit'));
    parts.push(make('text', {x: right, y: height - 8, 'font-size': 12, 'text-anchor': 'middle', fill: token('muted')}, 'target'));
    for (const km of [1000, 500, 200, 100, 50, 20, 10, 5].filter(km => km < film.far)) {
      if (x(km) > right - 34 || x(km) < 24) continue;
      if (parts.some(part => part.salvoKm && Math.abs(part.salvoKm - x(km)) < 56)) continue;
      const tick = make('text', {x: x(km), y: height - 8, 'font-size': 12, 'text-anchor': 'middle', fill: token('muted')}, km + ' km');
      tick.salvoKm = x(km); parts.push(tick);
      parts.push(make('line', {x1: x(km), x2: x(km), y1: top, y2: height - foot, stroke: token('line'), 'stroke-dasharray': '2 3'}));
    }
    const counts = {stopped: 0, failed: 0, hit: 0, missed: 0}, flying = film.lanes.map(() => 0);
    film.threats.forEach(([lane, arrival, speed, end, kind, decoy, spread], k) => {
      const y = top + lane * tall + 42 + spread * Math.max(10, tall - 54), shape = film.lanes[lane][1];
      if (k === film.mark) {  // the one that was asked for, where it is or where it ended
        const cx = now >= end && kind === 'hit' ? right + 14 + (spread * 997 % 1) * 34 : x((arrival - Math.min(now, end)) * speed);
        parts.push(make('circle', {class: 'watched', cx, cy: y, r: 12, fill: 'none', stroke: token('accent'), 'stroke-width': 2.5}));
      }
      if (now >= end) {
        if (!decoy && kind in counts) counts[kind] += 1;
        const beside = right + 14 + (spread * 997 % 1) * 34;
        if (kind === 'hit') parts.push(make('path', {d: path(shape, beside, y, 7), fill: token('hit')}));
        else if (kind === 'missed') {
          const open = {fill: token('ground'), stroke: token('missed'), 'stroke-width': 2};
          parts.push(make('path', {d: path(shape, beside, y, 5.5), ...open}));
        } else if (kind === 'stopped' && now - end < 60) {
          const at = x((arrival - end) * speed), cross = `M${at - 4},${y - 4}l8,8m0,-8l-8,8`;
          const fading = {stroke: token('stopped'), 'stroke-width': 1.6, opacity: 1 - (now - end) / 60};
          parts.push(make('path', {d: cross, ...fading}));
        }
        return;
      }
      const km = (arrival - now) * speed;
      if (km > film.far) return;
      flying[lane] += 1;
      const doomed = kind === 'failed';
      const fill = decoy ? token('decoy') : doomed ? 'none' : token('ink'), stroke = doomed ? token('failed') : 'none';
      parts.push(make('path', {d: path(shape, x(km), y, 4.6), fill, stroke, 'stroke-width': 1.2}));
    });
    film.lanes.forEach(([name], k) => {
      const words = `${name}: ${flying[k]} within ${Math.round(film.far).toLocaleString('en')} km`;
      const bold = {x: 4, y: top + k * tall + 14, 'font-size': 13, 'font-weight': 600, fill: token('ink')};
      parts.push(make('text', bold, words));
    });
    sky.replaceChildren(...parts);
    const shots = film.fired.filter(at => at <= now).length;
    const ends = ['stopped', 'failed', 'missed', 'hit'].map(kind => `${counts[kind]} ${kind}`);
    const said = [`${shots.toLocaleString('en')} salvos fired`, ...ends].join(' \u00b7 ');
    q('.counts').textContent = said; q('.clock').textContent = clock(now);
    sky.setAttribute('aria-label', `At ${clock(now)}: ${said}.`);
    time.setAttribute('aria-valuetext', clock(now) + ', ' + said);
    for (const bar of bars) {
      let left = bar.loaded, dry = null;
      for (const [at, rounds] of bar.stock) { if (at > now) break; left = rounds; if (!rounds) dry = at; }
      bar.fill.style.width = 100 * left / (bar.loaded || 1) + '%';
      bar.left.textContent = left ? `${left} of ${bar.loaded}` : 'empty' + (dry == null ? '' : ' ' + clock(dry));
      bar.box.className = left ? '' : 'empty';
    }
    for (const [at, item] of items) { item.classList.toggle('past', at <= now); item.classList.toggle('future', at > now); }
  };
  const go = t => { now = Math.max(Number(time.min), Math.min(Number(time.max), t)); time.value = now; draw(); };
  const stop = () => {
    if (playing) cancelAnimationFrame(playing);
    clearTimeout(root.salvoTimer);
    playing = null;
    play.textContent = 'Play';
  };
  const step = stamp => {
    if (still) {
      go(moments.find(t => t > now) ?? Number(time.max));
      if (now >= Number(time.max)) return stop();
      root.salvoTimer = setTimeout(() => { playing = requestAnimationFrame(step); }, 400);
      return;
    }
    go(now + Math.min(100, stamp - last) / 1000 * Number(speed.value)); last = stamp;
    if (now < Number(time.max)) playing = requestAnimationFrame(step); else stop();
  };
  play.onclick = () => {
    if (playing) return stop();
    if (now >= Number(time.max)) go(Number(time.min));
    play.textContent = 'Pause'; last = performance.now(); playing = requestAnimationFrame(step);
  };
  next.onclick = () => { const hit = film.told.find(t => t[1] === 'hit' && t[0] > now + .5); go(hit ? hit[0] : Number(time.max)); };
  next.disabled = !film.told.some(t => t[1] === 'hit');
  time.oninput = () => { stop(); go(Number(time.value)); };
  const watch = new ResizeObserver(draw);
  watch.observe(sky);
  root.salvoStop = () => { stop(); watch.disconnect(); };
  draw();
  return () => root.salvoStop();
}
"""

_COMPONENT: Any = component("salvo_player", html=_HTML, css=_CSS, js=_JS)


def player(film: dict[str, Any], *, key: str, theme: str) -> None:
    """Draw the film of `salvo.report.player.film`.

    Parameters
    ----------
    key : another one for another raid
    """
    _COMPONENT(key="player", data={"film": film, "key": key, "theme": theme})

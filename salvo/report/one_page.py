"""What the page shows, on one sheet of paper: a single HTML file that needs no network and prints on A4."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from salvo import charts
from salvo.charts.colours import TOKENS
from salvo.format import names
from salvo.format.acting import acting_inputs
from salvo.report.html import CANNOT_TELL
from salvo.report.sentences import assumed_inputs
from salvo.report.sheets import document
from salvo.report.strip import counted, telling
from salvo.result.flight import EXPIRED, FAILED, MISSED
from salvo.version import __version__
from salvo.wording import count_of, plural

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario
    from salvo.past.published import Published
    from salvo.report.strip import Figure
    from salvo.result.flight import Flight
    from salvo.result.outcome import Outcome

WIDE, HALF = 1030, 505  # pixels of the sheet, before it is scaled to the paper
LIMITS = 3  # sentences on what this cannot tell
STYLE = """
@page { size: A4; margin: 10mm; }
body { max-width: 1030px; font-size: 14px; line-height: 1.4; margin: 16px auto; }
h1 { font-size: 18px; margin: 0; } h2 { font-size: 26px; line-height: 1.2; margin: 10px 0 4px; } h3 { font-size: 14px; margin: 10px 0 2px; }
p { margin: 3px 0; } .strip { display: grid; grid-template-columns: 1fr 1fr 1.5fr 1fr 1.1fr; border-top: 2px solid;
  border-bottom: 1px solid #d5dae0;
  margin: 10px 0; } .strip > div { padding: 6px 10px; border-left: 1px solid #d5dae0; }
.strip > div:first-child { border: 0; padding-left: 0; }
dt, dd { margin: 0; font-size: 12.5px; } .v { font-size: 26px; font-weight: 700; line-height: 1.25; font-variant-numeric: tabular-nums; }
.v small { font-size: 12.5px; font-weight: 400; color: #1b1f24; } .hits .v { color: HIT; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; }
.changed { font-weight: 600; } .sources { columns: 2; column-gap: 24px; padding-left: 16px; margin: 2px 0; font-size: 11.5px; }
.sources a { color: inherit; } pre { margin: 4px 0; padding: 6px 8px; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12px; }
@media print { body { zoom: .66; margin: 0 auto; padding: 0; } [role=figure], .strip { break-inside: avoid; } .modebar { display: none; } }
""".replace("HIT", TOKENS["light"]["hit"])


class Shown(NamedTuple):
    """What the page shows.

    Parameters
    ----------
    title, headline, sentence, figures : as they stand above the tabs
    changed : what was changed, a line each
    result, untouched : the answer, and that of the untouched raid where something was changed
    raid, before : every threat of the raid that is drawn, and of the same raid where nothing was changed
    number, heading, mean : of that raid, what stands over its picture, and hits on average
    fact : what was published of the outcome
    """

    title: str
    headline: str
    sentence: str
    figures: Sequence[Figure]
    changed: Sequence[str]
    result: Outcome
    untouched: Outcome | None
    raid: Sequence[Flight]
    before: Sequence[Flight] | None
    number: int
    heading: str
    mean: str
    fact: Published | None


def one_page(shown: Shown, *, link: str = "", how: str = "", cite: str = "") -> str:
    """The sheet.

    Parameters
    ----------
    link : address that opens the same on the page; left out if empty
    how : the command that gives the same numbers
    cite : how to cite them
    """
    result, scenario = shown.result, shown.result.scenario
    changed = "; ".join(shown.changed) or "nothing: the raid as its sources give it"
    played = f"{result.trials:,} raids simulated with seed {result.seed} by Salvo {__version__}"
    parts = [
        f"<h1>{escape(shown.title)}</h1>",
        f"<p class=changed>Changed: {escape(changed)}</p>",
        f"<h2>{escape(shown.headline)}</h2>",
        f"<p>{escape(shown.sentence)}</p>",
        f"<dl class=strip>{''.join(_cell(figure) for figure in shown.figures)}</dl>",
        *(_drawn(shown) if result.launched.real + result.launched.decoys else ()),
        "<h3>What this stands on</h3>",
        f"<p>{escape(played)}; scenario {escape(scenario.name)}, SHA-256 <code>{scenario.hash[:12]}</code>. "
        f"{escape(_assumed(result))} {escape(' '.join(CANNOT_TELL[:LIMITS]))}</p>",
        *_sources(shown),
        "<h3>The same again</h3>",
        f"<pre>{escape(how)}</pre>" if how else "",
        f"<p><a href='{escape(link)}'>This raid on the page</a></p>" if link else "",
        f"<p class=small>{escape(cite)}</p>" if cite else "",
    ]
    return document(f"{shown.title}: {shown.headline}", f"<style>{STYLE}</style>" + "\n".join(parts))


def _cell(figure: Figure) -> str:
    unit = f" <small>{escape(figure.unit)}</small>" if figure.unit else ""
    told = "".join(f"<dd>{escape(line)}</dd>" for line in (figure.change, *figure.lines) if line)
    return f"<div class={figure.key}><dt>{escape(figure.label)}</dt><dd class=v>{escape(figure.value)}{unit}</dd>{told}</div>"


def _drawn(shown: Shown) -> list[str]:
    """The three pictures of the first screen."""
    name, law = counted(shown.result)
    ghost = None if shown.untouched is None else counted(shown.untouched)[1]
    fact = shown.fact
    mark = (
        (fact.low, fact.best, fact.high) if fact is not None and fact.meets(name) and shown.result.raids == 1 else None
    )
    ends = [flight.end for flight in shown.raid]
    many = told_ends(ends, shown.result.scenario)
    said = f"One mark for each of {len(ends):,} threats of raid no. {shown.number:,}, where its flight ended: {many}."
    low, high = law.interval(0.9)
    units = charts.units(
        shown.raid, shown.result.scenario, untouched=shown.before, title=shown.heading, mean=shown.mean
    ).update_layout(width=WIDE)
    word = "campaign" if shown.result.scenario.campaign is not None else "raid"
    fifty = charts.dots(law, name, ghost=ghost, fact=mark, word=word).update_layout(width=HALF)
    tell = telling(law, ghost, mark[1] if mark else 0)
    curve = charts.at_least({name: law}, name, ghost=ghost, fact=mark, tell=tell).update_layout(width=HALF)
    dots = f"Fifty {word}s, one dot each, by {name}; nine in ten between {low:,} and {high:,}."
    return [
        charts.to_html(units, first=True, alt=said),
        f"<p class=small>{escape(said)}</p>",
        f"<div class=two>{charts.to_html(fifty, first=False, alt=dots)}",
        f"{charts.to_html(curve, first=False, alt=f'Probability of at least N {name}.')}</div>",
    ]


def told_ends(ends: Sequence[str], scenario: Scenario) -> str:
    """How many flights ended where, in words."""
    where = {end: f"shot down by {names.layer(scenario, end)}" for end in scenario.layers}
    where |= {FAILED: "failed by themselves", MISSED: "got through and missed", EXPIRED: "decoys expired"}
    return "; ".join(f"{ends.count(end):,} {where.get(end, end)}" for end in dict.fromkeys(ends))


def _assumed(result: Outcome) -> str:
    many = len(assumed_inputs(result.scenario))
    if not many:
        return "No input is marked as assumed."
    of = count_of(acting_inputs(result.scenario), "input is", "inputs are")
    return f"{many:,} of {of} assumed; this is what follows if {plural(many, 'it holds', 'they hold')}."


def _sources(shown: Shown) -> list[str]:
    """What the numbers and the outcome were taken from, an entry each."""
    entries = []
    if (fact := shown.fact) is not None:
        verb = "Hit in fact" if fact.counts == "hits" else "Got through in fact"
        entries.append(
            _entry(f"{verb} {fact.best:,}{fact.range}: {fact.source}, {fact.date} (grade {fact.grade})", fact.url)
        )
    for one in shown.result.scenario.sources:
        words = ", ".join(word for word in (one.publisher, one.title, one.date) if word)
        entries += [_entry(words or one.id, one.url)]
    return ["<h3>Sources</h3>", f"<ol class=sources>{''.join(entries)}</ol>"] if entries else []


def _entry(words: str, url: str | None) -> str:
    good = url is not None and url.startswith(("https://", "http://"))
    return f"<li><a href='{escape(url or '')}'>{escape(words)}</a></li>" if good else f"<li>{escape(words)}</li>"

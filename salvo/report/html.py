"""A report of one result as a single HTML file that needs no network: sentence, charts, tables, inputs, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from salvo import charts
from salvo.catalog.origin import changes
from salvo.catalog.origin import title as titled
from salvo.faults import show
from salvo.format.parameters import list_parameters
from salvo.report.amounts import money_rows, stopped_shares
from salvo.report.headline import counted
from salvo.report.sentences import stands_on, told
from salvo.report.sheets import document
from salvo.version import __version__
from salvo.wording import count_of, estimate_text, exact_percent, mean_text, percent, share_span, share_text

if TYPE_CHECKING:
    from salvo.result.outcome import Outcome
    from salvo.result.quantities import CountDistribution

CANNOT_TELL = (
    "It does not forecast. It shows what follows from its inputs, and many of those are assumptions.",
    "Kill probabilities cannot be observed in the open record: who fired how many rounds at what is not published.",
    "Everything flies along one line at constant speed. There are no directions, no terrain, no weather, no manoeuvre.",
    "The kill probability of a shot does not fall with range, and the attacker does not adapt.",
    "Batteries know the class of a threat perfectly, except as the scenario's `classify` says.",
    "Simulation error, which more raids make smaller, says nothing about whether the inputs are right.",
)


def html_report(result: Outcome, *, link: str = "", how: Sequence[str] = ()) -> str:
    """The report.

    Parameters
    ----------
    link : address that opens the same scenario on the page; left out if empty
    how : texts that tell how to get the same numbers again, such as a command line
    """
    scenario = result.scenario
    name, distribution = counted(result)
    title, word = titled(scenario), "raid" if result.campaign is None else "campaign"
    figures = [
        (charts.dots(distribution, name, word=word), f"Fifty {word}s, one dot each, by {name}."),
        (charts.at_least({name: distribution}, name), f"Probability of at least N {name}."),
        (charts.spread(distribution, name, word=word), f"Spread of {word}s, and simulation error of the mean."),
        (charts.flow(result), f"Threats of an average {word} from class through layers to fate."),
    ]
    if result.leakers.largest:
        figures.append((charts.reasons(result), f"Leakers of an average {word} by reason."))
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p><strong>{escape(told(result))}</strong></p>",
        f"<p>{escape(stands_on(result))}</p>",
        f"<p class=small>{count_of(result.trials, word, f'{word}s')} simulated with seed {result.seed} by Salvo {__version__}; "
        f"scenario {escape(scenario.name)}, SHA-256 <code>{scenario.hash}</code>.</p>",
        *(f"<p>Changed: {escape(str(change))}</p>" for change in changes(scenario)),
        *(charts.to_html(figure, first=not k, alt=alt) for k, (figure, alt) in enumerate(figures)),
        "<h2>Numbers</h2>",
        _table("Outcomes", ("", "mean and 95 % simulation error", "nine raids in ten", "P(none)"), _outcomes(result)),
        _table(
            "Stopped, as a share of those",
            ("", "share and 95 % simulation error", "nine raids in ten"),
            ((name, share_text(ratio), share_span(ratio)) for name, ratio in stopped_shares(result)),
        ),
        _table(
            "Money, US dollars a raid", ("", "mean and 95 % simulation error", "nine raids in ten"), money_rows(result)
        ),
        _table("Batteries, in an average raid", ("", "rounds fired", "stopped", "runs dry"), _batteries(result)),
        "<h2>What this cannot tell you</h2>",
        "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in (*CANNOT_TELL, *result.notes)) + "</ul>",
        "<h2>Inputs</h2>",
        _table("Everything the file gives", ("parameter", "value", "unit", "range", "source"), _inputs(result)),
        _table("Sources", ("name", "publisher", "title", "date", "address"), _sources(result)),
        "<h2>The same numbers again</h2>",
        *(f"<pre>{escape(text)}</pre>" for text in how),
        f"<p><a href='{escape(link)}'>This scenario on the page</a></p>" if link else "",
        f"<pre>{escape(scenario.to_toml())}</pre>",
    ]
    return document(title, "\n".join(parts))


def _outcomes(result: Outcome) -> Iterable[Sequence[str]]:
    exact = result.exact
    rows: list[tuple[str, CountDistribution, float | None]] = [
        ("leakers", result.leakers, None if exact is None else exact.pmf[0]),
        ("hits", result.hits, None if exact is None else exact.hits_pmf[0]),
    ]
    for name, outcome in result.by_class.items():
        rows += [(f"leakers, {name}", outcome.leakers, None), (f"hits, {name}", outcome.hits, None)]
    for name, found, none in rows:
        low, high = found.interval(0.9)
        share = percent(found.exactly(0)) if none is None else exact_percent(none)
        yield name, estimate_text(found.of_mean), f"{low:,} to {high:,}", share


def _batteries(result: Outcome) -> Iterable[Sequence[str]]:
    for name, use in result.batteries.items():
        dry = "cannot" if use.p_dry is None else percent(use.p_dry)
        yield name, mean_text(use.fired.mean, use.fired.se), mean_text(use.kills.mean, use.kills.se), dry


def _inputs(result: Outcome) -> Iterable[Sequence[str]]:
    for one in list_parameters(result.scenario):
        if one.given:
            value = one.value
            if hasattr(value, "model_dump"):
                value = value.model_dump(by_alias=True, exclude_unset=True)
            span = "" if one.range is None else f"{one.range[0]:,.10g} to {one.range[1]:,.10g}"
            yield one.path, show(value), one.unit, span, one.source or ""


def _sources(result: Outcome) -> Iterable[Sequence[str]]:
    for one in result.scenario.sources:
        yield one.id, one.publisher or "", one.title or "", one.date or "", one.url or ""


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [
        f"<tr><th scope=row>{escape(first)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in rest)}</tr>"
        for first, *rest in rows
    ]
    if not lines:
        return ""
    head = "".join(f"<th scope=col>{escape(one)}</th>" for one in heads)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"

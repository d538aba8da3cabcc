"""What `simulate` gives back: the numbers of an Outcome, with words, charts and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from html import escape
from typing import TYPE_CHECKING, Any

from salvo import intervals
from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.asks import read_ask
from salvo.answers.enough import Enough
from salvo.report import frames
from salvo.report.against import against_record
from salvo.report.sentences import explain, headline_name
from salvo.report.sheets import Sheet
from salvo.report.terminal import draw
from salvo.result.outcome import Outcome
from salvo.result.quantities import CountDistribution, Proportion
from salvo.wording import percent

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme


class Result(Outcome, Answer):
    """What `simulate` returns: numbers as attributes (docs/model.md, section 6), and what every answer has.

    `tables()` are summary, pmf, threats, stops, why_leaked, batteries and assets. `summary` has one row for every number, with its
    unit in the column `unit`; the others have one row for each thing named, with units in the column names.
    `charts()` are dots, at_least, spread, flow and reasons; of a campaign also raid_by_raid, stock and first_raids.
    """

    question, function = "run", "simulate"

    def to_dict(self) -> dict[str, Any]:
        """The result as plain dictionaries, lists and numbers: docs/model.md, section 6."""
        manifest = self.manifest.to_dict()
        told = {key: manifest[key] for key in ("base", "changes", "command")}
        return {"manifest": manifest, **self.values(), **told}

    def values(self) -> dict[str, Any]:
        """The numbers under the keys of the JSON; with `against_record` where it was asked for."""
        extra = {"against_record": against_record(self).to_dict()} if self.against_record else {}
        asked = [{"what": what, **share.to_dict()} for what, share in self.asked.items()]
        return super().values() | extra | ({"asked": asked} if asked else {})

    @property
    def asked(self) -> dict[str, Proportion]:
        """Probability of each event that was asked for."""
        return {what: self.ask(what) for what in self.asks}

    def ask(self, event: str) -> Proportion:
        """Probability of an event such as "hits>=9", "leakers=0" or "by_class.drone.leakers<=3".

        Raises
        ------
        Faults : it is no event, or the scenario has no such count; with the nearest
        """
        one = read_ask(event)
        one.check(self.scenario)
        return one.in_result(self)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know before quoting a number."""
        missed = Enough(self.scenario, 1.0).warning(self.tally) if self.precision is None else None
        return (*super().notes, *([] if missed is None else [f"{missed}, and no error here knows of it"]))

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """Tidy rows by name."""
        found: dict[str, Callable[[], Iterable[Row]]] = {
            name: partial(rows, self) for name, rows in frames.TABLES.items() if self.campaign or name != "raids"
        }
        return found | {"summary": self._summary}

    def _summary(self) -> Iterator[Row]:
        """Every number, and what the record makes of it where that was asked for."""
        yield from frames.summary_rows(self)
        if self.against_record:
            yield from frames.against_rows(self)

    def explain(self) -> str:
        """The verdict in a few plain sentences, with its assumptions in it."""
        return explain(self)

    def draw(self, sheet: Sheet) -> None:
        """The whole result."""
        draw(self, sheet)
        if self.asked:
            sheet.heading("Asked")
            sheet.grid(["event", "probability (95 %)"], [[what, percent(share)] for what, share in self.asked.items()])

    def csv_rows(self) -> list[Row]:
        """The summary, and at its end what it stands on: section `manifest`, with texts in the column `of`."""
        manifest = self.manifest.to_dict()
        told = [
            (key, str(manifest[key]))
            for key in ("salvo", "model", "scenario", "base", "hash", "seed", "trials", "command")
        ]
        told += [("changed", str(change)) for change in self.manifest.changes]
        return [*self.to_rows(), *({"section": "manifest", "quantity": key, "of": text} for key, text in told)]

    def charts(self) -> Charts:
        """Charts by name."""
        name = headline_name(self.scenario)
        distribution = self.hits if name == "hits" else self.leakers

        word = "campaign" if self.campaign is not None else "raid"

        def drawn(chart: str, *arguments: Any, **more: Any) -> Callable[[Theme], Figure]:
            def figure(theme: Theme) -> Figure:
                from salvo import charts

                return getattr(charts, chart)(*arguments, theme=theme, **more)

            return figure

        found = {
            "dots": drawn("dots", distribution, name, word=word),
            "at_least": drawn("at_least", {name: distribution}, name),
            "spread": drawn("spread", distribution, name, word=word),
            "flow": drawn("flow", self),
        }
        found |= {"reasons": drawn("reasons", self)} if self.leakers.largest else {}
        if self.campaign is not None:
            found |= {"raid_by_raid": drawn("raid_by_raid", self.campaign, name)}
            found |= {name: drawn(name, self.campaign) for name in ("stock", "first_raids")}
        return found

    def to_html(self) -> str:
        """A report in one HTML file that needs no network: sentence, charts, tables, inputs, and how to repeat it."""
        from salvo.report.html import html_report

        return html_report(self, how=[*self.reproduce(), self.cite()])

    def arguments(self) -> Row:
        """Keyword arguments of `simulate` that give the same result."""
        found = super().arguments() | ({} if self.device == "cpu" else {"device": self.device})
        found |= {"against_record": True} if self.against_record else {}
        return found | ({"ask": list(self.asks)} if self.asks else {})

    def __repr__(self) -> str:
        outcome = f"leakers {_short(self.leakers)}, hits {_short(self.hits)}"
        return f"<Result {self.scenario.name}: {self.trials:,} trial{'s' * (self.trials != 1)}, {outcome}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{name}</th><td>{_short(d)}</td>"
            f"<td>{d.interval(0.9)[0]:,} to {d.interval(0.9)[1]:,}</td><td>{percent(d.exactly(0))}</td></tr>"
            for name, d in (("leakers", self.leakers), ("hits", self.hits))
        )
        changed = "".join(f"<li>changed: {escape(str(change))}</li>" for change in self.manifest.changes)
        return (
            f"<p><b>{escape(self.scenario.title or self.scenario.name)}</b></p><p>{escape(self.explain())}</p>"
            f"{f'<ul>{changed}</ul>' if changed else ''}"
            "<table><thead><tr><th></th><th>mean and 95 % simulation error</th><th>5-95 % of raids</th>"
            f"<th>P(none)</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def _short(distribution: CountDistribution) -> str:
    """Mean and 95 % simulation error in a few characters."""
    if distribution.se is None:
        return f"{distribution.mean:g} (one trial)"
    return f"{distribution.mean:.4g} ± {intervals.z_value(0.95) * distribution.se:.2g}"

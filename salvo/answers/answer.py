"""The common base of all answers: what every question gives back, in Python and on the command line."""

# pandas has no complete types of its own.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from salvo.catalog.origin import Change, changes, origin, title
from salvo.faults import Fault, Faults, listed, nearest
from salvo.format.kinds import is_list, is_tuple
from salvo.report import recipe
from salvo.report.recipe import Recipe
from salvo.report.sheets import Markdown, Sheet, Web, document
from salvo.version import MODEL, __version__
from salvo.wording import count_of

if TYPE_CHECKING:
    import pandas as pd

    from salvo.charts.base import Figure, Theme
    from salvo.format.scenario import Scenario

Row = dict[str, Any]
Charts = Mapping[str, Callable[["Theme"], "Figure"]]


@dataclass(frozen=True)
class Manifest:
    """What an answer stands on.

    Attributes
    ----------
    question : the command that asks it
    salvo : version of the program
    model : version of the rules of docs/model.md
    scenario : name; of the first one where there are several, and empty where there is none
    base : name or path of what the scenario was made from; None where it was made in Python
    changes : every parameter that differs from the base
    hash : SHA-256 of the scenario, without titles, sources and ranges
    seed, trials : of the luck; None where nothing was played
    seconds : wall-clock time
    command : what gives the same answer on the command line
    others : name, base, changes and hash of further scenarios
    """

    question: str
    salvo: str
    model: int
    scenario: str
    base: str | None
    changes: tuple[Change, ...]
    hash: str
    seed: int | None
    trials: int | None
    seconds: float
    command: str
    others: tuple[Row, ...] = ()

    def to_dict(self) -> Row:
        """The manifest as plain JSON values."""
        found = {
            "question": self.question,
            "salvo": self.salvo,
            "model": self.model,
            "scenario": self.scenario,
            "base": self.base,
            "changes": [change.to_dict() for change in self.changes],
            "hash": self.hash,
            "seed": self.seed,
            "trials": self.trials,
            "seconds": self.seconds,
            "command": self.command,
        }
        return found | ({"others": list(self.others)} if self.others else {})


class Answer(ABC):
    """What every answer can do. A question gives its numbers (`values`, `tables`), its words (`explain`, `draw`) and its charts.

    An answer has the attributes `seed`, `trials` and `seconds`, and `scenario`, or else `scenarios`.
    """

    question: ClassVar[str]  # the command
    function: ClassVar[str]  # of the package
    seconds: float

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """What was asked about."""
        return (self.scenario,)  # type: ignore[attr-defined]

    @property
    def manifest(self) -> Manifest:
        """What the answer stands on: versions, scenario, changes, hash, seed, trials, seconds."""
        first, *more = self.scenarios or (None,)
        return Manifest(
            question=self.question,
            salvo=__version__,
            model=MODEL,
            scenario="" if first is None else first.name,
            base=None if first is None else origin(first).source,
            changes=() if first is None else changes(first),
            hash="" if first is None else first.hash,
            seed=getattr(self, "seed", None),
            trials=getattr(self, "trials", None),
            seconds=self.seconds,
            command=self.reproduce().command,
            others=tuple(_identity(scenario) for scenario in more),
        )

    @abstractmethod
    def values(self) -> Row:
        """The numbers under the keys of the JSON, without the manifest."""

    @abstractmethod
    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """Tidy rows by name, the one that `to_frame()` gives first. Units stand in the names or in a column `unit`."""

    @abstractmethod
    def explain(self) -> str:
        """The answer in a few plain sentences, with its assumptions in it."""

    @abstractmethod
    def draw(self, sheet: Sheet) -> None:
        """Write the whole answer for people: on the terminal, as Markdown, as HTML."""

    def charts(self) -> Charts:
        """Charts by name, the one that `chart()` gives first; functions of the theme."""
        return {}

    def arguments(self) -> Row:
        """Keyword arguments of the function that give the same answer, `trials` and `seed` among them."""
        return {name: getattr(self, name) for name in ("trials", "seed") if getattr(self, name, None) is not None}

    def words(self) -> list[str]:
        """The same as options of the command."""
        found: list[str] = []
        for name, value in self.arguments().items():
            option = f"--{name.replace('_', '-')}"
            if value is True:
                found.append(option)
            elif is_list(value) or is_tuple(value):
                found += [word for one in value for word in (option, str(one))]
            elif value is not None and value is not False:
                found += [option, str(value)]
        return found

    def to_dict(self) -> Row:
        """The answer as plain dictionaries, lists and numbers."""
        return {"manifest": self.manifest.to_dict(), **self.values()}

    def to_json(self, indent: int | None = 2) -> str:
        """`to_dict()` as strict JSON (no NaN, no Infinity) in ASCII, so that no encoding can break it."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def to_rows(self, table: str | None = None) -> list[Row]:
        """The rows of one of the tables, by default the first.

        Raises
        ------
        Faults : there is no such table; with the nearest name
        """
        known = self.tables()
        return [dict(row) for row in known[_chosen("table", table, known)]()]

    def csv_rows(self) -> list[Row]:
        """The rows of a CSV file: those of the first table."""
        return self.to_rows()

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """A tidy pandas frame; `table` is one of those that `tables` names. `frame.attrs` is the manifest.

        Raises
        ------
        Faults : there is no such table; with the nearest name
        """
        from salvo.report.frames import frame_of

        return frame_of(self.to_rows(table), self.manifest.to_dict())

    def chart(self, name: str | None = None, *, theme: Theme = "light") -> Figure:
        """A plotly figure, by default the first of `charts`. Needs the extra `app`.

        Raises
        ------
        Faults : plotly is not installed, or there is no such chart; with the nearest name
        """
        from salvo.charts import base

        known = self.charts()
        if not known:
            raise Faults([Fault("chart", name, f"an answer of salvo {self.question} has no chart")])
        if theme not in base.PALETTE:
            raise Faults([Fault("theme", theme, "no such theme", listed(base.PALETTE))])
        return known[_chosen("chart", name, known)](theme)

    def reproduce(self) -> Recipe:
        """The command line and the lines of Python that give the same answer again."""
        return Recipe(
            recipe.command(self.scenarios, self.question, self.words()),
            recipe.python(self.scenarios, self.function, self.arguments()),
        )

    def cite(self) -> str:
        """How to cite the program and this answer."""
        return recipe.citation(self.scenarios, getattr(self, "trials", None), getattr(self, "seed", None))

    def to_markdown(self) -> str:
        """The whole answer as Markdown."""
        sheet = Markdown()
        self.draw(sheet)
        self.provenance(sheet)
        return str(sheet)

    def to_html(self) -> str:
        """The whole answer with its charts, where plotly is installed, as one HTML file that needs no network."""
        sheet = Web()
        self.draw(sheet)
        for k, (name, draw) in enumerate(self.charts().items() if find_spec("plotly") else ()):
            from salvo.charts import to_html

            sheet.add(to_html(draw("light"), first=not k, alt=name))
        self.provenance(sheet)
        return document(self.title(), str(sheet))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the answer to a file whose ending says what it is: .json .csv .md .html .parquet .xlsx .png .svg .toml.

        Of several charts x.png is the first, and x-2.png, x-3.png beside it are the others, in the order of `charts`.

        Raises
        ------
        Faults : an unknown ending, one that this answer cannot be written as, or a file that cannot be written
        """
        from salvo.answers.emit import save

        save(self, path)

    def __repr__(self) -> str:
        text = " ".join(self.explain().split())
        names = " and ".join(scenario.name for scenario in self.scenarios)
        return f"<{type(self).__name__} {names}: {text[:100]}{'...' * (len(text) > 100)}>".replace("  ", " ")

    def _repr_html_(self) -> str:
        sheet = Web()
        sheet.text(self.explain())
        self.draw(sheet)
        return str(sheet)

    def title(self) -> str:
        """A line that names the answer, such as the title of its file."""
        names = " and ".join(title(scenario) for scenario in self.scenarios)
        return f"salvo {self.question}" + (f": {names}" if names else "")

    def provenance(self, sheet: Sheet) -> None:
        """What stands below every answer that is written to a file: what was changed, how to get it again, how to cite it."""
        manifest = self.manifest
        for change in manifest.changes:
            sheet.item(f"changed: {change}")
        played = "" if manifest.trials is None else f", {count_of(manifest.trials, 'trial', 'trials')}"
        seed = "" if manifest.seed is None else f", seed {manifest.seed}"
        sheet.text(
            f"Salvo {manifest.salvo}, model {manifest.model}{played}{seed}. The same again: {manifest.command}", "dim"
        )
        sheet.text(self.cite(), "dim")


def _identity(scenario: Scenario) -> Row:
    return {
        "scenario": scenario.name,
        "base": origin(scenario).source,
        "changes": [change.to_dict() for change in changes(scenario)],
        "hash": scenario.hash,
    }


def _chosen(what: str, name: str | None, known: Mapping[str, Any]) -> str:
    if name is None:
        return next(iter(known))
    if name not in known:
        raise Faults([Fault(what, name, f"there is no such {what}", listed(known), nearest(name, known))])
    return name

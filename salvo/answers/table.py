"""Adjudication tables: one measure over the values of two inputs, with the spread of raids in each cell."""

# What callers hand over is checked, whatever the annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from salvo import intervals
from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.given import read_paths, take
from salvo.answers.measures import chosen
from salvo.answers.points import Found, Task, bare, check_values, plain, play_all, text
from salvo.answers.progress import Progress, reporter
from salvo.catalog.load import Loadable
from salvo.faults import Fault, Faults
from salvo.format.scenario import Scenario
from salvo.format.span import once, read_span
from salvo.limits import SEED, TRIALS
from salvo.report.sheets import Sheet
from salvo.wording import count_of

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

QUANTILES = (0.1, 0.5, 0.9)
Axis = tuple[str, list[Any]]  # path, values


@dataclass(frozen=True, repr=False)
class Table(Answer):
    """What `table` found.

    Attributes
    ----------
    rows, columns : path and values of each side
    show : the measure
    quantiles : of the raids, in each cell
    cells : cells[i][j] is at the i-th value of the rows and the j-th of the columns
    """

    question, function = "table", "table"

    scenario: Scenario
    rows: Axis
    columns: Axis
    show: str
    quantiles: tuple[float, ...]
    cells: tuple[tuple[Found, ...], ...]
    seed: int
    trials: int
    seconds: float

    def values(self) -> Row:
        """Both sides and the cells under the keys of the JSON."""
        return {
            "show": self.show,
            "rows": _side(self.rows),
            "columns": _side(self.columns),
            "cells": [[self._cell(cell) for cell in row] for row in self.cells],
        }

    def _cell(self, cell: Found) -> Row:
        at = dict(zip(map(str, self.quantiles), cell.quantiles, strict=True))
        return {"mean": cell.mean, "se": cell.se, "quantiles": at}

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """A row for each cell, and the table as it is printed."""
        return {"cells": self._rows, "printed": self._printed}

    def _rows(self) -> Iterator[Row]:
        for value, row in zip(self.rows[1], self.cells, strict=True):
            for other, cell in zip(self.columns[1], row, strict=True):
                at = {f"q{100 * q:g}": value for q, value in zip(self.quantiles, cell.quantiles, strict=True)}
                sides = {self.rows[0]: plain(value), self.columns[0]: plain(other)}
                yield {**sides, "measure": self.show, "mean": cell.mean, "se": cell.se, **at}

    def _printed(self) -> Iterator[Row]:
        for row in self._lines():
            yield dict(zip([self.rows[0], *(text(value) for value in self.columns[1])], row, strict=True))

    def _lines(self) -> list[list[str]]:
        return [
            [text(value).strip('"'), *map(self._words, row)]
            for value, row in zip(self.rows[1], self.cells, strict=True)
        ]

    def _words(self, cell: Found) -> str:
        """Mean, and the outer quantiles where there are several."""
        spread = f" ({cell.quantiles[0]:,.4g}-{cell.quantiles[-1]:,.4g})" if len(cell.quantiles) > 1 else ""
        return f"{_mean(cell)}{spread}"

    def explain(self) -> str:
        """What stands in a cell."""
        outer = ""
        if len(self.quantiles) > 1:
            share = 100 * (self.quantiles[-1] - self.quantiles[0])
            outer = f", and in brackets what {share:g} % of the raids lie between"
        widest = max((intervals.z_value(0.95) * (cell.se or 0) for row in self.cells for cell in row), default=0)
        return (
            f"Mean {self.show} a raid{outer}, by {self.rows[0]} (down) and {self.columns[0]} (across). "
            f"{count_of(self.trials, 'raid', 'raids')} a cell, all "
            f"on the luck of seed {self.seed}; the simulation error of a mean is at most {widest:.2g} (95 %)."
        )

    def draw(self, sheet: Sheet) -> None:
        """The table, with what it is about above it."""
        sheet.heading(self.title())
        sheet.text(self.explain())
        sheet.text("")
        sheet.grid(
            [
                f"{_tail(self.rows[0])} \\ {_tail(self.columns[0])}",
                *(text(value).strip('"') for value in self.columns[1]),
            ],
            self._lines(),
        )

    def charts(self) -> Charts:
        """A heat map."""

        def heat(theme: Theme) -> Figure:
            from salvo.charts.sweep import heat

            cells = [
                (plain(other), plain(value), cell.mean)
                for value, row in zip(self.rows[1], self.cells, strict=True)
                for other, cell in zip(self.columns[1], row, strict=True)
            ]
            return heat(cells, self.columns[0], self.rows[0], self.show, theme)

        return {"heat": heat}

    def arguments(self) -> Row:
        """Keyword arguments of `table` that give the same answer."""
        sides = {
            name: {path: [plain(value) for value in values]}
            for name, (path, values) in (("rows", self.rows), ("columns", self.columns))
        }
        more = {} if self.quantiles == QUANTILES else {"quantiles": list(self.quantiles)}
        return {**sides, "show": self.show, **more, "trials": self.trials, "seed": self.seed}

    def words(self) -> list[str]:
        """The same as options of the command."""
        found: list[str] = []
        for option, (path, values) in (("--rows", self.rows), ("--columns", self.columns)):
            found += [option, f"{path}={','.join(text(value).strip(chr(34)) for value in values)}"]
        found += ["--show", self.show]
        if self.quantiles != QUANTILES:
            found += ["--quantiles", ",".join(f"{q:g}" for q in self.quantiles)]
        return [*found, "--trials", str(self.trials), "--seed", str(self.seed)]


def table(
    scenario: Loadable,
    *,
    rows: Mapping[str, Any],
    columns: Mapping[str, Any],
    show: str = "leakers",
    quantiles: Iterable[float] = QUANTILES,
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int | None = None,
    progress: Progress = None,
) -> Table:
    """A table of one measure over two inputs, for umpires and planners; all cells are played on the same luck.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    rows, columns : each one path and its values, as in `sweep`: `{"threats.drones.count": "50:300:50"}`
    show : a measure by its path in a result, such as "leakers" or "assets.city.hits"
    quantiles : of the raids, given in each cell: rising numbers from 0 to 1
    trials, seed, threads, progress : as in `simulate`; the trials are those of each cell

    Raises
    ------
    Faults : a bad scenario, paths, values or arguments, every fault at once
    """
    raid = take(scenario, trials=trials, seed=seed, threads=threads)
    began = time.perf_counter()
    faults: list[Fault] = []
    sides = [_read(raid, side, name, faults) for side, name in ((rows, "rows"), (columns, "columns"))]
    if len({side[0] for side in sides if side[0]}) < len([side for side in sides if side[0]]):
        faults.append(Fault("columns", sides[1][0], "is the path of the rows, too", "another path"))
    try:
        wanted = read_quantiles(quantiles)
    except Faults as error:
        wanted, faults = (), [*faults, *error.faults]
    try:
        chosen(raid, [show])
    except Faults as error:
        faults += error.faults
    if faults:
        raise Faults(faults)
    task = Task(bare(raid), (show,), wanted, int(trials), int(seed))
    (down, values), (across, others) = sides
    points = [{down: value, across: other} for value in values for other in others]
    found: dict[int, Found] = {}
    with reporter(progress, "cells") as report:
        for k, (one,) in play_all(task, points, threads, None):
            found[k] = one
            if report:
                report(len(found), len(points))
    width = len(others)
    cells = tuple(tuple(found[k] for k in range(i * width, (i + 1) * width)) for i in range(len(values)))
    return Table(
        raid, sides[0], sides[1], show, task.quantiles, cells, task.seed, task.trials, time.perf_counter() - began
    )


def _read(raid: Scenario, side: Any, place: str, faults: list[Fault]) -> Axis:
    """Path and values of one side; faults go to the list."""
    try:
        given = read_paths(side, place)
        if len(given) != 1:
            raise Faults([Fault(place, list(given), "has more than one path", "one path with its values")])
        [(path, values)] = given.items()
        found = once(read_span(values, path), path)
        check_values(raid, path, found)
    except Faults as error:
        faults += [
            replace(one, place=one.place if one.place == place else f"{place}.{one.place}") for one in error.faults
        ]
        return "", []
    return path, found


def read_quantiles(given: Any) -> tuple[float, ...]:
    """Quantiles from a text such as "0.1,50%,0.9" or from numbers: from 0 to 1, rising. Raises Faults."""
    try:
        found = [] if isinstance(given, str) and not given else read_span(given)
    except Faults:
        found = []
    rising = all(isinstance(q, (int, float)) and not isinstance(q, bool) and 0 <= q <= 1 for q in found)
    if not found or not rising or any(low >= high for low, high in pairwise(found)):
        raise Faults([Fault("quantiles", given, "not quantiles", "rising numbers from 0 to 1, such as 0.1,0.5,0.9")])
    return tuple(float(q) for q in found)


def _side(axis: Axis) -> Row:
    return {"path": axis[0], "values": [plain(value) for value in axis[1]]}


def _mean(cell: Found) -> str:
    """A mean with the digits that its error allows."""
    if not cell.se:
        return f"{cell.mean:,.4g}"
    return (
        f"{cell.mean:,.1f}"
        if abs(cell.mean) >= 10
        else f"{cell.mean:,.2f}"
        if abs(cell.mean) >= 0.1
        else f"{cell.mean:.2g}"
    )


def _tail(path: str) -> str:
    parts = path.split(".")
    return ".".join(parts[1:]) if len(parts) > 2 else path

"""A measure over values of inputs: curves, surfaces and designs, on this machine or on many, and never played twice."""

# What callers hand over is checked, whatever the annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from salvo import intervals
from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.designs import design_points
from salvo.answers.given import read_names, read_paths, take
from salvo.answers.measures import chosen
from salvo.answers.points import Changes, Found, Task, bare, check_values, key, plain, play_all
from salvo.answers.progress import Progress, reporter
from salvo.answers.store import Store
from salvo.catalog.load import Loadable
from salvo.engine.players import Player
from salvo.faults import Fault, Faults
from salvo.format.scenario import Scenario
from salvo.format.span import once, read_span
from salvo.limits import SEED, TRIALS
from salvo.report.sheets import Sheet
from salvo.version import MODEL, __version__
from salvo.wording import count_of, number, plural

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

SPREAD = (0.05, 0.5, 0.95)  # quantiles of the raids
LISTED = 200  # rows of the table that is printed


@dataclass(frozen=True)
class Point:
    """One measure at one point of a sweep.

    Attributes
    ----------
    at : values by path
    measure : path of the measure in a result
    mean, se : over the raids; se is None at one trial
    lo, median, hi : 5, 50 and 95 % of the raids
    trials : how many raids
    """

    at: dict[str, Any]
    measure: str
    mean: float
    se: float | None
    lo: float
    median: float
    hi: float
    trials: int

    @property
    def ci95(self) -> tuple[float, float] | None:
        """Simulation error of the mean, also of what is rare; None at one trial, and of what no raid had."""
        if self.se is None:
            return None
        n = self.trials
        squares = n * self.mean**2 + n * (n - 1) * self.se**2
        return intervals.count_interval(n, n * self.mean, squares)

    def to_dict(self) -> Row:
        """The row of the JSON."""
        told = {
            "measure": self.measure,
            "mean": self.mean,
            "se": self.se,
            "lo": self.lo,
            "median": self.median,
            "hi": self.hi,
        }
        return {**self.at, **told}


@dataclass(frozen=True, repr=False)
class Sweep(Answer):
    """What `sweep` found: a row for each point and measure, in the order of the design.

    Attributes
    ----------
    over : values of each path
    points : what was found
    show : the measures
    stopped : "interrupted" where it was broken off; the points are then those that were finished
    reused : how many points were in the folder already
    """

    question, function = "sweep", "sweep"

    scenario: Scenario
    over: dict[str, list[Any]]
    design: str
    points: tuple[Point, ...]
    show: tuple[str, ...]
    seed: int
    trials: int
    seconds: float
    wanted: int
    reused: int = 0
    stopped: Literal["interrupted"] | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """The inputs that vary."""
        return tuple(dict.fromkeys(path for point in self.points for path in point.at)) or tuple(self.over)

    def of(self, measure: str | None = None) -> list[Point]:
        """The points of one measure, by default the first. Raises Faults where it was not asked for."""
        wanted = self.show[0] if measure is None else measure
        if wanted not in self.show:
            raise Faults([Fault("measure", wanted, "was not asked for", ", ".join(self.show))])
        return [point for point in self.points if point.measure == wanted]

    def breaks(self, limit: float, measure: str | None = None) -> tuple[Any, Any, Any] | None:
        """The first value along a path at which the mean of a measure reaches a limit, with the interval of that value.

        Parameters
        ----------
        limit : such as 1 for "one leaker a raid on average"

        Returns
        -------
        value, low, high
            `low` is the first value at which the mean may reach the limit (95 %), `high` the first at which it surely does; None
            stands for "beyond the last value". None alone where the mean does not reach it at all.

        Raises
        ------
        Faults : more than one input varies
        """
        if len(self.paths) != 1:
            raise Faults([Fault("breaks", list(self.paths), "needs a sweep over one path")])
        [path] = self.paths
        points = self.of(measure)

        def first(reached: Callable[[Point], bool]) -> Any:
            return next((plain(point.at[path]) for point in points if reached(point)), None)

        value = first(lambda point: point.mean >= limit)
        if value is None:
            return None
        low = first(lambda point: (point.ci95 or (0, point.mean))[1] >= limit)
        return value, low, first(lambda point: (point.ci95 or (point.mean, 0))[0] >= limit)

    def values(self) -> Row:
        """The rows under the keys of the JSON."""
        told = {"over": {path: [plain(value) for value in values] for path, values in self.over.items()}}
        stopped = {"interrupted": True, "wanted": self.wanted} if self.stopped else {}
        return {**told, "design": self.design, "rows": [point.to_dict() for point in self.points], **stopped}

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """A row for each point and measure."""
        return {"points": lambda: (point.to_dict() for point in self.points)}

    def explain(self) -> str:
        """Between which values the measure moves, and where it first passes one a raid."""
        count = len(self.points) // max(1, len(self.show))
        many = f"{number(count).capitalize()} {plural(count, 'point', 'points')}"
        each = count_of(self.trials, "raid", "raids") + (" each, all" if count != 1 else "")
        head = f"{many} of {each} on the luck of seed {self.seed}."
        if self.stopped:
            head = f"Broken off: {head} {self.wanted:,} were asked for."
        return " ".join([head, *self._spans()])

    def _spans(self) -> Iterator[str]:
        for measure in self.show:
            points = self.of(measure)
            if not points:
                continue
            least, most = min(points, key=lambda one: one.mean), max(points, key=lambda one: one.mean)
            yield f"Mean {measure}: from {least.mean:,.4g} ({_at(least)}) to {most.mean:,.4g} ({_at(most)})."
            if (
                len(self.paths) == 1
                and measure in ("leakers", "hits")
                and least.mean < 1 <= most.mean
                and points[0] is not most
            ):
                value, low, high = self.breaks(1, measure) or (None, None, None)
                beyond = "beyond the last value" if high is None else str(high)
                yield f"One a raid on average is first reached at {self.paths[0]} = {value} (95 %: {low} to {beyond})."

    def draw(self, sheet: Sheet) -> None:
        """The sentence and the rows."""
        sheet.heading(self.title())
        sheet.text(self.explain())
        sheet.heading("Points")
        heads = [*self.paths, "measure", "mean (95 %)", "5-95 % of raids"]
        rows: list[list[str]] = []
        for point in self.points[:LISTED]:
            low, high = point.ci95 or (point.mean, point.mean)
            values = [_text(point.at.get(path)) for path in self.paths]
            mean = f"{point.mean:,.4g} ({low:,.4g} to {high:,.4g})"
            rows.append([*values, point.measure, mean, f"{point.lo:,.4g} to {point.hi:,.4g}"])
        sheet.grid(heads, rows)
        if len(self.points) > LISTED:
            sheet.text(f"and {len(self.points) - LISTED:,} more: -o FILE.csv or .parquet", "dim")

    def charts(self) -> Charts:
        """A heat map for a grid of two paths, and curves: of each measure, against the first path, or without a grid against each."""
        if not self.points:
            return {}

        def curve(x: str, measure: str) -> Callable[[Theme], Figure]:
            return lambda theme: self.plot(x, measure, theme=theme)

        def heat(measure: str) -> Callable[[Theme], Figure]:
            def draw(theme: Theme) -> Figure:
                from salvo.charts.sweep import heat

                y, x = self.paths
                cells = [(plain(point.at[x]), plain(point.at[y]), point.mean) for point in self.of(measure)]
                return heat(cells, x, y, measure, theme)

            return draw

        found: dict[str, Callable[[Theme], Figure]] = {}
        grid = self.design == "grid"
        for k, measure in enumerate(self.show):
            if grid and len(self.paths) == 2:
                found["heat" if not k else f"heat of {measure}"] = heat(measure)
            for n, x in enumerate(self.paths[:1] if grid else self.paths):
                of = f" of {measure}" if k else ""
                found[f"curve{of} by {x}" if n else f"curve{of}"] = curve(x, measure)
        return found

    def plot(self, x: str | None = None, y: str | None = None, *, theme: Theme = "light") -> Figure:
        """Any path against any measure: the mean with its error, and a band that holds nine raids in ten.

        Parameters
        ----------
        x : a path of the sweep, by default the first; points that differ in others are drawn as lines of their own, or as dots
        y : a measure, by default the first

        Raises
        ------
        Faults : no such path or measure, or plotly is missing
        """
        from salvo.charts.sweep import curves

        x = self.paths[0] if x is None else x
        if x not in self.paths:
            raise Faults([Fault("x", x, "does not vary in this sweep", ", ".join(self.paths))])
        lines: dict[str, list[tuple[Any, float, float, float, float, float]]] = {}
        for point in self.of(y):
            others = ", ".join(f"{_tail(path)} {_text(value)}" for path, value in point.at.items() if path != x)
            low, high = point.ci95 or (point.mean, point.mean)
            lines.setdefault(others, []).append((plain(point.at.get(x)), point.mean, low, high, point.lo, point.hi))
        return curves(lines, x, self.show[0] if y is None else y, theme)

    def arguments(self) -> Row:
        """Keyword arguments of `sweep` that give the same answer."""
        found: Row = {"over": {path: [plain(value) for value in values] for path, values in self.over.items()}}
        if self.design == "points":
            found = {"design": [{path: plain(value) for path, value in point.at.items()} for point in self.of()]}
        elif self.design != "grid":
            found |= {"design": self.design, "points": self.wanted}
        if self.show != ("leakers",):
            found["show"] = list(self.show)
        return found | {"trials": self.trials, "seed": self.seed}

    def words(self) -> list[str]:
        """The same as options of the command."""
        found = [
            word for path, values in self.over.items() for word in ("--over", f"{path}={','.join(map(_text, values))}")
        ]
        if self.design in ("latin", "sobol"):
            found += ["--design", self.design, "--points", str(self.wanted)]
        for measure in self.show if self.show != ("leakers",) else ():
            found += ["--show", measure]
        return [*found, "--trials", str(self.trials), "--seed", str(self.seed)]


def sweep(
    scenario: Loadable,
    over: Mapping[str, Any] | None = None,
    *,
    design: str | Iterable[Mapping[str, Any]] = "grid",
    points: int | None = None,
    show: str | Iterable[str] = "leakers",
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int | None = None,
    executor: Executor | None = None,
    folder: str | os.PathLike[str] | None = None,
    progress: Progress = None,
) -> Sweep:
    """Play a scenario at many values of some inputs, all on the same luck.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    over : values by path: a text such as "50:600:50" (both ends) or "0.5,0.7,90%", or any sequence; `batteries.*.interceptors` stands
        for every battery, and ``"*0.5,*1,*2"`` are factors. For "latin" and "sobol" the ends of a range, such as "0.5:0.9".
    design : "grid" (every combination), "latin", "sobol", or the points themselves, each a mapping of paths to values (then without `over`)
    points : how many, for "latin" and "sobol"; 64 by default
    show : measures by their path in a result, such as "leakers", "by_class.drone.hits", "batteries.x.fired" or "cost_usd.defence"
    trials, seed, threads, progress : as in `simulate`; the trials are those of each point
    executor : any concurrent.futures.Executor, such as a ProcessPoolExecutor or the `Client.get_executor()` of Dask; each point is a task.
        A worker that dies changes nothing. Rows are the same, to the last digit, wherever they are played.
    folder : finished points are kept there, one by one; the same sweep, or a larger one, begun again with this folder plays only
        what is missing. Points of another scenario, seed, number of trials or version are noticed.

    Raises
    ------
    Faults : a bad scenario, paths, values or arguments, every fault at once; a folder that holds something else or is full

    Notes
    -----
    On Ctrl-C the finished points are returned, with `stopped` set to "interrupted".
    """
    raid = take(scenario, trials=trials, seed=seed, threads=threads)
    began = time.perf_counter()
    measures = _once(read_names(show, "show", "measures such as leakers and hits"))
    if folder is not None and (not isinstance(folder, (str, os.PathLike)) or not os.fspath(folder)):
        raise Faults([Fault("folder", folder, "not a path", "the path of a folder")])
    if executor is not None and not hasattr(executor, "submit"):
        raise Faults([Fault("executor", executor, "not an executor", "a concurrent.futures.Executor")])
    spans, wanted, name = _plan(raid, over, design, points, measures, int(seed))
    task = Task(bare(raid), measures, SPREAD, int(trials), int(seed))
    identity = {
        "salvo": __version__, "model": MODEL, "scenario": raid.name, "hash": raid.hash, "seed": task.seed,
        "trials": task.trials, "show": list(measures),
    }  # fmt: skip
    found: dict[int, list[Found]] = {}
    stopped: Literal["interrupted"] | None = None
    store = None if folder is None else Store(folder, identity)
    with store or nullcontext(), reporter(progress, "points") as report:
        keys = [key(changes) for changes in wanted]
        kept = {} if store is None else store.done
        for k, known in enumerate(keys):
            if known in kept:
                found[k] = [Found(mean, se, tuple(at)) for mean, se, at in kept[known]]
        reused = len(found)
        left = [k for k in range(len(wanted)) if k not in found]
        if executor is None and left:
            Player(raid, task.seed, 1).get_ready()
        finished = play_all(task, [wanted[k] for k in left], threads, executor)
        try:
            for place, summed in finished:
                found[left[place]] = summed
                if store is not None:
                    store.add(keys[left[place]], summed)
                if report:
                    report(len(found), len(wanted))
        except KeyboardInterrupt:
            if not found:
                raise
            stopped = "interrupted"
        finally:
            finished.close()  # type: ignore[attr-defined]
    rows = [
        Point(
            {path: plain(value) for path, value in wanted[k].items()},
            measure,
            one.mean,
            one.se,
            *one.quantiles,
            trials=task.trials,
        )
        for k in sorted(found)
        for measure, one in zip(measures, found[k], strict=True)
    ]
    return Sweep(
        scenario=raid,
        over=spans,
        design=name,
        points=tuple(rows),
        show=measures,
        seed=task.seed,
        trials=task.trials,
        seconds=time.perf_counter() - began,
        wanted=len(wanted),
        reused=reused,
        stopped=stopped,
    )


def _plan(
    raid: Scenario,
    over: Mapping[str, Any] | None,
    design: str | Iterable[Mapping[str, Any]],
    points: int | None,
    measures: tuple[str, ...],
    seed: int,
) -> tuple[dict[str, list[Any]], list[Changes], str]:
    """Values by path, the points and the design's name; every fault at once."""
    faults: list[Fault] = []
    spans: dict[str, list[Any]] = {}
    named = isinstance(design, str)
    if points is not None and (isinstance(points, bool) or not isinstance(points, int) or not 1 <= points <= 1_000_000):
        faults.append(Fault("points", points, "not a number of points", "a whole number from 1 to 1000000"))
    if named or over is not None:
        try:
            given = read_paths(over, "over")
        except Faults as error:
            given, faults = {}, [*faults, *error.faults]
        for path, values in given.items():
            try:
                spans[path] = once(read_span(values, path), path)
                check_values(raid, path, spans[path])
            except Faults as error:
                faults += error.faults
    if not named and over is not None:
        faults.append(
            Fault("over", list(over), "goes with a named design", "the points alone, or grid, latin or sobol")
        )
    try:
        chosen(raid, measures)
    except Faults as error:
        faults += error.faults
    if faults:
        raise Faults(faults)
    wanted = design_points(raid, spans, design, points, seed)
    if not wanted:
        raise Faults([Fault("design", [], "there is no point")])
    return spans, wanted, design if isinstance(design, str) else "points"


def _once(names: list[Any]) -> tuple[Any, ...]:
    """The names in their order, each once."""
    return tuple(name for k, name in enumerate(names) if not any(name is old or name == old for old in names[:k]))


def _at(point: Point) -> str:
    return ", ".join(f"{_tail(path)} {_text(value)}" for path, value in point.at.items())


def _tail(path: str) -> str:
    """The end of a path, short enough for a legend."""
    parts = path.split(".")
    return ".".join(parts[1:]) if len(parts) > 2 else path


def _text(value: Any) -> str:
    value = plain(value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)

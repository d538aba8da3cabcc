"""Salvo: what gets through when a mixed salvo of missiles and drones flies at a layered defence.

    raid = salvo.load("april-2024")
    result = salvo.simulate(raid, trials=10_000, seed=1)
    print(result.explain())

Names are imported when they are first used, so that `import salvo` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from salvo.version import __version__

if TYPE_CHECKING:
    from salvo import catalog, charts
    from salvo.answers.answer import Answer
    from salvo.answers.buy import Buy, buy
    from salvo.answers.compare import Comparison, compare
    from salvo.answers.estimate import Estimate, estimate
    from salvo.answers.hindcast import Hindcast, hindcast
    from salvo.answers.marginal import Marginal, marginal
    from salvo.answers.rare import Rare, rare
    from salvo.answers.replay import Replay, Timeline, replay, timeline
    from salvo.answers.result import Result
    from salvo.answers.roll import Roll, roll
    from salvo.answers.sensitivity import Sensitivity, sensitivity
    from salvo.answers.simulate import simulate
    from salvo.answers.size import Size, size
    from salvo.answers.sweep import Sweep, sweep
    from salvo.answers.table import Table, table
    from salvo.catalog import names
    from salvo.catalog.doctrine import doctrine
    from salvo.catalog.load import load
    from salvo.exact.answer import Exact, exact_answer, why_not_exact
    from salvo.faults import Fault, Faults
    from salvo.format.scenario import Scenario, loads
    from salvo.report.against import Against, against_record

__all__ = [
    "__version__", "Against", "Answer", "Buy", "Comparison", "Estimate", "Exact", "Fault", "Faults", "Hindcast",
    "Marginal", "Rare", "Replay", "Result", "Roll", "Scenario", "Sensitivity", "Size", "Sweep", "Table", "Timeline",
    "against_record", "buy",
    "catalog", "charts", "compare", "doctrine", "estimate", "exact_answer", "hindcast", "load", "loads", "marginal",
    "names", "rare", "replay", "roll", "sensitivity", "simulate", "size", "sweep", "table", "timeline", "why_not_exact",
]  # fmt: skip

_HOME = {
    "Against": "report.against",
    "Answer": "answers.answer",
    "Buy": "answers.buy",
    "buy": "answers.buy",
    "Comparison": "answers.compare",
    "Estimate": "answers.estimate",
    "Exact": "exact.answer",
    "Fault": "faults",
    "Faults": "faults",
    "Hindcast": "answers.hindcast",
    "Marginal": "answers.marginal",
    "Rare": "answers.rare",
    "Replay": "answers.replay",
    "Result": "answers.result",
    "Roll": "answers.roll",
    "Scenario": "format.scenario",
    "Size": "answers.size",
    "Sweep": "answers.sweep",
    "Table": "answers.table",
    "Timeline": "answers.replay",
    "against_record": "report.against",
    "compare": "answers.compare",
    "doctrine": "catalog.doctrine",
    "estimate": "answers.estimate",
    "exact_answer": "exact.answer",
    "hindcast": "answers.hindcast",
    "load": "catalog.load",
    "loads": "format.scenario",
    "marginal": "answers.marginal",
    "names": "catalog",
    "rare": "answers.rare",
    "replay": "answers.replay",
    "roll": "answers.roll",
    "Sensitivity": "answers.sensitivity",
    "sensitivity": "answers.sensitivity",
    "simulate": "answers.simulate",
    "size": "answers.size",
    "sweep": "answers.sweep",
    "table": "answers.table",
    "timeline": "answers.replay",
    "why_not_exact": "exact.answer",
}


def __getattr__(name: str) -> Any:
    if name in ("catalog", "charts"):  # charts needs the extra `app`
        return import_module(f"salvo.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

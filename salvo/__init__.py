"""Salvo: what gets through when a mixed salvo of missiles and drones flies at a layered defence.

    raid = salvo.load("april-2024")
    result = salvo.simulate(raid, trials=10_000, seed=1)
    print(result.explain())

Names are imported when they are first used, so that `import salvo` costs next to nothing.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from salvo import catalog
    from salvo.catalog import names
    from salvo.estimate import Estimate, estimate
    from salvo.exact import Exact, exact_answer
    from salvo.faults import Fault, Faults
    from salvo.hindcast import Hindcast, hindcast
    from salvo.replay import Replay, Timeline, replay, timeline
    from salvo.result import Result
    from salvo.scenario import Scenario, load
    from salvo.simulate import simulate

__all__ = [
    "Estimate", "Exact", "Fault", "Faults", "Hindcast", "Replay", "Result", "Scenario", "Timeline", "catalog",
    "estimate", "exact_answer", "hindcast", "load", "names", "replay", "simulate", "timeline",
]  # fmt: skip

_HOME = {
    "Estimate": "estimate",
    "Exact": "exact",
    "Fault": "faults",
    "Faults": "faults",
    "Hindcast": "hindcast",
    "Replay": "replay",
    "Result": "result",
    "Scenario": "scenario",
    "Timeline": "replay",
    "estimate": "estimate",
    "exact_answer": "exact",
    "hindcast": "hindcast",
    "load": "scenario",
    "names": "catalog",
    "replay": "replay",
    "simulate": "simulate",
    "timeline": "replay",
}


def __getattr__(name: str) -> Any:
    if name == "catalog":
        return import_module("salvo.catalog")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps `salvo.simulate` the function: importing the module of that name would put itself in its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

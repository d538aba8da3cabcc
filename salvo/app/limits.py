"""What one visitor of the page may ask of the machine that serves it."""

from __future__ import annotations

from salvo.faults import ABSENT, Fault, Faults
from salvo.format.scenario import Scenario

FIRST = 2_000  # trials behind the first picture
CROWDED = 500  # of these, where many wait for one
USUAL = 20_000  # trials it is refined to
MOST = 1_000_000  # trials on request
ROWS = 2_000  # trials kept night by night, for paired differences and for choosing nights to replay
PATIENCE = 1.0  # seconds of work after which a first picture is shown with what there is
PAINT = 0.1  # seconds left to the browser to paint an answer, before it hears of other things and before more is played
REDRAW = 2.5  # seconds of refinement after which the charts are drawn again; drawing costs time, too
SLICE = 0.25  # seconds of work between two looks at whether the visitor has moved on
MAX_THREATS = 20_000
MAX_BATTERIES = 60
MAX_UPLOAD = 1_000_000  # bytes


def check(scenario: Scenario) -> None:
    """Raises Faults where a scenario is too much for a page that others share."""
    faults = []
    threats = scenario.threats_total
    if threats > MAX_THREATS:
        faults.append(_too_many("threats", threats, MAX_THREATS))
    if len(scenario.batteries) > MAX_BATTERIES:
        faults.append(_too_many("batteries", len(scenario.batteries), MAX_BATTERIES))
    if faults:
        raise Faults(faults)


def _too_many(what: str, count: int, most: int) -> Fault:
    allowed = f"up to {most:,} on this page; the command `salvo run` has no such limit"
    return Fault(what, ABSENT, f"{count:,} {what}", allowed)

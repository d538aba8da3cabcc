"""What one visitor of the page may ask of the machine that serves it."""

from __future__ import annotations

from collections.abc import Sequence

from salvo.engine.windows import window
from salvo.faults import ABSENT, Fault, Faults
from salvo.format.scenario import Scenario
from salvo.format.tables import Against, Battery, Threat
from salvo.past.read import Raid

FIRST = 2_000  # trials behind the first picture
CROWDED = 500  # trials behind the first picture while many visitors wait
USUAL = 20_000  # trials it is refined to
MOST = 1_000_000  # trials on request
ROWS = 2_000  # trials kept row by row, for choosing raids to show and for differences
ROW_CELLS = 500_000  # numbers in the rows kept of one scenario, at most
PATIENCE = 1.0  # seconds of work after which a first picture is shown with what there is
PAINT = 0.1  # seconds left to the browser to paint an answer, before it hears of other things
BACK = 5  # how far refinements step back (nice) behind first pictures, and behind a browser on the same machine
REDRAW = 2.5  # seconds of refinement after which the charts are drawn again; drawing costs time, too
SLICE = 0.25  # seconds of work between two looks at whether the visitor has moved on
DRAWN = 3  # pages drawn at a time: Python draws one, and others are played meanwhile
# A raid with more threats or possible engagements is heavy: such raids wait for each other, and nobody else waits for them.
HEAVY_THREATS, HEAVY_SHOTS = 2_000, 150_000
STORE = 300_000_000  # bytes of trials kept for all visitors
CURVES = 2_000  # threats up to which sliders have their curves
QUESTIONS = 2_000  # threats, of all raids of a campaign, up to which questions that cost seconds are asked
RECORD = 2_000  # threats up to which an answer is held against past raids: the sums grow with the square of the counts
MAX_THREATS = 20_000
MAX_SHOTS = 400_000  # most engagements that a trial may need: threats x batteries that may meet them x looks
MAX_BATTERIES = 60
MAX_LOOKS = 1_000  # looks of one battery at one threat, at most, in that count
MAX_UPLOAD = 1_000_000  # bytes
MAX_RAIDS = 400  # rows of an uploaded file of raids
MAX_LAUNCHED = 40_000  # threats of all its rows


def check(scenario: Scenario) -> None:
    """Raises Faults where a scenario is too much for a page that others share."""
    faults = []
    threats = scenario.threats_total
    if threats > MAX_THREATS:
        faults.append(_too_many("threats", threats, MAX_THREATS))
    if len(scenario.batteries) > MAX_BATTERIES:
        faults.append(_too_many("batteries", len(scenario.batteries), MAX_BATTERIES))
    shots = most_engagements(scenario)
    if shots > MAX_SHOTS:
        faults.append(_too_many("possible engagements", shots, MAX_SHOTS))
    if faults:
        raise Faults(faults)


def heavy(scenario: Scenario) -> bool:
    """Does a raid of it take so long that others should not wait for it?"""
    return scenario.threats_total > HEAVY_THREATS or most_engagements(scenario) > HEAVY_SHOTS


def most_engagements(scenario: Scenario) -> int:
    """How many engagements a trial may have at the most: by looks, by time, and by rounds."""
    found = 0
    for battery in scenario.batteries:
        looks = 0
        for threat in scenario.threats:
            pair = battery.against_for(threat)
            if pair is not None:
                looks += threat.count * _looks(threat, battery, pair)
        rounds = battery.interceptors
        found += looks if rounds is None else min(looks, battery.count * rounds)
    return found


def _looks(threat: Threat, battery: Battery, pair: Against) -> int:
    """Salvos at one threat, at most."""
    span = window(threat, battery, pair)
    if span is None:
        return 0
    cycle = pair.cycle_s or battery.assess_s or 0.0
    by_time = MAX_LOOKS if cycle <= 0 else 1 + int((span.close - span.open) / 1000 / cycle)
    return max(1, min(by_time, pair.looks or MAX_LOOKS, MAX_LOOKS))


def check_size(data: bytes, name: str) -> None:
    """Raises Faults where an uploaded file is too large."""
    if len(data) > MAX_UPLOAD:
        message = f"the file has {len(data):,} bytes"
        raise Faults([Fault("", ABSENT, message, f"up to {MAX_UPLOAD:,} on this page", None, name)])


def check_raids(raids: Sequence[Raid], name: str) -> None:
    """Raises Faults where a file of raids is too much for a page that others share."""
    launched = sum(max((count or 0 for count in raid.launched), default=0) for raid in raids)
    faults = []
    for what, count, most in (("rows", len(raids), MAX_RAIDS), ("threats launched", launched, MAX_LAUNCHED)):
        if count > most:
            allowed = f"up to {most:,} on this page; the command `salvo hindcast` has no such limit"
            faults.append(Fault(what, ABSENT, f"{count:,} {what}", allowed, None, name))
    if faults:
        raise Faults(faults)


def _too_many(what: str, count: int, most: int) -> Fault:
    allowed = f"up to {most:,} on this page; the command `salvo run` has no such limit"
    return Fault(what, ABSENT, f"{count:,} {what}", allowed)

"""What a question is given: scenarios in any form, and arguments in their ranges; every fault of both at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from salvo.catalog.load import Loadable, load
from salvo.faults import Fault, Faults
from salvo.format.kinds import is_a, is_mapping
from salvo.format.scenario import Scenario
from salvo.limits import check_arguments


def take(scenario: Loadable, **arguments: Any) -> Scenario:
    """The scenario, with the arguments checked as `limits.check_arguments` does. Raises Faults."""
    return take_all([scenario], **arguments)[0]


def take_all(scenarios: Sequence[Loadable], **arguments: Any) -> list[Scenario]:
    """The same for several scenarios."""
    found: list[Scenario] = []
    faults: list[Fault] = []
    for scenario in scenarios:
        try:
            found.append(load(scenario))
        except Faults as error:
            faults += error.faults
    try:
        check_arguments(**arguments)
    except Faults as error:
        faults += error.faults
    if faults:
        raise Faults(faults)
    return found


def with_campaign(scenario: Scenario, raids: int | None, resupply: Mapping[str, int] | None) -> Scenario:
    """The scenario flown several times, on one stock; what is None stays as the file says. Raises Faults."""
    if raids is None and resupply is None:
        return scenario
    if resupply is not None and not is_a(resupply, Mapping):
        raise Faults([Fault("resupply", resupply, "not a mapping", 'rounds by battery, such as {"upper-1": 24}')])
    own = {} if scenario.campaign is None else scenario.campaign.model_dump(by_alias=True, exclude_unset=True)
    if raids is not None:
        own["raids"] = raids
    if resupply is not None:
        own["resupply"] = dict(resupply)
    return scenario.replace("campaign", own)


def read_paths(given: Any, place: str) -> dict[str, Any]:
    """A mapping of paths to something; what is no such mapping, or empty, is a fault."""
    if not is_mapping(given) or not given or not all(isinstance(path, str) for path in given):
        allowed = 'a mapping such as {"threats.missiles.count": [10, 20, 30]}'
        raise Faults([Fault(place, given, "not a mapping of paths", allowed)])
    return dict(given)


def read_names(given: Any, place: str, what: str) -> list[Any]:
    """One text, or several; what is neither is a fault. `what` says what would do."""
    if isinstance(given, str):
        return [given]
    try:
        found = list(given)
    except TypeError:
        found = [given]
    odd = [one for one in found if not isinstance(one, str)]
    if odd:
        raise Faults([Fault(place, one, "not a text", what) for one in odd])
    return found

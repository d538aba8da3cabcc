"""What must hold between the tables of the file, checked on the raw tree so that it is reported with all else."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from salvo.faults import ABSENT, SLUG, Findings, listed, lookup, near_miss
from salvo.format.fields import bounds, fields, laws, number, walk
from salvo.format.kinds import is_list, is_table
from salvo.format.luck import battery_hash, group_hash, parameter_hash
from salvo.format.nodes import LISTS, NEEDED, Node, againsts, nodes
from salvo.format.tables import Asset, Battery, IgnoreMisses, Threat
from salvo.format.values import DAYS_20, Uncertain

MOST: Final = {"layers": 256, "assets": 4096, "threats": 4096, "batteries": 1024, "sources": 4096}
THREATS: Final = 2**20 - 1  # the rank of a threat has 20 bits


def check_references(findings: Findings) -> None:
    """Add every name that points nowhere or twice, and what is needed because of another table."""
    if any(is_list(tables := lookup(findings.tree, (key,))) and len(tables) > MOST[key] for key in MOST):
        return  # pydantic says so; the rest would take long
    ids = {key: _unique(findings, key) for key in LISTS}
    _layers(findings)
    _names(findings, ids)
    _collisions(findings)
    for key, model in LISTS.items():
        for node in nodes(findings, key, model):
            _about_numbers(node, ids["sources"])
            for against in againsts(node).values() if model is Battery else ():
                _about_numbers(against, {})
    threats = list(nodes(findings, "threats", Threat))
    total = sum(int(threat.number("count", 0) or 0) for threat in threats)
    if total > THREATS:
        findings.add(("threats",), f"{total} threats in all", allowed=f"{THREATS} at most")
    known = raid_names(findings)
    for battery in nodes(findings, "batteries", Battery):
        _near_misses(battery, known)
        _pairs(battery, threats)


def raid_names(findings: Findings) -> dict[str, None]:
    """The classes and ids of the raid, which names under `against` may match."""
    names = (node.text(key) for node in nodes(findings, "threats", Threat) for key in ("class", "id"))
    return dict.fromkeys(name for name in names if name)


def _unique(findings: Findings, key: str) -> dict[str, int]:
    first: dict[str, int] = {}
    for node in nodes(findings, key, LISTS[key]):
        name, index = node.text("id"), int(node.loc[1])
        if name is not None and first.setdefault(name, index) != index:
            node.add("id", f"used twice: also by {key}[{first[name]}]", allowed=f"an id of its own among {key}")
        if key == "sources" and name == "assumed":
            node.add("id", '"assumed" says that there is no source', allowed="any other id")
    if key == "assets" and lookup(findings.tree, (key,)) in (ABSENT, None, []):
        first["asset"] = 0  # the one that is assumed where none is given
    return first


def _layers(findings: Findings) -> None:
    layers = lookup(findings.tree, ("layers",))
    if layers in (ABSENT, None, []):
        if lookup(findings.tree, ("batteries", 0)) is not ABSENT:
            allowed = "a list of names, outermost first"
            findings.add(("layers",), f"{NEEDED}: there are batteries", value=ABSENT, allowed=allowed)
        return
    known = [name for name in layers if isinstance(name, str)] if is_list(layers) else []
    for index, name in enumerate(known):
        if name in known[:index] and len(known) == len(layers):
            findings.add(("layers", index), "named twice", allowed="a name of its own for each layer")
    for battery in nodes(findings, "batteries", Battery):
        layer = battery.text("layer")
        if known and layer is not None and layer not in known:
            battery.add("layer", "no such layer", allowed=f"one of {listed(known)}", options=known)


def _names(findings: Findings, ids: dict[str, dict[str, int]]) -> None:
    assets, batteries = ids["assets"], ids["batteries"]
    for asset in nodes(findings, "assets", Asset):
        _one_of(asset, "is_battery", asset.text("is_battery"), batteries, "battery")
    for threat in nodes(findings, "threats", Threat):
        aims = threat.inner("targets", Threat)
        for name in aims.data:
            _one_of(aims, name, name, assets, "asset")
    for battery in nodes(findings, "batteries", Battery):
        covers = battery.data.get("covers")
        for index, name in enumerate(covers if is_list(covers) else ()):
            if isinstance(name, str) and name not in assets:
                loc = (*battery.loc, "covers", index)
                findings.add(loc, "no such asset", allowed=_known(assets), options=assets)
    _lenders(findings, batteries)
    resupply = lookup(findings.tree, ("campaign", "resupply"))
    borrowers = {node.text("id"): node.text("interceptors_of") for node in nodes(findings, "batteries", Battery)}
    for name in resupply if is_table(resupply) else ():
        if name not in batteries:
            loc = ("campaign", "resupply", name)
            findings.add(loc, "no such battery", allowed=_known(batteries), options=batteries, name=name)
        elif borrowers.get(name) is not None:
            message = f"this battery has no magazine of its own: its rounds are those of {borrowers[name]}"
            findings.add(
                ("campaign", "resupply", name), message, allowed="a resupply of the battery that owns the magazine"
            )


def _lenders(findings: Findings, batteries: dict[str, int]) -> None:
    for key, what in (("channels_of", "channels"), ("interceptors_of", "interceptors")):
        lent = {node.text("id"): node.text(key) for node in nodes(findings, "batteries", Battery)}
        for battery in nodes(findings, "batteries", Battery):
            lender = battery.text(key)
            _one_of(battery, key, lender, batteries, "battery")
            others = [name for name in batteries if name != battery.text("id") and lent.get(name) is None]
            allowed = f"a battery that has {what} of its own: {_known(others)}"
            if lender is not None and lender == battery.text("id"):
                battery.add(key, "a battery cannot borrow from itself", allowed=allowed)
            elif lender in batteries and lent.get(lender) is not None:
                battery.add(key, f"{lender} borrows its own {what} from {lent[lender]}", allowed=allowed)


def _one_of(node: Node, key: str, name: str | None, known: Iterable[str], what: str) -> None:
    if name is not None and name not in known:
        node.add(key, f"no such {what}", allowed=_known(known), options=known, name=name)


def _known(names: Iterable[str]) -> str:
    names = list(names)
    return f"one of {listed(names)}" if names else "none: there are none"


def _collisions(findings: Findings) -> None:
    for key, model, address in (("threats", Threat, group_hash), ("batteries", Battery, battery_hash)):
        owner: dict[int, str] = {}
        for node in nodes(findings, key, model):
            name = node.text("id")
            if name is not None and owner.setdefault(address(name), name) != name:
                node.add("id", f"has the same luck as {owner[address(name)]}", allowed="another name: rename one")
    texts: dict[int, str] = {}
    for law, path in _uncertain(findings):
        shared = law.text("with")
        text, bits = f"with.{shared}" if shared else path, parameter_hash(path, shared)
        if texts.setdefault(bits, text) != text:
            law.add(None, f"has the same luck as {texts[bits]}", allowed="another name: rename one of the two")


def _uncertain(findings: Findings) -> Iterator[tuple[Node, str]]:
    for key, model in LISTS.items():
        for node in nodes(findings, key, model):
            inside = [("", node)]
            if model is Battery:
                inside.append((".ignore_misses", node.inner("ignore_misses", IgnoreMisses)))
                inside += [(f".against.{name}", against) for name, against in againsts(node).items()]
            for path, table in inside:
                for law in laws(table.model):
                    if is_table(table.data.get(law)):
                        yield table.inner(law, Uncertain), f"{key}.{node.text('id')}{path}.{law}"


def _about_numbers(node: Node, sources: Iterable[str]) -> None:
    """`ranges` and `sources`: notes of a table about its own keys."""
    ranges, origins = node.data.get("ranges"), node.data.get("sources")
    if is_table(ranges) and "ranges" in fields(node.model):
        about = node.inner("ranges", node.model)
        for key, pair in ranges.items():
            _range(about, key, pair, _hint(node, key))
    if is_table(origins) and "sources" in fields(node.model):
        about = node.inner("sources", node.model)
        for key, name in origins.items():
            if _hint(node, key) is None:
                about.add(key, "no such key in this table", options=_own_keys(node), name=key)
            elif isinstance(name, str) and name != "assumed" and name not in sources:
                allowed = 'the id of a source, or "assumed"'
                about.add(key, "no such source", allowed=allowed, options=[*sources, "assumed"])


def _range(ranges: Node, key: str, pair: object, hint: object) -> None:
    bound = number(hint) if hint is not None else None
    if bound is None:
        message = "no such key in this table" if hint is None else "not a single number, so it has no range"
        numbers = list(bounds(ranges.model))
        ranges.add(key, message, allowed=f"one of {listed(numbers)}", options=numbers, name=key)
    elif is_list(pair) and len(pair) == 2 and all(type(end) in (int, float) for end in pair):
        if not all(bound.holds(end) for end in pair):
            ranges.add(key, "outside of what the number may be", allowed=f"[low, high], each {bound.text}")
        elif pair[0] > pair[1]:
            ranges.add(key, "not in order", allowed="[low, high], low <= high")


def _hint(node: Node, key: str) -> object:
    """Type of the value a dotted key of `ranges` or `sources` is about; None if there is no such value."""
    parts = key.split(".")
    if parts[0] in ("against", "targets") and len(parts) > 1 and lookup(node.data, tuple(parts[:2])) is ABSENT:
        return None
    return None if parts[0] in ("id", "ranges", "sources") or len(parts) > 4 else walk(node.model, tuple(parts))


def _own_keys(node: Node) -> list[str]:
    own = list(fields(node.model))
    tables = node.data.get("against")
    names = list(tables)[:50] if is_table(tables) else []
    return own + [
        f"against.{name}.{key}" for name in names for key in ("kill", "salvo", "far_km", "near_km", "detect_km")
    ]


def _near_misses(battery: Node, known: dict[str, None]) -> None:
    for name in againsts(battery):
        if name not in known and SLUG.fullmatch(name):
            near = next((other for other in known if near_miss(name, other)), None)
            if near is not None:
                message = "matches no class and no id of this raid, but nearly one"
                battery.inner("against", Battery).add(name, message, options=[near], name=name, value=ABSENT)


def _pairs(battery: Node, threats: list[Node]) -> None:
    """Speeds that a pair of threat and battery needs, and windows that open too long before impact."""
    tables = againsts(battery)
    slowest: dict[str, float] = defaultdict(lambda: float("inf"))
    unmet = ""
    for threat in threats:
        name = next((n for n in (threat.text("id"), threat.text("class")) if n in tables), None)
        if name is None or (tables[name].has("window_s") and tables[name].has("cycle_s")):
            continue
        unmet = unmet or name
        place = f"{battery.findings.place(battery.loc)}.against.{name}"
        if not threat.has("speed_m_s"):
            if not threat.findings.at((*threat.loc, "speed_m_s")):
                _needed(threat, "speed_m_s", place)
        elif threat.number("speed_m_s") is not None:
            slowest[name] = min(slowest[name], threat.number("speed_m_s"))
    if unmet and not battery.has("interceptor_speed_m_s"):
        _needed(battery, "interceptor_speed_m_s", f"against.{unmet}")
    own, delay, position = (
        battery.number("interceptor_speed_m_s"),
        battery.number("launch_delay_s", 0.0),
        battery.number("position_km", 0.0),
    )
    for name, against in tables.items():
        far = against.number("far_km")
        if None in (own, delay, position, far) or against.has("window_s") or slowest[name] == float("inf"):
            continue
        opens = 1000 * far / slowest[name] + 1000 * (far - position) / own + delay
        if opens > DAYS_20:
            message = f"the window opens {opens:.3g} s before impact"
            against.add("far_km", message, allowed="20 days (1728000 s) at most: look at the speeds, too")


def _needed(node: Node, key: str, because: str) -> None:
    message = f"{NEEDED}: {because} does not give window_s and cycle_s together"
    node.add(key, message, value=ABSENT, allowed=bounds(node.model)[key].text)

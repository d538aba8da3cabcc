"""What must hold inside one table of the file, checked on the raw tree so that it is reported with all else."""

from salvo.faults import ABSENT, Findings
from salvo.format.fields import bounds, laws
from salvo.format.kinds import is_list, is_table
from salvo.format.nodes import NEEDED, Node, againsts, nodes
from salvo.format.tables import Against, Arrival, Asset, Battery, IgnoreMisses, Threat
from salvo.format.values import DAYS_20, Uncertain

LAWS = "{ low, mode, high }, or { mean, rho }"


def check_tables(findings: Findings) -> None:
    """Add what is wrong inside single tables, apart from the types and bounds of their keys."""
    for asset in nodes(findings, "assets", Asset):
        _laws(asset)
        _damage(asset)
    for threat in nodes(findings, "threats", Threat):
        _laws(threat)
        _decoy(threat)
        _arrival(threat.inner("arrival", Arrival), threat.number("count"))
        _targets(threat)
    for battery in nodes(findings, "batteries", Battery):
        _laws(battery)
        _laws(battery.inner("ignore_misses", IgnoreMisses))
        _covers(battery)
        _tubes(battery)
        _borrowed(battery)
        for against in againsts(battery).values():
            _laws(against)
            _window(against, battery.number("position_km", 0.0))


def _laws(node: Node) -> None:
    for key in laws(node.model):
        if is_table(node.data.get(key)):
            law = node.inner(key, Uncertain)
            _form(law)
            scope = law.text("scope")
            if scope == "shot" and key != "kill":
                law.add("scope", "only kill is drawn once a shot", allowed='"study", "raid" or "threat"')
            if scope == "threat" and key == "availability":
                law.add("scope", "availability is one draw of the whole battery", allowed='"study" or "raid"')


def _form(law: Node) -> None:
    forms = [[key for key in form if law.has(key)] for form in (("low", "mode", "high"), ("mean", "rho"))]
    if all(forms):
        law.add(None, f"mixes two laws: {', '.join(forms[0])} and {', '.join(forms[1])}", allowed=LAWS)
        return
    if not any(forms):
        law.add(None, "no law", allowed=LAWS)
        return
    whole = ("low", "mode", "high") if forms[0] else ("mean", "rho")
    for key in whole:
        if not law.has(key):
            law.add(key, f"{NEEDED}: a law has {', '.join(whole)}", value=ABSENT, allowed=LAWS)
    low, mode, high = (law.number(key) for key in ("low", "mode", "high"))
    if forms[0] and None not in (low, mode, high) and not low <= mode <= high:
        law.add(None, f"not in order: {low}, {mode}, {high}", allowed="low <= mode <= high")


def _damage(asset: Node) -> None:
    both = asset.has("hits_to_disable"), asset.has("destroyed_by_hit")
    if all(both):
        asset.add("destroyed_by_hit", "two damage rules", allowed="hits_to_disable or destroyed_by_hit, not both")
    if asset.has("is_battery") and not any(both):
        rule = "with is_battery, one of hits_to_disable and destroyed_by_hit"
        asset.add("is_battery", "an asset without a damage rule is never disabled", allowed=rule)


def _decoy(threat: Node) -> None:
    if threat.data.get("decoy") is not True:
        return
    for key, only, whole in (("reliability", 1, ("low", "mean")), ("fails_late", 0, ("high", "mean"))):
        given = threat.data.get(key)
        always = set(whole) & given.keys() if is_table(given) else ()
        if given is not None and given != only and not any(given[name] == only for name in always):
            message = "a decoy has no reliability" if key == "reliability" else "a decoy does not fail"
            threat.add(key, message, allowed=f"{only}, or nothing, with decoy = true")


def _tubes(battery: Node) -> None:
    if battery.has("reload_s") and not battery.has("ready") and not battery.has("interceptors_of"):
        allowed = "ready as well: how many rounds can be fired before anything is reloaded"
        battery.add("reload_s", "without ready there is nothing to reload", allowed=allowed)


def _borrowed(battery: Node) -> None:
    for lender, keys in (("channels_of", ("channels",)), ("interceptors_of", ("interceptors", "ready", "reload_s"))):
        for key in keys if battery.has(lender) else ():
            if battery.has(key):
                message = f"given, and borrowed from {battery.data[lender]} by {lender}"
                battery.add(key, message, allowed="one of the two")


def _arrival(arrival: Node, count: float | None) -> None:
    given = [key for key in ("start_s", "spread_s", "times_s", "rate_per_s") if arrival.has(key)]
    if "times_s" in given and len(given) > 1 or {"spread_s", "rate_per_s"} <= set(given):
        allowed = "{ start_s, spread_s }, or { times_s }, or { start_s, rate_per_s }"
        arrival.add(None, f"mixes several forms: {', '.join(given)}", allowed=allowed)
        return
    times = arrival.data.get("times_s")
    if is_list(times) and count is not None and len(times) != count:
        arrival.add("times_s", f"{len(times)} times for {count:g} threats", allowed="one time for each threat")
    start, spread, rate = arrival.number("start_s", 0.0), arrival.number("spread_s", 0.0), arrival.number("rate_per_s")
    allowed = "a raid within 20 days (1728000 s) of time 0; a longer attack is several raids: see [campaign]"
    if start is not None and spread is not None and start + spread > DAYS_20:
        arrival.add("spread_s", "the last arrival is too late", allowed=allowed)
    if start is None or rate is None or count is None:
        return
    # The time of the last arrival is a sum of `count` exponential gaps: mean count/rate, sd sqrt(count)/rate.
    if start + (count + 6 * count**0.5) / rate > DAYS_20:
        arrival.add("rate_per_s", "too slow: the last arrival may be too late", allowed=allowed)


def _targets(threat: Node) -> None:
    weights = threat.data.get("targets")
    if is_table(weights) and weights and all(type(w) in (int, float) and w == 0 for w in weights.values()):
        threat.add("targets", "no asset has a weight", allowed="weights from 0 up, not all 0")


def _covers(battery: Node) -> None:
    covers = battery.data.get("covers")
    seen: set[str] = set()
    for index, name in enumerate(covers if is_list(covers) else ()):
        if isinstance(name, str) and name in seen:
            battery.findings.add((*battery.loc, "covers", index), "named twice")
        elif isinstance(name, str):
            seen.add(name)


def _window(against: Node, position: float | None) -> None:
    geometry = [key for key in ("near_km", "far_km", "detect_km") if against.has(key)]
    if against.has("window_s"):
        if geometry:
            allowed = "window_s, or far_km with near_km and detect_km"
            against.add("window_s", f"replaces {', '.join(geometry)}: give one or the other", allowed=allowed)
        window = against.data["window_s"]
        ends = window if is_list(window) and all(type(end) in (int, float) for end in window) else []
        # Compared as they are: rounding to ms cannot turn an ordered pair around.
        if len(ends) == 2 and ends[0] < ends[1]:
            allowed = "[open, close] before impact, open >= close"
            against.add("window_s", "closes before it opens", allowed=allowed)
        return
    if not against.has("far_km"):
        known = bounds(Against)["far_km"].text
        against.add("far_km", f"{NEEDED}: there is no window_s", value=ABSENT, allowed=f"{known}, or window_s")
    if position is None:
        return
    least = max(position, 0.0)
    near, far = against.number("near_km", least), against.number("far_km")
    if near is not None and _mm(near) < _mm(least):
        against.add("near_km", "behind the battery", allowed=f"{least:g} km or more: its position_km")
    elif near is not None and far is not None and _mm(far) < _mm(near):
        name = "near_km" if against.has("near_km") else "position_km, which near_km is by default"
        against.add("far_km", f"nearer than {name}", allowed=f"{near:g} km or more")


def _mm(km: float) -> int:
    return round(km * 1_000_000)

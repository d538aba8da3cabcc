"""The tables of a scenario file, one class each. What must hold between keys is in rules.py, between tables
in references.py. The descriptions here are those of the JSON Schema and of the page."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from salvo.format.values import (
    AnyNumber,
    Channels,
    Distance,
    Duration,
    Flag,
    Frozen,
    FrozenDict,
    Hits,
    Interval,
    Looks,
    Money,
    Name,
    Position,
    Priority,
    Probability,
    Raids,
    Rate,
    Rounds,
    Slug,
    Speed,
    Stock,
    Table,
    Text,
    ThreatCount,
    Time,
    Units,
    Weight,
)

Ranges = Annotated[dict[str, tuple[AnyNumber, AnyNumber]], Frozen]
SourceIds = Annotated[dict[str, Name], Frozen]
RANGES = "Range [low, high] of any number of this table, for tornado, indices and the app; the simulation ignores it."
SOURCES = 'Where a number of this table comes from: the id of a source, or "assumed".'
Rule = Literal["assess", "intercept", "launch"]
Order = Literal["deadline", "arrival", "fewest-looks", "value"]


class Asset(Table):
    """Something threats are aimed at."""

    id: Slug = Field(description="Name of the asset, unique among assets.")
    hits_to_disable: Hits | None = Field(
        default=None, description="The hit that disables it. Without this and destroyed_by_hit, hits are only counted."
    )
    destroyed_by_hit: Probability | None = Field(default=None, description="Probability that one hit disables it.")
    value_usd: Money | None = Field(default=None, description="What is lost when it is disabled.")
    is_battery: Slug | None = Field(
        default=None, description="The battery that stops firing when this asset is disabled; needs a damage rule."
    )
    ranges: Ranges = Field(default_factory=FrozenDict, description=RANGES)


class Arrival(Table):
    """When the threats of a group arrive: all at once, uniformly, at given times, or as a Poisson stream."""

    start_s: Time = Field(default=0.0, description="Earliest arrival; with rate_per_s the start of the stream.")
    spread_s: Duration | None = Field(
        default=None, description="Arrivals are uniform on [start_s, start_s + spread_s]. Default: all at start_s."
    )
    times_s: Annotated[tuple[Time, ...], Field(min_length=1)] | None = Field(
        default=None, description="One arrival time for each threat; stands alone."
    )
    rate_per_s: Rate | None = Field(
        default=None, description="Mean arrivals a second of a Poisson stream; the first comes at start_s plus one gap."
    )


class Threat(Table):
    """A group of like threats."""

    id: Slug = Field(description="Name of the group, unique among threats.")
    class_: Slug = Field(alias="class", description="What batteries take it for: drone, cruise, ballistic, ...")
    count: ThreatCount = Field(description="How many there are.")
    speed_m_s: Speed | None = Field(
        default=None, description="Speed. Needed unless every pair with a battery gives window_s and cycle_s together."
    )
    arrival: Arrival = Field(default=Arrival(), description="When they arrive. Default: all at 0.")
    targets: Annotated[dict[str, Weight], Field(min_length=1), Frozen] | None = Field(
        default=None, description="Weight of each asset as an aim. Default: equal over all assets."
    )
    aim: Literal["random", "even"] = Field(
        default="random",
        description="Each threat draws its asset by weight, or the group is spread over the assets by weight, without luck.",
    )
    reliability: Probability = Field(
        default=1.0, description="Flies as intended; otherwise it fails, unseen or (fails_late) seen. Not for decoys."
    )
    fails_late: Probability = Field(
        default=0.0,
        description="Share of its failures that come late: seen and fought like what will miss. Not for decoys.",
    )
    on_target: Probability = Field(default=1.0, description="Would hit its asset if nothing stops it.")
    track: Probability = Field(
        default=1.0, description="Seen by the common sensor picture; one draw for all batteries."
    )
    decoy: Flag = Field(default=False, description="Harmless, and made to be shot at.")
    priority: Priority = Field(default=0, description="Smaller is served first.")
    unit_cost_usd: Money | None = Field(
        default=None, description="Price of one. Without it, answers in money are null."
    )
    ranges: Ranges = Field(default_factory=FrozenDict, description=RANGES)
    sources: SourceIds = Field(default_factory=FrozenDict, description=SOURCES)


class IgnoreMisses(Table):
    """Impact-point prediction: whether a battery engages what will hit, and leaves alone what will not."""

    sensitivity: Probability = Field(default=1.0, description="Probability of engaging a threat that would hit.")
    specificity: Probability = Field(default=0.0, description="Probability of ignoring a threat that would miss.")


class Against(Table):
    """How a battery fights one class of threats, or one threat group."""

    kill: Probability = Field(description="Single-shot probability of kill.")
    near_km: Distance | None = Field(
        default=None,
        description="Intercepts happen no nearer to the asset. Default: position_km, or 0 if that is negative.",
    )
    far_km: Distance | None = Field(
        default=None, description="Intercepts happen no farther from the asset. Needed unless window_s is given."
    )
    detect_km: Distance | None = Field(
        default=None, description="Detected this far from the asset. Default: unlimited."
    )
    detect: Probability = Field(default=1.0, description="This battery picks it up; one draw per threat and battery.")
    classify: Probability = Field(default=1.0, description="Taken for something to shoot at; for decoys: fooled.")
    salvo: Annotated[tuple[Rounds, ...], Field(min_length=1, max_length=4096)] = Field(
        default=(1,), description="Rounds at each look; the last entry repeats."
    )
    looks: Looks | None = Field(
        default=None,
        description="Engagements of one threat by this battery. Default: as many as the window allows, up to 4096.",
    )
    shared_failure: Probability = Field(
        default=0.0, description="Probability that all rounds of one salvo share one outcome."
    )
    keep: Stock = Field(
        default=0, description="Rounds of each unit that owns the magazine that are not fired at this class: a reserve."
    )
    window_s: tuple[Duration, Duration] | None = Field(
        default=None,
        description="Launch window [open, close] before impact, open >= close; replaces near, far and detect.",
    )
    cycle_s: Duration | None = Field(
        default=None, description="Time from commit to outcome and free channel; replaces flyout, assess_s and hold."
    )
    ranges: Ranges = Field(default_factory=FrozenDict, description=RANGES)


class Battery(Table):
    """Launchers that share a magazine, fire channels and a place."""

    id: Slug = Field(description="Name of the battery, unique among batteries.")
    layer: Name = Field(description="One of the layers.")
    count: Units = Field(default=1, description="Identical units that pool channels and interceptors; 0: absent.")
    channels: Channels | None = Field(
        default=None, description="Engagements one unit can run at once. Default: unlimited."
    )
    interceptors: Stock | None = Field(
        default=None, description="Rounds in the magazine of one unit, in all. Default: unlimited."
    )
    ready: Channels | None = Field(
        default=None,
        description="Tubes of one unit: rounds it can fire before anything is reloaded. Default: all rounds.",
    )
    reload_s: Duration | None = Field(
        default=None,
        description="From the commit that fired a tube until it is ready again. Default: not in this raid.",
    )
    channels_of: Slug | None = Field(
        default=None, description="Fires through the channels of this battery, instead of channels of its own."
    )
    interceptors_of: Slug | None = Field(
        default=None, description="Fires from the magazine and tubes of this battery, instead of rounds of its own."
    )
    lost_with: Literal["any", "all"] = Field(
        default="any",
        description="Where several assets are this battery: lost with the first disabled, or with the last.",
    )
    interceptor_speed_m_s: Speed | None = Field(
        default=None, description="Mean speed of a round. Needed unless every pair gives window_s and cycle_s together."
    )
    position_km: Position = Field(default=0.0, description="Distance of the battery up-range of the asset.")
    launch_delay_s: Duration = Field(default=0.0, description="From commit to launch.")
    reaction_s: Duration = Field(
        default=0.0, description="From entering detect_km to the first possible launch; no meaning without detect_km."
    )
    assess_s: Duration = Field(default=0.0, description="From the last intercept to knowing the outcome.")
    spacing_s: Duration = Field(default=0.0, description="Between the rounds of one salvo.")
    hold: Rule = Field(default="assess", description="Until when an engagement holds its channel.")
    launch_cycle_s: Duration = Field(
        default=5.0, description='With hold = "launch": channel held this long after commit.'
    )
    order: Order = Field(default="deadline", description="Whom to serve first, after priority.")
    partial_salvo: Flag = Field(
        default=True, description="Fire what is left when the magazine holds less than the salvo."
    )
    availability: Probability = Field(
        default=1.0, description="The whole battery works, or is out for the whole raid; one draw a raid."
    )
    ignore_misses: IgnoreMisses = Field(
        default=IgnoreMisses(), description="Impact-point prediction. Default: shoots at all."
    )
    kill_called_wrongly: Probability = Field(default=0.0, description="A live threat is called dead.")
    miss_called_wrongly: Probability = Field(
        default=0.0, description="A dead threat is called alive and shot at again."
    )
    effect: Literal["kill", "suppress"] = Field(default="kill", description="Suppress: jamming and spoofing.")
    covers: Annotated[tuple[Slug, ...], Field(min_length=1)] | None = Field(
        default=None, description="Assets it defends. Default: all."
    )
    interceptor_cost_usd: Money | None = Field(default=None, description="Price of a round. Without it, money is null.")
    against: Annotated[dict[Slug, Against], Frozen] = Field(
        default_factory=FrozenDict,
        description="What it fights, by class, or by a threat's id, which replaces the class's table whole.",
    )
    ranges: Ranges = Field(default_factory=FrozenDict, description=RANGES)
    sources: SourceIds = Field(default_factory=FrozenDict, description=SOURCES)

    def against_for(self, threat: Threat) -> Against | None:
        """The table that holds for this threat: that of its id if there is one, else that of its class."""
        return self.against.get(threat.id, self.against.get(threat.class_))


def absent(batteries: Iterable[Battery]) -> frozenset[str]:
    """Ids of the batteries that are as if they were not in the file: of count 0, or with a lender that is absent."""
    gone = {battery.id for battery in batteries if battery.count == 0}
    while True:
        more = {
            battery.id
            for battery in batteries
            if battery.id not in gone and not gone.isdisjoint((battery.channels_of, battery.interceptors_of))
        }
        if not more:
            return frozenset(gone)
        gone |= more


class Source(Table):
    """Where numbers come from."""

    id: Slug = Field(description="Name of the source, unique among sources.")
    title: Text | None = Field(default=None, description="Title.")
    publisher: Text | None = Field(default=None, description="Who published it.")
    date: Text | None = Field(default=None, description="When, such as 2024-04-14.")
    url: Text | None = Field(default=None, description="Where to read it.")


class Campaign(Table):
    """The raid again and again on one stock."""

    raids: Raids = Field(description="How often the raid comes.")
    interval_s: Interval | None = Field(
        default=None, description="From one raid to the next; for clock times alone. Default: no clock times."
    )
    resupply: Annotated[dict[str, Stock], Frozen] = Field(
        default_factory=FrozenDict, description="Rounds per unit before each further raid, by battery."
    )

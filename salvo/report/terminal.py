"""A result as tables for people, as wide as the terminal and no wider; where a table does not fit, as lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from salvo.catalog.origin import changes, title
from salvo.report.against import WHAT, Against, against_record
from salvo.report.amounts import money_rows, stopped_shares
from salvo.report.page import Page
from salvo.report.sentences import assumed_inputs, stands_on, told, uncertain_inputs
from salvo.report.sheets import Sheet
from salvo.result.money import can_be_disabled
from salvo.result.quantities import CountDistribution
from salvo.wording import (
    amounts,
    chance,
    clock,
    estimate_text,
    exact_percent,
    few,
    mean_text,
    percent,
    share_span,
    share_text,
    some,
)

if TYPE_CHECKING:
    from salvo.format.values import Uncertain
    from salvo.result.outcome import CampaignOutcome, Outcome

ERROR = "± is the 95 % simulation error"
LISTED = 20  # assets that the table names
SCOPES = {
    "study": "ignorance, once a study",
    "raid": "luck, once a raid",
    "threat": "luck, once a threat",
}


def render(result: Outcome, console: Console) -> None:
    """Print the whole result."""
    draw(result, Page(console))


def draw(result: Outcome, page: Sheet) -> None:
    """Write the whole result for people."""
    scenario, launched = result.scenario, result.launched
    page.heading(title(scenario))
    decoys = f" and {launched.decoys:,} decoy{'s' * (launched.decoys != 1)}" if launched.decoys else ""
    threads = f"{result.device}, {result.threads} thread{'s' * (result.threads != 1)}"
    page.text(
        f"{scenario.name}: {launched.real:,} threat{'s' * (launched.real != 1)}{decoys}; {result.trials:,} "
        f"trial{'s' * (result.trials != 1)}, seed {result.seed}, {result.seconds:.2f} s ({threads})",
        style="dim",
    )
    for change in changes(scenario):
        page.item(f"changed: {change}")
    page.text("")
    page.text(told(result))
    page.text("")
    page.text(stands_on(result), style="dim")
    _outcome(page, result)
    if result.campaign is not None:
        _campaign(page, result, result.campaign)
    if result.against_record:
        _against(page, against_record(result), scenario.word)
    _fates(page, result)
    _batteries(page, result)
    _assets(page, result)
    _money(page, result)
    _assumptions(page, result)
    page.heading("Notes" if result.notes else "")
    for note in result.notes:
        page.item(note)


def _outcome(page: Sheet, result: Outcome) -> None:
    word = result.scenario.word
    none = (None, None) if result.exact is None else (result.exact.pmf[0], result.exact.hits_pmf[0])
    rows = [["leakers", f"{result.launched.real:,}", *_cells(result.leakers, none[0])]]
    rows.append(["hits", f"{result.launched.real:,}", *_cells(result.hits, none[1])])
    if len(result.by_class) > 1:
        for name, outcome in result.by_class.items():
            rows.append([f"{name} leakers", f"{outcome.launched:,}", *_cells(outcome.leakers)])
            rows.append([f"{name} hits", f"{outcome.launched:,}", *_cells(outcome.hits)])
    page.heading(f"What gets through ({ERROR})")
    page.grid(["", "of", "mean ± error", f"5-95 % of {word}s", "P(none)"], rows)
    page.text(
        "± is simulation error (95 %): how far another seed may move the mean. It shrinks with more trials; two runs "
        f"whose means differ by less than 1.4 times as much may differ by chance alone. 5-95 % of {word}s is the spread "
        f"of outcomes: how {word}s differ, however many are played.",
        style="dim",
    )
    if result.exact is not None:
        exact, simulated = result.exact, result.leakers
        page.text(
            f"Exact answer for leakers: mean {exact.mean:.6g}, standard deviation {exact.sd:.6g} ({exact.method})."
        )
        if simulated.se:
            off = (simulated.mean - exact.mean) / simulated.se
            page.text(f"The simulated mean is {abs(off):.1f} standard errors {'above' if off > 0 else 'below'} it.")
    else:
        page.text(f"No exact answer: {result.exact_why_not}.", style="dim")
    if result.launched.real:
        page.heading("Stopped, as a share of those")
        page.grid(
            ["", "share (95 % error)", f"5-95 % of {word}s"],
            [[name, share_text(ratio), share_span(ratio)] for name, ratio in stopped_shares(result)],
        )


def _against(page: Sheet, found: Against, word: str) -> None:
    rows = [
        [
            f"{one.threat_class} {found.counted}",
            f"{one.launched:,}",
            _span(one.spread),
            _span(one.outer) if one.moved else "not moved",
            f"{100 * one.p_none:.3g} %",
            f"{100 * one.p_none_outer:.3g} %",
        ]
        for one in dict.fromkeys((found.total, *found.by_class))
    ]
    page.heading("Against the record of past raids")
    page.grid(["", "of", f"5-95 % of {word}s", "against the record", "P(none)", "against the record"], rows)
    told = " and ".join(f"{n} with {key} threats (s = {found.scatter[key]:.2f})" for key, n in found.raids.items())
    page.text(f"{WHAT} Learned from {told}{', this raid left out' if found.without else ''}.", style="dim")


def _campaign(page: Sheet, result: Outcome, campaign: CampaignOutcome) -> None:
    """Raid by raid: what gets through and what is left."""
    owners = list(campaign.raids[0].left)
    rows = []
    for k, raid in enumerate(campaign.raids):
        short = [name for name, p in raid.p_unmet.items() if p.k]
        unmet = max((raid.p_unmet[name] for name in short), key=lambda p: p.k, default=None)
        left = sum(raid.left[name].mean for name in owners)
        rows.append(
            [
                f"{k + 1}",
                *_cells(raid.leakers),
                estimate_text(raid.hits.of_mean),
                few(left) if owners else "-",
                "-" if unmet is None else chance(unmet),
            ]
        )
    page.heading(f"Raid by raid ({len(rows)} on one stock; {ERROR})")
    headers = ["raid", "leakers ± error", "5-95 %", "P(none)", "hits ± error", "rounds left", "P(short)"]
    page.grid(headers, rows)
    page.text(
        "P(short): some battery had too few rounds for a threat that waited for it; the largest of any battery.",
        style="dim",
    )
    dry = [(name, first) for name, first in campaign.first_dry.items() if first.never < 1]
    if dry:
        page.heading("When a magazine is first empty (share of campaigns, by raid)")
        page.grid(
            ["", *(f"{k + 1}" for k in range(result.raids)), "never"],
            [[name, *(f"{100 * p:.3g} %" for p in first.pmf), f"{100 * first.never:.3g} %"] for name, first in dry],
        )


def _span(ends: tuple[int, int]) -> str:
    return f"{ends[0]:,} to {ends[1]:,}"


def _cells(distribution: CountDistribution, none: float | None = None) -> list[str]:
    low, high = distribution.interval(0.9)
    share = percent(distribution.exactly(0)) if none is None else exact_percent(none)
    return [estimate_text(distribution.of_mean), f"{low:,} to {high:,}", share]


def _fates(page: Sheet, result: Outcome) -> None:
    rows, why = [], []
    for threat in result.scenario.threats:
        fates = result.fates[threat.id]
        stops = {**fates.killed, "suppressed": fates.suppressed}
        by = amounts((name, mean.mean) for name, mean in stops.items())
        leaks = f"{few(fates.missed.mean)} / {few(fates.hit.mean)}"
        late = f" ({few(fates.failed_late.mean)} late)" if fates.failed_late.mean else ""
        row = [threat.id, f"{fates.launched:,}", few(fates.failed.mean) + late, leaks]
        if threat.decoy:
            row = [f"{threat.id} (decoy)", f"{fates.launched:,}", "-", f"expired {few(fates.expired.mean)}"]
        rows.append([*row, by or "nobody"])
        reasons = amounts(
            (reason.replace("_", " "), mean.mean) for reason, mean in result.why_leaked[threat.id].items()
        )
        if reasons:
            why.append([threat.id, reasons])
    page.heading(f"What stopped whom (means a {result.scenario.word})")
    page.grid(["", "launched", "failed", "missed / hit", "stopped by"], rows, wrap=True)
    if why:
        page.heading(f"Why leakers leaked (means a {result.scenario.word})")
        page.grid(["", "reason"], why, wrap=True)


def _batteries(page: Sheet, result: Outcome) -> None:
    rows = []
    for name, use in result.batteries.items():
        low, high = use.fired.interval(0.9)
        rows.append(
            [
                name,
                few(use.fired.mean),
                f"{low:,} to {high:,}",
                "-" if use.left is None else few(use.left.mean),
                "-" if use.p_dry is None else chance(use.p_dry),
                "-" if use.dry_at_s is None else clock(use.dry_at_s.mean),
                few(use.kills.mean),
                few(use.redundant.mean),
            ]
        )
    if rows:
        page.heading(
            f"Batteries (rounds a {result.scenario.word}; dry: the magazine is empty at the end, and since when)"
        )
        page.grid(["", "fired", "5-95 %", "left", "P(dry)", "since", "stopped", "redundant"], rows)


def _assets(page: Sheet, result: Outcome) -> None:
    mortal = {asset.id for asset in result.scenario.assets if can_be_disabled(asset)}
    if len(result.assets) == 1 and not mortal:
        return
    rows = [
        [
            name,
            *_cells(asset.hits)[:2],
            chance(asset.hits.at_least(1)),
            chance(asset.p_disabled) if name in mortal else "-",
        ]
        for name, asset in sorted(result.assets.items(), key=lambda item: -item[1].hits.mean)[:LISTED]
    ]
    page.heading(f"Assets ({ERROR})")
    page.grid(["", "hits ± error", "5-95 %", "P(hit)", "P(disabled)"], rows)
    if len(result.assets) > LISTED:
        page.text(f"The {LISTED} assets hit most, of {len(result.assets):,}.")
    if result.disabled is not None and len(mortal) > 1:
        count = result.disabled.count
        page.text(
            f"Disabled in all: {mean_text(count.mean, count.se)} of {len(mortal):,}, at least one with {percent(count.at_least(1))}."
        )


def _money(page: Sheet, result: Outcome) -> None:
    rows = list(money_rows(result))
    if rows:
        page.heading(f"Money (US dollars a {result.scenario.word}; {ERROR})")
        page.grid(["", "mean ± error", f"5-95 % of {result.scenario.word}s"], rows)


def _assumptions(page: Sheet, result: Outcome) -> None:
    laws, assumed = uncertain_inputs(result.scenario), assumed_inputs(result.scenario)
    if not laws and not assumed:
        return
    page.heading("Assumptions")
    for scope, meaning in SCOPES.items():
        drawn = [f"{path} {_law(law)}" for path, law in laws if law.scope == scope]
        if drawn:
            page.item(f"uncertain, {meaning}: {some(drawn)}")
    if assumed:
        page.item(f"marked as assumed ({len(assumed)}): {some(assumed)}")


def _law(law: Uncertain) -> str:
    form = f"{law.low:g}-{law.mode:g}-{law.high:g}" if law.mean is None else f"mean {law.mean:g}, rho {law.rho:g}"
    return f"({form}{', with ' + law.with_ if law.with_ else ''})"

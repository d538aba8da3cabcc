"""A hindcast as tables for people: predictions, score, what was learned, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salvo.faults import listed
from salvo.past.baselines import BASELINES
from salvo.report.sheets import Sheet
from salvo.wording import count_of

if TYPE_CHECKING:
    from salvo.answers.hindcast import Hindcast


def draw(found: Hindcast, page: Sheet, honest: str) -> None:
    """Predictions, score, what was learned, and what was left out."""
    raids, groups = len({row.raid_id for row in found.rows}), len({row.campaign for row in found.rows})
    told = "campaigns" if found.left_out_together == "campaign" else "raids"
    which = f"{count_of(raids, 'raid', 'raids')} in {count_of(groups, 'campaign', 'campaigns')}"
    page.heading(f"{count_of(len(found.rows), 'row', 'rows')} of {which}, each predicted from other {told}")
    page.grid(
        ["raid", "class", "launched", "leaked", "10 %", "50 %", "90 %", "pit", "crps", "own list"],
        [
            [row.raid_id, row.threat_class, *map(str, (row.launched, row.leaked, row.q10, row.q50, row.q90)),
             f"{row.pit:.2f}", f"{row.crps:.3f}", f"{row.baselines['defender_list'].crps:.3f}"]
            for row in found.rows
        ],
    )  # fmt: skip
    if found.rows:
        _draw_score(found, page)
    page.heading("Share that leaks in one raid, learned from all the rows of the fit")
    page.grid(
        ["class", "mean", "rho", "rows", "raids", "and of each defender on record"],
        [
            [name, f"{law['mean']:.2f}", f"{law['rho']:.2f}", str(law["rows"]), str(law["raids"]),
             "; ".join(f"{one} {own['mean']:.2f}, {own['rho']:.2f}" for one, own in law["by_defender"].items())]
            for name, law in found.learned.items()
        ],
        wrap=True,
    )  # fmt: skip
    page.text("In a scenario, a battery that stands for a whole defence has kill = { mean = 1 - mean, rho = rho }.")
    page.heading("Left out of the score" if found.left_out else "")
    reasons: dict[str, list[str]] = {}
    for row in found.left_out:
        reasons.setdefault(row["reason"], []).append(f"{row['raid_id']} {row['threat_class']}")
    for reason, rows in reasons.items():
        page.item(f"{reason}: {listed(rows)}")
    page.text("")
    page.text(honest)


def _draw_score(found: Hindcast, page: Sheet) -> None:
    page.heading("Do the intervals hold?")
    inside, average = found.coverage, found.coverage_averaged
    page.grid(
        ["interval", "rows inside", "averaged over the luck of the transform"],
        [[f"{level} %", percent(inside[level]), percent(average[level])] for level in inside],
    )
    page.heading("Is it better than a simple answer?")
    crps, logs, over = found.crps, found.log_score, found.skill["over"]
    rows = [["the model", number(crps["model"], 4), number(logs["model"], 2), "", percent(average["80"])]]
    rows += [
        [name.replace("_", " "), number(crps[name], 4), number(logs[name], 2), skill_text(over[name]),
         percent(found.coverage_of_baselines[name]["80"])]
        for name in BASELINES
    ]  # fmt: skip
    page.grid(["prediction", "crps of the share", "log score", "skill over it", "inside 80 %"], rows)
    page.text("Skill is 1 - crps / crps of that answer, with a 95 % bootstrap interval by campaign.", style="dim")
    for name, what in BASELINES.items():
        page.item(f"{name.replace('_', ' ')}: {what}")
    page.text("")
    page.grid(
        ["class", "rows", "crps", "defender list", "class list", "class binomial", "inside 80 %"],
        [
            [name, str(one["rows"]), *(f"{one[key]:.3f}" for key in
             ("crps", "crps_defender_list", "crps_class_list", "crps_class_binomial")), percent(one["inside_80"])]
            for name, one in found.by_class.items()
        ],
    )  # fmt: skip


def skill_text(skill: dict[str, Any]) -> str:
    """A skill with its interval."""
    if skill["value"] is None:
        return "none: no error to lessen"
    text = f"{skill['value']:.2f}"
    return text if skill["ci95"] is None else f"{text} ({skill['ci95'][0]:.2f} to {skill['ci95'][1]:.2f})"


def number(value: float | None, digits: int) -> str:
    """A score, or a dash where nothing could be scored."""
    return "-" if value is None else f"{value:.{digits}f}"


def percent(share: float | None) -> str:
    """A share as whole per cent."""
    return "-" if share is None else f"{100 * share:.0f} %"

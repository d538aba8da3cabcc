"""Write the tables and figures of docs/validation.md and docs/april-2024.md anew: `python docs/validation.py`.

Some alone: `python docs/validation.py variants forward`; what needs no simulation is written in any case.
Text between `<!-- name -->` and `<!-- end -->` is computed here; all else on the page is written by hand.
"""

import csv
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

import salvo
from salvo.answers.hindcast import RECORD, Hindcast, hindcast
from salvo.answers.hindcast_page import skill_text
from salvo.charts.hindcast import intervals_svg, reliability_svg
from salvo.past.baselines import BASELINES
from salvo.past.counts import quantile
from salvo.past.model import Priors
from salvo.past.outer import FOLDER, Scatter, is_fast, played, scatter
from salvo.past.read import read
from salvo.past.score import covered

PAGE = Path(__file__).with_name("validation.md")
TRIALS = 10_000
APRIL = 100_000  # as on the page of that night
YEAR = "2024"  # learn from what came before it, predict the rest
# Scenario, raid, class, and what of the result is the published number: misses that nobody counts are no leakers there.
CASES = [
    ("abqaiq-2019", ["IR-SA-2019-09-14"], ["drone", "cruise"], "leakers"),
    ("al-asad-2020", ["IR-IQ-2020-01-08"], ["ballistic"], "leakers"),
    ("red-sea-2023-12-26", ["YE-NAV-2023-12-26"], ["drone", "cruise", "ballistic"], "leakers"),
    ("red-sea-2024-01-09", ["YE-NAV-2024-01-09"], ["drone", "cruise", "ballistic"], "leakers"),
    ("ukraine-2023-12-29", ["RU-UA-2023-12-29"],
     ["drone", "cruise", "ballistic", "aeroballistic", "supersonic-cruise", "anti-radiation"], "leakers"),
    ("ukraine-2024-03-22", ["RU-UA-2024-03-22"],
     ["drone", "cruise", "ballistic", "aeroballistic", "supersonic-cruise"], "leakers"),
    ("april-2024", ["IR-IL-2024-04-13"], ["drone", "cruise", "ballistic"], "hits"),
    ("ukraine-2025-05-24", ["RU-UA-2025-05-24"], ["ballistic"], "leakers"),
    ("uae-2026", ["IR-AE-2026-02-28", "IR-AE-2026-03-01", "IR-AE-2026-03-03"], ["drone", "cruise", "ballistic"], "hits"),
    ("gaza-2012", ["GZ-IL-2012-11"], ["rocket"], "hits"),
    ("ukraine-2024-09-02", ["RU-UA-2024-09-02"], ["drone", "cruise", "ballistic"], "leakers"),
    ("qatar-2026-03-05", ["IR-QA-2026-03-05"], ["drone", "ballistic"], "hits"),
]  # fmt: skip


def blocks() -> dict[str, str]:
    """The computed parts of the page that need no simulation, by name."""
    found = hindcast()
    return {
        "headline": headline(found),
        "score": score(found),
        "score-raid": score(hindcast(leave_out="raid")),
        "classes": classes(found),
        "learned": learned(found),
        "against": against(),
        "against-cover": against_cover(),
        "against-variants": against_variants(),
        "left-out": "\n".join(f"- {row['raid_id']}, {row['threat_class']}: {row['reason']}" for row in found.left_out),
    }


def slow_blocks() -> dict[str, Callable[[], str]]:
    """Those that take longer."""
    return {
        "variants": variants,
        "forward": forward,
        "april": april,
        "raids": raids,
        "october": october,
        "split": split,
    }


def headline(found: Hindcast) -> str:
    """What the hindcast adds, in one line."""
    first = found.skill
    inside = found.coverage_averaged
    return (
        f"**What it adds: intervals that hold ({100 * inside['80']:.0f} % of what happened inside the 80 % intervals, "
        f"{100 * inside['95']:.0f} % inside the 95 % ones) and little more than the list of the defender's own past shares: "
        f"skill {skill_text(first)} over it.** Rows, raids, campaigns: {len(found.rows)}, "
        f"{len({row.raid_id for row in found.rows})}, {len({row.campaign for row in found.rows})}."
    )


def score(found: Hindcast) -> str:
    crps, logs, over = found.crps, found.log_score, found.skill["over"]
    rows = [["**the model**", f"{crps['model']:.4f}", f"{logs['model']:.2f}", "", *shares(found.coverage_averaged)]]
    rows += [
        [name.replace("_", " "), f"{crps[name]:.4f}", f"{logs[name]:.2f}", skill_text(over[name]),
         *shares(found.coverage_of_baselines[name])]
        for name in BASELINES
    ]  # fmt: skip
    return grid(["prediction", "CRPS", "log score", "skill over it (95 %)", "inside 50 %", "80 %", "95 %"], rows)


def classes(found: Hindcast) -> str:
    keys = ("crps", "crps_defender_list", "crps_nearest_list", "crps_class_list", "crps_class_binomial")
    rows = [
        [name, one["rows"], *(f"{one[key]:.3f}" for key in keys), f"{100 * one['inside_80']:.0f} %"]
        for name, one in found.by_class.items()
    ]
    heads = ["class", "rows", "CRPS", "defender list", "nearest list", "class list", "class binomial", "inside 80 %"]
    return grid(heads, rows)


def shares(coverage: dict[str, float]) -> list[str]:
    return [f"{100 * one:.0f} %" for one in coverage.values()]


def learned(found: Hindcast) -> str:
    rows = []
    for name, law in found.learned.items():
        rows.append([name, "any other", law["raids"], f"{law['mean']:.2f}", f"{law['rho']:.2f}"])
        rows += [[name, one, own["rows"], f"{own['mean']:.2f}", f"{own['rho']:.2f}"]
                 for one, own in law["by_defender"].items()]  # fmt: skip
    return grid(["class", "defender", "raids", "mean", "rho"], rows)


def variants() -> str:
    usual = Priors()
    tried = {
        "as published here": usual,
        "no level for the defender": replace(usual, defender_sd=0),
        "one rho for all defenders of a class": replace(usual, rho_sd=0),
        "defenders differ less (0.75)": replace(usual, defender_sd=0.75),
        "defenders differ more (3)": replace(usual, defender_sd=3),
        "class means closer to one half (1)": replace(usual, mean_sd=1),
        "rho uniform": replace(usual, rho_b=1),
        "rho smaller: Beta(1, 4)": replace(usual, rho_b=4),
        "published counts as points": replace(usual, exact=True),
        "other classes of a defender tell nothing": replace(usual, kin=0),
        "grid twice as fine": replace(usual, step=0.125),
    }
    rows = []
    for name, priors in tried.items():
        found = hindcast(priors=priors)
        rows.append([name, *_brief(found)])
    return grid(["variant", *BRIEF], rows)


def forward() -> str:
    record = read(RECORD)
    found = hindcast(
        fit=[row for row in record if row.date < YEAR], predict=[row for row in record if row.date >= YEAR]
    )
    return grid(["", "rows", *BRIEF],
                [[f"{YEAR} and later from before {YEAR}", len(found.rows), *_brief(found)]])  # fmt: skip


BRIEF = ["skill over defender list", "over class binomial", "inside 50 %", "80 %", "95 %", "log score"]


def _brief(found: Hindcast) -> list[str]:
    over = found.skill["over"]
    return [f"{over['defender_list']['value']:.2f}", f"{over['class_binomial']['value']:.2f}",
            *shares(found.coverage_averaged), f"{found.log_score['model']:.2f}"]  # fmt: skip


def april() -> str:
    """Three denominators, the published figure beside what the scenario gives."""
    row = published()["IR-IL-2024-04-13", "ballistic"]
    everything = published()["IR-IL-2024-04-13", "all"]
    result = simulate("april-2024")
    plain = result.to_dict()
    launched = plain["launched"]["real"]
    ballistic = plain["by_class"]["ballistic"]["launched"]
    failed = sum(plain["fates"][t.id]["failed"]["mean"] for t in result.scenario.threats if t.class_ == "ballistic")
    hits, leaks = plain["hits"]["mean"], plain["leakers"]["mean"]
    few, through = (plain["by_class"]["ballistic"][key]["mean"] for key in ("hits", "leakers"))
    known = {key: int(row[f"{key}_best"]) for key in ("launched", "failed", "leaked")}
    total = int(everything["launched_best"])

    def line(what: str, base: str, told: float, hit: float, leak: float) -> list[str]:
        return [what, base, f"{100 * told:.1f} %", f"{100 * hit:.1f} %", f"{100 * leak:.1f} %"]

    flew = known["launched"] - known["failed"]
    rows = [
        line("everything launched", f"{known['leaked']} of {total}", 1 - known["leaked"] / total,
             1 - hits / launched, 1 - leaks / launched),
        line("ballistic missiles launched", f"{known['leaked']} of {known['launched']}",
             1 - known["leaked"] / known["launched"], 1 - few / ballistic, 1 - through / ballistic),
        line("ballistic missiles that did not fail", f"{known['leaked']} of {flew}", 1 - known["leaked"] / flew,
             1 - few / (ballistic - failed), 1 - through / (ballistic - failed)),
    ]  # fmt: skip
    table = grid(
        ["divided by", "published: hits of", "published rate", "scenario, by hits", "scenario, by leakers"], rows
    )
    ours = plain["by_class"]["ballistic"]["hits"]
    q, worse = ours["quantiles"], sum(ours["pmf"][known["leaked"] :])
    text = (
        f"Ballistic hits in the scenario: median {q['0.5']}, 90 % between {q['0.05']} and {q['0.95']}; {known['leaked']} "
        f"or more in {100 * worse:.0f} % of {APRIL:,} raids (seed 1)."
    )
    return f"{table}\n\n{text}"


def raids() -> str:
    rows = []
    record = published()
    for name, ids, kinds, what in CASES:
        result = simulate(name).to_dict()
        for kind in kinds:
            found = [record[one, kind] for one in ids if (one, kind) in record]
            told = [
                sum(int(row[f"leaked_{end}"] or row["leaked_best"]) for row in found) for end in ("low", "best", "high")
            ]
            q = result["by_class"][kind][what]["quantiles"]
            inside = "yes" if q["0.05"] <= told[1] <= q["0.95"] else "**no**"
            shown = str(told[1]) if told[0] == told[2] else f"{told[1]} ({told[0]} to {told[2]})"
            launched = result["by_class"][kind]["launched"]
            rows.append([name, kind, launched, what, shown, q["0.5"], f"{q['0.05']} to {q['0.95']}", inside])
    heads = ["scenario", "class", "launched", "counted", "published", "median", "90 % of raids", "inside"]
    good = sum(row[-1] == "yes" for row in rows)
    return f"{grid(heads, rows)}\n\n{good} of {len(rows)} inside."


def october() -> str:
    """The raid that is a prediction only."""
    result = simulate("israel-2024-10-01")
    found = salvo.against_record(result).by_class[0]
    hits, leakers = result.hits, result.leakers
    rows = [
        ["hits", f"{hits.mean:.1f}", hits.quantile(0.5), span(hits.interval(0.9)), span(found.outer)],
        ["leakers", f"{leakers.mean:.1f}", leakers.quantile(0.5), span(leakers.interval(0.9)), ""],
    ]
    return grid(["of 180 launched", "mean", "median", "90 % of raids", "90 % against the record"], rows)


def write_played() -> None:
    """The simulated laws of the past raids, which the interval against the record is learned from."""
    rows = []
    for name, ids, kinds, what in CASES:
        result = simulate(name)
        for kind in kinds:
            groups = [t for t in result.scenario.threats if t.class_ == kind and not t.decoy]
            outcome = result.by_class[kind]
            law = getattr(outcome, what).histogram
            fast = sum(t.count for t in groups if is_fast(kind, t.speed_m_s)) * 2 > outcome.launched
            engaged = sum(result.fates[t.id].engaged.mean for t in groups)
            head = [name, " ; ".join(ids), kind, what, outcome.launched, int(fast), f"{engaged:.3f}"]
            rows += [[*head, count, raids] for count, raids in enumerate(law) if raids]
    with open(FOLDER / "played.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(PLAYED)
        out.writerows(rows)
    played.cache_clear()
    scatter.cache_clear()


PLAYED = ["scenario", "raid_ids", "threat_class", "counted", "launched", "fast", "engaged", "count", "trials"]


def against() -> str:
    """Each class that was fought: published, simulated, and moved as far as the other raids were off."""
    rows = []
    for row in played():
        if row.fought:
            law = np.array(row.law)
            moved = scatter(row.scenario).moved(row.law, row.fast)
            rows.append([
                row.scenario, row.threat_class, row.launched, row.best, span(ends(law)), span(ends(moved)),
                f"{middle(law, row.best):.2f}", f"{middle(moved, row.best):.2f}",
                f"{100 * law[row.best :].sum():.1f} %", f"{100 * moved[row.best :].sum():.1f} %",
            ])  # fmt: skip
    heads = ["scenario", "class", "launched", "published", "simulated 90 %", "against the record 90 %", "PIT", "PIT against",
             "so many or more", "against the record"]  # fmt: skip
    return grid(heads, rows)


def against_cover() -> str:
    """How often what was published lies inside, before and after, and how the transform falls into thirds."""
    rows = []
    for fast, kind in ((True, "fast"), (False, "slow")):
        chosen = [row for row in played() if row.fought and row.fast == fast]
        for name, laws in (
            ("as simulated", [np.array(row.law) for row in chosen]),
            ("against the record", [scatter(row.scenario).moved(row.law, fast) for row in chosen]),
        ):
            pairs = list(zip(laws, chosen, strict=True))
            inside = [np.mean([covered(law, row.best, level) for law, row in pairs]) for level in (50, 80, 95)]
            thirds = np.histogram([middle(law, row.best) for law, row in pairs], [0, 1 / 3, 2 / 3, 1])[0]
            rows.append([kind, name, len(pairs), *(f"{100 * one:.0f} %" for one in inside), *thirds])
    heads = ["threats", "", "rows", "inside 50 %", "80 %", "95 %", "PIT below 1/3", "1/3 to 2/3", "above 2/3"]
    return grid(heads, rows)


def against_variants() -> str:
    """What the scatter hangs on: the prior, and raids left out one by one; and what that makes of the April night."""
    april = next(row for row in played() if (row.scenario, row.threat_class) == ("april-2024", "ballistic"))
    tried = {f"t ~ half-normal({wide:g})": Scatter(played(), "april-2024", wide) for wide in (1.0, 4.0)}
    rows = []
    chosen = {
        f"without {one}": Scatter([row for row in played() if row.scenario != one], "april-2024")
        for one in dict.fromkeys(row.scenario for row in played() if row.fought and row.scenario != "april-2024")
    }
    for name, found in {"as published here": scatter("april-2024"), **tried, **chosen}.items():
        moved = found.moved(april.law, april.fast)
        rows.append([name, found.raids[True], f"{found.mean(True):.2f}", found.raids[False], f"{found.mean(False):.2f}",
                     span(ends(moved)), f"{100 * moved[april.best :].sum():.0f} %"])  # fmt: skip
    return grid(["", "raids, fast", "s, fast", "raids, slow", "s, slow", "April, ballistic hits, 90 %",
                 f"{april.best} or more"], rows)  # fmt: skip


def ends(law: np.ndarray) -> tuple[int, int]:
    return quantile(law, 0.05), quantile(law, 0.95)


def span(interval: tuple[int, int]) -> str:
    return f"{interval[0]} to {interval[1]}"


def middle(law: np.ndarray, count: int) -> float:
    """P(fewer) + P(equal)/2."""
    return float(law[:count].sum() + law[count] / 2)


def split() -> str:
    """Shot, lost, through: drones of 24 May 2025, imitators included."""
    row = published()["RU-UA-2025-05-24", "drone"]
    fates = [simulate("ukraine-2025-05-24").to_dict()["fates"][group] for group in ("drones", "imitators")]
    model = {
        "shot": sum(mean["mean"] for one in fates for mean in one["killed"].values()),
        "lost or jammed": sum(one["suppressed"]["mean"] for one in fates),
        "through": sum(one[end]["mean"] for one in fates for end in ("hit", "missed", "expired")),
    }
    told = [row["intercepted_best"], row["ew_lost_best"], row["leaked_best"]]
    return grid(["250 drones", "published", "scenario, mean"],
                [[name, one, f"{mean:.0f}"] for (name, mean), one in zip(model.items(), told, strict=True)])  # fmt: skip


def simulate(name: str) -> salvo.Result:
    return simulate_april(name, APRIL if name == "april-2024" else TRIALS)


@cache
def simulate_april(scenario: str | salvo.Scenario, trials: int) -> salvo.Result:
    return salvo.simulate(scenario, trials=trials, seed=1)


def published() -> dict[tuple[str, str], dict[str, str]]:
    with open(RECORD, encoding="utf-8", newline="") as file:
        return {(row["raid_id"], row["threat_class"]): row for row in csv.DictReader(file)}


def grid(heads: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def filled(page: str, parts: dict[str, str]) -> str:
    """The page with these blocks in their places."""
    for name, text in parts.items():
        mark = rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)"
        page, count = re.subn(mark, lambda m, text=text: m[1] + text + "\n" + m[2], page, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"the page has {count} blocks called {name}")
    return page


def main(wanted: Sequence[str]) -> None:
    if not wanted or "played" in wanted:
        write_played()
    slow = {name: make() for name, make in slow_blocks().items() if not wanted or name in wanted}
    page = filled(PAGE.read_text("utf-8"), blocks() | slow)
    PAGE.write_text(page, "utf-8")
    import april_2024  # beside this file

    parts = april_2024.blocks(simulate_april)
    night = {name: make() for name, make in parts.items() if not wanted or name in wanted}
    april_2024.PAGE.write_text(filled(april_2024.PAGE.read_text("utf-8"), night), "utf-8")
    found = hindcast()
    for name, draw in (("hindcast-intervals", intervals_svg), ("hindcast-reliability", reliability_svg)):
        PAGE.with_name(f"{name}.svg").write_text(draw(found), "utf-8")
    sys.stdout.write(f"wrote {PAGE.name}, {april_2024.PAGE.name} and two figures\n")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Predict past raids from other past raids, and keep the score.

    found = hindcast()                       # each campaign of the packaged record from all the others
    found = hindcast(predict="new.csv")      # other raids from the packaged record
    found.skill, found.coverage, found.to_dict()

This back-tests outcomes: how many get through. It does not calibrate the kill probability of a shot, because batteries,
rounds fired and targets engaged are not published, and a count of leaks cannot tell a bad shot from a shot never fired.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.hindcast_page import draw
from salvo.faults import listed, nearest, single
from salvo.format.kinds import is_a
from salvo.format.scenario import Scenario
from salvo.limits import SEED, check_arguments
from salvo.past.baselines import BASELINES, HEADLINE, Told, baselines
from salvo.past.campaigns import campaigns
from salvo.past.counts import quantile
from salvo.past.model import Grid, Model, Priors
from salvo.past.read import Raid, read, unfit, unscored
from salvo.past.score import LEVELS, covered, crps, log_score, luck, pit, skill_interval
from salvo.report.sheets import Sheet
from salvo.version import __version__
from salvo.wording import count_of

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

Apart = Literal["campaign", "raid"]
APART = get_args(Apart)
RECORD = Path(__file__).parents[1] / "datasets" / "raids.csv"
HONEST = (
    "This back-tests outcomes, counts of what got through. It does not calibrate the kill probability of a shot: "
    "batteries, rounds fired and targets engaged are not published."
)


@dataclass(frozen=True)
class Prediction:
    """One class of one raid: predicted without its campaign, or without the raid, against what was published.

    `mean` and the quantiles are counts of leaks; `crps` is of the leaked share; `inside` holds, for 50, 80 and 95 %,
    the chance that the randomised transform falls inside; `learned_from` counts rows of this class; `baselines` holds
    the scores of each of the simple answers.
    """

    raid_id: str
    campaign: str
    date: str
    defender: str
    threat_class: str
    launched: int
    leaked: int
    mean: float
    q10: int
    q50: int
    q90: int
    pit: float
    log_score: float
    crps: float
    learned_from: int
    inside: tuple[float, ...]
    pmf: tuple[float, ...]
    baselines: dict[str, Told]

    def to_dict(self) -> dict[str, Any]:
        """The row without its law, flat: `crps_*` and `log_score_*` of each baseline beside those of the model."""
        plain = {key: value for key, value in asdict(self).items() if key not in ("inside", "pmf", "baselines")}
        for key in ("crps", "log_score"):
            plain |= {f"{key}_{name}": getattr(told, key) for name, told in self.baselines.items()}
        return plain


@dataclass(frozen=True, repr=False)
class Hindcast(Answer):
    """All predictions of one set of raids, and the score.

    Attributes
    ----------
    rows : the predictions, in the order of the file
    left_out_together : what a prediction does not know: the whole campaign of the raid, or the raid alone
    learned : for each class the share that leaks in one raid: mean, rho; also for each defender on record
    left_out : rows that could not be scored, and why
    not_learned : rows that could not be learned from, and why
    """

    question, function = "hindcast", "hindcast"

    fit: str
    predict: str
    left_out_together: Apart
    seed: int
    priors: Priors
    rows: tuple[Prediction, ...]
    learned: dict[str, dict[str, Any]]
    left_out: tuple[dict[str, Any], ...]
    not_learned: tuple[dict[str, Any], ...]
    seconds: float = 0.0

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """None: raids of the record are no scenarios."""
        return ()

    @property
    def coverage(self) -> dict[str, float | None]:
        """Share of the rows whose transform lies in the central 50, 80 and 95 %."""
        inside = {level: [abs(row.pit - 0.5) <= level / 200 for row in self.rows] for level in LEVELS}
        return {str(level): _mean(inside[level]) for level in LEVELS}

    @property
    def coverage_averaged(self) -> dict[str, float | None]:
        """The same averaged over the luck of the transform."""
        return {str(level): _mean([row.inside[i] for row in self.rows]) for i, level in enumerate(LEVELS)}

    def reliability(self, levels: Sequence[int] = tuple(range(5, 100, 5))) -> list[tuple[float, float]]:
        """Nominal and observed share inside central intervals, averaged over the luck of the transform."""
        rows = [(np.array(row.pmf), row.leaked) for row in self.rows]
        return [(level / 100, float(np.mean([covered(p, leaked, level) for p, leaked in rows]))) for level in levels]

    @property
    def coverage_of_baselines(self) -> dict[str, dict[str, float | None]]:
        """Averaged coverage of each baseline, by its smoothed law."""
        return {
            name: {str(level): _mean([row.baselines[name].inside[i] for row in self.rows])
                   for i, level in enumerate(LEVELS)}
            for name in BASELINES
        }  # fmt: skip

    @property
    def crps(self) -> dict[str, float | None]:
        """Mean score of the leaked share, for the model and the baselines; small is good."""
        return self._scores("crps")

    @property
    def log_score(self) -> dict[str, float | None]:
        """Mean log probability of what happened, in nats, for the model and the baselines; large is good."""
        return self._scores("log_score")

    @property
    def skill(self) -> dict[str, Any]:
        """1 - crps of the model / crps of a baseline, with a 95 % bootstrap interval by campaign.

        `value` and `ci95` are over the hardest, which `baseline` names; `over` has all of them.
        """
        over = {name: _skill(self.rows, name, self.seed) for name in BASELINES}
        return {"baseline": HEADLINE, **over[HEADLINE], "over": over}

    @property
    def by_class(self) -> dict[str, dict[str, Any]]:
        """Rows, scores and coverage of each class."""
        found: dict[str, dict[str, Any]] = {}
        for name in dict.fromkeys(row.threat_class for row in self.rows):
            rows = [row for row in self.rows if row.threat_class == name]
            found[name] = {
                "rows": len(rows),
                "crps": _mean([row.crps for row in rows]),
                **{f"crps_{one}": _mean([row.baselines[one].crps for row in rows]) for one in BASELINES},
                "inside_80": _mean([row.inside[1] for row in rows]),
            }
        return found

    def _scores(self, key: str) -> dict[str, float | None]:
        found = {"model": _mean([getattr(row, key) for row in self.rows])}
        return found | {name: _mean([getattr(row.baselines[name], key) for row in self.rows]) for name in BASELINES}

    def values(self) -> Row:
        """Everything as plain values, without NaN."""
        return {
            "salvo": __version__,
            "what": HONEST,
            "fit": self.fit,
            "predict": self.predict,
            "leave_out": self.left_out_together,
            "seed": self.seed,
            "priors": asdict(self.priors),
            "raids": len({row.raid_id for row in self.rows}),
            "campaigns": len({row.campaign for row in self.rows}),
            "rows": [row.to_dict() for row in self.rows],
            "baselines": BASELINES,
            "coverage": self.coverage,
            "coverage_averaged": self.coverage_averaged,
            "coverage_of_baselines": self.coverage_of_baselines,
            "crps": self.crps,
            "log_score": self.log_score,
            "skill": self.skill,
            "by_class": self.by_class,
            "learned": self.learned,
            "left_out": list(self.left_out),
            "not_learned": list(self.not_learned),
        }

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """The predictions, and the rows that could not be scored."""
        return {
            "predictions": lambda: (row.to_dict() for row in self.rows),
            "left_out": lambda: iter(self.left_out),
        }

    def explain(self) -> str:
        """How much better than the hardest simple answer, and whether the intervals hold."""
        skill, inside = self.skill, self.coverage_averaged["80"]
        if skill["value"] is None or inside is None:
            return f"No row could be scored, or there was no error to lessen. {HONEST}"
        width = "" if skill["ci95"] is None else f" (95 %: {skill['ci95'][0]:.2f} to {skill['ci95'][1]:.2f})"
        return (
            f"{count_of(len(self.rows), 'row', 'rows')} of past raids, each predicted from other {self.left_out_together}s: the error is "
            f"{100 * skill['value']:.0f} % below that of the {skill['baseline'].replace('_', ' ')}{width}, and {100 * inside:.0f} % of "
            f"the outcomes lie in intervals that should hold 80 %. {HONEST}"
        )

    def draw(self, sheet: Sheet) -> None:
        """Predictions, score, what was learned, and what was left out."""
        draw(self, sheet, HONEST)

    def charts(self) -> Charts:
        """Each prediction beside what was published, and whether the intervals hold."""

        def intervals(theme: Theme) -> Figure:
            from salvo.charts.hindcast import intervals

            return intervals(self.rows, theme)

        def reliability(theme: Theme) -> Figure:
            from salvo.charts.hindcast import reliability

            return reliability(self.reliability(), theme)

        return {"intervals": intervals, "reliability": reliability}

    def arguments(self) -> Row:
        """Keyword arguments of `hindcast` that give the same answer."""
        files = {
            name: given for name in ("fit", "predict") if (given := getattr(self, name)) not in ("packaged", "rows")
        }
        apart = {} if self.left_out_together == "campaign" else {"leave_out": self.left_out_together}
        return files | apart | {"seed": self.seed}

    def __repr__(self) -> str:
        found = ", ".join(
            f"over {name} {'None' if one['value'] is None else format(one['value'], '.2f')}"
            for name, one in self.skill["over"].items()
        )
        return f"Hindcast(rows={len(self.rows)}, skill: {found})"


def hindcast(
    *,
    fit: str | Path | Iterable[Raid] | None = None,
    predict: str | Path | Iterable[Raid] | None = None,
    leave_out: Apart = "campaign",
    seed: int = SEED,
    priors: Priors | None = None,
) -> Hindcast:
    """Learn from the raids of one file and predict those of another.

    A raid is never predicted from its campaign: raids by the same attacker at the same defender, each within 14 days of
    another, are left out of the fit together. So with one file for both, the default, every raid is predicted from all
    other campaigns. With `leave_out="raid"` only rows of the same `raid_id` are left out.

    Parameters
    ----------
    fit, predict : files in the format of `datasets/raids.csv`, or rows from `salvo.past.read`; the packaged record
        where not given
    leave_out : "campaign" or "raid": what a prediction must not know
    seed : of the randomised transform and of the bootstrap; changes no prediction
    priors : by default those of `salvo.past.model`

    Raises
    ------
    Faults : a file cannot be read, has bad cells, or nothing to learn from; `leave_out` is neither of the two
    """
    check_arguments(seed=seed)
    began = time.perf_counter()
    if not is_a(leave_out, str) or leave_out not in APART:
        raise single(
            "not one of the two", place="leave_out", allowed=listed(APART), near=nearest(str(leave_out), APART)
        )
    fit_name, teachers = _rows(fit)
    predict_name, asked = _rows(predict)
    if all(unfit(raid) for raid in teachers):
        why = f", as line {teachers[0].line}: {unfit(teachers[0])}" if teachers else ""
        raise single(f"no row can be learned from{why}", file=fit_name)
    grid = _grid(priors or Priors())
    everything = Model(teachers, grid)
    campaign = campaigns([*teachers, *asked])
    group = campaign if leave_out == "campaign" else {name: name for name in campaign}
    taught = {group[raid.raid_id] for raid in teachers}
    copies: Counter[tuple[str, str]] = Counter()
    rows: dict[int, Prediction] = {}
    members: dict[str, list[int]] = {}
    for i, raid in enumerate(asked):
        members.setdefault(group[raid.raid_id], []).append(i)
    for held, places in members.items():
        others = [raid for raid in teachers if group[raid.raid_id] != held] if held in taught else []
        model = Model(others, grid) if held in taught else everything
        for i in places:
            raid = asked[i]
            if not unscored(raid, asked):
                copy = copies[raid.raid_id, raid.threat_class]
                copies[raid.raid_id, raid.threat_class] += 1
                chance = luck(seed, raid.raid_id, raid.threat_class, copy)
                rows[i] = _predict(raid, campaign[raid.raid_id], model, chance)
    return Hindcast(
        fit=fit_name,
        predict=predict_name,
        left_out_together=leave_out,
        seed=seed,
        priors=grid.priors,
        rows=tuple(rows[i] for i in sorted(rows)),
        learned=_learned(everything),
        left_out=_reasons(asked, [unscored(raid, asked) for raid in asked]),
        not_learned=_reasons(teachers, [unfit(raid) for raid in teachers]),
        seconds=time.perf_counter() - began,
    )


@lru_cache(maxsize=1)
def _grid(priors: Priors) -> Grid:
    """The grid with its tables of probabilities, which take most of the time and serve again."""
    return Grid(priors)


def _rows(given: str | Path | Iterable[Raid] | None) -> tuple[str, tuple[Raid, ...]]:
    """What to call a set of raids, and the raids."""
    if given is None:
        return "packaged", read(RECORD)
    if isinstance(given, (str, Path)):
        return str(given), read(given)
    try:
        found: tuple[Any, ...] = tuple(given)
    except TypeError:
        found = (None,)
    if not all(isinstance(one, Raid) for one in found):
        raise single(f"cannot learn from a Python {type(given).__name__}", allowed="a path of rows, or raids")
    return "rows", found


def _predict(raid: Raid, campaign: str, model: Model, chance: float) -> Prediction:
    n, leaked = raid.launched[1], raid.outcome
    assert n is not None
    assert leaked is not None
    pmf = model.leaks(raid.threat_class, raid.defender, n)
    return Prediction(
        raid_id=raid.raid_id,
        campaign=campaign,
        date=raid.date,
        defender=raid.defender,
        threat_class=raid.threat_class,
        launched=n,
        leaked=leaked,
        mean=float(pmf @ np.arange(n + 1)),
        q10=quantile(pmf, 0.1),
        q50=quantile(pmf, 0.5),
        q90=quantile(pmf, 0.9),
        pit=pit(pmf, leaked, chance),
        log_score=log_score(pmf, leaked),
        crps=crps(pmf, leaked),
        learned_from=sum(len(group) for group in model.rows.get(raid.threat_class, {}).values()),
        inside=tuple(covered(pmf, leaked, level) for level in LEVELS),
        pmf=tuple(float(p) for p in pmf),
        baselines=baselines(raid, model.rows, n, leaked),
    )


def _learned(model: Model) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, defenders in model.rows.items():
        rows = [raid for group in defenders.values() for raid in group]
        found[name] = _law(model, name, "") | {
            "rows": len(rows),
            "raids": len({raid.raid_id for raid in rows}),
            "by_defender": {one: _law(model, name, one) | {"rows": len(group)} for one, group in defenders.items()},
        }
    return found


def _law(model: Model, threat_class: str, defender: str) -> dict[str, Any]:
    mean, rho = model.share(threat_class, defender)
    return {"mean": round(mean, 4), "rho": round(rho, 4)}


def _skill(rows: Sequence[Prediction], baseline: str, seed: int) -> dict[str, Any]:
    ours, theirs = [row.crps for row in rows], [row.baselines[baseline].crps for row in rows]
    interval = skill_interval([row.campaign for row in rows], ours, theirs, seed)
    value = 1 - sum(ours) / sum(theirs) if sum(theirs) else None
    return {"value": value, "ci95": None if interval is None else list(interval)}


def _reasons(raids: Sequence[Raid], reasons: Sequence[str]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"line": raid.line, "raid_id": raid.raid_id, "threat_class": raid.threat_class, "reason": reason}
        for raid, reason in zip(raids, reasons, strict=True)
        if reason
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None

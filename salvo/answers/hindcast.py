"""Predict past raids from other past raids, and keep the score.

    found = hindcast()                       # each raid of the packaged record from all the others
    found = hindcast(predict="new.csv")      # other raids from the packaged record
    found.skill, found.coverage, found.to_dict()

This back-tests outcomes: how many get through. It does not calibrate the kill probability of a shot, because batteries,
rounds fired and targets engaged are not published, and a count of leaks cannot tell a bad shot from a shot never fired.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from salvo import __version__
from salvo.faults import single
from salvo.past.model import Grid, Model, Priors
from salvo.past.read import Raid, read, unfit, unscored
from salvo.past.score import (
    LEVELS,
    binomial,
    covered,
    crps,
    crps_of_sample,
    luck,
    pit,
    quantile,
    skill_interval,
    smoothed,
)

RECORD = Path(__file__).parents[1] / "datasets" / "raids.csv"
HONEST = (
    "This back-tests outcomes, counts of what got through. It does not calibrate the kill probability of a shot: "
    "batteries, rounds fired and targets engaged are not published."
)


@dataclass(frozen=True)
class Prediction:
    """One class of one raid: predicted without that raid, against what was published.

    `mean` and the quantiles are counts of leaks; `crps_*` are of the leaked share; `inside` holds, for 50, 80 and 95 %,
    the chance that the randomised transform falls inside; `learned_from` counts rows of this class.
    """

    raid_id: str
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
    crps_binomial: float
    crps_climatology: float
    log_score_binomial: float
    learned_from: int
    inside: tuple[float, ...]
    pmf: tuple[float, ...]


@dataclass(frozen=True)
class Hindcast:
    """All predictions of one set of raids, and the score.

    Attributes
    ----------
    rows : the predictions, in the order of the file
    learned : for each class the share that leaks in one raid: mean, rho; also for each defender on record
    left_out : rows that could not be scored, and why
    not_learned : rows that could not be learned from, and why
    """

    fit: str
    predict: str
    seed: int
    priors: Priors
    rows: tuple[Prediction, ...]
    learned: dict[str, dict[str, Any]]
    left_out: tuple[dict[str, Any], ...]
    not_learned: tuple[dict[str, Any], ...]

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
    def crps(self) -> dict[str, float | None]:
        """Mean score of the leaked share, for the model and the two baselines."""
        names = {"model": "crps", "binomial": "crps_binomial", "climatology": "crps_climatology"}
        return {name: _mean([getattr(row, key) for row in self.rows]) for name, key in names.items()}

    @property
    def log_score(self) -> dict[str, float | None]:
        """Mean log probability of what happened, in nats; large is good."""
        names = {"model": "log_score", "binomial": "log_score_binomial"}
        return {name: _mean([getattr(row, key) for row in self.rows]) for name, key in names.items()}

    @property
    def skill(self) -> dict[str, Any]:
        """1 - crps of the model / crps of the binomial, with a 95 % bootstrap interval by raid; likewise by class."""
        return _skill(self.rows, self.seed)

    @property
    def by_class(self) -> dict[str, dict[str, Any]]:
        """Rows, scores and coverage of each class."""
        found = {}
        for name in dict.fromkeys(row.threat_class for row in self.rows):
            rows = [row for row in self.rows if row.threat_class == name]
            found[name] = {
                "rows": len(rows),
                "crps": _mean([row.crps for row in rows]),
                "crps_binomial": _mean([row.crps_binomial for row in rows]),
                "crps_climatology": _mean([row.crps_climatology for row in rows]),
                "inside_80": _mean([row.inside[1] for row in rows]),
            }
        return found

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, without NaN; the format of `salvo hindcast --format json`."""
        rows = [{key: value for key, value in asdict(row).items() if key not in ("inside", "pmf")} for row in self.rows]
        return {
            "salvo": __version__,
            "what": HONEST,
            "fit": self.fit,
            "predict": self.predict,
            "seed": self.seed,
            "priors": asdict(self.priors),
            "raids": len({row.raid_id for row in self.rows}),
            "rows": rows,
            "coverage": self.coverage,
            "coverage_averaged": self.coverage_averaged,
            "crps": self.crps,
            "log_score": self.log_score,
            "skill": {key: list(value) if isinstance(value, tuple) else value for key, value in self.skill.items()},
            "by_class": self.by_class,
            "learned": self.learned,
            "left_out": list(self.left_out),
            "not_learned": list(self.not_learned),
        }

    def to_json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False, ensure_ascii=False)

    def __repr__(self) -> str:
        value = self.skill["value"]
        return f"Hindcast(rows={len(self.rows)}, skill={'None' if value is None else format(value, '.2f')})"


def hindcast(
    fit: str | Path | Iterable[Raid] | None = None,
    predict: str | Path | Iterable[Raid] | None = None,
    *,
    seed: int = 1,
    priors: Priors | None = None,
) -> Hindcast:
    """Learn from the raids of one file and predict those of another.

    A raid is never predicted from itself: rows of the same `raid_id` are left out of the fit. So with one file for both,
    the default, every raid is predicted from all the others.

    Parameters
    ----------
    fit, predict : files in the format of `datasets/raids.csv`, or rows from `salvo.hindcast_read`; the packaged record
        where not given
    seed : of the randomised transform and of the bootstrap; changes no prediction
    priors : by default those of `salvo.past.model`

    Raises
    ------
    Faults : a file cannot be read, has bad cells, or nothing to learn from
    """
    fit_name, teachers = _rows(fit)
    predict_name, asked = _rows(predict)
    if all(unfit(raid) for raid in teachers):
        why = f", as line {teachers[0].line}: {unfit(teachers[0])}" if teachers else ""
        raise single(f"no row can be learned from{why}", file=fit_name)
    grid = _grid(priors or Priors())
    everything = Model(teachers, grid)
    copies: Counter[tuple[str, str]] = Counter()
    rows: dict[int, Prediction] = {}
    known = {raid.raid_id for raid in teachers}
    for raid_id in dict.fromkeys(raid.raid_id for raid in asked):
        others = [raid for raid in teachers if raid.raid_id != raid_id]
        model = Model(others, grid) if raid_id in known else everything
        for i, raid in enumerate(asked):
            if raid.raid_id == raid_id and not unscored(raid, asked):
                copy = copies[raid_id, raid.threat_class]
                copies[raid_id, raid.threat_class] += 1
                rows[i] = _predict(raid, model, luck(seed, raid_id, raid.threat_class, copy))
    return Hindcast(
        fit=fit_name,
        predict=predict_name,
        seed=seed,
        priors=grid.priors,
        rows=tuple(rows[i] for i in sorted(rows)),
        learned=_learned(everything),
        left_out=_reasons(asked, [unscored(raid, asked) for raid in asked]),
        not_learned=_reasons(teachers, [unfit(raid) for raid in teachers]),
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
    return "rows", tuple(given)


def _predict(raid: Raid, model: Model, chance: float) -> Prediction:
    n, leaked = raid.launched[1], raid.outcome
    assert n is not None
    assert leaked is not None
    pmf = model.leaks(raid.threat_class, raid.defender, n)
    same = [one for group in model.rows.get(raid.threat_class, {}).values() for one in group]
    past = _outcomes(same) or _outcomes(
        one for groups in model.rows.values() for all_ in groups.values() for one in all_
    )
    total, through = sum(many for many, _ in past), sum(few for _, few in past)
    share = through / total if total else 0.5
    shares = [few / many for many, few in past] or [0.0, 1.0]
    return Prediction(
        raid_id=raid.raid_id,
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
        log_score=float(np.log(max(pmf[leaked], 1e-300))),
        crps=crps(pmf, leaked),
        crps_binomial=crps(binomial(n, share), leaked),
        crps_climatology=crps_of_sample(shares, leaked / n),
        log_score_binomial=float(np.log(max(binomial(n, smoothed(through, total))[leaked], 1e-300))),
        learned_from=len(same),
        inside=tuple(covered(pmf, leaked, level) for level in LEVELS),
        pmf=tuple(float(p) for p in pmf),
    )


def _outcomes(raids: Iterable[Raid]) -> list[tuple[int, int]]:
    """Launched and leaked of the rows that publish both, as points: what the baselines see."""
    pairs = ((raid.launched[1], raid.outcome) for raid in raids)
    return [(n, min(leaked, n)) for n, leaked in pairs if n and leaked is not None]


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


def _skill(rows: Sequence[Prediction], seed: int) -> dict[str, Any]:
    ours, theirs = sum(row.crps for row in rows), sum(row.crps_binomial for row in rows)
    interval = skill_interval(
        [row.raid_id for row in rows], [row.crps for row in rows], [row.crps_binomial for row in rows], seed
    )
    return {"value": 1 - ours / theirs if theirs else None, "ci95": interval}


def _reasons(raids: Sequence[Raid], reasons: Sequence[str]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"line": raid.line, "raid_id": raid.raid_id, "threat_class": raid.threat_class, "reason": reason}
        for raid, reason in zip(raids, reasons, strict=True)
        if reason
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None

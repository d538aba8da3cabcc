"""Generated raids that wait: few threats, little of everything, every rule of queues, magazines and sight."""

from typing import Any

import numpy as np


class Luck:
    """Draws of a generated raid."""

    def __init__(self, seed: int) -> None:
        self._draws = np.random.default_rng([seed, 2])

    def random(self) -> float:
        return float(self._draws.random())

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.random()

    def randint(self, low: int, high: int) -> int:
        """Both ends included."""
        return int(self._draws.integers(low, high + 1))

    def choice(self, values: Any) -> Any:
        return values[self.randint(0, len(values) - 1)]


def prob(r: Luck, certain: float = 0.5, low: float = 0.2) -> float:
    return 1.0 if r.random() < certain else round(r.uniform(low, 1), 2)


def law(r: Luck, p: float, scopes: tuple[str, ...] = ("study", "raid", "threat")) -> Any:
    x = r.random()
    if x < 0.75:
        return p
    if x < 0.9:
        return {
            "mean": p,
            "rho": round(r.uniform(0.01, 0.4), 2),
            "scope": r.choice(scopes),
            **({"with": "w"} if r.random() < 0.3 else {}),
        }
    return {"low": p / 2, "mode": p, "high": min(1, p * 1.1), "scope": r.choice(scopes)}


def raid(seed: int) -> dict[str, Any]:
    """A small raid at a defence that may run short of anything."""
    r = Luck(seed)
    assets = [{"id": f"a{k}", "value_usd": r.choice([1e6, 2e6])} for k in range(r.choice([1, 1, 2, 3]))]
    layers = ["x", "y"]
    threats = []
    for k in range(r.choice([1, 1, 2, 3])):
        n = r.randint(1, 6)
        t = {
            "id": f"t{k}",
            "class": r.choice(["c", "d"]),
            "count": n,
            "speed_m_s": r.choice([100, 500, 2000]),
            "priority": r.choice([0, 0, 0, 1]),
        }
        if r.random() < 0.3:
            t["decoy"] = True
        else:
            t["reliability"] = law(r, prob(r))
            if r.random() < 0.5:
                t["fails_late"] = prob(r, 0.3)
        t["on_target"] = law(r, prob(r))
        t["track"] = law(r, prob(r, 0.7))
        x = r.random()
        if x < 0.3:
            t["arrival"] = {"times_s": [r.choice([0, 5, 10, 20, 60]) for _ in range(n)]}
        elif x < 0.5:
            t["arrival"] = {"start_s": r.choice([0, 10])}
        elif x < 0.55:
            t["arrival"] = {"spread_s": 30}
        if len(assets) > 1 and r.random() < 0.5:
            t["targets"] = {a["id"]: r.choice([1, 2, 0.1]) for a in assets}
        if r.random() < 0.3:
            t["aim"] = "even"
        threats.append(t)
    bats = []
    for k in range(r.choice([1, 1, 2, 3])):
        b = {
            "id": f"b{k}",
            "layer": r.choice(layers),
            "interceptor_speed_m_s": r.choice([300, 1000]),
            "count": r.choice([1, 1, 2]),
        }
        if r.random() < 0.6:
            b["channels"] = r.randint(1, 3)
        if r.random() < 0.6:
            b["interceptors"] = r.randint(1, 8)
        if r.random() < 0.25:
            b["ready"] = r.randint(1, 4)
            if r.random() < 0.7:
                b["reload_s"] = r.choice([0, 3, 10, 30])
        if k and r.random() < 0.3:
            b["channels_of"] = "b0"
            b.pop("channels", None)
        if k and r.random() < 0.3:
            b["interceptors_of"] = "b0"
            for key in ("interceptors", "ready", "reload_s"):
                b.pop(key, None)
        b["assess_s"] = r.choice([0, 2, 5])
        b["spacing_s"] = r.choice([0, 0, 1, 3])
        b["launch_delay_s"] = r.choice([0, 1])
        b["hold"] = r.choice(["assess", "assess", "intercept", "launch"])
        b["launch_cycle_s"] = r.choice([1, 5, 20])
        b["order"] = r.choice(["deadline", "deadline", "arrival", "fewest-looks", "value"])
        if r.random() < 0.2:
            b["partial_salvo"] = False
        if r.random() < 0.3:
            b["availability"] = law(r, prob(r, 0.3), ("study", "raid"))
        if r.random() < 0.3:
            b["ignore_misses"] = {"sensitivity": prob(r), "specificity": law(r, round(r.uniform(0, 1), 2))}
        if r.random() < 0.25:
            b["kill_called_wrongly"] = round(r.uniform(0, 0.5), 2)
        if r.random() < 0.15:
            b["miss_called_wrongly"] = round(r.uniform(0, 0.5), 2)
        if len(assets) > 1 and r.random() < 0.3:
            b["covers"] = ["a0"]
        against = {}
        for c in ["c", "d"] if r.random() < 0.8 else ["c"]:
            a = {"kill": law(r, prob(r, 0.1)), "salvo": r.choice([[1], [1], [2], [1, 2], [3]])}
            if r.random() < 0.5:
                a["looks"] = r.randint(1, 3)
            if r.random() < 0.3:
                a["detect"] = law(r, prob(r))
            if r.random() < 0.2:
                a["classify"] = prob(r)
            if r.random() < 0.3:
                a["shared_failure"] = prob(r)
            if r.random() < 0.2:
                a["keep"] = r.randint(0, 3)
            if r.random() < 0.6:
                o = r.choice([10, 20, 40])
                a["window_s"] = [o, r.choice([0, 5, o])]
                a["cycle_s"] = r.choice([0, 5, 10, 30])
            else:
                a["near_km"] = 1
                a["far_km"] = r.choice([5, 20, 60])
                if r.random() < 0.4:
                    a["detect_km"] = r.choice([10, 40])
            against[c] = a
        b["against"] = against
        bats.append(b)
    d = {"name": "f", "layers": layers, "assets": assets, "threats": threats, "batteries": bats}
    return d

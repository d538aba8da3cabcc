"""The raids that are timed, built in code so that their size can be chosen."""

from __future__ import annotations

from typing import Any

import salvo

LAYERS = ("upper", "middle", "lower")


def _layer(name: str, place: int, kill: float, interceptors: int, **more: Any) -> dict[str, Any]:
    """A battery that has one look at each threat, in a window of its own, outermost first."""
    table = {"kill": kill, "looks": 1, "window_s": [300 - 100 * place, 230 - 100 * place], "cycle_s": 20, **more}
    return {"id": f"{name}-1", "layer": name, "interceptors": interceptors, "against": {"missile": table}}


def textbook(threats: int = 300) -> salvo.Scenario:
    """Three layers, one after the other; magazines that run dry, fire channels that do not; some threats are never detected."""
    share = threats / 300
    batteries = [
        _layer(name, k, kill, round(rounds * share), detect=0.9)
        for k, (name, kill, rounds) in enumerate(zip(LAYERS, (0.7, 0.8, 0.75), (150, 100, 60), strict=True))
    ]
    return salvo.load(
        {
            "name": "textbook",
            "title": f"{threats} missiles, three layers",
            "layers": list(LAYERS),
            "assets": [{"id": "site"}],
            "threats": [
                {
                    "id": "missiles",
                    "class": "missile",
                    "count": threats,
                    "arrival": {"spread_s": 600},
                    "reliability": 0.9,
                    "on_target": 0.8,
                }
            ],
            "batteries": batteries,
        }
    )


def one_pool(threats: int = 300) -> salvo.Scenario:
    """Like Mathuiss/salvosim: no time, one pool of interceptors, a kill probability drawn once a raid, shot by shot."""
    return salvo.load(
        {
            "name": "one-pool",
            "title": "As in salvosim: one pool, no time, drawn kill probability",
            "layers": ["only"],
            "assets": [{"id": "site"}],
            "threats": [{"id": "missiles", "class": "missile", "count": threats}],
            "batteries": [
                {
                    "id": "pool",
                    "layer": "only",
                    "interceptors": round(1.5 * threats),
                    "against": {
                        "missile": {
                            "kill": {"low": 0.5, "mode": 0.8, "high": 0.9, "scope": "raid"},
                            "salvo": [2],
                            "looks": 1,
                            "window_s": [60, 10],
                            "cycle_s": 10,
                        }
                    },
                }
            ],
        }
    )


def three_stocks(threats: int = 300) -> salvo.Scenario:
    """Like NAFO-Bot/Missile-Defense-Simulation: three layers with a stock each, no channels, no time, one class."""
    share = threats / 300
    stocks = zip(LAYERS, (0.9, 0.85, 0.8), (100, 120, 80), strict=True)
    return salvo.load(
        {
            "name": "three-stocks",
            "title": "As in Missile-Defense-Simulation: three layers with magazines, no channels",
            "layers": list(LAYERS),
            "assets": [{"id": "site"}],
            "threats": [{"id": "missiles", "class": "missile", "count": threats}],
            "batteries": [
                _layer(name, k, kill, round(rounds * share)) for k, (name, kill, rounds) in enumerate(stocks)
            ],
        }
    )


CLASSES = {"drone": (50, 0.50), "cruise": (240, 0.30), "ballistic": (2000, 0.20)}  # speed in m/s, share of the raid
REACH = {  # of a layer: kill probability, near and far (km), detection (km), interceptor speed (m/s), seconds to assess
    "upper": {"ballistic": (0.7, 60, 300, 600), "cruise": (0.6, 40, 120, 200)},
    "middle": {"ballistic": (0.6, 20, 80, 200), "cruise": (0.7, 10, 50, 120), "drone": (0.7, 10, 60, 120)},
    "lower": {"cruise": (0.75, 2, 12, 40), "drone": (0.8, 2, 15, 40)},
}
SPEED_AND_ASSESSMENT = {"upper": (2500, 8), "middle": (1500, 5), "lower": (1000, 3)}


def large(threats: int = 2000, batteries: int = 12) -> salvo.Scenario:
    """Drones, cruise and ballistic missiles in four waves of an hour at six assets; `batteries` in three layers.

    The defence grows with the raid: all channels and rounds together are in proportion to the threats. Kill probabilities are
    uncertain from raid to raid, some batteries may be out, radars miss some drones.
    """
    waves = 4
    groups = []
    for wave in range(waves):
        of_wave = threats * (wave + 1) // waves - threats * wave // waves
        left = of_wave
        for name, (speed, share) in CLASSES.items():
            count = left if name == "ballistic" else round(of_wave * share)
            left -= count
            groups.append(
                {
                    "id": f"{name}-{wave}",
                    "class": name,
                    "count": count,
                    "speed_m_s": speed,
                    "arrival": {"start_s": 3600 * wave, "spread_s": 3600},
                    "reliability": 0.9,
                    "on_target": 0.7,
                }
            )
    strength = threats / 2000 * 12 / batteries
    defence = []
    for k in range(batteries):
        layer = LAYERS[k % 3]
        speed, assess = SPEED_AND_ASSESSMENT[layer]
        against = {
            name: {
                "kill": {"mean": kill, "rho": 0.02, "with": layer},
                "near_km": near,
                "far_km": far,
                "detect_km": detect,
                "detect": 0.9 if name == "drone" else 0.98,
                "salvo": [1, 2],
                "looks": 3,
            }
            for name, (kill, near, far, detect) in REACH[layer].items()
        }
        defence.append(
            {
                "id": f"{layer}-{k}",
                "layer": layer,
                "channels": max(1, round(4 * strength)),
                "interceptors": max(1, round(150 * strength)),
                "interceptor_speed_m_s": speed,
                "reaction_s": 10,
                "assess_s": assess,
                "availability": 0.95,
                "against": against,
            }
        )
    return salvo.load(
        {
            "name": f"large-{threats}",
            "title": f"{threats} threats, {batteries} batteries",
            "layers": list(LAYERS),
            "assets": [{"id": f"site-{k}"} for k in range(6)],
            "threats": groups,
            "batteries": defence,
        }
    )

"""The raid vectorised over trials in NumPy, for what it can express: one class, layer after layer, no fire channels.

Where channels never bind, all see the same windows, and every threat gets one look in a layer, its rounds go to the threats that
come first; so a layer is one cumulative sum over threats in order of arrival. Equal in distribution to docs/model.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from salvo.engine.laws import ONE, slices


class Unsupported(Exception):
    """The scenario needs time or channels."""


class NumpyRaid:
    """Plays trials of one scenario. Raises Unsupported where it cannot."""

    def __init__(self, scenario: Any, seed: int = 1) -> None:
        self.scenario, self.luck = scenario, np.random.default_rng(seed)
        if len(scenario.threats) != 1:
            raise Unsupported("several groups of threats")
        (self.threat,) = scenario.threats
        self.layers = sorted(scenario.batteries, key=lambda b: scenario.layers.index(b.layer))
        tables = [b.against_for(self.threat) for b in self.layers]
        if any(
            t is None or t.looks != 1 or t.window_s is None or len(t.salvo) != 1 or t.shared_failure for t in tables
        ):
            raise Unsupported("second looks, and windows by geometry")
        windows = [(*t.window_s, t.cycle_s) for t in tables]
        if any(inner[0] > outer[1] - outer[2] for outer, inner in zip(windows, windows[1:], strict=False)):
            raise Unsupported("windows that overlap")
        if any(b.channels is not None for b in self.layers):
            raise Unsupported("fire channels")
        self.tables = tables
        for p in (t.kill for t in tables):
            if not isinstance(p, int | float) and (p.scope == "threat" or p.with_ is not None):
                raise Unsupported("laws drawn for each threat, or shared")

    def play(self, trials: int) -> np.ndarray:
        """Leakers of each trial; int64, shape (trials,)."""
        n, luck = self.threat.count, self.luck
        alive = luck.random((trials, n), np.float32) < self.threat.reliability
        for battery, table in zip(self.layers, self.tables, strict=True):
            seen = (
                alive & (luck.random((trials, n), np.float32) < table.detect * table.classify)
                if table.detect * table.classify < 1
                else alive
            )
            wanted = table.salvo[0]
            fired = seen.astype(np.int32) * wanted
            if battery.interceptors is not None:
                left = battery.interceptors * battery.count - (np.cumsum(fired, axis=1) - fired)
                fired = np.minimum(fired, np.maximum(left, 0))
            kill = self._kill(table.kill, trials)
            survives = np.power(np.float32(1) - kill, fired) if wanted > 1 else 1 - kill * fired
            alive &= luck.random((trials, n), np.float32) < survives
        return alive.sum(axis=1)

    def _kill(self, p: Any, trials: int) -> np.ndarray:
        if isinstance(p, int | float) or p.is_constant or p.scope == "shot":
            return np.full((1, 1), p if isinstance(p, int | float) else p.expected, np.float32)
        return (slices(p)[self.luck.integers(0, 4096, trials)] / ONE).astype(np.float32)[:, None]

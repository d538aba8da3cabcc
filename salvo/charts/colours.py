"""The colours of the page and its charts: one meaning each, in light and in dark.

Texts reach a contrast of 4.5 to 1 against the ground and marks 3 to 1. No meaning rests on colour alone: shape, filling or
place says the same.
"""

from __future__ import annotations

from typing import Literal

Theme = Literal["light", "dark"]

TOKENS: dict[Theme, dict[str, str]] = {
    "light": {
        "ground": "#FFFFFF", "panel": "#F4F6F9", "ink": "#1B1F24", "muted": "#4A525C", "line": "#D5DAE0",
        "edge": "#7A8490", "accent": "#005A92", "tint": "#E6F0F7", "stopped": "#0072B2", "failed": "#6B7480",
        "missed": "#B27C00", "hit": "#BE3400", "hit-tint": "#FBEEE8", "decoy": "#5A2D82", "fact": "#1B1F24",
        "ghost": "#848E9A", "track": "#DDE3EA", "band": "#EDF0F4",
    },
    "dark": {
        "ground": "#11161D", "panel": "#19212B", "ink": "#F2F4F7", "muted": "#C2C9D2", "line": "#36404C",
        "edge": "#76828F", "accent": "#7CC6F0", "tint": "#1B3142", "stopped": "#56B4E9", "failed": "#9AA5B1",
        "missed": "#F4E08A", "hit": "#FF7840", "hit-tint": "#2C1E1A", "decoy": "#EBC4F7", "fact": "#F2F4F7",
        "ghost": "#7F8A97", "track": "#2E3844", "band": "#1B232D",
    },
}  # fmt: skip
FONT = '"Source Sans", "Source Sans 3", system-ui, sans-serif'

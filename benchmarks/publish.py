"""Puts a finished run into the documentation: `python -m benchmarks.publish salvo-benchmark docs`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .plots import pictures


def publish(run: Path, docs: Path) -> list[Path]:
    """Write the table and the pictures of a run; returns what was written."""
    table = docs / "benchmarks-table.md"
    table.write_text((run / "benchmark.md").read_text("utf-8"), "utf-8")
    return [table, *pictures(json.loads((run / "benchmark.json").read_text("utf-8")), docs)]


if __name__ == "__main__":
    publish(Path(sys.argv[1]), Path(sys.argv[2]))

"""Puts a finished run into the documentation: `python -m benchmarks.publish salvo-benchmark docs`.

The table stands in docs/benchmarks-table.md. The pictures are made of docs/benchmarks.json whenever the site is built.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .suite import Report, markdown

TABLE, KEPT = "benchmarks-table.md", "benchmarks.json"


def publish(run: Path, docs: Path) -> list[Path]:
    """Write the table of a run, and the run itself; returns what was written."""
    kept = json.loads((run / "benchmark.json").read_text("utf-8"))
    (docs / TABLE).write_text(markdown(Report.from_dict(kept)), "utf-8")
    (docs / KEPT).write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    return [docs / TABLE, docs / KEPT]


if __name__ == "__main__":
    publish(Path(sys.argv[1]), Path(sys.argv[2]))

"""The answers printed in docs/guide.md: `python docs/guide.py` asks the questions again and writes them.

Text between `<!-- name -->` and `<!-- end -->` is computed here; all else on the page is written by hand.
"""

import re
import textwrap
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import salvo

PAGE = Path(__file__).with_name("guide.md")
TRIALS = 4_000
HARBOUR = "harbour.toml"  # the scenario that the page itself shows


def blocks() -> dict[str, Callable[[], str]]:
    """The computed parts by name."""
    april, sure = salvo.load("april-2024"), {"want": "hits<=1", "probability": 0.9, "trials": TRIALS}
    one_more = {f"batteries.{name}.count": 1 for name in ("arrow-3", "arrow-2", "sm-3")}
    harbour = salvo.loads(file_on_page())
    return {
        "april-margin": lambda: quote(margin(april)),
        "april-half": lambda: quote(salvo.compare(april, april.replace("batteries.*.interceptors", "*0.5"), trials=TRIALS)),
        "april-one-more": lambda: quote(salvo.marginal(april, one_more, trials=TRIALS)),
        "april-matters": lambda: quote(salvo.sensitivity(april)),
        "april-nights": lambda: quote(nights(april)),
        "april-buy": lambda: quote(salvo.buy(april, rounds(april), budget_usd=500e6, trials=TRIALS)),
        "harbour-today": lambda: quote(salvo.simulate(harbour, trials=TRIALS)),
        "harbour-size": lambda: quote(salvo.size(harbour, "batteries.gun.channels", high=30, **sure)),
        "harbour-rounds": lambda: quote(
            salvo.size(harbour, "batteries.gun.interceptors", **sure)
        ),
        "harbour-marginal": lambda: quote(salvo.marginal(harbour, trials=TRIALS)),
        "harbour-buy": lambda: quote(salvo.buy(harbour, options_on_page(), budget_usd=600e3, trials=TRIALS)),
        "harbour-table": lambda: table(harbour),
    }  # fmt: skip


def margin(raid: salvo.Scenario) -> salvo.Sweep:
    """Hits against the number of ballistic missiles, in per cent of that night's."""
    return salvo.sweep(raid, {"threats.ballistic-*.count": "*0.5,*1,*1.25,*1.5,*2"}, show="hits", trials=TRIALS)


def nights(raid: salvo.Scenario) -> str:
    """The same night again and again on one stock: hits of each, and when the first magazine is dry."""
    found = salvo.simulate(raid, raids=4, trials=TRIALS)
    each = ", ".join(f"{one.hits.mean:.1f}" for one in found.campaign.raids)
    return f"Mean hits of four such nights one after the other, without resupply: {each}."


def table(raid: salvo.Scenario) -> str:
    """A table for umpires, as Markdown."""
    found = salvo.table(
        raid,
        rows={"threats.boats.count": "4:16:4"},
        columns={"batteries.gun.interceptors": "30,45,60"},
        show="hits",
        trials=TRIALS,
    )
    return found.to_markdown().split("\n\n")[2]


def rounds(raid: salvo.Scenario) -> list[dict[str, Any]]:
    """The options of the page: six more rounds a unit of every battery against ballistic missiles."""
    return [
        {
            "id": f"{battery.id}-rounds",
            "path": f"batteries.{battery.id}.interceptors",
            "add": 6,
            "cost_usd": 6 * battery.count * battery.interceptor_cost_usd,
            "most": 4,
        }
        for battery in raid.batteries
        if "ballistic" in battery.against and battery.interceptor_cost_usd
    ]


def options_on_page() -> dict[str, Any]:
    """The options file that the page shows."""
    text = re.search(r"^```\n(\[\[options\]\].*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)[1]  # type: ignore[index]
    return tomllib.loads(text)


def quote(found: object) -> str:
    """What an answer says, as a quotation; a star of a path is no mark of Markdown."""
    text = found if isinstance(found, str) else found.explain()  # type: ignore[attr-defined]
    text = text.replace("*", "\\*")
    return "\n".join(f"> {line}" for line in textwrap.wrap(" ".join(text.split()), 130, break_on_hyphens=False))


def file_on_page() -> str:
    """The scenario file that the page shows."""
    return re.search(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)[1]  # type: ignore[index]


def filled(page: str, parts: dict[str, str]) -> str:
    """The page with its computed parts."""
    for name, text in parts.items():
        mark = rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)"
        page, count = re.subn(mark, lambda found, text=text: f"{found[1]}{text}\n{found[2]}", page, flags=re.DOTALL)
        assert count == 1, name
    return page


def main(wanted: Sequence[str] = ()) -> None:
    """Write the parts asked for, by default all."""
    parts = {name: make() for name, make in blocks().items() if not wanted or name in wanted}
    PAGE.write_text(filled(PAGE.read_text("utf-8"), parts), "utf-8")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

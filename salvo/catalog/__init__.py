"""What comes with Salvo: scenarios, and tables of threats, interceptors and past raids with their sources."""

from salvo.catalog.build import battery, scenario, threat
from salvo.catalog.frames import interceptors, raids, records, sources, threats
from salvo.catalog.shelf import locate, names, titles

__all__ = ["battery", "interceptors", "locate", "names", "raids", "records", "scenario", "sources", "threat", "threats",
           "titles"]  # fmt: skip

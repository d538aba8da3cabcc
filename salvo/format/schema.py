"""The JSON Schema of a scenario file, for editors and for other programs."""

from typing import Any

from salvo.format.errors import TABLES
from salvo.format.fields import allowed, fields
from salvo.format.kinds import is_list, is_table
from salvo.format.scenario import Scenario


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file, TOML or JSON; descriptions carry units and bounds.

    What holds between keys and tables (names that must exist, keys that exclude each other) is beyond it.
    """
    schema = Scenario.model_json_schema(by_alias=True)
    models = {model.__name__: model for model in TABLES.values()}
    for name, table in {"Scenario": schema, **schema["$defs"]}.items():
        model = Scenario if name == "Scenario" else models.get(name)
        for key, entry in table.get("properties", {}).items():
            _without_null(entry)
            entry.pop("title", None)
            if model is not None:
                entry["description"] = (
                    f"{entry.get('description', '')} Allowed: {allowed(fields(model)[key].hint)}.".strip()
                )
    law = schema["$defs"]["Uncertain"]
    law["oneOf"] = [
        {"required": ["low", "mode", "high"], "not": {"anyOf": [{"required": ["mean"]}, {"required": ["rho"]}]}},
        {"required": ["mean", "rho"], "not": {"anyOf": [{"required": [key]} for key in ("low", "mode", "high")]}},
    ]
    schema["title"] = "Salvo scenario"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _without_null(entry: dict[str, Any]) -> None:
    """A key without a value is left out in a file, so editors need not offer null; nor whole tables as defaults."""
    default = entry.get("default")
    if default is None or is_table(default) or (is_list(default) and not isinstance(next(iter(default), None), int)):
        entry.pop("default", None)
    kinds = [kind for kind in entry.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del entry["anyOf"]
        entry.update(kinds[0])
    elif kinds:
        entry["anyOf"] = kinds

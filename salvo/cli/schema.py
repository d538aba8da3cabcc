"""`salvo schema`: the JSON Schema of scenario files."""

from __future__ import annotations

import json

from salvo.cli.options import Options
from salvo.cli.output import emit, reporting
from salvo.cli.shared import Output, app, check_format, examples


@app.command(epilog=examples("salvo schema", "salvo schema -o salvo.schema.json"))
def schema(output: Output = None) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    with reporting():
        given = Options()
        check_format(given, None, output, (".json",))
        given.raise_if_any()
        from salvo.format.schema import json_schema

        emit(json.dumps(json_schema(), indent=2), output)

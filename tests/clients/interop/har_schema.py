"""The JSON Schema of HAR 1.2, as the package har-schema has it."""

import json
from pathlib import Path

import jsonschema_rs

FOLDER = Path(__file__).parent / "node_modules" / "har-schema" / "lib"


def problems(har: Path) -> list[str]:
    """What of a file is against it."""
    schemas = {path.name: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
    base = "json-schema:///"
    for name, schema in schemas.items():
        schema["$id"] = base + name
    registry = jsonschema_rs.Registry([(base + name, one) for name, one in schemas.items()])
    validator = jsonschema_rs.validator_for(schemas["har.json"], registry=registry)
    return [error.message for error in validator.iter_errors(json.loads(har.read_text("utf-8")))]

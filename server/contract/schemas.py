"""JSON schemas of everything on the wire, made from the very types that validate and answer.

Pure. Guarantees: one definition per type, referenced wherever it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

REF = "#/components/schemas/{model}"

Named = tuple[str, JsonSchemaMode, Any]


def definitions(types: Iterable[Named]) -> tuple[Mapping[str, dict[str, Any]], dict[str, Any]]:
    """name → the schema to put where the type is used, and all definitions those refer to."""
    generator = GenerateJsonSchema(ref_template=REF)
    inputs = [(name, mode, TypeAdapter(each).core_schema) for name, mode, each in types]
    schemas, found = generator.generate_definitions(inputs)
    return {name: schema for (name, _), schema in schemas.items()}, {
        str(name): schema for name, schema in found.items()
    }

"""The AsyncAPI 3 document of the socket, generated from the table of commands.

Pure. Guarantees: an ask it describes is what the code validates; the codes are those of the one table.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from engine.limits import ID_CHARS_MAX
from server.contract.commands import COMMANDS, Command
from server.contract.events import EVENTS
from server.contract.problems import ErrorShape
from server.contract.schemas import Named, definitions
from server.contract.stamps import VERSION
from server.contract.wire import WIRES

ID_SCHEMAS = [{"type": "integer"}, {"type": "string", "maxLength": ID_CHARS_MAX}]
ASK_ID = {"oneOf": ID_SCHEMAS, "description": "Chosen by the client, unique on the socket."}
REFUSED_ID = {"oneOf": [*ID_SCHEMAS, {"type": "null"}], "description": "Null when the id could not be read."}


def title(word: str) -> str:
    return word.capitalize()


def named_types(commands: Iterable[Command]) -> Iterable[Named]:
    yield "error", "serialization", ErrorShape
    for each in commands:
        yield f"{each.do} ask", "validation", each.ask
        yield f"{each.do} answer", "serialization", each.answer
    for word, event in EVENTS.items():
        yield f"{word} event", "serialization", event


def document(commands: Iterable[Command]) -> dict[str, Any]:
    commands = tuple(commands)
    schemas, components = definitions(named_types(commands))
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for each in commands:
        add_command(each, schemas, messages, operations)
    messages["Error"] = {
        "summary": "A refusal of any ask.",
        "payload": member("re", REFUSED_ID, "error", schemas["error"]),
    }
    for word in EVENTS:
        messages[f"{title(word)}Event"] = {"name": word, "payload": schemas[f"{word} event"]}
    operations["event"] = {
        "action": "send",
        "summary": "Events come by themselves and never answer an ask.",
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{title(word)}Event"} for word in EVENTS],
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Aforo live socket",
            "version": VERSION,
            "description": "Subprotocols: " + ", ".join(wire.subprotocol for wire in WIRES),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/ws",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": operations,
        "components": {"messages": messages, "schemas": components},
    }


def add_command(each: Command, schemas: Any, messages: dict[str, Any], operations: dict[str, Any]) -> None:
    ask, answer = f"{title(each.do)}Ask", f"{title(each.do)}Answer"
    head = {
        "type": "object",
        "required": ["id", "do"],
        "properties": {"id": ASK_ID, "do": {"const": each.do}},
    }
    messages[ask] = {"summary": each.summary, "payload": {"allOf": [head, opened(schemas[f"{each.do} ask"])]}}
    messages[answer] = {"payload": member("re", ASK_ID, "ok", schemas[f"{each.do} answer"])}
    where = "#/channels/socket/messages/"
    operations[each.do] = {
        "action": "receive",
        "summary": each.summary,
        "x-needs": each.needs.value,
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": where + ask}],
        "reply": {
            "channel": {"$ref": "#/channels/socket"},
            "messages": [{"$ref": where + answer}, {"$ref": where + "Error"}],
        },
    }


def opened(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as part of a message that has an id and a do beside it."""
    return {name: value for name, value in schema.items() if name != "additionalProperties"}


def member(first: str, first_schema: Any, second: str, second_schema: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [first, second],
        "properties": {first: first_schema, second: second_schema},
        "additionalProperties": False,
    }


@cache
def current() -> dict[str, Any]:
    """What is served; importing `server.app` declares all of it."""
    if not COMMANDS:
        raise LookupError("No command is declared yet.")
    return document(COMMANDS.values())

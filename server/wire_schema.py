"""Prints one JSON schema of everything that crosses the border between the server and its pages.

Why: `web/src/protocol.ts` is made from it, so that the halves cannot drift; a test makes it anew
and compares. Every class of `sessions/protocol.py` and of each capability's `shapes.py` is in it.
Every property is required: the server always writes it, and a page always has a value to send.

    python -m server.wire_schema
"""

import inspect
import json
import sys
from types import ModuleType
from typing import Any

from pydantic import BaseModel, TypeAdapter

from server.accounts import shapes as accounts
from server.answers import shapes as answers
from server.clips import shapes as clips
from server.interviews import script
from server.interviews import shapes as interviews
from server.invitations import shapes as invitations
from server.messages import shapes as messages
from server.sessions import protocol, stages

MODULES: tuple[ModuleType, ...] = (
    accounts,
    answers,
    clips,
    interviews,
    invitations,
    messages,
    protocol,
)
UNIONS: dict[str, Any] = {
    "ServerMessage": protocol.ServerMessage,
    "PageMessage": protocol.PageMessage,
    "Stage": stages.Stage,
    "Step": script.Step,
}


def wire_classes() -> dict[str, type[BaseModel]]:
    """The public models by name, each defined in one of the modules. Names are unique."""
    found: dict[str, type[BaseModel]] = {}
    for module in MODULES:
        for name, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, BaseModel) and value.__module__ == module.__name__:
                assert name not in found, f"two wire classes are called {name}"
                found[name] = value
    bases = {base for value in found.values() for base in value.__mro__[1:]}
    return {name: value for name, value in sorted(found.items()) if value not in bases}


def wire_schema() -> dict[str, Any]:
    """JSON schema 2020-12 with every class and union under `$defs`, without titles."""
    classes = wire_classes()
    sources = [*classes.items(), *UNIONS.items()]
    references, definitions = TypeAdapter.json_schemas(
        [(name, "serialization", TypeAdapter(source)) for name, source in sources]
    )
    defs = definitions["$defs"]
    for name in UNIONS:
        defs[name] = references[(name, "serialization")]
    defs["ConsentVersion"] = {"const": protocol.CONSENT_VERSION}
    schema = {"$defs": dict(sorted(defs.items()))}
    _simplify(schema)
    return schema


def _simplify(node: Any) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        if "properties" in node:
            node["required"] = list(node["properties"])
        for value in node.values():
            _simplify(value)
    elif isinstance(node, list):
        for value in node:
            _simplify(value)


if __name__ == "__main__":
    json.dump(wire_schema(), sys.stdout, indent=1)

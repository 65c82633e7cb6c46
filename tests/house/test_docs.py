"""What travels and what can go wrong is told: in docs/protocol.md, and in words on the pages."""

import ast
import inspect
import re
from typing import Annotated, get_args, get_origin

import pytest
from pydantic import BaseModel

from server import errors
from server.answers import shapes
from server.sessions import protocol
from server.sessions.session import REFUSALS
from tests.house.files import ROOT, parsed, python_files, relative

METHODS = {"get", "post", "put", "patch", "delete"}
ERRORS = {name for name, kind in vars(errors).items() if inspect.isclass(kind)}


def message_types(union: object) -> set[str]:
    """The `type` of every class of a discriminated union."""
    inner = get_args(union)[0] if get_origin(union) is Annotated else union
    return {kind.model_fields["type"].annotation.__args__[0] for kind in get_args(inner)}


def undocumented(types: set[str], text: str) -> list[str]:
    return sorted(name for name in types if f"`{name}`" not in text)


@pytest.mark.parametrize("union", [protocol.ServerMessage, protocol.PageMessage])
def test_every_message_is_in_the_protocol_page(union: object) -> None:
    types = message_types(union)
    assert types >= {"error"} or types >= {"consent"}
    assert undocumented(types, (ROOT / "docs/protocol.md").read_text()) == []


def test_every_message_of_the_console_is_in_the_protocol_page() -> None:
    kinds = [kind for kind in vars(shapes).values() if inspect.isclass(kind)]
    models = [kind for kind in kinds if issubclass(kind, BaseModel) and "type" in kind.model_fields]
    types = {str(get_args(kind.model_fields["type"].annotation)[0]) for kind in models}
    assert types
    assert undocumented(types, (ROOT / "docs/protocol.md").read_text()) == []


def test_a_message_that_is_not_in_the_page_is_noticed() -> None:
    assert undocumented({"hello", "wave"}, "first comes `hello`") == ["wave"]


def test_every_request_is_in_the_protocol_page() -> None:
    paths = {path for file in python_files("server") for path in paths_of(parsed(file))}
    assert "/api/interviews/{}/publish" in paths
    assert untold(paths, (ROOT / "docs/protocol.md").read_text()) == []


def test_a_request_that_is_not_in_the_page_is_noticed() -> None:
    paths = paths_of(ast.parse("[web.get('/api/a/{a_id}', a), web.put('/api/a/{a_id}/b', b)]"))
    assert untold(paths, "`GET /api/a/{id}`") == ["/api/a/{}/b"]
    assert untold(paths, "`GET /api/a/{id}` · `PUT …/b`") == []


def test_every_refusal_of_the_director_has_words() -> None:
    keys = refusal_keys(parsed(ROOT / "server/sessions/director.py"))
    assert "not_now" in keys
    assert keys <= REFUSALS.keys()


def test_every_error_carries_its_own_words() -> None:
    faults = [
        f"{relative(path)}: {fault}"
        for path in python_files("server")
        for fault in wordless_errors(parsed(path))
    ]
    assert faults == []


def test_an_error_without_words_is_noticed() -> None:
    assert wordless_errors(ast.parse("raise NotFound('gone')"))
    assert wordless_errors(ast.parse("raise errors.NotFound('gone', 'Gone.')"))
    assert not wordless_errors(ast.parse("raise NotFound('gone', 'It is not there any more.')"))
    assert not wordless_errors(ast.parse("raise NotFound(error.key, error.text)"))


def paths_of(tree: ast.Module) -> set[str]:
    """Every path that a file answers; {} for what varies."""
    return {
        _shape(str(node.args[0].value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in METHODS
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and str(node.args[0].value).startswith("/api/")
    }


def untold(paths: set[str], text: str) -> list[str]:
    """Paths that the page has neither in full nor shortened to `…/` and their last words.

    What stands for one of many at the end may be told as `{Location}` of what made it.
    """
    told = _shape(text)
    return sorted(
        path
        for path in paths
        if path.removesuffix("/{}") not in told and not re.search(_shortened(path), told)
    )


def _shortened(path: str) -> str:
    words = [re.escape(word) for word in path.split("/")[-2:]]
    return rf"…/(?:{words[0]}/)?{words[1]}\b"


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def refusal_keys(tree: ast.Module) -> set[str]:
    return {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Impossible"
        and isinstance(node.args[0], ast.Constant)
    }


def wordless_errors(tree: ast.Module) -> list[str]:
    """Errors of the product made without a sentence of at least three words."""
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in ERRORS
        and not _has_words(node)
    ]


def _has_words(made: ast.Call) -> bool:
    match made.args:
        case [_, ast.Constant(value=str() as text), *_]:
            return len(text.split()) >= 3
        case [_, _, *_] | [ast.Starred(), *_]:
            return True  # words that are made elsewhere
        case _:
            return False

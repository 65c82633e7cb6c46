"""The rules, each a function from a syntax tree or a text to what is wrong with it.

They know nothing of files, so that each can be shown a bad example (test_rules.py).
"""

import ast
import re
import sys
from collections.abc import Iterator

FILE_LINES = 400
FUNCTION_LINES = 60
FORBIDDEN_WORDS = {
    "call", "helper", "helpers", "manager", "meeting", "room", "stream", "streams", "util", "utils",
}  # fmt: skip
NAMES_OF_OTHERS = {
    "__call__",
    "call_later",
    "_call_later",
    "CallLater",
}  # the language's, asyncio's
PRODUCT_WORDS = {"candidate", "segment", "session"}  # in media/ only with a prefix

# Put together here, so that this file does not break its own rule.
REGISTRIES = tuple(
    f"{name}.{end}"
    for name, end in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry.npmjs", "org"),
        ("registry.yarnpkg", "com"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("deb.debian", "org"),
    )
)
MACHINE_PATHS = re.compile("(?<![\\w.-])/" + "(?:home|Users|root|work|tmp/w)(?=/)")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def missing_docstring(tree: ast.Module) -> list[str]:
    """An empty file needs no words."""
    text = ast.get_docstring(tree) or ""
    return [] if not tree.body or len(text.split()) >= 3 else ["does not open with what it is"]


def too_long_file(text: str) -> list[str]:
    lines = text.count("\n")
    return [] if lines <= FILE_LINES else [f"has {lines} lines, more than {FILE_LINES}"]


def too_long_functions(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                found.append(f"{node.name} has {lines} lines, more than {FUNCTION_LINES}")
    return found


def forbidden_words(tree: ast.Module) -> list[str]:
    """Names that this file gives (not those it uses) which the glossary does not have."""
    return [
        f"line {line}: {name} (not a word of the glossary)"
        for name, line in given_names(tree)
        if FORBIDDEN_WORDS & set(words_of(name)) and name not in NAMES_OF_OTHERS
    ]


def bare_product_words(tree: ast.Module) -> list[str]:
    """For media/: candidate, segment and session are words of the product."""
    return [
        f"line {line}: {name} (say ice_{name} or the like)"
        for name, line in given_names(tree)
        if name.lower().strip("_") in PRODUCT_WORDS
    ]


def words_of(name: str) -> list[str]:
    """`MediaPort`, `media_port` and `_mediaPort` are the words media and port."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [word for word in spaced.lower().split("_") if word]


def given_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names of functions, classes and parameters, and what is assigned to."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno
            case ast.Attribute(ctx=ast.Store(), value=ast.Name(id="self")):
                yield node.attr, node.lineno


def broad_excepts(tree: ast.Module) -> list[str]:
    """Handlers that keep what nobody thought of; one that tidies up and raises it again may."""
    return [
        f"line {node.lineno}: catches everything"
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _catches_all(node.type) and not _raises(node)
    ]


def _raises(handler: ast.ExceptHandler) -> bool:
    match handler.body[-1]:
        case ast.Raise(exc=None):
            return True
        case _:
            return False


def _catches_all(caught: ast.expr | None) -> bool:
    match caught:
        case None:
            return True
        case ast.Name(id="Exception" | "BaseException"):
            return True
        case ast.Tuple(elts=elements):
            return any(_catches_all(element) for element in elements)
        case _:
            return False


def unowned_tasks(tree: ast.Module) -> list[str]:
    """`asyncio.create_task(…)` whose result nobody holds; a TaskGroup holds its own."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = ast.unparse(node.value.func)
            if re.search(r"(asyncio|loop(\(\))?)\.(create_task|ensure_future)$", function):
                found.append(f"line {node.lineno}: nobody holds this task")
    return found


def foreign_imports(tree: ast.Module, allowed: frozenset[str]) -> list[str]:
    """Imports that are neither of the standard library nor `allowed`."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                modules = [alias.name for alias in node.names]
            case ast.ImportFrom():
                modules = ["." * node.level + (node.module or "")]
            case _:
                continue
        found += [
            f"line {node.lineno}: imports {module}"
            for module in modules
            if module not in allowed and module.partition(".")[0] not in sys.stdlib_module_names
        ]
    return found


def foreign_places(text: str) -> list[str]:
    """Package registries, and paths that exist on one machine only."""
    found = [f"names the registry {host}" for host in REGISTRIES if host in text]
    return found + [f"has the path {match[0]}/…" for match in MACHINE_PATHS.finditer(text)]

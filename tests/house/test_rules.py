"""Each rule finds its bad example, and leaves the good one alone."""

import ast

import pytest

from tests.house import rules

LONG_FUNCTION = "def slow():\n" + "    x = 1\n" * 61


def tree(text: str) -> ast.Module:
    return ast.parse(text)


def test_a_file_without_a_docstring_is_found() -> None:
    assert rules.missing_docstring(tree("import os\n"))
    assert rules.missing_docstring(tree('"""Things."""\n'))
    assert not rules.missing_docstring(tree('"""What this file is for."""\n'))


def test_long_files_and_functions_are_found() -> None:
    assert rules.too_long_file("x\n" * 401)
    assert not rules.too_long_file("x\n" * 400)
    assert rules.too_long_functions(tree(LONG_FUNCTION))
    assert rules.too_long_functions(tree("async " + LONG_FUNCTION))
    assert not rules.too_long_functions(tree("def quick():\n    return 1\n"))


@pytest.mark.parametrize(
    "text",
    [
        "class SessionManager: ...",
        "def start_stream(): ...",
        "def start(*, room_id): ...",
        "meeting = 1",
        "class A:\n def f(self):\n  self.helper = 1",
        "for callManager in ():\n pass",
        "with open('x') as stream:\n pass",
    ],
)
def test_words_outside_the_glossary_are_found(text: str) -> None:
    assert rules.forbidden_words(tree(text))


@pytest.mark.parametrize(
    "text",
    ["callback = 1", "def call_later(): ...", "x = container.add_stream('a')", "streaming()"],
)
def test_names_of_others_may_be_used(text: str) -> None:
    assert not rules.forbidden_words(tree(text))


def test_bare_product_words_are_found_in_media() -> None:
    assert rules.bare_product_words(tree("def f(candidate): ..."))
    assert rules.bare_product_words(tree("class Session: ..."))
    assert not rules.bare_product_words(tree("def f(ice_candidate): ..."))


@pytest.mark.parametrize(
    "caught", ["", " Exception", " BaseException as e", " (OSError, Exception)"]
)
def test_broad_excepts_are_found(caught: str) -> None:
    assert rules.broad_excepts(tree(f"try:\n pass\nexcept{caught}:\n pass"))


def test_narrow_excepts_are_left_alone() -> None:
    assert not rules.broad_excepts(tree("try:\n pass\nexcept (OSError, ValueError):\n pass"))


def test_tidying_up_and_raising_again_is_left_alone() -> None:
    assert not rules.broad_excepts(tree("try:\n pass\nexcept BaseException:\n close()\n raise"))


@pytest.mark.parametrize(
    "text",
    [
        "asyncio.create_task(f())",
        "loop.create_task(f())",
        "asyncio.get_running_loop().create_task(f())",
        "asyncio.ensure_future(f())",
    ],
)
def test_tasks_that_nobody_holds_are_found(text: str) -> None:
    assert rules.unowned_tasks(tree(text))


@pytest.mark.parametrize(
    "text", ["self._task = asyncio.create_task(f())", "group.create_task(f())"]
)
def test_tasks_with_an_owner_are_left_alone(text: str) -> None:
    assert not rules.unowned_tasks(tree(text))


def test_imports_from_outside_are_found() -> None:
    allowed = frozenset({"server.interviews.script"})
    assert rules.foreign_imports(tree("import numpy as np"), allowed)
    assert rules.foreign_imports(tree("from server.db.engine import Database"), allowed)
    assert rules.foreign_imports(tree("from . import store"), allowed)
    assert rules.foreign_imports(tree("def f():\n  import av.packet"), allowed)
    assert not rules.foreign_imports(
        tree("import json\nfrom server.interviews.script import Step"), allowed
    )


def test_registries_and_machine_paths_are_found() -> None:
    assert rules.foreign_places(f"see https://{rules.REGISTRIES[0]}/simple")
    assert rules.foreign_places("open('/" + "home/me/clip.mp4')")
    assert not rules.foreign_places("GET /api/homes, /usr/bin/env, ./work/plan, http://x/work")

"""Every file of the checkout follows the rules."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house import rules
from tests.house.files import PACKAGES, ROOT, parsed, python_files, relative, text_files

Rule = Callable[[ast.Module], list[str]]

# What must outlive whatever it runs, and the edge, which must not show a fault to a stranger.
MAY_CATCH_ALL = {
    "server/answers/processing.py",  # the job worker
    "server/clips/preparing.py",  # the job worker for clips
    "server/sessions/registry.py",  # the session runner
    "server/http/problems.py",
}

# What decides is pure: the standard library and each other.
PURE = {
    "server/interviews/script.py": "server.interviews.script",
    "server/sessions/stages.py": "server.sessions.stages",
    "server/sessions/director.py": "server.sessions.director",
    "server/answers/states.py": "server.answers.states",
    "recorder/edl.py": "recorder.edl",
}


def broken(files: list[Path], rule: Rule) -> list[str]:
    return [f"{relative(file)}: {fault}" for file in files for fault in rule(parsed(file))]


def test_every_file_says_what_it_is() -> None:
    assert broken(python_files(), rules.missing_docstring) == []


def test_no_file_is_too_long() -> None:
    files = [path for path in text_files() if path.suffix in {".py", ".ts", ".svelte"}]
    generated = ROOT / "web/src/protocol.ts"
    faults = {
        relative(path): rules.too_long_file(path.read_text()) for path in files if path != generated
    }
    assert {name: fault for name, fault in faults.items() if fault} == {}


def test_no_function_is_too_long() -> None:
    files = [path for path in python_files() if "versions" not in path.parts]  # lists of tables
    assert broken(files, rules.too_long_functions) == []


def test_names_are_words_of_the_glossary() -> None:
    assert broken(python_files(*PACKAGES), rules.forbidden_words) == []
    names = {relative(path): set(rules.words_of(path.stem)) for path in python_files(*PACKAGES)}
    assert [file for file, words in names.items() if rules.FORBIDDEN_WORDS & words] == []


def test_media_leaves_the_words_of_the_product_alone() -> None:
    assert broken(python_files("media"), rules.bare_product_words) == []


def test_only_what_runs_others_catches_everything() -> None:
    files = [path for path in python_files(*PACKAGES) if relative(path) not in MAY_CATCH_ALL]
    assert broken(files, rules.broad_excepts) == []


def test_every_task_has_an_owner() -> None:
    assert broken(python_files(*PACKAGES), rules.unowned_tasks) == []


@pytest.mark.parametrize("file", sorted(PURE))
def test_what_decides_imports_the_standard_library_only(file: str) -> None:
    allowed = frozenset(PURE.values())
    assert rules.foreign_imports(parsed(ROOT / file), allowed) == []


def test_nothing_names_a_registry_or_a_path_of_one_machine() -> None:
    faults = {relative(path): rules.foreign_places(path.read_text()) for path in text_files()}
    assert {name: fault for name, fault in faults.items() if fault} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_tests_mirror_the_packages(package: str) -> None:
    tested = {folder.relative_to(ROOT / "tests") for folder in folders(ROOT / "tests" / package)}
    existing = {folder.relative_to(ROOT) for folder in folders(ROOT / package)}
    assert tested <= existing


def folders(top: Path) -> list[Path]:
    """Packages with Python files of their own, `top` included."""
    return [path.parent for path in sorted(top.rglob("__init__.py"))]

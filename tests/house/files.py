"""The files of this checkout that the rules look at: ours, not what was installed or built."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("server", "media", "recorder")
NOT_OURS = {"node_modules", "dist", "__pycache__", "var"}
TEXT = {
    ".py", ".md", ".toml", ".lock", ".json", ".ts", ".js", ".mjs", ".svelte", ".html", ".css",
    ".svg", ".ini", ".mako", ".npmrc", ".gitignore", ".dockerignore", "",
}  # fmt: skip


def text_files() -> Iterator[Path]:
    """Everything that a person or a tool reads, hidden folders of tools left out."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [n for n in folders if n not in NOT_OURS and (n[0] != "." or n == ".ci")]
        yield from (
            Path(folder, name)
            for name in names
            if (Path(name).suffix if not name.startswith(".") else name) in TEXT
        )


def python_files(*folders: str) -> list[Path]:
    """Below these folders, or everywhere."""
    tops = [ROOT / folder for folder in folders] or [ROOT]
    files = (path for path in text_files() if path.suffix == ".py")
    return sorted(path for path in files if any(path.is_relative_to(top) for top in tops))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=relative(path))

"""dev.py: an environment out of nothing, work done once, and one line when it cannot."""

import subprocess
import sys
from pathlib import Path

import pytest

import dev


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout: dev.py's folders are in it, nothing is installed."""
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(dev, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(dev, "WEB", tmp_path / "web")
    (tmp_path / "some.lock").write_text("")
    return tmp_path


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What pip was asked for; nothing is installed."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(dev, "pip", lambda *arguments: asked.append(arguments))
    return asked


def test_the_environment_is_one_that_python_and_pip_believe(checkout: Path) -> None:
    dev.make_environment()
    program = "import sys; print(sys.prefix, sys.prefix != sys.base_prefix)"
    said = subprocess.run([dev.PYTHON, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(checkout / ".venv"), "True"]
    dev.pip("list", "--quiet")


def test_the_checkout_is_importable_and_has_its_command(checkout: Path) -> None:
    dev.make_environment()
    dev.link_checkout()
    (checkout / "server").mkdir()
    (checkout / "server" / "__main__.py").write_text("def main():\n    print('interlude')\n")
    command = checkout / ".venv" / "bin" / "interlude"
    said = subprocess.run([command], capture_output=True, text=True, check=True, cwd="/")
    assert said.stdout == "interlude\n"


def test_a_lock_is_installed_once_and_again_when_it_changes(
    checkout: Path, installed: list[tuple[str, ...]]
) -> None:
    dev.prepare("some.lock")
    dev.prepare("some.lock")
    assert len(installed) == 1
    assert "--require-hashes" in installed[0]
    (checkout / "some.lock").write_text("another==1")
    dev.prepare("some.lock")
    assert len(installed) == 2


def test_an_environment_whose_python_has_gone_is_made_anew(
    checkout: Path, installed: list[tuple[str, ...]]
) -> None:
    dev.prepare("some.lock")
    for name in ("python", "python3"):
        link = checkout / ".venv" / "bin" / name
        link.unlink()
        link.symlink_to(checkout / "gone")
    dev.prepare("some.lock")
    assert dev.PYTHON.exists()
    assert len(installed) == 2


def test_pages_are_built_again_only_when_a_source_changed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[tuple[str, ...]] = []
    monkeypatch.setattr(dev, "install_node_packages", lambda: None)
    monkeypatch.setattr(dev, "npm", lambda *arguments: built.append(arguments))
    source = checkout / "web" / "src" / "main.ts"
    for folder in (source.parent, checkout / "web" / "dist", checkout / "web" / "node_modules"):
        folder.mkdir(parents=True)
    source.write_text("one")
    dev.build_web()
    (checkout / "web" / "node_modules" / "more.js").write_text("not a source")
    dev.build_web()
    assert len(built) == 1
    source.write_text("two")
    dev.build_web()
    assert len(built) == 2


def test_without_pip_there_is_one_clear_line(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "succeeds", lambda *_: False)
    with pytest.raises(dev.Stop, match="apt install python3-pip"):
        dev.pip("install", "anything")


def test_missing_programs_are_named_when_they_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dev, "SYSTEM_PACKAGES", {"no-such-program": "its-package"})
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(dev.Stop, match="its-package"):
        dev.install_system_packages()


def test_all_checks_are_done_and_the_failed_ones_named() -> None:
    done: list[str] = []

    def fail() -> None:
        raise dev.Stop("not good")

    with pytest.raises(dev.Stop, match="Failed: one"):
        dev.carry_out({"one": fail, "two": lambda: done.append("two")})
    assert done == ["two"]


def test_an_unknown_command_tells_what_there_is() -> None:
    said = subprocess.run(
        [sys.executable, Path(dev.__file__), "dance"], capture_output=True, text=True, check=False
    )
    assert said.returncode != 0
    assert "python3 dev.py COMMAND" in said.stderr

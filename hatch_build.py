"""The built pages go along in the wheel and in the source archive.

They are built by `dev.py`, with Node out of a wheel, and only when they are not up to date: a
source archive carries them, so that a wheel made from it needs no Node. In the wheel they lie
beside the code that serves them, in `server/pages`.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Pages(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from dev import build_web  # noqa: PLC0415 (the build tool does not have this folder on its path)

        build_web()
        if self.target_name == "wheel":
            build_data["force_include"][str(Path(self.root, "web", "dist"))] = "server/pages"

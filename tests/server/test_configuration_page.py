"""docs/configuration.md tells of every setting that there is, and of its true default."""

import json
import re
from pathlib import Path

from server.config import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
ROW = re.compile(r"^\| `(INTERLUDE_\w+)` \| (?:`([^`]*)`|–) \| \S", re.MULTILINE)


def documented() -> dict[str, str | None]:
    """Variable → default as the page writes it; None where it says that there is none."""
    rows = ROW.findall(PAGE.read_text())
    assert len(rows) == len({name for name, _ in rows}), "a setting is described twice"
    return {name: default or None for name, default in rows}


def coded() -> dict[str, str | None]:
    prefix = Settings.model_config["env_prefix"]
    return {
        f"{prefix}{name}".upper(): _written(field.get_default(call_default_factory=True))
        for name, field in Settings.model_fields.items()
    }


def _written(default: object) -> str | None:
    if default is None:
        return None
    return json.dumps(default) if isinstance(default, list) else str(default)


def test_every_setting_is_described_and_no_other() -> None:
    assert set(documented()) == set(coded())


def test_every_default_is_the_true_one() -> None:
    assert documented() == coded()

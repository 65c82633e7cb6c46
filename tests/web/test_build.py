"""What a phone has to load: little, from us alone, and nothing of the console."""

import gzip
import re
from pathlib import Path

CANDIDATE_JAVASCRIPT_BYTES = 40_000
CANDIDATE_EVERYTHING_BYTES = 150_000  # before any media


def loaded_by(pages: Path, name: str) -> list[Path]:
    """Every file that the page of that name loads, and what those load in turn."""
    found: list[Path] = []
    waiting = [pages / f"{name}.html"]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.append(file)
        names = set(re.findall(r"[\w.-]+-[\w-]{8}\.(?:js|css|svg)", file.read_text()))
        waiting += [pages / "assets" / name for name in names]
    return found


def compressed(files: list[Path]) -> int:
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def test_the_candidates_page_is_small(pages: Path) -> None:
    files = loaded_by(pages, "candidate")
    scripts = [file for file in files if file.suffix == ".js"]
    assert scripts, "the page loads no script: this test looks in the wrong place"
    assert compressed(scripts) <= CANDIDATE_JAVASCRIPT_BYTES
    assert compressed(files) <= CANDIDATE_EVERYTHING_BYTES


def test_pages_have_no_script_or_style_of_their_own(pages: Path) -> None:
    for name in ("candidate", "recruiter"):
        text = (pages / f"{name}.html").read_text()
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
        assert "<style" not in text
        assert " style=" not in text


def test_pages_name_no_third_party(pages: Path) -> None:
    for file in loaded_by(pages, "candidate"):
        addresses = set(re.findall(r"https?://[\w.-]+", file.read_text()))
        names_only = {"http://www.w3.org", "https://svelte.dev"}  # namespaces, texts of errors
        assert addresses <= names_only, file.name


def test_no_source_map_is_served(pages: Path) -> None:
    assert list(pages.rglob("*.map")) == []


def test_the_title_tells_nobody_anything(pages: Path) -> None:
    text = (pages / "candidate.html").read_text()
    assert re.findall(r"<title>(.*?)</title>", text) == ["Interlude"]
    assert 'name="referrer" content="no-referrer"' in text

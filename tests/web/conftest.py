"""What the tests of the pages share: the built pages, a clip, one Chromium with a fake camera."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from media.clip import Clip
from tests.media.sending import write_clip
from tests.web.browser import open_browser
from tests.web.interview import Interview
from tests.web.pages import build_pages


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_pages(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return Clip.load(write_clip(tmp_path_factory.mktemp("film"), seconds=10.0))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await open_browser(playwright)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def interview(pages: Path, film: Clip) -> AsyncIterator[Interview]:
    async with Interview(pages, film) as made:
        yield made

"""What a candidate does on the page, in the words that are on it."""

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import PHONE, open_page
from tests.browser.observed import Observed

STAGE_MS = 45_000


@dataclass
class Candidate:
    page: Page
    observed: Observed

    async def at(self, stage: str, *, patience_ms: float = STAGE_MS) -> None:
        """Waits until the page shows this stage."""
        await self.page.wait_for_selector(f'[data-stage="{stage}"]', timeout=patience_ms)

    async def tap(self, words: str | re.Pattern[str]) -> None:
        await self.page.get_by_role("button", name=words).click()

    async def consent(self, *, live_watching: bool = True) -> None:
        await self.at("lobby")
        await self.page.get_by_label("may be recorded").check()
        await self.page.get_by_label("may watch and keep").check()
        if live_watching:
            await self.page.get_by_label("may watch live").check()
        await self.tap("Begin")

    async def check_devices(self) -> None:
        await self.at("checking")
        await self.tap("Turn on camera and microphone")
        await expect(self.page.get_by_text("We can see and hear you.")).to_be_visible()
        await self.tap("Looks good, go on")

    async def answer(self) -> None:
        """From the question to a running take."""
        await self.at("thinking")
        await self.tap("Start my answer")
        await self.running()

    async def running(self) -> None:
        await self.at("recording")
        await expect(self.page.get_by_text("Recording", exact=True)).to_be_visible()

    async def come_back(self) -> None:
        """Reloads the page and lets it have the camera again."""
        await self.page.reload()
        await self.at("welcome_back")
        await self.tap("Go on")

    async def continue_answer(self) -> None:
        """After an interruption, into the next part of the take."""
        await self.at("interrupted")
        await self.tap(re.compile("^Continue"))
        await self.running()

    async def say(self, text: str) -> None:
        """Writes a message and closes the dock again."""
        await self.tap(re.compile("^Messages"))
        await self.page.get_by_placeholder("Write a message").fill(text)
        await self.tap("Send")
        await expect(self.page.get_by_role("log").get_by_text(text)).to_be_visible()
        await self.tap("Close messages")

    async def receives(self, text: str) -> None:
        """A message that came while the page shows its step."""
        await self.page.get_by_role("button", name=re.compile("^Messages, 1 new")).click()
        await expect(self.page.get_by_role("log").get_by_text(text)).to_be_visible()
        await self.tap("Close messages")

    async def until(self, moment: float) -> None:
        """Goes on talking until this moment of the machine's clock."""
        await self.page.wait_for_timeout(max(0.0, moment - time.time()) * 1000)

    @property
    def session_id(self) -> str:
        return str(self.hello["session_id"])

    @property
    def hello(self) -> dict[str, Any]:
        hellos = [message for _, message in self.observed.messages if message["type"] == "hello"]
        return hellos[-1]

    @property
    def state(self) -> dict[str, Any]:
        states = [message for _, message in self.observed.messages if message["type"] == "state"]
        state: dict[str, Any] = states[-1]["state"]
        return state


@asynccontextmanager
async def sitting(
    browser: Browser, link: str, expected: Callable[[str], bool] = lambda _: False
) -> AsyncIterator[Candidate]:
    """A phone that has opened the link; its page must complain of nothing unexpected."""
    page, observed = await open_page(browser, link, PHONE)
    yield Candidate(page, observed)
    complaints = observed.complaints(lambda text: expected(text) or is_only_early_or_late(text))
    assert not complaints, complaints


def is_only_early_or_late(text: str) -> bool:
    """A connection that the server has ended already, or a recording that is still being made."""
    past = any(place in text for place in ("/connections", "/watchers", "/media"))
    return past and ("404" in text or "409" in text)

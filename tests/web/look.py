"""Pictures of every screen of the candidate: `python -m tests.web.look DIRECTORY [WIDTHS [SCHEME]]`.

Each screen at 320, 390, 768 and 1280 px, light and dark. No assertion here: a person looks at them
before anything is called done.
"""

import asyncio
import sys
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright

from media.clip import Clip
from server.sessions.protocol import Moved
from server.sessions.stages import Checking, Thinking
from tests.media.sending import write_clip
from tests.web.browser import open_browser
from tests.web.interview import LINK, Interview
from tests.web.pages import build_pages
from tests.web.scenes import ONE, SCENES, line, message

HEIGHTS = {320: 640, 390: 844, 768: 1024, 1280: 800}
FILLING = ("playing", "counting_down")
Scheme = Literal["light", "dark"]


class Look:
    """One window size and colour scheme."""

    def __init__(self, interview: Interview, directory: Path, width: int, scheme: Scheme) -> None:
        self.interview = interview
        self._directory = directory
        self._width = width
        self._scheme = scheme

    async def open(self, browser: Browser) -> Page:
        viewport = {"width": self._width, "height": HEIGHTS[self._width]}
        context = await browser.new_context(viewport=viewport, color_scheme=self._scheme)  # type: ignore[arg-type]
        page = await context.new_page()
        page.on("console", lambda said: print(said.type, said.text))
        page.on("pageerror", lambda error: print("error", error))
        await self.interview.install(page)
        await page.goto(LINK)
        return page

    async def keep(self, page: Page, name: str, *, whole: bool = True) -> None:
        await page.wait_for_timeout(700)
        path = self._directory / f"{name}-{self._width}-{self._scheme}.png"
        await page.screenshot(path=path, full_page=whole)

    async def through(self, browser: Browser) -> None:
        """From the lobby to the receipt."""
        page = await self.open(browser)
        await page.get_by_role("button", name="Begin").wait_for()
        await self.keep(page, "lobby")
        await page.get_by_role("button", name="Begin").click()
        await self.keep(page, "lobby_missing")
        self.interview.show(Checking())
        await self.keep(page, "checking_before")
        await page.get_by_role("button", name="Turn on").click()
        await page.locator('[aria-busy="false"]', has_text="Go on").wait_for()
        self.interview.say(line())
        await page.get_by_text("We can see and hear you").wait_for()
        await self.keep(page, "checking")
        for name, scene in SCENES.items():
            scene(self.interview)
            await page.wait_for_timeout(3400 if name == "playing" else 300)
            await self.keep(page, name, whole=name not in FILLING)
            if name == "thinking":
                await self.messages(page)
        self.interview.say(Moved(type="moved"))
        await self.keep(page, "moved")
        await page.context.close()

    async def messages(self, page: Page) -> None:
        self.interview.say(message(1, "team", "Hello Mia, ask me anything. I am here until six."))
        await self.keep(page, "unread")
        await page.get_by_role("button", name="Messages").click()
        self.interview.say(message(2, "candidate", "Is it possible to work from home?"))
        self.interview.say(message(3, "team", "Yes, three days a week if you like."))
        await self.keep(page, "messages", whole=False)
        await page.keyboard.press("Escape")

    async def beside(self, browser: Browser) -> None:
        """What one meets after a reload, with a closed link, and with a refused camera."""
        self.interview.show(Thinking(ONE, 0))
        page = await self.open(browser)
        await page.get_by_role("button", name="Go on").wait_for()
        await self.keep(page, "welcome_back")
        await page.get_by_role("button", name="Go on").click()
        await self.keep(page, "denied")
        await page.context.close()
        self.interview.opening = (
            410,
            {"key": "expired", "detail": "This link was open until today."},
        )
        page = await self.open(browser)
        await self.keep(page, "gone")
        await page.context.close()


async def look(directory: Path, widths: list[int], schemes: list[Scheme]) -> None:
    pages = build_pages(directory / "dist")
    film = Clip.load(write_clip(directory / "film", seconds=20.0))
    async with async_playwright() as playwright:
        browser = await open_browser(playwright)
        refusing = await open_browser(playwright, allow_camera=False)
        for scheme in schemes:
            for width in widths:
                async with Interview(pages, film) as interview:
                    await Look(interview, directory, width, scheme).through(browser)
                async with Interview(pages, film) as interview:
                    await Look(interview, directory, width, scheme).beside(refusing)


if __name__ == "__main__":
    wanted = sys.argv[2].split(",") if len(sys.argv) > 2 else list(HEIGHTS)
    given: list[Scheme] = ["light", "dark"]
    if len(sys.argv) > 3:
        given = ["dark"] if sys.argv[3] == "dark" else ["light"]
    asyncio.run(look(Path(sys.argv[1]), [int(width) for width in wanted], given))

"""What a recruiter does in the console, in the words that are on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Page, expect

from tests.browser.candidate import is_only_early_or_late
from tests.browser.chromium import DESK, open_page
from tests.browser.observed import Observed
from tests.browser.serving import Server
from tests.browser.team import EMAIL, PASSWORD

LIVE_MS = 15_000
# Plays from a second before `start` until a second behind `end`; the positions that were shown.
PLAY_ACROSS = """async ([start, end]) => {
  const video = document.querySelector("video[data-take]");
  const positions = [];
  if (video.readyState < 3) {
    await new Promise((done) => video.addEventListener("canplay", done, { once: true }));
  }
  await video.play();
  video.currentTime = Math.max(0, start - 1);
  await new Promise((done) => video.addEventListener("seeked", done, { once: true }));
  const limit = performance.now() + 30000;
  while (!video.ended && video.currentTime < end + 0.5 && performance.now() < limit) {
    await new Promise(requestAnimationFrame);
    positions.push(video.currentTime);
  }
  video.pause();
  return positions;
}"""


@dataclass
class Recruiter:
    page: Page
    observed: Observed
    server: Server

    async def log_in(self) -> None:
        await self.page.get_by_label("E-mail").fill(EMAIL)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Log in").click()
        await expect(self.page.get_by_role("button", name="Log in")).to_have_count(0)

    async def open_session(self, session_id: str) -> None:
        await self.page.goto(f"{self.server.url}/console/sessions/{session_id}")
        await expect(self.page.get_by_role("heading", name="Conversation")).to_be_visible()

    async def watch_live(self) -> None:
        await self.page.get_by_role("button", name="Watch live").click()

    async def sees_live(self) -> None:
        await self.page.wait_for_selector('[data-testid="live"]', timeout=LIVE_MS)

    async def reply_to(self, said: str, text: str) -> None:
        await expect(self.page.get_by_role("log").get_by_text(said)).to_be_visible()
        await self.page.get_by_placeholder("Write").fill(text)
        await self.page.get_by_role("button", name="Send").click()
        await expect(self.page.get_by_role("log").get_by_text(text)).to_be_visible()

    async def play_across(
        self, question: str, start: float, end: float, *, skip: bool
    ) -> list[float]:
        """Plays an answer from before a pause to behind it; the positions it went through."""
        await self.page.get_by_role("button", name=question).click()
        await expect(self.page.get_by_role("heading", name=question)).to_be_visible()
        await self.page.get_by_role("switch", name="Skip pauses").set_checked(skip)
        positions: list[float] = await self.page.evaluate(PLAY_ACROSS, [start, end])
        return positions


@asynccontextmanager
async def recruiting(browser: Browser, server: Server) -> AsyncIterator[Recruiter]:
    """A desk that is logged in; its page must have no complaints at the end."""
    page, observed = await open_page(browser, f"{server.url}/console", DESK)
    recruiter = Recruiter(page, observed, server)
    await recruiter.log_in()
    yield recruiter
    before_login = "status of 401"
    complaints = observed.complaints(
        lambda text: before_login in text or is_only_early_or_late(text)
    )
    assert not complaints, complaints

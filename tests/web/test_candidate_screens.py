"""Every screen of the candidate: usable at 320 px, named, focused, free of faults that axe finds."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from server.sessions.stages import Checking
from tests.web.interview import LINK, Interview
from tests.web.pages import WEB
from tests.web.scenes import SCENES

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
WIDER_THAN_WINDOW = "document.documentElement.scrollWidth > innerWidth"
FOCUSED = "document.activeElement.tagName"
SMALL_TARGETS = """() => [...document.querySelectorAll("button, select, summary, a[href]")]
  .map((one) => ({ one, box: one.getBoundingClientRect() }))
  .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
  .map(({ one }) => one.outerHTML.slice(0, 80))"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, interview: Interview) -> AsyncIterator[Page]:
    """A narrow window; whatever the console or the page complains of fails the test."""
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    opened = await context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda said: complaints.append(said.text) if "Security Policy" in said.text else None,
    )
    await interview.install(opened)
    await opened.goto(LINK)
    yield opened
    await context.close()
    assert complaints == []


async def faults_of(page: Page) -> list[dict[str, Any]]:
    """What axe finds against WCAG 2.2 AA, each with where."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"
    )
    return [
        {"id": fault["id"], "where": [node["html"][:120] for node in fault["nodes"]]}
        for fault in found["violations"]
    ]


async def check(page: Page, name: str) -> None:
    assert not await page.evaluate(WIDER_THAN_WINDOW), f"{name} is wider than the window"
    assert await page.title() == "Interlude", name
    assert await page.locator("h1").count() == 1, f"{name} has one heading of the first rank"
    assert await page.evaluate(FOCUSED) == "H1", f"{name} does not take the focus"
    assert await page.evaluate(SMALL_TARGETS) == [], name
    assert await faults_of(page) == [], name


async def until_connected(page: Page, interview: Interview) -> None:
    interview.show(Checking())
    await page.get_by_role("button", name="Turn on").click()
    await page.locator('[aria-busy="false"]', has_text="Go on").wait_for()


async def test_lobby_and_check(page: Page, interview: Interview) -> None:
    await page.get_by_role("button", name="Begin").wait_for()
    await check(page, "lobby")
    interview.show(Checking())
    await page.get_by_role("button", name="Turn on").wait_for()
    await check(page, "checking")


async def test_every_stage_with_the_camera_on(page: Page, interview: Interview) -> None:
    await page.get_by_role("button", name="Begin").wait_for()
    await until_connected(page, interview)
    for name, scene in SCENES.items():
        scene(interview)
        stage = interview.state.stage.kind
        await page.locator(f'[data-stage="{stage}"]').wait_for()
        await check(page, name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_colours_have_contrast(browser: Browser, interview: Interview, scheme: Any) -> None:
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = await context.new_page()
    await interview.install(page)
    await page.goto(LINK)
    await page.get_by_role("button", name="Begin").click()  # with what is missing, in red
    assert await faults_of(page) == []
    await until_connected(page, interview)
    for name in ("recording", "recording_soon", "recording_over", "choosing", "reviewing"):
        SCENES[name](interview)
        await page.locator(f'[data-stage="{interview.state.stage.kind}"]').wait_for()
        assert await faults_of(page) == [], name
    await context.close()


async def test_a_fault_would_be_found(page: Page) -> None:
    await page.get_by_role("button", name="Begin").wait_for()
    await page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [fault["id"] for fault in await faults_of(page)] == ["button-name"]
    assert len(await page.evaluate(SMALL_TARGETS)) == 1

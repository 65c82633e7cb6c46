"""Debian's Chromium under Playwright: a phone with a fake camera, or a desk without one."""

import base64
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.browser.observed import Observed
from tests.material.speech import SAMPLE_RATE, Sound

OBSERVER = Path(__file__).with_name("observer.js")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
PATIENCE_MS = 20_000
OURS = "VideoFrame was garbage collected"  # the observer's, of a track that ended


@dataclass(frozen=True)
class Camera:
    """Files that the fake devices play in a loop."""

    video: Path
    audio: Path


@asynccontextmanager
async def chromium(camera: Camera | None = None) -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    assert program, "chromium is not installed: python3 dev.py test installs it on Debian as root"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=_arguments(camera), headless=True
        )
        try:
            yield browser
        finally:
            await browser.close()


def _arguments(camera: Camera | None) -> list[str]:
    arguments = [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
        "--autoplay-policy=user-gesture-required",
    ]
    if camera is not None:
        arguments += [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={camera.video}",
            f"--use-file-for-fake-audio-capture={camera.audio}",
        ]
    return arguments


async def open_page(
    browser: Browser, url: str, viewport: dict[str, int], context: BrowserContext | None = None
) -> tuple[Page, Observed]:
    """A page that is watched from before its first line of code; cookies of its own."""
    observed = Observed()
    if context is None:
        phone = viewport == PHONE
        context = await browser.new_context(
            viewport={"width": viewport["width"], "height": viewport["height"]},
            has_touch=phone,
            is_mobile=phone,
            locale="en-GB",
        )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.expose_function("tellTest", observed.take_in)
    await page.add_init_script(path=OBSERVER)

    def complain(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and OURS not in message.text:
            where = message.location["url"]
            observed.errors.append(f"{message.type}: {message.text} {where}")

    page.on("console", complain)
    page.on("pageerror", lambda error: observed.errors.append(f"uncaught: {error}"))
    await page.goto(url)
    return page, observed


async def listen(page: Page, seconds: float) -> tuple[float, Sound]:
    """The page's microphone for that long: when it began, and the samples at 48 kHz."""
    heard = await page.evaluate(f"observer.listen({seconds})")
    samples = np.frombuffer(base64.b64decode(heard["samples"]), "<i2") / 32767
    wanted = (
        np.arange(int(len(samples) * SAMPLE_RATE / heard["rate"])) * heard["rate"] / SAMPLE_RATE
    )
    return heard["at"], np.interp(wanted, np.arange(len(samples)), samples).astype(np.float32)

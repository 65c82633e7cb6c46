"""Debian's Chromium with a camera and a microphone that need no hardware and no permission click."""

import shutil

from playwright.async_api import Browser, Playwright

ARGUMENTS = (
    "--use-fake-device-for-media-stream",
    "--no-sandbox",
    "--disable-background-networking",
    "--autoplay-policy=document-user-activation-required",
)


async def open_browser(playwright: Playwright, *, allow_camera: bool = True) -> Browser:
    """`allow_camera` answers the permission prompt; without it the prompt is refused."""
    executable = shutil.which("chromium")
    if executable is None:
        raise FileNotFoundError("chromium is missing: apt-get install chromium")
    prompt = "--use-fake-ui-for-media-stream" if allow_camera else "--deny-permission-prompts"
    return await playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, prompt])

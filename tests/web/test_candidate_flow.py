"""What the candidate's page asks of the server, and when it does not."""

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from server.sessions.protocol import Moved, Problem, Watchers
from server.sessions.stages import (
    Checking,
    Choosing,
    Interrupted,
    Playing,
    Recording,
    Reviewing,
    Take,
    TakeId,
    Thinking,
)
from tests.web.interview import LINK, TAKES, Interview, hello
from tests.web.scenes import CUT, ONE, WELCOME, line, message, recording

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONNECTION = "window.interlude.connection"
INPUTS = "navigator.mediaDevices.getUserMedia"


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, interview: Interview) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    opened = await context.new_page()
    await interview.install(opened)
    yield opened
    await context.close()


async def connect(page: Page, interview: Interview) -> None:
    """To the device check, with the camera on and the connection up."""
    interview.state = type(interview.state)(stage=Checking())
    await page.goto(LINK)
    await page.get_by_role("button", name="Turn on").click()
    await page.locator('[aria-busy="false"]', has_text="Go on").wait_for()


async def test_consent_needs_its_ticks_and_live_watching_is_a_choice(
    page: Page, interview: Interview
) -> None:
    await page.goto(LINK)
    await page.get_by_role("button", name="Begin").click()
    first = page.get_by_role("checkbox", name="My camera and microphone")
    await expect(first).to_be_focused()
    assert interview.heard == []
    await first.check()
    await page.get_by_role("checkbox", name="may watch and keep my answers").check()
    await expect(page.get_by_role("checkbox", name="watch live")).not_to_be_checked()
    await page.get_by_role("button", name="Begin").click()
    consent = await interview.wish("consent")
    assert consent["live_watching"] is False
    assert consent["text_version"] == "2026-11"


async def test_no_camera_before_the_candidate_asks_for_it(page: Page, interview: Interview) -> None:
    await page.add_init_script(
        f"const open = {INPUTS}.bind(navigator.mediaDevices); window.asked = 0;"
        f"{INPUTS} = (wanted) => (window.asked++, open(wanted));"
    )
    interview.state = type(interview.state)(stage=Checking())
    await page.goto(LINK)
    button = page.get_by_role("button", name="Turn on")
    await button.wait_for()
    assert await page.evaluate("window.asked") == 0
    await button.click()
    await interview.offered()
    assert await page.evaluate("window.asked") == 1


async def test_the_offer_sends_and_receives_and_asks_for_audio_repair(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    sdp_offer = await interview.offered()
    opus = sdp_offer.partition(" opus/48000")[0].rpartition(":")[2]
    assert f"\r\na=rtcp-fb:{opus} nack\r\n" in sdp_offer
    assert sdp_offer.count("\r\na=sendrecv\r\n") == 2
    assert sdp_offer.count("\r\nm=") == 2
    applied = await page.evaluate(f"{CONNECTION}.localDescription.sdp")
    assert f"a=rtcp-fb:{opus} nack\r\n" in applied
    parameters = await page.evaluate(
        f"{CONNECTION}.getSenders().find((s) => s.track.kind === 'video').getParameters()"
    )
    assert parameters["degradationPreference"] == "maintain-resolution"
    hints = await page.evaluate(f"{CONNECTION}.getSenders().map((s) => s.track.contentHint)")
    assert hints == ["speech", "motion"]


async def test_the_check_says_what_reaches_the_server(page: Page, interview: Interview) -> None:
    await connect(page, interview)
    interview.say(line(audio_dbov=-90.0))
    await expect(page.get_by_text("We can see you, but hardly hear you")).to_be_visible(
        timeout=8000
    )
    interview.say(line(audio_dbov=-20.0))
    await expect(page.get_by_text("We can see and hear you.")).to_be_visible()
    await page.get_by_role("button", name="Looks good").click()
    await interview.wish("check_passed")


async def test_a_segment_is_shown_as_it_arrives_and_can_be_skipped_after_three_seconds(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    interview.show(Playing(WELCOME))
    skip = page.get_by_role("button", name="Skip")
    await expect(page.get_by_role("heading", name="Welcome to the workshop")).to_be_visible()
    assert await skip.count() == 0
    await page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    assert await page.evaluate("document.querySelector('video').muted") is False
    await expect(page.get_by_text("This is where it all began.")).to_be_visible()
    await skip.click()
    assert (await interview.wish("skip_segment"))["step_id"] == WELCOME


async def test_reload_in_think_time_takes_one_tap_and_the_same_step(
    page: Page, interview: Interview
) -> None:
    interview.state = type(interview.state)(stage=Thinking(ONE, time.time()))
    await page.goto(LINK)
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("heading", name="Tell us about a piece of work")).to_be_visible()
    start = page.get_by_role("button", name="Start my answer")
    await start.wait_for()
    await start.click()
    assert (await interview.wish("start_answer"))["step_id"] == ONE


async def test_a_question_is_asked_and_answered_without_leaving_the_step(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    interview.show(Thinking(ONE, time.time()))
    await page.get_by_role("button", name="Messages").click()
    await page.get_by_role("textbox").fill("Is it hybrid?")
    await page.keyboard.press("Enter")
    assert (await interview.wish("say"))["text"] == "Is it hybrid?"
    await expect(page.get_by_role("textbox")).to_have_value("")
    interview.say(message(1, "team", "Yes, three days a week."))
    await expect(page.get_by_text("Yes, three days a week.")).to_be_visible()
    assert (await interview.wish("read_messages"))["message_id"] == "me_1"
    await expect(page.get_by_role("button", name="Start my answer")).to_be_visible()
    await page.keyboard.press("Escape")
    interview.say(message(2, "team", "Anything else?"))
    await expect(page.get_by_role("button", name="Messages, 1 new")).to_be_focused()
    assert interview.heard == []


async def test_a_question_can_be_answered_with_the_keyboard_alone(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    interview.show(Thinking(ONE, time.time()))
    await page.locator('[data-stage="thinking"]').wait_for()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Start my answer")).to_be_focused()
    await page.keyboard.press("Enter")
    await interview.wish("start_answer")
    recording(interview, 100)
    await page.locator('[data-stage="recording"]').wait_for()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="I am done")).to_be_focused()
    await page.keyboard.press("Enter")
    await interview.wish("stop_answer")


async def test_typing_is_not_interrupted_when_the_step_changes(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    interview.show(Thinking(ONE, time.time()))
    await page.get_by_role("button", name="Messages").click()
    await page.get_by_role("textbox").fill("One more th")
    recording(interview, 100)
    await page.locator('[data-stage="recording"]').wait_for()
    await expect(page.get_by_role("textbox")).to_be_focused()


async def test_a_take_is_stopped_by_name_and_its_watcher_is_named(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    now = time.time()
    stage = Recording(ONE, TakeId("tk_7"), 1, now - 1, now + 100, now + 110)
    interview.show(stage, takes=(Take(TakeId("tk_7"), ONE, open_part=1),))
    await expect(page.get_by_text("Recording", exact=True)).to_be_visible()
    interview.say(Watchers(type="watchers", names=["Jonas Weber"]))
    await expect(page.get_by_text("Jonas Weber is watching live")).to_be_visible()
    await page.get_by_role("button", name="End live watching").click()
    await interview.wish("end_watching")
    await page.get_by_role("button", name="Hide my picture").click()
    await expect(page.get_by_text("Your picture is hidden. The camera is on.")).to_be_visible()
    await page.get_by_role("button", name="I am done").click()
    assert (await interview.wish("stop_answer"))["take_id"] == "tk_7"


async def test_the_countdown_is_shown_until_the_take_has_begun(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    begins = time.time() + 3600  # the page's clock follows ours
    interview.show(Recording(ONE, TakeId("tk_7"), 1, begins, begins + 120, begins + 130))
    await page.locator('[data-stage="recording"]').wait_for()
    assert await page.get_by_text("Recording", exact=True).count() == 0
    await expect(page.get_by_text("Get ready")).to_be_visible()


async def test_a_refused_wish_is_explained_and_can_be_repeated(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    interview.show(Choosing(ONE), takes=TAKES[:1])
    await page.get_by_role("button", name="Try again (2 left)").click()
    await interview.wish("start_answer")
    interview.say(Problem(type="error", key="not_connected", text="Please wait a moment."))
    await expect(page.get_by_text("Please wait a moment.")).to_be_visible()
    await page.get_by_role("button", name="Use this answer").click()
    assert (await interview.wish("choose_take"))["take_id"] == "tk_1"


async def test_after_an_interruption_there_are_three_ways_on(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    interview.show(Interrupted(ONE, CUT.id), takes=(CUT,))
    await expect(page.get_by_text("0:48")).to_be_visible()
    for name, wish in (
        ("Continue", "continue_answer"),
        ("Start again", "restart_answer"),
        ("Keep it", "keep_answer"),
    ):
        await page.get_by_role("button", name=name).click()
        assert (await interview.wish(wish))["take_id"] == CUT.id


async def test_the_camera_goes_off_when_the_last_answer_is_in(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    await page.evaluate(f"window.track = {CONNECTION}.getSenders()[1].track")
    interview.show(Reviewing())
    await page.get_by_role("button", name="Send my answers").wait_for()
    await page.wait_for_function("() => window.track.readyState === 'ended'")
    assert await page.evaluate(CONNECTION) is None


async def test_a_connection_the_server_does_not_know_is_made_anew(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    interview.show(Thinking(ONE, time.time()), connected=False)
    await interview.offered(2)
    await expect(page.get_by_role("button", name="Start my answer")).to_be_visible(timeout=15000)


async def test_a_disturbed_line_is_healed_on_the_same_connection(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    before = await page.evaluate(f"{CONNECTION}.remoteDescription.sdp.match(/ice-ufrag:(.*)/)[1]")
    await page.evaluate(
        f"""() => {{
            const connection = window.first = {CONNECTION};
            Object.defineProperty(
                connection, "connectionState", {{ value: "disconnected", configurable: true }}
            );
            connection.dispatchEvent(new Event("connectionstatechange"));
            delete connection.connectionState;
        }}"""
    )
    await page.wait_for_function(
        f"() => {CONNECTION}.remoteDescription.sdp.match(/ice-ufrag:(.*)/)[1] !== '{before}'"
    )
    await page.wait_for_function("() => window.first.iceConnectionState === 'connected'")
    await page.wait_for_function(
        """async () => {
            const reports = [...(await window.first.getStats()).values()];
            const used = reports.find((r) => r.type === "candidate-pair" && r.nominated);
            return used && used.bytesSent > 20000;
        }"""
    )
    assert interview.restarts == 1
    assert await page.evaluate(f"{CONNECTION} === window.first")


async def test_the_socket_comes_back_as_the_same_page(page: Page, interview: Interview) -> None:
    await connect(page, interview)
    await interview.lose_socket()
    back = await interview.welcomed(2)
    assert back.endswith("?page=pg_1")


async def test_an_interview_that_moved_lets_go_of_the_camera(
    page: Page, interview: Interview
) -> None:
    await connect(page, interview)
    await page.evaluate(f"window.track = {CONNECTION}.getSenders()[1].track")
    interview.say(Moved(type="moved"))
    await expect(page.get_by_role("heading", name="You went on somewhere else")).to_be_visible()
    await page.wait_for_function("() => window.track.readyState === 'ended'")


@pytest.mark.parametrize(
    ("status", "heading"), [(404, "We do not know this link"), (410, "This link is closed")]
)
async def test_a_link_that_leads_nowhere_says_so_kindly(
    page: Page, interview: Interview, status: int, heading: str
) -> None:
    interview.opening = (status, {"key": "unknown_link", "detail": "It was open until Monday."})
    await page.goto(LINK)
    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert interview.sockets == []


async def test_live_watching_is_not_offered_where_the_script_has_none(
    page: Page, interview: Interview
) -> None:
    script = type(interview.hello.script)(interview.hello.script.steps)
    interview.hello = hello(script=script)
    await page.goto(LINK)
    await page.get_by_role("button", name="Begin").wait_for()
    assert await page.get_by_role("checkbox").count() == 2

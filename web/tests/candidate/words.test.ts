import { expect, test } from "vitest";
import { cueAt, parseCues } from "../../src/candidate/captions";
import { browserOf, helpFor } from "../../src/candidate/help";
import { remainingOf } from "../../src/candidate/remaining";
import type { CameraTrouble } from "../../src/media/camera";

const STAGE = { limit: 1120, deadline: 1130 };

test("remaining time is calm until thirty seconds, then says what is left", () => {
  expect(remainingOf(STAGE, 1000)).toEqual({ mood: "plain", text: "2:00", announcement: "" });
  expect(remainingOf(STAGE, 1089.9).announcement).toBe("");
  expect(remainingOf(STAGE, 1090).announcement).toBe("30 seconds left.");
  expect(remainingOf(STAGE, 1109.5).announcement).toBe("30 seconds left.");
  expect(remainingOf(STAGE, 1110)).toEqual({
    mood: "soon",
    text: "0:10 left",
    announcement: "10 seconds left.",
  });
});

test("behind the limit the grace is counted, and never below nothing", () => {
  expect(remainingOf(STAGE, 1120).text).toBe("Finish your sentence · 0:10");
  expect(remainingOf(STAGE, 1124.2).mood).toBe("over");
  expect(remainingOf(STAGE, 1200).text).toBe("Finish your sentence · 0:00");
});

test("captions are read with and without hours, names and tags", () => {
  const cues = parseCues(
    "WEBVTT\r\n\r\nNOTE nothing\r\n\r\n2\r\n00:03.500 --> 00:05.000 line:0\r\n<v Ana>Two\r\nlines</v>\r\n\r\n" +
      "01:00:00.000 --> 01:00:01.000\r\nLate\r\n\r\nnot a cue",
  );
  expect(cues).toEqual([
    { start: 3.5, end: 5, text: "Two\nlines" },
    { start: 3600, end: 3601, text: "Late" },
  ]);
  expect(cueAt(cues, 3.49)).toBe("");
  expect(cueAt(cues, 3.5)).toBe("Two\nlines");
  expect(cueAt(cues, 5)).toBe("");
});

test.each([
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit Version/19.0 Safari/604.1", "ios"],
  ["Mozilla/5.0 (iPhone; …) Mobile/15E148 LinkedInApp/9.30", "in_app"],
  ["Mozilla/5.0 (Linux; Android 15; SM-S9; wv) Version/4.0 Chrome/150.0 Mobile", "in_app"],
  ["Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/150.0 Mobile Safari/537.36", "android_chrome"],
  ["Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36 Edg/150.0", "edge"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "firefox"],
  ["Mozilla/5.0 (Macintosh) AppleWebKit/605.1 Version/19.0 Safari/605.1", "safari"],
])("%s", (userAgent, browser) => {
  expect(browserOf(userAgent)).toBe(browser);
});

test("every trouble has help, and inside an app the help is to leave it", () => {
  const troubles: CameraTrouble[] = ["denied", "busy", "missing", "insecure", "unsupported", "unknown"];
  for (const trouble of troubles) {
    expect(helpFor(trouble, "chrome").steps.length).toBeGreaterThan(0);
    expect(helpFor(trouble, "in_app").title).toContain("app");
  }
  expect(helpFor("denied", "ios")).not.toEqual(helpFor("denied", "firefox"));
});

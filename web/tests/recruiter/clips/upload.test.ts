import { describe, expect, it } from "vitest";

import { LARGEST_BYTES, problemOf, titleOf, unsendable } from "../../../src/recruiter/clips/upload";

describe("uploading a clip", () => {
  it("makes a title of the file's name", () => {
    expect(titleOf("Walk_through_office.MP4")).toBe("Walk through office");
    expect(titleOf(".mov")).toBe("Clip");
    expect(titleOf("x".repeat(300)).length).toBe(120);
  });

  it("refuses early only what cannot succeed", () => {
    expect(unsendable({ size: 10, type: "video/mp4" })).toBeNull();
    expect(unsendable({ size: 10, type: "" })).toBeNull();
    expect(unsendable({ size: 0, type: "video/mp4" })).toContain("empty");
    expect(unsendable({ size: LARGEST_BYTES + 1, type: "video/mp4" })).toContain("500 MB");
    expect(unsendable({ size: 10, type: "application/pdf" })).toContain("not a video");
  });

  it("passes on the server's own words, and has some when there are none", () => {
    expect(problemOf(415, '{"key":"not_media","detail":"This is not media."}')).toMatchObject({
      status: 415, key: "not_media", message: "This is not media.",
    });
    expect(problemOf(502, "<html>").message).toBe("The upload was refused.");
  });
});

import { describe, expect, it } from "vitest";

import { addressOf, routeOf, type Route } from "../../src/recruiter/routes";

const ROUTES: Route[] = [
  { screen: "setup", token: "abc" },
  { screen: "interviews" },
  { screen: "interview", id: "in_1", tab: "script" },
  { screen: "interview", id: "in_1", tab: "invitations" },
  { screen: "clips" },
  { screen: "sessions" },
  { screen: "session", id: "se_1" },
  { screen: "conversations", id: null },
  { screen: "conversations", id: "se_1" },
  { screen: "account" },
];

describe("routes", () => {
  it.each(ROUTES)("lead back to themselves: %o", (route) => {
    const url = new URL(addressOf(route), "http://console.example");
    expect(routeOf(url.pathname, url.search)).toEqual(route);
  });

  it("forgive a slash at the end and name what they do not know", () => {
    expect(routeOf("/console/")).toEqual({ screen: "interviews" });
    expect(routeOf("/console/sessions/100%")).toEqual({ screen: "session", id: "100%" });
    expect(routeOf("/console/elsewhere")).toEqual({ screen: "unknown" });
  });
});

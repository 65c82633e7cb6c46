/**
 * Which screen an address means, and the address of a screen. Pure; router.ts ties it to the history.
 */

export type Route =
  | { screen: "setup"; token: string }
  | { screen: "interviews" }
  | { screen: "interview"; id: string; tab: "script" | "invitations" }
  | { screen: "clips" }
  | { screen: "sessions" }
  | { screen: "session"; id: string }
  | { screen: "conversations"; id: string | null }
  | { screen: "account" }
  | { screen: "unknown" };

export function routeOf(path: string, query = ""): Route {
  const parts = path.split("/").filter(Boolean).map(decoded);
  if (parts[0] === "setup") return { screen: "setup", token: new URLSearchParams(query).get("token") ?? "" };
  const [, place, id, more] = parts;
  switch (place) {
    case undefined:
      return { screen: "interviews" };
    case "interviews":
      if (!id) return { screen: "interviews" };
      return { screen: "interview", id, tab: more === "invitations" ? "invitations" : "script" };
    case "clips":
      return { screen: "clips" };
    case "sessions":
      return id ? { screen: "session", id } : { screen: "sessions" };
    case "conversations":
      return { screen: "conversations", id: id ?? null };
    case "account":
      return { screen: "account" };
    default:
      return { screen: "unknown" };
  }
}

/** One part of an address; as it is when its percent signs mean nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function addressOf(route: Route): string {
  switch (route.screen) {
    case "setup":
      return `/setup?token=${encodeURIComponent(route.token)}`;
    case "interviews":
      return "/console";
    case "interview": {
      const tail = route.tab === "script" ? "" : `/${route.tab}`;
      return `/console/interviews/${encodeURIComponent(route.id)}${tail}`;
    }
    case "session":
      return `/console/sessions/${encodeURIComponent(route.id)}`;
    case "conversations":
      return route.id ? `/console/conversations/${encodeURIComponent(route.id)}` : "/console/conversations";
    case "unknown":
      return "/console";
    default:
      return `/console/${route.screen}`;
  }
}

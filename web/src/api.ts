/**
 * Requests to our own server: JSON in and out, errors as problem+json (RFC 9457) → ApiError.
 *
 * `key` is stable and meant for code, `message` is one plain sentence meant for a person. When no
 * answer came at all, `status` is 0 and `key` is "offline".
 */

interface ProblemDetails {
  key?: string;
  title?: string;
  detail?: string;
  params?: Record<string, string | number>;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly key: string,
    message: string,
    readonly params: Record<string, string | number> = {},
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** An offer's other half. `location`: the resource of the connection, to be deleted at the end. */
export interface SdpExchange {
  sdp: string;
  location: string;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(path, { signal: signal ?? null });
  return (await response.json()) as T;
}

/** An unsafe method with a JSON body; undefined when the server answers 204. */
export async function sendJson<T = void>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<T> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const response = await request(path, init);
  const empty = response.status === 204 || response.headers.get("Content-Length") === "0";
  return (empty ? undefined : await response.json()) as T;
}

/** Sends an SDP offer the way WHIP (RFC 9725) does and gives the answer. */
export async function exchangeSdp(path: string, sdp_offer: string): Promise<SdpExchange> {
  const headers = { "Content-Type": "application/sdp", Accept: "application/sdp" };
  const response = await request(path, { method: "POST", headers, body: sdp_offer });
  const location = response.headers.get("Location") ?? "";
  return { sdp: await response.text(), location };
}

/** Ends a connection's resource; also while the page is being closed. Never throws. */
export async function deleteQuietly(location: string): Promise<void> {
  if (!location) return;
  await fetch(location, { method: "DELETE", keepalive: true }).catch(() => undefined);
}

/** Sends the fragment of an ICE restart (RFC 9725 §4.3) and gives the server's. */
export async function patchIce(location: string, fragment: string): Promise<string> {
  const headers = { "Content-Type": "application/trickle-ice-sdpfrag" };
  const response = await request(location, { method: "PATCH", headers, body: fragment });
  return response.text();
}

/** fetch that throws ApiError for everything but success. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "offline", "The server cannot be reached. Please check your connection.");
  }
  if (response.ok) return response;
  throw await errorOf(response);
}

/** What a refused response says, however little that is. */
export async function errorOf(response: Response): Promise<ApiError> {
  const problem = await problemOf(response);
  const text = problem.detail ?? problem.title ?? "Something went wrong on our side.";
  return new ApiError(response.status, problem.key ?? "unknown", text, problem.params);
}

async function problemOf(response: Response): Promise<ProblemDetails> {
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) return {};
  try {
    return (await response.json()) as ProblemDetails;
  } catch {
    return {};
  }
}

"""The routes of a sitting: the candidate's socket and connections, and live watching."""

from aiohttp import web

from server.sessions.events import Events
from server.sessions.signaling import Signaling


def routes(events: Events, signaling: Signaling) -> list[web.RouteDef]:
    connections = "/api/sessions/{session_id}/connections"
    watchers = "/api/sessions/{session_id}/watchers"
    return [
        web.get("/api/sessions/{session_id}/events", events.handle),
        web.post(connections, signaling.connect),
        web.patch(connections + "/{connection_id}", signaling.restart_ice),
        web.delete(connections + "/{connection_id}", signaling.disconnect),
        web.post(watchers, signaling.watch),
        web.patch(watchers + "/{watcher_id}", signaling.restart_watcher_ice),
        web.delete(watchers + "/{watcher_id}", signaling.stop_watching),
    ]

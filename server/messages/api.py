"""The team's side of the conversations. The candidate's side is the socket of a session.

Everything here needs a login, and is about sessions of one's own organization; another's is 404.
"""

from aiohttp import web

from server import http
from server.messages.shapes import Message, NewMessage, ReadUpTo
from server.messages.store import Conversations


def routes(conversations: Conversations) -> web.RouteTableDef:
    table = web.RouteTableDef()

    @table.get("/api/conversations")
    async def list_conversations(request: web.Request) -> web.Response:
        account = http.account(request)
        return http.json_response(await conversations.of_organization(account.organization_id))

    @table.get("/api/sessions/{session_id}/messages")
    async def list_messages(request: web.Request) -> web.Response:
        session_id = await _own_session(request)
        return http.json_response(await conversations.of_session(session_id))

    @table.post("/api/sessions/{session_id}/messages")
    async def say(request: web.Request) -> web.Response:
        session_id = await _own_session(request)
        account = http.account(request)
        new = await http.read_json(request, NewMessage)
        message: Message = await conversations.say(session_id, "team", account.name, new.text)
        return http.json_response(message, status=201)

    @table.post("/api/sessions/{session_id}/messages/read")
    async def mark_read(request: web.Request) -> web.Response:
        session_id = await _own_session(request)
        read = await http.read_json(request, ReadUpTo)
        await conversations.mark_read(session_id, "team", read.message_id)
        return web.Response(status=204)

    async def _own_session(request: web.Request) -> str:
        account = http.account(request)
        session_id = request.match_info["session_id"]
        await conversations.require_session(account.organization_id, session_id)
        return session_id

    return table

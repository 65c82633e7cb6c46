"""The edge: what every request passes before and after the capabilities' handlers.

bodies.py reads and writes JSON · problems.py turns errors into RFC 9457 answers · identity.py
knows who asks (cookies) · guard.py checks the Origin and sets the security headers · addresses.py
tells where a request came from · serving.py runs the web server itself.
"""

from server.http.addresses import client_address
from server.http.bodies import json_response, read_bytes, read_json
from server.http.identity import account, candidate_session_id
from server.http.problems import problem_response

__all__ = [
    "account",
    "candidate_session_id",
    "client_address",
    "json_response",
    "problem_response",
    "read_bytes",
    "read_json",
]

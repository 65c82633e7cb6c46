"""Every error the product raises on purpose, in one tree.

An error carries a `key` (stable, translated by the pages), an HTTP `status`, `params` for the
text, and whose `fault` it is. The edge (http.py, a socket, the job runner) translates it once;
nothing below the edge knows HTTP.

    InterludeError
    ├── BadInput            400  the request is malformed; the text says what to do
    │   └── TooLarge        413
    ├── NotLoggedIn         401
    ├── Forbidden           403
    ├── NotFound            404  also: belongs to another organization
    ├── Gone                410  expired, revoked, finished
    ├── Conflict            409  right request, wrong moment
    │   └── UnexpectedEvent      the director was told something impossible
    ├── Unsupported         415  not media, no common codec
    ├── TooMany             429
    └── Unavailable         503  ours: disk full, overload, shutting down
"""

from typing import ClassVar, Literal

Fault = Literal["caller", "operator", "ours"]


class InterludeError(Exception):
    """Base of the tree. `text` is one plain sentence for a person, free of secrets."""

    status: ClassVar[int] = 500
    fault: ClassVar[Fault] = "ours"

    def __init__(self, key: str, text: str, **params: str | float) -> None:
        super().__init__(text)
        self.key = key
        self.text = text
        self.params = params


class BadInput(InterludeError):
    status = 400
    fault: ClassVar[Fault] = "caller"


class TooLarge(BadInput):
    status = 413


class NotLoggedIn(InterludeError):
    status = 401
    fault: ClassVar[Fault] = "caller"


class Forbidden(InterludeError):
    status = 403
    fault: ClassVar[Fault] = "caller"


class NotFound(InterludeError):
    status = 404
    fault: ClassVar[Fault] = "caller"


class Gone(InterludeError):
    status = 410
    fault: ClassVar[Fault] = "caller"


class Conflict(InterludeError):
    status = 409
    fault: ClassVar[Fault] = "caller"


class UnexpectedEvent(Conflict):
    """An event that the stage of a session does not allow."""


class Unsupported(InterludeError):
    status = 415
    fault: ClassVar[Fault] = "caller"


class TooMany(InterludeError):
    status = 429
    fault: ClassVar[Fault] = "caller"


class Unavailable(InterludeError):
    status = 503
    fault: ClassVar[Fault] = "operator"

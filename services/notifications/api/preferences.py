"""What people want to be told, and how: said by themselves or by staff; and leaving with one click."""

from typing import Any
from uuid import UUID

from flask import Response

from services.notifications.db import transaction
from services.notifications.operations import preferences
from services.notifications.operations.preferences import Wishes
from services.notifications.rendering.pages import leaving_page, left_page
from services.notifications.schemas import LinkQuery, PreferencesRequest, PreferencesSchema
from shared.web.routes import Routes, caller

routes = Routes("preferences", __name__, url_prefix="/v1")

_DESK = ("adviser", "manager")
_PAGE = "text/html"


@routes.route("/preferences/<uuid:participant_id>")
@routes.access(*_DESK, public=True, limited=True)
@routes.refuses(404)
@routes.arguments(LinkQuery, location="query")
@routes.response(200, PreferencesSchema)
def shown(query: dict[str, Any], participant_id: UUID) -> Wishes:
    """What a person does not want to be told; themselves with the link of a registration, or staff."""
    with transaction() as session:
        _let_in(session, query, participant_id)
        return preferences.find_wishes(session, participant_id)


@routes.route("/preferences/<uuid:participant_id>", methods=["PUT"])
@routes.access(*_DESK, public=True, limited=True)
@routes.refuses(404)
@routes.arguments(LinkQuery, location="query")
@routes.arguments(PreferencesRequest)
@routes.response(200, PreferencesSchema)
def change(query: dict[str, Any], body: dict[str, Any], participant_id: UUID) -> Wishes:
    """Say what a person does not want from now on; what waits for them and is not wanted is not sent."""
    found = caller()
    by = {} if found is None else {"by": found.subject}
    with transaction() as session:
        _let_in(session, query, participant_id)
        return preferences.change_wishes(session, participant_id, body["unwanted"], **by)


@routes.route("/unsubscribe/<token>")
@routes.access(public=True, limited=True)
@routes.refuses(404)
@routes.response(200, {"type": "string"}, content_type=_PAGE)
def ask(token: str) -> Response:
    """A page with a button: nothing is changed by looking at it, as programs that read mail do."""
    with transaction() as session:
        kind, language = preferences.what_link_leaves(session, token)
    return _page(leaving_page(kind, language))


@routes.route("/unsubscribe/<token>", methods=["POST"])
@routes.access(public=True, limited=True)
@routes.refuses(404)
@routes.response(200, {"type": "string"}, content_type=_PAGE)
def leave(token: str) -> Response:
    """Send a person no more messages of the kind that the link came with (RFC 8058: one click, no sign-in).

    Whatever the body: the link itself says everything. A second time changes nothing.
    """
    with transaction() as session:
        kind, language = preferences.unsubscribe(session, token)
    return _page(left_page(kind, language))


def _let_in(session: Any, query: dict[str, Any], participant_id: UUID) -> None:
    if caller() is None:
        preferences.check_link(session, participant_id, query["registration"], query["token"])


def _page(page: str) -> Response:
    response = Response(page, content_type=_PAGE)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response

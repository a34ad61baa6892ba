"""What people thought of a session: asked by their link or on a tablet, read by the session's staff."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, request

from services.registrations.api.caller import STAFF, actor, scope
from services.registrations.api.unnamed import title_for_anyone
from services.registrations.db import transaction
from services.registrations.models import Kiosk
from services.registrations.operations.held import feedback, kiosks
from services.registrations.operations.offer.meetings import find_session
from services.registrations.operations.seats import find
from services.registrations.operations.staff import audit
from services.registrations.refusals import KioskNotFound
from services.registrations.schemas.feedback import (
    FeedbackFormSchema,
    FeedbackItem,
    FeedbackRequest,
    FeedbackSchema,
    KioskFeedbackRequest,
    KioskFeedbackSchema,
    KioskFormSchema,
    KioskSchema,
)
from services.registrations.schemas.registrations import TokenQuery
from shared.web.pagination import PageQuery, cut, page_of, position
from shared.web.rates import PublicRate
from shared.web.routes import Routes, public_rate, staff

routes = Routes("feedback", __name__, url_prefix="/v1")

# One tablet: three taps and a few words each. A room of twenty is through in a minute.
KIOSK_RATE = "30/minute"
_KIOSK_TOKEN = {
    "name": "Kiosk-Token",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "The token that was told when the tablet was opened.",
}


@routes.route("/registrations/<uuid:registration_id>/feedback")
@routes.access(public=True)
@routes.refuses(404)
@routes.arguments(TokenQuery, location="query")
@routes.response(200, FeedbackFormSchema)
def form(query: dict[str, Any], registration_id: UUID) -> feedback.FeedbackForm:
    """What to ask whoever holds the link, and what they have said already; of what is discreet, no name."""
    with transaction() as session:
        found = find.find(session, registration_id, token=query["token"])
        title = title_for_anyone(found.session.activity)
        return feedback.feedback_form(session, found, title)


@routes.route("/registrations/<uuid:registration_id>/feedback", methods=["POST"])
@routes.access(public=True, limited=True)
@routes.refuses(404, 409)
@routes.arguments(TokenQuery, location="query")
@routes.arguments(FeedbackRequest)
@routes.response(200, FeedbackSchema)
def give_feedback(query: dict[str, Any], body: dict[str, Any], registration_id: UUID) -> Any:
    """What the participant thought of it; it can be changed for seven days."""
    with transaction() as session:
        found = find.find(session, registration_id, token=query["token"])
        return feedback.give_feedback(session, found, **body)


@routes.route("/sessions/<uuid:session_id>/feedback")
@routes.access(*STAFF)
@routes.refuses(404)
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(FeedbackItem))
def listed(query: dict[str, Any], session_id: UUID) -> dict[str, Any]:
    """What was said of a session, comments included, for its staff; nobody is named."""
    after = position(query["cursor"], datetime.fromisoformat, UUID)
    with transaction() as session:
        find_session(session, session_id, scope())
        rows = feedback.list_feedback(
            session,
            session_id,
            after=(after[0], after[1]) if after else None,
            limit=query["limit"] + 1,
        )
        audit.record(session, actor(), "read", "feedback", session_id)
    items, following = cut(rows, query["limit"], lambda row: (row.submitted_at.isoformat(), row.id))
    return {"items": items, "next": following}


@routes.route("/sessions/<uuid:session_id>/kiosk", methods=["POST"])
@routes.access(*STAFF)
@routes.refuses(404, 409)
@routes.response(201, KioskSchema)
def open_kiosk(session_id: UUID) -> dict[str, Any]:
    """Open a tablet for feedback on one session: its token is told this once, and ends hours after the session."""
    with transaction() as session:
        kiosk, token = kiosks.open_kiosk(
            session, session_id, opened_by=staff().subject, scope=scope()
        )
        audit.record(session, actor(), "open-kiosk", "session", session_id)
        return {
            "id": kiosk.id,
            "token": token,
            "good_until": kiosks.good_until(kiosk.session),
        }


@routes.route("/sessions/<uuid:session_id>/kiosk", methods=["DELETE"])
@routes.access(*STAFF)
@routes.refuses(404)
@routes.response(204)
def close_kiosks(session_id: UUID) -> None:
    """Close every tablet of a session; what was said on them stays. A second call changes nothing."""
    with transaction() as session:
        kiosks.close_kiosks(session, session_id, scope=scope())
        audit.record(session, actor(), "close-kiosk", "session", session_id)


@routes.route("/kiosk")
@routes.access(public=True)
@routes.refuses(404, 429)
@routes.doc(parameters=[_KIOSK_TOKEN])
@routes.response(200, KioskFormSchema)
def kiosk_form() -> dict[str, Any]:
    """What the tablet asks; a session of a discreet programme is not named."""
    with transaction() as session:
        held = _kiosk(session).session
    return {
        "title": title_for_anyone(held.activity),
        "questions": held.activity.programme.feedback_questions,
        "starts_at": held.starts_at,
        "good_until": kiosks.good_until(held),
    }


@routes.route("/kiosk/feedback", methods=["POST"])
@routes.access(public=True)
@routes.refuses(404, 409, 429)
@routes.doc(parameters=[_KIOSK_TOKEN])
@routes.arguments(KioskFeedbackRequest)
@routes.response(201, KioskFeedbackSchema)
def collect(body: dict[str, Any]) -> dict[str, Any]:
    """What one person thought, without a name; the next one follows on the same tablet."""
    with transaction() as session:
        rating = kiosks.collect_feedback(
            session,
            _kiosk(session),
            client_id=body["id"],
            face=body["face"],
            answers=body["answers"],
            comment=body["comment"],
        )
    return {"id": body["id"], "rating": rating}


def _kiosk(session: Any) -> Kiosk:
    """The tablet that asks, within its own rate; who guesses at tokens is held to that of the public."""
    try:
        kiosk = kiosks.find_kiosk(session, request.headers.get("Kiosk-Token", ""))
    except KioskNotFound:
        public_rate().spend(request.remote_addr or "unknown")
        raise
    rate: PublicRate = current_app.extensions["arceaux.kiosk_rate"]
    rate.spend(f"kiosk:{kiosk.id}")
    return kiosk

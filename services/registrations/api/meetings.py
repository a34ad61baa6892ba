"""One meeting for whoever holds it: who is expected, who came to the door, the sheet to sign."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response

from services.registrations.api.caller import DESK, STAFF, actor, scope
from services.registrations.db import transaction
from services.registrations.domain import RegistrationStatus
from services.registrations.operations.held import walk_in
from services.registrations.operations.offer import meetings
from services.registrations.operations.staff import audit
from services.registrations.printing.sign_in_sheet import sign_in_sheet
from services.registrations.schemas.meetings import (
    AttendanceMissingSchema,
    MeetingOfStaffSchema,
    SheetQuery,
    WalkInBody,
    WalkInSchema,
)
from shared.web.pagination import PageQuery, cut, page_of, position
from shared.web.problems import request_language
from shared.web.routes import Routes, staff

routes = Routes("meetings", __name__, url_prefix="/v1/meetings")

_PDF = "application/pdf"


@routes.route("/attendance-missing")
@routes.access(*STAFF)
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(AttendanceMissingSchema))
def attendance_missing(query: dict[str, Any]) -> dict[str, Any]:
    """Meetings that are over and lack attendance, of sessions not closed, the oldest first."""
    after = position(query["cursor"], datetime.fromisoformat, UUID)
    with transaction() as session:
        rows = meetings.list_unrecorded(
            session,
            scope(),
            after=(after[0], after[1]) if after else None,
            limit=query["limit"] + 1,
        )
    items, following = cut(
        rows, query["limit"], lambda row: (row.meeting.starts_at.isoformat(), row.meeting.id)
    )
    return {"items": items, "next": following}


@routes.route("/<uuid:meeting_id>")
@routes.access(*STAFF)
@routes.refuses(404)
@routes.response(200, MeetingOfStaffSchema)
def shown(meeting_id: UUID) -> dict[str, Any]:
    """A meeting and its people: who has a seat, waits for one, or was there."""
    with transaction() as session:
        meeting, of = meetings.find_meeting(session, meeting_id, scope())
        people = meetings.list_expected(session, meeting)
        audit.record(session, actor(), "read", "meeting", meeting_id)
    return {"meeting": meeting, "session": of, "people": people}


@routes.route("/<uuid:meeting_id>/walk-ins", methods=["POST"])
@routes.access(*STAFF)
@routes.refuses(404, 409)
@routes.arguments(WalkInBody)
@routes.response(201, WalkInSchema)
def add_walk_in(body: dict[str, Any], meeting_id: UUID) -> dict[str, Any]:
    """Let someone in at the door: a seat if there is one, and present; who is registered is marked present."""
    member = staff()
    helped = body["assisted_by"]
    with transaction() as session:
        admitted = walk_in.admit(
            session,
            meeting_id,
            walk_in.WalkIn(
                person=body["participant"],
                statistics=body["consents"]["statistics"],
                contact=body["consents"]["contact"],
                needs=body["needs"],
                agreement=helped["agreement"] if helped else None,
            ),
            staff=member.subject,
            decides=member.role in DESK,
            scope=scope(),
        )
        registration = admitted.registration
        whose = registration.participant_id
        audit.record(session, actor(), "admit", "registration", registration.id, participant=whose)
    return {
        "registration_id": registration.id,
        "participant_id": whose,
        "status": registration.status,
        "attendance": "present",
        "was_registered": admitted.was_registered,
    }


@routes.route("/<uuid:meeting_id>/sign-in.pdf")
@routes.access(*STAFF)
@routes.refuses(404)
@routes.arguments(SheetQuery, location="query")
@routes.response(200, {"type": "string", "format": "binary"}, content_type=_PDF)
def sheet(query: dict[str, Any], meeting_id: UUID) -> Response:
    """A sheet to print and sign (PDF/UA-1): names and nothing else of people, and lines for who comes besides."""
    language = query["language"] or request_language(otherwise="fr")
    with transaction() as session:
        meeting, of = meetings.find_meeting(session, meeting_id, scope())
        people = [
            expected.registration.participant
            for expected in meetings.list_expected(session, meeting)
            if expected.registration.status == RegistrationStatus.CONFIRMED
        ]
        audit.record(session, actor(), "print", "meeting", meeting_id)
    response = Response(sign_in_sheet(of, meeting, people, language), content_type=_PDF)
    response.headers["Content-Language"] = language
    response.headers["Content-Disposition"] = 'inline; filename="sign-in.pdf"'
    response.cache_control.private = response.cache_control.no_store = True
    return response

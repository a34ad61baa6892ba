"""Sessions and their meetings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.registrations.api.caller import STAFF, actor, organisation_limit, scope
from services.registrations.api.filters import filter_of
from services.registrations.db import transaction
from services.registrations.models import HeadCount, Meeting, Session
from services.registrations.operations.clock import now
from services.registrations.operations.held import attendance, head_count
from services.registrations.operations.offer import sessions
from services.registrations.operations.offer.alternatives import find_alternatives
from services.registrations.operations.offer.listing import list_sessions, public_session
from services.registrations.operations.offer.sessions import MeetingTime
from services.registrations.operations.staff import audit
from services.registrations.schemas.attendance import (
    AttendanceRequest,
    AttendanceSheet,
    HeadCountRequest,
    HeadCountSchema,
)
from services.registrations.schemas.sessions import (
    MeetingChange,
    MeetingSchema,
    NewMeeting,
    OtherSessionsSchema,
    RescheduleRequest,
    SessionChange,
    SessionQuery,
    SessionRequest,
    SessionSchema,
)
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes, staff

routes = Routes("sessions", __name__, url_prefix="/v1")


@routes.route("/sessions")
@routes.access(public=True)
@routes.arguments(SessionQuery, location="query")
@routes.response(200, page_of(SessionSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Published sessions by first date, with the seats left and the length of the waiting list."""
    after = position(query["cursor"], datetime.fromisoformat, UUID)
    wanted = filter_of(query, ends_after=query["from_"] or now(), statuses=(query["status"],))
    with transaction() as session:
        rows = list_sessions(
            session,
            wanted,
            after=(after[0], after[1]) if after else None,
            limit=query["limit"] + 1,
        )
    items, following = cut(rows, query["limit"], lambda row: (row.starts_at.isoformat(), row.id))
    return {"items": items, "next": following}


@routes.route("/sessions/<uuid:session_id>")
@routes.access(public=True)
@routes.refuses(404)
@routes.response(200, SessionSchema)
def shown(session_id: UUID) -> Session:
    """One session, whatever became of it since it was published."""
    with transaction() as session:
        return public_session(session, session_id)


@routes.route("/sessions/<uuid:session_id>/alternatives")
@routes.access(public=True)
@routes.refuses(404)
@routes.response(200, OtherSessionsSchema)
def alternatives(session_id: UUID) -> dict[str, Any]:
    """Up to three other sessions with seats left: of the same activity, else theme, else programme."""
    with transaction() as session:
        wanted = public_session(session, session_id)
        return {"items": find_alternatives(session, wanted)}


@routes.route("/sessions", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.refuses(409)
@routes.arguments(SessionRequest)
@routes.response(201, SessionSchema)
def create(body: dict[str, Any]) -> Session:
    """Draft a session of an activity; facilitators of their own organisation's."""
    with transaction() as session:
        return sessions.create_session(
            session,
            activity_id=body["activity_id"],
            place_code=body["place"],
            capacity=body["capacity"],
            meetings=_times(body),
            organisation=organisation_limit(),
            minimum=body["minimum"],
            decide_by=body["decide_by"],
            opens_at=body["opens_at"],
            closes_at=body["closes_at"],
            registration=body["registration"],
        )


@routes.route("/sessions/<uuid:session_id>", methods=["PATCH"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.arguments(SessionChange)
@routes.response(200, SessionSchema)
def change(body: dict[str, Any], session_id: UUID) -> Session:
    """Change the capacity, the minimum or the registration window; of a draft, whether one registers."""
    with transaction() as session:
        # A larger capacity lets people in from the line.
        audit.record(session, actor(), "change", "session", session_id)
        return sessions.change_session(session, session_id, body, organisation=organisation_limit())


@routes.route("/sessions/<uuid:session_id>/publish", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.response(200, SessionSchema)
def publish(session_id: UUID) -> Session:
    """Let people see it and register."""
    with transaction() as session:
        return sessions.publish(session, session_id, organisation=organisation_limit())


@routes.route("/sessions/<uuid:session_id>/reschedule", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.arguments(RescheduleRequest)
@routes.response(200, SessionSchema)
def reschedule(body: dict[str, Any], session_id: UUID) -> Session:
    """Give it these meetings: those with an id are moved, new ones added, others dropped."""
    with transaction() as session:
        return sessions.reschedule(
            session, session_id, _times(body), organisation=organisation_limit()
        )


@routes.route("/sessions/<uuid:session_id>/cancel", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.response(200, SessionSchema)
def cancel(session_id: UUID) -> Session:
    """It will not take place: everyone registered is told."""
    with transaction() as session:
        # With it goes the registration of everyone in it.
        audit.record(session, actor(), "cancel", "session", session_id)
        return sessions.cancel_session(session, session_id, organisation=organisation_limit())


@routes.route("/sessions/<uuid:session_id>/close", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.response(200, SessionSchema)
def close(session_id: UUID) -> Session:
    """It is over; its report is written."""
    with transaction() as session:
        return sessions.close_session(session, session_id, organisation=organisation_limit())


@routes.route("/meetings", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.arguments(NewMeeting)
@routes.response(201, MeetingSchema)
def add_meeting(body: dict[str, Any]) -> Meeting:
    """Give a session one more meeting; who is registered is told of the change."""
    session_id = body.pop("session_id")
    with transaction() as session:
        return sessions.add_meeting(
            session, session_id, MeetingTime(**body), organisation=organisation_limit()
        )


@routes.route("/meetings/<uuid:meeting_id>", methods=["PATCH"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.arguments(MeetingChange)
@routes.response(200, MeetingSchema)
def change_meeting(body: dict[str, Any], meeting_id: UUID) -> Meeting:
    """Move a meeting, or change its room or facilitator."""
    with transaction() as session:
        return sessions.change_meeting(session, meeting_id, body, organisation=organisation_limit())


@routes.route("/meetings/<uuid:meeting_id>/attendance", methods=["PUT"])
@routes.access(*STAFF)
@routes.refuses(404)
@routes.arguments(AttendanceRequest)
@routes.response(200, AttendanceSheet)
def record_attendance(body: dict[str, Any], meeting_id: UUID) -> dict[str, Any]:
    """Record who came; sent again, it corrects."""
    statuses = {item["registration_id"]: item["status"] for item in body["items"]}
    with transaction() as session:
        recorded = attendance.record_attendance(
            session,
            meeting_id,
            statuses,
            recorded_by=staff().subject,
            scope=scope(),
        )
        audit.record(session, actor(), "record-attendance", "meeting", meeting_id)
    return {"items": recorded}


@routes.route("/meetings/<uuid:meeting_id>/head-count", methods=["PUT"])
@routes.access(*STAFF)
@routes.refuses(404, 409)
@routes.arguments(HeadCountRequest)
@routes.response(200, HeadCountSchema)
def count_heads(body: dict[str, Any], meeting_id: UUID) -> HeadCount:
    """Say how many came, where nobody registers; sent again, it corrects, until the session is closed."""
    with transaction() as session:
        audit.record(session, actor(), "count-heads", "meeting", meeting_id)
        return head_count.count_heads(
            session, meeting_id, body["count"], counted_by=staff().subject, scope=scope()
        )


def _times(body: dict[str, Any]) -> list[MeetingTime]:
    return [MeetingTime(**meeting) for meeting in body["meetings"]]

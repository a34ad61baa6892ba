"""The sessions in the formats that calendars, feed readers and search engines understand."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from services.registrations.api.filters import filter_of
from services.registrations.db import transaction
from services.registrations.domain import SessionStatus
from services.registrations.models import Session
from services.registrations.operations.clock import now
from services.registrations.operations.offer.listing import (
    list_changes,
    nearest_sessions,
    public_session,
)
from services.registrations.publishing.atom import feed_of
from services.registrations.publishing.calendar import calendar_of
from services.registrations.publishing.schema_org import event_of, events_of
from services.registrations.schemas.sessions import ChangesQuery, FeedQuery
from shared.web.caching import NOT_CHANGED, cacheable
from shared.web.problems import request_language
from shared.web.routes import Routes

routes = Routes("feeds", __name__, url_prefix="/v1")

ICALENDAR, ATOM, JSON_LD = "text/calendar", "application/atom+xml", "application/ld+json"
_TEXT, _OBJECT = {"type": "string"}, {"type": "object"}
_TOLD = (SessionStatus.PUBLISHED, SessionStatus.CANCELLED)
# What a place holds in a season, and takes half a second to write; a city asks place by place.
_MOST_SESSIONS, _MOST_MEETINGS = 500, 1500


@routes.route("/sessions.ics")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.arguments(FeedQuery, location="query")
@routes.response(200, _TEXT, content_type=ICALENDAR)
def calendar(query: dict[str, Any]) -> Response:
    """A calendar to subscribe to (RFC 5545): an event per meeting, of up to 500 sessions and 1,500 meetings.

    Meetings of discreet programmes are appointments without a title.
    """
    return _calendar(_found(query), filename="programme.ics")


@routes.route("/sessions/<uuid:session_id>.ics")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.refuses(404)
@routes.response(200, _TEXT, content_type=ICALENDAR)
def calendar_of_one(session_id: UUID) -> Response:
    """The meetings of one session, to be put into one's own calendar."""
    with transaction() as session:
        found = public_session(session, session_id)
    return _calendar([found], filename="session.ics")


@routes.route("/sessions.atom")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.arguments(ChangesQuery, location="query")
@routes.response(200, _TEXT, content_type=ATOM)
def changes(query: dict[str, Any]) -> Response:
    """What was published, changed or cancelled last, as a feed (RFC 4287)."""
    wanted = filter_of(query, ends_after=query["from_"], statuses=_statuses(query))
    with transaction() as session:
        found = list(list_changes(session, wanted, limit=query["limit"]))
    language = request_language(otherwise="fr")
    self_url = f"{_public_url()}{request.full_path.rstrip('?')}"
    content = feed_of(found, self_url=self_url, public_url=_public_url(), language=language)
    return cacheable(
        content,
        f"{ATOM}; charset=utf-8",
        changed_at=None if _depends_on_now(query) else _last_change(found),
        language=language,
    )


@routes.route("/sessions.jsonld")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.arguments(FeedQuery, location="query")
@routes.response(200, _OBJECT, content_type=JSON_LD)
def linked_data(query: dict[str, Any]) -> Response:
    """Sessions as schema.org events in JSON-LD: up to 500, with 1,500 meetings, the nearest first."""
    return _linked(events_of(_found(query), public_url=_public_url(), now=now()))


@routes.route("/sessions/<uuid:session_id>.jsonld")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.refuses(404)
@routes.response(200, _OBJECT, content_type=JSON_LD)
def linked_data_of_one(session_id: UUID) -> Response:
    """One session as a schema.org event in JSON-LD."""
    with transaction() as session:
        found = public_session(session, session_id)
    return _linked(event_of(found, public_url=_public_url(), now=now()))


def _found(query: dict[str, Any]) -> list[Session]:
    wanted = filter_of(query, ends_after=query["from_"] or now(), statuses=_statuses(query))
    with transaction() as session:
        found = nearest_sessions(session, wanted, most=_MOST_SESSIONS, most_meetings=_MOST_MEETINGS)
    return list(found)


def _statuses(query: dict[str, Any]) -> tuple[str, ...]:
    return (query["status"],) if query["status"] else _TOLD


def _depends_on_now(query: dict[str, Any]) -> bool:
    """Whether sessions fall out of the answer as time passes, which no change of theirs tells."""
    return query["open"] or query["from_"] is not None


def _last_change(sessions: list[Session]) -> datetime | None:
    """When the newest change of what the feed says of ``sessions`` was made."""
    moments = (
        row.changed_at
        for one in sessions
        for row in (
            one,
            one.activity,
            one.activity.organisation,
            one.activity.programme,
            one.place,
        )
    )
    return max(moments, default=None)


def _calendar(sessions: list[Session], *, filename: str) -> Response:
    language = request_language(otherwise="fr")
    return cacheable(
        calendar_of(sessions, public_url=_public_url(), language=language),
        f"{ICALENDAR}; charset=utf-8",
        language=language,
        filename=filename,
    )


def _linked(document: dict[str, Any]) -> Response:
    return cacheable(current_app.json.dumps(document).encode(), JSON_LD, seconds=60)


def _public_url() -> str:
    url: str = current_app.extensions["arceaux.settings"].public_url
    return url

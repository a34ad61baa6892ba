"""Sessions as schema.org events in JSON-LD, for search engines and other sites.

The shapes are those of https://schema.org/Event and https://schema.org/EventStatusType.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.registrations.domain import SessionStatus
from services.registrations.models import Meeting, Organisation, Place, Session
from shared.events.links import session_url

_CONTEXT = "https://schema.org"
_ORGANISATIONS = {"public-body": "GovernmentOrganization", "association": "NGO"}


def event_of(session: Session, *, public_url: str, now: datetime) -> dict[str, Any]:
    """One session as a document of its own."""
    return {"@context": _CONTEXT, **_event(session, public_url, now)}


def events_of(sessions: Sequence[Session], *, public_url: str, now: datetime) -> dict[str, Any]:
    """Several sessions in one document."""
    return {
        "@context": _CONTEXT,
        "@graph": [_event(session, public_url, now) for session in sessions],
    }


def _event(session: Session, public_url: str, now: datetime) -> dict[str, Any]:
    activity, address = session.activity, session_url(public_url, session.id)
    event: dict[str, Any] = {
        "@type": "Event",
        "@id": address,
        "url": address,
        "name": activity.title,
        "description": activity.description or None,
        "keywords": list(filter(None, (activity.theme, activity.programme.name))),
        "audience": _audience(activity.audience),
        **_times(session.starts_at, session.ends_at, session.place),
        **_status(session, session.meetings),
        "inLanguage": activity.programme.languages or None,
        "eventAttendanceMode": f"{_CONTEXT}/OfflineEventAttendanceMode",
        "isAccessibleForFree": True,
        "location": _place(session.place),
        "organizer": _organiser(activity.organisation),
        "offers": _offer(session, address, now),
    }
    if not activity.programme.discreet:
        event["maximumAttendeeCapacity"] = session.capacity
        event["remainingAttendeeCapacity"] = max(0, session.capacity - session.confirmed)
    if len(session.meetings) > 1:
        event["subEvent"] = [_meeting(session, meeting, address) for meeting in session.meetings]
    return _said(event)


def _meeting(session: Session, meeting: Meeting, address: str) -> dict[str, Any]:
    place = _place(session.place)
    # The name of a room can say what goes on in it.
    if meeting.room is not None and not session.activity.programme.discreet:
        place = {"@type": "Place", "name": meeting.room.name, "containedInPlace": place}
    return {
        "@type": "Event",
        "@id": f"{address}#{meeting.id}",
        "name": session.activity.title,
        **_times(meeting.starts_at, meeting.ends_at, session.place),
        **_status(session, [meeting]),
        "location": place,
    }


def _times(starts_at: datetime, ends_at: datetime, place: Place) -> dict[str, str]:
    zone = ZoneInfo(place.timezone)
    return {
        "startDate": starts_at.astimezone(zone).isoformat(),
        "endDate": ends_at.astimezone(zone).isoformat(),
    }


def _status(session: Session, meetings: Sequence[Meeting]) -> dict[str, str]:
    """``eventStatus`` of ``meetings``, in order; with the first announced beginning if that was moved."""
    if session.status == SessionStatus.CANCELLED:
        return {"eventStatus": f"{_CONTEXT}/EventCancelled"}
    if all(meeting.moved_from is None for meeting in meetings):
        return {"eventStatus": f"{_CONTEXT}/EventScheduled"}
    moved = {"eventStatus": f"{_CONTEXT}/EventRescheduled"}
    if (announced := meetings[0].moved_from) is not None:
        zone = ZoneInfo(session.place.timezone)
        moved["previousStartDate"] = announced.astimezone(zone).isoformat()
    return moved


def _place(place: Place) -> dict[str, Any]:
    located = place.latitude is not None and place.longitude is not None
    return _said(
        {
            "@type": "Place",
            "name": place.name,
            "address": _said(
                {
                    "@type": "PostalAddress",
                    "streetAddress": place.address,
                    "postalCode": place.postcode,
                    "addressLocality": place.city,
                    "addressCountry": "FR",
                }
            ),
            "geo": {
                "@type": "GeoCoordinates",
                "latitude": place.latitude,
                "longitude": place.longitude,
            }
            if located
            else None,
        }
    )


def _organiser(organisation: Organisation) -> dict[str, Any]:
    kind = _ORGANISATIONS.get(organisation.kind, "Organization")
    return _said({"@type": kind, "name": organisation.name, "url": organisation.website})


def _offer(session: Session, address: str, now: datetime) -> dict[str, Any]:
    """Free of charge. Whether seats are left is not said of discreet programmes."""
    offer = {
        "@type": "Offer",
        "price": 0,
        "priceCurrency": "EUR",
        "url": address,
        "validFrom": session.opens_at.isoformat(),
        "validThrough": session.closes_at.isoformat(),
    }
    if not session.activity.programme.discreet:
        is_open = (
            session.status == SessionStatus.PUBLISHED
            and session.opens_at <= now < session.closes_at
        )
        left = session.confirmed < session.capacity and session.waitlisted == 0
        available = "InStock" if is_open and left else "SoldOut"
        offer["availability"] = f"{_CONTEXT}/{available}"
    return offer


def _audience(words: str | None) -> dict[str, str] | None:
    return {"@type": "Audience", "audienceType": words} if words else None


def _said(described: dict[str, Any]) -> dict[str, Any]:
    """Without what is not known."""
    return {name: value for name, value in described.items() if value not in (None, [])}

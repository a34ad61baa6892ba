"""Invented facts of every kind, in every case that its words tell apart: for previews, and for checking words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.domain.kinds import ABOUT_NO_SESSION, TO_STAFF, UNSOLICITED, Kind
from services.notifications.domain.sessions import Meeting
from services.notifications.rendering.about import About, DescribedSession, Other

PLACE = "Tiers-lieu des Arceaux"
_NOW = datetime(2031, 7, 20, 8, 0, tzinfo=UTC)
_BEGINS = datetime(2031, 8, 1, 10, 0, tzinfo=UTC)
_PHONE = "+33467000000"
_ZONE = ZoneInfo("Europe/Paris")
_TITLE = "Réparer son vélo"
_SITE = "https://arceaux.example"
# Under each name, the values that words may depend on; every combination of them is a case.
_CASES: Mapping[Kind, Mapping[str, Sequence[Any]]] = {
    Kind.WAITLISTED: {"waitlist_position": (1, 2, 3, 7, 12)},
    Kind.OFFERED: {"offered_until": ("2031-07-25T16:30:00+00:00",)},
    Kind.DECLINED: {"reason": ("not-eligible", "incomplete", "other")},
    Kind.CANCELLED: {
        "by": ("participant", "staff"),
        "previous": ("confirmed", "waitlisted", "pending", "offered"),
    },
    Kind.SESSION_MOVED: {
        "moved": ("times", "room", "both"),
        "registration": ("confirmed", "offered", "waitlisted", "pending"),
    },
    Kind.SESSION_CANCELLED: {"too_few": (None, True)},
    Kind.REMINDER: {"ahead": ("days", "hours"), "meeting_id": (str(UUID(int=0)),)},
    Kind.REFERRAL_NEWS: {
        "what": ("opened", "granted", "refused", "adjourned", "withdrawn"),
        "discreet": (False, True),
    },
    Kind.ERASURE_RECEIPT: {
        "removed": ([{"what": "registration", "rows": 2}, {"what": "event", "rows": 7}],)
    },
    Kind.BELOW_MINIMUM: {"confirmed": (1, 9), "minimum": (15,)},
    Kind.REPORT_READY: {"report": ("bilan", "session", "social-needs"), "job": (str(UUID(int=0)),)},
    Kind.EVENTS_PARKED: {"service": ("notifications",), "count": (1, 4)},
    Kind.FAILURES_RISING: {"channel": ("email", "sms"), "failed": (12,), "told": (40,)},
    Kind.SMS_BUDGET_LOW: {"spent_cents": (4250,), "budget_cents": (5000,)},
}


@dataclass(frozen=True, slots=True)
class Sample:
    """An invented fact; ``case`` tells it from the others of its kind."""

    case: Mapping[str, Any]
    about: About


def samples(kind: Kind, language: str) -> Iterator[Sample]:
    """Every case of ``kind``: with an open and a discreet session, of one and of several dates; once with no number."""
    every = list(_samples(kind, language))
    yield from every
    if kind not in TO_STAFF:
        first = every[0]
        yield Sample({**first.case, "phone": None}, replace(first.about, phone=None))


def _samples(kind: Kind, language: str) -> Iterator[Sample]:
    values = _CASES.get(kind, {})
    for chosen in product(*values.values()):
        details = dict(zip(values, chosen, strict=True))
        if kind in ABOUT_NO_SESSION:
            yield Sample(details, _about(kind, language, details, None))
            continue
        for discreet, dates in product((False, True), (1, 12)):
            session = _session(discreet=discreet, dates=dates)
            case = {"discreet": discreet, "dates": dates, **details}
            yield Sample(case, _about(kind, language, details, session))


def _about(
    kind: Kind, language: str, details: Mapping[str, Any], session: DescribedSession | None
) -> About:
    to_staff = kind in TO_STAFF
    link = f"{_SITE}/v1/registrations/0199d4e8-1c20-7b3a-8f41-6a2b3c4d5e6f"
    return About(
        kind=kind,
        language=language,
        given_name="Camille",
        details=details,
        sequence=0,
        manage_url=None if to_staff else f"{link}?token=exemple",
        short_code=None if to_staff else "ABCD-EFGH",
        now=_NOW,
        session=session,
        short_url=None if to_staff else f"{_SITE}/v1/registrations/by-code/ABCDEFGH",
        unsubscribe_url=f"{_SITE}/v1/unsubscribe/exemple" if kind in UNSOLICITED else None,
        phone=None if to_staff else _PHONE,
    )


def _session(*, discreet: bool, dates: int) -> DescribedSession:
    return DescribedSession(
        title=None if discreet else _TITLE,
        place_name=PLACE,
        place_address="rue Draparnaud, 34000 Montpellier",
        timezone=_ZONE,
        meetings=tuple(
            Meeting(
                id=UUID(int=week),
                starts_at=_BEGINS + timedelta(weeks=week),
                ends_at=_BEGINS + timedelta(weeks=week, hours=2),
                room=None if discreet else "Atelier",
            )
            for week in range(dates)
        ),
        others=tuple(
            Other(
                title=None if discreet else title,
                starts_at=_BEGINS + timedelta(days=days),
                place_name=PLACE,
                timezone=_ZONE,
                url=f"{_SITE}/v1/sessions/0199d4e8-1c20-7b3a-8f41-6a2b3c4d5e70",
            )
            for title, days in ((_TITLE, 2), ("Réparer sa radio", 3))
        ),
    )

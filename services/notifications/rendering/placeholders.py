"""What the words of each kind of message may name: in the templates that are shipped, and in managers' own."""

from collections.abc import Mapping
from typing import Any

from services.notifications.domain.kinds import ABOUT_NO_SESSION, BY_MAIL_ALONE, Kind

_CHANGE = ("previous", "by")
_DETAILS: Mapping[Kind, tuple[str, ...]] = {
    Kind.RECEIVED: _CHANGE,
    Kind.CONFIRMED: _CHANGE,
    Kind.WAITLISTED: (*_CHANGE, "waitlist_position"),
    Kind.PROMOTED: _CHANGE,
    Kind.OFFERED: _CHANGE,
    Kind.EXPIRED: _CHANGE,
    Kind.DECLINED: (*_CHANGE, "reason"),
    Kind.CANCELLED: _CHANGE,
    Kind.SESSION_MOVED: ("moved", "registration"),
    Kind.SESSION_FORMED: ("registration",),
    Kind.SESSION_CANCELLED: (*_CHANGE, "too_few"),
    Kind.REMINDER: ("ahead",),
    Kind.FEEDBACK_INVITATION: (),
    Kind.REFERRAL_NEWS: ("what", "discreet"),
    Kind.ERASURE_RECEIPT: ("removed",),
    Kind.BELOW_MINIMUM: ("confirmed", "minimum"),
    Kind.ATTENDANCE_MISSING: ("meeting_id",),
    Kind.CALL_NEEDED: (),
    Kind.REPORT_READY: ("report", "job"),
    Kind.EVENTS_PARKED: ("service", "count"),
    Kind.FAILURES_RISING: ("channel", "failed", "told"),
    Kind.SMS_BUDGET_LOW: ("spent_cents", "budget_cents"),
}
# No fact says them of every kind that once offered them: words that managers wrote then stay usable.
_ONCE_OFFERED = ("reason", "registration")
_ALWAYS = frozenset({"name", "place", "phone", "title"})
_OF_SESSION = frozenset({"short_title", "address", "room", "first_date", "how_many"})
_LINKS: Mapping[Kind, str] = {
    Kind.RECEIVED: "manage_url",
    Kind.CONFIRMED: "manage_url",
    Kind.WAITLISTED: "manage_url",
    Kind.PROMOTED: "manage_url",
    Kind.OFFERED: "manage_url",
    Kind.SESSION_MOVED: "manage_url",
    Kind.SESSION_FORMED: "manage_url",
    Kind.REMINDER: "manage_url",
    Kind.FEEDBACK_INVITATION: "feedback_url",
}
# The few words of an SMS name nobody: who holds the telephone is not known.
_IN_SHORT = frozenset({"place", "phone", "brief_title", "brief_date", "room", "link"})
_IN_SHORT_ABOUT_NO_SESSION = frozenset({"place", "phone", "link"})
# All lead to the page of the person's registration.
LINKS_BACK = frozenset(_LINKS.values())
# Pieces that several kinds share, by the kinds that may take them in.
_PIECES = frozenset({"what", "what_it_was", "others"})


def details_of(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the words depend on, with None for what was not said."""
    return {**dict.fromkeys((*_ONCE_OFFERED, *_DETAILS[kind])), **given}


def names_of(kind: Kind) -> frozenset[str]:
    """The placeholders of ``kind``, ``details.…`` written with their dot."""
    names = _ALWAYS | {f"details.{name}" for name in _DETAILS[kind]}
    if kind not in ABOUT_NO_SESSION:
        names |= _OF_SESSION
    if kind == Kind.OFFERED:
        names |= {"offered_until"}
    return names | {_LINKS[kind]} if kind in _LINKS else names


def required_of(kind: Kind) -> frozenset[str]:
    """The placeholders that no words of ``kind`` may be without: how the person answers, or cancels."""
    names = {_LINKS[kind]} if kind in _LINKS else set()
    return frozenset(names | {"offered_until"} if kind == Kind.OFFERED else names)


def names_in_short(kind: Kind) -> frozenset[str]:
    """The placeholders of the few words of ``kind``; none if it goes by mail alone."""
    if kind in BY_MAIL_ALONE:
        return frozenset()
    names = _IN_SHORT_ABOUT_NO_SESSION if kind in ABOUT_NO_SESSION else _IN_SHORT
    names |= {f"details.{name}" for name in _DETAILS[kind]}
    return names | {"brief_until"} if kind == Kind.OFFERED else names


def required_in_short(kind: Kind) -> frozenset[str]:
    """The placeholders that no few words of ``kind`` may be without."""
    names = {"link"} if kind in _LINKS else set()
    return frozenset(names | {"brief_until"} if kind == Kind.OFFERED else names)


def pieces_of(kind: Kind, language: str) -> frozenset[str]:
    """The shared pieces that words of ``kind`` may take in, as templates name them."""
    names = {"removed"} if kind == Kind.ERASURE_RECEIPT else set()
    names |= set() if kind in ABOUT_NO_SESSION else _PIECES
    return frozenset(f"{language}/{name}.txt" for name in names)

"""Who listens to what. A service gets these types and no others, from queue and feed alike.

That is how reporting can never hold a name or a contact: what carries them is not in its rows.
"""

from collections.abc import Mapping

_REGISTRATIONS_TO_NOTIFICATIONS = frozenset(
    {
        "participant.contact_changed",
        "session.published",
        "session.rescheduled",
        "session.cancelled",
        "registration.requested",
        "registration.confirmed",
        "registration.waitlisted",
        "registration.offered",
        "registration.expired",
        "registration.declined",
        "registration.cancelled",
    }
)
_REGISTRATIONS_TO_REPORTING = frozenset(
    {
        "session.published",
        "session.rescheduled",
        "session.cancelled",
        "session.closed",
        "registration.requested",
        "registration.confirmed",
        "registration.waitlisted",
        "registration.offered",
        "registration.expired",
        "registration.declined",
        "registration.cancelled",
        "attendance.recorded",
        "attendance.counted",
        "feedback.submitted",
    }
)
_NOTIFICATIONS_TO_REPORTING = frozenset({"notification.sent", "notification.failed"})

# consumer → source → types
SUBSCRIPTIONS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "registrations": {},
    "notifications": {"registrations": _REGISTRATIONS_TO_NOTIFICATIONS},
    "reporting": {
        "registrations": _REGISTRATIONS_TO_REPORTING,
        "notifications": _NOTIFICATIONS_TO_REPORTING,
    },
}

# A type nobody listens to needs a reason to exist.
UNHEARD: Mapping[str, str] = {
    "report.ready": "for operators and outside listeners of the feed; recipients are not yet mailed",
}


def subscribers_of(source: str) -> dict[str, frozenset[str]]:
    """Who listens to ``source``, and to which of its types."""
    return {
        consumer: sources[source]
        for consumer, sources in SUBSCRIPTIONS.items()
        if sources.get(source)
    }

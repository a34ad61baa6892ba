"""Who listens to what. A service gets these types and no others, from queue and feed alike.

That is how reporting can never hold a name or a contact: what carries them is not in its rows.
"""

from collections.abc import Mapping

_REGISTRATIONS_TO_NOTIFICATIONS = frozenset(
    {
        "participant.contact_changed",
        "participant.merged",
        "participant.unmerged",
        "participant.erased",
        "participant.erasure_completed",
        "session.published",
        "session.rescheduled",
        "session.formed",
        "session.cancelled",
        "session.closed",
        "referral.opened",
        "referral.closed",
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
        "outcome.recorded",
        "participant.merged",
        "participant.unmerged",
        "participant.erased",
        "feedback.collected",
    }
)
_NOTIFICATIONS_TO_REPORTING = frozenset({"notification.sent", "notification.failed"})

# consumer → source → types
SUBSCRIPTIONS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "registrations": {
        "notifications": frozenset({"participant.contact_erased"}),
        "reporting": frozenset({"participant.pseudonym_cut"}),
    },
    "notifications": {"registrations": _REGISTRATIONS_TO_NOTIFICATIONS},
    "reporting": {
        "registrations": _REGISTRATIONS_TO_REPORTING,
        "notifications": _NOTIFICATIONS_TO_REPORTING,
    },
}

# A type nobody listens to needs a reason to exist.
UNHEARD: Mapping[str, str] = {
    "session.below_minimum": "for staff, who find it in the list of what is to be decided; not yet mailed to them",
    "notification.budget_low": "for outside listeners of the feed; people are told by other channels meanwhile",
    "report.ready": "for operators and outside listeners of the feed; recipients are not yet mailed",
    "participant.call_needed": "for outside listeners of the feed that tell advisers; the list itself is GET /v1/calls",
    "participant.call_settled": "for whoever listens to participant.call_needed: the call is off the list",
}


def subscribers_of(source: str) -> dict[str, frozenset[str]]:
    """Who listens to ``source``, and to which of its types."""
    return {
        consumer: sources[source]
        for consumer, sources in SUBSCRIPTIONS.items()
        if sources.get(source)
    }

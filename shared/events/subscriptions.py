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
        "session.below_minimum",
        "session.cancelled",
        "session.closed",
        "attendance.missing",
        "participant.call_needed",
        "staff.changed",
        "registrations.events_parked",
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
        "session.formed",
        "session.below_minimum",
        "session.cancelled",
        "session.closed",
        "referral.opened",
        "referral.closed",
        "participant.call_needed",
        "participant.call_settled",
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
    "notifications": {
        "registrations": _REGISTRATIONS_TO_NOTIFICATIONS,
        "reporting": frozenset({"report.ready", "reporting.events_parked"}),
    },
    "reporting": {
        "registrations": _REGISTRATIONS_TO_REPORTING,
        "notifications": _NOTIFICATIONS_TO_REPORTING,
    },
}

# A type nobody listens to needs a reason to exist.
UNHEARD: Mapping[str, str] = {
    "notification.budget_low": "for outside listeners of the feed; managers are told by notifications itself",
    "notification.failures_rising": "for outside listeners of the feed; operators are told by notifications itself",
}


def subscribers_of(source: str) -> dict[str, frozenset[str]]:
    """Who listens to ``source``, and to which of its types."""
    return {
        consumer: sources[source]
        for consumer, sources in SUBSCRIPTIONS.items()
        if sources.get(source)
    }

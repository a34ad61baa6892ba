"""What is held about a person: how to reach them, and what they were told."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import selectinload

from services.notifications.models import Attempt, Contact, Notification, Preference

_OF_CONTACT = (
    "participant_id",
    "given_name",
    "family_name",
    "email",
    "phone",
    "language",
    "postal_address",
    "contact_consent",
)
_OF_MESSAGE = (
    *("id", "kind", "channel", "language", "status", "registration_id", "session_id"),
    *("details", "created_at", "due_at", "sent_at"),
)
_OF_ATTEMPT = (
    *("number", "channel", "started_at", "handed_over_at", "finished_at"),
    *("outcome", "code", "answer"),
)
_OF_SMS = ("provider", "provider_id", "segments", "state", "handed_over_at")


def holding(
    transaction: Transaction, participants: Sequence[UUID], registrations: Sequence[UUID]
) -> dict[str, list[dict[str, Any]]]:
    """Contacts of ``participants``, and messages about ``registrations`` with every attempt; four statements."""
    contacts = transaction.scalars(
        select(Contact)
        .where(Contact.participant_id.in_(participants), Contact.erased_at.is_(None))
        .order_by(Contact.participant_id)
    )
    messages = transaction.scalars(
        select(Notification)
        .where(Notification.registration_id.in_(registrations))
        .order_by(Notification.id)
        .options(selectinload(Notification.tries).selectinload(Attempt.sms))
    )
    preferences = transaction.scalars(
        select(Preference)
        .where(Preference.participant_id.in_(participants))
        .order_by(Preference.participant_id)
    )
    return {
        "preferences": [
            {
                "participant_id": one.participant_id,
                "unwanted": [asdict(unwanted) for unwanted in one.unwanted],
                "changed_at": one.changed_at,
            }
            for one in preferences
        ],
        "contacts": [_row(contact, _OF_CONTACT) for contact in contacts],
        "messages": [
            {**_row(message, _OF_MESSAGE), "attempts": [_attempt(one) for one in message.tries]}
            for message in messages
        ],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {**_row(attempt, _OF_ATTEMPT), "sms": [_row(sms, _OF_SMS) for sms in attempt.sms]}


def _row(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}

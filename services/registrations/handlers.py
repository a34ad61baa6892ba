"""What registrations does when others tell it something: it gathers what they say of an erasure."""

from collections.abc import Mapping

from services.registrations.operations.people.receipts import note_answer
from shared.messaging.receiver import Handler

HANDLERS: Mapping[str, Handler] = {
    "participant.contact_erased": note_answer,
    "participant.pseudonym_cut": note_answer,
}

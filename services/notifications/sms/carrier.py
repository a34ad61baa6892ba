"""Carrying messages by SMS: the first provider that takes one, and never a second while the first may have it."""

import base64
import hashlib
import time
from collections.abc import Callable
from uuid import UUID

from services.notifications.domain.receipts import State
from services.notifications.domain.segments import SmsText
from services.notifications.domain.states import Answer, Outcome
from services.notifications.operations import sms_providers
from services.notifications.operations.sms_budget import Handing, note_reply, release, reserve
from services.notifications.parcels import Parcel
from services.notifications.rendering.words import render_sms
from services.notifications.settings import SmsSettings
from services.notifications.sms.provider import Provider, Reply, Sms
from services.notifications.sms.providers import make_providers
from shared.db import Database

# OVHcloud's tags have no more signs.
_LONGEST_REFERENCE = 20
_STATES = {
    Outcome.ACCEPTED: State.SENT,
    Outcome.REFUSED: State.ABSENT,
    Outcome.DEFERRED: State.ABSENT,
    Outcome.LAPSED: State.ABSENT,
    Outcome.UNANSWERED: State.HANDED_OVER,
}


class SmsCarrier:
    """Hands SMS to providers in their order, past those that rest. ``place`` is who writes where no session says."""

    # Each provider that fails is left alone by all workers: a job never waits for one in vain.
    away = False

    def __init__(self, database: Database, settings: SmsSettings, place: str) -> None:
        self._database = database
        self._settings = settings
        self._place = place
        self._providers = make_providers(settings)

    def carry(self, parcel: Parcel, hand_over: Callable[[], bool]) -> Answer | None:
        """Hand ``parcel`` to a provider; None when ``hand_over`` forbade it at the last moment.

        Another provider is tried only if the one before certainly does not have it.
        """
        content = render_sms(parcel.abouts, place=self._place)
        for name, provider in self._providers.items():
            with self._database.transaction() as transaction:
                usable = sms_providers.may_try(transaction, name)
            if not usable:
                continue
            answer = self._try(provider, parcel, content, hand_over)
            if answer is None or answer.outcome != Outcome.DEFERRED:
                return answer
        return Answer(Outcome.DEFERRED, text="no provider takes it now")

    def close(self) -> None:
        """Nothing stays open between two SMS."""

    def _try(
        self,
        provider: Provider,
        parcel: Parcel,
        content: SmsText,
        hand_over: Callable[[], bool],
    ) -> Answer | None:
        reference = reference_of(parcel.id, parcel.number, provider.name)
        handing = Handing(
            reference=reference,
            notification_id=parcel.id,
            number=parcel.number,
            provider=provider.name,
            segments=content.segments,
            cost=content.segments * self._settings.price,
        )
        affordable = True

        def allowed() -> bool:
            nonlocal affordable
            with self._database.transaction() as transaction:
                affordable = reserve(transaction, handing, budget=self._settings.budget)
            if not affordable:
                return False
            if hand_over():
                return True
            with self._database.transaction() as transaction:
                release(transaction, reference)
            return False

        began = time.monotonic()
        to = parcel.addressee.phone or ""
        sms = Sms(to, self._settings.sender, content, reference)
        reply = provider.send(sms, allowed)
        if reply is None:
            return None if affordable else Answer(Outcome.WITHHELD, text="the budget is spent")
        self._note(provider.name, reference, reply, took=time.monotonic() - began)
        return reply.answer

    def _note(self, name: str, reference: str, reply: Reply, *, took: float) -> None:
        with self._database.transaction() as transaction:
            state = _STATES[reply.answer.outcome]
            if state != State.HANDED_OVER:
                note_reply(
                    transaction,
                    reference,
                    state,
                    provider_id=reply.id,
                    cost=reply.cost,
                    budget=self._settings.budget,
                )
            if reply.at_fault or took > self._settings.slow:
                sms_providers.failed(transaction, name)
            else:
                sms_providers.went_well(transaction, name)


def reference_of(parcel_id: UUID, number: int, provider: str) -> str:
    """Our name for the SMS of one attempt at one provider: 100 bits, the same whenever it is asked for."""
    digest = hashlib.sha256(f"{parcel_id}:{number}:{provider}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:_LONGEST_REFERENCE]

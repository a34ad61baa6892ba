"""Nothing that leaves the place says that somebody takes part in a discreet programme: everything is read and searched."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pypdf
import pytest
from sqlalchemy import select

from services.notifications.models import Notification
from services.registrations import tasks as registrations_tasks
from services.registrations.api.webhooks import PRIVATE
from services.registrations.models import Activity, Organisation, Programme, Room
from services.registrations.models import Session as HeldSession
from services.registrations.operations.clients.queue_deliveries import queue_deliveries
from services.registrations.operations.offer import sessions
from tests.receiver import Receiver, receiver
from tests.service.notifications.sms import Providers, made_providers
from tests.service.notifications.test_letters import ADDRESS
from tests.service.notifications.test_sms import NOON, Clock
from tests.service.people.conftest import MailServer, Services


@dataclass(frozen=True)
class Discreet:
    """A programme of which nothing may be said, and all that would say it."""

    code: str
    name: str
    title: str
    theme: str
    organisation: str
    room: str
    facilitator: str
    # Other words that would say as much.
    besides: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        own = (self.code, self.name, self.title, self.theme, self.room, self.facilitator)
        return (*own, self.organisation, *self.besides)


PROGRAMMES = [
    Discreet(
        code="budget",
        name="Plateforme Budget",
        title="Sortir du surendettement",
        theme="Dettes",
        organisation="Créasol",
        room="Bureau du Patio",
        facilitator="Mme Lefranc",
        besides=("microcrédit", "microcredit", "argent", "finance", "money", "deuda", "ديون"),
    ),
    Discreet(
        code="sante",
        name="Plateforme Santé",
        title="Mieux dormir sans médicaments",
        theme="Sommeil",
        organisation="Infirmières du quartier",
        room="Cabinet des Tilleuls",
        facilitator="Dr Roux",
        besides=("santé", "health", "infirmi", "médic", "salud", "صحة"),
    ),
]


@dataclass
class Outside:
    """All that left: mail, SMS, letters, calendars, webhooks, logs."""

    services: Services
    mail_server: MailServer
    providers: Providers
    site: Receiver
    caplog: pytest.LogCaptureFixture

    def everything(self) -> dict[str, str]:
        """What left, as text, by where it went."""
        mails, calendars = [], []
        for mail in self.mail_server.mails():
            for part in mail.walk():
                # Who sends it, what files are called, what programs that handle mail are told.
                mails += [f"{name}: {value}" for name, value in part.items()]
                if part.is_multipart():
                    continue
                text = part.get_payload(decode=True).decode()  # type: ignore[union-attr]
                found = calendars if part.get_content_type() == "text/calendar" else mails
                found.append(text.replace("\r\n ", ""))
        return {
            "mail": "\n".join(mails),
            "calendars": "\n".join(calendars),
            "sms": "\n".join(self.providers.texts()),
            "letters": self._letters(),
            "calls": self.services.call("GET /v1/calls", of="notifications").text,
            "webhooks": "\n".join(posted.body for posted in self.site.received),
            "logs": "\n".join(
                record.getMessage() + json.dumps(record.__dict__, default=str)
                for record in self.caplog.records
                if record.name.startswith(("services", "shared"))
            ),
        }

    def _letters(self) -> str:
        answer = self.services.call("GET /v1/letters.pdf?status=to-print", of="notifications")
        assert answer.status_code == 200
        document = pypdf.PdfReader(io.BytesIO(answer.data))
        # Bookmarks, what is read aloud in place of pictures, titles: whatever is in the file.
        numbers = range(1, int(document.trailer["/Size"]))
        about = " ".join(str(document.get_object(number)) for number in numbers)
        assert "Votre rendez-vous" in about, "what bookmarks say is in it"
        return about + " ".join(page.extract_text() for page in document.pages)


def offered(services: Services, programme: Discreet) -> UUID:
    """A session of the programme, with all that could say what it is."""
    with services.databases["registrations"].transaction() as transaction:
        transaction.add(Organisation(code="partner", name=programme.organisation))
        transaction.add(Programme(code=programme.code, name=programme.name, discreet=True))
        room = Room(place_code="arceaux", name=programme.room)
        transaction.add(room)
        transaction.flush()
        room_id = room.id
    session_id = services.offer.session(
        programme=programme.code,
        organisation="partner",
        title=programme.title,
        begins_in=timedelta(days=30),
        published=False,
    )
    with services.databases["registrations"].transaction() as transaction:
        session = transaction.get_one(HeldSession, session_id)
        session.activity.theme = programme.theme
        for meeting in session.meetings:
            meeting.room_id, meeting.facilitator = room_id, programme.facilitator
        transaction.flush()
        sessions.publish(transaction, session_id, organisation=None)
    return session_id


def live_through(services: Services, session: UUID, key: str) -> None:
    """All that can happen to people by mail, mobile phone, landline and post, one of them from a web client.

    Each in a language of their own, mail and letters in French besides.
    """
    ways: list[dict[str, Any]] = [
        {"email": "ada@example.org"},
        {"phone": "+33612345678", "language": "es"},
        {"phone": "+33467123456"},
        {"postal_address": ADDRESS},
        {"postal_address": ADDRESS, "language": "ar"},
    ]
    people = []
    for number, contact in enumerate(ways):
        sent = {
            "session_id": str(session),
            "participant": {"given_name": f"Ada{number}", "family_name": "Dupont", **contact},
        }
        answer = services.call("POST /v1/registrations", json=sent)
        assert answer.status_code == 201, answer.json
        people.append(answer.json)
    posted = {
        "session_id": str(session),
        "participant": {
            "given_name": "Web",
            "family_name": "Dupont",
            "email": "w@example.org",
            "language": "en",
        },
    }
    client = services.apps["registrations"].test_client()
    assert (
        client.post("/v1/registrations", json=posted, headers={"X-API-Key": key}).status_code == 201
    )
    told(services)
    with services.databases["registrations"].transaction() as transaction:
        held = transaction.get_one(HeldSession, session)
        [meeting] = held.meetings
        moved = sessions.MeetingTime(
            meeting.starts_at + timedelta(days=1),
            meeting.ends_at + timedelta(days=1),
            meeting.room_id,
            meeting.facilitator,
            meeting.id,
        )
        sessions.reschedule(transaction, session, [moved], organisation=None)
    told(services)
    participant = services.person(people[0])
    referral = {
        "participant_id": participant,
        "programme": services_programme(services, session),
        "partner": "partner",
        "purpose": "debt-counselling",
    }
    assert services.call("POST /v1/referrals", json=referral).status_code in {201, 422}
    told(services)
    with services.databases["registrations"].transaction() as transaction:
        sessions.cancel_session(transaction, session, organisation=None)
    told(services)


def services_programme(services: Services, session: UUID) -> str:
    with services.databases["registrations"].transaction() as transaction:
        query = select(Activity.programme_code).join(HeldSession).where(HeldSession.id == session)
        code: str = transaction.scalars(query).one()
        return code


def told(services: Services) -> None:
    """Let everybody be told what there is to tell, a reminder included."""
    services.spread()
    with services.databases["notifications"].transaction() as transaction:
        for reminder in transaction.scalars(
            select(Notification).where(Notification.kind == "reminder").limit(2)
        ):
            reminder.status, reminder.due_at = "queued", NOON
    services.post.let_a_minute_pass()
    services.post.send()
    services.spread()


def queue(services: Services) -> None:
    """Have webhooks told what is new."""
    with services.databases["registrations"].transaction() as transaction:
        while queue_deliveries(transaction):
            pass


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda one: one.code)
def test_nothing_that_leaves_says_what_a_discreet_programme_is(
    services: Services,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    programme: Discreet,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("ARCEAUX_WEBHOOKS_PRIVATE", "true")
    monkeypatch.setitem(services.apps["registrations"].extensions, PRIVATE, True)
    with made_providers(monkeypatch) as providers, receiver() as site:
        Clock(monkeypatch)
        session = offered(services, programme)
        made = services.call(
            "POST /v1/clients", role="manager", json={"code": "city", "name": "La ville"}
        ).json
        webhook = services.call(
            "POST /v1/webhooks",
            role="manager",
            json={
                "client_id": made["client"]["id"],
                "url": site.url,
                "events": ["registration.confirmed", "session.rescheduled", "session.cancelled"],
            },
        ).json["webhook"]["id"]
        services.spread()
        queue(services)
        live_through(services, session, made["key"])
        queue(services)
        registrations_tasks.post_to_webhook(webhook)
        outside = Outside(services, mail_server, providers, site, caplog)
        everything = outside.everything()

    for where in ("mail", "calendars", "sms", "letters", "calls", "webhooks", "logs"):
        assert everything[where], f"nothing went by {where}: the test would show nothing"
    revealed = [
        (where, word)
        for where, text in everything.items()
        for word in programme.words
        if word.lower() in text.lower()
    ]
    assert revealed == []

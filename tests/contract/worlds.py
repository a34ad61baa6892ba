"""A little of everything in a service's database, so that requests can be about things that exist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from services import registrations
from services.registrations.db import transaction
from services.registrations.domain import fold
from services.registrations.models import (
    Activity,
    Call,
    Erasure,
    Organisation,
    Participant,
    Place,
    Programme,
    Proof,
    Registration,
    Room,
    Session,
)
from services.registrations.operations.held import kiosks, referrals
from services.registrations.operations.held.referrals import NewReferral
from services.registrations.operations.offer import sessions
from services.registrations.operations.offer.sessions import MeetingTime
from services.registrations.operations.people import distinguish, merge
from services.registrations.operations.staff import accounts
from services.registrations.operations.staff.scope import Scope
from shared.db import Database
from shared.events.catalogue import CATALOGUE
from shared.events.subscriptions import SUBSCRIPTIONS
from shared.messaging import parking
from shared.messaging.feed import Feed
from shared.messaging.receiver import Receiver
from tests.contract.golden_files import golden
from tests.contract.pillars import module
from tests.first_subscription import order_session_reports

_PROGRAMME = Path(registrations.__file__).parent / "programme" / "arceaux.json"
# Reading it fails: nothing is missing in these worlds.
NO_FEED = Feed({}, lambda: "")


@dataclass(frozen=True, slots=True)
class World:
    """A service, and the values that stand for existing things in paths, queries and bodies, by name.

    ``special`` holds those of the operations whose path ends in a given word, ``files`` what is to be sent
    to others.
    """

    app: Flask
    known: Mapping[str, str]
    special: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def with_known_ids(self, case: Any) -> Any:
        """A copy of a request about things that exist; None if it is about none."""
        action = case.operation.path.rpartition("/")[2]
        known = {**self.known, **self.special.get(action, {})}
        file = self.files.get(action) if case.media_type else None
        parts = {
            "path_parameters": _replaced(case.path_parameters, known),
            "query": _replaced(case.query, known),
            "headers": _replaced(dict(case.headers), known),
            "body": file or _replaced(case.body, known),
        }
        same = all(value == getattr(case, name) for name, value in parts.items())
        if same or case.method.lower() != case.operation.method.lower():
            return None
        return case.operation.Case(
            method=case.method,
            cookies=case.cookies,
            media_type=case.media_type,
            **parts,
        )


def _replaced(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_replaced(item, known) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: known[name] if name in known and isinstance(inner, str) else _replaced(inner, known)
        for name, inner in value.items()
    }


def make_world(service: str, app: Flask) -> World:
    """The service ``app`` on an empty database, filled."""
    return _WORLDS[service](app)


def _registrations(app: Flask) -> World:
    """Sessions that have begun but can be joined, one of them by an adviser's decision; a person in each."""
    with transaction() as session:
        session.add_all(
            [
                # One code for all: a path parameter does not say what it is the code of.
                Organisation(code="arceaux", name="Les Amis des Arceaux"),
                Place(code="arceaux", name="Tiers-lieu des Arceaux"),
                Programme(
                    code="arceaux",
                    name="Ateliers",
                    feedback_questions=[{"id": "a", "kind": "faces", "text": {"fr": "Alors ?"}}],
                    referral_purposes=[{"code": "arceaux", "name": {"fr": "Orientation"}}],
                ),
                Programme(
                    code="unisvers",
                    name="UNIS'VERS",
                    eligibility=[{"situations": ["awaiting-rights"]}, {"member_of": "arceaux"}],
                ),
            ]
        )
        session.flush()
        room = Room(place_code="arceaux", name="Atelier")
        session.add(room)
        invited, _ = accounts.invite(
            session,
            email="lea@example.org",
            name="Léa",
            role="adviser",
            organisation_code=None,
            programmes=[],
        )
        joined, decided = (_begun_session(session, code) for code in ("arceaux", "unisvers"))
        known = {
            "activity_id": str(joined.activity_id),
            "meeting_id": str(joined.meetings[0].id),
            "room_id": str(room.id),
            "staff_id": str(invited.id),
        }
    begin = datetime.now(UTC) + timedelta(days=1)
    registered = _registered(app, joined.id)
    return World(
        app,
        {
            **known,
            **registered,
            **_people(UUID(registered["registration_id"])),
            **_with_a_proof(UUID(registered["registration_id"])),
            **_followed(joined.id, UUID(registered["registration_id"])),
            **dict.fromkeys(("code", "place", "organisation", "programme"), "arceaux"),
            **dict.fromkeys(("partner", "purpose"), "arceaux"),
            "starts_at": begin.isoformat(),
            "ends_at": (begin + timedelta(hours=2)).isoformat(),
        },
        dict.fromkeys(("confirm", "decline"), _registered(app, decided.id)),
        {"imports": _PROGRAMME.read_bytes()},
    )


def _begun_session(transaction: Any, programme: str) -> Session:
    activity = Activity(
        title="Réparer son vélo",
        organisation_code="arceaux",
        programme_code=programme,
        search_text=fold("Réparer son vélo"),
    )
    transaction.add(activity)
    transaction.flush()
    begin = datetime.now(UTC) - timedelta(hours=1)
    session = sessions.create_session(
        transaction,
        activity_id=activity.id,
        place_code="arceaux",
        capacity=2,
        meetings=[
            MeetingTime(begin + timedelta(weeks=n), begin + timedelta(weeks=n, hours=2))
            for n in range(2)
        ],
        organisation=None,
    )
    return sessions.publish(transaction, session.id, organisation=None)


def _registered(app: Flask, session_id: UUID) -> dict[str, str]:
    person = {"given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.org"}
    answer = app.test_client().post(
        "/v1/registrations", json={"session_id": str(session_id), "participant": person}
    )
    assert answer.status_code == 201, answer.json
    return {
        "session_id": str(session_id),
        "registration_id": answer.json["id"],
        "short_code": answer.json["short_code"],
        "token": answer.json["manage_url"].partition("token=")[2],
    }


def _with_a_proof(registration_id: UUID) -> dict[str, str]:
    """The person of a registration, one of whose papers was seen."""
    with transaction() as session:
        registration = session.get_one(Registration, registration_id)
        proof = Proof(
            participant_id=registration.participant_id,
            kind="address",
            valid_until=datetime.now(UTC).date() + timedelta(days=90),
            seen_by="staff:lea",
        )
        session.add(proof)
        session.flush()
        return {"participant_id": str(proof.participant_id), "proof_id": str(proof.id)}


def _people(registration_id: UUID) -> dict[str, str]:
    """Whose registration it is, someone else, a record merged into theirs, and the receipt of an erasure."""
    with transaction() as session:
        person = session.get_one(Registration, registration_id).participant_id
        other, merged, lookalike = (
            Participant(given_name=name, family_name="B", name_key=name, access_key="")
            for name in ("Anne", "Annie", "Hanne")
        )
        erasure = Erasure(requested_by="someone", removed={"record": 1})
        session.add_all([other, merged, lookalike, erasure])
        session.flush()
        everything = Scope(programmes=None)
        made = merge.merge(session, person, merged.id, scope=everything, by="someone")
        two = distinguish.distinguish(session, person, lookalike.id, scope=everything, by="someone")
        return {
            "participant_id": str(person),
            "participant": str(person),
            "distinction_id": str(two.id),
            "other": str(other.id),
            "merge_id": str(made.id),
            "erasure_id": str(erasure.id),
        }


def _followed(session_id: UUID, registration_id: UUID) -> dict[str, str]:
    """A person on the call list, referred to a partner; and a tablet in the room."""
    with transaction() as session:
        registration = session.get_one(Registration, registration_id)
        call = Call(registration_id=registration_id, absences=2)
        session.add(call)
        session.flush()
        asked = NewReferral(registration.participant_id, "arceaux", "arceaux", "arceaux")
        referral = referrals.open_referral(session, asked, opened_by="test:someone", scope=Scope())
        _, token = kiosks.open_kiosk(session, session_id, opened_by="test:someone", scope=Scope())
        return {
            "participant_id": str(registration.participant_id),
            "call_id": str(call.id),
            "referral_id": str(referral.id),
            "Kiosk-Token": token,
        }


def _notifications(app: Flask) -> World:
    """What the golden events made it say; one message has failed, so that it can be sent again."""
    from services.notifications.db import database
    from services.notifications.domain.states import Status
    from services.notifications.models import Notification

    _hear_golden_events("notifications", database)
    with database.transaction() as session:
        first, *_ = session.scalars(select(Notification)).all()
        first.status = Status.FAILED
        known = {
            "notification_id": str(first.id),
            "registration": str(first.registration_id),
            "participant": str(first.participant_id),
            "name": "confirmed",
            "language": "fr",
        }
    return World(app, known)


def _reporting(app: Flask) -> World:
    """What the golden events made it know, the report that they set off, and a rebuild."""
    from services.reporting.db import database
    from services.reporting.models import ReportJob
    from services.reporting.operations.quotes import add_quote
    from services.reporting.operations.rebuilds import run_rebuild, start_rebuild
    from services.reporting.reports.write import write_report

    order_session_reports(database)
    receiver = _hear_golden_events("reporting", database)
    with database.transaction() as session:
        [job] = session.scalars(select(ReportJob)).all()
        rebuild_id = start_rebuild(session)
    write_report(database, job.id)
    # It fails, for no feed can be read here; another may be asked for.
    run_rebuild(database, receiver, rebuild_id)
    with database.transaction() as session:
        written = session.get_one(ReportJob, job.id)
        quote = add_quote(session, text="Un lieu pour nous.", programme=None, day=date(2026, 3, 4))
        known = {
            "job_id": str(job.id),
            "name": written.files[0].name,
            "edition_id": str(written.edition_id),
            "quote_id": str(quote.id),
            "rebuild_id": str(rebuild_id),
        }
    return World(app, known)


def _hear_golden_events(service: str, database: Database) -> Receiver:
    """Have ``service`` told every golden event that it listens to, in the order of their times."""
    sources = SUBSCRIPTIONS[service]
    receiver = Receiver(database, module(service, "handlers").HANDLERS, sources, NO_FEED)
    for source, types in sources.items():
        told = [golden(*key) for key in CATALOGUE if key[0] in types]
        told.sort(key=lambda envelope: (envelope["time"], envelope["type"]))
        events = [{**envelope, "position": n} for n, envelope in enumerate(told, start=1)]
        receiver.receive(source, 0, events)
    with database.transaction() as session:
        assert [row.error for row in parking.parked(session)] == []
    return receiver


_WORLDS: Mapping[str, Callable[[Flask], World]] = {
    "registrations": _registrations,
    "notifications": _notifications,
    "reporting": _reporting,
}

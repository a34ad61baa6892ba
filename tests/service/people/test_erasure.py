"""A person is forgotten: nothing recognisable of them is left anywhere, and no figure changes."""

import io
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import select

from services.notifications.models import Contact
from services.registrations.models import Participant, Programme, Registration, Session
from services.reporting.models import attendance_fact, registration_fact
from services.reporting.operations.rebuilds import empty_facts
from shared.db import Database
from shared.messaging.tables import event_log, parked_event
from shared.settings import SERVICES
from tests.service.notifications.conftest import MailServer
from tests.service.people.conftest import Services
from tests.service.registrations.conftest import told

_PLANTED = "zyxwplanted"


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, by whomever, however unimportant."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    # The tools that the tests use themselves, and what is only said to whoever debugs the driver.
    quiet = [logging.getLogger(name) for name in ("mail.log", "sqlalchemy", "urllib3", "smtpd")]
    for logger in quiet:
        logger.setLevel(logging.WARNING)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def _dump(database: Database) -> str:
    """Every row of every table, as text."""
    with database.statement() as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        assert len(tables) > 5
        return "\n".join(
            f"{table} {row}"
            for (table,) in tables
            for (row,) in connection.execute(
                psycopg.sql.SQL("SELECT one::text FROM {} AS one").format(
                    psycopg.sql.Identifier(table)
                )
            )
        )


def _left(services: Services) -> list[str]:
    """What is recognisable of those planted, wherever it is."""
    needles = (_PLANTED, "612345678", ",1911,")
    return [
        f"{name}: {line[:200]}"
        for name, database in services.databases.items()
        for line in _dump(database).splitlines()
        if any(needle in line for needle in needles)
    ]


def _plant(services: Services) -> dict[str, Any]:
    """A person of two records, with something to be recognised by in every field that takes text."""
    held, ahead = services.offer.session(), services.offer.session(capacity=1)
    who = {
        "family_name": f"{_PLANTED}-family",
        "email": f"{_PLANTED}@example.org",
        "phone": "0612345678",
        "birth_year": 1911,
        "postcode": "zyxw-cp",
        "situations": [f"{_PLANTED}-situation"],
        "language": "ar",
    }
    past = services.register(
        f"{_PLANTED}-given",
        held,
        **who,
        needs=f"{_PLANTED}-needs",
        consents={"statistics": False, "contact": True},
        companions=[{"given_name": "Rose", "family_name": "Enfant", "birth_year": 2015}],
    )
    other = services.register(f"{_PLANTED}-other", email=f"{_PLANTED}.2@example.org")
    merged = services.call(
        f"POST /v1/participants/{services.person(past)}/merge",
        json={"other": services.person(other)},
    )
    assert merged.status_code == 200, merged.json
    sent = {
        "session_id": str(ahead),
        "participant": {"given_name": f"{_PLANTED}-given", **who},
        "source": f"{_PLANTED}-source",
    }
    client = services.apps["registrations"].test_client()
    future = client.post(
        "/v1/registrations", json=sent, headers={"Idempotency-Key": f"{_PLANTED}-key"}
    ).json
    decided = services.offer.session(programme="unisvers")
    sent = {"session_id": str(decided), "participant": sent["participant"]}
    pending = client.post("/v1/registrations", json=sent).json
    services.call(
        f"POST /v1/registrations/{pending['id']}/decline",
        json={"reason": "other", "note": f"{_PLANTED}-note"},
    )
    waiting = services.register("Grace", ahead, email="grace@example.org")
    assert waiting["status"] == "waitlisted"
    path = f"POST /v1/participants/{services.person(waiting)}/distinguish"
    told_apart = services.call(path, json={"other": services.person(past)})
    assert told_apart.status_code == 200, told_apart.json
    meeting = services.hold(held)
    items = [{"registration_id": past["id"], "status": "present"}]
    services.call(f"PUT /v1/meetings/{meeting}/attendance", json={"items": items})
    link = past["manage_url"].removeprefix("http://arceaux.test").replace("?", "/feedback?")
    said = {"rating": 4, "answers": {"q": f"{_PLANTED}-a"}, "comment": f"{_PLANTED}-comment"}
    assert client.post(link, json=said).status_code == 200
    return {"past": past, "future": future, "waiting": waiting, "person": services.person(past)}


def _erase(services: Services, participant_id: str) -> Any:
    answer = services.call(f"DELETE /v1/participants/{participant_id}", role="manager")
    assert answer.status_code == 202, answer.json
    return answer


def test_nothing_recognisable_is_left_in_any_table_or_log(
    services: Services, mail_server: MailServer, logs: io.StringIO
) -> None:
    planted = _plant(services)
    services.spread()
    mail_server.answer = f"451 4.3.0 no room for <{_PLANTED}@example.org>, {_PLANTED}-given"
    # Its answers are about the person, and about whoever is reached through them.
    grace = planted["waiting"]["id"]
    theirs = [one.id for one in services.post.all() if str(one.registration_id) != grace]
    services.post.send(*theirs)
    # What could not be handled waits somewhere too.
    with services.databases["notifications"].transaction() as transaction:
        [row] = [
            row
            for row in told(services.databases["registrations"], "participant.contact_changed")
            if row.subject == planted["person"]
        ][:1]
        transaction.execute(
            parked_event.insert().values(
                source="registrations",
                position=row.position,
                type=row.type,
                subject=row.subject,
                envelope={"data": row.data},
                error="x",
            )
        )
    assert {line.partition(":")[0] for line in _left(services)} == {
        "registrations",
        "notifications",
    }
    answer = _erase(services, planted["person"])
    assert [line for line in _left(services) if line.startswith("registrations")] == []
    services.spread()
    # The receipt is the last thing for which they are known; its first attempt is refused as the others were.
    [receipt] = [one.id for one in services.post.all() if one.kind == "erasure-receipt"]
    services.post.send(receipt)
    mail_server.answer = "250 OK"
    services.post.make_due(receipt)
    services.post.send(receipt)
    assert _left(services) == []
    assert _PLANTED not in logs.getvalue()
    assert _PLANTED not in answer.text


def test_the_receipt_gathers_what_each_service_removed_and_names_nobody(services: Services) -> None:
    planted = _plant(services)
    services.spread()
    answer = _erase(services, planted["person"])
    receipt = services.call(f"GET {answer.headers['Location']}", role="manager").json
    assert receipt["complete"] is False
    assert receipt["services"]["notifications"] is receipt["services"]["reporting"] is None
    services.spread()
    receipt = services.call(f"GET {answer.headers['Location']}", role="manager").json
    assert receipt["complete"] is True
    assert receipt["by"] == "test:someone"
    removed = {name: one["removed"] for name, one in receipt["services"].items()}
    assert set(removed) == set(SERVICES)
    assert removed["registrations"] == {
        "registration cancelled": 2,
        "registration": 4,
        "words at registering": 5,
        **dict.fromkeys(("proof", "referral", "call", "outcome"), 0),
        "feedback": 1,
        "distinction": 1,
        "idempotency key": 1,
        "companion's contact": 1,
        "event": 2,
        "record": 2,
    }
    assert removed["notifications"]["contact"] == 2
    assert removed["notifications"]["message"] >= 3
    assert removed["reporting"] == {"registration": 4, "attendance": 1, "parked event": 0}
    assert planted["person"] not in str(receipt)
    assert services.call(f"GET /v1/erasures/{uuid4()}", role="manager").status_code == 404
    assert services.call(f"GET {answer.headers['Location']}").status_code == 403


def test_the_seat_is_given_on_and_nobody_is_told_who_is_forgotten(
    services: Services, mail_server: MailServer
) -> None:
    planted = _plant(services)
    services.spread()
    _erase(services, planted["person"])
    waiting = services.call(f"GET /v1/registrations/{planted['waiting']['id']}").json
    assert waiting["status"] == "confirmed"
    services.spread()
    services.make_due()
    services.post.send()
    told_to = {
        str(mail["To"]) for mail in mail_server.mails() if "effacées" not in str(mail["Subject"])
    }
    assert told_to == {"grace@example.org"}
    for message in services.post.all():
        if str(message.registration_id) in (planted["past"]["id"], planted["future"]["id"]):
            assert message.status == "cancelled"
            retried = services.call(
                f"POST /v1/notifications/{message.id}/retry", of="notifications"
            )
            assert retried.status_code == 409


def test_totals_stay_and_the_pseudonym_leads_nowhere_rebuilt_or_not(services: Services) -> None:
    planted = _plant(services)
    services.spread()
    before = services.figures()
    ids = _pseudonyms(services)
    assert UUID(planted["person"]) in ids
    _erase(services, planted["person"])
    services.spread()
    after = services.figures()
    # What is cancelled by it is no longer live; what happened is counted as it was.
    for name in (
        "people",
        "people_attended",
        "registrations",
        "attended",
        "satisfaction",
    ):
        assert after.get(name) == before.get(name), name
    assert UUID(planted["person"]) not in _pseudonyms(services)
    first = _pseudonyms(services)
    assert len(first) == len(ids)
    services.receivers["reporting"].rebuild(empty_facts)
    assert services.figures() == after
    assert UUID(planted["person"]) not in _pseudonyms(services)
    # Rebuilt, it answers for the erasure no second time.
    answers = told(services.databases["reporting"], "participant.pseudonym_cut")
    assert len(answers) == 1


def _pseudonyms(services: Services) -> set[UUID]:
    with services.databases["reporting"].transaction() as session:
        return {
            *session.scalars(select(registration_fact.c.participant_id)),
            *session.scalars(select(attendance_fact.c.participant_id)),
        }


def test_what_is_heard_late_about_someone_forgotten_is_harmless(
    services: Services, mail_server: MailServer
) -> None:
    planted = _plant(services)
    held = services.call(f"GET /v1/registrations/{planted['past']['id']}").json["session"]["id"]
    services.spread()
    _erase(services, planted["person"])
    services.spread()
    figures, contacts = services.figures(), _contacts(services)
    with services.databases["registrations"].transaction() as transaction:
        meeting = transaction.scalars(select(Registration.session_id).limit(1)).first()
    assert meeting is not None
    for name in ("notifications", "reporting"):
        page = services.receivers[name]._feed.read("registrations", 0)
        for event in page.events:
            services.receivers[name].receive("registrations", 0, [event])
    assert (services.figures(), _contacts(services)) == (figures, contacts)
    # Attendance corrected afterwards counts for the same nobody.
    shown = services.call(f"GET /v1/sessions/{held}").json["meetings"][0]["id"]
    items = [{"registration_id": planted["past"]["id"], "status": "present"}]
    answer = services.call(f"PUT /v1/meetings/{shown}/attendance", json={"items": items})
    assert answer.status_code == 200
    services.spread()
    assert services.figures() == figures
    services.post.send()
    assert _left(services) == []


def test_what_was_set_aside_before_somebody_was_forgotten_counts_nobody_anew(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = services.person(services.register("Ada", email="ada@example.org"))
    services.spread()
    reporting = services.receivers["reporting"]

    def fail(*_: Any) -> None:
        raise ValueError("nobody knows why")

    # One more registration of theirs cannot be handled, and is set aside.
    with monkeypatch.context() as broken:
        broken.setitem(reporting._handlers, "registration.confirmed", fail)  # type: ignore[arg-type]
        assert services.person(services.register("Ada", email="ada@example.org")) == person
        services.spread()
    assert services.figures()["registrations"] == 1

    # They are forgotten; only then is it handled after all.
    _erase(services, person)
    services.spread()
    assert reporting.replay().still_parked == 0
    figures = services.figures()
    assert (figures["people"], figures["registrations"]) == (1, 2)
    assert person not in _dump(services.databases["reporting"])


@pytest.mark.parametrize("apart", [False, True])
def test_what_was_set_aside_counts_for_whoever_the_person_is_by_now(
    services: Services, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    one = services.person(services.register("Ada", email="ada@example.org"))
    reporting = services.receivers["reporting"]

    def fail(*_: Any) -> None:
        raise ValueError("nobody knows why")

    with monkeypatch.context() as broken:
        broken.setitem(reporting._handlers, "registration.confirmed", fail)  # type: ignore[arg-type]
        other = services.person(services.register("Adah", email="adah@example.org"))
        services.spread()
    merge = services.call(f"POST /v1/participants/{one}/merge", json={"other": other}).json
    services.spread()
    if apart:
        services.call(f"POST /v1/participants/merges/{merge['id']}/undo")
        services.spread()
    assert reporting.replay().still_parked == 0
    assert services.figures()["people"] == (2 if apart else 1)


def _contacts(services: Services) -> list[Any]:
    with services.databases["notifications"].transaction() as transaction:
        query = select(Contact).order_by(Contact.participant_id)
        return [
            (one.participant_id, one.given_name, one.email, one.erased_at)
            for one in transaction.scalars(query)
        ]


def test_whoever_was_forgotten_is_not_there_and_may_come_anew(services: Services) -> None:
    registered = services.register("Jean", email="jean@example.org")
    person = services.person(registered)
    _erase(services, person)
    for where in (
        f"GET /v1/participants/{person}",
        f"GET /v1/participants/{person}/duplicates",
    ):
        assert services.call(where).status_code == 404
    assert services.call("GET /v1/participants?q=jean").json["items"] == []
    again = services.call(f"DELETE /v1/participants/{person}", role="manager")
    assert again.status_code == 404
    link = registered["manage_url"].removeprefix("http://arceaux.test")
    assert services.apps["registrations"].test_client().get(link).status_code == 404
    new = services.person(services.register("Jean", email="jean@example.org"))
    assert new != person
    listed = services.call(f"GET /v1/audit?participant={person}", role="manager").json["items"]
    assert "erase" in {entry["verb"] for entry in listed}
    # As whoever restores a backup looks it up.
    [erased] = services.call("GET /v1/audit?verb=erase", role="operator").json["items"]
    assert (erased["verb"], erased["participant_id"]) == ("erase", person)


@pytest.mark.parametrize("merged", [False, True])
def test_neither_link_nor_code_opens_what_is_left_of_someone_forgotten(
    services: Services, *, merged: bool
) -> None:
    session = services.offer.session()
    registered = services.register("Jean", session, phone="+33612345678")
    services.hold(session)
    person = services.person(registered)
    if merged:
        other = services.person(services.register("Jehan", email="jehan@example.org"))
        services.call(f"POST /v1/participants/{other}/merge", json={"other": person})
    client = services.apps["registrations"].test_client()
    by_code = f"/v1/registrations/by-code/{registered['short_code']}"
    link = client.get(by_code).json["manage_url"].removeprefix("http://arceaux.test")
    feedback = link.replace("?", "/feedback?")
    for where in (link, feedback):
        assert client.get(where).status_code == 200
    _erase(services, person)
    for answer in (
        client.get(by_code),
        services.call(f"GET {by_code}"),
        client.get(link),
        client.get(feedback),
        client.post(feedback, json={"rating": 1}),
    ):
        assert answer.status_code == 404
        assert answer.json["type"].endswith("registration-not-found")


def test_the_log_stays_dense_and_readable(services: Services) -> None:
    planted = _plant(services)
    services.spread()
    with services.databases["registrations"].transaction() as transaction:
        before = transaction.execute(
            select(event_log.c.position, event_log.c.event_id, event_log.c.type).order_by(
                event_log.c.id
            )
        ).all()
    _erase(services, planted["person"])
    services.spread()
    with services.databases["registrations"].transaction() as transaction:
        after = transaction.execute(
            select(event_log.c.position, event_log.c.event_id, event_log.c.type).order_by(
                event_log.c.id
            )
        ).all()
    assert after[: len(before)] == before
    # Whoever hears all of it for the first time only now can read it, and knows nobody by it.
    new = services.receivers["notifications"]
    with services.databases["notifications"].statement() as connection:
        connection.execute("TRUNCATE event_cursor, contact, registration, session CASCADE")
    new.catch_up("registrations")
    with services.databases["notifications"].transaction() as transaction:
        assert transaction.execute(select(parked_event)).all() == []
    services.post.send()
    assert _left(services) == []


@pytest.mark.parametrize(
    ("meetings", "status", "becomes"),
    [
        # It runs, and they came: a seat they have used stays theirs.
        (1, "present", "confirmed"),
        (3, "present", "confirmed"),
        # It runs, and nobody has said yet who came: it is too late to give the seat on.
        (1, None, "confirmed"),
        # They never came, and meetings are still to begin.
        (3, "absent", "cancelled"),
        (3, None, "cancelled"),
    ],
)
def test_a_seat_that_was_used_stays_in_the_figures_of_a_session_that_runs(
    services: Services, meetings: int, status: str | None, becomes: str
) -> None:
    session = services.offer.session(capacity=1, meetings=meetings)
    registered = services.register("Jean", session, email="jean@example.org")
    waiting = services.register("Grace", session, email="grace@example.org")
    meeting = _begin(services, session)
    if status is not None:
        _mark(services, meeting, registered, status)
    services.spread()
    before = services.figures()
    _erase(services, services.person(registered))
    services.spread()
    shown = services.call(f"GET /v1/registrations/{registered['id']}").json
    assert shown["status"] == becomes
    next_in_line = services.call(f"GET /v1/registrations/{waiting['id']}").json["status"]
    assert next_in_line == ("confirmed" if becomes == "cancelled" else "waitlisted")
    if becomes == "confirmed":
        assert services.figures() == before


def test_nobody_is_to_call_someone_forgotten_who_comes_no_more(services: Services) -> None:
    with services.databases["registrations"].transaction() as transaction:
        transaction.get_one(Programme, "ateliers").absences_to_call = 1
    session = services.offer.session(meetings=3)
    registered = services.register("Jean", session, phone="+33612345678")
    first = _begin(services, session)
    _mark(services, first, registered, "present")
    services.spread()
    people = services.figures()["people"]
    _erase(services, services.person(registered))
    with services.databases["registrations"].transaction() as transaction:
        meetings = [one.id for one in transaction.get_one(Session, session).meetings]
    for meeting in meetings[1:]:
        _mark(services, meeting, registered, "absent")
    assert services.call("GET /v1/calls").json["items"] == []
    services.spread()
    assert services.figures()["people"] == people


def _begin(services: Services, session: UUID) -> UUID:
    """Let the first meeting of a session to come have begun an hour ago; returns it."""
    with services.databases["registrations"].transaction() as transaction:
        begun = transaction.get_one(Session, session)
        back = begun.starts_at - datetime.now(UTC) + timedelta(hours=1)
        begun.starts_at, begun.ends_at = begun.starts_at - back, begun.ends_at - back
        begun.closes_at -= back
        for meeting in begun.meetings:
            meeting.starts_at, meeting.ends_at = meeting.starts_at - back, meeting.ends_at - back
        first: UUID = begun.meetings[0].id
        return first


def _mark(services: Services, meeting: UUID, registered: Any, status: str) -> None:
    items = [{"registration_id": registered["id"], "status": status}]
    answer = services.call(f"PUT /v1/meetings/{meeting}/attendance", json={"items": items})
    assert answer.status_code == 200, answer.json


def test_only_a_manager_erases(services: Services) -> None:
    person = services.person(services.register("Jean", email="jean@example.org"))
    for role in ("adviser", "facilitator", "operator"):
        assert services.call(f"DELETE /v1/participants/{person}", role=role).status_code == 403
    with services.databases["registrations"].transaction() as transaction:
        assert transaction.get_one(Participant, UUID(person)).erased_at is None


def test_who_registers_in_the_moment_they_are_erased_is_cancelled_or_someone_new(
    services: Services,
) -> None:
    for number in range(8):
        who = {"email": f"j{number}@example.org"}
        person = services.person(services.register(f"Jean{number}", **who))
        sessions = [services.offer.session() for _ in range(3)]
        start = threading.Barrier(4)

        def register(session: UUID) -> None:
            start.wait()  # noqa: B023 - run within the loop
            services.register(f"Jean{number}", session, **who)  # noqa: B023 - run within the loop

        def forget() -> None:
            start.wait()  # noqa: B023 - run within the loop
            _erase(services, person)  # noqa: B023 - run within the loop

        with ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(register, session) for session in sessions]
            jobs.insert(1, pool.submit(forget))
        for job in jobs:
            job.result()
        with services.databases["registrations"].transaction() as transaction:
            query = select(Registration).where(Registration.session_id.in_(sessions))
            rows = transaction.scalars(query).all()
            assert len(rows) == 3
            for row in rows:
                owner = transaction.get_one(Participant, row.participant_id)
                assert (owner.erased_at is not None) == (row.status == "cancelled")
                seats = transaction.get_one(Session, row.session_id).confirmed
                assert seats == (row.status == "confirmed")


def test_who_asked_to_be_forgotten_gets_a_receipt_and_then_their_address_goes_too(
    services: Services, mail_server: MailServer
) -> None:
    registered = services.register("Jean", email="jean@example.org")
    services.spread()
    services.post.send()
    _erase(services, services.person(registered))
    services.spread()
    services.post.let_a_minute_pass()
    services.post.send()
    receipt = mail_server.mails()[-1]
    assert receipt["To"] == "jean@example.org"
    assert receipt["Subject"] == "Vos données sont effacées"
    text = receipt.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "fiches\u202f: 1" in text
    assert "coordonnées\u202f: 1" in text
    assert "Jean" not in text
    kept = [one for one in services.post.all() if one.kind == "erasure-receipt"]
    assert [(one.status, one.address, one.participant_id) for one in kept] == [("sent", None, None)]
    # Heard again it is not sent again.
    services.spread()
    services.post.send()
    assert len(mail_server.mails()) == 2


def test_a_receipt_waits_until_every_service_has_answered(
    services: Services, mail_server: MailServer
) -> None:
    registered = services.register("Jean", email="jean@example.org")
    services.spread()
    _erase(services, services.person(registered))
    services.spread(but="reporting")
    services.post.send()
    waiting = [one.status for one in services.post.all() if one.kind == "erasure-receipt"]
    assert waiting == ["scheduled"]

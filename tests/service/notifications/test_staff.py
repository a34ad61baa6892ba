"""Those who work here are told what concerns them, once, by mail, and nothing of discreet programmes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, update

from services.notifications.domain.states import Outcome
from services.notifications.models import Attempt, Notification, Session, Staff
from services.notifications.operations.alarms import tell_failures_rising, tell_own_parked
from services.notifications.operations.clock import now
from services.notifications.operations.sms_budget import Handing, reserve
from services.notifications.settings import sender_address
from shared.db import Database
from shared.events import catalogue
from shared.messaging.parking import park
from shared.messaging.tables import event_log
from tests.service.notifications.conftest import MailServer, Post, Registrations, meeting, soon


class Team:
    """Accounts, told of as registrations does."""

    def __init__(self, registrations: Registrations) -> None:
        self.registrations = registrations

    def add(self, name: str, role: str, **changes: Any) -> UUID:
        account: dict[str, Any] = {
            "staff_id": uuid4(),
            "name": name,
            "email": f"{name.lower()}@arceaux.example",
            "language": "fr",
            "role": role,
            "organisation": None,
            "programmes": [],
            "active": True,
            **changes,
        }
        self.registrations.tell(catalogue.StaffChanged.of(**account))
        staff_id: UUID = account["staff_id"]
        return staff_id


@pytest.fixture
def team(registrations: Registrations) -> Team:
    return Team(registrations)


def recipients(mail_server: MailServer) -> list[str]:
    return sorted(mail["To"] for mail in mail_server.mails())


def below_minimum(session_id: UUID) -> catalogue.Fact:
    return catalogue.SessionBelowMinimum.of(session_id=session_id, minimum=15, confirmed=9)


def test_who_decides_learns_that_a_session_has_too_few_people(
    registrations: Registrations, team: Team, post: Post, mail_server: MailServer
) -> None:
    team.add("Marc", "manager")
    team.add("Rita", "facilitator", organisation="repair-cafe")
    team.add("Ali", "facilitator", organisation="montpellibre", language="en")
    team.add("Ana", "adviser")
    session = registrations.session(minimum=15)
    registrations.tell(below_minimum(session))
    registrations.hear(registrations.told[-1])
    post.send()

    assert recipients(mail_server) == ["marc@arceaux.example", "rita@arceaux.example"]
    text = mail_server.mails()[0].get_body(("plain",)).get_content()
    assert "Bonjour Marc" in text
    assert "9 personnes sont inscrites. Il en faut au moins 15." in text
    assert "Repair Café" in text


def test_those_who_work_here_may_answer_too_and_are_not_told_where_to_call(
    registrations: Registrations, team: Team, post: Post, mail_server: MailServer
) -> None:
    post.settings = replace(
        post.settings, phone="+33467222222", reply_to=sender_address("accueil@arceaux.example")
    )
    team.add("Marc", "manager")
    place = {"code": "a", "name": "Maison", "address": None, "timezone": "Europe/Paris"}
    session = registrations.session(minimum=15, place={**place, "phone": "+33467000000"})
    registrations.tell(below_minimum(session))
    post.send()
    mail = mail_server.mail()
    assert mail["Reply-To"] == "accueil@arceaux.example"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Vous pouvez répondre à ce message." in text
    assert "Téléphone" not in text


def test_of_a_discreet_session_its_advisers_are_told_without_its_name(
    registrations: Registrations, team: Team, post: Post, mail_server: MailServer
) -> None:
    team.add("Marc", "manager")
    team.add("Ana", "adviser", programmes=["budget"])
    team.add("Zoe", "adviser", programmes=["sante"])
    session = registrations.session(
        title="Rendez-vous budget", programme="budget", organisation="ccas", discreet=True
    )
    registrations.tell(below_minimum(session))
    post.send()

    assert recipients(mail_server) == ["ana@arceaux.example"]
    assert "budget" not in mail_server.received[0].original_content.decode().lower()


def test_facilitators_are_asked_for_missing_attendance_with_the_date_in_question(
    registrations: Registrations, team: Team, post: Post, mail_server: MailServer
) -> None:
    team.add("Rita", "facilitator", organisation="repair-cafe", language="en")
    held = meeting(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    session = registrations.session(meetings=[held, meeting(soon())])
    registrations.tell(
        catalogue.AttendanceMissing.of(session_id=session, meeting_id=held["meeting_id"], missing=4)
    )
    post.send()

    text = mail_server.mail().get_body(("plain",)).get_content()
    assert "Monday 2 March 2026" in text


def test_several_meetings_without_attendance_are_asked_for_in_one_mail(
    registrations: Registrations, team: Team, post: Post, mail_server: MailServer
) -> None:
    team.add("Rita", "facilitator", organisation="repair-cafe")
    for _ in range(3):
        session = registrations.session(meetings=[held := meeting(soon(days=-1))])
        registrations.tell(
            catalogue.AttendanceMissing.of(
                session_id=session, meeting_id=held["meeting_id"], missing=4
            )
        )
    post.send()

    assert len(mail_server.received) == 1
    assert [status for _, status in post.states()] == ["sent"] * 3


@pytest.mark.parametrize("discreet", [False, True])
def test_advisers_learn_that_somebody_is_to_be_called_and_not_who_nor_what_for(
    registrations: Registrations,
    team: Team,
    post: Post,
    mail_server: MailServer,
    discreet: bool,
) -> None:
    team.add("Ana", "adviser", programmes=["unisvers"])
    team.add("Zoe", "adviser")
    session = registrations.session(
        title="UNIS’VERS : un trimestre", programme="unisvers", discreet=discreet
    )
    person = registrations.person(given_name="Amina")
    registrations.tell(
        catalogue.ParticipantCallNeeded.of(
            call_id=uuid4(),
            participant_id=person,
            registration_id=uuid4(),
            session_id=session,
            programme="unisvers",
            absences=2,
        )
    )
    post.send()

    told = ["ana@arceaux.example"] if discreet else ["ana@arceaux.example", "zoe@arceaux.example"]
    assert recipients(mail_server) == told
    for mail in mail_server.received:
        assert b"Amina" not in mail.original_content
        assert b"UNIS" not in mail.original_content


def test_recipients_of_a_report_learn_that_it_is_there(
    registrations: Registrations, team: Team, post: Post, mail_server: MailServer
) -> None:
    marc = team.add("Marc", "manager")
    team.add("Ines", "manager")
    job = uuid4()
    registrations.tell(
        catalogue.ReportReady.of(
            job_id=job, report="bilan", files=["bilan.pdf"], cause=None, recipients=[marc, uuid4()]
        )
    )
    registrations.tell(
        catalogue.ReportReady.of(job_id=uuid4(), report="session", files=[], cause=None)
    )
    post.send()

    assert recipients(mail_server) == ["marc@arceaux.example"]
    text = mail_server.mail().get_body(("plain",)).get_content()
    assert "le bilan de la période" in text
    assert str(job) in text


@pytest.mark.parametrize(
    "case",
    [("fr", "l’analyse des besoins sociaux"), ("en", "the analysis of social needs")],
)
def test_each_report_is_named_in_words(
    registrations: Registrations,
    team: Team,
    post: Post,
    mail_server: MailServer,
    case: tuple[str, str],
) -> None:
    language, said = case
    marc = team.add("Marc", "manager", language=language)
    registrations.tell(
        catalogue.ReportReady.of(
            job_id=uuid4(), report="social-needs", files=[], cause=None, recipients=[marc]
        )
    )
    post.send()

    assert said in mail_server.mail().get_body(("plain",)).get_content()


def test_operators_learn_that_a_service_set_events_aside(
    registrations: Registrations, team: Team, post: Post, mail_server: MailServer
) -> None:
    team.add("Olga", "operator")
    team.add("Marc", "manager")
    registrations.tell(catalogue.ReportingEventsParked.of(service="reporting", count=3))
    post.send()

    assert recipients(mail_server) == ["olga@arceaux.example"]
    assert "reporting" in mail_server.mail()["Subject"]
    assert "3 événements" in mail_server.mail().get_body(("plain",)).get_content()


def test_operators_learn_of_events_that_notifications_itself_set_aside_once_an_hour(
    team: Team, post: Post, notifications_database: Database
) -> None:
    team.add("Olga", "operator")
    for position in (1, 2):
        with notifications_database.transaction() as transaction:
            park(transaction, "registrations", {"position": position, "type": "x"}, "wrong")
            tell_own_parked(transaction)

    assert [one.details["count"] for one in post.all()] == [1]


def test_who_is_disabled_is_told_nothing_any_more_and_nothing_of_theirs_is_kept(
    registrations: Registrations,
    team: Team,
    post: Post,
    mail_server: MailServer,
    notifications_database: Database,
) -> None:
    marc = team.add("Marc", "manager")
    session = registrations.session(minimum=15)
    registrations.tell(below_minimum(session))
    team.add("Marc", "manager", staff_id=marc, active=False)
    registrations.tell(below_minimum(session))
    post.send()

    assert not mail_server.received
    assert [status for _, status in post.states()] == ["cancelled"]
    with notifications_database.transaction() as transaction:
        account = transaction.scalars(select(Staff)).one()
        assert (account.name, account.email) == (None, None)


def test_an_older_change_of_an_account_heard_late_changes_nothing(
    registrations: Registrations, team: Team, notifications_database: Database
) -> None:
    marc = team.add("Marc", "manager")
    older = registrations.told[-1]
    team.add("Marc", "adviser", staff_id=marc, email="new@arceaux.example")
    registrations.hear(older)

    with notifications_database.transaction() as transaction:
        account = transaction.scalars(select(Staff)).one()
        assert (account.role, account.email) == ("adviser", "new@arceaux.example")


def test_a_message_claimed_after_its_owner_left_goes_nowhere(
    registrations: Registrations,
    team: Team,
    post: Post,
    mail_server: MailServer,
    notifications_database: Database,
) -> None:
    team.add("Marc", "manager")
    registrations.tell(below_minimum(registrations.session(minimum=15)))
    with notifications_database.transaction() as transaction:
        transaction.execute(update(Staff).values(email=None, name=None))
    post.send()

    assert not mail_server.received
    assert [status for _, status in post.states()] == ["cancelled"]


@pytest.mark.parametrize("counts", [(10, 40, 1), (9, 0, 0), (10, 41, 0)])
def test_operators_are_told_once_an_hour_when_much_of_what_is_sent_fails(
    registrations: Registrations,
    team: Team,
    post: Post,
    notifications_database: Database,
    counts: tuple[int, int, int],
) -> None:
    failed, well, told = counts
    team.add("Olga", "operator")
    person, session = registrations.person(), registrations.session()
    registrations.register(session, person)
    message = post.one().id
    outcomes = [Outcome.REFUSED] * failed + [Outcome.ACCEPTED] * well
    _attempts(notifications_database, message, "email", outcomes)
    with notifications_database.transaction() as transaction:
        tell_failures_rising(transaction)
        tell_failures_rising(transaction)

    alarms = [one for one in post.all() if one.kind == "failures-rising"]
    assert len(alarms) == told
    with notifications_database.transaction() as transaction:
        said = select(event_log.c.data).where(event_log.c.type == "notification.failures_rising")
        assert len(transaction.scalars(said).all()) == told


@pytest.mark.parametrize(
    "case",
    [
        ("email", Outcome.DEFERRED, 1),
        ("sms", Outcome.REFUSED, 1),
        # A round of calls that nobody answers, letters that come back: no machine has failed.
        ("call", Outcome.DEFERRED, 0),
        ("letter", Outcome.REFUSED, 0),
        ("sms", Outcome.WITHHELD, 0),
    ],
)
def test_only_what_machines_carry_and_were_given_can_raise_the_alarm(
    registrations: Registrations,
    team: Team,
    post: Post,
    case: tuple[str, Outcome, int],
) -> None:
    channel, outcome, told = case
    team.add("Olga", "operator")
    registrations.register(registrations.session(), registrations.person())
    _attempts(post.database, post.one().id, channel, [outcome] * 11)
    with post.database.transaction() as transaction:
        tell_failures_rising(transaction)

    alarms = [one.details for one in post.all() if one.kind == "failures-rising"]
    assert alarms == [{"channel": channel, "failed": 11, "told": 11}] * told
    assert post.facts().count("notification.failures_rising") == told


@pytest.mark.parametrize(
    "case",
    [
        ("fr", "email", "Beaucoup de courriels n’arrivent pas", "le serveur de messagerie"),
        ("fr", "sms", "Beaucoup de SMS n’arrivent pas", "les opérateurs de SMS"),
        ("en", "email", "Many e-mails do not arrive", "the mail server"),
        ("en", "sms", "Many SMS do not arrive", "the SMS providers"),
    ],
)
def test_the_alarm_names_what_fails(
    registrations: Registrations,
    team: Team,
    post: Post,
    mail_server: MailServer,
    case: tuple[str, str, str, str],
) -> None:
    language, channel, subject, advice = case
    team.add("Olga", "operator", language=language)
    registrations.register(registrations.session(), registrations.person())
    _attempts(post.database, post.one().id, channel, [Outcome.REFUSED] * 11)
    with post.database.transaction() as transaction:
        told = tell_failures_rising(transaction)
    post.send(*told)

    mail = mail_server.mail()
    assert mail["Subject"] == subject
    assert advice in mail.get_body(("plain",)).get_content()


def _attempts(database: Database, message: UUID, channel: str, outcomes: Sequence[Outcome]) -> None:
    """Attempts by ``channel`` that ended so a minute ago."""
    with database.transaction() as transaction:
        transaction.execute(
            insert(Attempt),
            [
                {
                    "notification_id": message,
                    "number": number,
                    "channel": channel,
                    "started_at": now(),
                    "finished_at": now() - timedelta(minutes=1),
                    "outcome": outcome,
                }
                for number, outcome in enumerate(outcomes, start=100)
            ],
        )


def test_managers_are_told_once_a_month_that_most_of_the_budget_is_spent(
    registrations: Registrations, team: Team, post: Post, notifications_database: Database
) -> None:
    from decimal import Decimal

    team.add("Marc", "manager")
    registrations.register(registrations.session(), registrations.person())
    (message,) = post.all()
    with notifications_database.transaction() as transaction:
        transaction.execute(
            insert(Attempt).values(
                notification_id=message.id, number=9, channel="sms", started_at=now()
            )
        )
        for number in range(3):
            handing = Handing(f"ref-{number}", message.id, 9, "ovh", 1, Decimal(450))
            assert reserve(transaction, handing, budget=Decimal(5000)) or number > 0
            transaction.flush()
    alarms = [one for one in post.all() if one.kind == "sms-budget-low"]
    assert len(alarms) == 0

    with notifications_database.transaction() as transaction:
        for number in range(3, 11):
            handing = Handing(f"ref-{number}", message.id, 9, "ovh", 1, Decimal(450))
            assert reserve(transaction, handing, budget=Decimal(5000))
    alarms = [one for one in post.all() if one.kind == "sms-budget-low"]
    assert [one.details for one in alarms] == [{"spent_cents": 4050, "budget_cents": 5000}]


def test_sessions_remember_whose_they_are(
    registrations: Registrations, notifications_database: Database
) -> None:
    registrations.session(programme="ateliers", organisation="repair-cafe")

    with notifications_database.transaction() as transaction:
        session = transaction.scalars(select(Session)).one()
        assert (session.programme, session.organisation) == ("ateliers", "repair-cafe")


def test_messages_to_staff_are_nobody_s_figures(
    registrations: Registrations, team: Team, post: Post, notifications_database: Database
) -> None:
    team.add("Marc", "manager")
    registrations.tell(below_minimum(registrations.session(minimum=15)))
    post.send()

    with notifications_database.transaction() as transaction:
        assert transaction.scalars(select(Notification.status)).all() == ["sent"]
        assert transaction.scalars(select(event_log.c.type)).all() == []

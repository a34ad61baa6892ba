"""What arrives in a mailbox: every kind in every language, through a real SMTP server, read back."""

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any, cast

import icalendar
import pytest

from services.notifications.domain.kinds import UNSOLICITED, Kind
from services.notifications.mail.compose import Mail
from services.notifications.mail.smtp import Connection
from services.notifications.rendering.placeholders import names_of
from services.notifications.settings import sender_address
from shared.events.calendars import meeting_uid, sequence_at
from shared.events.catalogue import SessionCancelled, SessionClosed, SessionFormed
from shared.events.links import manage_url
from tests.service.notifications.conftest import (
    MailServer,
    Post,
    Registrations,
    meeting,
    soon,
)

# Noon in Montpellier on the first of a month; summer time; long ahead.
NOON = datetime(2031, 8, 1, 10, 0, tzinfo=UTC)

SUBJECTS = {
    ("fr", Kind.RECEIVED): "Nous avons reçu votre demande\u202f: Réparer, c’est gagné",
    ("fr", Kind.CONFIRMED): "Votre place est confirmée\u202f: Réparer, c’est gagné",
    ("fr", Kind.WAITLISTED): "Vous êtes sur la liste d’attente\u202f: Réparer, c’est gagné",
    ("fr", Kind.PROMOTED): "Une place s’est libérée pour vous\u202f: Réparer, c’est gagné",
    ("fr", Kind.OFFERED): "Une place s’est libérée, la voulez-vous\u202f? Réparer, c’est gagné",
    ("fr", Kind.EXPIRED): "La place proposée n’est plus disponible\u202f: Réparer, c’est gagné",
    ("fr", Kind.DECLINED): "Réponse à votre demande\u202f: Réparer, c’est gagné",
    ("fr", Kind.CANCELLED): "Votre inscription est annulée\u202f: Réparer, c’est gagné",
    ("fr", Kind.SESSION_MOVED): "Changement de date ou d’horaire\u202f: Réparer, c’est gagné",
    ("fr", Kind.SESSION_FORMED): "Le groupe est formé\u202f: Réparer, c’est gagné",
    ("fr", Kind.REMINDER): "Rappel\u202f: Réparer, c’est gagné",
    ("fr", Kind.FEEDBACK_INVITATION): "Qu’en avez-vous pensé\u202f? Réparer, c’est gagné",
    ("fr", Kind.REFERRAL_NEWS): "Du nouveau pour vous",
    ("en", Kind.REMINDER): "Reminder: Réparer, c’est gagné",
    ("en", Kind.FEEDBACK_INVITATION): "What did you think of it? Réparer, c’est gagné",
    ("en", Kind.REFERRAL_NEWS): "News for you",
    ("fr", Kind.SESSION_CANCELLED): "Annulé\u202f: Réparer, c’est gagné",
    ("en", Kind.RECEIVED): "We have received your request: Réparer, c’est gagné",
    ("en", Kind.CONFIRMED): "Your place is confirmed: Réparer, c’est gagné",
    ("en", Kind.WAITLISTED): "You are on the waiting list: Réparer, c’est gagné",
    ("en", Kind.PROMOTED): "A place is free for you: Réparer, c’est gagné",
    ("en", Kind.OFFERED): "A place is free, would you like it? Réparer, c’est gagné",
    ("en", Kind.EXPIRED): "The place we offered is no longer available: Réparer, c’est gagné",
    ("en", Kind.DECLINED): "Our answer to your request: Réparer, c’est gagné",
    ("en", Kind.CANCELLED): "Your registration is cancelled: Réparer, c’est gagné",
    ("en", Kind.SESSION_MOVED): "New date or time: Réparer, c’est gagné",
    ("en", Kind.SESSION_FORMED): "It will take place: Réparer, c’est gagné",
    ("en", Kind.SESSION_CANCELLED): "Cancelled: Réparer, c’est gagné",
}
MANAGEABLE = {
    Kind.RECEIVED,
    Kind.CONFIRMED,
    Kind.WAITLISTED,
    Kind.PROMOTED,
    Kind.OFFERED,
    Kind.SESSION_MOVED,
    Kind.SESSION_FORMED,
    Kind.REMINDER,
    Kind.FEEDBACK_INVITATION,
}
METHODS = {
    Kind.CONFIRMED: "PUBLISH",
    Kind.PROMOTED: "PUBLISH",
    Kind.SESSION_MOVED: "PUBLISH",
    Kind.CANCELLED: "CANCEL",
    Kind.SESSION_CANCELLED: "CANCEL",
}
# What a registration, or its session, leads to by itself.
OF_REGISTRATIONS = [kind for language, kind in SUBJECTS if language == "fr"]
WHEN = {
    "fr": "vendredi 1er août 2031, de\u00a012\u202fh à\u00a014\u202fh",
    "en": "Friday 1 August 2031, from 12:00 to 14:00",
}


def bring_about(
    registrations: Registrations, kind: Kind, session: Any, person: Any, reason: str = "other"
) -> Any:
    """Make happen what ``kind`` tells, as the last thing told; returns the registration."""
    before = {
        Kind.PROMOTED: "waitlisted",
        Kind.OFFERED: "waitlisted",
        Kind.EXPIRED: "offered",
        Kind.DECLINED: "pending",
        Kind.RECEIVED: "pending",
        Kind.WAITLISTED: "waitlisted",
    }.get(kind, "confirmed")
    registration = registrations.register(session, person, before)
    match kind:
        case Kind.OFFERED:
            registrations.change(
                registration,
                session,
                person,
                "offered",
                previous=before,
                by="system",
                offered_until=NOON - timedelta(days=10),
            )
        case Kind.CANCELLED:
            registrations.change(registration, session, person, "cancelled", previous=before)
        case Kind.SESSION_CANCELLED:
            registrations.tell(SessionCancelled.of(session_id=session, reason=reason))
            registrations.change(
                registration, session, person, "cancelled", previous=before, by="system"
            )
        case Kind.EXPIRED | Kind.PROMOTED | Kind.DECLINED:
            status = "confirmed" if kind == Kind.PROMOTED else str(kind)
            by = "staff" if kind == Kind.DECLINED else "system"
            registrations.change(registration, session, person, status, previous=before, by=by)
        case _:
            bring_about_otherwise(registrations, kind, session, person, registration)
    return registration


def bring_about_otherwise(
    registrations: Registrations, kind: Kind, session: Any, person: Any, registration: Any
) -> None:
    """Of what is not a step of the registration."""
    match kind:
        case Kind.SESSION_FORMED:
            registrations.tell(SessionFormed.of(session_id=session, minimum=1, confirmed=1))
        case Kind.FEEDBACK_INVITATION:
            registrations.tell(SessionClosed.of(session_id=session, to_ask=[registration]))
        case Kind.REFERRAL_NEWS:
            registrations.refer(person)
        case Kind.REMINDER:
            registrations.reschedule(session, reminder_minutes=[120])
        case Kind.SESSION_MOVED:
            (old,) = registrations.sessions[session]["meetings"]
            moved = {**old, "starts_at": NOON, "ends_at": NOON + timedelta(hours=2)}
            registrations.reschedule(session, meetings=[moved])


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Trop peu de personnes se sont inscrites"), ("en", "Too few people signed up")],
)
def test_a_session_cancelled_for_want_of_people_says_so(
    registrations: Registrations, post: Post, mail_server: MailServer, language: str, words: str
) -> None:
    texts = []
    for reason in ("too-few", "other"):
        person = registrations.person(language=language)
        session = registrations.session(minimum=3)
        bring_about(registrations, Kind.SESSION_CANCELLED, session, person, reason)
        mail = delivered(post, mail_server, Kind.SESSION_CANCELLED)
        texts.append(part(mail, "plain"))
    assert words in texts[0]
    assert words not in texts[1]


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (NOON, ("fr", "jusqu’au vendredi 1er août 2031 à\u00a012\u202fh.")),
        # Midnight at the end of a day is that day's, as people say it.
        (NOON - timedelta(hours=12), ("fr", "jusqu’au jeudi 31 juillet 2031 à minuit.")),
        (NOON - timedelta(hours=12), ("en", "until Thursday 31 July 2031, at midnight.")),
    ],
)
def test_an_offer_says_until_when_it_stands(
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    until: datetime,
    said: tuple[str, str],
) -> None:
    language, words = said
    session = registrations.session(meetings=[meeting(NOON + timedelta(days=9))])
    person = registrations.person(language=language)
    registration = registrations.register(session, person, "waitlisted")
    offered = {"previous": "waitlisted", "by": "system", "offered_until": until}
    registrations.change(registration, session, person, "offered", **offered)
    assert words in part(delivered(post, mail_server, Kind.OFFERED), "plain")


PLACE = {
    "code": "arceaux",
    "name": "Tiers-lieu des Arceaux",
    "address": "rue Draparnaud, 34000 Montpellier",
    "timezone": "Europe/Paris",
}


@pytest.mark.parametrize("discreet", [False, True])
def test_a_message_gives_the_number_of_its_place_as_it_is_now(
    registrations: Registrations, post: Post, mail_server: MailServer, discreet: bool
) -> None:
    session = registrations.session(discreet=discreet, place={**PLACE, "phone": "+33467000000"})
    registrations.register(session, registrations.person())
    first = part(delivered(post, mail_server, Kind.CONFIRMED), "plain")
    assert "Téléphone\u202f: 04\u00a067\u00a000\u00a000\u00a000" in first
    registrations.reschedule(session, place={**PLACE, "phone": "+33467111111"})
    assert [one.kind for one in post.all()] == [Kind.CONFIRMED], "nobody is told of that alone"
    registrations.register(session, registrations.person())
    then = part(delivered(post, mail_server, Kind.CONFIRMED), "plain")
    assert "04\u00a067\u00a011\u00a011\u00a011" in then


def test_what_is_about_no_session_gives_the_number_of_the_house(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    post.settings = replace(post.settings, phone="+33467222222")
    registrations.refer(registrations.person())
    text = part(delivered(post, mail_server, Kind.REFERRAL_NEWS), "plain")
    assert "appelez-nous au 04\u00a067\u00a022\u00a022\u00a022" in text


def test_news_of_a_referral_say_what_there_is_where_it_is_no_secret(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    registrations.refer(registrations.person(), discreet=False)
    mail = delivered(post, mail_server, Kind.REFERRAL_NEWS)
    assert mail["Subject"] == "Du nouveau pour votre demande"
    assert "Nous avons transmis votre demande à un partenaire." in part(mail, "plain")
    registrations.refer(registrations.person(), discreet=True)
    mail = delivered(post, mail_server, Kind.REFERRAL_NEWS)
    assert mail["Subject"] == "Du nouveau pour vous"
    assert not re.search("demande|partenaire", part(mail, "plain"))


def test_a_place_without_a_number_is_not_said_to_be_called(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    # Only its own: what is discreet may be told of at a place that is not the house.
    post.settings = replace(post.settings, phone="+33467222222")
    registrations.register(registrations.session(), registrations.person())
    assert "Téléphone" not in part(delivered(post, mail_server, Kind.CONFIRMED), "plain")


def test_answers_go_where_they_are_read(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    registrations.register(registrations.session(), registrations.person())
    mail = delivered(post, mail_server, Kind.CONFIRMED)
    assert mail["Reply-To"] is None
    assert "Merci de ne pas y répondre." in part(mail, "plain")
    post.settings = replace(
        post.settings, reply_to=sender_address("L’accueil <accueil@arceaux.example>")
    )
    registrations.register(registrations.session(), registrations.person())
    mail = delivered(post, mail_server, Kind.CONFIRMED)
    assert mail["Reply-To"] == "L’accueil <accueil@arceaux.example>"
    assert "Vous pouvez répondre à ce message." in part(mail, "plain")


@pytest.mark.parametrize("kind", OF_REGISTRATIONS, ids=str)
def test_what_managers_may_name_of_a_fact_is_what_it_says(
    registrations: Registrations, post: Post, kind: Kind
) -> None:
    begins = soon() if kind == Kind.SESSION_MOVED else NOON
    session = registrations.session(meetings=[meeting(begins)])
    bring_about(registrations, kind, session, registrations.person(), "too-few")
    told = post.all()[-1]
    assert told.kind == kind
    offered = {name.removeprefix("details.") for name in names_of(kind) if "details." in name}
    # What a referral is about is never told: its news are always discreet.
    assert offered - {"discreet"} <= told.details.keys()


def delivered(post: Post, mail_server: MailServer, kind: Kind) -> EmailMessage:
    """Send what is last in the queue, alone, and read it from the mailbox."""
    *before, last = post.all()
    assert last.kind == kind
    for one in before:
        post.change(one.id, status="cancelled")
    post.change(last.id, status="queued", due_at=soon(minutes=-1))
    post.send(last.id)
    return mail_server.mails()[-1]


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return cast("str", found.get_content()).replace("\r\n", "\n")


def calendar_of(mail: EmailMessage) -> Any:
    """The calendar attached to ``mail``, or None."""
    attachments = list(mail.iter_attachments())
    if not attachments:
        return None
    (attachment,) = attachments
    assert attachment.get_filename() == "invitation.ics"
    assert attachment.get_content_type() == "text/calendar"
    calendar = icalendar.Calendar.from_ical(attachment.get_payload(decode=True))
    assert attachment.get_param("method") == calendar["method"]
    return calendar


class Words(HTMLParser):
    """The words of a page, and its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self._heard = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._heard = self._heard or tag == "body"
        if tag == "a":
            self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        if self._heard:
            self.words += data.split()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", OF_REGISTRATIONS, ids=str)
def test_every_kind_in_every_language_arrives_whole(
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    kind: Kind,
    language: str,
) -> None:
    begins = soon() if kind == Kind.SESSION_MOVED else NOON
    session = registrations.session(title="Réparer, c’est gagné", meetings=[meeting(begins)])
    person = registrations.person(language=language)
    registration = bring_about(registrations, kind, session, person)
    mail = delivered(post, mail_server, kind)

    assert mail["Subject"] == SUBJECTS[language, kind]
    assert mail["From"] == "Tiers-lieu des Arceaux <ne-pas-repondre@arceaux.example>"
    assert mail["To"] == "amina@example.org"
    assert mail["Message-ID"] == f"<{post.all()[-1].id}@arceaux.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"]
    assert mail["Content-Language"] == language

    text, page = part(mail, "plain"), part(mail, "html")
    assert "Amina" in text
    if kind != Kind.REFERRAL_NEWS:
        assert WHEN[language] in text
        assert re.search(r"(Lieu\u202f|Place): Tiers-lieu des Arceaux\n", text)
        assert re.search(r"(Adresse\u202f|Address): rue Draparnaud, 34000 Montpellier\n", text)
    assert f'<html lang="{language}" dir="ltr">' in page
    link = manage_url("http://arceaux.test", registration, "a-secret")
    assert (link in text) == (kind in MANAGEABLE)
    words = Words(page)
    shown = [one for one in words.links if "/v1/unsubscribe/" not in one]
    assert shown == ([link] if kind in MANAGEABLE else [])
    assert (shown != words.links) == (kind in UNSOLICITED)
    # The page says what the text says: only the marks of lists and the bare address are the text's own.
    spoken = re.sub(r"(?m)^- |[\s:]*<http\S+>", "", text).split()
    assert words.words == spoken

    calendar = calendar_of(mail)
    assert (calendar["method"] if calendar else None) == METHODS.get(kind)
    if calendar:
        (event,) = calendar.walk("VEVENT")
        assert event.start == NOON
        assert event["summary"] == "Réparer, c’est gagné"
        (only,) = registrations.sessions[session]["meetings"]
        assert event["uid"] == meeting_uid(only["meeting_id"])
        assert event["status"] == ("CONFIRMED" if METHODS[kind] == "PUBLISH" else "CANCELLED")


@pytest.mark.parametrize(
    ("rank", "said"),
    [
        (
            1,
            (
                "Vous êtes la première personne de la liste.",
                "You are the first person on the list.",
            ),
        ),
        (2, ("il y a une personne avant vous", "there is one person before you")),
        (
            7,
            (
                "Vous êtes en 7e position\u202f: il y a 6 personnes avant vous.",
                "there are 6 people",
            ),
        ),
    ],
)
def test_the_rank_is_said_in_plain_words(
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    rank: int,
    said: tuple[str, str],
) -> None:
    french, english = said
    session = registrations.session()
    for language in ("fr", "en"):
        person = registrations.person(language=language)
        registrations.register(session, person, "waitlisted", waitlist_position=rank)
    post.send()
    first, second = mail_server.mails()
    assert french in part(first, "plain")
    assert english in part(second, "plain")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", OF_REGISTRATIONS, ids=str)
def test_a_discreet_message_reveals_nothing(
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    kind: Kind,
    language: str,
) -> None:
    session = registrations.session(
        title="Faire face au surendettement",
        programme="plateforme-budget",
        organisation="creasol",
        theme="finances",
        discreet=True,
        meetings=[meeting(soon() if kind == Kind.SESSION_MOVED else NOON, room="Bureau budget")],
    )
    bring_about(registrations, kind, session, registrations.person(language=language))
    mail = delivered(post, mail_server, kind)

    everything = [str(mail), str(mail.items()), part(mail, "plain"), part(mail, "html")]
    calendar = calendar_of(mail)
    if calendar:
        everything.append(calendar.to_ical().decode())
        (event,) = calendar.walk("VEVENT")
        neutral = {"fr": "Votre rendez-vous", "en": "Your appointment"}
        assert event["summary"] == neutral[language]
        assert event["class"] == "PRIVATE"
    leaked = re.findall(
        r"surendettement|budget|creasol|finances|bureau|atelier|programme",
        "\n".join(everything),
        re.IGNORECASE,
    )
    assert leaked == []
    if kind != Kind.REFERRAL_NEWS:
        assert re.search(r"rendez-vous|appointment", str(mail["Subject"]))


def test_a_course_lists_ten_dates_and_says_how_many_more(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    meetings = [meeting(NOON + timedelta(weeks=week)) for week in range(13)]
    session = registrations.session(meetings=meetings)
    registrations.register(session, registrations.person())
    text = part(delivered(post, mail_server, Kind.CONFIRMED), "plain")
    assert "Il y a 13 séances\u202f:" in text
    assert text.count(", de\u00a012\u202fh à") == 10
    assert "- et encore 3 séances" in text
    (calendar,) = (calendar_of(mail) for mail in mail_server.mails())
    assert len(calendar.walk("VEVENT")) == 13


def test_a_session_across_a_clock_change_keeps_its_time_on_the_wall(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    before = datetime(2031, 10, 20, 12, 30, tzinfo=UTC)
    after = before + timedelta(weeks=1, hours=1)
    session = registrations.session(meetings=[meeting(before), meeting(after)])
    registrations.register(session, registrations.person())
    text = part(delivered(post, mail_server, Kind.CONFIRMED), "plain")
    assert "lundi 20 octobre 2031, de\u00a014\u202fh\u202f30 à\u00a016\u202fh\u202f30" in text
    assert "lundi 27 octobre 2031, de\u00a014\u202fh\u202f30 à\u00a016\u202fh\u202f30" in text


def test_a_calendar_says_the_time_of_the_place_and_when_its_clocks_change(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    before, after = (
        datetime(2031, 10, day, hour, 30, tzinfo=UTC) for day, hour in ((20, 12), (27, 13))
    )
    session = registrations.session(meetings=[meeting(before), meeting(after)])
    registrations.register(session, registrations.person())
    calendar = calendar_of(delivered(post, mail_server, Kind.CONFIRMED))
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["tzid"] == "Europe/Paris"
    assert {part.name for part in zone.subcomponents} == {"DAYLIGHT", "STANDARD"}
    for event, begins in zip(calendar.walk("VEVENT"), (before, after), strict=True):
        assert event["dtstart"].params["tzid"] == "Europe/Paris"
        assert (event.start, event.start.hour) == (begins, 14)


def test_no_calendar_goes_with_what_has_begun(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session(meetings=[meeting(soon(minutes=-10))])
    person = registrations.person()
    registration = registrations.register(session, person)
    registrations.change(registration, session, person, "cancelled", previous="confirmed")
    mail = delivered(post, mail_server, Kind.CANCELLED)
    assert calendar_of(mail) is None


def test_the_sequence_of_a_calendar_rises_from_seat_to_move_to_cancellation(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session, person = registrations.session(), registrations.person()
    registration = registrations.register(session, person)
    (old,) = registrations.sessions[session]["meetings"]
    post.send()
    later = {**old, "starts_at": soon(days=8), "ends_at": soon(days=8, hours=1)}
    registrations.reschedule(session, meetings=[later])
    post.send()
    registrations.change(registration, session, person, "cancelled", previous="confirmed")
    post.send()
    events = [calendar_of(mail).walk("VEVENT")[0] for mail in mail_server.mails()]
    sequences = [event["sequence"] for event in events]
    assert sequences == sorted(set(sequences))
    # On the scale of the calendars that the programme is published in: seconds.
    assert abs(sequences[-1] - sequence_at(datetime.now(UTC))) < 60
    assert len({str(event["uid"]) for event in events}) == 1


def test_a_meeting_taken_out_of_a_session_is_cancelled_in_calendars(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    stays, goes = meeting(soon(days=7)), meeting(soon(days=14))
    session = registrations.session(meetings=[stays, goes])
    registrations.register(session, registrations.person())
    registrations.reschedule(session, meetings=[stays])
    calendar = calendar_of(delivered(post, mail_server, Kind.SESSION_MOVED))
    status = {str(event["uid"])[:36]: event["status"] for event in calendar.walk("VEVENT")}
    assert status == {str(stays["meeting_id"]): "CONFIRMED", str(goes["meeting_id"]): "CANCELLED"}


def test_in_a_shared_mailbox_one_cancellation_leaves_the_other_seat_in_the_calendar(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    parent, child = registrations.person(), registrations.person(given_name="Inès")
    registrations.register(session, parent)
    registration = registrations.register(session, child)
    registrations.change(registration, session, child, "cancelled", previous="confirmed")
    post.send()
    confirmed, cancelled = (calendar_of(mail) for mail in mail_server.mails())
    assert confirmed.walk("VEVENT")[0]["status"] == "CONFIRMED"
    assert cancelled is None


def test_the_last_cancellation_of_a_shared_mailbox_takes_the_meeting_out_of_the_calendar(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    people = [registrations.person(), registrations.person(given_name="Inès")]
    seats = [registrations.register(session, person) for person in people]
    post.send()
    for seat, person in zip(seats, people, strict=True):
        registrations.change(seat, session, person, "cancelled", previous="confirmed")
    post.send()
    calendars = [calendar_of(mail) for mail in mail_server.mails()]
    assert calendars[-1].walk("VEVENT")[0]["status"] == "CANCELLED"
    assert len({str(one.walk("VEVENT")[0]["uid"]) for one in calendars if one}) == 1


@pytest.mark.parametrize(
    "title",
    [
        "Vélo\r\nBcc: victim@example.org\r\n\r\nMore",
        '<script>alert(1)</script> & "quotes"',
        "\u202egnp.exe\u2028next",
        "- un <http://evil.example>",
        "é" * 300,
    ],
)
def test_what_people_typed_stays_text(
    registrations: Registrations, post: Post, mail_server: MailServer, title: str
) -> None:
    session = registrations.session(title=title)
    registrations.register(session, registrations.person(given_name="Eve http://evil.example"))
    mail = delivered(post, mail_server, Kind.CONFIRMED)
    assert mail["Bcc"] is None
    assert "\n" not in str(mail["Subject"])
    assert len(str(mail["Subject"])) < 120
    page = part(mail, "html")
    assert "<script" not in page
    assert len(Words(page).links) == 1
    assert part(mail, "plain").startswith("Bonjour,\n")
    assert calendar_of(mail) is not None
    assert mail_server.received[0].rcpt_tos == ["amina@example.org"]


def test_an_international_domain_gets_its_mail(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person = registrations.person(email="amina@médiathèque.example")
    registrations.register(registrations.session(), person)
    post.send()
    assert mail_server.received[0].rcpt_tos == [
        "amina@" + "médiathèque".encode("idna").decode() + ".example"
    ]


def test_the_message_id_is_the_same_at_every_attempt(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    registrations.register(registrations.session(), registrations.person())
    (only,) = post.all()
    mail_server.hang_up = "after"
    post.send()
    mail_server.hang_up = None
    post.change(only.id, status="queued", due_at=datetime.now(UTC))
    post.send()
    seen = [str(mail["Message-ID"]) for mail in mail_server.mails()]
    assert seen == [f"<{only.id}@arceaux.example>"] * 2


def test_lines_that_begin_with_a_dot_arrive_as_they_are(
    mail_server: MailServer, post: Post
) -> None:
    content = b"Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nend\r\n"
    with closing(Connection(post.settings)) as connection:
        connection.carry(Mail("a@example.org", "b@example.org", content), lambda: True)
    assert mail_server.received[0].original_content == content

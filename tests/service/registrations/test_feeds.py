"""The offer as calendars, feeds and linked data: what they say, what they keep to themselves, how they follow."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from flask.testing import FlaskClient

from services.registrations.models import Place, Programme, Room, Session
from services.registrations.operations.offer import sessions
from services.registrations.operations.offer.sessions import MeetingTime
from shared.db import Database
from shared.events.calendars import sequence_at
from tests.service.registrations.conftest import Offer, body

PARIS = ZoneInfo("Europe/Paris")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def discreet(offer: Offer) -> Offer:
    with offer.database.transaction() as transaction:
        transaction.add(
            Programme(code="sante", name="Plateforme Santé", discreet=True, description="Soins")
        )
        place = transaction.get_one(Place, "arceaux")
        place.postcode, place.city = "34000", "Montpellier"
        place.latitude, place.longitude = 43.6119, 3.8617
    return offer


def events(answer: Any) -> list[Any]:
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/calendar; charset=utf-8"
    return icalendar.Calendar.from_ical(answer.data).walk("VEVENT")


def move(database: Database, session_id: UUID, *, by: timedelta, room: str | None = None) -> None:
    with database.transaction() as transaction:
        session = transaction.get_one(Session, session_id)
        room_id = None
        if room:
            room_id = transaction.query(Room).filter_by(name=room).one().id
        times = [
            MeetingTime(one.starts_at + by, one.ends_at + by, room_id, id=one.id)
            for one in session.meetings
        ]
        sessions.reschedule(transaction, session_id, times, organisation=None)


# ── calendars ───────────────────────────────────────────────────────────────────────────────────


def test_a_calendar_has_an_event_for_each_meeting_with_all_that_one_needs_to_come(
    client: FlaskClient, discreet: Offer
) -> None:
    session = discreet.session(title="Réparer, souder; oser", meetings=3)
    move(discreet.database, session, by=timedelta(0), room="Atelier")
    found = events(client.get("/v1/sessions.ics"))
    listed = client.get(f"/v1/sessions/{session}").json
    assert [str(event["uid"]) for event in found] == [
        f"{meeting['id']}@arceaux" for meeting in listed["meetings"]
    ]
    first = found[0]
    assert first["summary"] == "Réparer, souder; oser"
    where = "Atelier, Tiers-lieu des Arceaux, rue Draparnaud, 34000 Montpellier"
    assert first["location"] == where
    assert first["url"] == f"http://arceaux.test/v1/sessions/{session}"
    assert first["categories"].cats == ["Ateliers"]
    assert first["status"] == "CONFIRMED"
    assert first["dtstart"].dt == datetime.fromisoformat(listed["meetings"][0]["starts_at"])
    assert first["dtstart"].params["tzid"] == "Europe/Paris"


def test_a_calendar_brings_the_time_zone_along_so_that_the_wall_clock_holds_across_changes(
    client: FlaskClient, offer: Offer
) -> None:
    offer.session(meetings=52)
    answer = client.get("/v1/sessions.ics")
    calendar = icalendar.Calendar.from_ical(answer.data)
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["tzid"] == "Europe/Paris"
    offsets = {str(part["tzoffsetto"].to_ical()) for part in zone.subcomponents}
    assert offsets == {"+0100", "+0200"}
    # A reader that knows no zone but those of the file comes to the same moments.
    read = vobject.readOne(answer.get_data(as_text=True))
    seen = {one.uid.value: one.dtstart.value for one in read.vevent_list}
    for event in calendar.walk("VEVENT"):
        assert seen[str(event["uid"])].astimezone(UTC) == event["dtstart"].dt.astimezone(UTC)
    assert len(seen) == 52


def test_the_sequence_of_a_meeting_rises_with_every_change_and_its_uid_stays(
    client: FlaskClient, offer: Offer, bearer: Any
) -> None:
    session = offer.session(title="Vélo")
    activity = client.get(f"/v1/sessions/{session}").json["activity_id"]
    path, manager = f"/v1/sessions/{session}.ics", bearer("manager")
    seen = [events(client.get(path))[0]]
    move(offer.database, session, by=timedelta(days=1))
    seen += events(client.get(path))
    client.patch(f"/v1/activities/{activity}", json={"title": "Réviser"}, headers=manager)
    seen += events(client.get(path))
    client.post(f"/v1/sessions/{session}/cancel", headers=manager)
    seen += events(client.get(path))
    sequences = [event["sequence"] for event in seen]
    assert sequences == sorted(set(sequences))
    # On the scale that mails use too: seconds.
    assert abs(sequences[-1] - sequence_at(datetime.now(UTC))) < 60
    assert len({event["uid"] for event in seen}) == 1
    assert [event["status"] for event in seen] == [*["CONFIRMED"] * 3, "CANCELLED"]
    assert [event["summary"] for event in seen] == ["Vélo", "Vélo", "Réviser", "Réviser"]


def test_a_registration_changes_no_calendar(client: FlaskClient, offer: Offer) -> None:
    session = offer.session()
    before = client.get("/v1/sessions.ics")
    assert client.post("/v1/registrations", json=body(session)).status_code == 201
    after = client.get("/v1/sessions.ics")
    assert after.data == before.data


def test_the_calendar_takes_the_filters_of_the_listing(client: FlaskClient, offer: Offer) -> None:
    offer.session(title="Vélo", organisation="ccas")
    offer.session(title="Couture", begins_in=timedelta(days=40))
    soon = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    for query, titles in {
        "": {"Vélo", "Couture"},
        "organisation=ccas": {"Vélo"},
        "q=couture": {"Couture"},
        f"from={soon}": {"Couture"},
        f"to={soon}": {"Vélo"},
        "status=cancelled": set(),
        "programme=unisvers": set(),
    }.items():
        found = events(client.get(f"/v1/sessions.ics?{query}"))
        assert {str(event["summary"]) for event in found} == titles, query
    refused = client.get("/v1/sessions.ics?from=yesterday")
    assert refused.status_code == 422
    assert "from" in refused.json["errors"]


def test_a_calendar_ends_before_it_is_too_long(client: FlaskClient, offer: Offer) -> None:
    near = [offer.session(meetings=390, begins_in=timedelta(days=n)) for n in range(1, 5)]
    answer = client.get("/v1/sessions.ics")
    assert len(events(answer)) == 3 * 390
    assert str(near[2]) in answer.text
    assert str(near[3]) not in answer.text


@pytest.mark.parametrize("suffix", [".ics", ".jsonld"])
def test_a_draft_is_not_there(client: FlaskClient, offer: Offer, suffix: str) -> None:
    session = offer.session(published=False)
    assert client.get(f"/v1/sessions/{session}{suffix}").status_code == 404
    assert str(session) not in client.get(f"/v1/sessions{suffix}").text
    assert str(session) not in client.get("/v1/sessions.atom").text


# ── discretion ──────────────────────────────────────────────────────────────────────────────────


def test_in_a_calendar_a_discreet_meeting_is_an_appointment_and_no_more(
    client: FlaskClient, discreet: Offer
) -> None:
    session = discreet.session(title="Mieux dormir", programme="sante", organisation="ccas")
    move(discreet.database, session, by=timedelta(0), room="Atelier")
    for path in (f"/v1/sessions/{session}.ics", "/v1/sessions.ics"):
        answer = client.get(path, headers={"Accept-Language": "fr"})
        (event,) = events(answer)
        assert event["summary"] == "Votre rendez-vous"
        assert event["class"] == "PRIVATE"
        for word in ("dormir", "Santé", "sante", "Atelier", "CCAS", str(session)):
            assert word not in answer.text, word


def test_no_export_lets_the_seats_of_a_discreet_session_be_watched(
    client: FlaskClient, discreet: Offer
) -> None:
    session = discreet.session(programme="sante", capacity=1)
    paths = ["/v1/sessions.jsonld", f"/v1/sessions/{session}.jsonld", "/v1/sessions.atom"]
    paths += ["/v1/sessions.ics", f"/v1/sessions/{session}.ics"]
    before = [client.get(path).data for path in paths]
    answer = client.post("/v1/registrations", json=body(session))
    assert answer.json["status"] == "confirmed"
    assert [client.get(path).data for path in paths] == before


# ── feeds ───────────────────────────────────────────────────────────────────────────────────────


def test_the_feed_tells_what_changed_last_first_under_names_that_stay(
    client: FlaskClient, offer: Offer, bearer: Any
) -> None:
    one, two = offer.session(title="Un <b>&</b>"), offer.session(title="Deux")
    first = ET.fromstring(client.get("/v1/sessions.atom").data)
    assert [entry.findtext(f"{ATOM}id") for entry in first.iter(f"{ATOM}entry")] == [
        f"urn:uuid:{two}",
        f"urn:uuid:{one}",
    ]
    client.post(f"/v1/sessions/{one}/cancel", headers=bearer("manager"))
    answer = client.get("/v1/sessions.atom?limit=1", headers={"Accept-Language": "fr"})
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    second = ET.fromstring(answer.data)
    (entry,) = second.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{one}"
    assert entry.findtext(f"{ATOM}title") == "Annulé : Un <b>&</b>"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Repair Café"
    # RFC 4287, 4.1.1 and 4.1.2: what must be there once, and be a time with its offset.
    for element in (second, entry):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo
    assert second.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}updated")
    (self_link,) = second.findall(f"{ATOM}link[@rel='self']")
    assert self_link.get("href") == "http://arceaux.test/v1/sessions.atom?limit=1"


def test_calendars_and_feeds_speak_french_to_programs_that_wish_for_no_language(
    client: FlaskClient,
) -> None:
    calendar = client.get("/v1/sessions.ics")
    feed = client.get("/v1/sessions.atom")

    assert calendar.headers["Content-Language"] == "fr"
    assert feed.headers["Content-Language"] == "fr"


def test_an_empty_feed_is_still_a_feed(client: FlaskClient, offer: Offer) -> None:
    feed = ET.fromstring(client.get("/v1/sessions.atom").data)
    assert feed.findtext(f"{ATOM}updated")
    assert not feed.findall(f"{ATOM}entry")


def test_a_feed_holds_whatever_people_typed(client: FlaskClient, offer: Offer) -> None:
    offer.session(title="A\x0bB\ufffe ]]> <!-- 🚲")
    for path in ("/v1/sessions.atom", "/v1/sessions.ics", "/v1/sessions.jsonld"):
        assert client.get(path).status_code == 200
    feed = ET.fromstring(client.get("/v1/sessions.atom").data)
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "A B ]]> <!-- 🚲"


def test_no_words_begin_a_property_of_their_own_in_a_calendar(
    client: FlaskClient, offer: Offer, bearer: Any
) -> None:
    session = offer.session(title="Vélo\rUID:theirs\r\nX:1\u2028Y:2")
    activity = client.get(f"/v1/sessions/{session}").json["activity_id"]
    words = "un\rBEGIN:VALARM\r\ndeux\x0bSUMMARY:theirs\x85trois\u2028\u202equatre\x01"
    change = {"description": words, "theme": "a\rSTATUS:CANCELLED"}
    client.patch(f"/v1/activities/{activity}", json=change, headers=bearer("manager"))
    answer = client.get("/v1/sessions.ics")
    names = {line.partition(":")[0] for line in answer.get_data(as_text=True).splitlines()}
    assert not {"X", "Y"} & names
    (event,) = events(answer)
    assert event["description"] == "un\nBEGIN:VALARM\ndeux\nSUMMARY:theirs\ntrois\nquatre"
    assert event["summary"] == "Vélo UID:theirs X:1 Y:2"
    assert event["status"] == "CONFIRMED"
    assert not event.subcomponents


# ── linked data ─────────────────────────────────────────────────────────────────────────────────


def test_a_session_is_a_schema_org_event_with_its_meetings_and_free_seats(
    client: FlaskClient, discreet: Offer
) -> None:
    session = discreet.session(capacity=4, meetings=2)
    client.post("/v1/registrations", json=body(session))
    answer = client.get(f"/v1/sessions/{session}.jsonld")
    assert answer.content_type == "application/ld+json"
    event = json.loads(answer.data)
    assert event["@context"] == "https://schema.org"
    assert event["@type"] == "Event"
    assert event["eventStatus"] == "https://schema.org/EventScheduled"
    assert (event["maximumAttendeeCapacity"], event["remainingAttendeeCapacity"]) == (4, 3)
    assert event["organizer"] == {"@type": "NGO", "name": "Repair Café"}
    assert event["location"]["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "rue Draparnaud",
        "postalCode": "34000",
        "addressLocality": "Montpellier",
        "addressCountry": "FR",
    }
    assert event["location"]["geo"]["latitude"] == 43.6119
    assert (event["offers"]["price"], event["offers"]["priceCurrency"]) == (0, "EUR")
    assert event["offers"]["availability"] == "https://schema.org/InStock"
    assert len(event["subEvent"]) == 2
    assert datetime.fromisoformat(event["startDate"]).utcoffset() in (
        timedelta(hours=1),
        timedelta(hours=2),
    )
    assert json.loads(client.get("/v1/sessions.jsonld").data)["@graph"][0]["@id"] == event["@id"]


def test_what_moved_and_what_was_cancelled_say_so(
    client: FlaskClient, offer: Offer, bearer: Any
) -> None:
    session = offer.session()
    path = f"/v1/sessions/{session}.jsonld"
    announced = json.loads(client.get(path).data)["startDate"]
    move(offer.database, session, by=timedelta(days=1))
    moved = json.loads(client.get(path).data)
    assert moved["eventStatus"] == "https://schema.org/EventRescheduled"
    assert moved["previousStartDate"] == announced
    move(offer.database, session, by=timedelta(days=-1))
    back = json.loads(client.get(path).data)
    assert back["eventStatus"] == "https://schema.org/EventScheduled"
    assert "previousStartDate" not in back
    client.post(f"/v1/sessions/{session}/cancel", headers=bearer("manager"))
    cancelled = json.loads(client.get(path).data)
    assert cancelled["eventStatus"] == "https://schema.org/EventCancelled"


def test_the_time_of_the_feed_s_last_change_is_told_unless_time_alone_can_change_it(
    client: FlaskClient, offer: Offer
) -> None:
    offer.session()
    answer = client.get("/v1/sessions.atom")
    assert answer.last_modified is not None
    since = {"If-Modified-Since": answer.headers["Last-Modified"]}
    assert client.get("/v1/sessions.atom", headers=since).status_code == 304
    for query in ("open=true", "from=2026-01-01"):
        assert "Last-Modified" not in client.get(f"/v1/sessions.atom?{query}").headers


# ── sent once ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["sessions.ics", "sessions.atom", "sessions.jsonld"])
def test_what_a_reader_has_already_is_not_sent_again(
    client: FlaskClient, offer: Offer, path: str
) -> None:
    session = offer.session()
    first = client.get(f"/v1/{path}")
    assert first.cache_control.public
    assert first.cache_control.max_age
    again = client.get(f"/v1/{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    move(offer.database, session, by=timedelta(days=1))
    assert ("Last-Modified" in first.headers) == (path == "sessions.atom")
    changed = client.get(f"/v1/{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]

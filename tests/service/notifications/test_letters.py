"""Letters: who gets one, what stands on it and where, and what becomes of it."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pypdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from services.notifications.models import AuditEntry, Session
from services.notifications.operations.letters import give_up_late
from shared.events.catalogue import ParticipantErased
from shared.events.short_codes import short_code
from tests.service.notifications.conftest import Post, Registrations, meeting, soon

Bearer = Callable[..., dict[str, str]]

ADDRESS = {
    "lines": ["Résidence des Aqueducs, bât. B", "12 rue Marioge"],
    "postcode": "34000",
    "city": "Montpellier",
    "country": "FR",
}
BY_POST = {"email": None, "phone": None, "postal_address": ADDRESS}


@pytest.fixture
def told(registrations: Registrations, post: Post) -> UUID:
    """Someone with an address alone has a seat in a week; the message that says so."""
    registrations.register(registrations.session(), registrations.person(**BY_POST))
    return post.one().id


@pytest.fixture
def adviser(bearer: Bearer) -> dict[str, str]:
    return bearer("adviser")


def pages(answer: Any) -> list[pypdf.PageObject]:
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    assert answer.content_type == "application/pdf"
    return list(pypdf.PdfReader(io.BytesIO(answer.data)).pages)


def words(answer: Any) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pages(answer))


def placed(page: pypdf.PageObject) -> list[tuple[str, float, float]]:
    """What stands on a page, with its place in millimetres from the left and from the top."""
    found: list[tuple[str, float, float]] = []

    def visit(text: str, page_at: Any, line_at: Any, *_: Any) -> None:
        if text.strip():
            x, y = line_at[4], line_at[5]
            right = page_at[0] * x + page_at[2] * y + page_at[4]
            up = page_at[1] * x + page_at[3] * y + page_at[5]
            found.append((text, right / 72 * 25.4, 297 - up / 72 * 25.4))

    page.extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize(
    ("contact", "days", "told"),
    [
        (BY_POST, 7, ("letter", "to-print")),
        ({**BY_POST, "phone": "+33467000000"}, 7, ("letter", "to-print")),
        ({**BY_POST, "email": "a@example.org"}, 7, ("email", "queued")),
        (BY_POST, 3, ("desk", "scheduled")),
        ({**BY_POST, "phone": "+33467000000"}, 3, ("call", "to-call")),
        ({**BY_POST, "postal_address": None}, 7, ("desk", "scheduled")),
    ],
)
def test_who_has_no_mailbox_gets_a_letter_if_it_comes_in_time(
    registrations: Registrations,
    post: Post,
    contact: dict[str, Any],
    days: int,
    told: tuple[str, str],
) -> None:
    session = registrations.session(meetings=[meeting(soon(days=days))])
    registrations.register(session, registrations.person(**contact))
    assert (post.one().channel, post.one().status) == told


def test_a_letter_says_what_the_mail_would_with_codes_for_links(
    client: FlaskClient, adviser: dict[str, str], told: UUID, post: Post
) -> None:
    answer = client.get(f"/v1/notifications/{told}/letter.pdf", headers=adviser)
    said = words(answer)
    registration = post.one().registration_id
    assert registration is not None
    assert "Bonjour Amina," in said
    assert "Repair Café" in said
    assert "Voir ou annuler mon inscription" in said
    assert short_code("a-secret", registration) in said
    assert "http" not in said
    assert "automatique" not in said


def test_a_letter_is_accessible(client: FlaskClient, adviser: dict[str, str], told: UUID) -> None:
    answer = client.get(f"/v1/notifications/{told}/letter.pdf", headers=adviser)
    reader = pypdf.PdfReader(io.BytesIO(answer.data))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert root["/Lang"].startswith("fr")  # type: ignore[index]
    assert reader.metadata is not None
    assert reader.metadata.title
    assert "pdfuaid" in answer.data.decode("latin-1")
    alternatives = re.findall(rb"/Alt", answer.data)
    assert len(alternatives) >= 1 or b"/ObjStm" in answer.data


def test_through_the_window_the_address_shows_and_nothing_of_what_it_is_about(
    client: FlaskClient, adviser: dict[str, str], told: UUID
) -> None:
    """A sheet folded in three slides by 11 mm up and 10 mm aside behind a window of 45 × 100 mm."""
    (page,) = pages(client.get(f"/v1/notifications/{told}/letter.pdf", headers=adviser))
    seen = [text for text, x, y in placed(page) if 90 <= x <= 200 and 44 <= y <= 90]
    shown = " ".join(" ".join(seen).split())
    for line in ("Amina Benali", *ADDRESS["lines"], "34000 MONTPELLIER"):
        assert line in shown
    assert "Repair" not in shown
    always = [(x, y) for text, x, y in placed(page) if "MONTPELLIER" in text or "Amina B" in text]
    assert always
    assert all(100 <= x <= 190 and 45 <= y <= 79 for x, y in always)


def test_a_letter_from_abroad_names_the_country(
    registrations: Registrations, post: Post, client: FlaskClient, adviser: dict[str, str]
) -> None:
    abroad = {**ADDRESS, "country": "ES", "postcode": "08001", "city": "Barcelona"}
    person = registrations.person(**{**BY_POST, "postal_address": abroad})
    registrations.register(registrations.session(), person)
    said = words(client.get(f"/v1/notifications/{post.one().id}/letter.pdf", headers=adviser))
    assert "08001 BARCELONA ESPAGNE" in said


def test_a_discreet_letter_reveals_nothing(
    registrations: Registrations, post: Post, client: FlaskClient, adviser: dict[str, str]
) -> None:
    session = registrations.session(
        title="Faire face au surendettement",
        programme="budget",
        organisation="creasol",
        discreet=True,
        meetings=[meeting(soon(), room="Bureau budget")],
    )
    registrations.register(session, registrations.person(**BY_POST))
    answer = client.get(f"/v1/notifications/{post.one().id}/letter.pdf", headers=adviser)
    everything = words(answer) + answer.data.decode("latin-1") + str(answer.headers)
    assert re.findall(r"surendettement|budget|creasol", everything, re.IGNORECASE) == []
    assert "rendez-vous" in words(answer)


@pytest.mark.parametrize(
    "told",
    [
        ("+33467000000", "sur place ou par téléphone au 04 67 00 00 00"),
        (None, "Ou donnez ce code à l’accueil :"),
    ],
)
def test_a_letter_gives_the_number_to_call_beside_the_window_and_beside_its_code(
    registrations: Registrations,
    post: Post,
    client: FlaskClient,
    adviser: dict[str, str],
    told: tuple[str | None, str],
) -> None:
    phone, said = told
    place = {"code": "a", "name": "Maison", "address": "1 rue Foch", "timezone": "Europe/Paris"}
    session = registrations.session(place={**place, "phone": phone})
    registrations.register(session, registrations.person(**BY_POST))
    answer = client.get(f"/v1/notifications/{post.one().id}/letter.pdf", headers=adviser)
    text = re.sub(r"\s+", " ", words(answer))
    assert said in text
    assert text.count("04 67 00 00 00") == (2 if phone else 0)
    head = [line for line, x, y in placed(pages(answer)[0]) if x < 90 and y < 45]
    assert any(line.startswith("04") for line in head) == bool(phone)


@pytest.mark.parametrize(
    "name", ["Nguyễn Văn", "محمد", "王小明", "O'Brien–Łukasz 🙂", "#set text(red)"]
)
def test_no_name_keeps_a_letter_from_being_printed(
    registrations: Registrations,
    post: Post,
    client: FlaskClient,
    adviser: dict[str, str],
    name: str,
) -> None:
    person = registrations.person(**BY_POST, family_name=name)
    registrations.register(registrations.session(), person)
    answer = client.get(f"/v1/notifications/{post.one().id}/letter.pdf", headers=adviser)
    assert len(pages(answer)) == 1


# ── batches ─────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_is_one_pdf_with_a_letter_for_each_person(
    registrations: Registrations, post: Post, client: FlaskClient, adviser: dict[str, str]
) -> None:
    sessions = [registrations.session(title=title) for title in ("Anglais", "Couture")]
    twice = registrations.person(**BY_POST)
    for session in sessions:
        registrations.register(session, twice)
    registrations.register(sessions[0], registrations.person(**BY_POST, given_name="Léa"))
    registrations.register(sessions[0], registrations.person())
    answer = client.get("/v1/letters.pdf?status=to-print", headers=adviser)
    said = [page.extract_text() for page in pages(answer)]
    firsts = [text for text in said if "Bonjour" in text]
    assert len(firsts) == 2
    assert "Couture" in " ".join(said)
    reader = pypdf.PdfReader(io.BytesIO(answer.data))
    assert len([one for one in reader.outline if not isinstance(one, list)]) == 2


def test_a_batch_is_noted_as_printed_and_nothing_else_is(
    registrations: Registrations,
    post: Post,
    client: FlaskClient,
    adviser: dict[str, str],
    told: UUID,
) -> None:
    answer = client.get("/v1/letters.pdf", headers=adviser)
    registrations.register(registrations.session(), registrations.person(**BY_POST))
    batch = {"batch": answer.headers["Letters-Batch"]}
    for news in ([str(told)], []):
        noted = client.post("/v1/letters/printed", json=batch, headers=adviser)
        assert noted.json == {"items": news}
    assert [one.status for one in post.all()] == ["printed", "to-print"]
    assert post.all()[0].sent_at is not None


def test_without_letters_there_is_nothing_to_print(
    client: FlaskClient, adviser: dict[str, str], post: Post
) -> None:
    refused = client.get("/v1/letters.pdf", headers=adviser)
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (
        404,
        "nothing-to-print",
    )


def test_a_batch_stays_good_when_its_letters_are_fetched_again(
    registrations: Registrations,
    post: Post,
    client: FlaskClient,
    adviser: dict[str, str],
    told: UUID,
) -> None:
    first = client.get("/v1/letters.pdf", headers=adviser).headers["Letters-Batch"]
    registrations.register(registrations.session(), registrations.person(**BY_POST))
    second = client.get("/v1/letters.pdf", headers=adviser).headers["Letters-Batch"]
    _, other = (one.id for one in post.all())
    for batch, news in ((first, [str(told)]), (second, [str(other)]), (first, [])):
        noted = client.post("/v1/letters/printed", json={"batch": batch}, headers=adviser)
        assert (noted.status_code, noted.json) == (200, {"items": news})


def test_a_batch_whose_letters_all_went_another_way_is_named(
    client: FlaskClient, adviser: dict[str, str], registrations: Registrations, post: Post
) -> None:
    person = registrations.person(**{**BY_POST, "phone": "+33467000000"})
    registrations.register(registrations.session(), person)
    batch = client.get("/v1/letters.pdf", headers=adviser).headers["Letters-Batch"]
    path = f"/v1/notifications/{post.one().id}/resend"
    assert client.post(path, json={"channel": "call"}, headers=adviser).status_code == 200
    for unknown in (batch, str(uuid4())):
        refused = client.post("/v1/letters/printed", json={"batch": unknown}, headers=adviser)
        assert (refused.status_code, list(refused.json["errors"])) == (404, ["batch"])
    assert post.one().status == "to-call"


@pytest.mark.parametrize("what", ["printed", "returned"])
def test_a_letter_that_is_not_known_is_named_and_nothing_is_noted(
    client: FlaskClient, adviser: dict[str, str], told: UUID, post: Post, what: str
) -> None:
    unknown, before = str(uuid4()), post.one().status
    ids = {"ids": [str(told), unknown]}
    refused = client.post(f"/v1/letters/{what}", json=ids, headers=adviser)
    assert refused.status_code == 404
    assert unknown in refused.json["errors"]["ids"][0]
    assert str(told) not in refused.json["errors"]["ids"][0]
    assert post.one().status == before


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, {"batch": ["Indiquez « batch » ou « ids »."]}),
        ({"batch": None}, {"batch": ["Indiquez « batch » ou « ids »."]}),
        ({"ids": []}, {"ids": ["Longueur attendue : de 1 à 500."]}),
    ],
)
def test_printed_needs_to_be_told_which(
    client: FlaskClient, adviser: dict[str, str], body: dict[str, Any], said: dict[str, list[str]]
) -> None:
    headers = {**adviser, "Accept-Language": "fr"}
    refused = client.post("/v1/letters/printed", json=body, headers=headers)
    assert (refused.status_code, refused.json["errors"]) == (422, said)


def test_returned_needs_to_be_told_which(client: FlaskClient, adviser: dict[str, str]) -> None:
    refused = client.post("/v1/letters/returned", json={"ids": []}, headers=adviser)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["ids"])


def test_a_letter_that_comes_back_is_told_otherwise_and_the_address_is_not_used_again(
    registrations: Registrations, post: Post, client: FlaskClient, adviser: dict[str, str]
) -> None:
    person = registrations.person(**{**BY_POST, "phone": "+33467000000"})
    registrations.register(registrations.session(), person)
    (letter,) = (one.id for one in post.all())
    ids = {"ids": [str(letter)]}
    client.post("/v1/letters/printed", json=ids, headers=adviser)
    assert client.post("/v1/letters/returned", json=ids, headers=adviser).json == {
        "items": [str(letter)]
    }
    assert (post.one().channel, post.one().status) == ("call", "to-call")
    registrations.register(registrations.session(), person)
    assert {one.channel for one in post.all()} == {"call"}
    moved = {**BY_POST, "postal_address": {**ADDRESS, "lines": ["3 rue Foch"]}}
    registrations.person(participant_id=person, **moved)
    registrations.register(registrations.session(), person)
    assert post.all()[-1].channel == "letter"


def test_a_letter_leaves_a_trace_as_every_attempt_does(
    registrations: Registrations, post: Post, client: FlaskClient, adviser: dict[str, str]
) -> None:
    person = registrations.person(**{**BY_POST, "phone": "+33467000000"})
    registrations.register(registrations.session(), person)
    path, ids = f"/v1/notifications/{post.one().id}", {"ids": [str(post.one().id)]}

    def tried() -> list[tuple[str, str, bool]]:
        attempts = client.get(path, headers=adviser).json["attempts"]
        return [
            (one["channel"], one["outcome"], one["handed_over_at"] is not None) for one in attempts
        ]

    for _ in range(2):
        client.post("/v1/letters/printed", json=ids, headers=adviser)
        assert tried() == [("letter", "accepted", True)]
    for _ in range(2):
        client.post("/v1/letters/returned", json=ids, headers=adviser)
        assert tried() == [("letter", "refused", True)]
    called = {"outcome": "reached", "tries": 0}
    client.post(f"/v1/calls/{post.one().id}", json=called, headers=adviser)
    assert tried() == [("letter", "refused", True), ("call", "accepted", True)]
    assert [one.number for one in post.one().tries] == [1, 2]


def test_a_letter_that_nobody_printed_in_time_is_told_otherwise(
    registrations: Registrations, post: Post, told: UUID
) -> None:
    def give_up() -> int:
        with post.database.transaction() as transaction:
            return give_up_late(transaction)

    assert give_up() == 0
    (session,) = registrations.sessions
    (date,) = registrations.sessions[session]["meetings"]
    nearer = {name: date[name] - timedelta(days=4) for name in ("starts_at", "ends_at")}
    with post.database.transaction() as transaction:
        row = transaction.get_one(Session, session)
        row.meetings = tuple(replace(one, **nearer) for one in row.meetings)
    assert give_up() == 1
    assert (post.one().channel, post.one().status) == ("desk", "scheduled")


def test_a_late_letter_does_not_hide_behind_those_that_can_wait(
    registrations: Registrations, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.operations.letters.MOST_LETTERS", 1)
    for days in (30, 7):
        session = registrations.session(meetings=[meeting(soon(days=days))])
        registrations.register(session, registrations.person(**BY_POST))
    with post.database.transaction() as transaction:
        row = transaction.get_one(Session, session)
        near = {"starts_at": soon(days=2), "ends_at": soon(days=2, hours=1)}
        row.meetings = tuple(replace(one, **near) for one in row.meetings)
    with post.database.transaction() as transaction:
        assert give_up_late(transaction) == 1
    assert [one.channel for one in post.all()] == ["letter", "desk"]


# ── who sees them ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["facilitator", "operator"])
def test_only_those_at_the_desk_print_letters(
    client: FlaskClient, bearer: Bearer, told: UUID, role: str
) -> None:
    headers = bearer(role, organisation="ccas")
    for path in (f"/v1/notifications/{told}/letter.pdf", "/v1/letters.pdf"):
        assert client.get(path, headers=headers).status_code == 403


def test_who_printed_what_is_on_record_for_good(
    client: FlaskClient, adviser: dict[str, str], told: UUID, post: Post
) -> None:
    client.get("/v1/letters.pdf", headers=adviser)
    client.post("/v1/letters/printed", json={"ids": [str(told)]}, headers=adviser)
    with post.database.transaction() as transaction:
        entries = list(transaction.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(one.verb, one.notifications) for one in entries] == [
        ("print", [told]),
        ("post", [told]),
    ]
    with pytest.raises(DatabaseError), post.database.transaction() as transaction:
        transaction.get_one(AuditEntry, entries[0].id).verb = "nothing"


def test_of_a_forgotten_person_no_letter_is_left(
    registrations: Registrations,
    client: FlaskClient,
    adviser: dict[str, str],
    told: UUID,
    post: Post,
) -> None:
    registration = post.one()
    registrations.tell(
        ParticipantErased.of(
            erasure_id=uuid4(),
            participants=[registration.participant_id],
            registrations=[registration.registration_id],
        )
    )
    path = f"/v1/notifications/{told}/letter.pdf"
    assert client.get(path, headers=adviser).status_code == 404
    assert client.get("/v1/letters.pdf", headers=adviser).status_code == 404

"""What becomes of a registration: cancelled, promoted, decided upon, attended, commented."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import update

from services.registrations.domain import RegistrationStatus, may
from services.registrations.models import Feedback, Meeting, Registration, Session
from services.registrations.operations.seats import cancel, decide
from services.registrations.operations.seats.register import RegistrationRequest, register
from services.registrations.refusals import IllegalTransition
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, link, told

URL = "/v1/registrations"


def test_a_cancelled_seat_goes_to_the_head_of_the_line(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session = offer.session(capacity=1)
    first, second, third = (client.post(URL, json=body(session, n)) for n in range(3))
    assert client.post(link(first, "/cancel")).json["status"] == "cancelled"
    assert client.get(link(second)).json["status"] == "confirmed"
    assert client.get(link(third)).json["waitlist_position"] == 1
    promoted = told(registrations_database, "registration.confirmed")[-1]
    assert (promoted.subject, promoted.data["previous"]) == (second.json["id"], "waitlisted")


def test_leaving_the_line_moves_those_behind_up_and_seats_nobody(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session = offer.session(capacity=1)
    _, second, third = (client.post(URL, json=body(session, n)) for n in range(3))
    client.post(link(second, "/cancel"))
    assert client.get(link(third)).json["waitlist_position"] == 1
    assert len(told(registrations_database, "registration.confirmed")) == 1


def test_cancelling_twice_changes_nothing_more(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    answer = client.post(URL, json=body(offer.session()))
    for _ in range(2):
        assert client.post(link(answer, "/cancel")).status_code == 200
    assert len(told(registrations_database, "registration.cancelled")) == 1


@pytest.mark.parametrize("token", ["", "wrong", "%00", "é"])
def test_without_its_token_a_registration_is_not_found(
    client: FlaskClient, offer: Offer, token: str
) -> None:
    answer = client.post(URL, json=body(offer.session()))
    path = f"{URL}/{answer.json['id']}"
    for request in (client.get, lambda url: client.post(url.replace("?", "/cancel?"))):
        assert request(f"{path}?token={token}").status_code in (404, 422)
    assert client.get(link(answer)).json["status"] == "confirmed"


def test_one_registrations_token_does_not_open_another(client: FlaskClient, offer: Offer) -> None:
    first, second = (client.post(URL, json=body(offer.session())) for _ in range(2))
    token = first.json["manage_url"].partition("token=")[2]
    assert client.get(f"{URL}/{second.json['id']}?token={token}").status_code == 404


def test_nobody_is_promoted_once_registration_has_closed(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session = offer.session(capacity=1)
    first, second = (client.post(URL, json=body(session, n)) for n in range(2))
    _begin(registrations_database, session)
    client.post(link(first, "/cancel"))
    assert client.get(link(second)).json["status"] == "waitlisted"


def test_an_adviser_confirms_a_pending_registration(
    client: FlaskClient, offer: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = offer.session(programme="unisvers", organisation="ccas")
    answer = client.post(URL, json=body(session))
    url = f"{URL}/{answer.json['id']}/confirm"
    confirmed = client.post(url, json={"reason": "attestation vue"}, headers=bearer("adviser"))
    assert (confirmed.status_code, confirmed.json["status"]) == (200, "confirmed")
    assert client.post(url, json={}, headers=bearer("adviser")).status_code == 409


def test_a_pending_registration_keeps_the_rank_of_its_acceptance(
    client: FlaskClient, offer: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = offer.session(programme="unisvers", organisation="ccas", capacity=1)
    early = client.post(URL, json=body(session, 1))
    reason = {"eligibility_reason": "Attestation vue"}
    client.post(URL, json=body(session, 2, **reason), headers=bearer("adviser"))
    late = client.post(URL, json=body(session, 3, **reason), headers=bearer("adviser"))
    assert late.json["waitlist_position"] == 1
    url = f"{URL}/{early.json['id']}/confirm"
    waiting = client.post(url, json={}, headers=bearer("adviser")).json
    assert (waiting["status"], waiting["waitlist_position"]) == ("waitlisted", 1)
    assert client.get(link(late)).json["waitlist_position"] == 2


def test_an_adviser_declines_with_a_reason_and_the_note_stays_inside(
    client: FlaskClient,
    offer: Offer,
    bearer: Callable[..., dict[str, str]],
    registrations_database: Database,
) -> None:
    answer = client.post(URL, json=body(offer.session(programme="unisvers", organisation="ccas")))
    decision = {"reason": "not-eligible", "note": "à orienter vers Mme Martin"}
    url = f"{URL}/{answer.json['id']}/decline"
    assert client.post(url, json=decision, headers=bearer("adviser")).json["status"] == "declined"
    [fact] = told(registrations_database, "registration.declined")
    assert fact.data["reason"] == "not-eligible"
    assert "Martin" not in str(fact.data)


def test_attendance_is_recorded_corrected_and_told_once_per_change(
    client: FlaskClient,
    offer: Offer,
    bearer: Callable[..., dict[str, str]],
    registrations_database: Database,
) -> None:
    session = offer.session()
    answer = client.post(URL, json=body(session))
    meeting = client.get(f"/v1/sessions/{session}").json["meetings"][0]["id"]
    url = f"/v1/meetings/{meeting}/attendance"
    theirs = bearer("facilitator", organisation="repair-cafe")
    for status in ("absent", "absent", "present"):
        sheet = {"items": [{"registration_id": answer.json["id"], "status": status}]}
        recorded = client.put(url, json=sheet, headers=theirs)
        assert recorded.json == sheet
    facts = told(registrations_database, "attendance.recorded")
    assert [fact.data["status"] for fact in facts] == ["absent", "present"]
    assert facts[0].data["minutes"] == 120


def test_attendance_of_someone_without_a_seat_is_refused_naming_the_line(
    client: FlaskClient, offer: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = offer.session(capacity=1)
    seated, waiting = (client.post(URL, json=body(session, n)) for n in range(2))
    meeting = client.get(f"/v1/sessions/{session}").json["meetings"][0]["id"]
    items = [
        {"registration_id": seated.json["id"], "status": "present"},
        {"registration_id": waiting.json["id"], "status": "present"},
    ]
    url = f"/v1/meetings/{meeting}/attendance"
    refused = client.put(url, json={"items": items}, headers=bearer("manager"))
    assert list(refused.json["errors"]) == ["items.1.registration_id"]
    again = client.put(url, json={"items": []}, headers=bearer("manager"))
    assert again.json == {"items": []}


def test_facilitators_touch_only_their_own_organisations_sessions(
    client: FlaskClient, offer: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = offer.session(organisation="repair-cafe")
    others = bearer("facilitator", organisation="ccas")
    meeting = client.get(f"/v1/sessions/{session}").json["meetings"][0]["id"]
    attendance = client.put(
        f"/v1/meetings/{meeting}/attendance", json={"items": []}, headers=others
    )
    assert attendance.status_code == 403
    for action in ("publish", "cancel", "close"):
        assert client.post(f"/v1/sessions/{session}/{action}", headers=others).status_code == 403
    client.post(URL, json=body(session))
    assert client.get(URL, headers=others).json["items"] == []


def test_feedback_is_taken_from_who_had_a_seat_once_the_session_has_begun(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session = offer.session()
    answer = client.post(URL, json=body(session))
    url = link(answer, "/feedback")
    opinion = {"rating": 5, "answers": {"useful": True}, "comment": "Très bien, merci à Léa !"}
    assert client.post(url, json=opinion).status_code == 409
    _begin(registrations_database, session)
    given = client.post(url, json=opinion)
    assert (given.status_code, given.json["rating"]) == (200, 5)
    [fact] = told(registrations_database, "feedback.submitted")
    assert "Léa" not in str(fact.data)


def test_feedback_can_be_changed_for_seven_days(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session = offer.session()
    answer = client.post(URL, json=body(session))
    _begin(registrations_database, session)
    url = link(answer, "/feedback")
    client.post(url, json={"rating": 2})
    assert client.post(url, json={"rating": 4}).json["rating"] == 4
    with registrations_database.transaction() as transaction:
        transaction.execute(
            update(Feedback).values(submitted_at=Feedback.submitted_at - timedelta(days=8))
        )
    assert client.post(url, json={"rating": 1}).status_code == 409


def _begin(database: Database, session_id: UUID) -> None:
    """Let the session have begun an hour ago."""
    past = timedelta(days=7, hours=1)
    with database.transaction() as transaction:
        for row, columns in ((Session, ("starts_at", "ends_at", "closes_at")), (Meeting, ())):
            names = columns or ("starts_at", "ends_at")
            changes = {name: getattr(row, name) - past for name in names}
            key = Session.id if row is Session else Meeting.session_id
            transaction.execute(update(row).where(key == session_id).values(changes))


class Seats(RuleBasedStateMachine):
    """People come and go at random; a plain model in Python says who must sit and who must wait."""

    database: Database
    offer: Offer

    def __init__(self) -> None:
        super().__init__()
        self.capacity = 3
        self.session = self.offer.session(
            capacity=self.capacity, programme="unisvers", organisation="ccas"
        )
        self.seated: list[UUID] = []
        self.line: list[UUID] = []
        self.pending: list[UUID] = []
        self.accepted: list[UUID] = []

    @rule(decides=st.booleans())
    def someone_registers(self, decides: bool) -> None:
        name = uuid4().hex
        person = {
            "given_name": name,
            "family_name": "x",
            "email": f"{name}@example.org",
            "phone": None,
            "language": "fr",
            "birth_year": None,
            "postcode": None,
            "situations": [],
        }
        request = RegistrationRequest(
            self.session,
            person,
            statistics=False,
            contact=False,
            source="web",
            decides=decides,
            eligibility_reason="vu" if decides else None,
        )
        [one] = register(self.database, request).registrations
        self.accepted.append(one.id)
        if not decides:
            self.pending.append(one.id)
        else:
            self._seat_or_queue(one.id)

    @precondition(lambda self: self.pending)
    @rule(data=st.data())
    def an_adviser_decides(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.pending))
        join = data.draw(st.booleans())
        with self.database.transaction() as transaction:
            if join:
                decide.confirm(transaction, one, decided_by="x", note=None)
            else:
                decide.decline(transaction, one, decided_by="x", reason="other", note=None)
        self.pending.remove(one)
        if join:
            self._seat_or_queue(one)

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def someone_cancels(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.accepted))
        with self.database.transaction() as transaction:
            status = transaction.get_one(Registration, one).status
        try:
            with self.database.transaction() as transaction:
                cancel.cancel(transaction, one, by="participant")
        except IllegalTransition:
            assert not may(status, "cancel")
            assert status == RegistrationStatus.DECLINED
            return
        for group in (self.seated, self.line, self.pending):
            if one in group:
                group.remove(one)
        while self.line and len(self.seated) < self.capacity:
            self.seated.append(self.line.pop(0))

    @invariant()
    def the_database_agrees_with_the_rule(self) -> None:
        with self.database.transaction() as transaction:
            session = transaction.get_one(Session, self.session)
            rows = transaction.query(Registration).filter_by(session_id=self.session).all()
        by_rank = sorted(rows, key=lambda row: row.rank)
        statuses: dict[str, list[UUID]] = {}
        for row in by_rank:
            statuses.setdefault(row.status, []).append(row.id)
        assert set(statuses.get("confirmed", [])) == set(self.seated)
        assert statuses.get("waitlisted", []) == self.line
        assert set(statuses.get("pending", [])) == set(self.pending)
        assert (session.confirmed, session.waitlisted) == (len(self.seated), len(self.line))

    def _seat_or_queue(self, one: UUID) -> None:
        if not self.line and len(self.seated) < self.capacity:
            self.seated.append(one)
        else:
            self.line.append(one)
            self.line.sort(key=self.accepted.index)


def test_whatever_people_and_advisers_do_seats_and_line_follow_the_rules(
    registrations_database: Database, offer: Offer
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    machine: Any = type("SeatsHere", (Seats,), {"database": registrations_database, "offer": offer})
    bounded = settings(
        max_examples=20,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=bounded)

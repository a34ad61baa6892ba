"""Records of one person put together, and taken apart again: nothing of either is lost."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from services.registrations.models import Participant, Programme, Registration
from services.registrations.operations.people import merge as merging
from services.registrations.operations.people.borrow import FIELDS
from services.registrations.operations.staff.scope import Scope
from shared.db import Database
from shared.errors import Refusal
from tests.service.registrations.conftest import Offer, link, told

Bearer = Callable[..., dict[str, str]]
EVERYTHING = Scope(programmes=None)


class People:
    """Registers people and puts their records together, as an adviser."""

    def __init__(self, client: FlaskClient, offer: Offer, headers: dict[str, str]) -> None:
        self.client, self.offer, self.headers = client, offer, headers

    def register(
        self, given_name: str, family_name: str = "Dupont", session: UUID | None = None, **more: Any
    ) -> Any:
        """The answer to a registration by the public."""
        return self.client.post(
            "/v1/registrations",
            json={
                "session_id": str(session or self.offer.session()),
                "participant": {"given_name": given_name, "family_name": family_name, **more},
            },
        )

    def of(self, answer: Any) -> str:
        """Whose registration an answer is about."""
        url = f"/v1/registrations/{answer.json['id']}"
        found: str = self.client.get(url, headers=self.headers).json["participant_id"]
        return found

    def merge(self, survivor: str, other: str, headers: Any = None) -> Any:
        url = f"/v1/participants/{survivor}/merge"
        return self.client.post(url, json={"other": other}, headers=headers or self.headers)

    def undo(self, merge_id: str) -> Any:
        url = f"/v1/participants/merges/{merge_id}/undo"
        return self.client.post(url, headers=self.headers)

    def distinguish(self, one: str, other: str, headers: Any = None) -> Any:
        url = f"/v1/participants/{one}/distinguish"
        return self.client.post(url, json={"other": other}, headers=headers or self.headers)

    def take_back(self, distinction_id: str, headers: Any = None) -> Any:
        url = f"/v1/participants/distinctions/{distinction_id}"
        return self.client.delete(url, headers=headers or self.headers)

    def show(self, participant_id: str) -> Any:
        return self.client.get(f"/v1/participants/{participant_id}", headers=self.headers).json


@pytest.fixture
def people(client: FlaskClient, offer: Offer, bearer: Bearer) -> People:
    return People(client, offer, bearer("adviser", programmes=["*"]))


@pytest.fixture
def statements(registrations_database: Database) -> Iterator[Callable[[], int]]:
    """How many statements there were so far."""
    made: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        made.append(statement)

    event.listen(registrations_database.engine, "before_cursor_execute", note)
    yield lambda: len(made)
    event.remove(registrations_database.engine, "before_cursor_execute", note)


def test_a_merge_moves_registrations_fills_contacts_and_is_undone_whole(
    people: People, registrations_database: Database
) -> None:
    kept = people.register("Jean", email="jean@example.org")
    other = people.register("Jehan", phone="0612345678", birth_year=1957)
    kept_id, other_id = people.of(kept), people.of(other)
    before = people.show(other_id)
    merged = people.merge(kept_id, other_id)
    assert merged.status_code == 200, merged.json
    assert people.of(kept) == people.of(other) == kept_id
    # By either id it is the one person.
    assert people.show(other_id) == people.show(kept_id)
    whole = people.show(kept_id)
    assert (whole["email"], whole["phone"], whole["birth_year"]) == (
        "jean@example.org",
        "+33612345678",
        1957,
    )
    assert [one["merged_participant_id"] for one in whole["merges"]] == [other_id]

    undone = people.undo(merged.json["id"])
    assert undone.status_code == 200, undone.json
    assert (people.of(kept), people.of(other)) == (kept_id, other_id)
    assert people.show(other_id) == before
    alone = people.show(kept_id)
    assert (alone["phone"], alone["birth_year"], alone["merges"]) == (None, None, [])
    facts = told(registrations_database, "participant.merged", "participant.unmerged")
    assert [row.type for row in facts] == ["participant.merged", "participant.unmerged"]
    for row in facts:
        assert row.data == {
            "merge_id": merged.json["id"],
            "participant_id": kept_id,
            "merged_participant_id": other_id,
            "registrations": [other.json["id"]],
        }
    contacts = [row.data for row in told(registrations_database, "participant.contact_changed")]
    assert [(one["participant_id"], one["phone"]) for one in contacts[2:]] == [
        (kept_id, "+33612345678"),
        (kept_id, None),
    ]
    again = people.undo(merged.json["id"])
    assert (again.status_code, again.json["type"]) == (409, "urn:arceaux:problem:merge-undone")


def test_every_link_ever_given_opens_its_registration(people: People) -> None:
    kept, other = (
        people.register("Jean", email="a@e.org"),
        people.register("Jehan", email="b@e.org"),
    )
    merge_id = people.merge(people.of(kept), people.of(other)).json["id"]
    meanwhile = people.register("Jehan", email="b@e.org")
    for answer in (kept, other, meanwhile):
        assert people.client.get(link(answer)).status_code == 200
    # Not another's, though it is the same person's.
    stolen = link(kept).partition("?")[2]
    path = link(other).partition("?")[0]
    people.undo(merge_id)
    assert people.client.get(f"{path}?{stolen}").status_code == 404
    for answer in (kept, other, meanwhile):
        assert people.client.get(link(answer)).status_code == 200
    assert people.of(meanwhile) == people.of(other) != people.of(kept)


def test_a_repeated_request_is_answered_with_the_same_link(people: People) -> None:
    session, headers = people.offer.session(), {"Idempotency-Key": "once"}
    who = {"given_name": "Jehan", "family_name": "Dupont", "email": "b@e.org"}
    sent = {"session_id": str(session), "participant": who}
    first = people.client.post("/v1/registrations", json=sent, headers=headers)
    people.merge(people.of(people.register("Jean", email="a@e.org")), people.of(first))
    again = people.client.post("/v1/registrations", json=sent, headers=headers)
    assert again.json["manage_url"] == first.json["manage_url"]


@pytest.mark.parametrize("companions", [[], [{"given_name": "Léa", "family_name": "Dupont"}]])
def test_whoever_registers_under_a_merged_name_is_the_survivor(
    people: People, registrations_database: Database, companions: list[Any]
) -> None:
    session = people.offer.session()
    kept = people.register("Jean", session=session, email="a@e.org")
    other = people.register("Jehan", email="b@e.org")
    people.merge(people.of(kept), people.of(other))
    who = {"given_name": "Jehan", "family_name": "Dupont", "email": "b@e.org"}
    sent = {"participant": who, "companions": companions}
    twice = people.client.post("/v1/registrations", json={**sent, "session_id": str(session)})
    assert twice.json["type"].endswith("already-registered")
    elsewhere = people.offer.session()
    again = people.client.post("/v1/registrations", json={**sent, "session_id": str(elsewhere)})
    assert again.status_code == 201, again.json
    assert people.of(again) == people.of(kept)
    last = told(registrations_database, "registration.confirmed")[-1 - len(companions)]
    assert last.data["participant_id"] == people.of(kept)


def test_both_in_one_session_is_to_be_settled_first(
    people: People, bearer: Bearer, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    session = people.offer.session(title="Couture")
    kept = people.register("Jean", session=session, email="a@e.org")
    other = people.register("Jehan", session=session, email="b@e.org")
    refused = people.merge(people.of(kept), people.of(other))
    assert (refused.status_code, refused.json["type"]) == (
        409,
        "urn:arceaux:problem:both-registered",
    )
    assert "Couture" in refused.json["detail"]
    people.client.post(link(other, "/cancel"))
    assert people.merge(people.of(kept), people.of(other)).status_code == 200
    # A discreet session is not named to whoever may not know who takes part in it.
    discreet = people.offer.session(title="Surendettement", programme="budget")
    third = people.register("Jeanne", email="c@e.org")
    for who in ("Jean", "Jeanne"):
        contact = {"Jean": "a@e.org", "Jeanne": "c@e.org"}[who]
        assert people.register(who, session=discreet, email=contact).status_code == 201
    refused = people.merge(people.of(kept), people.of(third), headers=bearer("adviser"))
    assert refused.json["type"] == "urn:arceaux:problem:both-registered"
    assert "Surendettement" not in refused.text


def test_what_cannot_be_merged_is_refused(people: People, bearer: Bearer) -> None:
    kept, other = (
        people.register("Jean", email="a@e.org"),
        people.register("Jehan", email="b@e.org"),
    )
    one, two = people.of(kept), people.of(other)
    assert people.merge(one, one).json["type"].endswith("same-person")
    assert people.merge(one, str(uuid4())).status_code == 404
    assert people.merge(str(uuid4()), one).status_code == 404
    assert people.merge(one, two).status_code == 200
    assert people.merge(two, one).json["type"].endswith("same-person")
    assert people.merge(one, two, headers=bearer("facilitator")).status_code == 403
    assert people.undo(str(uuid4())).status_code == 404


def test_a_value_that_staff_set_is_the_persons_own(people: People) -> None:
    kept, other = (
        people.register("Jean", email="a@e.org"),
        people.register("Jehan", phone="0612345678"),
    )
    kept_id = people.of(kept)
    merge_id = people.merge(kept_id, people.of(other)).json["id"]
    url = f"/v1/participants/{kept_id}"
    people.client.patch(url, json={"phone": "0712345678"}, headers=people.headers)
    assert people.undo(merge_id).status_code == 200
    assert people.show(kept_id)["phone"] == "+33712345678"


def test_records_made_alike_by_staff_meanwhile_can_still_be_merged_and_a_clash_is_refused(
    people: People,
) -> None:
    kept, other, third = (
        people.of(people.register(name, email=f"{name}@e.org")) for name in ("jean", "jehan", "jon")
    )
    merge_id = people.merge(kept, other).json["id"]
    alike = {"given_name": "Jehan", "email": "jehan@e.org"}
    changed = people.client.patch(f"/v1/participants/{third}", json=alike, headers=people.headers)
    assert changed.status_code == 200
    refused = people.undo(merge_id)
    assert (refused.status_code, refused.json["type"]) == (
        409,
        "urn:arceaux:problem:same-name-and-contact",
    )
    assert people.merge(kept, third).status_code == 200
    assert people.undo(merge_id).status_code == 200


# ── who may be one person ───────────────────────────────────────────────────────────────────────


def _pairs(answer: Any) -> dict[frozenset[str], set[str]]:
    assert answer.status_code == 200, answer.json
    return {
        frozenset((item["participant"]["given_name"], item["other"]["given_name"])): set(
            item["reasons"]
        )
        for item in answer.json["items"]
    }


def test_likely_duplicates_come_with_what_says_so(people: People, bearer: Bearer) -> None:
    jean = people.register("Jean", "Dupont", email="a@e.org", birth_year=1957)
    people.register("Jeam", "Dupond", phone="0612345678", birth_year=1957)
    people.register("Jeanne", "Marchal", email="a@e.org", birth_year=1990)
    people.register("Louis", "Petit", phone="0612345678")
    people.register("Jean", "Duval", email="far@e.org", birth_year=1931)
    listed = people.client.get("/v1/participants/duplicates", headers=people.headers)
    expected = {
        frozenset(("Jean", "Jeam")): {"same-birth-year-near-name"},
        frozenset(("Jean", "Jeanne")): {"same-email"},
        frozenset(("Jeam", "Louis")): {"same-phone"},
    }
    assert _pairs(listed) == expected
    url = f"/v1/participants/{people.of(jean)}/duplicates"
    own = people.client.get(url, headers=people.headers)
    assert _pairs(own) == {pair: why for pair, why in expected.items() if "Jean" in pair}
    assert people.client.get(url, headers=bearer("facilitator")).status_code == 403


def test_a_household_and_those_merged_are_no_duplicates(people: People) -> None:
    session = people.offer.session()
    sent = {
        "session_id": str(session),
        "participant": {"given_name": "Jean", "family_name": "Dupont", "phone": "0612345678"},
        "companions": [{"given_name": "Jeanne", "family_name": "Dupont"}],
    }
    registered = people.client.post("/v1/registrations", json=sent)
    other = people.register("Jehan", phone="0612345678")
    url = "/v1/participants/duplicates"
    found = _pairs(people.client.get(url, headers=people.headers))
    assert found.keys() == {frozenset(("Jehan", "Jean")), frozenset(("Jehan", "Jeanne"))}
    people.merge(people.of(registered), people.of(other))
    assert _pairs(people.client.get(url, headers=people.headers)) == {}


def test_duplicates_are_listed_page_by_page_in_queries_that_do_not_grow(
    people: People, statements: Callable[[], int]
) -> None:
    for number in range(7):
        people.register(f"Ada{number}", "Lovelace", phone="0612345678")
    seen, cursor = [], None
    while True:
        before = statements()
        query = {"limit": 4, **({"cursor": cursor} if cursor else {})}
        page = people.client.get(
            "/v1/participants/duplicates", query_string=query, headers=people.headers
        ).json
        assert statements() - before <= 5
        seen += [(one["participant"]["id"], one["other"]["id"]) for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7 * 6 / 2
    assert seen == sorted(seen)


def test_duplicates_of_discreet_programmes_are_their_advisers_affair(
    people: People, bearer: Bearer, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    people.register("Jean", phone="0612345678")
    discreet = people.offer.session(programme="budget")
    hidden = people.register("Jehan", session=discreet, phone="0612345678")
    url = "/v1/participants/duplicates"
    assert _pairs(people.client.get(url, headers=bearer("adviser"))) == {}
    assert len(_pairs(people.client.get(url, headers=people.headers))) == 1
    visible = people.of(people.register("Jeanne", phone="0712345678"))
    refused = people.merge(visible, people.of(hidden), headers=bearer("adviser"))
    assert refused.status_code == 404


# ── who is not one person ───────────────────────────────────────────────────────────────────────


def _offered(people: People, of: str | None = None, headers: Any = None) -> set[frozenset[str]]:
    """Whom staff are asked about, by the ids of both."""
    url = f"/v1/participants/{of}/duplicates" if of else "/v1/participants/duplicates"
    answer = people.client.get(url, headers=headers or people.headers)
    return {
        frozenset((one["participant"]["id"], one["other"]["id"])) for one in answer.json["items"]
    }


def test_whoever_was_found_to_be_two_people_is_not_offered_again_until_it_is_taken_back(
    people: People,
) -> None:
    one, other = (people.of(people.register(name, phone="0612345678")) for name in ("Jean", "Léa"))
    third = people.of(people.register("Zoé", phone="0612345678"))
    pairs = {frozenset(pair) for pair in ((one, other), (one, third), (other, third))}
    assert _offered(people) == pairs
    answer = people.distinguish(other, one)
    assert answer.status_code == 200, answer.json
    assert set(answer.json["participants"]) == {one, other}
    assert _offered(people) == pairs - {frozenset((one, other))}
    assert _offered(people, one) == {frozenset((one, third))}
    assert _offered(people, other) == {frozenset((other, third))}
    # Said again, by either of the two, it is what was said before.
    assert people.distinguish(one, other).json == answer.json
    for asked, seen in ((one, other), (other, one)):
        [known] = people.show(asked)["distinctions"]
        assert (known["id"], known["other_participant_id"]) == (answer.json["id"], seen)
    refused = people.merge(one, other)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:arceaux:problem:two-people")

    assert people.take_back(answer.json["id"]).status_code == 204
    assert _offered(people) == pairs
    assert people.show(one)["distinctions"] == []
    assert people.take_back(answer.json["id"]).status_code == 404
    assert people.merge(one, other).status_code == 200


def test_being_two_people_holds_for_whoever_they_are_merged_into_and_is_given_back_with_them(
    people: People,
) -> None:
    one, other = (people.of(people.register(name, phone="0612345678")) for name in ("Jean", "Léa"))
    found = people.distinguish(one, other).json
    married = people.of(people.register("Léa", "Martin", phone="0612345678"))
    merge_id = people.merge(married, other).json["id"]
    assert _offered(people) == set()
    assert people.merge(one, married).json["type"].endswith("two-people")
    assert people.show(one)["distinctions"][0]["other_participant_id"] == married
    assert people.show(married)["distinctions"][0]["id"] == found["id"]
    people.undo(merge_id)
    assert _offered(people) == {frozenset((one, married)), frozenset((other, married))}
    assert people.show(married)["distinctions"] == []


def test_what_cannot_be_told_apart_is_refused(people: People, bearer: Bearer) -> None:
    one, other = (people.of(people.register(name, phone="0612345678")) for name in ("Jean", "Léa"))
    assert people.distinguish(one, one).json["type"].endswith("same-person")
    assert people.distinguish(one, str(uuid4())).status_code == 404
    assert people.distinguish(one, other, bearer("facilitator")).status_code == 403
    people.merge(one, other)
    assert people.distinguish(one, other).json["type"].endswith("same-person")
    assert people.take_back(str(uuid4())).status_code == 404


def test_of_someone_in_a_discreet_programme_only_its_advisers_learn_who_they_are_not(
    people: People, bearer: Bearer, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    seen = people.of(people.register("Jean", phone="0612345678"))
    discreet = people.offer.session(programme="budget")
    hidden = people.of(people.register("Léa", session=discreet, phone="0612345678"))
    assert people.distinguish(seen, hidden, bearer("adviser")).status_code == 404
    found = people.distinguish(seen, hidden).json
    outsider = bearer("adviser")
    shown = people.client.get(f"/v1/participants/{seen}", headers=outsider)
    assert shown.json["distinctions"] == []
    assert people.take_back(found["id"], outsider).status_code == 404
    assert len(people.show(seen)["distinctions"]) == 1


# ── at the same time ────────────────────────────────────────────────────────────────────────────


def _at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each job returns, or the refusal that it ends in, all begun together."""
    start, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number: int, job: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[number] = job()
        except Refusal as refusal:
            results[number] = refusal

    threads = [threading.Thread(target=run, args=one) for one in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return results


def test_two_merges_at_once_make_one_tree(people: People, registrations_database: Database) -> None:
    for number in range(8):
        a, b, c = (
            UUID(people.of(people.register(f"{name}{number}", email=f"{name}{number}@e.org")))
            for name in "abc"
        )

        def merge(one: UUID, other: UUID) -> Any:
            with registrations_database.transaction() as transaction:
                return merging.merge(transaction, one, other, scope=EVERYTHING, by="x").id

        results = _at_once(lambda: merge(a, b), lambda: merge(b, a), lambda: merge(c, a))  # noqa: B023 - run within the loop
        assert sum(isinstance(result, UUID) for result in results) == 2
        with registrations_database.transaction() as transaction:
            records = [transaction.get_one(Participant, one) for one in (a, b, c)]
            [root] = [record for record in records if record.merged_into is None]
            assert {one.merged_into for one in records} == {None, root.id}
            owners = select(Registration.participant_id).where(
                Registration.participant_id.in_([a, b, c])
            )
            assert set(transaction.scalars(owners)) == {root.id}


def test_who_registers_while_being_merged_is_the_survivors(
    people: People, registrations_database: Database
) -> None:
    for number in range(10):
        kept = people.of(people.register(f"a{number}", email=f"a{number}@e.org"))
        other = people.of(people.register(f"b{number}", email=f"b{number}@e.org"))
        sessions = [people.offer.session() for _ in range(3)]

        def register(session: UUID) -> Any:
            client = people.client.application.test_client()
            who = {"given_name": f"b{number}", "family_name": "Dupont", "email": f"b{number}@e.org"}  # noqa: B023 - run within the loop
            sent = {"session_id": str(session), "participant": who}
            return client.post("/v1/registrations", json=sent).status_code

        def merge() -> Any:
            with registrations_database.transaction() as transaction:
                merging.merge(transaction, UUID(kept), UUID(other), scope=EVERYTHING, by="x")  # noqa: B023 - run within the loop

        jobs = [lambda session=session: register(session) for session in sessions]
        results = _at_once(jobs[0], merge, *jobs[1:])
        assert [results[0], *results[2:]] == [201] * 3
        with registrations_database.transaction() as transaction:
            query = select(Registration).where(Registration.session_id.in_(sessions))
            rows = transaction.scalars(query).all()
            assert {row.participant_id for row in rows} == {UUID(kept)}
            assert {row.registered_as for row in rows} == {UUID(other)}


# ── any sequence ────────────────────────────────────────────────────────────────────────────────

_steps = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, 4), st.integers(0, 4)),
        st.tuples(st.just("undo"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("register"), st.integers(0, 4), st.just(0)),
    ),
    max_size=12,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=_steps, order=st.randoms(use_true_random=False), namesakes=st.booleans())
def test_any_merges_undone_in_any_order_give_everyone_back_what_was_theirs(
    *,
    people: People,
    registrations_database: Database,
    steps: list[Any],
    order: Any,
    namesakes: bool,
) -> None:
    contacts: list[dict[str, Any]] = [
        {"email": "a@e.org"},
        {"phone": "+33612345678"},
        {"email": "c@e.org", "birth_year": 1957},
        {"phone": "+33612345679", "postcode": "34070"},
        {"email": "e@e.org", "phone": "+33612345670"},
    ]
    run = uuid4().hex[:8]
    # Of namesakes who share contacts by a merge, nobody can tell who it is that registers again.
    names = [run if namesakes else f"{run}{number}" for number in range(len(contacts))]

    def register(number: int) -> tuple[str, Any]:
        answer = people.register(names[number], "Dupont", **contacts[number])
        assert answer.status_code == 201, answer.json
        return answer.json["id"], answer

    made = [register(number) for number in range(len(contacts))]
    records = [people.of(answer) for _, answer in made]
    expected = {registration: records[number] for number, (registration, _) in enumerate(made)}
    before = _kept(registrations_database, records)
    links = [answer for _, answer in made]
    standing: list[str] = []
    for kind, first, second in steps:
        if kind == "merge":
            answer = people.merge(records[first], records[second])
            assert answer.status_code in (200, 409)
            if answer.status_code == 200:
                standing.append(answer.json["id"])
        elif kind == "undo" and standing:
            assert people.undo(standing.pop(first % len(standing))).status_code == 200
        elif kind == "register" and not namesakes:
            registration, answer = register(first)
            expected[registration] = records[first]
            links.append(answer)
        assert all(people.client.get(link(answer)).status_code == 200 for answer in links)
    order.shuffle(standing)
    for merge_id in standing:
        assert people.undo(merge_id).status_code == 200
    with registrations_database.transaction() as transaction:
        rows = transaction.scalars(select(Registration).where(Registration.id.in_(expected))).all()
    assert {str(row.id): str(row.participant_id) for row in rows} == expected
    assert {row.registered_as for row in rows} == {None}
    assert _kept(registrations_database, records) == before


def _kept(database: Database, records: list[str]) -> Any:
    with database.transaction() as transaction:
        return {
            record: [
                getattr(transaction.get_one(Participant, UUID(record)), name) for name in FIELDS
            ]
            for record in records
        }

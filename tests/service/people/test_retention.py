"""Who has not been in touch for two years is forgotten by itself, and nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.registrations.models import Participant
from services.registrations.operations.people.retention import erase_if_due, last_day_kept, list_due
from services.registrations.settings import retention_months
from services.registrations.tasks import forget
from shared.settings import SettingsError
from tests.service.people.conftest import Services

_LONG_AGO = datetime.now(UTC) - timedelta(days=800)


def _let_be_long_ago(services: Services, *people: str, since: datetime = _LONG_AGO) -> None:
    with services.databases["registrations"].transaction() as transaction:
        for person in people:
            transaction.get_one(Participant, UUID(person)).last_contact_at = since


def _held_long_ago(services: Services, given_name: str, **more: Any) -> tuple[Any, str]:
    """Someone who came to one session, over by now, and has not been in touch since."""
    session = services.offer.session()
    registered = services.register(given_name, session, **more)
    person = services.person(registered)
    services.hold(session)
    _let_be_long_ago(services, person)
    return registered, person


def _due(services: Services, **query: Any) -> Any:
    answer = services.call("GET /v1/retention", role="manager", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json


def _is_erased(services: Services, person: str) -> bool:
    with services.databases["registrations"].transaction() as transaction:
        return transaction.get_one(Participant, UUID(person)).erased_at is not None


def test_who_is_due_is_shown_first_and_erased_by_itself(services: Services) -> None:
    _, gone = _held_long_ago(services, "Jean", email="jean@example.org")
    _, recent = _held_long_ago(services, "Jeanne", email="jeanne@example.org")
    _let_be_long_ago(services, recent, since=datetime.now(UTC) - timedelta(days=700))
    expected = services.person(services.register("Joan", email="joan@example.org"))
    _let_be_long_ago(services, expected)
    shown = _due(services)
    assert (shown["months"], shown["total"]) == (24, 1)
    assert [one["participant_id"] for one in shown["items"]] == [gone]
    assert shown["items"][0]["last_contact_at"] == _LONG_AGO.isoformat()
    assert not _is_erased(services, gone)
    forget()
    assert [_is_erased(services, one) for one in (gone, recent, expected)] == [True, False, False]
    services.spread()
    trail = services.call(f"GET /v1/audit?participant={gone}", role="manager").json["items"]
    [entry] = [one for one in trail if one["verb"] == "erase"]
    assert (entry["staff"], entry["role"]) == ("retention", "system")
    receipt = services.call(f"GET /v1/erasures/{entry['request_id']}", role="manager").json
    assert (receipt["by"], receipt["complete"]) == ("retention", True)
    forget()
    assert _due(services)["total"] == 0


def test_those_due_are_listed_the_longest_ago_first_page_by_page(services: Services) -> None:
    people = [
        _held_long_ago(services, f"Jean{number}", email=f"j{number}@example.org")[1]
        for number in range(5)
    ]
    for number, person in enumerate(people):
        _let_be_long_ago(services, person, since=_LONG_AGO - timedelta(days=number))
    seen, cursor = [], None
    while True:
        page = _due(services, limit=2, **({"cursor": cursor} if cursor else {}))
        assert page["total"] == 5
        seen += [one["participant_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == people[::-1]


@pytest.mark.parametrize(
    "how", ["registering", "attendance", "feedback", "a change", "another name"]
)
def test_each_contact_keeps_a_person_for_as_long_again(services: Services, how: str) -> None:
    session = services.offer.session()
    registered = services.register("Jean", session, email="jean@example.org")
    person = services.person(registered)
    other = services.register("Jehan", email="jehan@example.org")
    path = f"POST /v1/participants/{person}/merge"
    services.call(path, json={"other": services.person(other)})
    services.call(f"POST /v1/registrations/{other['id']}/cancel")
    meeting = services.hold(session)
    with services.databases["registrations"].transaction() as transaction:
        for record in transaction.query(Participant):
            record.last_contact_at = _LONG_AGO
    assert _due(services)["total"] == 1
    if how == "registering":
        again = services.register("Jean", email="jean@example.org")
        services.call(f"POST /v1/registrations/{again['id']}/cancel")
    elif how == "another name":
        again = services.register("Jehan", email="jehan@example.org")
        services.call(f"POST /v1/registrations/{again['id']}/cancel")
    elif how == "attendance":
        items = [{"registration_id": registered["id"], "status": "present"}]
        services.call(f"PUT /v1/meetings/{meeting}/attendance", json={"items": items})
    elif how == "feedback":
        link = registered["manage_url"].removeprefix("http://arceaux.test")
        client = services.apps["registrations"].test_client()
        client.post(link.replace("?", "/feedback?"), json={"rating": 3})
    else:
        services.call(f"PATCH /v1/participants/{person}", json={"postcode": "34000"})
    assert _due(services)["total"] == 0
    forget()
    assert not _is_erased(services, person)


def test_whoever_comes_back_in_the_last_moment_is_kept(services: Services) -> None:
    _, person = _held_long_ago(services, "Jean", email="jean@example.org")
    database, before = services.databases["registrations"], last_day_kept(24)
    with database.transaction() as transaction:
        assert [row.id for row in list_due(transaction, before, after=None, limit=9)] == [
            UUID(person)
        ]
    services.register("Jean", email="jean@example.org")
    with database.transaction() as transaction:
        assert erase_if_due(transaction, UUID(person), before) is None
    assert not _is_erased(services, person)


def test_how_long_people_are_kept_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    retention_months.cache_clear()
    monkeypatch.setenv("ARCEAUX_RETENTION_MONTHS", "36")
    assert retention_months() == 36
    for wrong in ("0", "-1", "two", "99999"):
        retention_months.cache_clear()
        monkeypatch.setenv("ARCEAUX_RETENTION_MONTHS", wrong)
        with pytest.raises(SettingsError, match="RETENTION_MONTHS"):
            retention_months()
    retention_months.cache_clear()
    monkeypatch.delenv("ARCEAUX_RETENTION_MONTHS")
    assert retention_months() == 24

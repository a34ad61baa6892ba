"""Webhooks: who is told what, once it is in the log; signed, tried again, replayed."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from standardwebhooks.webhooks import Webhook as Checker

from services.registrations import tasks
from services.registrations.app import create_app
from services.registrations.models import Delivery, DeliveryAttempt, Programme, Webhook
from services.registrations.operations.clients.post_deliveries import begin_next, take_webhook
from services.registrations.operations.clients.queue_deliveries import (
    queue_deliveries,
    waiting_webhooks,
)
from services.registrations.operations.clock import now
from services.registrations.operations.offer import sessions
from services.registrations.settings import OwnSettings
from services.registrations.webhooks import ATTEMPTS, EVENTS
from shared.auth import Verifier
from shared.db import Database
from shared.messaging import log
from shared.settings import Settings
from tests.receiver import Receiver, receiver
from tests.service.registrations.conftest import Offer, body

Bearer = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def app(settings_of: Callable[..., Settings], verifier: Verifier) -> Flask:
    app = create_app(settings_of("registrations"), OwnSettings(webhooks_private=True))
    app.extensions["arceaux.verifier"] = verifier
    return app


@pytest.fixture
def site() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@dataclass
class Hooks:
    """A manager's hands on webhooks, and the jobs that post to them, run on the spot."""

    client: FlaskClient
    database: Database
    headers: dict[str, str]
    keys: dict[str, str] = field(default_factory=dict)

    def add(self, url: str, *events: str, of: str = "city") -> Any:
        """A webhook of the web client ``of``, which is made if there is none such; the answer's document."""
        client = {"code": f"{of}-{uuid4().hex[:8]}", "name": of}
        made = self.client.post("/v1/clients", json=client, headers=self.headers).json
        self.keys[of] = made["key"]
        sent = {"client_id": made["client"]["id"], "url": url, "events": events or EVENTS}
        answer = self.client.post("/v1/webhooks", json=sent, headers=self.headers)
        assert answer.status_code == 201, answer.json
        # From here on: what was told before is not.
        self.queue()
        return answer.json

    def ask(self, method: str, webhook: Any, path: str = "", **options: Any) -> Any:
        url = f"/v1/webhooks/{webhook['webhook']['id']}{path}"
        return self.client.open(url, method=method, headers=self.headers, **options)

    def register(self, session_id: UUID, number: int = 1, *, of: str | None = None) -> Any:
        headers = {"X-API-Key": self.keys[of]} if of else {}
        answer = self.client.post(
            "/v1/registrations", json=body(session_id, number), headers=headers
        )
        assert answer.status_code == 201, answer.json
        return answer.json

    def queue(self) -> None:
        with self.database.engine.begin() as connection:
            log.give_positions(connection, most=1000)
        more = True
        while more:
            with self.database.transaction() as transaction:
                more = queue_deliveries(transaction)

    def post(self) -> None:
        """Queue what is new and post all that is due."""
        self.queue()
        with self.database.transaction() as transaction:
            waiting = waiting_webhooks(transaction)
        for webhook_id in waiting:
            tasks.post_to_webhook(str(webhook_id))

    def let_time_pass(self) -> None:
        """All that waits is due, and no webhook is paused or taken."""
        with self.database.transaction() as transaction:
            due_at = func.least(Delivery.due_at, now())
            transaction.execute(update(Delivery).values(due_at=due_at))
            transaction.execute(update(Webhook).values(busy_until=now()))

    def deliveries(self, webhook: Any, **query: Any) -> Any:
        return self.ask("GET", webhook, "/deliveries", query_string=query).json["items"]


@pytest.fixture
def hooks(
    client: FlaskClient,
    registrations_database: Database,
    bearer: Bearer,
    offer: Offer,
    monkeypatch: pytest.MonkeyPatch,
) -> Hooks:
    monkeypatch.setenv("ARCEAUX_WEBHOOKS_PRIVATE", "true")
    return Hooks(client, registrations_database, bearer("manager"))


def _told(site: Receiver) -> list[tuple[str, Any]]:
    documents = [json.loads(posted.body) for posted in site.received]
    return [(document["type"], document["data"]) for document in documents]


# ── who is told what ────────────────────────────────────────────────────────────────────────────


def test_a_client_is_told_what_became_of_its_own_registrations(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    session_id = offer.session(capacity=1)
    own = hooks.register(session_id, 1, of="city")
    hooks.register(session_id, 2)
    path = own["manage_url"].removeprefix("http://arceaux.test").replace("?", "/cancel?")
    assert hooks.client.post(path).status_code == 200
    hooks.post()
    assert [name for name, _ in _told(site)] == [
        "session.published",
        "registration.confirmed",
        "registration.cancelled",
    ]
    assert _told(site)[1][1] == {
        "registration_id": own["id"],
        "session_id": str(session_id),
        "previous": None,
    }
    assert [item["status"] for item in hooks.deliveries(webhook)] == ["delivered"] * 3


def test_what_is_posted_can_be_checked_by_its_signature(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    offer.session(title="Créer un tuto")
    hooks.post()
    renewed = hooks.ask("POST", webhook, "/secret").json
    offer.session()
    hooks.post()
    first, second = site.received
    Checker(webhook["secret"]).verify(first.body, dict(first.headers))
    for secret in (webhook["secret"], renewed["secret"]):
        Checker(secret).verify(second.body, dict(second.headers))
    assert webhook["secret"] != renewed["secret"]


def test_what_the_page_on_webhooks_shows_checks_a_signature(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
    given: dict[str, Any] = {"base64": base64, "hmac": hmac, "time": time}
    exec(page.partition("```python\n")[2].partition("```")[0], given)
    webhook = hooks.add(site.url)
    offer.session(title="Créer un tuto")
    hooks.post()
    [posted] = site.received
    headers, content = dict(posted.headers), posted.body.encode()
    assert given["is_ours"](webhook["secret"], headers, content)
    assert not given["is_ours"](webhook["secret"], headers, content + b" ")
    earlier = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    assert not given["is_ours"](webhook["secret"], earlier, content)


def test_a_day_after_it_was_renewed_the_old_secret_signs_no_more(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    hooks.ask("POST", webhook, "/secret")
    with hooks.database.transaction() as transaction:
        transaction.execute(update(Webhook).values(earlier_secret_until=now()))
    offer.session()
    hooks.post()
    assert len(site.received[0].headers["webhook-signature"].split(" ")) == 1


def test_only_the_types_that_were_asked_for_are_told(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    hooks.add(site.url, "registration.waitlisted")
    session_id = offer.session(capacity=1)
    hooks.register(session_id, 1, of="city")
    hooks.register(session_id, 2, of="city")
    hooks.post()
    [(name, data)] = _told(site)
    assert (name, data["waitlist_position"]) == ("registration.waitlisted", 1)


def test_nothing_is_told_of_sessions_of_discreet_programmes(
    hooks: Hooks, site: Receiver, offer: Offer, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="sante", name="Santé", discreet=True))
    hooks.add(site.url)
    session_id = offer.session(programme="sante", title="Sommeil")
    own = hooks.register(session_id, of="city")
    with registrations_database.transaction() as transaction:
        sessions.cancel_session(transaction, session_id, organisation=None)
    hooks.post()
    assert {name.partition(".")[0] for name, _ in _told(site)} == {"registration"}
    assert {data["registration_id"] for _, data in _told(site)} == {own["id"]}
    everything = " ".join(posted.body for posted in site.received)
    assert not any(word in everything for word in ("sante", "Santé", "Sommeil", "Ada", "example"))


def test_what_was_told_before_there_was_a_webhook_is_not_told_again(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    offer.session()
    hooks.add(site.url)
    hooks.post()
    assert site.received == []


def test_each_fact_is_queued_once_however_many_read_the_log(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    for _ in range(5):
        offer.session()
    with hooks.database.engine.begin() as connection:
        log.give_positions(connection, most=1000)
    together = threading.Barrier(4)

    def read(_: int) -> None:
        together.wait()
        with hooks.database.transaction() as transaction:
            queue_deliveries(transaction)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read, range(4)))
    assert len(hooks.deliveries(webhook)) == 5


# ── when it does not arrive ─────────────────────────────────────────────────────────────────────


def test_what_is_not_taken_is_posted_again_under_its_id(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    offer.session()
    site.answers = [500, 302, 200]
    for _ in range(4):
        hooks.post()
        hooks.let_time_pass()
    assert len({posted.headers["webhook-id"] for posted in site.received}) == 1
    [delivery] = hooks.deliveries(webhook)
    assert [one["status_code"] for one in delivery["attempts"]] == [500, 302, 200]
    assert delivery["status"] == "delivered"


def test_after_a_failure_a_webhook_is_left_alone_for_a_moment(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    hooks.add(site.url)
    offer.session()
    offer.session()
    site.answers = [500]
    for _ in range(3):
        hooks.post()
    assert len(site.received) == 1
    hooks.let_time_pass()
    hooks.post()
    assert len(site.received) == 3


def test_one_who_asks_to_be_left_alone_is(hooks: Hooks, site: Receiver, offer: Offer) -> None:
    webhook = hooks.add(site.url)
    offer.session()
    site.status, site.headers = 503, {"Retry-After": "3600"}
    hooks.post()
    with hooks.database.transaction() as transaction:
        due = transaction.scalars(select(Delivery.due_at)).one()
    assert due > now() + timedelta(minutes=59)
    assert hooks.deliveries(webhook, status="waiting")


def test_one_that_is_gone_is_told_nothing_more_until_someone_says_so(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    site.status = 410
    offer.session()
    hooks.post()
    site.status = 204
    offer.session()
    hooks.let_time_pass()
    hooks.post()
    assert len(site.received) == 1
    [listed] = hooks.client.get("/v1/webhooks", headers=hooks.headers).json["items"]
    assert listed["disabled_because"] == "gone"
    assert hooks.ask("POST", webhook, "/ping").status_code == 409

    assert hooks.ask("PATCH", webhook, json={"disabled": False}).json["disabled_because"] is None
    [failed] = hooks.deliveries(webhook, status="failed")
    again = hooks.ask("POST", webhook, f"/deliveries/{failed['id']}/replay")
    assert again.status_code == 202
    hooks.post()
    assert len(site.received) == 2
    assert [item["status"] for item in hooks.deliveries(webhook)] == ["delivered"]


def test_what_is_never_taken_fails_and_the_webhook_is_stopped(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    offer.session()
    site.status = 400
    for _ in range(ATTEMPTS + 2):
        hooks.post()
        hooks.let_time_pass()
    assert len(site.received) == ATTEMPTS
    [delivery] = hooks.deliveries(webhook)
    assert delivery["status"] == "failed"
    [listed] = hooks.client.get("/v1/webhooks", headers=hooks.headers).json["items"]
    assert listed["disabled_because"] == "failing"

    site.status = 200
    hooks.ask("PATCH", webhook, json={"disabled": False})
    replayed = hooks.ask("POST", webhook, "/replay", json={"since": "2020-01-01"})
    assert (replayed.status_code, replayed.json) == (202, {"replayed": 1})
    hooks.post()
    [delivery] = hooks.deliveries(webhook)
    assert delivery["status"] == "delivered"
    assert len(delivery["attempts"]) == ATTEMPTS + 1


def test_one_fact_that_is_never_taken_does_not_stop_a_webhook_that_takes_others(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    site.refusing = "Poterie"
    offer.session(title="Poterie")
    hooks.post()
    offer.session(title="Couture")
    for _ in range(ATTEMPTS):
        hooks.let_time_pass()
        hooks.post()
    statuses = sorted(item["status"] for item in hooks.deliveries(webhook))
    assert statuses == ["delivered", "failed"]
    [listed] = hooks.client.get("/v1/webhooks", headers=hooks.headers).json["items"]
    assert listed["disabled_at"] is None


def test_a_job_that_died_is_replaced_when_its_time_is_over(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    offer.session()
    hooks.queue()
    webhook_id = UUID(webhook["webhook"]["id"])
    with hooks.database.transaction() as transaction:
        assert take_webhook(transaction, webhook_id)
        assert begin_next(transaction, webhook_id) is not None
    tasks.post_to_webhook(str(webhook_id))
    assert site.received == []
    hooks.let_time_pass()
    hooks.post()
    assert len(site.received) == 1
    [delivery] = hooks.deliveries(webhook)
    assert [one["finished_at"] is None for one in delivery["attempts"]] == [True, False]


def test_of_many_jobs_for_one_webhook_one_posts(hooks: Hooks, site: Receiver, offer: Offer) -> None:
    webhook = hooks.add(site.url)
    for _ in range(3):
        offer.session()
    hooks.queue()
    together = threading.Barrier(4)

    def run(_: int) -> None:
        together.wait()
        tasks.post_to_webhook(webhook["webhook"]["id"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    hooks.let_time_pass()
    hooks.post()
    assert len(site.received) == 3


# ── kept by managers ────────────────────────────────────────────────────────────────────────────


def test_a_ping_shows_whether_an_address_works(hooks: Hooks, site: Receiver) -> None:
    webhook = hooks.add(site.url)
    assert hooks.ask("POST", webhook, "/ping").status_code == 202
    hooks.post()
    assert _told(site) == [("webhook.ping", {})]


def test_a_stopped_webhook_is_told_nothing_and_what_waited_comes_when_it_goes_on(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    offer.session()
    hooks.queue()
    assert hooks.ask("PATCH", webhook, json={"disabled": True}).json["disabled_because"] == "asked"
    hooks.post()
    assert site.received == []
    hooks.ask("PATCH", webhook, json={"disabled": False})
    hooks.post()
    assert len(site.received) == 1


def test_a_removed_webhook_is_forgotten_with_its_log(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    offer.session()
    hooks.post()
    assert hooks.ask("DELETE", webhook).status_code == 204
    assert hooks.ask("GET", webhook, "/deliveries").status_code == 404
    with hooks.database.transaction() as transaction:
        assert transaction.scalars(select(DeliveryAttempt)).all() == []


def test_a_month_later_the_log_of_deliveries_is_forgotten_but_for_what_waits(
    hooks: Hooks, site: Receiver, offer: Offer
) -> None:
    webhook = hooks.add(site.url)
    site.answers = [200, 500]
    offer.session()
    offer.session()
    hooks.post()
    with hooks.database.transaction() as transaction:
        transaction.execute(update(Delivery).values(created_at=now() - timedelta(days=31)))
    tasks.sweep()
    assert [item["status"] for item in hooks.deliveries(webhook)] == ["waiting"]


def test_the_log_is_read_page_by_page(hooks: Hooks, site: Receiver, offer: Offer) -> None:
    webhook = hooks.add(site.url)
    for _ in range(5):
        offer.session()
    hooks.post()
    first = hooks.ask("GET", webhook, "/deliveries", query_string={"limit": 3}).json
    rest = hooks.deliveries(webhook, limit=3, cursor=first["next"])
    ids = [item["id"] for item in [*first["items"], *rest]]
    assert len(ids) == 5
    assert ids == sorted(set(ids), reverse=True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "ftp://example.org"}, "url"),
        ({"url": "https://example.org:99999/hook"}, "url"),
        ({"url": "https://us:secret@example.org/hook"}, "url"),
        ({"events": ["participant.contact_changed"]}, "events.0"),
        ({"events": []}, "events"),
        ({"events": ["session.closed", "session.closed"]}, "events"),
        ({"client_id": "00000000-0000-7000-8000-000000000000"}, "client_id"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_a_mistake_is_named(hooks: Hooks, changes: Any, field: str) -> None:
    sent = {"client_id": str(uuid4()), "url": "https://example.org", "events": EVENTS, **changes}
    answer = hooks.client.post("/v1/webhooks", json=sent, headers=hooks.headers)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://127.0.0.1/hook",
        "https://192.168.1.9/hook",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://localhost/hook",
        "https://site.localhost./hook",
    ],
)
def test_where_it_is_not_allowed_an_address_must_be_https_and_may_not_be_of_the_own_network(
    *,
    settings_of: Callable[..., Settings],
    verifier: Verifier,
    registrations_database: Database,
    bearer: Bearer,
    url: str,
) -> None:
    app = create_app(settings_of("registrations"))
    app.extensions["arceaux.verifier"] = verifier
    sent = {"client_id": str(uuid4()), "url": url, "events": EVENTS}
    answer = app.test_client().post("/v1/webhooks", json=sent, headers=bearer("manager"))
    assert list(answer.json["errors"]) == ["url"]

"""A message on its way as an SMS: when, by whom, at what cost, and every way in which that can go wrong."""

import pkgutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.notifications import operations, tasks
from services.notifications.domain.receipts import State
from services.notifications.models import Notification, Sms, SmsProvider
from services.notifications.operations import sms_budget
from services.notifications.operations.sms_providers import may_try
from services.notifications.operations.sms_receipts import hear_receipt, take_questions
from services.notifications.operations.sweep import resolve_lapsed
from services.notifications.operations.unresolved import call_about_unresolved
from services.notifications.settings import sms_settings
from services.notifications.sms.inquiry import ask_after
from shared.events import catalogue
from tests.provider_server import Asked
from tests.service.notifications.conftest import MailServer, Post, Registrations, meeting
from tests.service.notifications.sms import CALLBACK_SECRET, Providers, made_providers, signed
from tests.service.notifications.test_letters import ADDRESS

PARIS = ZoneInfo("Europe/Paris")
MOBILE, LANDLINE = "+33612345678", "+33467123456"
# A Tuesday, far from any holiday, at a time when phones may ring.
NOON = datetime(2026, 11, 24, 12, tzinfo=PARIS)


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Providers]:
    with made_providers(monkeypatch) as made:
        yield made


class Clock:
    """The moment that operations take for the present."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = NOON.astimezone(UTC)
        names = [found.name for found in pkgutil.iter_modules(operations.__path__)]
        for name in names:
            module = import_module(f"services.notifications.operations.{name}")
            if name != "clock" and hasattr(module, "now"):
                monkeypatch.setattr(module, "now", self.now)
        monkeypatch.setattr("services.notifications.delivery.now", self.now)

    def now(self) -> datetime:
        return self.moment

    def set(self, moment: datetime) -> None:
        self.moment = moment.astimezone(UTC)


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def queued(registrations: Registrations, providers: Providers, post: Post) -> Any:
    """The id of a message to somebody with a mobile phone only, which is due."""
    registrations.register(session(registrations), person(registrations))
    return post.one().id


def person(registrations: Registrations, **changes: Any) -> Any:
    return registrations.person(**{"email": None, "phone": MOBILE} | changes)


def session(registrations: Registrations, **changes: Any) -> Any:
    begins = (NOON + timedelta(days=7)).astimezone(UTC)
    return registrations.session(**{"meetings": [meeting(begins)]} | changes)


def all_sms(post: Post) -> list[Sms]:
    with post.database.transaction() as transaction:
        return list(transaction.scalars(select(Sms).order_by(Sms.handed_over_at, Sms.provider)))


def changed(post: Post, table: Any, **values: Any) -> None:
    with post.database.transaction() as transaction:
        transaction.execute(update(table).values(**values))


def resolve(post: Post) -> int:
    """Ask whoever is to be asked now; how many were."""
    with post.database.transaction() as transaction:
        references = take_questions(transaction)
    for reference in references:
        ask_after(post.database, sms_settings(), reference)
    return len(references)


# ── the good way ────────────────────────────────────────────────────────────────────────────────


def test_whoever_has_only_a_mobile_phone_gets_an_sms(
    queued: Any, post: Post, providers: Providers
) -> None:
    assert (post.one().channel, post.one().status) == ("sms", "queued")
    post.send()
    sent = post.one()
    assert (sent.channel, sent.status) == ("sms", "sent")
    (attempt,) = sent.tries
    assert (attempt.channel, attempt.outcome, attempt.code) == ("sms", "accepted", 202)
    (sms,) = all_sms(post)
    assert (sms.provider, sms.provider_id, sms.state) == ("gateway", "g-0", "sent")
    assert (sms.cost, sms.segments, sms.ask_at) == (Decimal(6), 1, None)
    (text,) = providers.texts()
    assert text.startswith(
        "Tiers-lieu des Arceaux, c'est confirmé : Repair Café, mar. 1/12 à 12h00."
    )
    assert post.facts() == ["notification.sent"]


def test_an_sms_of_a_discreet_session_reveals_nothing(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    hidden = session(registrations, title="Budget et dettes", discreet=True)
    registrations.register(hidden, person(registrations))
    post.send()
    (text,) = providers.texts()
    assert "votre rendez-vous" in text
    for revealing in ("Budget", "dettes", "Atelier"):
        assert revealing not in text


@pytest.mark.parametrize(
    ("ways", "channel"),
    [
        ({"email": "a@b.fr"}, "email"),
        ({"phone": LANDLINE}, "call"),
        ({"phone": None}, "desk"),
    ],
)
def test_others_are_told_by_what_they_have(
    ways: Any, channel: str, registrations: Registrations, providers: Providers, post: Post
) -> None:
    registrations.register(session(registrations), person(registrations, **ways))
    assert post.one().channel == channel


def test_where_nobody_carries_sms_a_mobile_phone_is_called(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    providers.use()
    registrations.register(session(registrations), person(registrations))
    assert post.states() == [("confirmed", "to-call")]


def test_several_facts_are_one_sms(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    someone = person(registrations)
    for _ in range(2):
        registrations.register(session(registrations), someone)
    post.send()
    assert [one.status for one in post.all()] == ["sent", "sent"]
    assert len(providers.texts()) == 1
    assert len(all_sms(post)) == 1


# ── one provider after another ──────────────────────────────────────────────────────────────────


def test_the_next_takes_what_the_first_turns_away(
    queued: Any, post: Post, providers: Providers
) -> None:
    providers.gateway.answers = lambda _: (503, {})
    post.send()
    assert post.one().status == "sent"
    assert [(one.provider, one.state, one.cost) for one in all_sms(post)] == [
        ("brevo", "sent", Decimal("5.50")),
        ("gateway", "absent", Decimal(0)),
    ]


def test_the_next_takes_it_when_the_first_cannot_be_reached(
    queued: Any, post: Post, providers: Providers
) -> None:
    providers.use("gateway", "brevo", SMS_GATEWAY_URL="http://sms.invalid/")
    post.send()
    assert post.one().status == "sent"
    assert [one.provider for one in all_sms(post)] == ["brevo"]


@pytest.mark.parametrize("mood", ["hang-up", "slow", "500"])
def test_nobody_else_is_tried_when_the_first_may_have_it(
    mood: str, queued: Any, post: Post, providers: Providers
) -> None:
    if mood == "hang-up":
        providers.gateway.mood = "hang-up"
    elif mood == "slow":
        providers.gateway.slowness = 1.0
    else:
        providers.gateway.answers = lambda _: (500, {})
    post.send()
    unknown = post.one()
    assert (unknown.status, unknown.tries[0].outcome) == ("unknown", "unanswered")
    assert providers.brevo.posted() == []
    post.send()
    assert len(providers.gateway.posted()) == 1


def test_a_number_refused_for_good_is_called(queued: Any, post: Post, providers: Providers) -> None:
    providers.gateway.answers = lambda _: (422, {})
    post.send()
    called = post.one()
    assert (called.channel, called.status, called.ruled_out) == ("call", "to-call", ["sms"])
    assert [one.channel for one in called.tries] == ["sms"]
    assert all_sms(post)[0].cost == 0
    assert post.facts() == []


def test_an_address_refused_for_good_gets_an_sms(
    registrations: Registrations, providers: Providers, post: Post, mail_server: MailServer
) -> None:
    mail_server.answer_to_recipient = "550 5.1.1 No such user"
    both = person(registrations, email="gone@example.org")
    registrations.register(session(registrations), both)
    post.send()
    assert (post.one().channel, post.one().status) == ("sms", "queued")
    post.send()
    told = post.one()
    assert told.status == "sent"
    assert [one.channel for one in told.tries] == ["email", "sms"]
    assert post.facts() == ["notification.sent"]


def test_a_provider_that_keeps_failing_rests_and_one_message_tries_it_again(
    registrations: Registrations, providers: Providers, post: Post, at: Clock
) -> None:
    providers.gateway.answers = lambda _: (503, {})
    for _ in range(5):
        registrations.register(session(registrations), person(registrations))
    post.send()
    assert [one.status for one in post.all()] == ["sent"] * 5
    assert len(providers.gateway.posted()) == 3, "then it is left alone"
    at.set(NOON + timedelta(minutes=2))
    providers.gateway.answers = lambda _: (202, {"id": "g"})
    for _ in range(2):
        registrations.register(session(registrations), person(registrations))
    post.send()
    assert len(providers.gateway.posted()) == 5, "the one that tried found it well"
    with post.database.transaction() as transaction:
        known = transaction.get_one(SmsProvider, "gateway")
        assert (known.failures, known.rests_until) == (0, None)


def test_a_provider_that_is_too_slow_rests_too(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    providers.use("gateway", "brevo", SMS_SLOW=0)
    for _ in range(4):
        registrations.register(session(registrations), person(registrations))
    post.send()
    assert (len(providers.gateway.posted()), len(providers.brevo.posted())) == (3, 1)
    assert [one.status for one in post.all()] == ["sent"] * 4


def test_after_a_rest_one_of_many_tries(post: Post, at: Clock) -> None:
    with post.database.transaction() as transaction:
        rested = NOON - timedelta(seconds=1)
        transaction.add(SmsProvider(name="gateway", failures=3, rests_until=rested))

    def ask(_: int) -> bool:
        with post.database.transaction() as transaction:
            return may_try(transaction, "gateway")

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, range(8))) == 1
    # Whoever tried may have died.
    at.set(NOON + timedelta(minutes=2))
    assert ask(0)


def test_when_all_fail_the_message_waits(queued: Any, post: Post, providers: Providers) -> None:
    providers.gateway.answers = providers.brevo.answers = lambda _: (503, {})
    post.send()
    assert (post.one().status, post.one().channel) == ("queued", "sms")
    for _ in range(6):
        post.change(queued, due_at=NOON)
        post.send()
    assert (post.one().status, post.one().channel) == ("to-call", "call")


# ── when ────────────────────────────────────────────────────────────────────────────────────────


def test_at_night_an_sms_waits_for_the_morning(
    registrations: Registrations, providers: Providers, post: Post, at: Clock
) -> None:
    at.set(NOON.replace(hour=22))
    registrations.register(session(registrations), person(registrations))
    post.send()
    waiting = post.one()
    morning = (NOON + timedelta(days=1)).replace(hour=8)
    assert (waiting.status, waiting.due_at, providers.texts()) == ("queued", morning, [])
    at.set(morning)
    post.send()
    assert post.one().status == "sent"


def test_at_night_what_begins_before_the_morning_is_said_at_once(
    registrations: Registrations, providers: Providers, post: Post, at: Clock
) -> None:
    at.set(NOON.replace(hour=22))
    dawn = (NOON + timedelta(days=1)).replace(hour=7)
    early = session(registrations, meetings=[meeting(dawn.astimezone(UTC))])
    registrations.register(early, person(registrations))
    post.send()
    assert post.one().status == "sent"


@pytest.mark.usefixtures("providers")
@pytest.mark.parametrize(
    ("until", "told_by"),
    [
        # The hours count from the morning: there is time to answer.
        ("2026-11-26 08:00", ("sms", "queued")),
        ("2026-11-25 09:00", ("sms", "queued")),
        # It would come when the seat is about to go, or gone; a letter, later still.
        ("2026-11-25 08:59", ("call", "to-call")),
        ("2026-11-25 07:00", ("call", "to-call")),
    ],
)
def test_an_offer_that_would_leave_too_late_to_be_answered_is_called_instead(
    registrations: Registrations, post: Post, at: Clock, until: str, told_by: tuple[str, str]
) -> None:
    at.set(NOON.replace(hour=22))
    ends = datetime.fromisoformat(until).replace(tzinfo=PARIS).astimezone(UTC)
    someone = person(registrations, postal_address=ADDRESS)
    registrations.register(session(registrations), someone, "offered", offered_until=ends)
    post.send()
    told = post.one()
    assert (told.channel, told.status) == told_by


def test_an_offer_that_may_leave_now_does_however_little_time_is_left(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    ends = (NOON + timedelta(minutes=9)).astimezone(UTC)
    registrations.register(
        session(registrations), person(registrations), "offered", offered_until=ends
    )
    post.send()
    assert (post.one().channel, post.one().status) == ("sms", "sent")


def test_an_offer_beyond_the_daily_cap_is_called_if_it_ends_before_the_morning(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    providers.use("gateway", SMS_DAILY_CAP=1)
    someone = person(registrations)
    registrations.register(session(registrations), someone)
    post.send()
    post.let_a_minute_pass()
    ends = (NOON + timedelta(hours=6)).astimezone(UTC)
    registrations.register(session(registrations), someone, "offered", offered_until=ends)
    changed(post, Notification, sent_at=NOON - timedelta(hours=1))
    post.send()
    told = post.all()[-1]
    assert (told.channel, told.status) == ("call", "to-call")


def test_beyond_the_daily_cap_it_waits_for_the_next_day_or_is_called(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    providers.use("gateway", SMS_DAILY_CAP=1)
    someone = person(registrations)
    registrations.register(session(registrations), someone)
    post.send()
    post.let_a_minute_pass()
    registrations.register(session(registrations), someone)
    tonight = NOON.replace(hour=20).astimezone(UTC)
    pressing = session(registrations, meetings=[meeting(tonight)])
    registrations.register(pressing, someone)
    changed(post, Notification, sent_at=NOON - timedelta(hours=1))
    post.send()
    later, called = post.all()[1:]
    assert later.status == "queued"
    assert later.due_at == (NOON + timedelta(days=1)).replace(hour=8)
    assert (called.channel, called.status) == ("call", "to-call")
    assert len(providers.texts()) == 1


# ── the budget ──────────────────────────────────────────────────────────────────────────────────


def test_beyond_the_budget_people_are_called(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    providers.use("gateway", SMS_BUDGET=12, SMS_PRICE=6)
    for _ in range(4):
        registrations.register(session(registrations), person(registrations))
    for one in post.all():
        post.send(one.id)
    assert [one.status for one in post.all()] == ["sent", "sent", "to-call", "to-call"]
    assert sum(one.cost for one in all_sms(post)) == 12
    # Eighty per cent are passed once.
    assert post.facts().count("notification.budget_low") == 1


def test_what_the_budget_does_not_allow_at_the_last_moment_is_called_and_no_other_is_asked(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    # In Arabic it takes several SMS: there is enough left for one, and not for all.
    providers.use("gateway", "brevo", SMS_BUDGET=10, SMS_PRICE=6)
    registrations.register(session(registrations), person(registrations, language="ar"))
    post.send()
    (attempt,) = post.one().tries
    assert (attempt.outcome, attempt.answer) == ("withheld", "the budget is spent")
    assert (post.one().channel, post.one().status) == ("call", "to-call")
    assert providers.texts() == []


def test_many_workers_never_spend_more_than_there_is(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    providers.use("gateway", SMS_BUDGET=18, SMS_PRICE=6)
    for _ in range(8):
        registrations.register(session(registrations), person(registrations))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post.send, [one.id for one in post.all()]))
    assert len(providers.texts()) == 3
    assert post.facts().count("notification.budget_low") == 1


def test_a_provider_s_own_price_can_be_what_makes_the_budget_low(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    providers.use("gateway", SMS_BUDGET=15, SMS_PRICE=5.5)
    for _ in range(2):
        registrations.register(session(registrations), person(registrations))
        post.send()
    assert sum(one.cost for one in all_sms(post)) == 12
    assert post.facts().count("notification.budget_low") == 1


def test_a_price_that_a_receipt_tells_can_be_what_makes_the_budget_low(
    queued: Any, post: Post, providers: Providers
) -> None:
    providers.use("gateway", SMS_BUDGET=10)
    post.send()
    assert "notification.budget_low" not in post.facts()
    (sms,) = all_sms(post)
    with post.database.transaction() as transaction:
        hear_receipt(
            transaction,
            "gateway",
            State.DELIVERED,
            reference=sms.reference,
            cost=Decimal(9),
            most=6,
        )
    assert post.facts().count("notification.budget_low") == 1


def test_a_reservation_taken_back_does_not_make_the_budget_low_twice(
    queued: Any, post: Post, providers: Providers, at: Clock
) -> None:
    providers.use("gateway", SMS_BUDGET=7, SMS_PRICE=6)
    providers.gateway.answers = lambda _: (503, {})
    post.send()
    at.set(NOON + timedelta(minutes=1))
    post.send()
    assert len(providers.gateway.posted()) == 2
    assert post.facts().count("notification.budget_low") == 1


def test_another_budget_can_be_low_in_the_same_month(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    for budget in (7, 14):
        providers.use("gateway", SMS_BUDGET=budget, SMS_PRICE=6)
        registrations.register(session(registrations), person(registrations))
        post.send()
    assert post.facts().count("notification.budget_low") == 2


def test_what_was_not_carried_costs_nothing(queued: Any, post: Post, providers: Providers) -> None:
    providers.use("gateway")
    providers.gateway.answers = lambda _: (503, {})
    post.send()
    with post.database.transaction() as transaction:
        assert sms_budget.spent(transaction) == 0


# ── nobody knows, and then somebody does ────────────────────────────────────────────────────────


def test_unanswered_and_there_it_is_sent(
    queued: Any, post: Post, providers: Providers, at: Clock
) -> None:
    answer = providers.gateway.answers

    def lost(asked: Asked) -> tuple[int, Any]:
        answered = answer(asked)
        return (504, {}) if asked.method == "POST" else answered

    providers.gateway.answers = lost
    post.send()
    assert post.one().status == "unknown"
    assert resolve(post) == 0, "it is too early to ask"
    at.set(NOON + timedelta(minutes=6))
    assert resolve(post) == 1
    assert post.one().status == "sent"
    (sms,) = all_sms(post)
    assert (sms.state, sms.provider_id, sms.cost, sms.ask_at) == ("sent", "g-0", Decimal(6), None)
    assert resolve(post) == 0
    assert len(providers.texts()) == 1


def test_unanswered_and_not_there_it_is_sent_again_by_whoever_is_well(
    queued: Any, post: Post, providers: Providers, at: Clock
) -> None:
    providers.gateway.mood = "hang-up"
    post.send()
    at.set(NOON + timedelta(minutes=6))
    assert resolve(post) == 1
    assert post.one().status == "queued"
    providers.gateway.mood = None
    at.set(NOON + timedelta(minutes=10))
    post.send()
    assert post.one().status == "sent"
    # The first did not have it; each attempt has a name of its own there.
    assert len(set(providers.references())) == 2


def test_unanswered_and_not_to_be_known_it_stays_so(
    queued: Any, post: Post, providers: Providers, at: Clock
) -> None:
    providers.gateway.answers = lambda _: (500, {})
    post.send()
    at.set(NOON + timedelta(minutes=6))
    assert resolve(post) == 1
    assert resolve(post) == 0, "asked again only after a while"
    assert post.one().status == "unknown"
    at.set(NOON + timedelta(days=3))
    assert resolve(post) == 1
    at.set(NOON + timedelta(days=9))
    assert resolve(post) == 0, "given up"
    assert len(providers.gateway.posted()) == 1


def test_a_seat_on_offer_that_may_not_have_arrived_is_called_about(
    registrations: Registrations, providers: Providers, post: Post, at: Clock
) -> None:
    providers.gateway.answers = lambda _: (500, {})
    for status in ("offered", "confirmed"):
        registrations.register(session(registrations), person(registrations), status)
    post.send()
    assert [one.status for one in post.all()] == ["unknown", "unknown"]
    for hours, called in ((1, 0), (3, 1), (3, 0)):
        at.set(NOON + timedelta(hours=hours))
        with post.database.transaction() as transaction:
            assert call_about_unresolved(transaction) == called
    assert [one.status for one in post.all()] == ["to-call", "unknown"]


def test_nobody_is_called_about_an_offer_that_was_accepted_or_a_move_that_another_followed(
    registrations: Registrations, providers: Providers, post: Post, at: Clock
) -> None:
    providers.gateway.answers = lambda _: (500, {})
    offered, moved = session(registrations), session(registrations)
    someone = person(registrations)
    registration = registrations.register(offered, someone, "offered")
    registrations.register(moved, person(registrations))
    for days in (8, 9):
        post.send()
        dates = [meeting((NOON + timedelta(days=days)).astimezone(UTC))]
        registrations.reschedule(moved, meetings=dates)
    post.send()
    registrations.change(registration, offered, someone, "confirmed", previous="offered")
    at.set(NOON + timedelta(hours=5))
    with post.database.transaction() as transaction:
        call_about_unresolved(transaction)
    assert [one.status for one in post.all() if one.kind in {"offered", "session-moved"}] == [
        *("unknown", "unknown"),
        "sent",
    ]


def test_who_would_come_for_nothing_in_an_hour_is_called_soon(
    registrations: Registrations, providers: Providers, post: Post, at: Clock
) -> None:
    providers.gateway.answers = lambda _: (500, {})
    for hours in (1, 30):
        begins = (NOON + timedelta(hours=hours)).astimezone(UTC)
        soon = session(registrations, meetings=[meeting(begins)])
        someone = person(registrations)
        registration = registrations.register(soon, someone)
        registrations.change(
            registration, soon, someone, "cancelled", previous="confirmed", by="system"
        )
    post.send()
    at.set(NOON + timedelta(minutes=12))
    with post.database.transaction() as transaction:
        assert call_about_unresolved(transaction) == 1
    assert {one.kind for one in post.all() if one.status == "to-call"} == {"session-cancelled"}


def test_nobody_is_called_about_what_turns_out_to_have_arrived(
    registrations: Registrations, providers: Providers, post: Post, at: Clock
) -> None:
    providers.gateway.answers = lambda _: (500, {})
    registrations.register(session(registrations), person(registrations), "offered")
    post.send()
    at.set(NOON + timedelta(hours=3))
    with post.database.transaction() as transaction:
        call_about_unresolved(transaction)
    assert post.one().status == "to-call"
    (reference,) = providers.references()
    for _ in range(2):
        with post.database.transaction() as transaction:
            hear_receipt(transaction, "gateway", State.DELIVERED, reference=reference, most=6)
    assert (post.one().channel, post.one().status) == ("sms", "delivered")
    assert post.facts() == ["notification.sent"]


def test_a_mail_on_an_offer_that_may_not_have_arrived_is_called_about_too(
    registrations: Registrations, post: Post, mail_server: MailServer, at: Clock
) -> None:
    for phone in (LANDLINE, None):
        someone = person(registrations, email="amina@example.org", phone=phone)
        registrations.register(session(registrations), someone, "offered")
    mail_server.hang_up = "after"
    post.send()
    assert [one.status for one in post.all()] == ["unknown", "unknown"]
    at.set(NOON + timedelta(hours=3))
    with post.database.transaction() as transaction:
        assert call_about_unresolved(transaction) == 1
    assert [one.status for one in post.all()] == ["to-call", "unknown"]


def test_a_worker_that_died_after_the_hand_over_leaves_one_to_ask_after(
    queued: Any, post: Post, providers: Providers, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("services.notifications.delivery.settle", die)
        dying.setattr("services.notifications.sms.carrier.note_reply", die)
        with pytest.raises(KeyboardInterrupt):
            post.send()
    at.set(NOON + timedelta(minutes=6))
    with post.database.transaction() as transaction:
        assert resolve_lapsed(transaction, lease=60, most=6) == 1
    assert post.one().status == "unknown"
    assert resolve(post) == 1
    assert (post.one().status, len(providers.texts())) == ("sent", 1)


def test_a_worker_that_died_before_the_hand_over_leaves_nothing_to_pay(
    queued: Any, post: Post, providers: Providers, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("services.notifications.delivery.hand_over", die)
        with pytest.raises(KeyboardInterrupt):
            post.send()
    assert providers.texts() == []
    at.set(NOON + timedelta(minutes=6))
    with post.database.transaction() as transaction:
        resolve_lapsed(transaction, lease=60, most=6)
    assert post.one().status == "queued"
    assert resolve(post) == 1
    (sms,) = all_sms(post)
    assert (sms.state, sms.cost) == ("absent", Decimal(0))
    assert post.one().status == "queued"
    post.send()
    assert (post.one().status, len(providers.texts())) == ("sent", 1)


# ── what providers call back to say ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", [["delivered"], ["sent", "delivered", "sent", "delivered"]])
def test_a_delivered_message_stays_delivered(
    order: list[str], queued: Any, post: Post, client: FlaskClient
) -> None:
    post.send()
    for state in order:
        answer = client.post("/v1/callbacks/gateway", **signed({"id": "g-0", "state": state}))
        assert answer.status_code == 204
    assert (post.one().status, all_sms(post)[0].state) == ("delivered", "delivered")
    client.post("/v1/callbacks/gateway", **signed({"id": "g-0", "state": "undelivered"}))
    assert post.one().status == "delivered"
    assert post.facts() == ["notification.sent"]


def test_what_did_not_arrive_is_called_about_once(
    queued: Any, post: Post, client: FlaskClient
) -> None:
    post.send()
    for state in ("undelivered", "undelivered", "sent", "delivered"):
        client.post("/v1/callbacks/gateway", **signed({"id": "g-0", "state": state}))
    assert (post.one().channel, post.one().status) == ("call", "to-call")
    assert post.facts() == ["notification.sent"]


def test_a_receipt_that_is_quicker_than_the_answer_counts(
    queued: Any, post: Post, providers: Providers
) -> None:
    answer = providers.gateway.answers

    def and_call_back(asked: Asked) -> tuple[int, Any]:
        with post.database.transaction() as transaction:
            reference = asked.json()["reference"]
            said = State.DELIVERED
            assert hear_receipt(transaction, "gateway", said, reference=reference, most=6)
        return answer(asked)

    providers.gateway.answers = and_call_back
    post.send()
    assert (post.one().status, all_sms(post)[0].state) == ("delivered", "delivered")


def test_a_receipt_settles_what_nobody_knew(queued: Any, post: Post, providers: Providers) -> None:
    providers.gateway.answers = lambda _: (500, {})
    post.send()
    (reference,) = providers.references()
    with post.database.transaction() as transaction:
        hear_receipt(transaction, "gateway", State.DELIVERED, reference=reference, most=6)
    assert post.one().status == "delivered"
    assert post.facts() == ["notification.sent"]


def test_what_is_not_known_here_is_answered_as_if_it_were(
    post: Post, providers: Providers, client: FlaskClient
) -> None:
    answer = client.post("/v1/callbacks/gateway", **signed({"id": "x", "state": "delivered"}))
    assert (answer.status_code, answer.data) == (204, b"")


def test_forged_and_unreadable_callbacks_change_nothing(
    queued: Any, post: Post, providers: Providers, client: FlaskClient
) -> None:
    post.send()
    forged = signed({"id": "g-0", "state": "delivered"})
    forged["headers"] = {"X-Signature": "sha256=00"}
    assert client.post("/v1/callbacks/gateway", **forged).status_code == 403
    assert client.post("/v1/callbacks/gateway").status_code == 403
    unreadable = client.post("/v1/callbacks/gateway", **signed([]))  # type: ignore[arg-type]
    assert unreadable.status_code == 422
    assert client.post("/v1/callbacks/nobody").status_code == 404
    assert post.one().status == "sent"


def test_brevo_proves_itself_by_the_address(
    queued: Any, post: Post, providers: Providers, client: FlaskClient
) -> None:
    providers.use("brevo")
    post.send()
    said = {"messageId": 77, "msg_status": "delivered", "to": "33612345678"}
    assert client.post("/v1/callbacks/brevo?secret=guess", json=said).status_code == 403
    address = f"/v1/callbacks/brevo?secret={CALLBACK_SECRET}"
    assert client.post(address, json=said).status_code == 204
    assert post.one().status == "delivered"


def test_what_brevo_says_twice_and_out_of_order_takes_nothing_back(
    queued: Any, post: Post, providers: Providers, client: FlaskClient
) -> None:
    providers.use("brevo")
    post.send()
    for status in ("delivered", "accepted", "sent", "delivered", "soft_bounce"):
        # As https://developers.brevo.com/docs/transactional-webhooks has it.
        said = {
            "id": 26570,
            "to": "33612345678",
            "sms_count": 1,
            "credits_used": 1,
            "messageId": 77,
            "remaining_credit": 9,
            "msg_status": status,
            "date": "2026-11-28 12:00:00",
            "type": "transactional",
            "reference": "ab1cde2fgh3i4jklmno",
        }
        address = f"/v1/callbacks/brevo?secret={CALLBACK_SECRET}"
        assert client.post(address, json=said).status_code == 204
        assert (post.one().status, all_sms(post)[0].state) == ("delivered", "delivered")


def test_ovhcloud_names_an_sms_and_is_asked_what_became_of_it(
    queued: Any, post: Post, providers: Providers, client: FlaskClient
) -> None:
    providers.use("ovh")
    post.send()
    assert (post.one().status, all_sms(post)[0].provider_id) == ("sent", "77")
    query = "id=77&ptt=4&date=20261128120000&description=1&descriptionDlr=Success"
    assert client.get(f"/v1/callbacks/ovh?secret=guess&{query}").status_code == 403
    for _ in range(2):
        answer = client.get(f"/v1/callbacks/ovh?secret={CALLBACK_SECRET}&{query}")
        assert answer.status_code == 204
        # What the callback says is signed by nobody: only what is asked for counts.
        assert resolve(post) == 1
        assert post.one().status == "delivered"


def test_an_sms_in_error_at_ovhcloud_is_called_about(
    queued: Any, post: Post, providers: Providers, client: FlaskClient
) -> None:
    providers.use("ovh")
    post.send()
    answers = providers.ovh.answers
    in_error = {"id": 77, "deliveryReceipt": 16}
    providers.ovh.answers = lambda asked: (
        (200, in_error) if "/outgoing/" in asked.path else answers(asked)
    )
    client.get(f"/v1/callbacks/ovh?secret={CALLBACK_SECRET}&id=77&ptt=20")
    assert resolve(post) == 1
    assert (post.one().channel, post.one().status) == ("call", "to-call")


def test_a_hint_has_the_provider_asked(queued: Any, post: Post, providers: Providers) -> None:
    post.send()
    with post.database.transaction() as transaction:
        hear_receipt(transaction, "gateway", None, provider_id="g-0", most=6)
    next(iter(providers.kept.values()))["state"] = "delivered"
    assert resolve(post) == 1
    assert post.one().status == "delivered"


# ── elsewhere ───────────────────────────────────────────────────────────────────────────────────


def test_staff_see_who_carried_it_at_what_cost(
    queued: Any, post: Post, client: FlaskClient, bearer: Any
) -> None:
    post.send()
    shown = client.get(f"/v1/notifications/{queued}", headers=bearer("adviser")).get_json()
    (attempt,) = shown["attempts"]
    assert attempt["channel"] == "sms"
    (sms,) = attempt["sms"]
    assert (sms["provider"], sms["cost"], sms["segments"], sms["state"]) == (
        *("gateway", 6.0, 1, "sent"),
    )
    assert MOBILE not in str(shown)


def test_the_sweep_sets_off_the_questions(
    queued: Any, post: Post, providers: Providers, monkeypatch: pytest.MonkeyPatch, jobs_sent: Any
) -> None:
    monkeypatch.setenv("ARCEAUX_SMTP_URL", "smtp://127.0.0.1:1")
    providers.gateway.answers = lambda _: (500, {})
    post.send()
    changed(post, Sms, ask_at=NOON - timedelta(hours=1))
    before = jobs_sent()
    tasks.sweep()
    assert jobs_sent() == before + 1
    (reference,) = providers.references()
    providers.kept[reference] = {"id": "g-9", "state": "sent"}
    providers.gateway.answers = lambda _: (200, providers.kept[reference])
    tasks.ask([reference])
    assert post.one().status == "sent"


def test_trying_again_tries_every_channel_again(
    queued: Any, post: Post, providers: Providers, client: FlaskClient, bearer: Any
) -> None:
    post.change(queued, status="failed", ruled_out=["email", "sms"])
    client.post(f"/v1/notifications/{queued}/retry", headers=bearer("adviser"))
    post.send()
    assert (post.one().channel, post.one().status) == ("sms", "sent")


def test_an_erasure_leaves_what_it_cost_and_nothing_that_leads_to_the_number(
    registrations: Registrations, providers: Providers, post: Post
) -> None:
    someone = person(registrations)
    registration = registrations.register(session(registrations), someone)
    post.send()
    registrations.tell(
        catalogue.ParticipantErased.of(
            erasure_id=uuid4(), participants=[someone], registrations=[registration]
        )
    )
    (sms,) = all_sms(post)
    assert (sms.provider_id, sms.ask_at, sms.cost) == (None, None, Decimal(6))
    # Whoever carried it may still say what became of it: there is nobody left to tell.
    with post.database.transaction() as transaction:
        said = State.UNDELIVERED
        hear_receipt(transaction, "gateway", said, reference=sms.reference, most=6)
    assert post.one().status == "failed"

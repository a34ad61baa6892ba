"""What an SMS says, in how many segments, and what it never says."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain.kinds import BY_MAIL_ALONE, Kind
from services.notifications.domain.segments import as_sms
from services.notifications.domain.sessions import Meeting
from services.notifications.rendering.about import About, DescribedSession
from services.notifications.rendering.spoken import spoken
from services.notifications.rendering.words import render_short, render_sms
from shared.events.links import code_url

LANGUAGES = ("fr", "en", "es", "ar")
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
REGISTRATION = UUID(int=7)
LINK = code_url("https://arceaux.montpellier.fr", REGISTRATION, "secret")
DETAILS = {
    "previous": "confirmed",
    "by": "staff",
    "waitlist_position": 3,
    "reason": "incomplete",
    "offered_until": "2026-11-25T13:00:00+00:00",
    "moved": "both",
    "registration": "confirmed",
    "ahead": "days",
    "what": "opened",
}
# News of a referral names nothing that it is about.
BY_SMS = [kind for kind in Kind if kind not in BY_MAIL_ALONE]
ABOUT_A_SESSION = [kind for kind in BY_SMS if kind != Kind.REFERRAL_NEWS]
kinds = pytest.mark.parametrize("kind", BY_SMS)
of_sessions = pytest.mark.parametrize("kind", ABOUT_A_SESSION)
languages = pytest.mark.parametrize("language", LANGUAGES)


def about(kind: str, language: str, *, title: str | None = "Repair Café", **details: Any) -> About:
    begins = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
    room = None if title is None else "Atelier"
    return About(
        kind=Kind(kind),
        language=language,
        given_name="Amina",
        details=DETAILS | details,
        sequence=1,
        manage_url="https://arceaux.montpellier.fr/v1/registrations/x?token=y",
        now=NOW,
        session=DescribedSession(
            title=title,
            place_name="Tiers-lieu des Arceaux",
            place_address="rue Draparnaud",
            timezone=ZoneInfo("Europe/Paris"),
            meetings=(Meeting(uuid4(), begins, begins + timedelta(hours=2), room),),
        ),
        short_code="EH5NG-VQ6PY",
        short_url=LINK,
    )


def written(*abouts: About) -> str:
    return render_short(abouts, place="Arceaux")


@languages
@of_sessions
def test_every_kind_says_where_what_and_when(kind: Kind, language: str) -> None:
    text = written(about(kind, language))
    assert text.startswith("Tiers-lieu des Arceaux")
    for said in ("Repair Café", "24/11", "14"):
        assert said in text
    assert "{" not in text
    assert "Amina" not in text, "a name says nothing to its owner, and something to others"


@languages
@of_sessions
def test_the_first_segment_tells_what_matters(kind: Kind, language: str) -> None:
    sms = as_sms(written(about(kind, language)))
    first = sms.text[: 160 if sms.alphabet == "gsm-7" else 70]
    assert "24/11" in first
    assert sms.segments <= (2 if language != "ar" else 4)


@pytest.mark.parametrize("language", ["fr", "en", "es"])
@kinds
def test_latin_words_travel_in_seven_bits(kind: Kind, language: str) -> None:
    assert as_sms(written(about(kind, language, title="Robotique"))).alphabet == "gsm-7"
    assert as_sms(written(about(kind, language, title=None))).alphabet == "gsm-7"


@languages
@kinds
def test_a_discreet_session_is_an_appointment_and_no_more(kind: Kind, language: str) -> None:
    text = written(about(kind, language, title=None))
    for revealing in ("None", "Atelier", "Repair", "atelier", "activité"):
        assert revealing not in text


@languages
def test_news_of_a_referral_says_only_that_there_is_some(language: str) -> None:
    news = About(
        kind=Kind.REFERRAL_NEWS,
        language=language,
        given_name="Amina",
        details=DETAILS,
        sequence=0,
        manage_url=None,
        short_code=None,
        now=NOW,
    )
    text = written(news)
    assert text.startswith("Arceaux")
    assert "opened" not in text
    assert as_sms(text).segments == 1 or language == "ar"


@languages
@of_sessions
def test_a_number_to_call_never_costs_a_segment(kind: Kind, language: str) -> None:
    without = about(kind, language)
    called = replace(without, phone="+33467000000")
    for title in ("Repair Café", "Un atelier au titre bien plus long", None):
        facts = [
            replace(one, session=about(kind, language, title=title).session)
            for one in (without, called)
        ]
        plain, sms = (render_sms([one], place="Arceaux") for one in facts)
        assert sms.segments == plain.segments


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Venez nous voir ou appelez le 04 67 00 00 00."),
        ("en", "Come and see us, or call 04 67 00 00 00."),
        ("es", "Venga a vernos o llame al 04 67 00 00 00."),
    ],
)
def test_who_is_asked_to_call_is_told_where(language: str, said: str) -> None:
    news = replace(about(Kind.REFERRAL_NEWS, language), session=None, phone="+33467000000")
    assert said in render_sms([news], place="Arceaux").text
    silent = render_sms([replace(news, phone=None)], place="Arceaux").text
    assert not re.search(r"appelez|call|llame", silent)


def test_an_arabic_sms_leaves_the_number_out_but_who_calls_says_it() -> None:
    news = replace(about(Kind.REFERRAL_NEWS, "ar"), session=None, phone="+33467000000")
    sms = render_sms([news], place="Tiers-lieu des Arceaux")
    assert "67" not in sms.text
    assert sms.segments == 1
    assert "67" in spoken([news], place="Arceaux", language="ar")


@languages
def test_what_can_be_answered_has_the_short_link(language: str) -> None:
    for kind in (Kind.CONFIRMED, Kind.OFFERED, Kind.PROMOTED, Kind.WAITLISTED):
        assert LINK in written(about(kind, language))


def test_several_facts_are_several_lines_and_none_twice() -> None:
    confirmed = about(Kind.CONFIRMED, "fr")
    text = written(confirmed, about(Kind.SESSION_MOVED, "fr"), confirmed)
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize(
    ("until", "language", "said"),
    [
        ("2026-11-25T23:00:00+00:00", "fr", "mer. 25/11 à 24h"),
        ("2026-11-25T13:05:00+00:00", "fr", "mer. 25/11 à 14h05"),
        ("2026-11-25T13:05:00+00:00", "en", "Wed 25/11 14:05"),
        ("2026-11-25T13:05:00+00:00", "es", "25/11 14:05"),
    ],
)
def test_dates_are_brief(until: str, language: str, said: str) -> None:
    assert said in written(about(Kind.OFFERED, language, offered_until=until))


def test_a_long_title_is_cut_and_adds_no_line() -> None:
    text = written(about(Kind.CONFIRMED, "fr", title="Un\ntitre " + "très long " * 30))
    assert len(text) < 230
    assert "\n" not in text

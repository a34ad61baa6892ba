"""The words that are shipped: every kind, in every language, in every case that they tell apart."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from services.notifications.domain.kinds import TO_STAFF, UNSOLICITED, Kind
from services.notifications.domain.languages import LANGUAGES, STAFF_LANGUAGES
from services.notifications.domain.sessions import Meeting
from services.notifications.rendering.dates import money, when
from services.notifications.rendering.placeholders import required_of
from services.notifications.rendering.plurals import plural
from services.notifications.rendering.samples import Sample, samples
from services.notifications.rendering.words import render

PLACE = "Tiers-lieu des Arceaux"
WRITTEN = [
    (kind, language)
    for kind in Kind
    for language in (STAFF_LANGUAGES if kind in TO_STAFF else LANGUAGES)
]
everything = pytest.mark.parametrize(("kind", "language"), WRITTEN)
# Latin words that stand in Arabic ones: of the invented sessions, of people, and addresses of pages.
_FOREIGN = re.compile(r"\u2068[^\u2069]*\u2069|https?://\S+|SMS")


def said(sample: Sample) -> tuple[str, str, str]:
    rendered = render([sample.about], place=PLACE)
    return rendered.subject, rendered.text, rendered.html


@everything
def test_every_case_is_said_whole(kind: Kind, language: str) -> None:
    for sample in samples(kind, language):
        subject, text, page = said(sample)
        assert 5 < len(subject) <= 150
        assert "\n" not in subject
        for words in (subject, text):
            assert not re.search(r"None|Undefined|\{\{|\{%|\{n\}|  ", words), sample.case
            assert not re.search(r" [,.]|\.\.", words), (words, sample.case)
        if required_of(kind):
            assert f"<{sample.about.manage_url}>" in text
            assert str(sample.about.manage_url) in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(set(Kind) - TO_STAFF))
def test_a_discreet_session_is_not_named(kind: Kind, language: str) -> None:
    for sample in samples(kind, language):
        if sample.case.get("discreet"):
            everything = "\n".join(said(sample))
            assert not re.search(r"vélo|radio|Atelier|activ|نشاط|partenaire|partner", everything)


@pytest.mark.parametrize("what", ["granted", "refused", "opened"])
def test_news_of_a_referral_say_nothing_more_unless_it_is_known_to_be_open(what: str) -> None:
    (found, *_) = (one for one in samples(Kind.REFERRAL_NEWS, "fr") if one.case["what"] == what)
    silent = replace(found.about, details={"what": what})
    subject, text = render([silent], place=PLACE).subject, render([silent], place=PLACE).text
    assert subject == "Du nouveau pour vous"
    assert not re.search("partenaire|demande|accepté", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(set(Kind) - TO_STAFF))
def test_what_one_can_do_without_says_how_to_leave_it(kind: Kind, language: str) -> None:
    for sample in samples(kind, language):
        assert ("/v1/unsubscribe/" in said(sample)[1]) == (kind in UNSOLICITED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_page_what_one_came_for_is_a_button_and_leaving_is_not(language: str) -> None:
    about = next(samples(Kind.REMINDER, language)).about
    page = render([about], place=PLACE).html
    found = dict(re.findall(r'<a href="([^"]+)" style="([^"]+)"', page))
    assert "background" in found[str(about.manage_url)]
    assert "background" not in found[str(about.unsubscribe_url)]


@pytest.mark.parametrize("kind", list(Kind))
def test_french_marks_have_their_spaces_and_nobody_is_called_tu(kind: Kind) -> None:
    for sample in samples(kind, "fr"):
        subject, text, _ = said(sample)
        for words in (subject, re.sub(r"<\S+>", "", text)):
            assert not re.search(r"[^\s\u202f0-9][:;!?»]|\w'\w", words), words
            assert not re.search(r"\b(tu|toi|ton|tes|ta)\b", words)


@pytest.mark.parametrize("kind", sorted(set(Kind) - TO_STAFF))
def test_spanish_asks_and_exclaims_from_both_ends(kind: Kind) -> None:
    for sample in samples(kind, "es"):
        subject, text, _ = said(sample)
        words = re.sub(r"<\S+>", "", f"{subject}\n{text}")
        assert words.count("¿") == words.count("?")
        assert words.count("¡") == words.count("!")


@pytest.mark.parametrize("kind", sorted(set(Kind) - TO_STAFF))
def test_arabic_runs_from_right_to_left_and_holds_foreign_words_together(kind: Kind) -> None:
    for sample in samples(kind, "ar"):
        subject, text, page = said(sample)
        assert '<html lang="ar" dir="rtl">' in page
        assert "padding-left" not in page
        # A title ends the subject, and needs nothing to hold it together there.
        for words in (subject.removesuffix("Réparer son vélo"), text):
            assert not re.search(r"[A-Za-zé?,;]", _FOREIGN.sub("", words)), words


@pytest.mark.parametrize("language", ["fr", "en", "es"])
def test_other_languages_run_from_left_to_right(language: str) -> None:
    (first, *_) = samples(Kind.CONFIRMED, language)
    assert f'<html lang="{language}" dir="ltr">' in said(first)[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_facts_share_one_greeting_and_one_closing(language: str) -> None:
    abouts = [next(iter(samples(kind, language))).about for kind in (Kind.CONFIRMED, Kind.OFFERED)]
    rendered = render(abouts, place=PLACE)
    alone = [render([about], place=PLACE) for about in abouts]
    assert rendered.text.count("Camille") == 1
    text, page = (re.sub("[\u2068\u2069]", "", words) for words in (rendered.text, rendered.html))
    for one in alone:
        assert one.subject in text
        assert f">{escape(one.subject)}</h2>" in page
    greeting, closing = alone[0].text.splitlines()[0], alone[0].text.splitlines()[-1]
    assert rendered.text.count(greeting) == rendered.text.count(closing) == 1


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "قبلكم شخص واحد"),
        (2, "قبلكم شخصان"),
        (3, "قبلكم 3 أشخاص"),
        (10, "قبلكم 10 أشخاص"),
        (11, "قبلكم 11 شخصًا"),
        (99, "قبلكم 99 شخصًا"),
        (100, "قبلكم 100 شخص"),
        (103, "قبلكم 103 أشخاص"),
    ],
)
def test_arabic_counts_people_as_arabic_does(number: int, said: str) -> None:
    (found, *_) = samples(Kind.WAITLISTED, "ar")
    about = replace(found.about, details={"waitlist_position": number + 1})
    assert said + "." in render([about], place=PLACE).text


CALLING = {
    "fr": r"[Aa]ppelez|[Tt]éléphon",
    "en": r"\b[Cc]all\b|[Pp]hone",
    "es": r"[Ll]lámenos|[Ll]lame|[Tt]eléfono",
    "ar": r"اتصلوا|الهاتف",
}
NUMBER = "04\u00a067\u00a000\u00a000\u00a000"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(set(Kind) - TO_STAFF))
def test_messages_say_where_to_call_or_do_not_speak_of_calling(kind: Kind, language: str) -> None:
    for sample in samples(kind, language):
        _, text, page = said(sample)
        number = "phone" not in sample.case
        assert (NUMBER in text, NUMBER in page) == (number, number), sample.case
        assert bool(re.search(CALLING[language], text)) == number, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_facts_give_the_number_once(language: str) -> None:
    abouts = [next(iter(samples(kind, language))).about for kind in (Kind.CONFIRMED, Kind.OFFERED)]
    assert render(abouts, place=PLACE).text.count(NUMBER) == 1
    # The head of a letter has it.
    assert NUMBER not in render(abouts, place=PLACE, on_paper=True).text


def test_a_number_abroad_keeps_its_sign_in_front_in_arabic() -> None:
    about = replace(next(samples(Kind.CONFIRMED, "ar")).about, phone="+3225123456")
    assert "\u2066+32\u00a02\u00a0512" in render([about], place=PLACE).text


@everything
def test_nobody_is_asked_not_to_answer_where_answers_are_read(kind: Kind, language: str) -> None:
    may_not = r"ne pas y répondre|do not reply|no responda|عدم الرد"
    may = r"pouvez répondre à ce|can reply to this|Puede responder a este|يمكنكم الرد"
    abouts = [next(samples(kind, language)).about]
    for answered, unsaid, told in ((True, may_not, may), (False, may, may_not)):
        for facts in (abouts, abouts * 2):
            text = render(facts, place=PLACE, may_answer=answered).text
            assert re.search(told, text)
            assert not re.search(unsaid, text)


@given(st.integers(0, 10_000), st.sampled_from(LANGUAGES))
def test_a_plural_with_one_form_serves_for_all(number: int, language: str) -> None:
    assert plural(number, language, other="{n} x") == f"{number} x"


@pytest.mark.parametrize(
    ("language", "within", "across"),
    [
        (
            "es",
            "viernes 1 de agosto de 2031, de 12:00 a 14:30",
            "del viernes 1 de agosto de 2031, 12:00, al sábado 2 de agosto de 2031, 12:00",
        ),
        (
            "ar",
            "الجمعة 1 غشت 2031، من 12:00 إلى 14:30",
            "من الجمعة 1 غشت 2031 على الساعة 12:00 إلى السبت 2 غشت 2031 على الساعة 12:00",
        ),
    ],
)
def test_dates_are_written_as_the_language_does(language: str, within: str, across: str) -> None:
    noon, zone = datetime(2031, 8, 1, 10, tzinfo=UTC), ZoneInfo("Europe/Paris")
    for length, written in ((timedelta(hours=2.5), within), (timedelta(days=1), across)):
        assert when(Meeting(UUID(int=1), noon, noon + length, None), language, zone) == written


def test_sums_are_written_as_the_language_does() -> None:
    assert money(123450, "fr") == "1\u202f234,50\xa0€"
    assert money(123450, "en") == "€1,234.50"

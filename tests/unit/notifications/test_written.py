"""Words that managers write: what is refused and how, what cannot happen whatever they write."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notifications.domain.kinds import BY_MAIL_ALONE, TO_STAFF, Kind
from services.notifications.domain.languages import LANGUAGES, STAFF_LANGUAGES
from services.notifications.domain.segments import as_sms
from services.notifications.domain.written import Written
from services.notifications.refusals import UnusableWords
from services.notifications.rendering.samples import PLACE, samples
from services.notifications.rendering.trial import check, try_out, works
from services.notifications.rendering.words import render, render_short
from services.notifications.rendering.written import shipped
from shared.errors import Text

LINK = "Voir : <{{ manage_url }}>"


def refused(
    words: str, subject: str = "Bonjour", kind: Kind = Kind.CONFIRMED, language: str = "fr"
) -> dict[str, list[str]]:
    with pytest.raises(UnusableWords) as caught:
        check(kind, language, Written(subject, words))
    for texts in caught.value.errors.values():
        for text in texts:
            assert text.en != text.fr
    return {field: [text.fr for text in texts] for field, texts in caught.value.errors.items()}


@pytest.mark.parametrize(
    ("kind", "language"),
    [
        (kind, language)
        for kind in Kind
        for language in (STAFF_LANGUAGES if kind in TO_STAFF else LANGUAGES)
    ],
)
def test_what_is_shipped_is_made_of_nothing_else_and_says_the_same(
    kind: Kind, language: str
) -> None:
    written = shipped(kind, language)
    check(kind, language, written)
    for sample, rendered, sms in try_out(kind, language, written):
        assert rendered == render([sample.about], place=PLACE)
        if kind in BY_MAIL_ALONE:
            assert sms is None
        else:
            assert sms == as_sms(render_short([sample.about], place=PLACE))


@pytest.mark.parametrize(
    ("short", "said"),
    [
        (
            "{{ place }} : {{ name }}, c'est noté. {{ link }}",
            "Ligne 1 : il n'y a pas de repère « name »",
        ),
        (
            '{% include "fr/what.txt" %} {{ link }}',
            "Ligne 1 : seuls ces éléments peuvent être inclus",
        ),
        ("{{ place }} : c'est noté.", "Le repère {{ link }} doit y figurer"),
        ("{% if brief_title %}{{ link }}{% endif %}", "Dans certains cas, il ne dit rien."),
        ("Oui.{% if brief_title %}{{ link }}{% endif %}", "Le repère {{ link }} doit y figurer"),
        ("Trop. " * 160 + "{{ link }}", "Dans certains cas, il faut plus de 5 SMS."),
        ("{{ link", "Ligne 1 : un repère comme"),
    ],
)
def test_few_words_that_cannot_be_used_are_refused_by_name(short: str, said: str) -> None:
    with pytest.raises(UnusableWords) as caught:
        check(Kind.CONFIRMED, "fr", Written("Bonjour", LINK, short))
    (field,) = caught.value.errors
    assert field == "sms"
    assert caught.value.errors["sms"][0].fr.startswith(said)


def test_what_no_fact_says_is_not_offered_and_words_that_named_it_still_work() -> None:
    written = Written("{{ short_title or place }}", "{{ details.reason }} Annulé.")
    for kind in (Kind.CANCELLED, Kind.SESSION_CANCELLED):
        with pytest.raises(UnusableWords) as caught:
            check(kind, "fr", written)
        assert caught.value.errors["words"][0].fr.startswith(
            "Ligne 1 : il n'y a pas de repère « details.reason » ici."
        )
        kept = [replace(sample.about, written=written) for sample in samples(kind, "fr")]
        assert all(works(about, place=PLACE) for about in kept)


@pytest.mark.parametrize("language", STAFF_LANGUAGES)
@pytest.mark.parametrize("kind", sorted(TO_STAFF))
def test_those_who_work_here_are_shown_no_link_that_leads_nowhere(
    kind: Kind, language: str
) -> None:
    for _, rendered, _ in try_out(kind, language, shipped(kind, language)):
        assert "http" not in rendered.text
    written = Written("Bonjour", "{% if staff_url %}Voir : <{{ staff_url }}>{% endif %} Bonjour.")
    with pytest.raises(UnusableWords) as caught:
        check(kind, language, written)
    assert "staff_url" in caught.value.errors["words"][0].fr
    kept = [replace(sample.about, written=written) for sample in samples(kind, language)]
    assert all(works(about, place=PLACE) for about in kept)


def test_a_preview_shows_words_without_a_number_to_call_once() -> None:
    written = Written("Bonjour", f"Appelez le {{{{ phone }}}}.\n\n{LINK}")
    texts = [rendered.text for _, rendered, _ in try_out(Kind.CONFIRMED, "fr", written)]
    assert sum("Appelez le 04" in text for text in texts) == len(texts) - 1


def test_what_goes_by_mail_alone_has_no_few_words() -> None:
    with pytest.raises(UnusableWords) as caught:
        check(Kind.CALL_NEEDED, "fr", Written("Bonjour", "À appeler.", "À appeler."))
    assert [*caught.value.errors] == ["sms"]


def test_few_words_of_a_discreet_session_name_nothing() -> None:
    short = "{{ place }} : {{ brief_title }} {{ room }} {{ brief_date }} {{ link }}"
    for sample, _, sms in try_out(Kind.CONFIRMED, "fr", Written("Bonjour", LINK, short)):
        assert sms is not None
        assert ("vélo" in sms.text) != sample.case["discreet"]
        assert "None" not in sms.text


def test_a_mistake_is_named_with_its_line_and_the_placeholders_that_there_are() -> None:
    (said,) = refused(f"Bonjour.\n\nÀ {{{{ prenom }}}}\n\n{LINK}")["words"]
    assert said.startswith("Ligne 3 : il n'y a pas de repère « prenom » ici.")
    assert "manage_url" in said


def test_every_mistake_is_named_at_once_in_its_field() -> None:
    errors = refused(f"{{{{ a }}}}\n{{{{ b }}}}\n{LINK}", subject="{{ c }}")
    assert [len(errors[field]) for field in ("subject", "words")] == [1, 2]


def test_the_link_must_be_there() -> None:
    assert "{{ manage_url }}" in refused("Votre place est confirmée.")["words"][0]


def test_the_link_must_be_there_in_every_case() -> None:
    words = f"{{% if title %}}\n{LINK}\n{{% endif %}}\nÀ bientôt."
    assert "manage_url" in refused(words)["words"][0]


def test_words_that_fail_in_some_case_are_refused() -> None:
    words = "{{ details.waitlist_position - short_title }}\n\n" + LINK
    (said,) = refused(words, kind=Kind.WAITLISTED)["words"]
    assert said.startswith("Ils échouent dans ce cas")


@pytest.mark.parametrize("subject", ["{{ title }}", "{% if title %}Oui{% endif %}"])
def test_a_subject_must_not_be_empty_in_a_discreet_session(subject: str) -> None:
    assert refused(LINK, subject=subject)


def test_a_subject_is_one_line() -> None:
    assert "subject" in refused(LINK, subject="Un\n\ndeux")


def test_what_is_not_known_of_a_discreet_session_is_left_out() -> None:
    written = Written("Bonjour {{ title }}", f"Salle : {{{{ room }}}}.\n\n{LINK}")
    for sample, rendered, _ in try_out(Kind.CONFIRMED, "fr", written):
        assert "None" not in rendered.subject + rendered.text
        if sample.case["discreet"]:
            assert rendered.subject == "Bonjour"
            assert "Atelier" not in rendered.html


@pytest.mark.parametrize(
    "payload",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__['os'].environ }}",
        "{{ config }}",
        "{{ request.application }}",
        "{{ details.__class__ }}",
        "{{ details['__class__'] }}",
        "{{ details|attr('__class__') }}",
        "{{ plural.func.__globals__ }}",
        "{{ plural(1, **details) }}",
        "{{ plural(1, *details) }}",
        "{{ plural(1, language='fr', other='x') }}",
        "{{ manage_url.format(details) }}",
        "{{ name.join('abc') }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ range(1000000000)|list }}",
        "{% for a in name %}{% for b in name %}{{ a }}{% endfor %}{% endfor %}",
        "{% set a = name %}{{ a }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'fr/../../models.py' %}",
        "{% include '/etc/passwd' %}",
        "{% include title %}",
        "{% include ['fr/what.txt', 'fr/layout.txt'] %}",
        "{% extends 'fr/layout.txt' %}",
        "{% import 'fr/what.txt' as w %}",
        "{% from 'fr/what.txt' import w %}",
        "{% block words %}{% endblock %}",
        "{% endblock %}{% block subject %}",
        "{% filter upper %}x{% endfilter %}",
        "{% call plural(1) %}{% endcall %}",
        "{% with a = 1 %}{{ a }}{% endwith %}",
        "{% autoescape false %}{% endautoescape %}",
        "{% raw %}",
        "{# never ends",
        "{{",
        "{% if title %}",
        "{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}",
        "{{ " + "not " * 1200 + "1 }}",
        "{{ title" + " ~ title if title" * 300 + " }}",
        "{% if title %}" * 150 + "{% endif %}" * 150,
        "{{ -1 }}",
        "{{ namespace() }}",
        "{{ undefined_thing }}",
    ],
)
def test_nothing_but_words_gets_through(payload: str) -> None:
    assert "words" in refused(f"{payload}\n\n{LINK}")


_BITS = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "-",
            "(",
            ")",
            "[",
            "]",
            ".",
            "|",
            "~",
            "'",
            '"',
            "\n",
        ),
        *(
            "if",
            "else",
            "endif",
            "elif",
            "for",
            "in",
            "endfor",
            "set",
            "include",
            "block",
            "endblock",
        ),
        *(
            "title",
            "name",
            "manage_url",
            "details",
            "by",
            "plural",
            "self",
            "__class__",
            "1",
            "==",
            " ",
        ),
        *("extends", "raw", "endraw", "filter", "upper", "macro", "import", "{{ title }}", LINK),
        *(
            "{% if title %}",
            "{% endif %}",
            "{% else %}",
            "{% include 'fr/what.txt' %}",
            "\x00",
            "«",
        ),
    ]
)


@settings(deadline=None)
@given(st.lists(_BITS, max_size=40).map("".join), st.lists(_BITS, max_size=8).map("".join))
@example("{{ plural(title, other=name) }}" + LINK, "x")
def test_whatever_is_written_is_refused_by_name_or_says_what_it_must(
    words: str, subject: str
) -> None:
    written = Written(subject, words)
    mistakes = errors_of(written)
    assert set(mistakes) <= {"subject", "words"}
    if not mistakes:
        for sample, rendered, _ in try_out(Kind.CONFIRMED, "fr", written):
            assert f"<{sample.about.manage_url}>" in rendered.text
            assert "Camille" in rendered.text
            assert rendered.subject


def errors_of(written: Written) -> dict[str, list[Text]]:
    """What is said against ``written``; nothing if it can be used."""
    try:
        check(Kind.CONFIRMED, "fr", written)
    except UnusableWords as refusal:
        return refusal.errors or {"": []}
    return {}

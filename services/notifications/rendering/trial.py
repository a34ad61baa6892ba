"""Trying words out: on invented facts of every case, and on the fact that is to be told."""

from collections.abc import Iterator
from dataclasses import replace

from jinja2 import TemplateError

from services.notifications.domain.kinds import Kind
from services.notifications.domain.segments import SmsText
from services.notifications.domain.written import Written
from services.notifications.refusals import UnusableWords
from services.notifications.rendering.about import About
from services.notifications.rendering.placeholders import LINKS_BACK, required_in_short, required_of
from services.notifications.rendering.samples import PLACE, Sample, samples
from services.notifications.rendering.words import Rendered, render, render_short, render_sms
from services.notifications.rendering.written import check_parts, missing
from shared.errors import Text

_LONGEST_SUBJECT = 200
# Each is paid for; what is shipped takes at most four, in Arabic.
_MOST_SEGMENTS = 5
_LONG_SUBJECT = Text(
    "In some cases the subject is too long.",
    "Dans certains cas, l'objet est trop long.",
)
_MANY_SEGMENTS = Text(
    f"In some cases it takes more than {_MOST_SEGMENTS} SMS.",
    f"Dans certains cas, il faut plus de {_MOST_SEGMENTS} SMS.",
)
_SAYS_NOTHING = Text("In some cases it says nothing.", "Dans certains cas, il ne dit rien.")
# What a template may fail with when it meets values it was not written for.
_FAILURES = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def check(kind: Kind, language: str, written: Written) -> None:
    """Hold words to what they may be made of, and try them in every case.

    Raises:
        UnusableWords: they may not be used, or would fail or lack something in some case.
    """
    check_parts(kind, language, written)
    for sample, rendered, sms in try_out(kind, language, written):
        if sms is not None:
            _check_short(kind, sample, sms)
        if len(rendered.subject) > _LONGEST_SUBJECT:
            raise UnusableWords(errors={"subject": [_LONG_SUBJECT]})
        for name in required_of(kind) & LINKS_BACK:
            if f"<{sample.about.manage_url}>" not in rendered.text:
                raise UnusableWords(errors={"words": [missing(name)]})


def _check_short(kind: Kind, sample: Sample, sms: SmsText) -> None:
    if not sms.text:
        raise UnusableWords(errors={"sms": [_SAYS_NOTHING]})
    if sms.segments > _MOST_SEGMENTS:
        raise UnusableWords(errors={"sms": [_MANY_SEGMENTS]})
    if "link" in required_in_short(kind) and str(sample.about.short_url) not in sms.text:
        raise UnusableWords(errors={"sms": [missing("link")]})


def try_out(
    kind: Kind, language: str, written: Written, *, may_answer: bool = False
) -> Iterator[tuple[Sample, Rendered, SmsText | None]]:
    """Every case of ``kind`` in the words of ``written``, and as an SMS if its few words are there.

    Raises:
        UnusableWords: it fails in one of them.
    """
    for sample in samples(kind, language):
        about, field = replace(sample.about, written=written), "words"
        try:
            rendered, sms = render([about], place=PLACE, may_answer=may_answer), None
            if written.short is not None:
                field = "sms"
                sms = render_sms([about], place=PLACE)
        except _FAILURES as error:
            said = str(error)[:200]
            raise UnusableWords(
                errors={
                    field: [
                        Text(
                            f"They fail in this case: {dict(sample.case)}: {said}",
                            f"Ils échouent dans ce cas : {dict(sample.case)} : {said}",
                        )
                    ]
                }
            ) from None
        yield sample, rendered, sms


def works(about: About, *, place: str) -> bool:
    """Whether the words that a manager wrote can say this fact."""
    try:
        render([about], place=place)
        if about.written and about.written.short is not None:
            render_short([about], place=place)
    except _FAILURES:
        return False
    return True

"""Trying words out: on invented facts of every case, and on the fact that is to be told."""

from collections.abc import Iterator
from dataclasses import replace

from jinja2 import TemplateError

from services.notifications.domain.kinds import Kind
from services.notifications.domain.written import Written
from services.notifications.refusals import UnusableWords
from services.notifications.rendering.about import About
from services.notifications.rendering.placeholders import LINKS_BACK, required_of
from services.notifications.rendering.samples import PLACE, Sample, samples
from services.notifications.rendering.words import Rendered, render
from services.notifications.rendering.written import check_parts, missing
from shared.errors import Text

_LONGEST_SUBJECT = 200
_LONG_SUBJECT = Text(
    "In some cases the subject is too long.",
    "Dans certains cas, l'objet est trop long.",
)
# What a template may fail with when it meets values it was not written for.
_FAILURES = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def check(kind: Kind, language: str, written: Written) -> None:
    """Hold words to what they may be made of, and try them in every case.

    Raises:
        UnusableWords: they may not be used, or would fail or lack something in some case.
    """
    check_parts(kind, language, written)
    for sample, rendered in try_out(kind, language, written):
        if len(rendered.subject) > _LONGEST_SUBJECT:
            raise UnusableWords(errors={"subject": [_LONG_SUBJECT]})
        for name in required_of(kind) & LINKS_BACK:
            if f"<{sample.about.manage_url}>" not in rendered.text:
                raise UnusableWords(errors={"words": [missing(name)]})


def try_out(kind: Kind, language: str, written: Written) -> Iterator[tuple[Sample, Rendered]]:
    """Every case of ``kind`` in the words of ``written``.

    Raises:
        UnusableWords: it fails in one of them.
    """
    for sample in samples(kind, language):
        try:
            rendered = render([replace(sample.about, written=written)], place=PLACE)
        except _FAILURES as error:
            said = str(error)[:200]
            raise UnusableWords(
                errors={
                    "words": [
                        Text(
                            f"They fail in this case: {dict(sample.case)}: {said}",
                            f"Ils échouent dans ce cas : {dict(sample.case)} : {said}",
                        )
                    ]
                }
            ) from None
        yield sample, rendered


def works(about: About, *, place: str) -> bool:
    """Whether the words that a manager wrote can say this fact."""
    try:
        render([about], place=place)
    except _FAILURES:
        return False
    return True

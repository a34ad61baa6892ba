"""Languages as the API takes them: BCP 47 tags."""

from typing import Any

from marshmallow import validate

from shared.web.fields import Words


class LanguageTag(Words):
    """A tag such as ``fr``, ``ar-MA`` or ``zh-Hant``, kept in the case that RFC 5646 (2.1.1) recommends.

    Sign languages have theirs too (``fsl``): any tag of the right form is taken, not only those that have
    words of their own on our screens.
    """

    def __init__(self, **options: Any) -> None:
        form = validate.Regexp(
            r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
            error="A language such as fr or ar-MA is expected.",
        )
        super().__init__(most=35, validate=form, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        language, *others = text.split("-")
        return "-".join([language.lower(), *map(_in_its_case, others)])


def _in_its_case(subtag: str) -> str:
    """Regions in capitals, scripts with one, all others without."""
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag.lower()

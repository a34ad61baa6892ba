"""Plurals, by the rules of each language (Unicode CLDR): Arabic has six forms, French counts 0 as one."""

from babel import Locale


def plural(number: int, language: str, **forms: str) -> str:
    """The one of ``forms`` (``zero``, ``one``, ``two``, ``few``, ``many``, ``other``) that goes with ``number``.

    ``{n}`` in it becomes the number. A form that is not there is ``other``, as in CLDR.

    Raises:
        KeyError: the form is not there, nor ``other``.
    """
    form = Locale(language).plural_form(number)
    return (forms[form] if form in forms else forms["other"]).replace("{n}", str(number))

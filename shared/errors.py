"""Refusals: what the rules say no to, in words a person can read.

::

    Refusal                     the request was understood and is refused
     ├─ Invalid          422    a field holds what it may not (``errors`` names the field)
     ├─ NotFound         404    no such thing, or none that the caller may know of
     ├─ Conflict         409    the state of things does not allow it
     ├─ Forbidden        403    the caller may not
     ├─ Unauthenticated  401    who is asking is not known
     ├─ TooMany          429    too often
     └─ Unavailable      503    what is needed to answer cannot be reached

They know nothing of HTTP: ``shared.web.problems`` turns them into RFC 9457 documents, in one place.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in the languages that the staff and the public read."""

    en: str
    fr: str

    def in_language(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


class Refusal(Exception):
    """A rule says no. Subclasses name the rule (``slug``) and say it in words (``says``)."""

    slug: ClassVar[str] = "refused"
    says: ClassVar[Text] = Text("This is not possible.", "Ce n'est pas possible.")

    def __init__(
        self, says: Text | None = None, *, errors: dict[str, list[Text]] | None = None
    ) -> None:
        self.text = says or self.says
        self.errors = errors or {}
        super().__init__(self.text.en)


class Invalid(Refusal):
    """A field holds what it may not; ``errors`` names each field and what is wrong with it."""

    slug = "validation-error"
    says = Text("Some fields need to be corrected.", "Certains champs sont à corriger.")


class NotFound(Refusal):
    slug = "not-found"
    says = Text("There is nothing at this address.", "Il n'y a rien à cette adresse.")


class Conflict(Refusal):
    slug = "conflict"
    says = Text(
        "The present state does not allow this.", "L'état actuel ne permet pas cette action."
    )


class Forbidden(Refusal):
    slug = "forbidden"
    says = Text(
        "Your role does not allow this.", "Votre rôle ne vous permet pas de faire cette action."
    )


class Unauthenticated(Refusal):
    slug = "unauthenticated"
    says = Text(
        "A valid staff token is required.", "Il faut un jeton valide d'un membre de l'équipe."
    )


class TooMany(Refusal):
    slug = "too-many-requests"
    says = Text(
        "Too many requests from this address: please try again in a minute.",
        "Trop de demandes depuis cette adresse : réessayez dans une minute.",
    )


class Unavailable(Refusal):
    slug = "unavailable"
    says = Text(
        "Something needed to answer cannot be reached for a moment. Please send the request again.",
        "Un élément nécessaire à la réponse est momentanément injoignable. Renvoyez la demande.",
    )


def invalid(field: str, en: str, fr: str) -> Invalid:
    """An :class:`Invalid` about one field."""
    return Invalid(errors={field: [Text(en, fr)]})

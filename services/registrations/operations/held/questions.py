"""Whether answers answer what a programme asks."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.registrations.domain import FACES
from services.registrations.models import Programme
from shared.errors import Invalid, Text

_NOT_ASKED = Text("This is not asked.", "Cette question n'est pas posée.")
_NOT_A_FACE = Text(f"One of: {', '.join(FACES)}.", f"Valeurs possibles : {', '.join(FACES)}.")
_NOT_YES_OR_NO = Text("True or false is expected.", "La réponse attendue est vrai ou faux.")
_NOT_WORDS = Text("Words are expected.", "Un texte est attendu.")


def refuse_unless_asked(programme: Programme, answers: Mapping[str, Any]) -> None:
    """See that ``answers`` are to questions of ``programme``, each of its kind.

    A programme that asks nothing of its own leaves it to whoever's page is filled in what to ask.

    Raises:
        Invalid: naming each question that is not answered as it is asked.
    """
    if not programme.feedback_questions:
        return
    kinds = {question["id"]: question["kind"] for question in programme.feedback_questions}
    errors = {f"answers.{name}": [text] for name, text in _mistakes(kinds, answers)}
    if errors:
        raise Invalid(errors=errors)


def _mistakes(kinds: Mapping[str, str], answers: Mapping[str, Any]) -> Iterator[tuple[str, Text]]:
    for name, answer in answers.items():
        match kinds.get(name):
            case None:
                yield name, _NOT_ASKED
            case "faces" if answer not in FACES:
                yield name, _NOT_A_FACE
            case "yes-no" if not isinstance(answer, bool):
                yield name, _NOT_YES_OR_NO
            case "text" if not isinstance(answer, str):
                yield name, _NOT_WORDS

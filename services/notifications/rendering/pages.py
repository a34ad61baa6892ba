"""The two small pages that people see who unsubscribe. They say nothing of who it is, nor of what it was about."""

from collections.abc import Mapping
from typing import NamedTuple

from jinja2 import Environment, PackageLoader

from services.notifications.domain.languages import direction_of, language_of

_PAGES = Environment(
    loader=PackageLoader("services.notifications"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


class _Words(NamedTuple):
    title: str
    question: str
    stays: str
    button: str
    done: str
    back: str


_WORDS: Mapping[str, _Words] = {
    "fr": _Words(
        "Ne plus recevoir ces messages",
        "Voulez-vous ne plus recevoir ce type de message ?",
        "Nous continuerons à répondre à vos demandes et à vous prévenir si quelque chose change.",
        "Ne plus les recevoir",
        "C'est fait. Vous ne recevrez plus ce type de message.",
        "Vous changez d'avis ? Dites-le-nous quand vous venez.",
    ),
    "en": _Words(
        "Stop these messages",
        "Would you like to stop receiving messages of this kind?",
        "We will still answer your requests, and tell you if anything changes.",
        "Stop receiving them",
        "Done. You will not receive messages of this kind any more.",
        "Have you changed your mind? Tell us when you come.",
    ),
    "es": _Words(
        "No recibir más estos mensajes",
        "¿Quiere dejar de recibir este tipo de mensajes?",
        "Seguiremos respondiendo a sus solicitudes y le avisaremos si algo cambia.",
        "No recibirlos más",
        "Hecho. Ya no recibirá este tipo de mensajes.",
        "¿Cambia de idea? Díganoslo cuando venga.",
    ),
    "ar": _Words(
        "عدم تلقي هذه الرسائل",
        "هل تريدون التوقف عن تلقي هذا النوع من الرسائل؟",
        "سنواصل الرد على طلباتكم وإخباركم إذا تغيّر أي شيء.",
        "عدم تلقيها بعد الآن",
        "تم ذلك. لن تتلقوا هذا النوع من الرسائل بعد الآن.",
        "غيّرتم رأيكم؟ أخبرونا عند حضوركم.",
    ),
}


def leaving_page(language: str) -> str:
    """The page that asks, in the nearest language to ``language``."""
    return _page(language, done=False)


def left_page(language: str) -> str:
    """The page that says that it is done."""
    return _page(language, done=True)


def _page(language: str, *, done: bool) -> str:
    written = language_of(language)
    return _PAGES.get_template("unsubscribe.html").render(
        language=written, direction=direction_of(written), words=_WORDS[written], done=done
    )

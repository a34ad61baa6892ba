"""The two small pages that people see who unsubscribe.

They say which kind of message one leaves, and nothing of who it is nor of what it was about.
"""

from collections.abc import Mapping
from typing import NamedTuple

from jinja2 import Environment, PackageLoader

from services.notifications.domain.kinds import Kind
from services.notifications.domain.languages import direction_of, language_of

_PAGES = Environment(
    loader=PackageLoader("services.notifications"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


class _Leaving(NamedTuple):
    """What one leaves."""

    title: str
    question: str
    done: str


class _Around(NamedTuple):
    """What is said whatever one leaves."""

    button: str
    stays: str
    back: str


_LEAVING: Mapping[Kind, Mapping[str, _Leaving]] = {
    Kind.REMINDER: {
        "fr": _Leaving(
            "Ne plus recevoir de rappels",
            "Voulez-vous ne plus recevoir de rappels avant votre venue\u202f?",
            "C’est fait. Vous ne recevrez plus de rappels.",
        ),
        "en": _Leaving(
            "Stop reminders",
            "Would you like to stop receiving reminders before you come?",
            "Done. You will not receive reminders any more.",
        ),
        "es": _Leaving(
            "No recibir más recordatorios",
            "¿Quiere dejar de recibir recordatorios antes de venir?",
            "Hecho. Ya no recibirá recordatorios.",
        ),
        "ar": _Leaving(
            "عدم تلقي التذكيرات",
            "هل تريدون التوقف عن تلقي التذكيرات قبل حضوركم؟",
            "تم ذلك. لن تتلقوا تذكيرات بعد الآن.",
        ),
    },
    Kind.FEEDBACK_INVITATION: {
        "fr": _Leaving(
            "Ne plus recevoir de demandes d’avis",
            "Voulez-vous ne plus recevoir de demandes d’avis après votre venue\u202f?",
            "C’est fait. Nous ne vous demanderons plus votre avis.",
        ),
        "en": _Leaving(
            "Stop requests for your view",
            "Would you like to stop receiving requests for your view after you have come?",
            "Done. We will not ask for your view any more.",
        ),
        "es": _Leaving(
            "No recibir más peticiones de opinión",
            "¿Quiere dejar de recibir peticiones de opinión después de venir?",
            "Hecho. Ya no le pediremos su opinión.",
        ),
        "ar": _Leaving(
            "عدم تلقي طلبات إبداء الرأي",
            "هل تريدون التوقف عن تلقي طلبات إبداء الرأي بعد حضوركم؟",
            "تم ذلك. لن نطلب رأيكم بعد الآن.",
        ),
    },
}
_AROUND: Mapping[str, _Around] = {
    "fr": _Around(
        "Ne plus en recevoir",
        "Nous continuerons à répondre à vos demandes et à vous prévenir si quelque chose change.",
        "Vous changez d’avis\u202f? Dites-le-nous quand vous venez.",
    ),
    "en": _Around(
        "Stop receiving them",
        "We will still answer your requests, and tell you if anything changes.",
        "Have you changed your mind? Tell us when you come.",
    ),
    "es": _Around(
        "Dejar de recibir",
        "Seguiremos respondiendo a sus solicitudes y le avisaremos si algo cambia.",
        "¿Cambia de idea? Díganoslo cuando venga.",
    ),
    "ar": _Around(
        "عدم تلقيها بعد الآن",
        "سنواصل الرد على طلباتكم وإخباركم إذا تغيّر أي شيء.",
        "غيّرتم رأيكم؟ أخبرونا عند حضوركم.",
    ),
}


def leaving_page(kind: Kind, language: str) -> str:
    """The page that asks whether to leave ``kind``, in the nearest language to ``language``."""
    return _page(kind, language, done=False)


def left_page(kind: Kind, language: str) -> str:
    """The page that says that it is done."""
    return _page(kind, language, done=True)


def _page(kind: Kind, language: str, *, done: bool) -> str:
    written = language_of(language)
    return _PAGES.get_template("unsubscribe.html").render(
        language=written,
        direction=direction_of(written),
        leaving=_LEAVING[kind][written],
        around=_AROUND[written],
        done=done,
    )

"""The languages that messages are written in."""

LANGUAGES = ("fr", "en", "es", "ar")
STAFF_LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"
_RIGHT_TO_LEFT = frozenset({"ar"})


def language_of(wanted: str) -> str:
    """The language to write in: the one asked for, if messages exist in it, else French."""
    short = wanted.lower().partition("-")[0]
    return short if short in LANGUAGES else DEFAULT_LANGUAGE


def direction_of(language: str) -> str:
    """How ``language`` runs, as HTML says it: ``ltr`` or ``rtl``."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"
